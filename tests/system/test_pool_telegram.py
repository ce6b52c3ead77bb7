"""A Telegram that answers badly: the call affected may be lost or made twice, because nobody can
know what became of it; nobody else notices, and whatever is certain is neither lost nor doubled."""

import os
import re
import signal
import time
import unittest

from korone import Korone, MISBEHAVING, SystemTest, wait_for
from simulator import Bot, Simulator

PINGS = 5

# How the first answer to a person is spoilt, and whether the message was sent all the same: how
# often it may arrive in the end. libcurl itself repeats a call when a kept connection ends
# silently; one that is never answered is repeated once, by the next sender.
WAYS = {
    ("slow", True): {1},
    ("silent", True): {2},
    ("silent", False): {1},
    ("half", True): {1},
    ("garbage", True): {1},
    ("garbage", False): {0},
    ("not_json", True): {1},
    ("not_json", False): {0},
    ("html", True): {1},
    ("html", False): {0},
    ("close", True): {1, 2},
    ("close", False): {0, 1},
}


class BadAnswersTest(unittest.TestCase):
    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)
        self.korone.pool.program = MISBEHAVING
        self.korone.start()

    def ping(self, people):
        for number in range(PINGS):
            for person in people:
                person.says(f"/ping {number}")

    def spoil(self, mode, effect):
        """A new person, for whom the first answer goes wrong."""
        person = self.korone.person(f"{mode} {effect}")
        self.korone.simulator.control("faults", {
            "method": "sendMessage", "mode": mode, "effect": effect, "times": 1,
            "chat": person.id, "delay_ms": 3000})
        return person

    def said(self):
        """{chat: [number of each pong that arrived there, in order]}"""
        found = {}
        for call in self.korone.bot.history():
            pong = re.fullmatch(r"pong (\d+)", call["text"] or "")
            if pong and call["message_id"]:
                found.setdefault(call["chat_id"], []).append(int(pong[1]))
        return found

    def count_once(self, person):
        return sum(call["text"] == "once" and call["message_id"] != 0
                   for call in self.korone.bot.history() if call["chat_id"] == person.id)

    def wait_for_backlog(self, count):
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_backlog_updates") == count, 20,
                 "all others are through")

    def test_only_what_is_in_doubt_is_lost_or_doubled(self):
        spoilt = {way: self.spoil(*way) for way in WAYS}
        once = {effect: self.spoil("silent", effect) for effect in (True, False)}
        flooded, bob = self.korone.person("Flo"), self.korone.person("Bob")
        self.korone.simulator.control("faults", {
            "method": "sendMessage", "mode": "error", "status": 429, "retry_after": 3600,
            "chat": flooded.id})
        began = time.monotonic()
        self.ping([*spoilt.values(), flooded, bob])
        for person in once.values():
            person.says("/once")
        wait_for(lambda: self.said().get(bob.id) == list(range(PINGS)), 10, "Bob is answered")
        self.assertLess(time.monotonic() - began, 10, "he waits for nobody")
        wait_for(lambda: self.said().get(spoilt["slow", True].id) == list(range(PINGS)), 20,
                 "what is only slow comes")
        # Those who are not answered at all have a minute, and Flo waits on disk, for an hour.
        self.wait_for_backlog(3 * PINGS + len(once))
        os.kill(self.korone.pool.status()["sender_pid"], signal.SIGKILL)
        self.wait_for_backlog(PINGS)
        said = self.said()
        for way, times in WAYS.items():
            with self.subTest(way):
                mine = said.get(spoilt[way].id, [])
                first = mine.count(0)
                self.assertIn(first, times)
                self.assertEqual(mine, [0] * first + list(range(1, PINGS)), "in order, once each")
        self.assertEqual(said.get(flooded.id), None)
        for effect, person in once.items():
            self.assertEqual(self.count_once(person), int(effect), "a module wants no repeat")
        doubled = sum(mine.count(0) - 1 for mine in said.values() if mine.count(0) > 1)
        counted = self.korone.pool.metric("korone_worker_calls_in_doubt_total")
        self.assertGreaterEqual(counted, doubled, "each repeat is counted")
        self.assertEqual(self.korone.pool.log().count("died"), 1, "the sender did")


