"""The walls between the processes: what one that was taken over cannot do to the others."""

import json
import os
import re
import shutil
import socket
import socketserver
import subprocess
import threading
import unittest

import links
import privileged
from hostile import AGAINST_ALL, AGAINST_PROCESSES, CLOSED
from korone import BIN, HOSTILE, Korone, descendants
from stores import unprivileged, wait_for
from web_host import WebHost

HOSTILE_KEY = "key-of-a-host"


class EveryProgram(unittest.TestCase):
    """Of one user who is not root, as everywhere but in some tests."""

    @classmethod
    def setUpClass(cls):
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.leave_root()
        cls.korone.start()
        cls.crash_once()

    @classmethod
    def crash_once(cls):
        """So that crashd has a symbolizer."""
        operator = cls.korone.operator()
        operator.says("/op_crash")
        cls.korone.reports.wait_for_span(lambda span: "code.function" in span.attributes)

    def pids(self):
        return [pid for process in self.korone.processes
                for pid in (process.pid, *descendants(process.pid))]

    def name(self, pid):
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()

    def can_read(self, pid, name):
        """Whether another process of their user can."""
        done = subprocess.run([*unprivileged(), "sh", "-c", 'exec <"$0"', f"/proc/{pid}/{name}"],
                              capture_output=True)
        return done.returncode == 0

    def test_no_process_is_open_to_others_of_its_user(self):
        names = {self.name(pid) for pid in self.pids()}
        self.assertLessEqual({"korone-ingress", "korone-recorder", "korone-crashd", "symbolizer",
                              "korone-nursery", "korone-sender", "korone-child"}, names)
        for pid in self.pids():
            for name in ("environ", "maps", "mem"):
                with self.subTest(process=self.name(pid), name=name):
                    self.assertFalse(self.can_read(pid, name))

    def test_another_program_is_open(self):
        """Otherwise the other test would show nothing."""
        with subprocess.Popen([*unprivileged(), "sleep", "60"]) as other:
            wait_for(lambda: self.name(other.pid) == "sleep", 5, "it runs")
            for name in ("environ", "maps", "mem"):
                self.assertTrue(self.can_read(other.pid, name), name)
            other.kill()

    def test_none_gains_privileges(self):
        for pid in self.pids():
            with self.subTest(process=self.name(pid)):
                self.assertIn("NoNewPrivs:\t1\n", privileged.read(pid, "status"))


class Hostile(unittest.TestCase):
    """A handler that was taken over (modules/hostile.c), run bare, by a user who is not root."""

    wrapper = ()

    @classmethod
    def setUpClass(cls):
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = HOSTILE
        cls.korone.pool.environment["KORONE_HOSTILE_KEY"] = HOSTILE_KEY
        cls.korone.leave_root(*(word.format(cls.korone.dir) for word in cls.wrapper))
        cls.write_files()
        cls.start_another()
        cls.korone.start()
        cls.mallory = cls.korone.person("Mallory")

    @classmethod
    def write_files(cls):
        """Everything belongs to the user of the pool, as if somebody had been careless."""
        directory = cls.korone.dir
        cls.token = directory + "/state/token"
        for name in ("declared/reads", "declared/writes/x", "token"):
            path = f"{directory}/state/{name}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(cls.korone.simulator.token)
        subprocess.run(["chmod", "-R", "u+rwX,go-rwx", directory + "/state"], check=True)
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "nobody:nogroup", directory + "/state"], check=True)
        for process in cls.korone.processes:
            del process.environment["TELEGRAM_BOT_TOKEN"]
            process.environment["TELEGRAM_BOT_TOKEN_FILE"] = cls.token

    @classmethod
    def start_another(cls):
        """No program of ours, which is open, and has the token: a shell that started us, say."""
        cls.other = subprocess.Popen([*unprivileged(), "sleep", "600"],
                                     env={**os.environ, "TOKEN": cls.korone.simulator.token})
        cls.addClassCleanup(cls.end_another)

    @classmethod
    def end_another(cls):
        cls.other.kill()
        cls.other.wait()

    def tries(self, *words):
        """What became of it: "worked", or "refused: " and the name of an error."""
        text = " ".join(map(str, words))
        self.mallory.says("/try " + text)
        call = self.korone.bot.says_something(text + " ", chat=self.mallory.id)
        return call["text"][len(text) + 1:]

    def is_refused(self, *words):
        self.assertRegex(self.tries(*words), "^refused: E(PERM|ACCES|XDEV|ROFS)$", words)

    def works(self, *words):
        self.assertEqual(self.tries(*words), "worked", words)

    def processes(self):
        """{name: pid} of all but the child that runs the handler, which is one of two."""
        status = self.korone.pool.status()
        if status["fetcher"]["resting"]:
            self.is_refused("fetch", "hostile", "http://declared.test/")
            status = self.korone.pool.status()
        return {"sender": status["sender_pid"], "nursery": status["nursery_pid"],
                "fetcher": status["fetcher"]["pid"], "another": self.other.pid,
                **{process.name: process.pid for process in self.korone.processes}}

    def paths(self):
        state = self.korone.dir + "/state"
        return [self.token, *(f"{place}/{name}" for place, _, names in os.walk(state)
                              for name in names if "/declared" not in place)]

    def address(self, way, pid):
        """Something that the process can read itself."""
        if way != "process_vm_readv":
            return ()
        return (privileged.read(pid, "maps").split("-")[0],)


