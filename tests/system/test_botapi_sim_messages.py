"""What bots do with messages in the simulator: other contents, copies, edits, deletions, pins,
polls, reactions, topics."""

import unittest

from sim_case import SimCase, png

DAY = 86400
NOT_MODIFIED = ("Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message")


class GroupCase(SimCase):
    def setUp(self):
        super().setUp()
        self.bob = self.simulator.person("Bob")
        self.group = self.simulator.chat("Group", members=[self.ann, self.bob])

    def promote(self, chat=None, **rights):
        self.simulator.control("member", {"chat": chat or self.group, "bot": True, "by": self.ann.id,
                                          "status": "administrator", **rights})
        self.updates()

    def later(self, seconds):
        self.simulator.control("clock", {"advance_s": seconds})

    def send(self, text="a", chat=None, **more):
        return self.result("sendMessage", chat_id=chat or self.group, text=text, **more)


class ContentTest(GroupCase):
    def test_places(self):
        """Location.cpp in TDLib; sendLocation, sendVenue"""
        sent = self.result("sendLocation", chat_id=self.group, latitude=1.5, longitude=-2,
                           live_period=60, heading=90)
        self.assertEqual(sent["location"], {"latitude": 1.5, "longitude": -2, "live_period": 60,
                                            "heading": 90})
        place = {"chat_id": self.group, "latitude": 1, "longitude": 2}
        for wrong, text in (
                ({"latitude": ""}, "latitude is empty"), ({"longitude": ""}, "longitude is empty"),
                ({"latitude": 91}, "invalid location specified"),
                ({"live_period": 59}, "wrong live location period specified"),
                ({"live_period": 86401}, "wrong live location period specified"),
                ({"heading": 361}, "wrong live location heading specified"),
                ({"proximity_alert_radius": 100001},
                 "wrong live location proximity alert radius specified")):
            self.refused("sendLocation", 400, "Bad Request: " + text, **{**place, **wrong})
        live = {"chat_id": self.group, "message_id": sent["message_id"]}
        moved = self.result("editMessageLiveLocation", latitude=3, longitude=4, **live)
        self.assertEqual(moved["location"], {"latitude": 3, "longitude": 4, "live_period": 60})
        self.refused("editMessageLiveLocation", 400, NOT_MODIFIED, latitude=3, longitude=4, **live)
        self.assertNotIn("live_period", self.result("stopMessageLiveLocation", **live)["location"])
        self.refused("stopMessageLiveLocation", 400, "Bad Request: message can't be edited", **live)
        venue = self.result("sendVenue", title="ä", address="b", foursquare_id="c", **place)
        self.assertEqual(venue["venue"], {"location": {"latitude": 1, "longitude": 2}, "title": "ä",
                                          "address": "b", "foursquare_id": "c"})

    def test_contacts_and_dice(self):
        contact = self.result("sendContact", chat_id=self.group, phone_number="+1", first_name="A")
        self.assertEqual(contact["contact"], {"phone_number": "+1", "first_name": "A"})
        self.refused("sendContact", 400, 'Bad Request: parameter "first_name" is required',
                     chat_id=self.group, phone_number="+1")
        for emoji, highest in (("🎲", 6), ("🏀", 5), ("🎰", 64)):
            values = {self.result("sendDice", chat_id=self.group, emoji=emoji)["dice"]["value"]
                      for _ in range(20)}
            self.assertLessEqual(values, set(range(1, highest + 1)))
        self.refused("sendDice", 400, "Bad Request: EMOTICON_INVALID", chat_id=self.group,
                     emoji="🐈")

    def test_a_reply_may_quote_and_may_be_to_another_chat(self):
        """ReplyParameters"""
        other = self.simulator.chat("Other", members=[self.ann])
        first = self.send("one two")
        reply = self.send(reply_parameters={"message_id": first["message_id"], "quote": "two"})
        self.assertEqual(reply["quote"]["text"], "two")
        self.assertEqual(reply["reply_to_message"]["text"], "one two")
        away = self.send(chat=other, reply_parameters={"message_id": first["message_id"],
                                                       "chat_id": self.group})
        self.assertEqual((away["external_reply"]["message_id"], away.get("reply_to_message")),
                         (first["message_id"], None))
        self.assertIn("QUOTE_TEXT_INVALID", self.call(
            "sendMessage", chat_id=self.group, text="a", reply_parameters={
                "message_id": first["message_id"], "quote": "three"})["description"])


