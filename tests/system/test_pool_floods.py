"""Telegram says 429: exactly the chat that it is about waits, exactly as long, at ingress."""

import time
import unittest

from korone import SystemTest, wait_for


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

    def test_an_hour_holds_up_nobody_else(self):
        alice, bob = self.korone.person("Alice"), self.korone.person("Bob")
        self.refuse(3600, chat=alice.id)
        self.pings(alice, 100)
        self.pings(bob, 100)
        self.pongs(bob, 100)
        wait_for(lambda: self.korone.pool.status()["unsent_calls"] == 0, 5, "no call waits there")
        self.assertEqual(self.korone.pool.status()["in_hand"], 0)
        self.assertEqual(self.korone.pool.stop(), 0)
        self.korone.pool.start()
        self.pings(bob, 10)
        self.pongs(bob, 10)

    def test_a_pool_that_drains_gives_unsent_replies_to_the_next(self):
        alice, bob = self.korone.person("Alice"), self.korone.person("Bob")
        # One answer takes 3 s, and the others of the chat wait behind it.
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


class StormTest(SystemTest):
    simulator_options = ("--show", "--limit-chat", "5")

    def test_a_storm_loses_nothing_and_takes_no_longer_than_it_must(self):
        people, answers, limit = 100, 100, 5
        crowd = [self.korone.person(f"Person {number}") for number in range(people)]
        self.korone.add_pool(KORONE_STATE_DIR=self.korone.dir + "/state2")
        began = time.monotonic()
        for number in range(answers):
            for person in crowd:
                person.says(f"/ping {number}")
        said = time.monotonic() - began
        # A window of the simulator is a second; the last answers need no full one.
        least = max(said, answers / limit - 1)
        self.korone.wait_until_quiet(120)
        took = time.monotonic() - began
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in ("missing", "duplicates", "disordered")},
                         dict(missing=0, duplicates=0, disordered=0))
        self.assertEqual(pings["answered"], people * answers)
        self.assertLess(took, least * 1.1 + 1, f"{took:.1f} s of {least:.1f} s")
        print(f"# {people * answers} answers to {people} chats: {took:.1f} s, limit {least:.1f} s")


if __name__ == "__main__":
    unittest.main()
