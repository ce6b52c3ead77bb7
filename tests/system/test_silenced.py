"""Groups where the bot may not write: Telegram is not asked at every answer, and after a day it leaves."""

import os
import signal
import time
import unittest

from korone import SystemTest, wait_for

DAY_S = 86400


class SilencedTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.alice = self.korone.person("Alice")
        self.group = self.korone.chat("Silent", members=[self.alice],
                                      permissions={"can_send_messages": False})

    def keys(self):
        return self.korone.stores.redis().keys("korone:silenced:*")

    def calls(self, method):
        return [call for call in self.korone.bot.history()
                if call["method"] == method and call["chat_id"] == self.group]

    def ask(self):
        self.alice.says("/ping", chat=self.group)

    def refused(self, times):
        wait_for(lambda: len(self.calls("sendMessage")) == times, 10, f"{times} messages were refused")
        self.assertTrue(all(call["error_code"] for call in self.calls("sendMessage")))

    def restart_sender(self):
        """Which forgets for how long it wanted to say nothing."""
        sender = self.korone.pool.status()["sender_pid"]
        os.kill(sender, signal.SIGKILL)
        wait_for(lambda: self.korone.pool.status()["sender_pid"] not in (0, None, sender), 10,
                 "there is another sender")

    def test_it_leaves_after_a_day_and_one_more_try(self):
        self.ask()
        self.refused(1)
        key = wait_for(self.keys, 10, "it is noted")[0]
        self.assertNotIn(str(self.group).encode(), key)
        # Not asked again at once.
        self.ask()
        person = self.korone.person("Bob")
        person.says("/ping")
        self.korone.bot.says("pong", chat=person.id)
        self.refused(1)
        # A day less a minute, then more.
        redis = self.korone.stores.redis()
        for seconds, left in ((DAY_S - 60, 0), (DAY_S + 1, 1)):
            redis.set(key, str(int(time.time()) - seconds))
            self.restart_sender()
            before = len(self.calls("sendMessage"))
            self.ask()
            self.refused(before + 1)
            wait_for(lambda: len(self.calls("leaveChat")) == left, 10, f"it left {left} times")
        self.assertEqual(self.calls("leaveChat")[0]["error_code"], 0)
        wait_for(lambda: not self.keys(), 10, "nothing is kept of it")

    def test_it_stays_where_it_may_write_again(self):
        self.ask()
        self.refused(1)
        key = wait_for(self.keys, 10, "it is noted")[0]
        self.korone.stores.redis().set(key, str(int(time.time()) - 2 * DAY_S))
        # Its rights change: so it tries at once.
        self.korone.simulator.control("member", {
            "chat": self.group, "bot": True, "status": "administrator", "by": self.alice.id})
        wait_for(lambda: (self.ask(), [call for call in self.calls("sendMessage")
                                       if not call["error_code"]])[1], 20, "it answers")
        wait_for(lambda: not self.keys(), 10, "nothing is kept of it")
        self.assertEqual(self.calls("leaveChat"), [])


if __name__ == "__main__":
    unittest.main()