class CopyTest(GroupCase):
    def test_forwards_tell_whose_it_was_and_copies_do_not(self):
        said = self.bob.says("hello <b>", self.group)
        source = {"from_chat_id": self.group, "message_id": said.message_id}
        forward = self.result("forwardMessage", chat_id=self.ann.id, **source)
        self.assertEqual((forward["text"], forward["forward_origin"]["sender_user"]["id"]),
                         ("hello <b>", self.bob.id))
        again = self.result("forwardMessage", chat_id=self.group, from_chat_id=self.ann.id,
                            message_id=forward["message_id"])
        self.assertEqual(again["forward_origin"], forward["forward_origin"])
        copy = self.result("copyMessage", chat_id=self.ann.id, **source)
        self.assertEqual(list(copy), ["message_id"])
        message = self.simulator.control(f"message?chat={self.ann.id}&message_id="
                                         f"{copy['message_id']}")["message"]
        self.assertEqual((message["text"], message.get("forward_origin")), ("hello <b>", None))

    def test_a_copy_may_have_another_caption(self):
        sent = self.upload("sendPhoto", {"photo": ("p", png(9, 9))}, chat_id=self.group,
                           caption="one")[1]["result"]
        for caption, wanted in ((None, "one"), ("two", "two"), ("", None)):
            more = {} if caption is None else {"caption": caption}
            copy = self.result("copyMessage", chat_id=self.group, from_chat_id=self.group,
                               message_id=sent["message_id"], **more)
            message = self.simulator.control(f"message?chat={self.group}&message_id="
                                             f"{copy['message_id']}")["message"]
            self.assertEqual((message.get("caption"), message["photo"]), (wanted, sent["photo"]))

    def test_many_at_once(self):
        """forwardMessages: what is not found is skipped, albums stay albums, ids ascend strictly"""
        album = self.upload("sendMediaGroup", {"p": ("p", png(9, 9))}, chat_id=self.group, media=[
            {"type": "photo", "media": "attach://p"}] * 2)[1]["result"]
        ids = [message["message_id"] for message in album]
        for method in ("forwardMessages", "copyMessages"):
            sent = self.result(method, chat_id=self.group, from_chat_id=self.group,
                               message_ids=[*ids, 999999])
            self.assertEqual(len(sent), 2)
            groups = {self.simulator.control(f"message?chat={self.group}&message_id="
                                             f"{one['message_id']}")["message"]["media_group_id"]
                      for one in sent}
            self.assertEqual(len(groups), 1)
            self.assertNotEqual(groups, {album[0]["media_group_id"]})
            for wrong, text in (
                    ([999999], "there are no messages to forward"),
                    (ids[::-1], "message identifiers must be in a strictly increasing order"),
                    ([], "message identifiers are not specified"),
                    ({"a": 1}, "expected an Array of message identifiers"),
                    (list(range(1, 102)), "too many message identifiers specified"),
                    ([0], "invalid message identifier specified"),
                    ([True], "message identifier must be a Number")):
                self.refused(method, 400, "Bad Request: " + text, chat_id=self.group,
                             from_chat_id=self.group, message_ids=wrong)

    def test_what_can_not_be_copied(self):
        protected = self.send(protect_content=True)
        self.assertTrue(protected["has_protected_content"])
        self.promote()
        self.result("pinChatMessage", chat_id=self.group, message_id=protected["message_id"])
        service = self.updates()[-1]["message"]
        for method, verb in (("forwardMessage", "forwarded"), ("copyMessage", "copied")):
            self.refused(method, 400, "Bad Request: message has protected content and can't be "
                         "forwarded", chat_id=self.group, from_chat_id=self.group,
                         message_id=protected["message_id"])
            self.refused(method, 400, f"Bad Request: the message can't be {verb}",
                         chat_id=self.group, from_chat_id=self.group,
                         message_id=service["message_id"])
        joined = self.simulator.person("Eve").does("join", self.group)
        self.refused("copyMessage", 400, "Bad Request: the message can't be copied",
                     chat_id=self.group, from_chat_id=self.group, message_id=joined.message_id)
        self.refused("copyMessage", 400, "Bad Request: message to copy not found",
                     chat_id=self.group, from_chat_id=self.group, message_id=99999)
        self.refused("forwardMessage", 400, "Bad Request: message to forward not found",
                     chat_id=self.group, from_chat_id=self.group, message_id=99999)


