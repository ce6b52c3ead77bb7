"""Chats in the simulator: invite links, requests to join, settings, titles and tags, channels."""

import unittest

from test_botapi_sim_messages import GroupCase

FOREVER = "Bad Request: INVITE_HASH_EXPIRED"
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


class InviteTest(GroupCase):
    def setUp(self):
        super().setUp()
        self.eve = self.simulator.person("Eve")

    def join(self, link, person=None):
        return self.simulator.control("join", {"from": (person or self.eve).id, "link": link})

    def link(self, **more):
        return self.result("createChatInviteLink", chat_id=self.group, **more)

    def test_a_link_lets_people_in_until_its_end(self):
        self.promote()
        self.updates("chat_member")
        now = self.simulator.control("clock", {"advance_s": 0})["now_s"]
        link = self.link(name="ä", member_limit=1, expire_date=now + 100)
        self.assertEqual((link["name"], link["member_limit"], link["is_primary"],
                          link["is_revoked"]), ("ä", 1, False, False))
        self.join(link["invite_link"])
        told = self.updates()[-1]["chat_member"]
        self.assertEqual((told["new_chat_member"]["status"], told["invite_link"]["name"]),
                         ("member", "ä"))
        with self.assertRaises(AssertionError):
            self.join(link["invite_link"], self.simulator.person("Max"))
        link = self.link(expire_date=now + 100)
        self.later(101)
        with self.assertRaises(AssertionError):
            self.join(link["invite_link"], self.simulator.person("Max"))

    def test_links_are_edited_and_revoked(self):
        self.promote()
        link = self.link()["invite_link"]
        edited = self.result("editChatInviteLink", chat_id=self.group, invite_link=link, name="b")
        self.assertEqual((edited["invite_link"], edited["name"]), (link, "b"))
        self.assertTrue(self.result("revokeChatInviteLink", chat_id=self.group,
                                    invite_link=link)["is_revoked"])
        with self.assertRaises(AssertionError):
            self.join(link)
        first = self.result("exportChatInviteLink", chat_id=self.group)
        self.assertNotEqual(self.result("exportChatInviteLink", chat_id=self.group), first)
        with self.assertRaises(AssertionError):
            self.join(first)

    def test_what_is_refused(self):
        """can_manage_dialog_invite_links in TDLib; createChatInviteLink"""
        self.refused("createChatInviteLink", 400,
                     "Bad Request: not enough rights to manage chat invite link", chat_id=self.group)
        self.promote()
        for more, text in (
                ({"member_limit": 5, "creates_join_request": True}, "member limit can't be "
                 "specified for links requiring administrator approval"),
                ({"member_limit": 100000}, "USAGE_LIMIT_INVALID"),
                ({"name": "n" * 33}, "INVITE_TITLE_TOO_LONG"),
                ({"expire_date": 5}, "EXPIRE_DATE_INVALID")):
            self.refused("createChatInviteLink", 400, "Bad Request: " + text, chat_id=self.group,
                         **more)
        self.refused("revokeChatInviteLink", 400, FOREVER, chat_id=self.group,
                     invite_link="https://t.me/+nothing")

    def test_subscriptions_are_for_channels(self):
        channel = self.simulator.chat("News", "channel")
        link = self.result("createChatSubscriptionInviteLink", chat_id=channel,
                           subscription_period=2592000, subscription_price=5)
        self.assertEqual((link["subscription_period"], link["subscription_price"]), (2592000, 5))
        self.refused("createChatSubscriptionInviteLink", 400,
                     "Bad Request: SUBSCRIPTION_PERIOD_INVALID", chat_id=channel,
                     subscription_period=60, subscription_price=5)