class HostileModule(Hostile):
    def test_the_links_are_closed(self):
        """It reaches the sockets, as nothing in Landlock says who may connect to which, but has no
        key. test_links.py tries more, from outside."""
        run = self.korone.dir + "/run/"
        for name in os.listdir(run):
            if name.endswith((".key", ".lock")):
                for way in ("read", "write", "truncate", "remove", "chmod", "touch"):
                    with self.subTest(way, name=name):
                        self.is_refused(way, run + name)
        for name in ("updates", "sightings", "crashes"):
            with self.subTest(name):
                self.is_refused("join", run + name)
                self.is_refused("remove", run + name)
        public, secret = links.key_of(run + "updates")
        for process, words in (("ingress", "drain"), ("ingress", "backlog"), ("crashd", "incidents"),
                               ("recorder", "user forget 7")):
            for key in ("", public.decode() + " ", "x" * 40 + " "):
                with self.subTest(process, key=key):
                    self.is_refused("command", f"{run}{process}.control", key + words)
        self.works("command", run + "ingress.control", secret.decode() + " backlog")
        self.assertEqual(self.korone.ingress.metric("korone_ingress_pools"), 1)

    def test_the_sender_does_not_do_what_is_the_systems_own(self):
        chat = self.mallory.id
        self.works("call", "getMe", 0, "{}")
        self.works("call", "sendMessage", chat, f'{{"chat_id":{chat},"text":"hi"}}')
        for method in ("setWebhook", "SETWEBHOOK", "deletewebhook", "getUpdates", "getWebhookInfo",
                       "logOut", "close"):
            with self.subTest(method):
                self.is_refused("call", method, 0, '{"url":"https://mallory.example/"}')
        # What the host asks of sender and keepers, without what belongs to it.
        for method in ("korone/download", "korone/run", "korone/none"):
            with self.subTest(method):
                self.is_refused("call", method, 0, '{"file_id":"x","module":0,"words":["sh"]}')
        for order, body in ((1, f'{{"chat_id":{chat},"text":"hi"}}'),
                            (0, f'{{"chat_id":"{chat}","text":"hi"}}'),
                            (1, f'{{"chat_id":{chat},"chat_id":1,"text":"hi"}}')):
            with self.subTest(body, order=order):
                self.is_refused("call", "sendMessage", order, body)
        info = self.korone.simulator.call("getWebhookInfo")[1]["result"]
        self.assertEqual(info["url"], "")

    def test_the_fetcher_does_no_more_for_it_than_for_a_module(self):
        """Whoever writes past the host: to other places, as another module, with headers of its own."""
        web = WebHost()
        self.addCleanup(web.close)
        good, wrong = f"http://127.0.0.1:{web.port}/json", "http://127.0.0.1:1/"
        for module, url, header in (
                ("hostile", good, ""), ("hostile", wrong, ""), ("hostile", "http://declared.test/", ""),
                ("hostile", "http://169.254.169.254/latest/meta-data/", ""), ("hostile", "file:///etc/passwd", ""),
                ("ping", good, ""), ("nobody", good, ""), ("", good, ""), ("hostile", "", ""),
                ("hostile", "https://declared.test/", "Host: other.test"),
                ("hostile", "https://declared.test/", "X: y\\r\\nHost: other.test"),
                ("hostile", "https://declared.test/", "Cookie: a"), ("hostile", "https://declared.test/", "none")):
            with self.subTest(module, url=url, header=header):
                self.is_refused("fetch", module or "-", url or "-", *filter(None, [header]))
        self.assertEqual(web.seen, [])
        key = HOSTILE_KEY.encode()
        self.assertEqual(privileged.holds(self.processes()["fetcher"], [key]), {key})
        for pid in (self.processes()["nursery"], *self.korone.pool.children()):
            self.assertEqual(privileged.holds(pid, [key]), set())
        self.assertNotIn(HOSTILE_KEY, self.korone.pool.log())

    def rights(self, pid):
        """Where a process has the rights of administrators, and how: {address: "r--s"}."""
        lines = [line.split() for line in privileged.read(pid, "maps").splitlines()
                 if "korone-rights" in line]
        return {line[0].split("-")[0]: line[1] for line in lines}

    def test_who_is_an_administrator_is_written_by_the_sender_alone(self):
        status = self.korone.pool.status()
        self.assertIn("rw-s", self.rights(status["sender_pid"]).values())
        for pid in self.korone.pool.children():
            self.assertEqual(list(self.rights(pid).values()), ["r--s"])
        page, = self.rights(self.korone.pool.children()[0])
        self.is_refused("protect", page)
        self.works("protect", self.writable_page())

    def writable_page(self):
        """The protection of a page can be changed, then."""
        for line in privileged.read(self.korone.pool.children()[0], "maps").splitlines():
            if line.split()[1] == "rw-p" and "[heap]" in line:
                return line.split("-")[0]
        self.fail("no heap")

    def test_files_are_closed(self):
        self.assertGreater(len(self.paths()), 5)
        for path in (*self.paths(), "/etc/hostname", "/etc/shadow", self.korone.dir + "/worker.log"):
            for way in ("read", "write", "truncate", "remove", "chmod", "touch"):
                with self.subTest(way, path=path):
                    self.is_refused(way, path)
        for place in (self.korone.dir + "/state", self.korone.dir + "/run", "/tmp", "/dev/shm"):
            with self.subTest(place):
                self.is_refused("list", place)
                self.is_refused("make", place + "/new")
        self.is_refused("rename", self.token, self.korone.dir + "/state/declared/writes/token")
        self.is_refused("link", self.token, self.korone.dir + "/state/declared/writes/token")

    def test_what_the_module_declares_is_open(self):
        declared = self.korone.dir + "/state/declared"
        self.works("read", declared + "/reads")
        self.is_refused("write", declared + "/reads")
        for way in ("read", "write", "remove", "make"):
            self.works(way, declared + "/writes/x")
        self.works("rename", declared + "/writes/x", declared + "/writes/y")
        self.is_refused("rename", declared + "/writes/y", declared + "/z")
        self.works("rename", declared + "/writes/y", declared + "/writes/x")

    def test_processes_are_closed(self):
        for name, pid in self.processes().items():
            for file in CLOSED:
                with self.subTest(name, file=file):
                    self.is_refused("list" if file == "fd" else "read", f"/proc/{pid}/{file}")
            for way in AGAINST_PROCESSES:
                with self.subTest(name, way=way):
                    self.is_refused(way, pid, *self.address(way, pid))

    def test_the_rest_of_the_machine_is_closed(self):
        for way in AGAINST_ALL:
            with self.subTest(way):
                self.is_refused(*way.split())
        self.works("raise")


    def test_the_internet_is_closed(self):
        """As both stores have sockets of the file system."""
        self.is_refused("internet")

    def test_it_is_said_which_walls_stand(self):
        whole = {"files": True, "calls": True}
        self.korone.operator().says("/ping")
        status = wait_for(lambda: self.korone.pool.status().get("walls"), 10, "a child has said it")
        self.assertEqual(status, whole)
        walls = json.loads(self.korone.pool.get("/readyz")[1])["dependencies"]["walls"]
        self.assertEqual(walls, {"needed": False, "ready": True, "state": "files, calls"})
        for wall in whole:
            self.assertEqual(self.korone.pool.metric("korone_worker_walls", wall=wall), 1)
        self.assertNotIn("without a wall", self.korone.pool.log())

    def test_a_file_that_is_replaced_is_open_to_other_children(self):
        """As /etc/resolv.conf is, which children could open until then."""
        declared = self.korone.dir + "/state/declared/reads"
        self.works("read", declared)
        before = self.korone.pool.children()
        shutil.copy2(declared, declared + ".new")
        if os.getuid() == 0:
            shutil.chown(declared + ".new", "nobody", "nogroup")
        os.rename(declared + ".new", declared)
        wait_for(lambda: not set(before) & set(self.korone.pool.children()), 30, "all are renewed")
        self.works("read", declared)
        self.assertEqual(self.korone.pool.metric("korone_worker_crashes_total"), 0)
        self.assertNotIn("child died", self.korone.pool.log())


