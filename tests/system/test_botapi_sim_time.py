"""The simulator's clock, its new beginnings, and the flood limits that go by the clock."""

import threading
import unittest

from simulator import request
from stores import wait_for
from test_botapi_sim import SimulatorTest

DAY_S = 86400


class ClockTest(SimulatorTest):
    def now(self):
        return self.simulator.control("clock", {})["now_s"]

    def assert_refused(self, control, body, reason):
        status, answer = request(f"{self.simulator.url}/control/{control}", body)
        self.assertEqual((status, answer.get("error")), (400, reason), body)

    def test_it_can_be_moved_on(self):
        for step, seconds in (({"after": "2h"}, 7200), ({"after": "90s"}, 90),
                              ({"after": "5m"}, 300), ({"after": "3d"}, 3 * DAY_S),
                              ({"advance_s": 31}, 31)):
            before = self.now()
            now = self.simulator.control("clock", step)["now_s"]
            self.assertIn(now - before - seconds, (0, 1, 2))

    def test_it_can_stand(self):
        at = self.now() + DAY_S
        self.assertEqual(self.simulator.control("clock", {"at": at, "stands": True})["now_s"], at)
        alice = self.simulator.person("Alice")
        alice.says("a")
        self.simulator.control("clock", {"after": "1h"})
        alice.says("b")
        dates = [update["message"]["date"] for update in self.call("getUpdates")["result"]]
        self.assertEqual(dates, [at, at + 3600])
        self.simulator.control("clock", {"stands": False})
        self.assertIn(self.now() - at - 3600, (0, 1, 2), "it goes on from where it stood")

    def test_it_does_not_go_back_or_out_of_range(self):
        unit = "\"after\" is a number with s, m, h or d, such as 2h"
        for after in ("", "h", "-2h", "2w", "2hh", "1e3", "4000d", "99999999999999999999"):
            self.assert_refused("clock", {"after": after}, unit)
        back = "is out of range: time does not go back"
        self.assert_refused("clock", {"advance_s": -1}, '"advance_s" ' + back)
        self.assert_refused("clock", {"advance_s": 1 << 60}, '"advance_s" ' + back)
        self.assert_refused("clock", {"at": self.now() - 100},
                            "\"at\" is UTC in seconds, not before now: time does not go back")


class ResetTest(SimulatorTest):
    def setUp(self):
        self.simulator = self.open("--count", "40", "--rate", "max", "--people=30", "--chats", "5",
                                   "--seed", "7")

    def story(self):
        """All that the bot is told, from its first poll on."""
        updates, offset = [], 0
        while True:
            new = self.call("getUpdates", offset=offset, timeout=0)["result"]
            if not new:
                return updates
            updates, offset = updates + new, new[-1]["update_id"] + 1

    def reset(self, seed, **more):
        self.simulator.control("reset", {"seed": seed, "at": 1700000000, **more})

    def test_the_same_seed_is_the_same_story(self):
        stories = []
        for seed in (5, 6, 5):
            self.reset(seed)
            stories.append(self.story())
        self.assertGreaterEqual(len(stories[0]), 40)
        self.assertEqual(stories[0], stories[2])
        self.assertNotEqual(stories[0], stories[1])

    def test_nothing_of_before_is_left(self):
        person = self.simulator.person("Zoe")
        person.says("hello")
        self.call("sendMessage", chat_id=person.id, text="hi")
        self.call("setWebhook", url="http://127.0.0.1:9/")
        self.call("setMyCommands", commands=[{"command": "a", "description": "b"}])
        self.simulator.control("faults", {"method": "getMe", "mode": "close"})
        self.simulator.control("limits", {"per_chat": 1})
        self.simulator.control("clock", {"after": "2h"})
        self.reset(7)
        self.assertTrue(self.call("getMe")["ok"])
        self.assertEqual(self.call("getWebhookInfo")["result"]["url"], "")
        self.assertEqual(self.call("getMyCommands")["result"], [])
        people = self.simulator.control("people")["people"]
        self.assertNotIn("Zoe", [person["first_name"] for person in people])
        self.assertEqual([call["method"] for call in self.simulator.control("sent")["calls"]],
                         ["getMe", "getWebhookInfo", "getMyCommands"])
        self.assertEqual(self.simulator.control("clock", {})["now_s"], 1700000000)

    def test_a_poll_that_waits_goes_on(self):
        self.story()
        answers = []
        poll = threading.Thread(
            target=lambda: answers.append(self.call("getUpdates", timeout=30, offset=-1)))
        self.simulator.control("crowd", {"running": False})
        self.story()
        poll.start()
        wait_for(lambda: self.simulator.statistics()["poll"]["waiting"], 5, "the poll waits")
        self.reset(9)
        poll.join(20)
        self.assertTrue(answers[0]["ok"], answers)
        self.assertNotEqual(answers[0]["result"], [])


