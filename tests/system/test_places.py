"""Answers go where the update happened, also where chat_id alone does not say it: from Telegram
through the spool, a handler, an incident and the sender back to Telegram."""

from korone import OPERATOR_ID, SystemTest

TOPIC = 4503599627370495


class DirectMessagesTest(SystemTest):
    settings = {"KORONE_MAX_ATTEMPTS": "1"}

    def setUp(self):
        super().setUp()
        self.chat = self.korone.chat("News", members=[self.korone.operator()])
        self.messages = 0

    def say(self, text):
        """In the chat of a channel's direct messages, which calls itself a supergroup."""
        self.messages += 1
        author = {"id": OPERATOR_ID, "is_bot": False, "first_name": "Olga"}
        self.korone.simulator.control("update", {"update": {"message": {
            "message_id": self.messages, "date": 1700000000, "from": author, "text": text,
            "chat": {"id": self.chat, "type": "supergroup", "title": "News",
                     "is_direct_messages": True},
            "direct_messages_topic": {"topic_id": TOPIC, "user": author}}}})

    def assert_answered_in_the_topic(self, about):
        call = self.korone.bot.does(
            lambda call: call["method"] == "sendMessage" and about in call["text"],
            f"say something with {about!r}")
        self.assertEqual(int(call["parameters"]["direct_messages_topic_id"]), TOPIC)
        self.assertEqual(call["chat_id"], self.chat)

    def test_an_answer_and_an_incident(self):
        self.say("/ping 1")
        self.assert_answered_in_the_topic("pong 1")
        self.say("/op_crash error")  # told by the child
        self.assert_answered_in_the_topic("Reference")
        self.say("/op_crash segv")  # told by another one, of what ingress kept
        self.assert_answered_in_the_topic("Reference")
