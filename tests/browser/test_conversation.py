"""The golden conversation of what was done in the page: playing it passes."""

import os
import tempfile

from browser import BrowserTest, Keys, play
from korone import BIN

PAGE = os.path.join(BIN, "../tests/korone-worker-page")  # its module: tests/modules/examples_page.c


class ConversationTest(BrowserTest):
    def check(self, *lines):
        """The conversation has the lines and, played, gives what the bot did."""
        text = self.page.conversation()
        for line in lines:
            self.assertIn(line, text.replace("\n  | ", "⏎"))
        code, said = play(text)
        self.assertEqual(code, 0, f"{text}\n{said}")
        return text

    def test_texts_buttons_and_edits(self):
        self.page.say("/ping hello")
        self.page.message("pong hello")
        self.page.say("/language")
        self.page.message("Here I answer in")
        self.page.press(".inline-keys button", "Português")
        self.page.message("Aqui respondo em Português")
        self.page.press(".inline-keys button", "English")
        self.page.message("Here I answer in English")
        self.page.say("/help")
        self.page.message("What I can do")
        self.page.say("/id")
        self.page.message(str(self.alice.id))
        self.check("alice: /ping hello", "bot: pong hello", "alice presses: Português (Brasil)", "bot shows: Português (Brasil)",
                   "bot edits: Aqui respondo em <b>Português (Brasil)</b>.")


