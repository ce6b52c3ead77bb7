"""What handlers ask other hosts, by the pool's fetcher: a good host, a hostile one (web_host.py), and
what neither a handler nor a host gets out of it."""

import json
import os
import signal
import time
import unittest
import urllib.parse

import privileged
from crashd import CLOCK, Clock
from korone import BIN, FACTS, Korone, wait_for
from web_host import WebHost

FETCHING = os.path.join(BIN, "../tests/korone-worker-web")  # its modules: modules/web.c
NAMES = os.path.join(BIN, "../tests/names.so")
QUERY_KEY, HEADER_KEY = "query-Key/+1", "header-key-123"


class FetchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web = WebHost("127.0.0.1", "127.0.0.2")
        cls.addClassCleanup(cls.web.close)
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        with open(cls.korone.dir + "/header.key", "w") as file:
            file.write(HEADER_KEY + "\n")
        cls.korone.pool.program = FETCHING
        cls.korone.pool.environment.update(
            LD_PRELOAD=NAMES, KORONE_FETCH_ALLOW=f"127.0.0.1:{cls.web.port}",
            KORONE_QUERY_KEY=QUERY_KEY, KORONE_HEADER_KEY_FILE=cls.korone.dir + "/header.key",
            TEST_NAMES="good.test=127.0.0.1 keyed.test=127.0.0.1 header.test=127.0.0.1 unset.test=127.0.0.1 "
                       "private.test=127.0.0.2 both.test=127.0.0.2,127.0.0.1 moves.test=127.0.0.1|127.0.0.2 "
                       "six.test=::1 mapped.test=::ffff:127.0.0.1 busy.test=127.0.0.1 direct.test=127.0.0.1 "
                       "busy2.test=127.0.0.1 paced.test=127.0.0.1")
        cls.korone.start()
        cls.alice = cls.korone.person("Alice")

    def says(self, text, person=None):
        """What the bot answers."""
        person = person or self.alice
        person.says(text)
        return self.said(person)

    def said(self, person=None):
        person = person or self.alice
        return self.korone.bot.does(
            lambda call: call["method"] == "sendMessage" and call["chat_id"] == person.id and call["text"],
            "answer")["text"]

    def get(self, name, path, command="get"):
        return self.says(f"/{command} {self.web.url(name, path)}")

    def fetcher(self):
        """One that rests comes for what it refuses."""
        if self.korone.pool.status().get("fetcher", {}).get("resting"):
            self.assertEqual(self.get("127.0.0.1", "/json", "narrow"), FetchHostile.REFUSED)
        return wait_for(lambda: (status := self.korone.pool.status().get("fetcher")) and status["ready"]
                        and status, 20, "a fetcher")