class EditTest(GroupCase):
    def test_texts_captions_and_media_are_edited_by_their_own_methods(self):
        text = {"chat_id": self.group, "message_id": self.send()["message_id"]}
        sent = self.upload("sendPhoto", {"photo": ("p", png(9, 9))}, chat_id=self.group)[1]["result"]
        photo = {"chat_id": self.group, "message_id": sent["message_id"]}
        self.refused("editMessageText", 400, "Bad Request: there is no text in the message to edit",
                     text="b", **photo)
        self.refused("editMessageCaption", 400,
                     "Bad Request: there is no caption in the message to edit", caption="b", **text)
        self.assertEqual(self.result("editMessageCaption", caption="<b>b</b>", parse_mode="HTML",
                                     **photo)["caption_entities"][0]["type"], "bold")
        edited = self.upload("editMessageMedia", {"d": ("d.txt", b"new")}, media={
            "type": "document", "media": "attach://d", "caption": "c"}, **photo)[1]["result"]
        self.assertEqual((edited["document"]["file_size"], edited["caption"], edited.get("photo")),
                         (3, "c", None))
        self.refused("editMessageMedia", 400, NOT_MODIFIED, media={
            "type": "document", "media": edited["document"]["file_id"], "caption": "c"}, **photo)
        self.refused("editMessageMedia", 400, "Bad Request: can't parse InputMedia: media not found",
                     media={"type": "photo"}, **photo)
        self.refused("editMessageMedia", 400,
                     "Bad Request: can't parse input media JSON object", media="{", **photo)


class DeleteTest(GroupCase):
    def delete(self, message_id, chat=None):
        return self.call("deleteMessage", chat_id=chat or self.group, message_id=message_id)["ok"]

    def test_own_messages_for_48_hours_others_as_an_administrator(self):
        own, others = self.send()["message_id"], self.bob.says("a", self.group).message_id
        self.assertFalse(self.delete(others))
        self.assertTrue(self.delete(own))
        self.assertFalse(self.delete(own), "it is gone")
        self.promote()
        self.assertTrue(self.delete(others))
        old = self.send()["message_id"]
        self.later(2 * DAY + 1)
        self.refused("deleteMessage", 400, "Bad Request: message can't be deleted",
                     chat_id=self.group, message_id=old)
        self.refused("deleteMessage", 400, "Bad Request: message to delete not found",
                     chat_id=self.group, message_id=own)

    def test_in_private_chats_also_what_people_wrote(self):
        self.assertTrue(self.delete(self.ann.says("a").message_id, self.ann.id))

    def test_dice_in_private_chats_only_after_24_hours(self):
        dice = self.result("sendDice", chat_id=self.ann.id)["message_id"]
        self.assertFalse(self.delete(dice, self.ann.id))
        self.later(DAY + 1)
        self.assertTrue(self.delete(dice, self.ann.id))

    def test_many_at_once_skip_what_can_not_be(self):
        own, others = self.send()["message_id"], self.bob.says("a", self.group).message_id
        self.result("deleteMessages", chat_id=self.group, message_ids=[own, others, 99999])
        self.promote()
        self.assertEqual((self.delete(own), self.delete(others)), (False, True))
        self.refused("deleteMessages", 400, "Bad Request: too many message identifiers specified",
                     chat_id=self.group, message_ids=list(range(1, 102)))


