"""What the page must bear: hostile texts, small screens, night, keyboards, screen readers, losses,
many messages, and other pages."""

import contextlib
import http.server
import os
import signal
import socket
import threading

from browser import BrowserTest, By, Keys, start_driver

HOSTILE = [
    "<img src=x onerror=alert(1)>", "<script>document.title='owned'</script>", "\u202egnp.exe", "a" * 3000,
    "\"><svg onload=alert(1)>", "javascript:alert(1)", "Z̸̢̛a̶̧̕l̷̨̛g̸o" * 20, "&lt;b&gt;", "${alert(1)}{{7*7}}",
]


class HostileTest(BrowserTest):
    def test_names_and_texts_are_only_text(self):
        for i, text in enumerate(HOSTILE):
            person = self.korone.person(text[:60], last_name=text[:60], username=f"hostile{i}")
            group = self.korone.chat(text[:120], members=[person, self.alice], bot="administrator")
            person.says(text, chat=group)
            person.does("document", chat=group, caption=text[:1000])
            self.simulator.call("sendMessage", {"chat_id": group, "text": text, "reply_markup": {"inline_keyboard": [[
                {"text": text[:60], "callback_data": "x"}, {"text": "Go", "url": "https://example.org/" + text[:20].encode().hex()}]]}})
            self.page.open(group, self.alice.id)
            self.page.wait(lambda: len(self.page.all("#messages .bubble")) >= 2, "the messages are shown")
            self.page.press("#head")
            self.page.press("#panel header button")
        self.assertEqual(self.driver.execute_script("return document.querySelectorAll('script').length"), 1)
        self.assertEqual(self.page.all("#messages svg, #messages script, #messages iframe, [onerror], [onload]"), [])
        self.assertNotEqual(self.driver.title, "owned")

    def test_a_link_of_a_bot_leads_only_to_the_web(self):
        self.simulator.call("sendMessage", {"chat_id": self.alice.id, "text": "link", "entities": [
            {"type": "text_link", "offset": 0, "length": 4, "url": "javascript:alert(1)"}]})
        bubble = self.page.message("link")
        self.assertEqual(bubble.find_elements(By.CSS_SELECTOR, "a[href^=javascript]"), [])

    def test_a_long_name_does_not_move_the_page(self):
        self.assertFalse(self.driver.execute_script(
            "return document.documentElement.scrollWidth > innerWidth"))


class OtherPageTest(BrowserTest):
    """Pages of others in the same browser."""

    def setUp(self):
        super().setUp()
        handler = http.server.SimpleHTTPRequestHandler
        page = b"<!doctype html><title>hostile</title>"

        class Hostile(handler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def ask(self, script):
        return self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1], url = arguments[0];" + script, self.simulator.url)

    def test_a_page_on_another_port_reaches_nothing(self):
        before = self.simulator.statistics()["updates"]["pushed"]
        self.driver.get(f"http://127.0.0.1:{self.server.server_port}/")
        for script in (
                "fetch(url + '/control/people').then((r) => done(r.status), () => done('refused'))",
                f"fetch(url + '/control/say', {{ method: 'POST', mode: 'no-cors', body: JSON.stringify({{ from: {self.alice.id}, text: 'owned' }}) }})"
                ".then((r) => done(r.type === 'opaque' ? 'refused' : r.status), () => done('refused'))",
                "const s = new EventSource(url + '/page/stream?chat=0'); s.onmessage = () => done('heard'); s.onerror = () => done('refused')",
                "const i = new Image(); i.onload = () => done('loaded'); i.onerror = () => done('refused'); i.src = url + '/page/icon.svg'",
                "const f = document.createElement('iframe'); f.onload = () => { try { done(f.contentDocument ? 'opened' : 'refused') } catch { done('refused') } };"
                "f.src = url + '/'; document.body.append(f)",
                "import(url + '/page/state.js').then(() => done('loaded'), () => done('refused'))"):
            self.assertEqual(self.ask(script), "refused", script)
        self.assertEqual(self.simulator.statistics()["updates"]["pushed"], before, "nothing was said")
        self.page.console()  # what it was refused is told there

    def test_a_name_that_was_rebound_reaches_nothing(self):
        other = start_driver(self.directory + "/rebound", extra=["--host-resolver-rules=MAP rebound.example 127.0.0.1"])
        self.addCleanup(other.quit)
        other.get(f"http://rebound.example:{self.simulator.port}/")
        self.assertIn("Misdirected", other.page_source)
        self.assertNotIn("module", other.page_source)


