#!/usr/bin/python3
"""The webhook and the other HTTP ports facing slow, silent or many clients; URLs with queries and
escapes; and what is reported when Telegram does not get through."""

import json
import re
import signal
import socket
import threading
import time
import urllib.parse

from crashd import Clock
from korone import SystemTest, cpu_seconds, descriptors, free_port, wait_for
from test_ingress import Webhook

SECRET = "a-secret-of-the-webhook"
PLACES, HEALTH_PLACES = 256, 32


class Crowd:
    """Connections to a port, each of which sends the next bytes of a text when told to."""

    def __init__(self, port, count):
        self.sockets = [self.dial(port) for _ in range(count)]

    @staticmethod
    def dial(port):
        """Without waiting for a place."""
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", port))
        return one

    def say(self, data):
        for one in self.sockets:
            try:
                one.send(data)
            except OSError:
                pass  # not connected yet, or disconnected

    def close(self):
        for one in self.sockets:
            one.close()


class Trickle(Crowd):
    """A crowd whose members each send a line every second, from now on."""

    def __init__(self, port, count, first=b"GET / HTTP/1.1\r\n", line=b"A: b\r\n"):
        super().__init__(port, count)
        self.first, self.line, self.ended = first, line, threading.Event()
        self.fresh = set(self.sockets)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended.wait(1):
            for one in self.sockets:
                try:
                    one.send(self.first if one in self.fresh else self.line)
                    self.fresh.discard(one)
                except OSError:
                    pass

    def close(self):
        self.ended.set()
        self.thread.join()
        super().close()


class WebhookCase(Webhook):
    def setUp(self):
        super().setUp()
        self.crowds = []
        self.addCleanup(self.disperse)

    def disperse(self):
        while self.crowds:
            self.crowds.pop().close()

    def crowd(self, *arguments, kind=Crowd, **keywords):
        self.crowds.append(kind(*arguments, **keywords))
        return self.crowds[-1]

    def metric(self, name, **labels):
        return self.korone.ingress.metric("korone_ingress_webhook_" + name, **labels)

    def ended(self, reason):
        return self.metric("connections_ended_total", reason=reason)

    def head(self, length=0):
        return (f"POST {urllib.parse.urlparse(self.url).path} HTTP/1.1\r\nHost: x\r\n"
                f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n"
                f"Content-Length: {length}\r\n\r\n").encode()

    def readiness(self):
        """(status, what the webhook is)"""
        status, body = self.korone.ingress.get("/readyz")
        return status, json.loads(body)["dependencies"].get("webhook", {}) if body else {}


class ManyTest(WebhookCase):
    def setUp(self):
        super().setUp()
        self.use_webhook()

    def push(self, timeout):
        """From the simulator, over a connection that it may have kept, and from a new person."""
        self.ping(timeout)
        self.assertEqual(self.post(self.url, b"", X_Telegram_Bot_Api_Secret_Token=SECRET), 400)

    def test_silent_connections_do_not_make_it_deaf(self):
        before = descriptors(self.korone.ingress.pid)
        for _ in range(20):
            self.crowd(self.port, 2 * PLACES)
            self.disperse()
        self.crowd(self.port, 2 * PLACES)
        wait_for(lambda: self.metric("connections") == PLACES, 5, "all places are taken")
        # All of them are gone when it checks again.
        self.korone.ingress.signal(signal.SIGSTOP)
        self.disperse()
        self.korone.ingress.signal(signal.SIGCONT)
        self.push(timeout=5)
        wait_for(lambda: self.metric("connections") <= 1, 5, "all but Telegram's are gone")
        wait_for(lambda: descriptors(self.korone.ingress.pid) <= before + 1, 5, "so are theirs")

    def test_heads_that_trickle_in_lose_their_places(self):
        """More of them than places, and none gives up by itself."""
        self.crowd(self.port, 400, kind=Trickle)
        wait_for(lambda: self.metric("connections") == PLACES, 5, "all places are taken")
        used = cpu_seconds(self.korone.ingress.pid)
        for _ in range(3):
            self.push(timeout=10)
            time.sleep(2)
        self.assertGreater(self.ended("crowded") + self.ended("head_timeout"), 100)
        self.assertLess(cpu_seconds(self.korone.ingress.pid) - used, 2)

    def test_a_head_that_trickles_in_ends_also_when_there_is_room(self):
        crowd = self.crowd(self.port, 3, kind=Trickle)
        started = time.monotonic()
        wait_for(lambda: self.ended("head_timeout") == 3, 20, "they are cut off")
        self.assertGreater(time.monotonic() - started, 8)
        for one in crowd.sockets:
            self.assertIn(one.recv(100), (b"",))

    def test_idle_connections_go_first(self):
        crowd = self.crowd(self.port, PLACES - 1)
        time.sleep(0.2)
        crowd.say(self.head())
        wait_for(lambda: self.metric("refused_total", reason="empty") == PLACES - 1, 10,
                 "all have been answered")
        self.assertEqual(self.ended("crowded"), 0)
        work = socket.create_connection(("127.0.0.1", self.port))
        self.addCleanup(work.close)
        work.sendall(self.head(length=20))
        self.push(timeout=5)
        self.assertGreater(self.ended("crowded"), 0)
        work.settimeout(5)
        work.sendall(b"{" + 19 * b" ")
        self.assertIn(b"200", work.recv(100), "a request under way keeps its place")


