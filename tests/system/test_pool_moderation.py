"""Moderation: what is done about different people waits for nobody, and deletions of a chat are
made together, each exactly as if it were alone."""

import json
import os
import signal
import time
import unittest

from korone import MISBEHAVING, Korone, wait_for

MESSAGES = 230
PEOPLE = 12


class ModerationTest(unittest.TestCase):
    def setUp(self):
        self.korone = korone = Korone(start=False)
        self.addCleanup(korone.close)
        korone.pool.program = MISBEHAVING
        korone.start()
        self.alice = korone.person("Alice")
        self.people = [korone.person(f"P{number}") for number in range(PEOPLE)]
        self.group = korone.chat("Raid", members=[self.alice, *self.people])
        korone.simulator.control("member", {
            "chat": self.group, "bot": True, "status": "administrator",
            "can_delete_messages": True, "can_restrict_members": True})

    def spoil(self, method, mode, **more):
        self.korone.simulator.control("faults", {"method": method, "mode": mode, "times": 1,
                                                 "chat": self.group, **more})

    def talk(self, count):
        """The ids of what the people of the group have said."""
        return [self.people[number % PEOPLE].says("spam", chat=self.group).message_id
                for number in range(count)]

    def deletions(self):
        """[(ids, error code)] of the calls that delete."""
        found = []
        for call in self.korone.bot.history():
            if call["method"] in ("deleteMessage", "deleteMessages"):
                given = call["parameters"]
                ids = json.loads(given["message_ids"]) if "message_ids" in given \
                    else [int(given["message_id"])]
                found.append((ids, call["error_code"]))
        return found

    def deleted(self):
        return [number for ids, error in self.deletions() if error == 0 for number in ids]

    def all_is_done(self):
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_backlog_updates") == 0
                 and self.korone.pool.status()["unsent_calls"] == 0, 30, "all is done")

    def test_deletions_are_made_together(self):
        ids = self.talk(MESSAGES)
        self.alice.says(f"/purge {MESSAGES}", chat=self.group)
        wait_for(lambda: len(self.deleted()) >= MESSAGES, 20, "all are deleted")
        self.all_is_done()
        self.assertEqual(sorted(self.deleted()), ids)
        made = self.deletions()
        self.assertEqual({error for _, error in made}, {0})
        self.assertLessEqual(len(made), 1 + -(-MESSAGES // 100) + 1, "few calls")
        self.assertLessEqual(max(len(ids) for ids, _ in made), 100)

    def test_what_is_refused_loses_no_other(self):
        """A batch is refused once, and one message can never be deleted."""
        ids = self.talk(MESSAGES)
        self.spoil("deleteMessages", "error", status=400)
        self.alice.says(f"/purge {MESSAGES}", chat=self.group)
        wait_for(lambda: len(set(self.deleted())) >= MESSAGES, 20, "all are deleted")
        self.all_is_done()
        self.assertEqual(sorted(self.deleted()), ids, "each once")

    def test_a_sender_that_dies_loses_none(self):
        """Nobody knows which of a batch were deleted: all are made again."""
        ids = self.talk(MESSAGES)
        self.spoil("deleteMessages", "silent", effect=False)
        self.alice.says(f"/purge {MESSAGES}", chat=self.group)
        wait_for(lambda: any(error == -1 for _, error in self.deletions()), 20, "it hangs")
        # None of them is done: neither those that were begun nor those that wait.
        wait_for(lambda: self.korone.pool.status()["unsent_calls"] == MESSAGES, 10, "all wait")
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_backlog_updates") == 1, 10,
                 "so does their update")
        os.kill(self.korone.pool.status()["sender_pid"], signal.SIGKILL)
        wait_for(lambda: len(set(self.deleted())) >= MESSAGES, 20, "all are deleted")
        self.all_is_done()
        self.assertEqual(sorted(set(self.deleted())), ids)

    def test_a_ban_that_waits_ends_when_it_was_meant_to(self):
        """It waits at ingress, and another pool makes it."""
        self.spoil("banChatMember", "error", status=429, retry_after=6)
        began = int(time.time())
        self.alice.says(f"/ban {self.people[0].id}", chat=self.group)
        self.korone.bot.does(lambda call: call["method"] == "banChatMember", "try")
        said = int(time.time())
        metric = self.korone.ingress.metric
        wait_for(lambda: metric("korone_ingress_backlog_updates") == 1
                 and metric("korone_ingress_inflight_updates") == 0, 10, "it waits at ingress")
        self.korone.pool.kill()
        self.korone.pool.start()
        ban = self.korone.bot.does(lambda call: call["method"] == "banChatMember"
                                   and call["error_code"] == 0, "ban")
        self.assertGreaterEqual(ban["time_ms"] / 1000, began + 6)
        until = int(ban["parameters"]["until_date"])
        self.assertTrue(began + 600 <= until <= said + 600, (began, said, until))

    def test_a_ban_waits_for_no_other_and_for_no_message(self):
        """The first one is never answered."""
        self.spoil("banChatMember", "silent", effect=False)
        began = int(time.time())
        self.alice.says("/ban " + " ".join(str(person.id) for person in self.people),
                        chat=self.group)
        self.korone.bot.says("banned", chat=self.group)

        def bans():
            return [call for call in self.korone.bot.history()
                    if call["method"] == "banChatMember"]
        wait_for(lambda: len(bans()) == PEOPLE, 10, "all others are banned")
        self.assertEqual(sorted(call["error_code"] for call in bans()),
                         [-1] + [0] * (PEOPLE - 1))
        for call in bans():
            until = int(call["parameters"]["until_date"])
            self.assertTrue(began + 600 <= until <= int(time.time()) + 600, "a moment")
        self.korone.pool.kill()  # which would wait for the first


if __name__ == "__main__":
    unittest.main()
