"""The system's page, while what it shows is killed."""

import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from browser import ROOT, BrowserTest, Page, wait_for
from korone import BIN, Korone, free_port

SUPERVISE = os.path.join(ROOT, "deploy/supervise")
WORD = "0123456789abcdef"


class SystemPage(Page):
    def open(self):
        self.driver.get(self.url + "/")
        self.find("#processes th", "ingress")
        return self


class SystemPageCase(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()
        log = open(cls.korone.dir + "/page.log", "wb")
        cls.addClassCleanup(log.close)
        environment = {**cls.korone.environment, "KORONE_INGRESS_URL": f"http://127.0.0.1:{cls.korone.ingress.port}",
                       "KORONE_CRASHD_URL": f"http://127.0.0.1:{cls.korone.crashd.port}"}
        process = subprocess.Popen([BIN + "/koronectl", "page", str(cls.port), *cls.page_arguments()], env=environment,
                                   stdout=log, stderr=log)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        cls.url = f"http://127.0.0.1:{cls.port}"
        wait_for(lambda: cls.get("/plain"), 20, "the page is served")

    @classmethod
    def page_arguments(cls):
        return []

    @classmethod
    def get(cls, path):
        try:
            with urllib.request.urlopen(cls.url + path, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def setUp(self):
        self.page = SystemPage(self.driver, self.url).open()


class SystemPageTest(SystemPageCase):
    def test_processes_pools_and_children_are_seen(self):
        self.page.find("#processes tr", "recorder")
        self.page.find("#summary", "all well")
        self.page.press("#pools summary")
        self.page.find("#pools td", "idle")
        self.page.find("#graphs svg")
        self.page.find("#pools summary", "walls: files, calls")
        self.page.find("#waiting", "Telegram wants silence nowhere")
        self.alice.says("/ping 1")
        answered = self.page.wait(lambda: next((e for e in self.page.all("#graphs figure") if "Answered, 95 %" in self.page.text_of(e)
                                                and not self.page.text_of(e).endswith("at most 0 ms")), None), "a latency")
        self.assertRegex(self.page.text_of(answered), r"within[0-9.]+ m?s")
        self.assertEqual(self.page.all("#broken:not([hidden])"), [], "nothing may be broken here")

    def test_a_crash_is_an_incident_with_its_place(self):
        self.alice.says("/op_crash segv")
        self.page.find("#incidents tr", "write_to_null")
        text = self.get("/plain")
        for secret in (str(self.alice.id), "Alice", "alice", self.simulator.token):
            self.assertNotIn(secret, text)

    def test_silence_that_telegram_asks_for_is_shown(self):
        self.simulator.control("faults", {"method": "sendMessage", "mode": "error", "status": 429, "retry_after": 60})
        self.addCleanup(self.simulator.control, "faults", {"clear": True})
        self.alice.says("/ping 2")
        self.page.find("#waiting", "Telegram wants silence in 1 chat")
        self.assertNotIn(str(self.alice.id), self.get("/plain"))

    def test_nobody_is_kept_from_it(self):
        self.axe()

    def test_what_there_is_not(self):
        status = {}
        for path in ("/nothing", "/children?pool=99", "/children"):
            try:
                urllib.request.urlopen(self.url + path, timeout=5)
            except urllib.error.HTTPError as error:
                with error:
                    status[path] = error.code
        self.assertEqual(status, {"/nothing": 404, "/children?pool=99": 404, "/children": 404})

    def test_other_pages_reach_nothing(self):
        for headers in ({"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "same-site"}, {"Host": "rebound.example"}):
            request = urllib.request.Request(self.url + "/stream", headers=headers)
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=5)
            with refused.exception as error:
                self.assertIn(error.code, (403, 421))

    def test_the_ninth_page_is_told(self):
        streams = []
        try:
            with self.assertRaises(urllib.error.HTTPError) as refused:
                while len(streams) < 9:
                    streams.append(urllib.request.urlopen(self.url + "/stream", timeout=5))
            with refused.exception as error:
                self.assertIn("8 pages are open", error.read().decode())
            self.assertEqual(len(streams), 7, "and the one in the browser")
        finally:
            for stream in streams:
                stream.close()


class BreakTest(SystemPageCase):
    """Each button, with a crowd; the deeds are done by deploy/deeds, as under deploy/up."""

    simulator_options = ("--operators", "1001")

    @classmethod
    def make_korone(cls):
        cls.run_dir = tempfile.mkdtemp(prefix="korone-deeds-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.run_dir, ignore_errors=True)
        os.makedirs(cls.run_dir + "/log")
        os.makedirs(cls.run_dir + "/sockets")
        if os.getuid() == 0:
            for path in (cls.run_dir, cls.run_dir + "/log", cls.run_dir + "/sockets"):
                shutil.chown(path, "nobody", "nogroup")
        cls.stores("start_postgres && start_redis")
        cls.addClassCleanup(cls.stores, "stop_redis; stop_postgres")
        korone = Korone({"DATABASE_URL": f"postgresql:///korone?host={cls.run_dir}/sockets&user=korone",
                         "REDIS_URL": f"unix://{cls.run_dir}/sockets/redis.sock"}, cls.simulator_options, start=False)
        for process in korone.processes:
            process.wrapper = (SUPERVISE, cls.run_dir, process.name)
        return korone

    @classmethod
    def stores(cls, what):
        """With deploy/services.sh, by which deploy/deeds stops and starts them."""
        subprocess.run(["bash", "-c", f". deploy/common.sh; . deploy/services.sh; RUN={cls.run_dir} SOCKETS={cls.run_dir}/sockets; {what}"],
                       cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def page_arguments(cls):
        os.mkfifo(cls.run_dir + "/deeds", 0o600)
        with open(cls.run_dir + "/deeds.word", "w") as file:
            file.write(WORD + "\n")
        with open(cls.run_dir + "/deeds.pid", "w") as file:
            file.write(f"{os.getpid()}\n")  # deploy/up is there
        log = open(cls.run_dir + "/log/deeds.log", "wb")
        cls.addClassCleanup(log.close)
        deeds = subprocess.Popen([os.path.join(ROOT, "deploy/deeds"), cls.run_dir], stdout=log, stderr=log,
                                 env={**os.environ, "KORONE_RUN_DIR": cls.run_dir + "/sockets", "STORE_AWAY_S": "2"})
        cls.addClassCleanup(deeds.wait)
        cls.addClassCleanup(deeds.terminate)
        return ["--simulator", cls.simulator.url, "--deeds", cls.run_dir + "/deeds"]

    def did(self, text):
        with open(self.run_dir + "/log/deeds.log") as file:
            return text in file.read()

    def count(self, name):
        return int(self.page.text_of(self.page.find(f"[data-count={name}]")).replace(",", ""))

    def test_whatever_is_killed_nothing_is_lost_or_answered_twice(self):
        self.simulator.control("crowd", {"rate": 20, "people": 30, "chats": 6, "pings": 60})
        self.page.wait(lambda: self.count("answered") > 20, "the crowd is answered")
        self.page.press("[data-deed=child]")
        self.page.find("#done", "missing")
        self.page.find("#word").send_keys("ffff")
        self.page.press("[data-deed=child]")
        wait_for(lambda: self.did("without the word"), 10, "the wrong word is noticed")
        self.page.find("#word").clear()
        self.page.find("#word").send_keys(WORD)
        for deed, said in (("child", "killed a child"), ("recorder", "killed recorder"), ("crashd", "killed crashd"),
                           ("redis", "started redis again"), ("postgres", "started postgres again"), ("pool", "killed the pool"),
                           ("ingress", "killed ingress")):
            self.page.press(f"[data-deed={deed}]")
            wait_for(lambda said=said: self.did(said), 30, said)
        self.simulator.control("crowd", {"running": False})
        self.page.wait(lambda: self.count("written") == self.count("answered") and self.count("waiting") == 0,
                       "all that was written is answered", 120)
        self.assertEqual((self.count("lost"), self.count("twice")), (0, 0))