class FetchGood(FetchTest):
    def test_it_fetches(self):
        self.assertRegex(self.get("good.test", "/json"), "^value: hello")
        self.assertEqual(self.get("good.test", "/zipped"), "value: unpacked")
        self.assertRegex(self.get("good.test", "/redirect?to=/json"), "^value: hello")
        self.assertRegex(self.get("both.test", "/json"), "^value: hello")
        agent = self.web.seen[-1][3]["User-Agent"]
        self.assertRegex(agent, r"^CKorone/\d")
        pool = self.korone.pool
        self.assertGreaterEqual(pool.metric("korone_worker_fetches_total", outcome="ok"), 4)
        readyz = json.loads(pool.get("/readyz")[1])["dependencies"]["fetcher"]
        self.assertEqual(readyz, {"needed": False, "ready": True, "state": "files, calls"})
        self.assertEqual(self.fetcher()["walls"], {"files": True, "calls": True})

    def test_it_posts(self):
        answer = self.get("good.test", "/echo", "post")
        self.assertIn("value: POST /echo", answer)
        self.assertIn("text=a%20%26%20b", answer)
        self.assertIn("'X-Test': 'yes'", answer)
        self.assertIn("'Content-Type': 'application/x-www-form-urlencoded'", answer)
        # A 303 is asked for with GET, a 307 is posted again.
        for code, method in ((303, "GET"), (307, "POST")):
            self.assertIn(f"value: {method} /echo", self.get("good.test", f"/redirect?code={code}&to=/echo", "post"))

    def test_a_good_answer_is_kept_for_all(self):
        first = self.get("good.test", "/json?kept", "kept")
        self.assertRegex(first, "^value: hello")
        self.assertEqual(self.get("good.test", "/json?kept", "kept"), first)
        self.assertNotEqual(self.get("good.test", "/json?kept"), first)
        self.assertEqual(self.web.paths().count("/json?kept"), 2)
        client = self.korone.stores.redis()
        keys = client.keys("korone:fetched:*")
        self.assertEqual(len(keys), 1)
        self.assertTrue(0 < client.ttl(keys[0]) <= 3600)
        self.assertNotIn(b"good.test", client.get(keys[0]))

    def test_a_bad_answer_is_not_kept(self):
        for path in ("/status?code=500", "/page?kept"):
            for _ in range(2):
                self.assertRegex(self.get("good.test", path, "kept"), "^failed: ")
            self.assertEqual(self.web.paths().count(path), 2)


    def test_files(self):
        for count in (0, 256, 65536, 65792, 20 << 20):
            self.assertEqual(self.get("good.test", f"/bytes?count={count}", "file"),
                             f"file bytes: {count} bytes, sum {count // 256 * sum(range(256)) % (1 << 32)}")
        self.assertEqual(self.get("good.test", "/bytes?count=256", "file"), f"file bytes: 256 bytes, sum {sum(range(256))}")
        self.assertEqual(self.web.paths().count("/bytes?count=256"), 1, "it is kept")
        self.assertRegex(self.get("good.test", "/redirect?to=/zipped", "file"), "^file redirect: 21 bytes")
        for path, answer in (("/status?code=404", "failed: good.test does not have that."),
                             ("/endless", "failed: The answer of good.test is too large."),
                             ("/bytes?count=50003968", "failed: The answer of good.test is too large."),
                             ("/drop", "failed: good.test cannot be reached right now. Please try again later.")):
            with self.subTest(path):
                self.assertEqual(self.get("good.test", path, "file"), answer)
        pid = self.fetcher()["pid"]
        self.assertLess(int(privileged.read(pid, "status").split("VmHWM:")[1].split()[0]), 30 << 10)


    def test_a_host_is_asked_only_so_often(self):
        people = [self.korone.person(f"Reader {i}") for i in range(7)]
        start = time.monotonic()
        for person in people:
            person.says(f"/narrow {self.web.url('paced.test', '/json?paced')}")
        wait_for(lambda: self.web.paths().count("/json?paced") == len(people), 20, "all are asked")
        # Two in a second, whichever children ask: the seventh three seconds after the first.
        self.assertGreaterEqual(time.monotonic() - start, 3)
        key, = self.korone.stores.redis().keys("korone:paced:*")
        self.assertEqual(key, b"korone:paced:paced.test")


