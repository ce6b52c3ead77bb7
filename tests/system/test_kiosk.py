"""What is asked outside of chats: Telegram is told that the pool wants it, and hears an answer in
time, whatever becomes of the handler."""

import os
import unittest

from korone import BIN, Korone

KIOSK = os.path.join(BIN, "../tests/korone-worker-kiosk")  # its module: kiosk.c


class KioskTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = KIOSK
        cls.korone.start()

    def setUp(self):
        self.anna = self.korone.person("Anna")

    def control(self, name, **more):
        return self.korone.simulator.control(name, {"from": self.anna.id, **more})

    def made(self, method):
        return self.korone.bot.does(lambda call: call["method"] == method, method)

    def answer_to_payment(self, payload):
        """Telegram takes it for 10 s."""
        self.anna.says(f"/sell {payload}")
        self.control("pay", message_id=self.made("sendInvoice")["message_id"])
        answer = self.made("answerPreCheckoutQuery")
        self.assertEqual(answer["error_code"], 0, answer)
        return answer["parameters"]

    def test_a_payment_is_taken(self):
        self.assertEqual(self.answer_to_payment("tea")["ok"], "true")
        self.korone.bot.says("Thank you.", chat=self.anna.id)

    def test_a_payment_that_nobody_takes_is_refused(self):
        self.assertEqual(self.answer_to_payment("coal").get("error_message"),
                         "This cannot be paid now. Nothing was charged.")

    def test_a_payment_whose_handler_crashes_is_refused_in_time(self):
        self.assertRegex(self.answer_to_payment("fire").get("error_message"),
                         "Nothing was charged. Reference: [0-9a-f]{32}$")

    def test_a_result_is_chosen_and_its_button_pressed(self):
        bob = self.korone.person("Bob")
        query = self.control("inline", query="tea", chat=bob.id)["query_id"]
        self.assertEqual(self.made("answerInlineQuery")["error_code"], 0)
        sent = self.control("choose", query_id=query, result_id="1")
        self.control("press", message_id=sent["message_id"], chat=sent["chat_id"], button="More")
        edited = self.made("editMessageText")
        self.assertEqual((edited["error_code"], edited["text"]), (0, "page 2"))
        self.assertIn("inline_message_id", edited["parameters"])

    def test_a_link_leads_to_its_module(self):
        self.anna.says("/invite smoking: ever")
        link = self.korone.bot.says_something("?start=", chat=self.anna.id)["text"]
        bob = self.korone.person("Bob")
        self.korone.simulator.control("start", {"from": bob.id,
                                                "payload": link.partition("?start=")[2]})
        self.korone.bot.says("Bob: no smoking: ever", chat=bob.id)


if __name__ == "__main__":
    unittest.main()
