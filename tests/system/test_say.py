"""Everything that drafts say arrives at Telegram as it takes it; and a command that takes long
shows that it is at work."""

import json
import os
import unittest

from korone import BIN, Korone

SAYING = os.path.join(BIN, "../tests/korone-worker-say")  # its module: say.c


class SayCase(unittest.TestCase):
    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)
        self.korone.pool.program = SAYING
        self.korone.start()
        self.anna = self.korone.person("Anna")

    def made(self, method):
        """The next call of this method; Telegram has taken it and all before."""
        passed = []
        call = self.korone.bot.does(lambda call: passed.append(call) or call["method"] == method,
                                    method)
        for one in passed:
            self.assertEqual((one["method"], one["error_code"], one.get("remarks")),
                             (one["method"], 0, None))
        return call


class DraftTest(SayCase):
    def parameter(self, call, name):
        return json.loads(call["parameters"][name])

    def press(self, message, label):
        rows = self.parameter(message, "reply_markup")["inline_keyboard"]
        data = [key["callback_data"] for row in rows for key in row if key["text"] == label]
        self.anna.presses(message["message_id"], data[0])

    def test_a_photo_with_buttons_is_changed_and_deleted(self):
        self.anna.says("/say photo")
        shown = self.made("sendPhoto")
        self.assertEqual(shown["parameters"]["caption"], "A photo")
        self.press(shown, "Media")
        edited = self.made("editMessageMedia")
        self.assertEqual(self.parameter(edited, "media")["caption"], "A photo, another")
        self.press(shown, "Caption")
        self.assertEqual(self.made("editMessageCaption")["parameters"]["caption"], "Other words")
        self.press(shown, "Buttons")
        self.made("editMessageReplyMarkup")
        self.press(shown, "Delete")
        self.made("deleteMessage")

    def test_what_is_too_long_for_a_caption_follows(self):
        self.anna.says("/say long")
        self.assertEqual(len(self.made("sendDocument")["parameters"]["caption"]), 1000)
        self.assertEqual(len(self.made("sendMessage")["parameters"]["text"]), 4000)

    def test_an_album_of_files_that_were_made(self):
        self.anna.says("/say album")
        media = self.parameter(self.made("sendMediaGroup"), "media")
        self.assertEqual([medium.get("caption") for medium in media], [None, "Two lists"])

    def test_an_album_for_one_person(self):
        friends = self.korone.chat("Friends", members=[self.anna])
        self.anna.says("/say secret", friends)
        for _ in range(2):
            only = self.parameter(self.made("sendDocument"), "ephemeral_message_parameters")
            self.assertEqual(only["receiver_user_id"], self.anna.id)

    def test_polls_quotes_keys_and_markup(self):
        self.anna.says("/say poll")
        self.assertEqual(self.made("sendPoll")["parameters"]["question"], "Tea?")
        self.anna.says("/say quote")
        self.assertEqual(self.parameter(self.made("sendMessage"), "reply_parameters"
                                        )["message_id"] > 0, True)
        self.anna.says("/say keys")
        self.assertIn("keyboard", self.parameter(self.made("sendMessage"), "reply_markup"))
        self.anna.says("/say markup")
        entities = self.parameter(self.made("sendMessage"), "entities")
        self.assertEqual([entity["type"] for entity in entities],
                         ["date_time", "expandable_blockquote"])


class TypingTest(SayCase):
    """After a second, once more before it fades, and never after the answer."""

    def actions_until(self, text, chat=None):
        """The chat actions before this answer."""
        calls = []
        self.korone.bot.does(lambda call: calls.append(call) or call["text"] == text, text)
        return [call["parameters"]["action"] for call in calls
                if call["method"] == "sendChatAction"]

    def test_a_slow_command_is_at_work_until_it_answers(self):
        self.anna.says("/slow 1")
        self.assertEqual(self.actions_until("done 1"), ["upload_document"])
        self.anna.says("/slower 2")
        self.assertEqual(self.actions_until("done 2"), ["typing"] * 2)
        self.anna.says("/silent 3")
        self.assertEqual(self.actions_until("done 3"), [])
        self.anna.says("/say poll")
        self.made("sendPoll")
        self.anna.says("/silent 4")
        self.assertEqual(self.actions_until("done 4"), [])