class FetchKeys(FetchTest):
    def test_a_module_without_the_key_that_it_needs_is_not_loaded(self):
        wait_for(lambda: 'msg="a module is not loaded without its key" name=keyless key=KORONE_LACKING_KEY'
                 in self.korone.pool.log(), 10, "the operator is told")

    def test_a_key_is_where_it_belongs(self):
        self.get("keyed.test", "/json?a=1", "narrow")
        self.assertEqual(self.web.paths()[-1], "/json?a=1&key=" + urllib.parse.quote(QUERY_KEY, ""))
        self.get("header.test", "/json", "narrow")
        self.assertEqual(self.web.seen[-1][3]["Authorization"], "Bearer " + HEADER_KEY)
        self.get("good.test", "/json", "narrow")
        self.assertNotIn("Authorization", self.web.seen[-1][3])
        self.assertNotIn("key", self.web.paths()[-1])

    def test_a_key_that_is_not_set(self):
        before = len(self.web.seen)
        self.assertEqual(self.get("unset.test", "/json", "narrow"),
                         "failed: Whoever runs this bot has not set it up for unset.test.")
        self.assertEqual(len(self.web.seen), before)
        wait_for(lambda: "KORONE_UNSET_KEY is not set" in self.korone.pool.log(), 10, "the operator is told")

    def test_no_key_comes_back(self):
        """Whatever a host does with it."""
        for name, path in (("keyed.test", "/echo"), ("header.test", "/echo"),
                           ("keyed.test", "/redirect?to=/echo")):
            answer = self.get(name, path, "narrow")
            self.assertRegex(answer, "^value: ", name)
            for key in (QUERY_KEY, urllib.parse.quote(QUERY_KEY, ""), HEADER_KEY):
                self.assertNotIn(key, answer, name)
        # To another host it is not sent, neither by us nor within the URL.
        elsewhere = urllib.parse.quote(self.web.url("good.test", "/echo"), "")
        self.assertNotIn("Authorization", self.get("header.test", f"/redirect?to={elsewhere}", "narrow"))
        told = urllib.parse.quote(self.web.url("good.test", "/json?stolen=") + urllib.parse.quote(QUERY_KEY, ""), "")
        self.assertEqual(self.get("keyed.test", f"/redirect?to={told}", "narrow"),
                         "refused: That address cannot be fetched.")
        self.assertFalse([path for path in self.web.paths() if path.startswith("/json?stolen")])
        # Nor in a file, also where it lies across two parts of it.
        self.assertEqual(self.get("keyed.test", "/repeat", "findkey"),
                         "file:" + 32 * (" key=" + "*" * len(urllib.parse.quote(QUERY_KEY, "")))[:21])
        # The module that may go anywhere has no key at all.
        self.assertNotIn("key=", self.get("keyed.test", "/echo"))

    def test_no_process_but_the_fetcher_knows_a_key(self):
        """Nor a log, nor a child's memory or environment."""
        self.get("keyed.test", "/json", "narrow")
        fetcher = self.fetcher()["pid"]
        status = self.korone.pool.status()
        key = QUERY_KEY.encode()
        self.assertEqual(privileged.holds(fetcher, [key]), {key})
        for pid in (status["nursery_pid"], status["sender_pid"], *self.korone.pool.children()):
            self.assertEqual(privileged.holds(pid, [key, HEADER_KEY.encode()]), set())
        others = [secret.encode() for secret in (
            self.korone.simulator.token, self.korone.stores.database_url, self.korone.stores.redis_url,
            "a privacy key for system tests")]
        self.assertEqual(privileged.holds(fetcher, others), set())
        self.assertEqual(privileged.holds(status["nursery_pid"], others), set(others[1:]))
        self.assertNotIn(QUERY_KEY, self.korone.pool.log())