class PinTest(GroupCase):
    def test_pins_are_told_and_need_the_right(self):
        """need_skip_update_message in the Bot API server: also what the bot pinned itself"""
        self.simulator.control("member", {"chat": self.group, "bot": True, "status": "restricted"})
        said = self.bob.says("a", self.group).message_id
        pin = {"chat_id": self.group, "message_id": said}
        self.refused("pinChatMessage", 400, "Bad Request: not enough rights to manage pinned "
                     "messages in the chat", **pin)
        self.promote()
        self.result("pinChatMessage", **pin)
        service = self.updates()[-1]["message"]
        self.assertEqual(service["pinned_message"]["message_id"], said)
        self.assertEqual(service["from"]["username"], "korone_sim_bot")
        self.result("pinChatMessage", **pin)
        self.assertEqual(self.updates(), [], "it was pinned already")
        self.result("unpinChatMessage", chat_id=self.group)
        self.refused("unpinChatMessage", 400, "Bad Request: message to unpin not found",
                     chat_id=self.group)
        self.refused("pinChatMessage", 400, "Bad Request: message to pin not found",
                     chat_id=self.group, message_id=99999)
        self.result("unpinAllChatMessages", chat_id=self.group)


class PollOfBotTest(GroupCase):
    def poll(self, **more):
        return self.call("sendPoll", **{"chat_id": self.group, "question": "Q", "is_anonymous": False,
                                        "options": ["a", {"text": "b"}], **more})

    def vote(self, person, message, *options):
        return self.simulator.control("vote", {
            "from": person.id, "chat": self.group, "message_id": message["message_id"],
            "options": list(options)})

    def test_votes_are_told_and_counted(self):
        message = self.poll()["result"]
        self.updates("poll", "poll_answer")
        self.vote(self.bob, message, 1)
        answer, poll = self.updates()
        self.assertEqual((answer["poll_answer"]["option_ids"],
                          answer["poll_answer"]["user"]["id"]), ([1], self.bob.id))
        self.assertEqual(poll["poll"]["total_voter_count"], 1)
        self.vote(self.bob, message)
        self.assertEqual(self.updates()[0]["poll_answer"]["option_ids"], [])
        with self.assertRaises(AssertionError):
            self.vote(self.bob, message, 0, 1)
        closed = self.result("stopPoll", chat_id=self.group, message_id=message["message_id"])
        self.assertEqual((closed["is_closed"], closed["total_voter_count"]), (True, 0))
        self.refused("stopPoll", 400, "Bad Request: poll can't be stopped", chat_id=self.group,
                     message_id=message["message_id"])
        self.refused("stopPoll", 400, "Bad Request: message is not a poll", chat_id=self.group,
                     message_id=self.send()["message_id"])

    def test_an_anonymous_poll_has_no_answers_and_a_quiz_no_second_vote(self):
        message = self.poll(is_anonymous=True, type="quiz", correct_option_ids=[1],
                            explanation="<i>e</i>", explanation_parse_mode="HTML")["result"]
        self.assertEqual((message["poll"]["correct_option_ids"], message["poll"]["explanation"]),
                         ([1], "e"))
        self.updates("poll", "poll_answer")
        self.vote(self.bob, message, 0)
        self.assertEqual([list(update) for update in self.updates()], [["poll"]])
        with self.assertRaises(AssertionError):
            self.vote(self.bob, message, 1)

    def test_a_poll_ends_at_its_time(self):
        message = self.poll(open_period=10)["result"]
        self.later(11)
        with self.assertRaises(AssertionError):
            self.vote(self.bob, message, 0)

    def test_what_is_refused(self):
        """PollOption.cpp and PollManager.cpp in TDLib; sendPoll"""
        for more, text in (
                ({"question": ""}, "text must be non-empty"),
                ({"question": "q" * 301}, "poll question length must not exceed 300"),
                ({"options": []}, "poll must have at least one answer option"),
                ({"options": ["a"] * 13}, "poll can't have more than 12 options"),
                ({"options": "a"}, "can't parse options JSON object"),
                ({"options": [1]}, "expected an option to be of type String"),
                ({"options": ["a" * 101]}, "poll options length must not exceed 100"),
                ({"type": "guess"}, "unsupported poll type specified"),
                ({"type": "quiz"}, "correct quiz option list must be non-empty"),
                ({"type": "quiz", "correct_option_ids": [1, 0]},
                 "correct quiz option list must be increasing"),
                ({"type": "quiz", "correct_option_ids": [0], "explanation": "a\n\n\nb"},
                 "message is too long")):
            self.assertEqual(self.poll(**more).get("description"), "Bad Request: " + text)
        channel = self.simulator.chat("News", "channel")
        self.assertEqual(self.poll(chat_id=channel)["description"], "Bad Request: non-anonymous "
                         "polls can't be sent to channel chats")