class KindsTest(BrowserTest):
    """Each kind of line, with a module that is something of each kind (tests/modules/examples_page.c)."""

    worker = PAGE

    def setUp(self):
        self.bob = self.korone.person(f"Bob{self.id()[-5:]}", language="en")
        self.group = self.korone.chat(f"Friends {self.id()[-12:]}", members=[self.alice, self.bob], bot="administrator")
        super().setUp()

    check = ConversationTest.check

    def modules(self, *lines):
        text = self.page.conversation()
        for line in lines:
            self.assertIn(line, text.replace("\n  | ", "⏎"))
        code, said = play("modules: page\n" + text)
        self.assertEqual(code, 0, f"{text}\n{said}")

    def test_what_the_bot_sends(self):
        self.page.say("/show_picture")
        self.page.message("Picture 1")
        self.page.press(".inline-keys button", "Next")
        self.page.message("Picture 2")
        self.page.press(".inline-keys button", "Tell me")
        self.page.find("dialog[open]", "It is a picture")
        self.page.press("dialog[open] button", "OK")
        self.page.say("/show_album")
        self.page.message("Two")
        self.page.say("/show_place")
        self.page.message("Café")
        self.page.say("/show_poll")
        self.page.press(".poll .option", "Tea")
        self.page.find(".poll", "1 vote")
        self.modules("bot sends photo https://example.org/1.jpg (silent, spoiler): Picture <b>1</b>⏎[Next] [Tell me]",
                     "bot edits photo", "bot alerts: It is a picture.", "bot sends photo https://example.org/1.jpg, photo",
                     "bot sends venue {", "bot sends poll: Tea or coffee?⏎- Tea⏎- Coffee", "alice votes: 0")

    def test_an_alert_that_overtakes_the_press_is_shown(self):
        self.page.say("/show_picture")
        self.page.message("Picture 1")
        # What the press became is told only when the bot's answer has come by the stream.
        self.driver.execute_script("""
            const real = window.fetch;
            window.fetch = async (url, ...more) => {
                const answer = await real(url, ...more);
                if (String(url).endsWith("/control/press"))
                    await new Promise((done) => setTimeout(done, 1000));
                return answer;
            };""")
        self.page.press(".inline-keys button", "Tell me")
        self.page.find("dialog[open]", "It is a picture")
        self.page.press("dialog[open] button", "OK")
        self.page.wait(lambda: not self.page.all("dialog[open]"), "it is told once")

    def test_questions_keys_and_lists_of_telegram(self):
        self.page.say("/show_question")
        self.page.message("What is your name?")
        self.page.menu("What is your name?", "Reply")
        self.page.say("Alice <i>")
        self.page.message("Hello, Alice <i>.")
        self.page.say("/show_keys")
        self.page.press(".keys button", "A group")
        self.page.pick("Friends", "Share")
        self.page.message("It is Friends")
        self.page.say("/show_keys")
        self.page.press(".keys button", "People")
        self.page.pick(f"Bob{self.id()[-5:]}", "Share")
        self.page.message(f"It is {self.bob.id}")
        self.modules("bot asks: What is your name?", "alice answers: Alice <i>", "alice picks \"Friends", "bot: It is 1002.", "{}")

    def test_payments(self):
        self.page.say("/show_tea")
        self.page.message("Tea")
        self.page.press(".inline-keys button", "Pay")
        self.page.message("Thank you, Alice.")
        self.modules("bot invoices: Tea: hot⏎Tea: 5 XTR", "alice is about to pay 5 XTR: tea", "bot takes the payment", "alice pays 5 XTR: tea")

    def test_inline_mode(self):
        self.page.type(f"@{self.simulator.call('getMe')[1]['result']['username']} mint")
        self.page.press("#offers button", "Tea")
        self.page.message("mint is hot")
        self.page.message("Alice took tea")
        self.modules("alice asks inline: mint", "bot offers: Tea - hot: <b>mint</b> is hot", "alice chooses: Tea", "bot: Alice took tea")

    def test_what_happens_to_messages(self):
        self.page.say("first **bold**")
        self.page.message("first bold")
        self.page.menu("first bold", "React", "👍")
        self.page.message("👍, and no more")
        self.page.menu("first bold", "React", "🎉")
        self.page.message("🎉, and no more 👍")
        self.page.menu("first bold", "Edit")
        self.page.find("#write").send_keys(Keys.CONTROL, "a")
        self.page.say("second\nline")
        self.page.message("You changed it to")
        self.page.press(".writer .round[aria-label=Attach]")
        self.page.press(".menu button", "A photo, made up")
        self.page.message("Something to see")
        self.page.press(".writer .round[aria-label=Attach]")
        self.page.press(".menu button", "Dice")
        self.page.find(".sticker.still", "🎲")
        self.page.say("pass on")
        self.page.menu("pass on", "Forward")
        self.page.pick("CKorone", "Forward")
        self.page.find(".bubble .forward", "Forwarded from Alice")
        self.modules("alice with {\"entities\": [", "alice reacts: 👍", "alice reacts instead of 👍: 🎉",
                     "alice edits: second⏎line", "alice sends photo", "alice sends dice", "alice forwards: pass on")

    def test_files(self):
        self.page.say("/show_list")
        self.page.message("A list")
        self.page.press(".inline-keys button", "Better")
        self.page.message("A better one")
        self.page.say("/show_noise")
        self.page.find(".file", "noise.bin")
        with tempfile.TemporaryDirectory() as directory:
            path = f"{directory}/notes.txt"
            with open(path, "w") as file:
                file.write("one\ntwo")
            os.chmod(directory, 0o755)
            self.page.attach("File…", path)
            self.page.message("one")
        self.modules("bot sends list.csv: A <i>list</i>⏎name,id⏎Alice,1001", "bot edits document better.csv: A better one",
                     "bot sends noise.bin:⏎(no text)", "file notes.txt holds: one⏎two", "alice sends document notes.txt (7 B)",
                     "bot sends document notes.txt: one")

    def test_deep_links(self):
        self.page.open(self.group, self.alice.id)
        self.page.say("/show_links")
        self.page.press(".inline-keys button", "By number")
        self.page.open_chat(self.alice.id)
        self.page.message("Alice is behind door 7.")
        self.page.open_chat(self.group)
        self.page.press(".inline-keys button", "By name")
        self.page.open_chat(self.alice.id)
        self.page.message("The gate is open.")
        self.modules("[By number -> https://t.me/korone_bot?start=…] [By name -> https://t.me/korone_bot?start=page_gate]",
                     "alice in \"Friends", "follows: By number", "follows: By name")

    def test_groups(self):
        self.page.open(self.group, self.alice.id)
        self.page.say("/show_whisper")
        self.page.message("Only you see this.")
        self.page.press("#head")
        self.page.press("#panel button", "Rename")
        self.page.dialog("Save", caption="Better")
        self.page.message("A new title.")
        self.page.press("#panel .members button[aria-label*=Bob]")
        self.page.press(".menu button", "Leave")
        self.page.message("is there: 0")
        self.page.press("#panel button", "Add people")
        self.page.pick(f"Bob{self.id()[-5:]}", "Add")
        self.page.message("is there: 1")
        self.page.press("#panel .members button[aria-label*=Bob]")
        self.page.press(".menu button", "Promote")
        self.page.dialog("Promote")
        self.page.find("#panel .members li", "administrator")
        self.page.press("#panel header button")
        self.modules("bot (only for 1001): Only you see this.", "causes new_chat_title: Better", "leaves", "adds", "promotes")

    def test_places_and_other_names(self):
        self.page.open(self.group, self.alice.id)
        self.bob.says("so bad", chat=self.group)
        self.page.message("so bad")
        self.page.menu("so bad", "Reply")
        self.page.say("not at all")
        self.page.find(".bubble .reply", "so bad")
        self.page.press("#as option", "as the group")
        self.page.say("in the name of all")
        self.page.message("in the name of all")
        for kind, title in (("channel", f"News {self.id()[-5:]}"), ("forum", f"Topics {self.id()[-5:]}")):
            self.page.press("#new")
            self.page.press(".menu button", "A new group")
            self.page.dialog(title=title, type=kind)
            self.page.find("#head", title)
            if kind == "forum":
                self.page.press("#topics button", "Help")
            self.page.say("hello")
            self.page.message("Posted: hello" if kind == "channel" else "hello")
        self.page.become(f"Bob{self.id()[-5:]}")
        self.page.press("#bottom button", "Ask to join")
        self.page.wait(lambda: self.simulator.control("requests")["requests"], "the request")
        self.page.become("Alice")
        self.page.open_chat(self.alice.id)
        self.page.press("#me")
        self.page.press(".menu button", "Block the bot")
        self.page.press("#bottom button", "Unblock")
        self.page.find("#write")
        self.page.press("#head")
        self.page.press("#panel button", "Follow a deep link")
        self.page.dialog(payload="thing")
        self.page.message("/start thing")
        self.page.press("#panel header button")
        self.page.press("#tools")
        self.page.press("#panel button", "+ 1h")
        self.page.press("#panel header button")
        name = f"bob{self.id()[-5:].lower()}"
        self.modules(f"to {name} whose {{\"text\": \"so bad\"}}: not at all", "in the name of all", "alice posts in \"News", "topic 9: hello",
                     f"{name} asks to join", "alice blocks the bot", "alice unblocks the bot", "alice: /start thing", "after 1h")