class JoinRequestTest(GroupCase):
    def setUp(self):
        super().setUp()
        self.eve = self.simulator.person("Eve")
        self.promote()
        self.updates("chat_join_request", "chat_member")
        self.who = {"chat_id": self.group, "user_id": self.eve.id}

    def ask(self, **more):
        self.simulator.control("join", {"from": self.eve.id, "chat": self.group, **more})
        return self.updates()[-1]["chat_join_request"]

    def waiting(self):
        return len(self.simulator.control("requests")["requests"])

    def test_a_request_by_a_link_is_approved(self):
        link = self.result("createChatInviteLink", chat_id=self.group, creates_join_request=True)
        self.simulator.control("join", {"from": self.eve.id, "link": link["invite_link"],
                                        "bio": "b"})
        request = self.updates()[-1]["chat_join_request"]
        self.assertEqual((request["bio"], request["invite_link"]["pending_join_request_count"],
                          request.get("query_id")), ("b", 1, None))
        self.result("approveChatJoinRequest", **self.who)
        told = self.updates()[-1]["chat_member"]
        self.assertEqual((told["via_join_request"], told["new_chat_member"]["status"],
                          told["from"]["username"]), (True, "member", "korone_sim_bot"))
        self.refused("approveChatJoinRequest", 400, "Bad Request: USER_ALREADY_PARTICIPANT",
                     **self.who)

    def test_a_request_is_declined_once(self):
        self.ask()
        self.result("declineChatJoinRequest", **self.who)
        self.refused("declineChatJoinRequest", 400, "Bad Request: HIDE_REQUESTER_MISSING",
                     **self.who)

    def test_the_private_chat_is_open_for_five_minutes_or_until_the_answer(self):
        """ChatJoinRequest.user_chat_id"""
        closed = "Forbidden: bot can't initiate conversation with a user"
        chat_id = self.ask()["user_chat_id"]
        self.result("sendMessage", chat_id=chat_id, text="Why?")
        self.later(299)
        self.result("sendMessage", chat_id=chat_id, text="Well?")
        self.later(2)
        self.refused("sendMessage", 403, closed, chat_id=chat_id, text="Oh")
        self.result("declineChatJoinRequest", **self.who)
        chat_id = self.ask()["user_chat_id"]
        self.result("approveChatJoinRequest", **self.who)
        self.refused("sendMessage", 403, closed, chat_id=chat_id, text="Oh")

    def test_a_query_is_answered_within_ten_seconds(self):
        """ChatJoinRequest.query_id: of the bot that guards the chat"""
        self.simulator.control("chat", {"id": self.group, "title": "Group", "type": "supergroup",
                                        "guard": True})
        self.assertIn("guard_bot", self.result("getChat", chat_id=self.group))
        for result, waiting in (("queue", 1), ("decline", 0), ("approve", 0)):
            query = {"chat_join_request_query_id": self.ask()["query_id"]}
            self.result("sendChatJoinRequestWebApp", web_app_url="https://example.org", **query)
            self.later(10)
            self.result("answerChatJoinRequestQuery", result=result, **query)
            self.assertEqual(self.waiting(), waiting)
            self.refused("answerChatJoinRequestQuery", 400, TOO_OLD, result=result, **query)
            if waiting:
                self.result("declineChatJoinRequest", **self.who)
        self.assertEqual(self.updates()[-1]["chat_member"]["new_chat_member"]["status"], "member")

    def test_a_query_is_too_old_after_ten_seconds(self):
        self.simulator.control("chat", {"id": self.group, "title": "Group", "type": "supergroup",
                                        "guard": True})
        query = self.ask()["query_id"]
        self.later(11)
        self.refused("answerChatJoinRequestQuery", 400, TOO_OLD, result="approve",
                     chat_join_request_query_id=query)
        self.assertEqual(self.waiting(), 1)