class ReactionTest(GroupCase):
    def react(self, message_id, reaction, chat=None, **more):
        return self.simulator.control("react", {"from": self.bob.id, "chat": chat or self.group,
                                                "message_id": message_id, "reaction": reaction,
                                                **more})

    def test_reactions_are_told_to_administrators(self):
        message_id = self.send()["message_id"]
        self.updates("message_reaction", "message_reaction_count")
        self.react(message_id, "👍")
        self.assertEqual(self.updates(), [], "the bot is no administrator")
        self.promote()
        self.react(message_id, "👎")
        told = self.updates()[-1]["message_reaction"]
        self.assertEqual((told["old_reaction"][0]["emoji"], told["new_reaction"][0]["emoji"]),
                         ("👍", "👎"))
        self.react(message_id, [], anonymous=True)
        self.assertEqual(self.updates()[-1]["message_reaction"]["actor_chat"]["id"], self.group)

    def test_in_channels_they_are_counted(self):
        channel = self.simulator.chat("News", "channel")
        message_id = self.result("sendMessage", chat_id=channel, text="a")["message_id"]
        self.updates("message_reaction_count")
        self.react(message_id, "👍", chat=channel)
        counts = self.updates()[-1]["message_reaction_count"]["reactions"]
        self.assertEqual(counts, [{"type": {"type": "emoji", "emoji": "👍"}, "total_count": 1}])

    def test_the_bot_reacts_with_one_of_the_emoji(self):
        message_id = self.send()["message_id"]
        def react(*reactions, **more):
            return self.call("setMessageReaction", **{
                "chat_id": self.group, "message_id": message_id,
                "reaction": [{"type": "emoji", "emoji": one} for one in reactions], **more})
        self.assertTrue(react("👍")["ok"])
        for answer, text in (
                (react("🦄🦄"), "REACTION_INVALID"), (react("👍", "👎"), "REACTIONS_TOO_MANY"),
                (react("👍", message_id=9999), "message to react not found"),
                (react(reaction=[{"type": "x"}]),
                 "can't parse ReactionType: invalid reaction type specified"),
                (react(reaction="{"), "can't parse reaction types JSON object")):
            self.assertEqual(answer.get("description"), "Bad Request: " + text)

    def test_an_administrator_takes_reactions_away(self):
        message_id = self.send()["message_id"]
        self.react(message_id, "👍")
        call = {"chat_id": self.group, "user_id": self.bob.id}
        self.refused("deleteMessageReaction", 400, "Bad Request: CHAT_ADMIN_REQUIRED",
                     message_id=message_id, **call)
        self.promote()
        self.updates("message_reaction")
        for method, more in (("deleteMessageReaction", {"message_id": message_id}),
                             ("deleteAllMessageReactions", {})):
            self.react(message_id, "👍")
            self.result(method, **call, **more)
            self.react(message_id, "👍")
            self.assertEqual(self.updates()[-1]["message_reaction"]["old_reaction"], [])


