"""Telegram answers 429: exactly what it applies to, a chat or the whole token, waits exactly as
long, at every pool and at ingress."""

import json
import os
import signal
import subprocess
import time
import unittest
from collections import Counter

from korone import BIN, Korone, MISBEHAVING, SystemTest, wait_for


class FloodTest(SystemTest):
    def refuse(self, seconds, times=1, method="sendMessage", chat=0):
        self.korone.simulator.control("faults", {
            "method": method, "mode": "error", "status": 429, "retry_after": seconds,
            "times": times, "chat": chat})

    def pings(self, person, count):
        for number in range(count):
            person.says(f"/ping {number}")

    def pongs(self, person, count, timeout=20):
        """Times (UTC, ms) of the answers, which must come once each and in order."""
        times, seen = [], []
        for number in range(count):
            call = self.korone.bot.does(
                lambda call: call["method"] == "sendMessage" and call["chat_id"] == person.id
                and call["error_code"] == 0, f"answer ping {number}", timeout)
            times.append(call["time_ms"])
            seen.append(call["text"])
        self.assertEqual(seen, [f"pong {number}" for number in range(count)])
        return times

    def waiting_at_ingress(self, count):
        def is_there():
            pool, metric = self.korone.pool.status(), self.korone.ingress.metric
            return (self.korone.simulator.statistics()["faults_applied"] > 0
                    and not pool["in_hand"] + pool["unsent_calls"] + pool["unstored_verdicts"]
                    and metric("korone_ingress_inflight_updates") == 0
                    and metric("korone_ingress_backlog_updates") == count)
        wait_for(is_there, 3, f"{count} updates wait at ingress")

    def test_a_long_cooldown_survives_the_end_of_everything(self):
        alice, bob = self.korone.person("Alice"), self.korone.person("Bob")
        self.refuse(8, chat=alice.id)
        begun = time.time()
        self.pings(alice, 5)
        bob.says("/ping 9")
        self.korone.bot.says("pong 9", chat=bob.id, timeout=2)
        self.waiting_at_ingress(5)
        self.korone.pool.kill()
        self.korone.ingress.kill()
        self.korone.ingress.start()
        self.korone.pool.start()
        times = self.pongs(alice, 5)
        self.assertGreaterEqual(times[0] / 1000, begun + 8)
        self.assertLess(times[-1] / 1000, begun + 8 + 2)
        self.assertEqual(self.korone.bot.calls(200), [], "nothing is said twice")

    def test_what_comes_meanwhile_follows(self):
        alice = self.korone.person("Alice")
        self.refuse(4, chat=alice.id)
        alice.says("/ping 0")
        self.waiting_at_ingress(1)
        for number in range(1, 20):
            alice.says(f"/ping {number}")
        times = self.pongs(alice, 20)
        self.assertLess(times[-1] - times[0], 1000)

    def test_a_short_one_is_kept_exactly(self):
        alice = self.korone.person("Alice")
        self.refuse(1, chat=alice.id)
        begun = time.time()
        self.pings(alice, 3)
        times = self.pongs(alice, 3)
        self.assertGreaterEqual(times[0] / 1000, begun + 1)
        self.assertLess(times[-1] / 1000, begun + 1.5)

    def holds_nothing(self):
        """From one status: it is up to a quarter of a second old, perhaps from before the last
        update."""
        status = self.korone.pool.status()
        return status["handled"] > 100 and status["unsent_calls"] == 0 and status["in_hand"] == 0

    def test_an_hour_holds_up_nobody_else(self):
        alice, bob = self.korone.person("Alice"), self.korone.person("Bob")
        self.refuse(3600, chat=alice.id)
        self.pings(alice, 100)
        self.pings(bob, 100)
        self.pongs(bob, 100)
        wait_for(self.holds_nothing, 5, "no call and no update waits there")
        self.assertEqual(self.korone.pool.stop(), 0)
        self.korone.pool.start()
        self.pings(bob, 10)
        self.pongs(bob, 10)
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_backlog_updates") == 100, 5,
                 "all of Alice's are kept")

    def test_a_list_of_commands_holds_up_nobody(self):
        """Its limit is its own: the token is not paused, nor does the pool wait for it at its
        end."""
        alice = self.korone.person("Alice")
        self.refuse(3600, times=-1, method="setMyCommands")
        self.korone.pool.stop()
        self.korone.pool.start()
        wait_for(lambda: self.korone.simulator.statistics()["faults_applied"] > 0, 10, "it is refused")
        self.pings(alice, 3)
        self.pongs(alice, 3)
        self.assertEqual(self.korone.pool.metric("korone_worker_cooldowns_total"), 0)
        self.assertEqual(self.korone.pool.stop(timeout=15), 0)

    def test_the_answer_of_a_button_holds_up_nobody(self):
        alice, bob = self.korone.person("Alice"), self.korone.person("Bob")
        alice.says("/language")
        self.refuse(3600, times=-1, method="answerCallbackQuery")
        self.press(alice, "English")
        wait_for(lambda: self.korone.simulator.statistics()["faults_applied"] > 0, 10, "it is refused")
        for person in (alice, bob):
            self.pings(person, 3)
            self.pongs(person, 3)
        self.assertEqual(self.korone.pool.metric("korone_worker_cooldowns_total"), 0)

    def telegram(self, process):
        return json.loads(process.get("/readyz")[1])["dependencies"]["telegram"]

    def koronectl_status(self):
        return subprocess.run([BIN + "/koronectl", "status"], capture_output=True, text=True, env={
            **self.korone.environment,
            "KORONE_INGRESS_URL": f"http://127.0.0.1:{self.korone.ingress.port}",
            "KORONE_CRASHD_URL": f"http://127.0.0.1:{self.korone.crashd.port}"}).stdout

    def test_a_pause_of_the_whole_bot_leaves_a_trace(self):
        both = (self.korone.pool, self.korone.ingress)
        self.assertNotRegex(self.koronectl_status(), r"calls +paused")
        self.korone.simulator.control("limits", {"silent_s": 5})
        people = [self.korone.person(f"Person {number}") for number in range(3)]
        for number, person in enumerate(people):
            person.says("/ping 0")
            wait_for(lambda: self.korone.pool.metric("korone_worker_cooldowns_total", scope="chat")
                     > number, 10, "it is refused")
        for process in both:
            wait_for(lambda: "429" in self.telegram(process)["state"], 4, f"{process.name} says so")
            self.assertTrue(self.telegram(process)["ready"], "a restart would not help")
        self.assertRegex(self.koronectl_status(), r"calls +paused +none for another \ds: Telegram")
        for person in people:
            self.pongs(person, 1)
        for process in both:
            wait_for(lambda: "429" not in self.telegram(process)["state"], 10, "it is over")
            self.assertRegex(process.log(), r"refuses calls of the whole bot \(429\).* for_ms=\d+")
        wait_for(lambda: "pause for the whole bot is over" in self.korone.ingress.log(), 10,
                 "the log says that it is over")
        self.assertNotRegex(self.koronectl_status(), r"calls +paused")

    def test_a_pool_that_drains_gives_unsent_replies_to_the_next(self):
        alice, bob = self.korone.person("Alice"), self.korone.person("Bob")
        # One answer takes 3 s, and the chat's others wait behind it.
        self.korone.simulator.control("faults", {"method": "sendMessage", "mode": "slow",
                                                 "delay_ms": 3000, "times": 1, "chat": alice.id})
        self.pings(alice, 6)
        wait_for(lambda: self.korone.pool.status()["unsent_calls"] == 6, 5, "all are handled")
        self.korone.add_pool()
        self.assertEqual(self.korone.pool.stop(), 0)
        self.pongs(alice, 6)
        bob.says("/ping 9")
        self.korone.bot.says("pong 9", chat=bob.id)
        self.assertEqual(self.korone.bot.calls(200), [], "nothing is said twice")

    def test_a_stop_begins_nothing_behind_a_call(self):
        """Telegram is so slow that each answer could outlast the stop."""
        alice = self.korone.person("Alice")
        self.korone.simulator.control("faults", {"method": "sendMessage", "mode": "slow",
                                                 "delay_ms": 700, "times": -1, "chat": alice.id})
        self.pings(alice, 6)
        wait_for(lambda: self.korone.pool.status()["unsent_calls"] == 6, 5, "all are handled")
        self.assertEqual(self.korone.pool.stop(), 0)
        begun = [call["text"] for call in self.korone.bot.history()
                 if call["method"] == "sendMessage"]
        self.assertEqual(begun, ["pong 0"])
        self.korone.pool.start()
        self.pongs(alice, 6)
        self.assertEqual(self.korone.bot.calls(200), [], "nothing is said twice")


