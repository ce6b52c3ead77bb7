"""Who may do what in the simulator's chats, as Telegram documents it: simulator/README.md has the
table of rules."""

import ast
import pathlib
import unittest

from simulator import request
from test_botapi_sim import SimulatorTest

PERMISSIONS = ("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos",
               "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls",
               "can_send_other_messages", "can_add_web_page_previews", "can_react_to_messages",
               "can_edit_tag", "can_change_info", "can_invite_users", "can_pin_messages",
               "can_manage_topics")
ALL = {name: True for name in PERMISSIONS}
NO_RIGHT = "Bad Request: not enough rights to restrict/unrestrict chat member"
SUPERGROUPS = "Bad Request: method is available for supergroup and channel chats only"
DAY_S = 86400


class RightsTest(SimulatorTest):
    def setUp(self):
        super().setUp()
        self.owner = self.simulator.person("Owner")
        self.bob = self.simulator.person("Bob")
        self.carl = self.simulator.person("Carl")
        self.members = [self.owner, self.bob, self.carl]
        self.chat = self.simulator.chat("Club", members=self.members)
        self.call("getUpdates", allowed_updates=["message", "edited_message", "chat_member",
                                                 "my_chat_member", "callback_query"])
        self.simulator.control("clock", {"stands": True})
        self.offset, self.asked = 2, 0

    def promote_bot(self, chat=None, **rights):
        self.simulator.control("member", {"chat": chat or self.chat, "bot": True,
                                          "status": "administrator", "rights": rights,
                                          "by": self.owner.id})

    def set_member(self, person, status, **more):
        return self.simulator.control("member", {"chat": self.chat, "person": person.id,
                                                 "status": status, "by": self.owner.id, **more})

    def member(self, person, chat=None):
        return self.call("getChatMember", chat_id=chat or self.chat, user_id=person.id)["result"]

    def status(self, person, chat=None):
        return self.member(person, chat)["status"]

    def does(self, method, person, chat=None, **more):
        answer = self.call(method, chat_id=chat or self.chat, user_id=person.id, **more)
        self.assertEqual(answer, {"ok": True, "result": True}, (method, person.fields))

    def may_not(self, reason, method, person, chat=None, **more):
        self.refused(method, 400, reason, chat_id=chat or self.chat, user_id=person.id, **more)

    def news(self):
        """What the bot is told since the last time. A repeated offset would be slowed down, and the
        one before it is as good: all before has been confirmed."""
        told = []
        while True:
            self.asked = self.offset - (self.asked == self.offset)
            new = self.call("getUpdates", offset=self.asked)["result"]
            if not new:
                return told
            told += new
            self.offset = new[-1]["update_id"] + 1

    def after(self, span):
        self.simulator.control("clock", {"after": span})

    def now(self):
        return self.simulator.control("clock", {})["now_s"]

    def cannot(self, person, kind, chat=None, reason="this person may not do that in the chat"):
        control = "say" if kind == "say" else "do"
        status, answer = request(f"{self.simulator.url}/control/{control}",
                                 {"from": person.id, "chat": chat or self.chat, "kind": kind,
                                  "text": "a"})
        self.assertEqual(status, 400, answer)
        self.assertTrue(answer["error"].startswith(reason), answer)


class RulesTest(unittest.TestCase):
    """simulator/README.md: each rule has a source and a test that there is."""

    FOLDER = pathlib.Path(__file__).resolve().parent

    def tests(self):
        found = set()
        for path in self.FOLDER.glob("test_botapi_sim*.py"):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    found |= {f"{node.name}.{item.name}" for item in node.body
                              if isinstance(item, ast.FunctionDef)}
        return found

    def test_each_rule_has_a_source_and_a_test(self):
        text = (self.FOLDER / "../../simulator/README.md").read_text()
        rows = [[cell.strip() for cell in line.split("|")[1:-1]]
                for line in text.split("| rule | source | test |")[1].splitlines()[2:]
                if line.startswith("|")]
        rules = [row for row in rows if not row[0].startswith("**")]
        self.assertGreater(len(rules), 60)
        tests = self.tests()
        for rule, source, test in rules:
            self.assertRegex(source, r"^\[.+\]\(https://[^)]+\)$", rule)
            self.assertIn(test.strip("`"), tests, rule)


