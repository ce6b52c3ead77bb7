"""Programs with a proxy (ctx_run() with .web) and real curl: they reach the hosts of their module
by the pool's fetcher, and nothing else of a network, however they try."""

import os
import select
import signal
import socket
import unittest

from korone import BIN, Korone, wait_for
from web_host import WebHost

PROXIED = os.path.join(BIN, "../tests/korone-worker-proxied")  # its modules: modules/proxied.c
NAMES = os.path.join(BIN, "../tests/names.so")
CODE = "curl -s -m 20 -o /dev/null -w '%{http_code}'"  # of an answer, the proxy's included; 000: none


class ProxiedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web = WebHost("127.0.0.1", "127.0.0.2")
        cls.addClassCleanup(cls.web.close)
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = PROXIED
        cls.korone.pool.environment.update(
            LD_PRELOAD=NAMES, KORONE_FETCH_ALLOW=f"127.0.0.1:{cls.web.port}", KORONE_QUERY_KEY="query-key",
            TEST_NAMES="good.test=127.0.0.1 far.test=127.0.0.1 keyed.test=127.0.0.1 private.test=127.0.0.2 "
                       "both.test=127.0.0.2,127.0.0.1 other.test=127.0.0.1")
        cls.korone.start()
        cls.alice, cls.bob = cls.korone.person("Alice"), cls.korone.person("Bob")

    def said(self, person):
        return self.korone.bot.does(
            lambda call: call["method"] == "sendMessage" and call["chat_id"] == person.id and call["text"],
            "answer", 60)["text"]

    def runs(self, script, command="near", person=None):
        """What the script says."""
        person = person or self.alice
        person.says(f"/{command} {script}; true")
        answer = self.said(person)
        self.assertRegex(answer, "^said:")
        return answer.removeprefix("said:").strip()

    def fetcher(self):
        return wait_for(lambda: (status := self.korone.pool.status().get("fetcher")) and status["ready"]
                        and status, 20, "a fetcher")


class ProxiedGood(ProxiedTest):
    def test_a_declared_host_is_reached(self):
        url = self.web.url("good.test", "/json")
        self.assertIn("hello", self.runs(f"curl -sS {url}"))
        self.assertIn("hello", self.runs(f"curl -sS --proxytunnel {url}"))
        self.assertIn("hello", self.runs(f"curl -sSL {self.web.url('good.test', '/redirect?to=/json')}"))
        posted = self.runs(f"curl -sS -d a=1 -H 'X-Test: yes' {self.web.url('good.test', '/echo')}")
        self.assertIn("POST /echo", posted)
        self.assertIn("a=1", posted)
        self.assertIn("'X-Test': 'yes'", posted)
        self.assertNotIn("Proxy-Connection", posted)
        # Two on what a client takes for one connection.
        self.assertEqual(self.runs(f"{CODE} -o /dev/null {url} {self.web.url('other.test', '/json')}"), "200403")

    def test_much_comes_whole(self):
        size = 20_000_128
        url = self.web.url("good.test", f"/bytes?count={size}")
        self.assertEqual(self.runs(f"curl -sS -o a -w '%{{size_download}}' {url}"), str(size - size % 256))
        self.assertEqual(self.runs(f"curl -sS -p -o a -w '%{{size_download}}' {url}"), str(size - size % 256))

    def test_many_at_once(self):
        url = self.web.url("good.test", "/json")
        self.assertEqual(self.runs(f"for i in {{1..30}}; do {CODE} {url} & done; wait"), "200" * 30)

    def test_no_key_is_put_in(self):
        self.assertEqual(self.runs(f"{CODE} {self.web.url('keyed.test', '/echo?keyed')}"), "200")
        self.assertIn("/echo?keyed", self.web.paths())
        self.assertNotIn("query-key", str(self.web.seen))

    def test_a_fetcher_that_is_killed(self):
        """Its connections end; the next one serves the same program."""
        before = self.fetcher()["pid"]
        self.alice.says(f"/near {CODE} {self.web.url('good.test', '/hold')}; echo; "
                        f"{CODE} {self.web.url('good.test', '/json')}")
        self.assertTrue(self.web.held.wait(30))
        os.kill(before, signal.SIGKILL)
        self.assertEqual(self.said(self.alice).removeprefix("said:").split(), ["000", "200"])
        wait_for(lambda: self.fetcher()["pid"] != before, 20, "another fetcher")