class TokenTest(unittest.TestCase):
    """The whole token is paused while handlers of two pools end, one after the other."""

    SILENT_S = 3
    SLEEP_MS = [1000 + 20 * number for number in range(40)]
    STOPPED_MS = 50   # after any sender got the answer from which it knows, at every pool
    ATTEMPTS = 6      # to notice that: the machine has other things to do

    def setUp(self):
        self.korone = Korone({"KORONE_POOL_MIN": "32"}, start=False)
        self.addCleanup(self.korone.close)
        self.korone.pool.program = MISBEHAVING
        self.korone.start()
        self.pools = [self.korone.pool, self.korone.add_pool(program=MISBEHAVING)]
        self.calls = []

    def collect(self):
        self.calls += [call for call in self.korone.bot.calls(10) if call["method"] == "sendMessage"]
        return self.calls

    def refused(self):
        """The first refusal of each chat, in order."""
        first = {}
        for call in self.collect():
            if call["error_code"] == 429:
                first.setdefault(call["chat_id"], call)
        return list(first.values())

    def answered(self):
        return [call for call in self.collect() if call["error_code"] == 0]

    def busy(self, pool):
        return sum(child["state"] == "busy" for child in pool.status()["children"])

    def start_handlers(self):
        for number, sleep_ms in enumerate(self.SLEEP_MS):
            self.korone.person(f"Sleeper {number}").says(f"/sleep {sleep_ms}")
        wait_for(lambda: min(map(self.busy, self.pools)) > 4, 10, "both pools are busy")

    def silence(self):
        """Three chats in succession are told so: now it is clear that the token is meant."""
        self.korone.simulator.control("limits", {"silent_s": self.SILENT_S})
        for number in range(3):
            self.korone.person(f"Pinger {number}").says(f"/ping {number}")
            wait_for(lambda: len(self.refused()) > number, 10, "it is refused")

    def stopped_after_ms(self, meanwhile=lambda: None):
        """How long after the third refusal calls were still made; later ones are checked, too."""
        self.calls = []
        self.start_handlers()
        self.silence()
        meanwhile()
        count = len(self.SLEEP_MS) + 3
        wait_for(lambda: len(self.answered()) >= count, 20, "all are answered")
        self.korone.wait_until_quiet()
        chats = [call["chat_id"] for call in self.answered()]
        self.assertEqual((len(set(chats)), len(chats)), (count, count), "each is answered once")
        refused = self.refused()
        waited = [call["time_ms"] for call in self.answered()
                  if call["time_ms"] > refused[2]["time_ms"]]
        self.assertGreaterEqual(min(waited), refused[0]["time_ms"] + 1000 * self.SILENT_S)
        self.assertLess(max(waited), refused[2]["time_ms"] + 1000 * (self.SILENT_S + 3))
        self.assertGreater(len(waited), len(self.SLEEP_MS) // 2, "handlers ended meanwhile")
        return max(call["time_ms"] for call in self.calls
                   if call["error_code"] == 429) - refused[2]["time_ms"]

    def stops(self, meanwhile=lambda: None):
        took = []
        while len(took) < self.ATTEMPTS and min(took, default=self.STOPPED_MS + 1) > self.STOPPED_MS:
            took.append(self.stopped_after_ms(meanwhile))
        print(f"# no call {took} ms after the third refusal")
        self.assertLessEqual(min(took), self.STOPPED_MS)

    def test_every_pool_stops_at_once_and_for_as_long(self):
        self.stops()
        for pool in self.pools:
            self.assertNotIn("died", pool.log())

    def test_the_next_sender_knows_it(self):
        def kill_senders():
            for pool in self.pools:
                os.kill(pool.status()["sender_pid"], signal.SIGKILL)
        self.stops(kill_senders)


class StormTest(SystemTest):
    """Each chat may send so many messages per second, and is then told to wait for one."""

    LIMIT = 5
    simulator_options = ("--limit-chat", str(LIMIT))

    def test_a_storm_loses_nothing_and_takes_no_longer_than_it_must(self):
        people, answers = 100, 100
        crowd = [self.korone.person(f"Person {number}") for number in range(people)]
        self.korone.add_pool(KORONE_STATE_DIR=self.korone.dir + "/state2")
        began = time.monotonic()
        for number in range(answers):
            for person in crowd:
                person.says(f"/ping {number}")
        said = time.monotonic() - began
        self.korone.wait_until_quiet(120)
        took = time.monotonic() - began
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in ("missing", "duplicates", "disordered")},
                         dict(missing=0, duplicates=0, disordered=0))
        self.assertEqual(pings["answered"], people * answers)
        silent, talking = self.times()
        least = max(said, silent + talking)
        print(f"# {people * answers} answers to {people} chats: {took:.1f} s; a chat was told to wait "
              f"for {silent:.1f} s and took {talking:.1f} s to reach its limits")
        self.assertLessEqual(silent, answers / self.LIMIT, "nobody asks too early")
        self.assertLess(took, least * 1.1 + 1)

    def times(self):
        """For the chat that had to wait longest, in seconds: how long it was told to wait, and how
        long the calls took that brought it to its limit each time, which is the machine's share."""
        silent, talking, first_ms = Counter(), Counter(), {}
        for call in self.korone.bot.history():
            chat = call["chat_id"]
            first_ms.setdefault(chat, call["time_ms"])
            if call["error_code"] == 429:
                silent[chat] += 1  # of the rest of a second
                talking[chat] += (call["time_ms"] - first_ms.pop(chat)) / 1000
        longest = max(silent, key=lambda chat: silent[chat] + talking[chat])
        return silent[longest], talking[longest]


if __name__ == "__main__":
    unittest.main()