class LimitsTest(WebhookCase):
    """Limits of half a minute and more: ingress' clock is advanced."""

    def setUp(self):
        super().setUp()
        self.clock = Clock(self.korone.dir)
        self.korone.ingress.environment.update(self.clock.environment)
        self.use_webhook()

    def received(self):
        return self.korone.ingress.metric("korone_ingress_updates_received_total")

    def test_bodies_that_trickle_in_and_idle_connections_have_an_end(self):
        self.crowd(self.port, PLACES + 40, kind=Trickle, first=self.head(length=1000), line=b"x")
        wait_for(lambda: self.metric("connections") == PLACES, 5, "all places are taken")
        time.sleep(2.5)  # their heads have arrived
        self.clock.put_forward(15)
        wait_for(lambda: self.readiness()[0] == 503, 5, "it is not ready")
        self.assertEqual(self.readiness()[1]["state"], "all 256 places are taken, callers wait")
        self.assertEqual(self.ended("request_timeout"), 0)
        self.clock.put_forward(15)
        wait_for(lambda: self.ended("request_timeout") == PLACES, 5, "all are cut off")
        self.korone.ingress.wait_until_ready(5)
        before = self.received()
        self.alice.says("/ping 1")
        wait_for(lambda: self.received() > before, 5, "the push is taken")
        self.disperse()
        crowd = self.crowd(self.port, 3)
        time.sleep(0.2)
        crowd.say(self.head())
        wait_for(lambda: self.metric("refused_total", reason="empty") == 3, 5, "answered")
        time.sleep(1)
        self.clock.put_forward(72)
        time.sleep(1.5)
        self.assertEqual(self.ended("idle_timeout"), 0)
        self.clock.put_forward(5)
        wait_for(lambda: self.ended("idle_timeout") >= 3, 5, "they are not kept forever")


class UrlTest(WebhookCase):
    def announced(self):
        return self.korone.simulator.call("getWebhookInfo")[1]["result"]["url"]

    def test_queries_and_escapes_are_served_as_they_are_announced(self):
        base = f"http://127.0.0.1:{self.port}"
        for url in ("/hook?key=a&b=c/", "/ho%6Fk%2F%20", "/ho%6Fk/?key=%41", "", "?a=1", "/hook/"):
            with self.subTest(url):
                self.url = base + url
                self.use_webhook()
                # Telegram accepts one setWebhook a second; until then it pushes to the last URL.
                wait_for(lambda: self.announced() == self.url, 5, "the URL is announced")
                self.ping()
                self.assertEqual(self.metric("refused_total"), 0)

    def test_what_is_refused_is_counted_and_said_once_without_secrets(self):
        secret = {"X_Telegram_Bot_Api_Secret_Token": SECRET}
        self.url = f"http://127.0.0.1:{self.port}/hook-of-mine?key=my-other-secret"
        self.use_webhook()
        wrong = f"http://127.0.0.1:{self.port}/hook-of-mine"
        for _ in range(3):
            self.assertEqual(self.post(wrong, **secret), 404)
            self.assertEqual(self.post(self.url), 404)
            self.assertEqual(self.post(self.url, X_Telegram_Bot_Api_Secret_Token="a-wrong-one"), 404)
            self.assertEqual(self.post(wrong), 404)
            self.assertEqual(self.post(self.url, None, **secret), 404)  # GET
            self.assertEqual(self.post(self.url, b"", **secret), 400)
        self.assertEqual({reason: self.metric("refused_total", reason=reason)
                          for reason in ("path", "secret", "stranger", "method", "empty")},
                         dict(path=3, secret=6, stranger=3, method=3, empty=3))
        log = self.korone.ingress.log()
        self.assertEqual(log.count("came for another path than KORONE_WEBHOOK_URL has"), 1)
        self.assertIn('difference="the query is missing"', log)
        self.assertEqual(log.count("a request for the webhook's path came without its secret"), 1)
        self.assertRegex(log, "came without its secret.* secret=none ")
        self.assertEqual(log.count("came with neither the webhook's path nor its secret"), 1)
        for text in ("hook-of-mine", "my-other-secret", "a-wrong-one", SECRET):
            self.assertNotIn(text, log)
        self.ping()

    def test_a_url_that_cannot_work_is_refused_at_the_start(self):
        ingress = self.korone.ingress
        self.assertEqual(ingress.stop(), 0)
        for url, fault in (("/ho ok", "a blank"), ("/hook#top", "a fragment"),
                           ("/h%4", "two hexadecimal digits")):
            ingress.environment.update(KORONE_WEBHOOK_LISTEN=f"127.0.0.1:{self.port}",
                                       KORONE_WEBHOOK_SECRET=SECRET,
                                       KORONE_WEBHOOK_URL=f"http://127.0.0.1:{self.port}{url}")
            ingress.start()
            self.assertEqual(ingress.process.wait(10), 78)
            self.assertRegex(ingress.log(), "KORONE_WEBHOOK_URL: .*" + re.escape(fault))


