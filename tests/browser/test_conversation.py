"""The golden conversation of what was done in the page: playing it passes."""

from browser import BrowserTest, play


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
        self.page.press(".inline-keys button", "Ping")
        self.page.message("see whether the bot is awake")
        self.page.say("/id")
        self.page.message(str(self.alice.id))
        self.check("alice: /ping hello", "bot: pong hello", "alice presses: Português (Brasil)", "bot shows: Português (Brasil)",
                   "bot edits: Aqui respondo em <b>Português (Brasil)</b>.")