class NarrowTest(BrowserTest):
    width, height = 360, 640

    def test_one_thing_at_a_time(self):
        self.page.say("/language")
        self.page.message("Here I answer in")
        self.assertFalse(self.driver.execute_script("return document.documentElement.scrollWidth > innerWidth"))
        self.axe()
        self.page.press("#back")
        self.page.find("#chats button", "CKorone")
        self.assertFalse(self.driver.find_element(By.ID, "chat").is_displayed())
        self.page.press("#chats button", "CKorone")
        self.page.find("#write")
        self.page.press("#head")
        self.page.find("#panel h2")
        self.page.press("#panel header button")


class DarkTest(BrowserTest):
    dark = True

    def test_it_is_dark_and_can_be_read(self):
        self.page.say("/language **bold**")
        self.page.say("/help")
        self.page.message("What I can do")
        back = self.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        self.assertLess(sum(int(part) for part in back[4:-1].split(",")), 200, back)
        self.axe()


class AccessTest(BrowserTest):
    def test_nobody_is_kept_from_it(self):
        self.axe()
        self.page.say("/help")
        self.page.message("What I can do")
        self.axe()
        self.page.menu("/help", "Raw form")
        self.page.find("#panel .body", "Update")
        self.axe()
        self.page.press("#panel header button")
        for opener in ("#tools", "#copy", "#head"):
            self.page.press(opener)
            self.page.find("#panel .body")
            self.axe()
            self.page.press("#panel header button")
        self.page.press("#me")
        self.axe()
        self.page.press(".menu button", "Be somebody else")
        self.axe()
        self.page.press("dialog button", "Cancel")

    def focused(self):
        return self.driver.execute_script("const e = document.activeElement; return e.id || e.textContent || e.ariaLabel")

    def keys(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def test_with_the_keyboard_alone(self):
        for _ in range(60):
            if self.focused() == "write":
                break
            self.keys(Keys.TAB)
        self.assertEqual(self.focused(), "write")
        self.keys("/language", Keys.ENTER)
        self.page.message("Here I answer in")
        self.keys(Keys.SHIFT, Keys.TAB)
        for _ in range(30):
            if "Português" in (self.focused() or ""):
                break
            self.keys(Keys.SHIFT, Keys.TAB)
        self.assertIn("Português", self.focused())
        self.keys(Keys.ENTER)
        self.page.message("Aqui respondo em")
        self.assertIn("Português", self.focused(), "the focus stays where it was when the message changes")
        self.driver.find_element(By.ID, "scroll").send_keys(Keys.ARROW_UP)
        self.keys(Keys.ENTER)
        self.page.find(".menu button", "Reply")
        self.keys(Keys.ENTER)
        self.assertEqual(self.focused(), "write")
        self.page.find(".context", "Reply")
        self.keys(Keys.ESCAPE)
        self.page.wait(lambda: not self.page.all(".context"), "the reply is off")


class ManyTest(BrowserTest):
    COUNT = 10_000

    def test_ten_thousand_messages_are_scrolled_through(self):
        for i in range(self.COUNT):
            self.alice.says(f"line {i}")
        self.page.open(self.alice.id, self.alice.id)
        self.page.message(f"line {self.COUNT - 1}")
        self.page.wait(self.scroll_up, "the first message", 120)
        self.assertLess(len(self.page.all("#messages > *")), 200, "only those near the view are in the document")
        self.page.press("#down")
        self.page.message(f"line {self.COUNT - 1}")

    def scroll_up(self):
        self.driver.execute_script("document.getElementById('scroll').scrollTop = 0")
        return any(self.page.text_of(e).startswith("line 0") for e in self.page.all("#messages .text"))


class EndTest(BrowserTest):
    """Where one is in a chat, and what stands above what."""

    def setUp(self):
        super().setUp()
        for i in range(40):
            self.alice.says(f"line {i}")
        self.page.message("line 39")
        self.driver.execute_script("document.getElementById('scroll').scrollTop = 0")
        self.page.wait(lambda: self.driver.find_element(By.ID, "down").is_displayed(), "the button that leads to the end")

    def distance(self):
        return self.driver.execute_script("const s = document.getElementById('scroll'); return s.scrollHeight - s.scrollTop - s.clientHeight")

    def test_what_one_says_is_seen(self):
        self.page.say("here I am")
        self.page.message("here I am")
        self.page.wait(lambda: self.distance() < 2, "the end of the chat")

    def test_the_end_stays_in_view_when_keys_and_pictures_come(self):
        self.page.press("#down")
        self.page.wait(lambda: self.distance() < 2, "the end of the chat")
        for kind in ("photo", "voice", "video"):
            self.alice.does(kind)
        self.simulator.call("sendMessage", {"chat_id": self.alice.id, "text": "Which one?", "reply_markup": {
            "keyboard": [[{"text": "One"}], [{"text": "Two"}]]}})
        self.page.find(".keys button", "Two")
        self.page.find(".picture.made-up", "Video")
        self.page.wait(lambda: self.distance() < 2, "the end of the chat")

    def test_the_button_to_the_end_covers_nothing(self):
        self.simulator.call("sendMessage", {"chat_id": self.alice.id, "text": "Which one?", "reply_markup": {
            "keyboard": [[{"text": "One"}], [{"text": "Two"}], [{"text": "Three"}]]}})
        self.page.find(".keys button", "Two")
        self.page.press("#head")
        self.page.find("#panel .body")
        bottoms, tops = self.driver.execute_script(
            "return [document.getElementById('down').getBoundingClientRect().bottom, document.getElementById('bottom').getBoundingClientRect().top]")
        self.assertLessEqual(bottoms, tops)


class Forwarder:
    """A port that leads to another one, and can be cut."""

    def __init__(self, target, port=0):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.open = []
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # cut
            server = socket.create_connection(("127.0.0.1", self.target))
            self.open += [client, server]
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=pair, daemon=True).start()

    def copy(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for end in self.open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class LossTest(BrowserTest):
    def test_a_lost_connection_is_shown_and_comes_back(self):
        line = Forwarder(self.simulator.port)
        self.page.url = f"http://127.0.0.1:{line.port}"
        self.page.open(self.alice.id, self.alice.id)
        self.page.say("/ping 1")
        self.page.message("pong 1")
        line.cut()
        self.page.find("#lost", "connection is lost")
        self.simulator.call("sendMessage", {"chat_id": self.alice.id, "text": "said meanwhile"})
        line = Forwarder(self.simulator.port, line.port)
        self.addCleanup(line.cut)
        self.page.message("said meanwhile")
        self.page.wait(lambda: not self.driver.find_element(By.ID, "lost").is_displayed(), "it is said no more")
        self.page.say("/ping 2")
        self.page.message("pong 2")

    def test_a_simulator_that_stands_still_is_noticed(self):
        os.kill(self.simulator.process.pid, signal.SIGSTOP)
        try:
            self.page.find("#lost", "connection is lost")
        finally:
            os.kill(self.simulator.process.pid, signal.SIGCONT)
        self.page.wait(lambda: not self.driver.find_element(By.ID, "lost").is_displayed(), "it is said no more")
