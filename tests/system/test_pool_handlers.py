"""Handlers that do what no handler should: others are served at once, a report says what happened,
and the person who asked is told once."""

import datetime
import json
import os
import re
import statistics
import time
import unittest

import privileged
from korone import MISBEHAVING, Korone, descendants, wait_for

NEXT_MS = 50    # in addition to the usual, until the pool serves the next update
ATTEMPTS = 10   # to notice it: the machine has other things to do

# way: the exception.type of its report; None: nothing went wrong for the pool.
WAYS = {
    "hoard": "memory limit",
    "loop": "handler timeout",
    "recurse": "stack overflow",
    "smash": "abort:stack smashing",
    "scribble": None,
    "scribble_and_die": "SIGABRT",
    "fork": None,
    "stray": "exit(1)",
    "copy": None,
    "close": "exit(0)",
    "write": "killed",
    "print": None,
    "shout": None,
    "exit": "exit(0)",
    "_exit": "exit(7)",
    "stop": "handler timeout",
}


def at(line):
    """When a log line was written."""
    return datetime.datetime.fromisoformat(line["ts"].replace("Z", "+00:00")).timestamp()


def has_open(pid, path):
    try:
        return path in privileged.descriptors(pid)
    except OSError:
        return False  # it ended meanwhile


class HandlersTest(unittest.TestCase):
    """A pool that has one child while nobody waits: the next update needs a new one."""

    @classmethod
    def setUpClass(cls):
        cls.korone = Korone({"KORONE_MAX_ATTEMPTS": "1", "KORONE_HANDLER_TIMEOUT_MS": "1000",
                             "KORONE_CHILD_MEMORY_MAX": "64MiB", "KORONE_POOL_MIN": "1"},
                            start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = MISBEHAVING
        cls.korone.start()

    def ping(self, person, text):
        """Milliseconds until the answer."""
        began = time.monotonic()
        person.says(f"/ping {text}")
        self.korone.bot.says(f"pong {text}", chat=person.id)
        return 1000 * (time.monotonic() - began)

    def misbehave(self, way):
        mallory = self.korone.person("Mallory")
        return mallory, mallory.says(f"/misbehave {way}").update_id

    def said_to(self, person):
        """The next thing that somebody is told."""
        return self.korone.bot.does(lambda call: call["method"] == "sendMessage"
                                    and call["chat_id"] == person.id, "say something")["text"]

    def check(self, way, kind, mallory):
        """What they are told, the report and the log line about the exit."""
        text = self.said_to(mallory)
        if not kind:
            self.assertEqual(text, f"survived {way}")
            return
        reference = re.search(r"\b[0-9a-f]{32}\b", text)
        self.assertIsNotNone(reference, text)
        span = self.korone.reports.wait_for_span(lambda span: span.trace_id == reference[0])
        self.assertEqual(span.events["exception"]["exception.type"], kind)
        obituaries = [line for line in self.korone.pool.log().splitlines()
                      if "child died" in line and reference[0] in line]
        self.assertEqual(len(obituaries), 1, "an obituary each")

    def serves_the_next(self, way, bob):
        """The people in whose chats it happened."""
        more, people = [], []
        while len(more) < ATTEMPTS:
            usual = self.ping(bob, f"before {way} {len(more)}")
            people.append(self.misbehave(way))
            more.append(self.ping(bob, f"after {way} {len(more)}") - usual)
            if more[-1] <= NEXT_MS:
                return people
            self.korone.wait_until_quiet()
        self.fail(f"after {way} the next update took {more} ms more than usual")

    def reported(self, updates):
        """[update id of each report about one of these updates]"""
        found = [span.attributes["telegram.update_id"] for span in self.korone.reports.spans]
        return sorted(update_id for update_id in found if update_id in updates)

    def test_ways(self):
        bob, made = self.korone.person("Bob"), []
        for way, kind in WAYS.items():
            with self.subTest(way):
                mallory = self.misbehave(way)
                self.check(way, kind, mallory[0])
                made += [(way, *one) for one in [mallory, *self.serves_the_next(way, bob)]]
        self.each_is_told_once([person.id for _, person, _ in made])
        updates = [update_id for _, _, update_id in made]
        ended = sorted(update_id for way, _, update_id in made if WAYS[way])
        wait_for(lambda: self.reported(updates) == ended, 20, "a report each, and no other")
        self.assertNotIn("session lost", self.korone.pool.log())
        self.assertIn("sent malformed data", self.korone.pool.log())
        self.no_stray_is_left()

    def each_is_told_once(self, chats):
        def told():
            return sorted(call["chat_id"] for call in self.korone.bot.history()
                          if call["method"] == "sendMessage" and call["chat_id"] in chats)
        wait_for(lambda: set(told()) == set(chats), 20, "each is told")
        self.korone.wait_until_quiet()
        self.assertEqual(told(), sorted(chats), "once")

    def no_stray_is_left(self):
        """All of a pool's processes hold the lock of its session."""
        lock = self.korone.dir + "/state/worker/session.0"

        def strays():
            pool = {self.korone.pool.pid, *descendants(self.korone.pool.pid)}
            return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                    if pid not in pool and has_open(pid, lock)]
        wait_for(lambda: not strays(), 5, "what handlers forked is gone")

    def test_what_a_handler_forked_ends_with_the_pool(self):
        mallory, _ = self.misbehave("copy")
        self.assertEqual(self.said_to(mallory), "survived copy")
        self.korone.pool.kill()
        lock = self.korone.dir + "/state/worker/session.0"
        wait_for(lambda: not any(has_open(int(pid), lock) for pid in os.listdir("/proc")
                                 if pid.isdigit()), 5, "all are gone")
        self.korone.pool.start().wait_until_ready()

    def test_a_leak_ends_one_child_after_the_other(self):
        bob, mallory = self.korone.person("Bob"), self.korone.person("Mallory")
        for _ in range(8):
            mallory.says("/misbehave leak")
        text = self.said_to(mallory)
        while text.startswith("survived"):
            text = self.said_to(mallory)
        reference = re.search(r"\b[0-9a-f]{32}\b", text)[0]
        span = self.korone.reports.wait_for_span(lambda span: span.trace_id == reference)
        self.assertEqual(span.events["exception"]["exception.type"], "memory limit")
        self.ping(bob, "after leaks")

    def test_a_handler_that_sleeps_holds_up_its_own_chat_only(self):
        mallory, bob = self.korone.person("Mallory"), self.korone.person("Bob")
        usual, took = [], []
        for number in range(15):
            usual.append(self.ping(bob, f"alone {number}"))
        for _ in range(3):
            mallory.says("/sleep 1000")
        for number in range(15):
            took.append(self.ping(bob, f"beside {number}"))
        self.assertLess(statistics.median(took), statistics.median(usual) + NEXT_MS)
        self.assertLess(max(took), 900, took)

    def test_time_spent_waiting_for_telegram_does_not_count(self):
        alice = self.korone.person("Alice")
        self.korone.simulator.control("faults", {"method": "getChat", "mode": "slow", "times": 1,
                                                 "delay_ms": 2500})
        alice.says("/look")
        self.assertEqual(self.said_to(alice), "looked: ok")

    def test_a_pool_grows_while_handlers_sleep(self):
        people, sleep_ms = [self.korone.person(f"Sleeper {n}") for n in range(24)], 500
        began = time.monotonic()
        for person in people:
            person.says(f"/sleep {sleep_ms}")
        for _ in people:
            self.korone.bot.says(f"slept {sleep_ms}")
        self.assertLess(time.monotonic() - began, len(people) * sleep_ms / 1000 / 2)


