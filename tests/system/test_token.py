"""A Telegram that refuses the bot's token: once, for a while, permanently, or the old one after a
new one was made. All processes share one clock, which the tests advance."""

import os
import re
import signal
import time
import unittest

from crashd import Clock
from korone import Korone, MISBEHAVING, STOP_S, free_port, wait_for

PINGS = 5
NEW_TOKEN = "42:TEST-another-token-of-the-Bot-API-simulator"
METHODS = ("getUpdates", "sendMessage", "getChat")


class TokenTest(unittest.TestCase):
    settings = {"KORONE_POLL_TIMEOUT_S": "1", "KORONE_HANDLER_TIMEOUT_MS": "5000"}

    def setUp(self):
        self.korone = Korone(self.settings, start=False)
        self.addCleanup(self.finish)
        self.korone.pool.program = MISBEHAVING
        self.clock = Clock(self.korone.dir)
        for process in self.korone.processes:
            process.environment.update(self.clock.environment)
        self.korone.start()
        self.alice = self.korone.person("Alice")
        self.said = {}

    def finish(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            self.korone.print_logs()
        self.korone.close()

    @property
    def both(self):
        return self.korone.ingress, self.korone.pool

    def fault(self, method, status=401, times=1, mode="error", **more):
        self.korone.simulator.control("faults", {"method": method, "mode": mode, "status": status,
                                                 "times": times, **more})

    def clear_faults(self):
        self.korone.simulator.control("faults", {"clear": True, "mode": "none"})

    def pass_time(self, seconds, check=lambda: None):
        """In steps that a session between ingress and a pool survives."""
        for _ in range(seconds):
            self.clock.put_forward(1)
            time.sleep(0.25)
            check()

    def ping(self, person, count=PINGS):
        for _ in range(count):
            number = self.said[person.id] = self.said.get(person.id, 0) + 1
            person.says(f"/ping {number}")

    def pongs(self, person):
        """Those that arrived."""
        return [int(call["text"].split()[1]) for call in self.korone.bot.history()
                if call["message_id"] and call["chat_id"] == person.id
                and re.fullmatch(r"pong \d+", call["text"] or "")]

    def all_is_answered(self, *people):
        """Once each, in order."""
        for person in people:
            wait_for(lambda: len(self.pongs(person)) >= self.said[person.id], 20,  # noqa: B023
                     "all is answered")
        self.korone.wait_until_quiet()
        for person in people:
            self.assertEqual(self.pongs(person), list(range(1, self.said[person.id] + 1)))

    def nobody_has_ended(self):
        for process in self.both:
            self.assertIsNone(process.process.poll(), process.name)

    def calls(self, method):
        return [call for call in self.korone.bot.history() if call["method"] == method]

    def faults_applied(self):
        return self.korone.simulator.statistics()["faults_applied"]

    def now_s(self):
        """As the processes see it."""
        return time.monotonic() + self.clock.ahead_s

    def unauthorized(self):
        return self.korone.ingress.metric("korone_ingress_poll_errors_total", reason="unauthorized")

    def wait_until_trusted(self):
        for process, name in zip(self.both, ("ingress", "worker")):
            wait_for(lambda: process.metric(f"korone_{name}_token_refused") == 0  # noqa: B023
                     and process.is_ready(), 10, f"{name} goes on")  # noqa: B023


class OnceTest(TokenTest):
    """A single 401 or 404 changes nothing."""

    def test_of_get_updates(self):
        for number, status in enumerate((401, 404), 1):
            with self.subTest(status=status):
                self.fault("getUpdates", status)
                wait_for(lambda: self.unauthorized() == number, 10, "it is refused")  # noqa: B023
                self.ping(self.alice)
                self.all_is_answered(self.alice)
                self.wait_until_trusted()
        self.nobody_has_ended()
        log = self.korone.ingress.log()
        self.assertEqual(log.count("Telegram refuses this bot token"), 2)
        self.assertEqual(log.count("Telegram knows this bot token"), 2)

    def test_of_get_me_at_the_start(self):
        for process in self.both:
            for status in (401, 404):
                with self.subTest(process=process.name, status=status):
                    self.assertEqual(process.stop(), 0)
                    before = self.faults_applied()
                    self.fault("getMe", status)
                    process.start().wait_until_ready()
                    self.ping(self.alice)
                    self.all_is_answered(self.alice)
                    self.assertEqual(self.faults_applied(), before + 1)

    def test_of_a_reply(self):
        bob = self.korone.person("Bob")
        for status in (401, 404):
            with self.subTest(status=status):
                self.fault("sendMessage", status, chat=self.alice.id)
                self.ping(self.alice)
                self.ping(bob)
                self.all_is_answered(self.alice, bob)
        self.alice.says("/once")
        self.korone.bot.says("once", chat=self.alice.id)
        self.fault("sendMessage", chat=self.alice.id)
        self.alice.says("/once")
        self.korone.bot.says("once", chat=self.alice.id)
        self.nobody_has_ended()
        self.wait_until_trusted()
        self.assertIn("Telegram refuses this token", self.korone.pool.log())
        self.assertNotIn("call failed", self.korone.pool.log())

    def test_of_a_call_with_a_result(self):
        for status in (401, 404):
            with self.subTest(status=status):
                self.fault("getChat", status)
                self.alice.says("/look")
                self.korone.bot.says("looked: ok", chat=self.alice.id)
        self.nobody_has_ended()

    def test_of_the_webhook(self):
        ingress = self.korone.ingress
        port = free_port()
        ingress.environment.update(KORONE_WEBHOOK_LISTEN=f"127.0.0.1:{port}",
                                   KORONE_WEBHOOK_URL=f"http://127.0.0.1:{port}/hook",
                                   KORONE_WEBHOOK_SECRET="a-secret-of-the-webhook")
        for status in (401, 404):
            with self.subTest(status=status):
                self.assertEqual(ingress.stop(), 0)
                self.fault("setWebhook", status)
                ingress.start().wait_until_ready()
                wait_for(lambda: "webhook set" in ingress.log(), 10, "it is set")
                self.ping(self.alice)
                self.all_is_answered(self.alice)
                self.fault("getWebhookInfo", status)
                self.clock.put_forward(45)
                wait_for(lambda: self.unauthorized() == 2, 10, "the look at it is refused")
                self.wait_until_trusted()
                self.ping(self.alice)
                self.all_is_answered(self.alice)
        for name in ("LISTEN", "URL", "SECRET"):
            del ingress.environment["KORONE_WEBHOOK_" + name]
        self.assertEqual(ingress.stop(), 0)
        self.fault("deleteWebhook")
        ingress.start().wait_until_ready()
        self.ping(self.alice)
        self.all_is_answered(self.alice)
        self.assertEqual(self.unauthorized(), 1)


class CallTest(TokenTest):
    """404 is also the answer for a method that Telegram does not know."""

    def refused(self, method):
        return [call for call in self.calls(method) if call["error_code"] == 404]

    def test_a_call_that_is_refused_with_a_good_token_has_failed(self):
        bob = self.korone.person("Bob")
        self.fault("sendMessage", 404, times=-1, chat=self.alice.id)
        self.fault("getChat", 404, times=-1)
        began = time.monotonic()
        self.alice.says("/sleep 1")
        bob.says("/look")
        self.korone.bot.says("looked: Not Found", chat=bob.id)
        self.ping(bob)
        self.all_is_answered(bob)
        self.assertLess(time.monotonic() - began, 10)
        for method in ("getChat", "sendMessage"):
            wait_for(lambda: len(self.refused(method)) >= 2, 10, f"{method} is made again")
            self.assertEqual(len(self.refused(method)), 2, method)
        self.nobody_has_ended()
        self.wait_until_trusted()
        # Again and again: neither a line each time nor an exit.
        for _ in range(10):
            bob.says("/look")
            self.korone.bot.says("looked: Not Found", chat=bob.id)
        self.assertLessEqual(self.korone.pool.log().count("Telegram refuses this token"), 2)

    def test_ingress_does_not_insist(self):
        self.fault("getUpdates", 404, times=-1)
        wait_for(lambda: self.unauthorized() == 3, 10, "it is refused")
        self.assertTrue(self.korone.ingress.get("/healthz")[0] == 200)
        self.assertLess(self.faults_applied(), 5)
        self.clear_faults()
        self.ping(self.alice)
        self.all_is_answered(self.alice)
        self.nobody_has_ended()


class WhileTest(TokenTest):
    """Refused for 20 s."""

    def refused(self):
        """Both say so, and only getMe is called."""
        for process, name in zip(self.both, ("ingress", "worker")):
            wait_for(lambda: process.metric(f"korone_{name}_token_refused") == 1,  # noqa: B023
                     10, f"{name} knows that it is refused")
            wait_for(lambda: process.get("/readyz")[0] == 503, 5, "it is not ready")  # noqa: B023
            self.assertRegex(process.get("/readyz")[1],
                             r"Telegram refuses this token: asking again until \d\d:\d\d:\d\d UTC")
            self.assertEqual(process.get("/healthz")[0], 200)
            self.assertFalse(process.status()["ready"])
            self.assertTrue(process.status().get("token_refused", True))

    def test_the_token_is_known_again(self):
        bob = self.korone.person("Bob")
        self.ping(self.alice)
        self.all_is_answered(self.alice)
        self.korone.simulator.control("delay", {"ms": 100})
        for person in (self.alice, bob):
            self.ping(person)
        bob.says("/look")
        self.fault("*", times=-1)
        self.ping(bob)
        self.refused()
        before = {method: len(self.calls(method)) for method in METHODS}
        asked = len(self.calls("getMe"))
        self.pass_time(20, self.nobody_has_ended)
        self.refused()
        self.assertEqual({method: len(self.calls(method)) for method in METHODS}, before)
        self.assertLess(len(self.calls("getMe")) - asked, 2 * 6)
        self.clear_faults()
        self.pass_time(20, self.nobody_has_ended)
        self.all_is_answered(self.alice, bob)
        self.wait_until_trusted()
        for process in self.both:
            self.assertRegex(process.log(), "level=notice .*Telegram knows")
            self.assertLess(process.log().count("Telegram refuses"), 3)

    def test_a_sender_that_dies_meanwhile(self):
        """The next one finds out again."""
        self.fault("sendMessage", times=-1)
        self.fault("getMe", times=-1)
        self.ping(self.alice)
        pool = self.korone.pool
        wait_for(lambda: pool.metric("korone_worker_token_refused") == 1, 10, "it is refused")
        sender = pool.status()["sender_pid"]
        os.kill(sender, signal.SIGKILL)
        wait_for(lambda: pool.status()["sender_pid"] not in (0, sender), 10, "a new sender")
        self.pass_time(20, self.nobody_has_ended)
        self.assertEqual(pool.metric("korone_worker_token_refused"), 1)
        self.clear_faults()
        self.pass_time(20, self.nobody_has_ended)
        self.all_is_answered(self.alice)
        self.wait_until_trusted()

    def test_what_proves_nothing_is_no_refusal(self):
        self.fault("getUpdates", times=-1)
        self.fault("sendMessage", times=-1)
        self.fault("getMe", times=4)
        self.fault("getMe", mode="html", times=6)
        self.fault("getMe", status=429, retry_after=2, times=-1)
        self.ping(self.alice)
        self.refused()
        self.pass_time(90, self.nobody_has_ended)
        self.assertTrue(any(call["error_code"] in (-1, 429) for call in self.calls("getMe")))
        self.clear_faults()
        self.pass_time(32, self.nobody_has_ended)
        self.all_is_answered(self.alice)
        self.wait_until_trusted()

    def test_a_new_token_after_twenty_seconds(self):
        """As in docs/operating.md: /revoke, then ingress and worker with the new one."""
        bob = self.korone.person("Bob")
        self.ping(bob)
        self.all_is_answered(bob)
        self.korone.simulator.control("delay", {"ms": 100})
        for person in (self.alice, bob):
            self.ping(person)
        self.korone.simulator.control("revoke", {"token": NEW_TOKEN})
        self.ping(self.alice)
        self.refused()
        self.pass_time(20, self.nobody_has_ended)
        self.ping(bob)
        self.korone.simulator.token = NEW_TOKEN
        for process in self.both:
            process.environment["TELEGRAM_BOT_TOKEN"] = NEW_TOKEN
            process.signal(signal.SIGTERM)
        for process in self.both:
            self.assertEqual(process.process.wait(STOP_S), 0)
            process.start()
        for process in self.both:
            process.wait_until_ready()
        self.all_is_answered(self.alice, bob)
        self.assertNotIn("level=error", self.korone.ingress.log() + self.korone.pool.log())


class ForGoodTest(TokenTest):
    """Refused permanently."""

    def test_a_pool_ends_and_gives_its_work_back(self):
        pool = self.korone.pool
        self.ping(self.alice)
        self.all_is_answered(self.alice)
        self.fault("sendMessage", times=-1)
        self.fault("getMe", times=-1)
        began_s = self.now_s()
        self.ping(self.alice)
        wait_for(lambda: pool.metric("korone_worker_token_refused") == 1, 10, "it is refused")
        while pool.process.poll() is None:
            self.assertLess(self.now_s() - began_s, 120)
            self.pass_time(1)
        self.assertEqual(pool.process.returncode, 69)
        self.assertGreaterEqual(self.now_s() - began_s, 60)
        self.assertIn("TELEGRAM_BOT_TOKEN is refused: take the token from @BotFather", pool.log())
        self.assertIsNone(self.korone.ingress.process.poll())
        self.clear_faults()
        pool.start().wait_until_ready()
        self.all_is_answered(self.alice)


if __name__ == "__main__":
    unittest.main()