class SettingsTest(GroupCase):
    def test_title_description_and_photo_are_told(self):
        self.simulator.control("chat", {"id": self.group, "title": "Group", "type": "supergroup",
                                        "permissions": {"can_change_info": False}})
        for method, what in (("setChatTitle", "change chat title"),
                             ("setChatDescription", "set chat description"),
                             ("deleteChatPhoto", "change chat photo")):
            self.refused(method, 400, f"Bad Request: not enough rights to {what}",
                         chat_id=self.group, title="a")
        self.promote()
        self.result("setChatTitle", chat_id=self.group, title="Neü")
        self.assertEqual(self.updates()[-1]["message"]["new_chat_title"], "Neü")
        self.result("setChatDescription", chat_id=self.group, description="about")
        chat = self.result("getChat", chat_id=self.group)
        self.assertEqual((chat["title"], chat["description"]), ("Neü", "about"))
        self.assertEqual(self.call("setChatDescription", chat_id=self.group, description="about")
                         ["description"], "Bad Request: chat description is not modified")
        self.refused("setChatTitle", 400, "Bad Request: title must be non-empty",
                     chat_id=self.group, title="")

    def test_default_permissions_silence_members(self):
        self.promote()
        self.result("setChatPermissions", chat_id=self.group,
                    permissions={"can_send_messages": False})
        with self.assertRaises(AssertionError):
            self.bob.says("a", self.group)
        self.assertFalse(self.result("getChat", chat_id=self.group)["permissions"]
                         ["can_send_messages"])
        self.refused("setChatPermissions", 400, "Bad Request: object expected as permissions",
                     chat_id=self.group, permissions=[])

    def test_titles_of_administrators_and_tags_of_members(self):
        self.promote(rights={"can_promote_members": True, "can_manage_tags": True,
                             "can_change_info": True})
        who = {"chat_id": self.group, "user_id": self.bob.id}
        self.refused("setChatAdministratorCustomTitle", 400,
                     "Bad Request: user is not an administrator", custom_title="Boss", **who)
        self.result("setChatMemberTag", tag="Fan", **who)
        self.assertEqual(self.result("getChatMember", **who)["tag"], "Fan")
        self.bob.says("a", self.group)
        self.assertEqual(self.updates()[-1]["message"]["sender_tag"], "Fan")
        self.refused("setChatMemberTag", 400, "Bad Request: TAG_INVALID", tag="t" * 17, **who)
        self.refused("setChatMemberTag", 400, "Bad Request: TAG_EMOJI_NOT_ALLOWED", tag="🦄", **who)
        self.result("promoteChatMember", can_change_info=True, **who)
        self.result("setChatAdministratorCustomTitle", custom_title="Boss", **who)
        self.assertEqual(self.result("getChatMember", **who)["custom_title"], "Boss")
        self.bob.says("a", self.group, anonymous=True)
        message = self.updates()[-1]["message"]
        self.assertEqual((message["author_signature"], message["sender_chat"]["id"]),
                         ("Boss", self.group))
        self.refused("setChatAdministratorCustomTitle", 400,
                     "Bad Request: only the owner can edit their custom title", custom_title="a",
                     chat_id=self.group, user_id=self.ann.id)

    def test_channels_that_speak_are_banned(self):
        channel = self.simulator.chat("News", "channel")
        who = {"chat_id": self.group, "sender_chat_id": channel}
        self.refused("banChatSenderChat", 400,
                     "Bad Request: not enough rights to restrict/unrestrict chat member", **who)
        self.promote()
        self.bob.says("a", self.group, **{"as": channel})
        self.assertEqual(self.updates()[-1]["message"]["sender_chat"]["id"], channel)
        self.result("banChatSenderChat", **who)
        with self.assertRaises(AssertionError):
            self.bob.says("a", self.group, **{"as": channel})
        self.result("unbanChatSenderChat", **who)
        self.bob.says("a", self.group, **{"as": channel})
        self.refused("banChatSenderChat", 400, "Bad Request: sender_chat_id is not a valid Integer",
                     chat_id=self.group, sender_chat_id="x")

    def test_an_anonymous_bot_speaks_as_the_group(self):
        self.promote(rights={"is_anonymous": True, "can_pin_messages": True})
        sent = self.send()
        self.assertEqual((sent["from"]["username"], sent["sender_chat"]["id"]),
                         ("GroupAnonymousBot", self.group))


if __name__ == "__main__":
    unittest.main()