class FetchHostile(FetchTest):
    REFUSED = "refused: That address cannot be fetched."

    def test_private_addresses_are_not_connected_to(self):
        port, urls = self.web.port, []
        for host in ("private.test", "six.test", "mapped.test", "127.0.0.2", "127.0.0.3", "[::1]", "0.0.0.0",
                     "[::ffff:127.0.0.2]", "127.2", "2130706434", "0x7f000002", "0177.0.0.2", "[64:ff9b::7f00:2]",
                     "[2002:7f00:2::]", "169.254.169.254", "10.0.0.1"):
            urls += [f"http://{host}:{port}/json", f"http://{host}/json", f"https://{host}/json"]
        urls += ["http://localhost/json", f"http://127.0.0.1:{port + 1}/json", "http://127.0.0.1/json"]
        for url in urls:
            with self.subTest(url):
                self.assertEqual(self.says(f"/get {url}"), self.REFUSED)
        for url in urls[::3]:
            with self.subTest(url, redirect=True):
                self.assertEqual(self.get("good.test", "/redirect?to=" + urllib.parse.quote(url, "")), self.REFUSED)
        self.assertEqual(self.web.paths("127.0.0.2"), [])

    def test_a_name_that_moves_is_judged_each_time(self):
        """DNS rebinding: what was checked is what is connected to."""
        self.assertRegex(self.get("both.test", "/json"), "^value: hello")
        self.assertRegex(self.get("moves.test", "/drop"), "^failed: ")
        self.get("moves.test", "/json")
        self.kill_fetcher()
        self.get("moves.test", "/json")
        self.assertEqual(self.web.paths("127.0.0.2"), [])

    def test_other_ports_schemes_and_logins(self):
        before = len(self.web.seen)
        for url in ("http://good.test:22/", "https://good.test:80/", "ftp://good.test/", "file:///etc/passwd",
                    "gopher://good.test/", f"http://a:b@good.test:{self.web.port}/json", "http://",
                    "http://good.test\\@private.test/", "http://good.test:99999/", "x" * 3000):
            with self.subTest(url):
                self.assertEqual(self.says(f"/get {url}"), self.REFUSED)
        self.assertEqual(len(self.web.seen), before)

    def test_hosts_that_are_not_declared(self):
        self.assertRegex(self.get("good.test", "/json", "narrow"), "^value: hello")
        for name in ("both.test", "sub.good.test", "good.test.evil.test", "evilgood.test", "127.0.0.1"):
            with self.subTest(name):
                self.assertEqual(self.get(name, "/json", "narrow"), self.REFUSED)
                target = urllib.parse.quote(self.web.url(name, "/json"), "")
                self.assertEqual(self.get("good.test", f"/redirect?to={target}", "narrow"), self.REFUSED)
        self.assertRegex(self.get("GOOD.test.", "/json", "narrow"), "^value: hello")

    def test_answers_without_end(self):
        for path in ("/bomb", "/endless", "/large", "/head", "/endless_zip"):
            with self.subTest(path):
                self.assertEqual(self.get("good.test", path), "failed: The answer of good.test is too large.")
        self.assertEqual(self.get("good.test", "/around"), "failed: The answer of good.test is too large.")
        pid = self.fetcher()["pid"]
        self.assertLess(int(privileged.read(pid, "status").split("VmHWM:")[1].split()[0]), 100 << 10)

    def test_answers_that_are_none(self):
        children = self.korone.pool.children()
        problem = "failed: good.test has a problem right now. Please try again later."
        away = "failed: good.test cannot be reached right now. Please try again later."
        for path, answer in (("/page", problem), ("/broken", problem), ("/deep", problem), ("/drop", away),
                             ("/nonsense", away), ("/status?code=500", problem),
                             ("/status?code=404", "refused: good.test does not have that."),
                             ("/status?code=403", "refused: good.test refuses to answer that.")):
            with self.subTest(path):
                self.assertEqual(self.get("good.test", path), answer)
        self.assertEqual(self.korone.pool.children(), children)

    def test_slow_answers_end(self):
        self.assertEqual(self.get("good.test", "/drip"), "failed: good.test takes too long to answer.")

    def test_a_host_that_wants_silence_gets_it(self):
        busy = "failed: busy.test is asked too much right now. Please try again later."
        self.assertEqual(self.get("busy.test", "/busy"), busy)
        before = len(self.web.seen)
        self.assertEqual(self.get("busy.test", "/json"), busy)
        self.assertEqual(len(self.web.seen), before)
        self.assertRegex(self.get("good.test", "/json"), "^value: hello")

    def test_what_waits_for_such_a_host_is_not_asked_either(self):
        """Four at once is what a host is asked."""
        self.web.go.clear()
        people = [self.korone.person(f"Person {i}") for i in range(7)]
        for person in people:
            person.says("/get " + self.web.url("busy2.test", "/holdbusy"))
        wait_for(lambda: self.web.paths().count("/holdbusy") == 4, 20, "four are asked")
        wait_for(lambda: self.korone.pool.metric("korone_worker_fetching") == 7, 20, "seven wait")
        self.web.go.set()
        told = set()
        while len(told) < len(people):
            call = self.korone.bot.does(lambda call: call["method"] == "sendMessage" and call["text"], "answer")
            self.assertEqual(call["text"], "failed: busy2.test is asked too much right now. Please try again later.")
            told.add(call["chat_id"])
        self.assertEqual(self.web.paths().count("/holdbusy"), 4)

    def kill_fetcher(self):
        pid = self.fetcher()["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: self.fetcher()["pid"] != pid, 20, "another fetcher")

    def test_a_fetcher_that_dies_is_replaced(self):
        """What it had in hand is asked once more; what was posted is not."""
        for command, path, answer in (("get", "/hold?get", "value: hello"),
                                      ("post", "/hold?post", "failed: The host cannot be reached right now.")):
            self.web.held.clear()
            self.web.go.clear()
            self.alice.says(f"/{command} {self.web.url('good.test', path)}")
            self.assertTrue(self.web.held.wait(20))
            self.kill_fetcher()
            self.web.go.set()
            said = self.said()
            self.assertIn(answer, said)
            self.assertEqual(self.web.paths().count(path), 2 if command == "get" else 1)
        self.assertIn("fetcher died", self.korone.pool.log())

    def test_waiting_is_not_the_handlers_time(self):
        self.web.held.clear()
        self.web.go.clear()
        self.alice.says("/get " + self.web.url("good.test", "/hold?wait"))
        self.assertTrue(self.web.held.wait(20))
        wait_for(lambda: self.korone.pool.metric("korone_worker_fetching") == 1, 10, "it is shown")
        self.web.go.set()
        self.assertRegex(self.said(), "^value: hello")
        wait_for(lambda: self.korone.pool.metric("korone_worker_fetching") == 0, 10, "it is over")

    def test_a_new_program_takes_over(self):
        self.web.held.clear()
        self.web.go.clear()
        pid = self.fetcher()["pid"]
        self.alice.says("/get " + self.web.url("good.test", "/hold?hup"))
        self.assertTrue(self.web.held.wait(20))
        self.korone.pool.signal(signal.SIGHUP)
        wait_for(lambda: "replacing all processes" in self.korone.pool.log(), 10, "it is replaced")
        self.web.go.set()
        self.assertRegex(self.said(), "^value: hello")
        wait_for(lambda: "replacement complete" in self.korone.pool.log(), 30, "it is")
        self.assertNotEqual(self.fetcher()["pid"], pid)
        self.assertRegex(self.get("good.test", "/json"), "^value: hello")
        self.assertEqual(self.web.paths().count("/hold?hup"), 1)


class FetchThroughProxy(FetchTest):
    """The host is the proxy, too: a request through it has the whole URL as its path."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.korone.pool.stop()
        del cls.korone.pool.environment["KORONE_FETCH_ALLOW"]
        cls.korone.pool.environment.update(http_proxy=f"http://login:word@127.0.0.1:{cls.web.port}",
                                           no_proxy="direct.test,127.0.0.1")  # where the simulator is
        cls.korone.pool.start()
        cls.korone.pool.wait_until_ready()

    def test_it_looks_up_names_and_connects(self):
        before = len(self.web.seen)
        self.assertRegex(self.says("/get http://nobody-here-knows.test/json"), "^value: hello")
        self.assertEqual(self.web.paths()[-1], "http://nobody-here-knows.test/json")
        self.assertIn("Proxy-Authorization", self.web.seen[-1][3])
        self.assertRegex(self.says("/narrow http://good.test/json"), "^value: hello")
        self.assertEqual(len(self.web.seen), before + 2)

    def test_what_we_can_know_is_refused_all_the_same(self):
        before = len(self.web.seen)
        for url in ("http://127.0.0.2/json", "http://[::1]/json", "http://localhost/json", "http://a.localhost/json",
                    "http://169.254.169.254/", "http://nobody.test:8080/json"):
            with self.subTest(url):
                self.assertEqual(self.says(f"/get {url}"), FetchHostile.REFUSED)
        self.assertEqual(self.says("/narrow http://other.test/json"), FetchHostile.REFUSED)
        self.assertEqual(len(self.web.seen), before)

    def test_exceptions_are_connected_to_and_checked(self):
        before = len(self.web.seen)
        self.assertRegex(self.says("/get http://direct.test/json"), "^(failed|refused): ")
        self.assertEqual(len(self.web.seen), before)


class FetchRest(FetchTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = Clock(cls.korone.dir)
        pool = cls.korone.pool
        pool.stop()
        pool.environment.update(cls.clock.environment, LD_PRELOAD=f"{NAMES} {CLOCK}")
        pool.start()
        pool.wait_until_ready()

    def test_one_that_is_asked_nothing_leaves_until_it_is(self):
        pool = self.korone.pool
        before = self.fetcher()
        self.assertFalse(before["resting"])
        self.clock.put_forward(61)
        resting = wait_for(lambda: (status := pool.status()["fetcher"])["resting"] and not status["pid"] and status,
                           20, "it leaves")
        self.assertEqual(resting["walls"], {"files": True, "calls": True})
        with self.assertRaises(ProcessLookupError):
            os.kill(before["pid"], 0)
        readyz = json.loads(pool.get("/readyz")[1])["dependencies"]["fetcher"]
        self.assertEqual(readyz, {"needed": False, "ready": True, "state": "files, calls"})
        self.assertRegex(self.get("good.test", "/json"), "^value: hello")
        self.assertNotEqual(self.fetcher()["pid"], before["pid"])
        self.assertNotIn("fetcher died", pool.log())


class FetchWithoutHosts(unittest.TestCase):
    def test_a_pool_whose_modules_fetch_nothing_has_no_fetcher(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        korone.pool.program = FACTS
        korone.start()
        self.assertNotIn("fetcher", korone.pool.status())
        self.assertNotIn("fetcher", json.loads(korone.pool.get("/readyz")[1])["dependencies"])


if __name__ == "__main__":
    unittest.main()