class FirstUpdateTest(unittest.TestCase):
    """Children that die on their first update, one after the other, and nothing else for 2 s."""

    ATTEMPTS = 9
    DOZE_S = 0.45               # of the handler, before it kills its child
    FREE = 6                    # deaths before the first pause: over 2 s
    PAUSES_S = (0.1, 0.2, 0.4)  # before the children that follow

    def setUp(self):
        self.korone = Korone({"KORONE_MAX_ATTEMPTS": str(self.ATTEMPTS), "KORONE_POOL_MIN": "1",
                              "KORONE_POOL_MAX": "1", "KORONE_LOG_FORMAT": "json"}, start=False)
        self.addCleanup(self.korone.close)
        self.korone.pool.program = MISBEHAVING
        self.korone.start()

    def test_restarts_are_slowed_down_until_one_succeeds(self):
        mallory, bob = self.korone.person("Mallory"), self.korone.person("Bob")
        mallory.says("/misbehave doze")
        self.korone.bot.says_something("", chat=mallory.id)
        log = [json.loads(line) for line in self.korone.pool.log().splitlines()]
        died = [line for line in log if "child died" in line["msg"]]
        said = [line for line in log if "children die on their first update" in line["msg"]]
        self.assertEqual(len(died), self.ATTEMPTS, "an obituary each")
        self.assertEqual(len(said), 1, "it is said once")
        # It is logged before the exit of the child that made it clear.
        before = sum(line in died for line in log[:log.index(said[0])])
        self.assertEqual(before, self.FREE - 1)
        times = [at(line) for line in died[before:]]
        paused = [later - earlier + 0.002 >= self.DOZE_S + pause_s
                  for earlier, later, pause_s in zip(times, times[1:], self.PAUSES_S)]
        # One may be replaced between its socket closing and the news of its death.
        self.assertGreaterEqual(sum(paused), len(paused) - 1, times)
        bob.says("/ping 1")
        self.korone.bot.says("pong 1", chat=bob.id)


if __name__ == "__main__":
    unittest.main()
