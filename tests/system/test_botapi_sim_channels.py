"""Where the bot speaks besides groups: channels and their groups, direct messages, business accounts,
messages for one person."""

import unittest

from test_botapi_sim_messages import NOT_MODIFIED, GroupCase

DAY = 86400


class ChannelTest(GroupCase):
    def setUp(self):
        super().setUp()
        self.channel = self.simulator.chat("News", "channel")
        self.simulator.control("chat", {"id": self.group, "title": "Group", "type": "supergroup",
                                        "linked": self.channel})

    def test_posts_are_forwarded_to_the_discussion_group(self):
        self.assertEqual([self.result("getChat", chat_id=one)["linked_chat_id"]
                          for one in (self.channel, self.group)], [self.group, self.channel])
        post = self.result("sendMessage", chat_id=self.channel, text="<b>a</b>", parse_mode="HTML")
        self.assertEqual(post["sender_chat"]["id"], self.channel)
        forward, = self.updates()
        message = forward["message"]
        self.assertEqual((message["is_automatic_forward"], message["from"]["id"],
                          message["sender_chat"]["id"], message["text"],
                          message["entities"][0]["type"]),
                         (True, 777000, self.channel, "a", "bold"))
        self.assertEqual((message["forward_origin"]["type"],
                          message["forward_origin"]["message_id"]), ("channel", post["message_id"]))

    def test_posts_of_people_too(self):
        self.ann.act("do", self.channel, kind="photo", caption="c")
        post, forward = self.updates()
        self.assertEqual(post["channel_post"]["photo"], forward["message"]["photo"])
        self.assertEqual(forward["message"]["caption"], "c")

    def test_comments_are_replies_to_the_forward(self):
        self.result("sendMessage", chat_id=self.channel, text="a")
        forward = self.updates()[0]["message"]
        self.bob.says("comment", self.group, reply_to=forward["message_id"])
        self.assertTrue(self.updates()[0]["message"]["reply_to_message"]["is_automatic_forward"])


class DirectChatTest(GroupCase):
    def test_what_people_write_to_a_channel_has_a_topic_each(self):
        """DirectMessagesTopic; get_message_topic in TDLib"""
        channel = self.simulator.chat("News", "channel")
        direct = self.simulator.chat("Direct", members=[self.ann, self.bob], direct=True,
                                     linked=channel)
        chat = self.result("getChat", chat_id=direct)
        self.assertEqual((chat["is_direct_messages"], chat["parent_chat"]["id"]), (True, channel))
        said = self.bob.says("hello", direct)
        message = self.updates()[-1]["message"]
        self.assertEqual((message["direct_messages_topic"]["topic_id"],
                          message["chat"]["is_direct_messages"]), (self.bob.id, True))
        self.refused("sendMessage", 400,
                     "Bad Request: channel direct messages topic must be specified",
                     chat_id=direct, text="a")
        for more in ({"direct_messages_topic_id": self.bob.id},
                     {"reply_parameters": {"message_id": said.message_id}}):
            sent = self.result("sendMessage", chat_id=direct, text="a", **more)
            self.assertEqual(sent["direct_messages_topic"]["user"]["id"], self.bob.id)