class BotRightsTest(RightsTest):
    def test_a_bot_without_the_right_may_not(self):
        """restrictChatMember, banChatMember, unbanChatMember, promoteChatMember"""
        for prepare in (lambda: None, lambda: self.promote_bot(can_restrict_members=False,
                                                               can_promote_members=False,
                                                               can_invite_users=False)):
            prepare()
            self.may_not(NO_RIGHT, "banChatMember", self.bob)
            self.may_not(NO_RIGHT, "restrictChatMember", self.bob, permissions={})
            self.may_not(NO_RIGHT, "unbanChatMember", self.bob)
            self.may_not("Bad Request: not enough rights", "promoteChatMember", self.bob,
                         can_pin_messages=True)
            self.refused("approveChatJoinRequest", 400,
                         "Bad Request: not enough rights to manage chat join requests",
                         chat_id=self.chat, user_id=self.bob.id)
            self.assertEqual(self.status(self.bob), "member")

    def test_one_right_is_enough(self):
        names = ("can_manage_chat", "can_change_info", "can_delete_messages", "can_invite_users",
                 "can_pin_messages", "can_manage_topics", "can_promote_members",
                 "can_manage_video_chats", "can_post_stories", "can_edit_stories",
                 "can_delete_stories", "can_manage_tags")
        self.promote_bot(**{name: False for name in names})
        rights = self.call("getChatMember", chat_id=self.chat, user_id=42)["result"]
        self.assertEqual([name for name in names if rights[name]], ["can_manage_chat"],
                         "who has any right may see what is going on in the chat")
        self.assertIs(rights["can_restrict_members"], True)
        self.does("banChatMember", self.bob)
        self.assertEqual(self.status(self.bob), "kicked")

    def test_the_owner_and_oneself_are_safe(self):
        self.promote_bot()
        bot = type("Bot", (), {"id": 42, "fields": {}})
        owner = "Bad Request: can't remove chat owner"
        for method, more in (("banChatMember", {}), ("unbanChatMember", {}),
                             ("restrictChatMember", {"permissions": {}}),
                             ("promoteChatMember", {"can_pin_messages": True}),
                             ("promoteChatMember", {})):
            self.may_not(owner, method, self.owner, **more)
        self.may_not("Bad Request: can't restrict self", "banChatMember", bot)
        self.may_not("Bad Request: can't restrict self", "restrictChatMember", bot, permissions={})
        self.may_not("Bad Request: can't promote self", "promoteChatMember", bot,
                     can_pin_messages=True)
        self.does("promoteChatMember", bot)
        self.assertEqual(self.status(bot), "member", "it may give its rights away")

    def test_administrators_are_touched_by_those_who_promoted_them(self):
        self.promote_bot()
        self.set_member(self.bob, "administrator")
        self.assertIs(self.member(self.bob)["can_be_edited"], False)
        reason = "Bad Request: user is an administrator of the chat"
        self.may_not(reason, "banChatMember", self.bob)
        self.may_not(reason, "unbanChatMember", self.bob)
        self.may_not(reason, "restrictChatMember", self.bob, permissions={})
        self.may_not("Bad Request: CHAT_ADMIN_REQUIRED", "promoteChatMember", self.bob,
                     can_pin_messages=True)
        self.does("promoteChatMember", self.carl, can_pin_messages=True)
        self.assertIs(self.member(self.carl)["can_be_edited"], True)
        dora = self.simulator.person("Dora")
        self.simulator.control("member", {"chat": self.chat, "person": dora.id,
                                          "status": "administrator", "by": self.carl.id})
        self.assertIs(self.member(dora)["can_be_edited"], True, "promoted indirectly")
        self.does("promoteChatMember", dora)
        self.assertEqual(self.status(dora), "member")
        self.does("banChatMember", self.carl)
        self.assertEqual(self.status(self.carl), "kicked")

    def test_nobody_gives_more_than_they_have(self):
        """promoteChatMember: "a subset of their own privileges" """
        self.promote_bot(can_delete_messages=False)
        self.may_not("Bad Request: RIGHT_FORBIDDEN", "promoteChatMember", self.bob,
                     can_delete_messages=True)
        self.may_not("Bad Request: RIGHT_FORBIDDEN", "promoteChatMember", self.bob,
                     can_pin_messages=True, is_anonymous=True)
        self.does("promoteChatMember", self.bob, can_pin_messages=True)
        bob = self.member(self.bob)
        self.assertEqual((bob["status"], bob["can_pin_messages"], bob["can_delete_messages"],
                          bob["can_manage_chat"], bob["is_anonymous"]),
                         ("administrator", True, False, True, False))
        self.does("promoteChatMember", self.bob)
        self.assertEqual(self.status(self.bob), "member", "no right at all demotes")

    def test_who_can_be_promoted(self):
        self.promote_bot()
        self.does("banChatMember", self.bob)
        self.may_not("Bad Request: USER_KICKED", "promoteChatMember", self.bob,
                     can_pin_messages=True)
        dora = self.simulator.person("Dora")
        self.may_not("Bad Request: bots can't add new chat members", "promoteChatMember", dora)
        self.promote_bot(can_invite_users=False)
        self.may_not("Bad Request: CHAT_ADMIN_INVITE_REQUIRED", "promoteChatMember", dora,
                     can_pin_messages=True)

    def test_rights_exist_by_type_of_chat(self):
        """ChatAdministratorRights: "for channels only", "for groups and supergroups only" """
        self.promote_bot()
        bot = self.call("getChatMember", chat_id=self.chat, user_id=42)["result"]
        self.assertIn("can_pin_messages", bot)
        self.assertNotIn("can_post_messages", bot)
        channel = self.simulator.chat("News", "channel", self.members)
        bot = self.call("getChatMember", chat_id=channel, user_id=42)["result"]
        self.assertIn("can_post_messages", bot)
        self.assertNotIn("can_pin_messages", bot)
        self.does("promoteChatMember", self.bob, channel, can_post_messages=True)
        self.assertIs(self.member(self.bob, channel)["can_restrict_members"], True,
                      "the Bot API server adds it in channels")