class FloodTest(SimulatorTest):
    """core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""

    def setUp(self):
        self.simulator = self.open("--strict")
        self.stop_the_clock(self.simulator)
        self.people = [self.simulator.person(f"Person {number}") for number in range(40)]
        for person in self.people:
            person.says("/start")
        self.group = self.simulator.chat("Club", members=self.people[:3])

    def stop_the_clock(self, simulator):
        self.simulator = simulator
        self.simulator.control("clock", {"stands": True})

    def after(self, time):
        self.simulator.control("clock", {"after": time})

    def send(self, chat, method="sendMessage", **more):
        """0, or the seconds to wait."""
        if method == "sendMessage":
            more.setdefault("text", "a")
        status, answer = self.simulator.call(method, {"chat_id": chat, **more})
        if status == 200:
            return 0
        self.assertEqual(status, 429, answer)
        wait_s = answer["parameters"]["retry_after"]
        self.assertEqual(answer, {"ok": False, "error_code": 429,
                                  "description": f"Too Many Requests: retry after {wait_s}",
                                  "parameters": {"retry_after": wait_s}})
        return wait_s

    def test_one_a_second_in_a_chat(self):
        for chat in (self.people[0].id, self.group):
            self.assertEqual([self.send(chat), self.send(chat)], [0, 1])
            self.after("1s")
            self.assertEqual([self.send(chat), self.send(chat)], [0, 1])

    def test_20_a_minute_in_a_group(self):
        for _ in range(20):
            self.assertEqual(self.send(self.group), 0)
            self.after("1s")
        self.assertEqual(self.send(self.group), 40, "20 s are over")
        self.assertEqual(self.send(self.people[0].id), 0, "others go on")
        self.after("39s")
        self.assertEqual(self.send(self.group), 1)
        self.after("1s")
        self.assertEqual(self.send(self.group), 0)

    def test_30_a_second_for_a_bot(self):
        waits = [self.send(person.id) for person in self.people[:32]]
        self.assertEqual(waits, [0] * 30 + [1, 1])
        self.assertEqual(self.send(self.people[33].id, allow_paid_broadcast=True), 0,
                         "up to 1000 a second are paid for")
        self.after("1s")
        self.assertEqual(self.send(self.people[30].id), 0)

    def test_what_is_refused_does_not_count(self):
        chat = self.people[0].id
        self.assertEqual(self.simulator.call("sendMessage", {"chat_id": chat, "text": ""})[0], 400)
        self.assertEqual([self.send(chat), self.send(chat), self.send(chat)], [0, 1, 1])
        self.assertEqual(self.simulator.statistics()["limited"], 2)
        self.assertEqual(self.simulator.call("getChat", {"chat_id": chat})[0], 200)

    def test_setting_a_webhook_once_a_second(self):
        """process_set_webhook_query in the Bot API server"""
        url = "http://127.0.0.1:9/"
        self.assertEqual(self.call("setWebhook", url=url).get("description"), "Webhook was set")
        self.assertEqual(self.refused("setWebhook", 429, "Too Many Requests: retry after 1",
                                      url=url)["parameters"], {"retry_after": 1})
        self.assertTrue(self.call("deleteWebhook")["ok"])
        self.after("1s")
        self.assertEqual(self.call("setWebhook", url=url).get("description"), "Webhook was set")

    def test_each_limit_is_a_switch(self):
        self.stop_the_clock(self.open("--strict", "--limit-chat", "0"))
        alice = self.simulator.person("Alice")
        alice.says("/start")
        waits = [self.send(alice.id) for _ in range(31)]
        self.assertEqual(waits, [0] * 30 + [1])
        self.simulator.control("limits", {"strict": False, "per_chat": 2})
        self.after("1s")
        self.assertEqual([self.send(alice.id) for _ in range(3)], [0, 0, 1])
        self.simulator.control("limits", {"strict": True})
        self.after("1s")
        self.assertEqual([self.send(alice.id) for _ in range(2)], [0, 1])
        self.simulator.control("limits", {"strict": False})
        self.assertEqual([self.send(alice.id) for _ in range(40)], [0] * 40)

    def test_there_are_none_by_default(self):
        self.stop_the_clock(self.open())
        alice = self.simulator.person("Alice")
        alice.says("/start")
        self.assertEqual([self.send(alice.id) for _ in range(40)], [0] * 40)


if __name__ == "__main__":
    unittest.main()
