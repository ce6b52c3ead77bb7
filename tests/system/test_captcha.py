"""A captcha with real processes and stores: who joined is asked in private, whatever is killed meanwhile, and
the time of who does not answer goes on over restarts."""

import json
import os
import re
import unittest

from crashd import Clock
from korone import BIN, Korone

PICTURE = BIN + "/korone-picture"
TEN_MINUTES_S = 600


class CaptchaTest(unittest.TestCase):
    def setUp(self):
        self.korone = korone = Korone(start=False)
        self.addCleanup(korone.close)
        self.clock = Clock(korone.dir)
        for process in (korone.ingress, korone.pool):
            process.environment.update(self.clock.environment)
        korone.start()
        self.bot, self.alice = korone.bot, korone.person("Alice")
        self.group = korone.chat("Friends", members=[self.alice])
        for who in ({"bot": True}, {"person": self.alice.id}):
            korone.simulator.control("member", {
                "chat": self.group, "status": "administrator", "can_delete_messages": True,
                "can_restrict_members": True, "can_invite_users": True, **who})
        for option in ("kind sum", "on on"):
            self.alice.says(f"/set captcha.{option}", chat=self.group)
            self.bot.does(lambda call: call["chat_id"] == self.group, "it is set")

    def join(self, name):
        person = self.korone.person(name)
        self.korone.simulator.control("member", {"chat": self.group, "person": person.id,
                                                 "by": person.id, "status": "member"})
        return person

    def acts_on(self, person, method, **wanted):
        return self.bot.does(
            lambda call: call["method"] == method and call["error_code"] == 0
            and call["parameters"]["user_id"] == str(person.id), f"{method} {person.id}")

    def may_write(self, person):
        return json.loads(self.acts_on(person, "restrictChatMember")["parameters"]["permissions"])["can_send_messages"]

    def link(self):
        shown = self.bot.does(lambda call: "?start=" in str(call["parameters"].get("reply_markup")), "show the link")
        return "/start " + re.search(r"\?start=([\w-]+)", shown["parameters"]["reply_markup"])[1]

    def press_sum(self, person, asked):
        one, other = map(int, re.findall(r"\d+", asked["text"]))
        person.act("press", None, message_id=asked["message_id"], button=str(one + other))

    def restart(self):
        """What was not handed on is on disk and in the stores."""
        self.korone.pool.kill()
        self.korone.ingress.kill()
        for process in (self.korone.ingress, self.korone.pool):
            process.start()
        for process in (self.korone.ingress, self.korone.pool):
            process.wait_until_ready()

    def test_an_answer_lets_them_write_and_none_removes_them_whatever_is_killed(self):
        bob = self.join("Bob")
        self.assertFalse(self.may_write(bob))
        link = self.link()
        carla = self.join("Carla")
        self.assertFalse(self.may_write(carla))

        self.restart()
        bob.says(link)
        asked = self.bot.says_something("How much is", bob.id)
        self.restart()
        self.press_sum(bob, asked)
        self.assertTrue(self.may_write(bob))

        self.restart()
        self.clock.put_forward(TEN_MINUTES_S + 60)
        self.acts_on(carla, "unbanChatMember")
        self.assertNotIn(str(bob.id), [call["parameters"].get("user_id") for call in self.bot.history()
                                       if call["method"] == "unbanChatMember"])

    @unittest.skipUnless(os.path.exists(PICTURE), "korone-picture is not built")
    def test_a_picture_is_drawn_and_there_is_a_way_without(self):
        self.alice.says("/set captcha.kind picture", chat=self.group)
        self.bot.says_something("a picture", self.group)
        bob = self.join("Bob")
        self.assertFalse(self.may_write(bob))
        bob.says(self.link())
        shown = self.bot.does(lambda call: call["method"] == "sendPhoto" and call["chat_id"] == bob.id, "show a picture")
        self.assertEqual(shown["error_code"], 0)
        bob.act("press", None, message_id=shown["message_id"], button="I cannot see it")
        self.press_sum(bob, self.bot.says_something("How much is", bob.id))
        self.assertTrue(self.may_write(bob))
