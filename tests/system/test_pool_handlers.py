"""Handlers that do what no handler should: others are served at once, a report says what happened,
and who asked for it is told once."""

import re
import time
import unittest

from korone import MISBEHAVING, Korone

NEXT_MS = 50    # until the pool serves the next update
ATTEMPTS = 6    # to see it: the machine has other things to do

# way: the exception.type of its report; None: nothing went wrong for the pool.
WAYS = {
    "loop": "handler timeout",
    "recurse": "stack overflow",
    "smash": "abort:stack smashing",
    "scribble": None,
    "scribble_and_die": "SIGABRT",
    "fork": None,
    "close": "exit(0)",
    "write": "killed",
    "print": None,
    "exit": "exit(0)",
    "_exit": "exit(7)",
    "stop": "handler timeout",
}


class HandlersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.korone = Korone({"KORONE_MAX_ATTEMPTS": "1", "KORONE_HANDLER_TIMEOUT_MS": "1000",
                             "KORONE_CHILD_MEMORY_MAX": "64MiB"}, start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = MISBEHAVING
        cls.korone.start()

    def ping(self, person, text):
        """Milliseconds until the answer."""
        began = time.monotonic()
        person.says(f"/ping {text}")
        self.korone.bot.says(f"pong {text}", chat=person.id)
        return 1000 * (time.monotonic() - began)

    def references(self, person, timeout=6):
        """Waits until the person is told a reference id; all that it is told within a moment."""
        found = [self.korone.bot.does(
            lambda call: call["method"] == "sendMessage" and call["chat_id"] == person.id
            and re.search(r"\b[0-9a-f]{32}\b", call["text"] or ""), "tell a reference id",
            timeout)]
        time.sleep(0.3)
        found += [call for call in self.korone.bot.calls()
                  if call["method"] == "sendMessage" and call["chat_id"] == person.id]
        texts = [re.search(r"\b[0-9a-f]{32}\b", call["text"]) for call in found]
        return [text[0] for text in texts if text]

    def serves_the_next(self, way, bob):
        took = []
        for number in range(ATTEMPTS):
            person = self.korone.person("Mallory")
            person.says(f"/misbehave {way}")
            took.append(self.ping(bob, f"{way} {number}"))
            if took[-1] <= NEXT_MS:
                return
            time.sleep(0.5)  # crashd and the machine have work to do
        self.fail(f"after {way} the next update took {took} ms")

    def check(self, way, kind, mallory):
        if not kind:
            self.korone.bot.says(f"survived {way}", chat=mallory.id)
            return
        told = self.references(mallory)
        self.assertEqual(len(told), 1, "told once")
        span = self.korone.reports.wait_for_span(lambda span: span.trace_id == told[0])
        self.assertEqual(span.events["exception"]["exception.type"], kind)

    def test_ways(self):
        bob = self.korone.person("Bob")
        for way, kind in WAYS.items():
            with self.subTest(way):
                mallory = self.korone.person("Mallory")
                mallory.says(f"/misbehave {way}")
                self.check(way, kind, mallory)
                self.serves_the_next(way, bob)
        self.assertNotIn("session is over", self.korone.pool.log())

    def test_a_leak_ends_one_child_after_the_other(self):
        bob, mallory = self.korone.person("Bob"), self.korone.person("Mallory")
        for _ in range(8):
            mallory.says("/misbehave leak")
        told = self.references(mallory)
        span = self.korone.reports.wait_for_span(lambda span: span.trace_id == told[0])
        self.assertEqual(span.events["exception"]["exception.type"], "memory limit")
        self.ping(bob, "after leaks")

    def test_a_handler_that_sleeps_holds_up_its_own_chat_only(self):
        mallory, bob = self.korone.person("Mallory"), self.korone.person("Bob")
        took = []
        for round_ in range(3):
            mallory.says("/sleep 1000")
            took += [self.ping(bob, f"{round_} {number}") for number in range(10)]
        took.sort()
        self.assertLess(took[len(took) // 2], NEXT_MS, took)
        self.assertLess(took[-1], 900, took)


if __name__ == "__main__":
    unittest.main()