class ProxiedHostile(ProxiedTest):
    def test_no_other_host_is_reached(self):
        before = len(self.web.paths("127.0.0.2"))
        for name in ("other.test", "far.test", "127.0.0.1", "127.0.0.2", "[::1]", "private.test",
                     "good.test.", "GOOD.test@other.test", "xgood.test", "0x7f.1"):
            url = self.web.url(name, "/json")
            for how in ("", "--proxytunnel"):
                self.assertIn(self.runs(f"{CODE} -w '%{{http_code}} %{{http_connect}}' {how} '{url}'"),
                              ("200 000", "200 200") if name == "good.test." else ("403 000", "000 403"), name)
        self.assertEqual(len(self.web.paths("127.0.0.2")), before)

    def test_each_hop_is_judged(self):
        for to in ("other.test", "private.test", "127.0.0.1"):
            url = self.web.url("good.test", f"/redirect?to={self.web.url(to, '/secret')}")
            self.assertEqual(self.runs(f"{CODE} -L '{url}'"), "403")
        self.assertNotIn("/secret", self.web.paths())

    def test_the_address_is_judged(self):
        """Of a declared host, the one that is connected to."""
        url = self.web.url("both.test", "/json")
        self.assertEqual(self.runs(f"{CODE} {url}"), "200")
        self.assertEqual(self.runs(f"{CODE} {self.web.url('private.test', '/json')}"), "403")
        self.assertEqual(self.web.paths("127.0.0.2"), [])

    def test_no_other_port_is_reached(self):
        for port in (22, 6379, 3128, 80):
            self.assertEqual(self.runs(f"{CODE} -w '%{{http_code}} %{{http_connect}}' -p http://good.test:{port}/"), "000 403")

    def test_nothing_is_reached_without_the_proxy(self):
        web = self.web.port
        for address in (f"127.0.0.1:{web}", f"127.0.0.2:{web}", f"[::1]:{web}", "1.1.1.1:443", f"good.test:{web}"):
            self.assertEqual(self.runs(f"{CODE} --noproxy '*' http://{address}/json"), "000")
        self.assertEqual(self.runs("exec 3<>/dev/udp/1.1.1.1/53 && echo x >&3 && echo sent"), "")
        self.assertEqual(self.runs(f"exec 3<>/dev/tcp/127.0.0.1/{web} && echo connected"), "")
        # A socket that is a file belongs to no network.
        path = self.korone.dir + "/x.sock"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            os.chmod(path, 0o777)
            server.listen()
            self.assertEqual(self.runs(f"{CODE} --unix-socket {path} http://good.test/"), "000")
            self.assertEqual(select.select([server], [], [], 0)[0], [])

    def test_without_web_there_is_no_network(self):
        url = self.web.url("good.test", "/json")
        self.assertEqual(self.runs(f"{CODE} -x http://127.0.0.1:3128 {url}; echo $http_proxy", "alone"), "000")

    def test_programs_have_no_common_proxy(self):
        """Each reaches the hosts of its own module only, also while the other runs."""
        far, good = self.web.url("far.test", "/json"), self.web.url("good.test", "/json")
        self.bob.says(f"/far {CODE} {self.web.url('far.test', '/hold')}; echo; {CODE} {good}; true")
        self.assertTrue(self.web.held.wait(30))
        self.assertEqual(self.runs(f"{CODE} {far}; echo; {CODE} {good}").split(), ["403", "200"])
        self.web.go.set()
        self.assertEqual(self.said(self.bob).removeprefix("said:").split(), ["200", "403"])

    def test_nonsense_is_refused(self):
        for head in (r"\r\n\r\n", r"GET / HTTP/1.1\r\n\r\n", r"CONNECT good.test HTTP/1.1\r\n\r\n",
                     r"GET ftp://good.test/ HTTP/1.1\r\n\r\n", r"\x16\x03\x01\r\n\r\n"):
            said = self.runs(f"exec 3<>/dev/tcp/127.0.0.1/3128; echo -ne '{head}' >&3; read -r a <&3; echo $a")
            self.assertEqual(said, "HTTP/1.1 400 Bad Request")
        self.assertEqual(self.fetcher()["walls"], {"files": True, "calls": True})


class ProxiedThroughProxy(ProxiedTest):
    """The operator's own proxy stands between the fetcher and the hosts: the host is the proxy, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.korone.pool.stop()
        proxy = f"http://127.0.0.1:{cls.web.port}"
        cls.korone.pool.environment.update(http_proxy=proxy, https_proxy=proxy,
                                           no_proxy="127.0.0.1")  # where the simulator is
        cls.korone.pool.start()
        cls.korone.pool.wait_until_ready()

    def test_it_is_a_tunnel_through_it(self):
        url = self.web.url("good.test", "/json?tunnelled")
        for how in ("", "--proxytunnel"):
            self.web.seen.clear()
            self.assertIn("hello", self.runs(f"curl -sS {how} '{url}'"))
            self.assertEqual([(method, path) for _, method, path, _, _ in self.web.seen],
                             [("CONNECT", f"good.test:{self.web.port}"), ("GET", "/json?tunnelled")])

    def test_hosts_are_judged_before_it(self):
        self.web.seen.clear()
        for name in ("other.test", "127.0.0.2", "[::1]", "localhost"):
            self.assertEqual(self.runs(f"{CODE} {self.web.url(name, '/json')}"), "403")
        self.assertEqual(self.web.seen, [])


if __name__ == "__main__":
    unittest.main()