class BasicGroupTest(RightsTest):
    def setUp(self):
        super().setUp()
        self.group = self.simulator.chat("Friends", "group", self.members)
        self.promote_bot(self.group)

    def test_nobody_is_muted_promoted_or_let_in_again(self):
        self.may_not("Bad Request: method is available only for supergroups", "restrictChatMember",
                     self.bob, self.group, permissions={})
        self.may_not(SUPERGROUPS, "promoteChatMember", self.bob, self.group, can_pin_messages=True)
        self.may_not(SUPERGROUPS, "unbanChatMember", self.bob, self.group)

    def test_a_ban_is_a_removal_whatever_its_date(self):
        """banChatMember: until_date is "Applied for supergroups and channels only" """
        self.does("banChatMember", self.bob, self.group, until_date=self.now() + DAY_S)
        self.assertEqual(self.member(self.bob, self.group)["status"], "left")
        self.bob.does("join", self.group)
        self.assertEqual(self.status(self.bob, self.group), "member", "and may come back")

    def test_who_is_removed_by_whom(self):
        self.may_not("Bad Request: user is an administrator of the chat", "banChatMember",
                     self.owner, self.group)
        dora = self.simulator.person("Dora")
        self.may_not("Bad Request: USER_NOT_PARTICIPANT", "banChatMember", dora, self.group)
        self.simulator.control("member", {"chat": self.group, "bot": True, "status": "member",
                                          "by": self.owner.id})
        self.may_not("Bad Request: CHAT_ADMIN_REQUIRED", "banChatMember", self.bob, self.group)

    def test_private_chats_have_no_members_to_change(self):
        self.bob.says("/start")
        self.may_not("Bad Request: can't ban members in private chats", "banChatMember", self.bob,
                     self.bob.id)
        self.may_not(SUPERGROUPS, "unbanChatMember", self.bob, self.bob.id)
        self.refused("leaveChat", 400, "Bad Request: can't leave private chats",
                     chat_id=self.bob.id)