class TopicTest(GroupCase):
    def setUp(self):
        super().setUp()
        self.forum = self.simulator.chat("Forum", members=[self.ann, self.bob], forum=True)

    def test_topics_are_made_changed_closed_and_deleted(self):
        self.promote(self.forum)
        topic = self.result("createForumTopic", chat_id=self.forum, name="News", icon_color=13338331)
        self.assertEqual((topic["name"], topic["icon_color"]), ("News", 13338331))
        told = self.updates()[-1]["message"]
        self.assertEqual((told["forum_topic_created"]["name"], told["message_thread_id"],
                          told["is_topic_message"]), ("News", topic["message_thread_id"], True))
        of_topic = {"chat_id": self.forum, "message_thread_id": topic["message_thread_id"]}
        sent = self.result("sendMessage", text="a", **of_topic)
        self.result("editForumTopic", name="Old", **of_topic)
        self.assertEqual(self.updates()[-1]["message"]["forum_topic_edited"], {"name": "Old"})
        self.refused("editForumTopic", 400, "Bad Request: TOPIC_NOT_MODIFIED", name="Old",
                     **of_topic)
        for method in ("closeForumTopic", "reopenForumTopic"):
            self.result(method, **of_topic)
            self.refused(method, 400, "Bad Request: TOPIC_NOT_MODIFIED", **of_topic)
        self.result("unpinAllForumTopicMessages", **of_topic)
        self.result("deleteForumTopic", **of_topic)
        self.refused("sendMessage", 400, "Bad Request: message thread not found", text="a",
                     **of_topic)
        self.refused("deleteMessage", 400, "Bad Request: message to delete not found",
                     chat_id=self.forum, message_id=sent["message_id"])

    def test_the_general_topic(self):
        self.promote(self.forum)
        for method, told in (("closeGeneralForumTopic", "forum_topic_closed"),
                             ("reopenGeneralForumTopic", "forum_topic_reopened"),
                             ("hideGeneralForumTopic", "general_forum_topic_hidden"),
                             ("unhideGeneralForumTopic", "general_forum_topic_unhidden")):
            self.result(method, chat_id=self.forum)
            self.assertIn(told, self.updates()[-1]["message"])
            self.refused(method, 400, "Bad Request: TOPIC_NOT_MODIFIED", chat_id=self.forum)
        self.result("editGeneralForumTopic", chat_id=self.forum, name="All")

    def test_what_is_refused(self):
        """ForumTopicManager.cpp in TDLib"""
        self.refused("createForumTopic", 400, "Bad Request: the chat is not a forum",
                     chat_id=self.group, name="a")
        self.refused("editForumTopic", 400, "Bad Request: not enough rights to edit the topic",
                     chat_id=self.forum, message_thread_id=2, name="a")
        self.refused("closeForumTopic", 400, "Bad Request: not enough rights to close or open the "
                     "topic", chat_id=self.forum, message_thread_id=2)
        self.promote(self.forum)
        self.refused("createForumTopic", 400, "Bad Request: TOPIC_TITLE_EMPTY", chat_id=self.forum)
        self.refused("createForumTopic", 400, "Bad Request: TOPIC_ICON_COLOR_INVALID",
                     chat_id=self.forum, name="a", icon_color=5)
        self.refused("editForumTopic", 400, "Bad Request: message thread not found",
                     chat_id=self.forum, message_thread_id=77, name="a")


if __name__ == "__main__":
    unittest.main()