class Forwarder(socketserver.ThreadingTCPServer):
    """A port of loopback that leads to a socket of the file system."""

    daemon_threads = True

    def __init__(self, path):
        self.path = path
        super().__init__(("127.0.0.1", 0), None)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        with socket.socket(socket.AF_UNIX) as there:
            there.connect(self.path)
            other = threading.Thread(target=self.pass_on, args=(there, request), daemon=True)
            other.start()
            self.pass_on(request, there)
            other.join()

    @staticmethod
    def pass_on(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either has ended

    def close(self):
        self.shutdown()
        self.server_close()


class StoresOverTcp(Hostile):
    """Where the stores are on another machine, their ports are open to a handler, and no others."""

    @classmethod
    def write_files(cls):
        super().write_files()
        stores = cls.korone.stores
        cls.forwarders = [Forwarder(stores.dir + "/.s.PGSQL.5432"), Forwarder(stores.dir + "/redis.sock")]
        for forwarder in cls.forwarders:
            cls.addClassCleanup(forwarder.close)
        database, redis = (forwarder.port for forwarder in cls.forwarders)
        cls.korone.pool.environment.update(DATABASE_URL=f"postgresql://app@127.0.0.1:{database}/appdb",
                                           REDIS_URL=f"redis://127.0.0.1:{redis}")

    def test_only_their_ports_are_connected_to(self):
        if kernel() < (6, 7):
            self.skipTest("the kernel does not know ports")
        web = WebHost()
        self.addCleanup(web.close)
        for forwarder in self.forwarders:
            self.works("connect", forwarder.port)
        self.is_refused("connect", web.port)
        self.is_refused("listen")
        for store in ("the chat's settings", "Redis"):
            self.assertNotIn(f"going on without {store}", self.korone.pool.log())


def kernel():
    return tuple(int(number) for number in re.match(r"(\d+)\.(\d+)", os.uname().release).groups())


def confined(*options):
    """What makes a system that of a container, of which there are as few rights; needs root."""
    return (BIN + "/../tests/confined", *options, "{}")


@unittest.skipUnless(os.getuid() == 0, "needs root to have rights to drop")
class HostileModuleInAContainer(HostileModule):
    wrapper = confined()


@unittest.skipUnless(os.getuid() == 0, "needs root to have rights to drop")
class WithoutLandlock(Hostile):
    """As under a kernel that has none: the bot runs, and it is said what is open."""

    wrapper = confined("--without-landlock")

    def test_it_is_said_what_a_hostile_child_can_do(self):
        self.works("read", self.token)  # as the warning says
        pool = self.korone.pool
        self.assertEqual(pool.log().count("without a wall"), 1)
        self.assertEqual(pool.log().count("a fetcher that is not confined"), 1)
        self.assertEqual(pool.status()["fetcher"]["walls"], {"files": False, "calls": True})
        self.assertIn("could read every file of this user, credentials and keys among them", pool.log())
        self.assertIn("Landlock: Function not implemented", pool.log())
        self.assertEqual(pool.status()["walls"], {"files": False, "calls": True})
        status, body = pool.get("/readyz")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(body)["dependencies"]["walls"],
                         {"needed": False, "ready": False, "state": "missing: files"})
        self.assertEqual(pool.metric("korone_worker_walls", wall="files"), 0)
        self.assertEqual(pool.metric("korone_worker_walls", wall="calls"), 1)

    def test_the_other_walls_stand(self):
        for name, pid in self.processes().items():
            for way in AGAINST_PROCESSES:
                with self.subTest(name, way=way):
                    self.is_refused(way, pid, *self.address(way, pid))
        for way in AGAINST_ALL:
            with self.subTest(way):
                self.is_refused(*way.split())
        for name in ("sender", "nursery", "worker", "ingress", "recorder", "crashd"):
            for file in ("mem", "environ", "maps"):
                with self.subTest(name, file=file):
                    self.is_refused("read", f"/proc/{self.processes()[name]}/{file}")

    def test_crashd_says_it_of_its_symbolizer(self):
        self.mallory.says("/try crash")
        crashd = self.korone.crashd
        wait_for(lambda: "without a wall around the symbolizer" in crashd.log(), 10, "it is said")
        wait_for(lambda: crashd.status().get("walls") == {"files": False, "calls": True}, 10, "shown")