class RestrictionTest(RightsTest):
    def setUp(self):
        super().setUp()
        self.promote_bot()
        self.news()

    def test_one_who_is_muted_is_silent(self):
        message = self.bob.says("hello", self.chat).message_id
        self.does("restrictChatMember", self.bob, permissions={})
        for kind in ("say", "photo", "sticker", "voice", "poll", "reaction", "pin", "title"):
            self.cannot(self.bob, kind)
        status, answer = request(self.simulator.url + "/control/say",
                                 {"from": self.bob.id, "chat": self.chat, "text": "b",
                                  "edit": message})
        self.assertEqual(status, 400, answer)
        self.carl.says("hello", self.chat)
        self.bob.says("hello")
        self.does("restrictChatMember", self.bob, permissions={"can_send_photos": True})
        self.bob.does("photo", self.chat)
        self.cannot(self.bob, "video")
        self.cannot(self.bob, "say")

    def test_what_who_is_banned_wrote_goes(self):
        mine = self.bob.says("hello", self.chat).message_id
        others = self.carl.says("hello", self.chat).message_id
        self.does("restrictChatMember", self.bob, permissions={})
        self.assertIn(mine, self.messages())
        self.does("banChatMember", self.bob)
        self.assertNotIn(mine, self.messages())
        self.assertIn(others, self.messages())

    def messages(self):
        return [number for number, _, _ in
                self.simulator.control(f"messages?chat={self.chat}")["messages"]]

    def test_all_permissions_lift_it(self):
        self.does("restrictChatMember", self.bob, permissions={})
        self.does("restrictChatMember", self.bob, permissions=ALL)
        self.assertEqual(self.status(self.bob), "member")
        self.bob.says("again", self.chat)

    def test_permissions_imply_others(self):
        """restrictChatMember: use_independent_chat_permissions"""
        self.does("restrictChatMember", self.bob, permissions={"can_send_polls": True})
        bob = self.member(self.bob)
        self.assertEqual((bob["can_send_messages"], bob["can_send_photos"]), (True, False))
        self.does("restrictChatMember", self.bob, permissions={"can_send_polls": True},
                  use_independent_chat_permissions=True)
        self.assertIs(self.member(self.bob)["can_send_messages"], False)
        self.does("restrictChatMember", self.bob, permissions={"can_send_other_messages": True})
        bob = self.member(self.bob)
        self.assertEqual((bob["can_send_messages"], bob["can_send_photos"],
                          bob["can_send_media_messages"]), (True, True, True))

    def test_permissions_that_are_malformed(self):
        may_not = self.may_not
        may_not("Bad Request: can't parse permissions JSON object", "restrictChatMember", self.bob,
                permissions="{")
        may_not("Bad Request: object expected as permissions", "restrictChatMember", self.bob,
                permissions=[1])
        may_not("Bad Request: can't parse chat permissions: Field \"can_send_polls\" must be of "
                "type Boolean", "restrictChatMember", self.bob, permissions={"can_send_polls": 1})

    def test_it_ends_when_its_time_is_over(self):
        until = self.now() + 60
        self.does("restrictChatMember", self.bob, permissions={}, until_date=until)
        bob = self.member(self.bob)
        self.assertEqual((bob["status"], bob["until_date"], bob["is_member"]),
                         ("restricted", until, True))
        self.after("60s")
        self.cannot(self.bob, "say")
        self.news()
        self.after("1s")
        self.assertEqual(self.status(self.bob), "member")
        self.bob.says("again", self.chat)
        self.assertEqual([update["message"]["text"] for update in self.news()], ["again"],
                         "no update tells of it")

    def test_a_ban_ends_when_its_time_is_over(self):
        self.does("banChatMember", self.bob, until_date=self.now() + 3600)
        self.cannot(self.bob, "join", reason="this person is banned")
        self.assertEqual(self.call("getChatMemberCount", chat_id=self.chat)["result"], 3)
        self.after("3601s")
        self.assertEqual(self.status(self.bob), "left")
        self.bob.does("join", self.chat)
        self.assertEqual(self.status(self.bob), "member")

    def test_dates_that_are_too_near_or_too_far_are_for_ever(self):
        for method, more in (("banChatMember", {}), ("restrictChatMember", {"permissions": {}})):
            for span, counts in ((29, False), (30, True), (366 * DAY_S, True),
                                 (366 * DAY_S + 1, False), (-DAY_S, False)):
                until = self.now() + span
                self.does(method, self.bob, until_date=until, **more)
                self.assertEqual(self.member(self.bob)["until_date"], until if counts else 0,
                                 (method, span))
        self.does("banChatMember", self.bob, until_date=self.now() + 10)
        self.after("365d")
        self.assertEqual(self.status(self.bob), "kicked")

    def test_one_who_is_not_there_can_be_restricted(self):
        self.does("restrictChatMember", self.simulator.person("Dora"), permissions={})
        self.bob.does("leave", self.chat)
        self.does("restrictChatMember", self.bob, permissions={}, until_date=self.now() + 60)
        self.assertIs(self.member(self.bob)["is_member"], False)
        self.cannot(self.bob, "say", reason="this person is not in the chat")
        self.after("61s")
        self.assertEqual(self.status(self.bob), "left")

    def test_unban_lets_in_again_and_removes_members(self):
        """unbanChatMember: only_if_banned"""
        self.does("unbanChatMember", self.bob, only_if_banned=True)
        self.assertEqual(self.status(self.bob), "member")
        self.does("unbanChatMember", self.bob)
        self.assertEqual(self.status(self.bob), "left")
        self.does("banChatMember", self.carl)
        self.does("unbanChatMember", self.carl, only_if_banned=True)
        self.carl.does("join", self.chat)

    def test_what_is_so_already_is_no_news(self):
        self.does("banChatMember", self.bob)
        told = self.news()
        self.assertEqual([key for update in told for key in update if key != "update_id"],
                         ["chat_member", "message"])
        change, message = told[0]["chat_member"], told[1]["message"]
        self.assertEqual((change["old_chat_member"]["status"], change["new_chat_member"]["status"],
                          change["from"]["id"]), ("member", "kicked", 42))
        self.assertEqual((message["left_chat_member"]["id"], message["from"]["id"]),
                         (self.bob.id, 42))
        self.does("banChatMember", self.bob)
        self.assertEqual(self.news(), [])

    def test_what_all_members_may_counts_for_each(self):
        self.simulator.control("chat", {"id": self.chat, "title": "Club", "type": "supergroup",
                                        "permissions": {"can_send_messages": False}})
        self.cannot(self.bob, "say")
        self.bob.does("photo", self.chat)
        self.owner.says("administrators may", self.chat)
        permissions = self.call("getChat", chat_id=self.chat)["result"]["permissions"]
        self.assertEqual((permissions["can_send_messages"], permissions["can_send_photos"]),
                         (False, True))

    def test_names_of_rights_that_there_are_not(self):
        for field in ("rights", "permissions"):
            status, answer = request(self.simulator.url + "/control/member",
                                     {"chat": self.chat, "person": self.bob.id, "status": "member",
                                      field: {"can_fly": True}})
            self.assertEqual((status, answer["error"]),
                             (400, f"\"{field}\": there is no \"can_fly\""))