class Proxy:
    """What the operator puts in front: forwards connections, refuses them, or answers itself."""

    def __init__(self, port, target):
        self.port, self.target, self.answer, self.listener = port, target, None, None

    def open(self, answer=None):
        self.close()
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                near = listener.accept()[0]
            except OSError:
                return
            if self.answer is not None:
                threading.Thread(target=self.say, args=(near,), daemon=True).start()
                continue
            far = socket.create_connection(("127.0.0.1", self.target))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    def say(self, near):
        near.recv(65536)
        near.sendall(self.answer)
        near.close()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()

    def close(self):
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None


class DeliveryTest(WebhookCase):
    def setUp(self):
        super().setUp()
        self.clock = Clock(self.korone.dir)
        self.korone.ingress.environment.update(self.clock.environment)
        for process in (self.korone.ingress, self.korone.crashd):  # where koronectl asks
            self.korone.environment[f"KORONE_{process.name.upper()}_URL"] = (
                f"http://127.0.0.1:{process.port}")
        self.proxy = Proxy(free_port(), self.port)
        self.addCleanup(self.proxy.close)
        self.url = f"http://127.0.0.1:{self.proxy.port}/hook"
        self.use_webhook()

    def wait_until_failing(self, error):
        ingress = self.korone.ingress
        wait_for(lambda: self.readiness()[0] == 503, 40, "it is not ready")
        self.assertFalse(self.readiness()[1]["ready"])
        # A momentary error from before the proxy changed may be the first one that is seen.
        wait_for(lambda: error in self.readiness()[1]["state"], 20, "it says why")
        wait_for(lambda: self.metric("failing_seconds") > 0, 5, "the metric")
        self.assertGreater(self.metric("pending_updates"), 0)
        webhook = ingress.status()["webhook"]
        self.assertFalse(webhook["ready"])
        self.assertGreater(webhook["pending"], 0)
        self.assertIn(error, webhook["last_error"])
        self.assertIn("Telegram cannot deliver updates to KORONE_WEBHOOK_URL",
                      ingress.log())
        code, shown = self.koronectl("status")
        self.assertNotEqual(code, 0)
        self.assertIn("Telegram does not get its updates through", " ".join(shown.split()))

    def wait_until_it_delivers(self):
        self.proxy.open()
        self.korone.bot.says(f"pong {self.said}", chat=self.alice.id, timeout=70)
        self.korone.ingress.wait_until_ready()
        self.assertTrue(self.readiness()[1]["ready"])
        wait_for(lambda: self.metric("failing_seconds") == 0, 5, "the metric")

    def say_something(self):
        self.said += 1
        self.alice.says(f"/ping {self.said}")

    def test_a_proxy_that_is_down_shows_and_so_does_its_return(self):
        self.assertTrue(self.readiness()[1]["ready"], "nothing has failed yet")
        self.say_something()
        self.wait_until_failing("Connection refused")
        self.wait_until_it_delivers()
        wait_for(lambda: "Telegram delivers to the webhook again" in self.korone.ingress.log(), 20,
                 "it is said")
        self.ping()

    def test_a_proxy_that_answers_itself_shows(self):
        self.proxy.open(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        self.say_something()
        self.wait_until_failing("Wrong response from the webhook: 404 Not Found")
        self.wait_until_it_delivers()

    def test_a_proxy_that_hangs_up_shows_without_an_error_of_telegrams(self):
        self.proxy.open(b"")
        self.say_something()
        wait_for(lambda: self.metric("pending_updates") == 1, 20, "Telegram is asked")
        time.sleep(1)
        self.assertEqual(self.readiness()[0], 200)
        self.clock.put_forward(31)
        wait_for(lambda: self.readiness()[0] == 503, 10, "it is not ready")
        self.assertIn("1 wait, last error: none named", self.readiness()[1]["state"])
        self.wait_until_it_delivers()


class HealthPortTest(SystemTest):
    def test_probes_are_answered_in_spite_of_crowds(self):
        korone = self.korone
        before = {process: descriptors(process.pid) for process in korone.processes}
        for kind in (Crowd, Trickle):
            crowds = [kind(process.port, 3 * HEALTH_PLACES) for process in korone.processes]
            try:
                time.sleep(2 if kind is Trickle else 0.2)
                for process in korone.processes:
                    used = cpu_seconds(process.pid)
                    for _ in range(3):
                        self.assertEqual(process.get("/healthz")[0], 200, (kind, process.name))
                    self.assertLess(cpu_seconds(process.pid) - used, 2)
            finally:
                for crowd in crowds:
                    crowd.close()
        for process in korone.processes:
            for _ in range(20):
                Crowd(process.port, 3 * HEALTH_PLACES).close()
            self.assertEqual(process.get("/healthz")[0], 200, process.name)
            wait_for(lambda: descriptors(process.pid) <= before[process] + 2, 10,
                     f"{process.name} closes the connections")


if __name__ == "__main__":
    import unittest
    unittest.main()