class BusinessTest(GroupCase):
    def setUp(self):
        super().setUp()
        self.updates()
        self.connection = self.simulator.control("business", {"from": self.ann.id})["id"]

    def say(self, text="hi", **more):
        return self.simulator.control("business_say", {"to": self.ann.id, "from": self.bob.id,
                                                       "text": text, **more})["message_id"]

    def test_the_connection_is_told_and_found(self):
        update = self.updates()[-1]["business_connection"]
        self.assertEqual((update["id"], update["user"]["id"], update["is_enabled"],
                          update["rights"]), (self.connection, self.ann.id, True,
                                              {"can_reply": True}))
        self.assertEqual(self.result("getBusinessConnection",
                                     business_connection_id=self.connection), update)
        self.refused("getBusinessConnection", 400, "Bad Request: business connection not found",
                     business_connection_id="x")

    def test_customers_write_and_the_bot_answers_in_the_owners_name(self):
        self.updates()
        said = self.say()
        self.say("hi!", edit=said)
        self.simulator.control("business_delete", {"to": self.ann.id, "from": self.bob.id,
                                                   "message_id": said})
        told = self.updates()
        self.assertEqual([list(update)[0] for update in told],
                         ["business_message", "edited_business_message",
                          "deleted_business_messages"])
        self.assertEqual((told[0]["business_message"]["business_connection_id"],
                          told[1]["edited_business_message"]["text"],
                          told[2]["deleted_business_messages"]["message_ids"]),
                         (self.connection, "hi!", [said]))
        answer = {"chat_id": self.bob.id, "business_connection_id": self.connection}
        sent = self.result("sendMessage", text="a", **answer)
        self.assertEqual((sent["from"]["id"], sent["sender_business_bot"]["username"],
                          sent["business_connection_id"]),
                         (self.ann.id, "korone_sim_bot", self.connection))
        edit = {"message_id": sent["message_id"], **answer}
        self.assertEqual(self.result("editMessageText", text="b", **edit)["text"], "b")
        self.refused("editMessageText", 400, NOT_MODIFIED, text="b", **edit)
        self.result("deleteBusinessMessages", business_connection_id=self.connection,
                    message_ids=[sent["message_id"]])
        self.refused("editMessageText", 400, "Bad Request: message to edit not found", text="c",
                     **edit)

    def test_only_for_a_day_only_if_allowed_and_only_to_others(self):
        def send(**more):
            return self.call("sendMessage", **{"chat_id": self.bob.id, "text": "a",
                                               "business_connection_id": self.connection, **more})
        self.assertIn("BUSINESS_PEER_USAGE_MISSING", send()["description"])
        self.say()
        self.assertTrue(send()["ok"])
        for more, text in (
                ({"business_connection_id": "x"}, "business connection not found"),
                ({"chat_id": ""}, "chat identifier is empty"),
                ({"chat_id": "@a"}, "chat identifier must be a valid Integer"),
                ({"chat_id": self.ann.id}, "messages must not be sent to self"),
                ({"chat_id": self.group}, "chat must be a private chat")):
            self.assertEqual(send(**more)["description"], "Bad Request: " + text)
        self.later(DAY + 1)
        self.assertFalse(send()["ok"])
        self.say()
        self.simulator.control("business", {"from": self.ann.id, "can_reply": False})
        self.assertEqual(send()["description"], "Bad Request: BOT_ACCESS_FORBIDDEN")
        self.simulator.control("business", {"from": self.ann.id, "enabled": False})
        self.assertEqual(send()["description"], "Bad Request: business connection not found")


class EphemeralTest(GroupCase):
    """EphemeralMessageParameters, editEphemeralMessageText, deleteEphemeralMessage"""

    def send_to(self, person, **more):
        return self.call("sendMessage", **{
            "chat_id": self.group, "text": "psst",
            "ephemeral_message_parameters": {"receiver_user_id": person.id}, **more})

    def test_one_person_sees_it_and_it_has_an_id_of_its_own(self):
        before = self.send()["message_id"]
        sent = self.send_to(self.bob)["result"]
        self.assertEqual((sent["message_id"], sent["receiver_user"]["id"], sent["text"]),
                         (0, self.bob.id, "psst"))
        self.assertEqual(self.send()["message_id"], before + 1, "the others' messages go on")
        of = {"chat_id": self.group, "receiver_user_id": self.bob.id,
              "ephemeral_message_id": sent["ephemeral_message_id"]}
        self.assertIs(self.result("editEphemeralMessageText", text="new", **of), True)
        self.result("editEphemeralMessageReplyMarkup", reply_markup={"inline_keyboard": [[
            {"text": "b", "callback_data": "d"}]]}, **of)
        self.refused("editEphemeralMessageText", 400, "Bad Request: message to edit not found",
                     text="x", **{**of, "receiver_user_id": self.ann.id})
        self.result("deleteEphemeralMessage", **of)
        self.refused("deleteEphemeralMessage", 400, "Bad Request: message to edit not found", **of)

    def test_only_in_groups_and_to_members(self):
        eve = self.simulator.person("Eve")
        self.assertEqual(self.send_to(eve)["description"], "Bad Request: USER_NOT_PARTICIPANT")
        self.assertEqual(self.send_to(self.bob, chat_id=self.ann.id)["description"],
                         "Bad Request: ephemeral messages can be sent only in groups")


if __name__ == "__main__":
    unittest.main()