class ViewTest(RightsTest):
    """What a bot sees that is no administrator."""

    def texts(self):
        return [update["message"].get("text") for update in self.news() if "message" in update]

    def test_privacy_mode(self):
        """core.telegram.org/bots/features#privacy-mode"""
        self.assertIs(self.call("getMe")["result"]["can_read_all_group_messages"], True)
        self.simulator.control("privacy", {"on": True})
        self.assertIs(self.call("getMe")["result"]["can_read_all_group_messages"], False)
        mine = self.call("sendMessage", chat_id=self.chat, text="a")["result"]["message_id"]
        said = self.bob.says("not for the bot", self.chat)
        self.assertEqual(said.update_id, 0)
        for text in ("/go", "/go now", "/go@korone_sim_bot", "/go@KORONE_sim_bot x"):
            self.bob.says(text, self.chat)
        for text in ("/go@another_bot", "/go@korone_sim_bot2", "no /go", "/", "//go", "/ go"):
            self.bob.says(text, self.chat)
        self.bob.says("reply", self.chat, reply_to=mine)
        self.bob.says("reply to a person", self.chat, reply_to=said.message_id)
        self.bob.does("photo", self.chat)
        self.bob.says("in private")
        self.assertEqual(self.texts(), ["/go", "/go now", "/go@korone_sim_bot",
                                        "/go@KORONE_sim_bot x", "reply", "in private"])
        self.bob.does("title", self.chat, caption="New")
        self.assertEqual(len(self.news()), 1, "service messages are for all")
        self.promote_bot()
        self.news()
        self.bob.says("administrators see all", self.chat)
        self.assertEqual(self.texts(), ["administrators see all"])

    def test_commands_without_a_name_are_for_the_last_bot_that_spoke(self):
        self.simulator.control("privacy", {})
        other = self.simulator.person("Other", bot=True, username="other_bot")
        other.says("here I am", self.chat)
        self.bob.says("/go", self.chat)
        self.bob.says("/go@korone_sim_bot", self.chat)
        self.assertEqual(self.texts(), ["/go@korone_sim_bot"])
        self.call("sendMessage", chat_id=self.chat, text="a")
        self.bob.says("/go", self.chat)
        self.assertEqual(self.texts(), ["/go"])

    def test_it_is_on_from_the_start_with_an_option(self):
        self.simulator = self.open("--privacy")
        self.assertIs(self.call("getMe")["result"]["can_read_all_group_messages"], False)
        self.simulator.control("privacy", {"on": False})
        self.assertIs(self.call("getMe")["result"]["can_read_all_group_messages"], True)

    def test_only_administrators_are_told_of_members(self):
        """Update.chat_member"""
        self.set_member(self.bob, "restricted")
        self.assertEqual(self.news(), [])
        self.promote_bot()
        self.set_member(self.bob, "member")
        self.assertEqual([key for update in self.news() for key in update if key != "update_id"],
                         ["my_chat_member", "chat_member"])

    def test_nothing_is_seen_of_a_chat_without_the_bot(self):
        self.assertTrue(self.call("leaveChat", chat_id=self.chat)["ok"])
        self.news()
        self.bob.says("it is gone", self.chat)
        self.assertEqual(self.news(), [])
        self.refused("getChat", 403, "Forbidden: bot is not a member of the supergroup chat",
                     chat_id=self.chat)
        public = self.simulator.chat("Open", members=self.members, username="open", bot="left")
        self.assertTrue(self.call("getChat", chat_id=public)["ok"])
        self.assertEqual(self.call("getChatMemberCount", chat_id="@open")["result"], 3)
        self.refused("sendMessage", 403, "Forbidden: bot is not a member of the supergroup chat",
                     chat_id=public, text="a")

    def test_whom_get_chat_member_shows(self):
        self.assertEqual(self.status(self.bob), "member")
        self.simulator.control("chat", {"id": self.chat, "title": "Club", "type": "supergroup",
                                        "hidden_members": True})
        self.may_not("Bad Request: CHAT_ADMIN_REQUIRED", "getChatMember", self.bob)
        self.assertEqual(self.status(self.owner), "creator", "administrators are always shown")
        bot = self.call("getChatMember", chat_id=self.chat, user_id=42)["result"]
        self.assertEqual(bot["status"], "member")
        self.promote_bot()
        self.assertEqual(self.status(self.bob), "member")
        channel = self.simulator.chat("News", "channel", self.members, bot="member")
        self.may_not("Bad Request: member list is inaccessible", "getChatMember", self.bob, channel)
        self.refused("getChatAdministrators", 400, "Bad Request: member list is inaccessible",
                     chat_id=channel)

    def test_administrators_who_are_members(self):
        self.promote_bot()
        self.set_member(self.bob, "administrator", rights={"is_anonymous": True})
        other = self.simulator.person("Other", bot=True)
        self.set_member(other, "administrator")
        admins = self.call("getChatAdministrators", chat_id=self.chat)["result"]
        self.assertEqual([(admin["user"]["id"], admin["status"], admin["is_anonymous"])
                          for admin in admins],
                         [(self.owner.id, "creator", False), (self.bob.id, "administrator", True),
                          (42, "administrator", False)], "other bots are left out")


