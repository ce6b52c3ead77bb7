"""Conversations as people have them, in a browser."""

import json
import os
import struct
import tempfile
import urllib.request
import zlib

from browser import BrowserTest, By, Keys, wait_for


def picture(width, height):
    """A PNG that a browser can show (RFC 2083)."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"".join(bytes((x * 7 % 256, y * 9 % 256, 160)) for x in range(width)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class ChatTest(BrowserTest):
    def test_a_conversation_as_in_the_readme(self):
        self.page.say("/ping hello")
        self.page.message("pong hello")
        self.assertEqual(self.page.find("#write").get_property("value"), "")

    def test_buttons_edits_and_toasts(self):
        self.page.say("/language")
        self.page.message("Here I answer in")
        self.page.press(".inline-keys button", "Português")
        self.page.message("Aqui respondo em Português")
        self.page.find("#toasts p", "Português")
        self.page.press(".inline-keys button", "English")
        self.page.message("Here I answer in English")
        self.page.find(".bubble .meta", "edited")

    def test_a_photo_is_sent_and_seen(self):
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(picture(32, 24))
            file.flush()
            os.chmod(file.name, 0o644)
            self.page.type("my photo")
            self.page.attach("Photo…", file.name)
            self.page.message("my photo")
        image = self.page.find(".bubble .picture img")
        self.page.wait(lambda: image.get_property("naturalWidth") == 32, "it is the one that was sent")

    def test_one_changes_answers_reacts_to_and_takes_away_what_one_wrote(self):
        self.page.say("first words")
        self.page.menu("first words", "Edit")
        field = self.page.find("#write")
        self.assertEqual(field.get_property("value"), "first words")
        field.send_keys(Keys.CONTROL, "a")
        self.page.say("better words")
        self.page.message("better words")
        self.page.menu("better words", "Reply")
        self.page.say("an answer")
        self.page.find(".bubble .reply", "better words")
        self.page.menu("better words", "React", "🎉")
        self.page.find(".reactions button", "🎉 1")
        self.page.press(".reactions button", "🎉 1")
        self.page.wait(lambda: not self.page.all(".reactions button"), "the reaction is gone")
        self.page.menu("better words", "Delete")
        self.page.wait(lambda: "better words" not in [
            self.page.text_of(e) for e in self.page.all(".bubble > .text")], "the message is gone")

    def test_what_one_writes_is_formatted(self):
        self.page.say("**bold** __italic__ `code <b>` ||covered|| [site](https://example.org/)")
        bubble = self.page.message("bold italic code <b>")
        for selector, text in (("strong", "bold"), ("em", "italic"), ("code", "code <b>"), (".spoiler", "covered")):
            self.assertEqual(self.page.text_of(bubble.find_element(By.CSS_SELECTOR, selector)), text)
        link = bubble.find_element(By.CSS_SELECTOR, "a")
        self.assertEqual((link.get_attribute("href"), link.get_attribute("rel")),
                         ("https://example.org/", "noopener noreferrer"))

    def test_commands_complete_themselves_in_the_language_of_who_types(self):
        wait_for(lambda: self.simulator.statistics()["calls"].get("setMyCommands"), 20, "the bot told its commands")
        self.page.type("/pin")
        self.page.press("#offers button", "/ping")
        self.assertEqual(self.page.find("#write").get_property("value"), "/ping ")
        self.page.find("#write").send_keys(Keys.CONTROL, "a", Keys.DELETE)

    def test_a_deep_link_is_followed(self):
        self.page.press("#head")
        self.page.press("#panel button", "Follow a deep link")
        self.page.dialog(payload="help")
        self.page.message("/start help")
        self.page.press("#panel header button")

    def test_the_raw_update_and_its_calls_are_a_click_away(self):
        self.page.say("/ping raw")
        self.page.message("pong raw")
        self.page.menu("/ping raw", "Raw form")
        panel = self.page.find("#panel .body", "sendMessage")
        self.page.press("#panel button", "Look again")
        text = self.page.text_of(self.page.find("#panel .body", "sendMessage"))
        for part in ('"text": "/ping raw"', "Received by the bot", "pong raw", "ms after it was sent"):
            self.assertIn(part, text)
        self.page.press("#panel header button")
        del panel

    def test_a_crash_comes_with_its_reference(self):
        self.page.say("/op_crash segv")
        self.page.message("Reference:")
        self.page.say("/ping after")
        self.page.message("pong after")

    def test_the_clock_is_moved_and_faults_are_switched(self):
        self.page.press("#tools")
        self.page.press("#panel button", "+ 1d")
        self.page.find("#toasts p", "1d passed")
        self.page.press("#panel .choice", "Telegram answers 500")
        wait_for(lambda: self.page.find("#panel .choice", "None"), 5, "the tools")
        self.page.press("#panel .choice", "None")
        self.page.press("#panel header button")
        self.page.say("/ping well")
        self.page.message("pong well")


class GroupTest(BrowserTest):
    def setUp(self):
        self.name = f"Bob of {self.id().rsplit('.', 1)[1][:30]}"
        self.bob = self.korone.person(self.name, language="pt-br")
        self.group = self.korone.chat("Friends", members=[self.alice, self.bob], bot="administrator")
        super().setUp()
        self.page.open(self.group, self.alice.id)

    def test_two_people_talk_to_the_bot_in_a_group(self):
        self.page.say("/ping one")
        self.page.message("pong one")
        self.page.become(self.name)
        self.page.say("/ping two")
        self.page.message("pong two")
        own = [self.page.text_of(e) for e in self.page.all(".row.mine .text")]
        self.assertEqual(own, ["/ping two"], "each sees their own at their side")
        self.page.find(".bubble .name", "Alice")
        self.page.find(".bubble .name", "owner")

    def test_one_leaves_joins_and_is_promoted(self):
        self.page.press("#head")
        self.page.press("#panel .members button[aria-label*=Bob]")
        self.page.press(".menu button", "Promote")
        self.page.dialog("Promote")
        self.page.find("#panel .members li", "administrator")
        self.page.find("#panel .members li", "delete messages")
        self.page.press("#panel header button")
        self.page.become(self.name)
        self.page.press("#head")
        self.page.press("#panel .members button[aria-label*=Bob]")
        self.page.press(".menu button", "Leave")
        self.page.message("left the group")
        self.page.press("#panel header button")
        self.page.press("#bottom button", "Join")
        self.page.message("joined the group")
        self.page.find("#write")

    def test_an_ephemeral_message_is_seen_by_one_only(self):
        self.simulator.call("sendMessage", {"chat_id": self.group, "text": "only for one",
                                            "ephemeral_message_parameters": {"receiver_user_id": self.bob.id}})
        self.simulator.call("sendMessage", {"chat_id": self.group, "text": "for all"})
        self.page.message("for all")
        self.assertNotIn("only for one", self.page.text_of(self.page.find("#messages")))
        self.page.become(self.name)
        self.page.message("only for one")
        self.page.find(".bubble .only", "Only you")

    def test_keys_stand_in_place_of_the_keyboard(self):
        self.simulator.call("sendMessage", {"chat_id": self.group, "text": "choose", "reply_markup": {
            "keyboard": [[{"text": "Tea"}, {"text": "Coffee"}]]}})
        self.page.press(".keys button", "Tea")
        self.page.find(".row.mine .text", "Tea")
        self.simulator.call("sendMessage", {"chat_id": self.group, "text": "done", "reply_markup": {"remove_keyboard": True}})
        self.page.wait(lambda: not self.page.all(".keys button"), "the keys are gone")

    def test_polls_are_voted_in(self):
        self.simulator.call("sendPoll", {"chat_id": self.group, "question": "Tea?", "options": [{"text": "Yes"}, {"text": "No"}],
                                         "is_anonymous": False})
        self.page.press(".poll .option", "Yes")
        self.page.find(".poll .option", "100%")
        self.page.find(".poll", "1 vote")

    def test_chats_and_people_are_made(self):
        self.page.press("#new")
        self.page.press(".menu button", "A new person")
        self.page.dialog(first_name="Zoë", language="de")
        self.page.find("#me", "Zoë")
        self.page.press("#new")
        self.page.press(".menu button", "A new group")
        self.page.dialog(title="Reading", type="forum")
        self.page.find("#head", "Reading")
        self.page.press("#topics button", "Help")
        self.page.say("/ping topic")
        self.page.message("pong topic")

    def test_messages_are_forwarded(self):
        self.page.say("pass this on")
        self.page.menu("pass this on", "Forward")
        self.page.pick("CKorone", "Forward")
        self.page.chat("CKorone")
        self.page.find(".bubble .forward", "Forwarded from Alice")


class VoiceTest(BrowserTest):
    """With a microphone that beeps, of Chromium's own."""

    browser_options = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")

    def record(self):
        self.page.press("[aria-label='Record a voice message']")
        self.page.find("#recording [role=timer]", "0:01")

    def test_a_voice_message_is_recorded_and_played(self):
        self.record()
        self.axe()
        self.page.press("[aria-label='Send the voice message']")
        self.page.find("#messages .sound audio")
        self.page.wait(lambda: self.driver.execute_script("return document.querySelector('#messages audio').duration") > 0.5, "it can be played")
        voice = self.simulator.call("getFile", {"file_id": self.voice()["file_id"]})[1]["result"]
        self.assertTrue(voice["file_path"].endswith(".oga"))
        self.assertEqual(self.voice()["mime_type"], "audio/ogg")
        self.assertGreaterEqual(self.voice()["duration"], 1)
        self.page.find("#write")
        self.assertRegex(self.page.conversation(), r"alice sends voice \(\d+ B, \d+s\)")

    def voice(self):
        with urllib.request.urlopen(f"{self.simulator.url}/page/history?chat={self.alice.id}&count=9", timeout=10) as answer:
            return next(item["message"]["voice"] for item in json.load(answer)["messages"] if "voice" in item["message"])

    def test_it_can_be_thrown_away(self):
        before = self.simulator.statistics()["updates"]["pushed"]
        self.record()
        self.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.page.find("#write")
        self.assertEqual(self.page.all("#recording"), [])
        self.assertEqual(self.simulator.statistics()["updates"]["pushed"], before)


class NoMicrophoneTest(BrowserTest):
    def test_it_is_said(self):
        self.page.press("[aria-label='Record a voice message']")
        self.page.find("#toasts", "no microphone")
        self.page.find("#write")