class StartTest(unittest.TestCase):
    MODES = ("half", "garbage", "html", "close", "not_json")

    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)
        for mode in self.MODES:
            self.korone.simulator.control("faults", {"method": "setMyCommands", "mode": mode,
                                                     "times": 1})

    def calls(self):
        """[(for whom, whether the bot was told that it is done)]"""
        return [(str(call["parameters"]), call["error_code"] == 0)
                for call in self.korone.bot.history() if call["method"] == "setMyCommands"]

    def test_what_may_be_repeated_is_until_it_succeeds(self):
        """The list of commands, which is set for each kind of chat and language at startup."""
        self.korone.start()

        def is_done():
            calls = self.calls()
            wanted, done = {what for what, _ in calls}, [what for what, done in calls if done]
            return len(calls) - len(done) == len(self.MODES) and sorted(done) == sorted(wanted)
        wait_for(is_done, 20, "each is done, once")


class ErrorsTest(SystemTest):
    def handled_with(self, status):
        return self.korone.pool.metric("korone_worker_api_calls_total", method="sendMessage",
                                       status=status)

    def test_what_belongs_to_a_bots_life_is_counted_and_not_reported(self):
        """The bot is blocked, removed, muted, and a group migrates, before it has answered."""
        korone = self.korone
        alice, bob = korone.person("Alice"), korone.person("Bob")
        groups = {name: korone.chat(name, type=kind, members=[alice])
                  for name, kind in (("left", "supergroup"), ("mute", "supergroup"),
                                     ("moved", "group"))}
        korone.pool.stop()
        for chat in groups.values():
            alice.says("/ping 1", chat=chat)
        bob.says("/ping 1")
        bob.blocks_the_bot()
        for name, status in (("left", "kicked"), ("mute", "restricted")):
            korone.simulator.control("member", {"chat": groups[name], "bot": True,
                                                "status": status})
        new = korone.simulator.control("migrate", {"chat": groups["moved"]})["chat_id"]
        korone.pool.start()
        korone.bot.says("pong 1", chat=new)
        korone.recorder.has_group(new)
        wait_for(lambda: korone.ingress.metric("korone_ingress_backlog_updates") == 0, 10,
                 "all is done")
        counted = {status: self.handled_with(status)
                   for status in ("ok", "blocked", "kicked", "no_rights", "migrated")}
        self.assertEqual(counted, dict(ok=1, blocked=1, kicked=1, no_rights=1, migrated=1))
        self.assertNotIn("level=warn", korone.pool.log())
        self.assertEqual(korone.reports.spans, [])


class RenameTest(SystemTest):
    def test_another_name_is_learned_from_who_uses_it(self):
        port, simulator = self.korone.simulator.port, self.korone.simulator
        alice = self.korone.person("Alice")
        alice.says("/ping@korone_sim_bot 1")
        self.korone.bot.says("pong 1", chat=alice.id)
        simulator.close()
        renamed = Simulator("--port", str(port), "--username", "another_name_bot")
        self.addCleanup(renamed.close)
        bot, alice = Bot(renamed), renamed.person("Alice", id=alice.id)
        # The first one is how the pool learns it.
        alice.says("/ping@another_name_bot 2")
        bot.does(lambda call: call["method"] == "getMe", "ask who it is")
        wait_for(lambda: self.korone.pool.status()["bot"] == "another_name_bot", 10, "it is known")
        alice.says("/ping@another_name_bot 3")
        bot.says("pong 3", chat=alice.id)
        # Within the minute others' names cost nothing.
        for _ in range(20):
            alice.says("/ping@a_bot_of_others")
        alice.says("/ping 4")
        asked = 0
        while not (call := bot.does(lambda call: True, "do anything"))["text"] == "pong 4":
            asked += call["method"] == "getMe"
        self.assertEqual(asked, 0)


if __name__ == "__main__":
    unittest.main()