class MigrationTest(RightsTest):
    UPGRADED = "Bad Request: group chat was upgraded to a supergroup chat"

    def setUp(self):
        super().setUp()
        self.group = self.simulator.chat("Friends", "group", self.members)
        self.promote_bot(self.group)
        self.simulator.control("member", {"chat": self.group, "person": self.bob.id,
                                          "status": "administrator", "by": self.owner.id,
                                          "rights": {"can_pin_messages": False}})
        self.news()

    def told_to_go_on(self, method, **more):
        answer = self.refused(method, 400, self.UPGRADED, chat_id=self.group, **more)
        new = answer["parameters"]["migrate_to_chat_id"]
        self.assertEqual(answer["parameters"], {"migrate_to_chat_id": new})
        return new

    def test_before_any_call(self):
        for method, more in (("sendMessage", {"text": "a"}),
                             ("banChatMember", {"user_id": self.carl.id}),
                             ("getChatAdministrators", {}), ("getChatMemberCount", {}),
                             ("editMessageText", {"message_id": 1, "text": "b"})):
            group = self.group = self.simulator.chat("Once " + method, "group", self.members)
            self.simulator.control("migrate", {"chat": group, "before": method})
            self.assertTrue(self.call("getChat", chat_id=group)["ok"], "not yet")
            new = self.told_to_go_on(method, **more)
            kinds = [set(update["message"]) & {"migrate_to_chat_id", "migrate_from_chat_id"}
                     for update in self.news() if "message" in update]
            self.assertEqual(kinds, [{"migrate_to_chat_id"}, {"migrate_from_chat_id"}])
            self.assertTrue(self.call("sendMessage", chat_id=new, text="a")["ok"])
            self.assertEqual(self.told_to_go_on(method, **more), new)

    def test_what_goes_along_and_what_stays(self):
        self.simulator.control("migrate", {"chat": self.group})
        new = self.told_to_go_on("sendChatAction", action="typing")
        bob = self.member(self.bob, new)
        self.assertEqual((bob["status"], bob["can_pin_messages"], bob["can_invite_users"]),
                         ("administrator", False, True))
        self.assertEqual(self.call("getChatMember", chat_id=new, user_id=42)["result"]["status"],
                         "administrator")
        self.assertTrue(self.call("getChat", chat_id=self.group)["ok"],
                        "the group can still be looked at")
        self.cannot(self.bob, "say", self.group, reason="the group has become a supergroup")
        self.bob.says("here", new)
        self.does("banChatMember", self.carl, new)
        self.assertEqual(self.status(self.carl, new), "kicked", "and bans are bans")

    def test_a_button_of_the_group(self):
        keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
        sent = self.call("sendMessage", chat_id=self.group, text="?",
                         reply_markup=keyboard)["result"]
        self.simulator.control("migrate", {"chat": self.group, "before": "editMessageText"})
        pressed = self.simulator.control("press", {"from": self.bob.id, "chat": self.group,
                                                   "button": "Yes",
                                                   "message_id": sent["message_id"]})
        self.told_to_go_on("editMessageText", message_id=sent["message_id"], text="b")
        self.assertTrue(self.call("answerCallbackQuery",
                                  callback_query_id=pressed["query_id"])["ok"])

    def test_it_can_be_planned_once(self):
        url = self.simulator.url + "/control/migrate"
        self.assertEqual(request(url, {"chat": self.group, "before": "sendNothing"})[0], 400)
        self.assertEqual(request(url, {"chat": self.group, "before": "sendMessage"})[0], 200)
        self.assertEqual(request(url, {"chat": self.group, "before": "sendMessage"})[0], 400)
        self.assertEqual(request(url, {"chat": self.chat})[0], 400, "a supergroup stays one")


class DeedTest(RightsTest):
    """POST /control/… for each deed of a person."""

    def do(self, name, **fields):
        return self.simulator.control(name, fields)

    def no(self, name, reason, **fields):
        status, answer = request(f"{self.simulator.url}/control/{name}", fields)
        self.assertEqual((status, answer["error"]), (400, reason))

    def test_each_kind_has_a_name_of_its_own(self):
        listed = self.simulator.control("")
        kinds = [name for name, text in listed.items() if text == "do with this kind"]
        self.assertGreaterEqual(set(kinds), {"photo", "leave", "pin", "inline_query"})
        for kind in ("photo", "sticker", "voice", "dice", "title", "leave", "inline_query"):
            self.assertIn(kind, kinds)
            answer = self.do(kind, **{"from": self.bob.id, "chat": self.chat, "caption": "x"})
            self.assertIn("update_id", answer, kind)
        self.assertEqual(request(self.simulator.url + "/control/dance", {})[0], 404)

    def test_people_are_let_in_and_removed_by_those_who_may(self):
        self.promote_bot()
        self.news()
        dora = self.simulator.person("Dora")
        self.do("invite", **{"from": self.bob.id, "chat": self.chat, "person": dora.id})
        told = self.news()
        self.assertEqual(told[0]["chat_member"]["from"]["id"], self.bob.id)
        self.assertEqual([told[1]["message"]["from"]["id"],
                          told[1]["message"]["new_chat_members"][0]["id"]],
                         [self.bob.id, dora.id])
        right = "\"from\" has not the right"
        self.no("remove", right, **{"from": self.bob.id, "chat": self.chat, "person": dora.id})
        self.no("remove", "nobody removes the owner",
                **{"from": self.owner.id, "chat": self.chat, "person": self.owner.id})
        self.do("remove", **{"from": self.owner.id, "chat": self.chat, "person": dora.id,
                             "for": "2h"})
        self.assertEqual(self.member(dora)["until_date"], self.now() + 7200)
        self.assertEqual(self.news()[1]["message"]["left_chat_member"]["id"], dora.id)
        self.no("invite", "this person is banned from the chat",
                **{"from": self.bob.id, "chat": self.chat, "person": dora.id})
        self.after("3h")
        self.do("invite", **{"from": self.bob.id, "chat": self.chat, "person": dora.id})
        self.assertEqual(self.status(dora), "member")

    def test_messages_are_deleted_by_their_authors_and_administrators(self):
        first = self.bob.says("a", self.chat).message_id
        second = self.bob.says("b", self.chat).message_id
        self.no("delete", "this person may not delete that message",
                **{"from": self.carl.id, "chat": self.chat, "message_id": first})
        self.do("delete", **{"from": self.bob.id, "chat": self.chat, "message_id": first})
        self.do("delete", **{"from": self.owner.id, "chat": self.chat, "message_id": second})
        for message in (first, second):
            self.no("delete", "there is no such message",
                    **{"from": self.bob.id, "chat": self.chat, "message_id": message})

    def test_a_restriction_outlasts_leaving_and_coming_back(self):
        self.promote_bot()
        self.does("restrictChatMember", self.bob, permissions={})
        self.bob.does("leave", self.chat)
        self.assertIs(self.member(self.bob)["is_member"], False)
        self.bob.does("join", self.chat)
        self.assertEqual(self.status(self.bob), "restricted")
        self.cannot(self.bob, "say")
        self.bob.does("leave", self.chat)
        link = self.call("createChatInviteLink", chat_id=self.chat)["result"]["invite_link"]
        self.do("join", **{"from": self.bob.id, "link": link})
        self.assertEqual(self.status(self.bob), "restricted", "by a link, too")


if __name__ == "__main__":
    unittest.main()
