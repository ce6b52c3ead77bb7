"""The playground without a browser: what it serves, and to whom; tests/browser tries it in one."""

import glob
import http.client
import json
import os

from sim_case import SimCase, png, webm

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
PAGES = {name: sorted(path for path in glob.glob(f"{ROOT}/{name}/page/*") if not path.endswith(".md"))
         for name in ("simulator", "common/web", "koronectl")}


def recording(packets=50):
    """A second of Opus, as a browser's MediaRecorder writes it: sizes are not known when it begins."""
    def element(name, data):
        return bytes.fromhex(name) + (0x10000000 | len(data)).to_bytes(4, "big") + data

    head = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"
    track = element("ae", element("d7", b"\1") + element("83", b"\2") + element("86", b"A_OPUS") + element("63a2", head))
    unknown = b"\x01" + 7 * b"\xff"
    return (element("1a45dfa3", element("4282", b"webm")) + bytes.fromhex("18538067") + unknown + element("1654ae6b", track) +
            bytes.fromhex("1f43b675") + unknown + packets * element("a3", b"\x81\0\0\x80\x78xy"))


class PlaygroundCase(SimCase):
    def get(self, path, method="GET", body=None, **headers):
        """(status, headers, bytes)"""
        peer = http.client.HTTPConnection("127.0.0.1", self.simulator.port, timeout=10)
        self.addCleanup(peer.close)
        peer.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = peer.getresponse()
        return answer.status, answer.headers, answer.read()

    def json(self, path, **more):
        status, _, body = self.get(path, **more)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def stream(self, chat):
        """An open stream; .events() reads so many."""
        peer = http.client.HTTPConnection("127.0.0.1", self.simulator.port, timeout=10)
        self.addCleanup(peer.close)
        peer.request("GET", f"/page/stream?chat={chat}")
        answer = peer.getresponse()
        self.addCleanup(answer.close)
        return answer

    def next_of(self, stream, *wanted):
        """The name and data of the next event of one of the names."""
        name = None
        while True:
            line = stream.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: ") and name in wanted:
                return name, json.loads(line[6:])

    def event(self, stream, wanted):
        """The data of the next event of that name."""
        return self.next_of(stream, wanted)[1]


class AssetTest(PlaygroundCase):
    def files(self):
        return PAGES["simulator"] + PAGES["common/web"]

    def test_the_files_are_served_as_they_are(self):
        for path in self.files():
            name = os.path.basename(path)
            status, headers, body = self.get("/" if name == "index.html" else "/page/" + name)
            self.assertEqual(status, 200, name)
            with open(path, "rb") as file:
                self.assertEqual(body, file.read(), name)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            policy = headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertNotRegex(policy, r"https?:|\*|data:")

    def test_all_of_it_is_under_150_kb(self):
        """The system's page, too."""
        self.assertLess(sum(os.path.getsize(path) for files in PAGES.values() for path in files), 150_000)

    def test_nothing_makes_markup_of_texts_or_comes_from_elsewhere(self):
        for path in self.files() + PAGES["koronectl"]:
            with open(path) as file:
                text = file.read()
            self.assertNotRegex(text, r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|"
                                      r"createContextualFragment|DOMParser|srcdoc|\beval\b|new Function", path)
            self.assertNotRegex(text, r"(?:src|href|from|import)\s*[=(]?\s*[\"'](?:https?:)?//", path)
            if path.endswith(".html"):
                self.assertNotRegex(text, r"<script(?![^>]*src=)|\son\w+=|\sstyle=|<style", path)

    def test_only_get_and_nothing_else_is_there(self):
        self.assertEqual(self.get("/", "POST")[0], 405)
        self.assertEqual(self.get("/page/none.js")[0], 404)
        self.assertEqual(self.get("/page/../simulator/sim.h")[0], 404)
        self.assertEqual(self.get("/page/upload?kind=photo")[0], 405)

    def test_without_scripts_there_is_a_plain_page(self):
        bob = self.simulator.person("<b>Bob</b> & \u202eevil", last_name="\"x\"")
        bob.says("<script>alert(1)</script>")
        status, headers, body = self.get(f"/page/plain?chat={bob.id}")
        text = body.decode()
        self.assertEqual(status, 200)
        self.assertNotIn("script-src", headers["Content-Security-Policy"])
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", text)
        self.assertIn("<bdi>&lt;b&gt;Bob&lt;/b&gt; &amp; \u202eevil</bdi>", text)
        self.assertNotIn("<script", text)
        self.assertIn(f"/page/plain?chat={bob.id}", self.get("/page/plain")[2].decode())


class OtherPagesTest(PlaygroundCase):
    """A page on another port, or under a name that its owner points here, reaches nothing."""

    def test_no_page_of_another_origin_gets_or_does_anything(self):
        for path, method in (("/", "GET"), ("/page/stream?chat=1", "GET"), ("/page/main.js", "GET"),
                             ("/page/upload?kind=photo", "POST"), ("/control/say", "POST")):
            for headers in ({"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}, {"Sec_Fetch_Site": "same-site"},
                            {"Sec_Fetch_Site": "cross-site"}):
                self.assertEqual(self.get(path, method, b"x" if method == "POST" else None, **headers)[0], 403, (path, headers))
            self.assertEqual(self.get(path, method, Host="rebound.example")[0], 421, path)


class StreamTest(PlaygroundCase):
    def test_it_begins_with_all_there_is(self):
        stream = self.stream(self.ann.id)
        self.assertEqual(stream.headers["Content-Type"], "text/event-stream")
        world = self.event(stream, "world")
        self.assertIn(self.ann.id, [person["id"] for person in world["people"]])
        hello = self.event(stream, "hello")
        self.assertEqual([item["message"]["text"] for item in hello["messages"]], ["/start"])
        self.assertFalse(hello["more"])
        self.assertIn("now_s", self.event(stream, "clock"))

    def test_messages_edits_reactions_and_deletions_come_live(self):
        stream = self.stream(self.ann.id)
        self.event(stream, "hello")
        sent = self.result("sendMessage", chat_id=self.ann.id, text="<b>one</b>", parse_mode="HTML",
                           reply_markup={"inline_keyboard": [[{"text": "Go", "callback_data": "x"}]]})
        item = self.event(stream, "message")
        self.assertEqual((item["id"], item["message"]["text"], item["by_bot"]), (sent["message_id"], "one", True))
        self.assertEqual(item["message"]["entities"][0]["type"], "bold")
        self.result("editMessageText", chat_id=self.ann.id, message_id=sent["message_id"], text="two")
        self.assertEqual(self.event(stream, "message")["message"]["text"], "two")
        self.simulator.control("react", {"from": self.ann.id, "message_id": sent["message_id"], "reaction": "👍"})
        self.assertEqual(self.event(stream, "message")["reactions"],
                         [{"actor": self.ann.id, "list": [{"type": "emoji", "emoji": "👍"}]}])
        self.result("deleteMessage", chat_id=self.ann.id, message_id=sent["message_id"])
        self.assertEqual(self.event(stream, "gone")["id"], sent["message_id"])

    def test_other_chats_tell_their_last_message(self):
        bob = self.simulator.person("Bob")
        stream = self.stream(self.ann.id)
        self.event(stream, "hello")
        bob.says("over here")
        last = self.event(stream, "last")
        self.assertEqual((last["id"], last["from"], last["text"]), (bob.id, "Bob", "over here"))

    def test_the_members_are_told_before_the_message_about_them(self):
        bob = self.simulator.person("Bob")
        group = self.simulator.chat("Friends", members=[self.ann, bob], bot="administrator")
        stream = self.stream(group)
        self.event(stream, "hello")
        for _ in range(3):
            for deed, there in (("leave", False), ("join", True)):
                bob.does(deed, chat=group)
                name, chat = self.next_of(stream, "chat", "message")
                self.assertEqual(name, "chat")
                self.assertEqual(bob.id in [member["user"]["id"] for member in chat["members"]
                                            if member["status"] != "left"], there)
                self.assertIn("left_chat_member" if deed == "leave" else "new_chat_members",
                              self.event(stream, "message")["message"])

    def test_keyboards_and_ephemeral_messages_say_whose_they_are(self):
        group = self.simulator.chat("Friends", members=[self.ann], bot="administrator")
        stream = self.stream(group)
        self.event(stream, "hello")
        self.result("sendMessage", chat_id=group, text="keys", reply_markup={"keyboard": [[{"text": "A\nB"}]]})
        self.assertEqual(json.loads(self.event(stream, "message")["keyboard"])["keyboard"][0][0]["text"], "A\nB")
        self.result("sendMessage", chat_id=group, text="psst",
                    ephemeral_message_parameters={"receiver_user_id": self.ann.id})
        self.assertEqual(self.event(stream, "message")["receiver"], self.ann.id)

    def test_the_ninth_page_is_told(self):
        streams = [self.stream(self.ann.id) for _ in range(8)]
        for stream in streams:
            self.event(stream, "hello")
        status, _, body = self.get("/page/stream?chat=1")
        self.assertEqual(status, 503)
        self.assertIn("8 pages are open", json.loads(body)["error"])

    def test_a_reset_begins_anew(self):
        stream = self.stream(self.ann.id)
        self.event(stream, "hello")
        self.simulator.control("reset", {"seed": 5})
        self.assertNotIn("messages", self.event(stream, "hello"))


class HistoryTest(PlaygroundCase):
    def test_older_messages_come_in_parts(self):
        for i in range(30):
            self.ann.says(f"line {i}")
        answer = self.json(f"/page/history?chat={self.ann.id}&count=10")
        self.assertEqual([item["message"]["text"] for item in answer["messages"]], [f"line {i}" for i in range(20, 30)])
        self.assertTrue(answer["more"])
        before = answer["messages"][0]["index"]
        answer = self.json(f"/page/history?chat={self.ann.id}&count=200&before={before}")
        self.assertEqual(answer["messages"][-1]["message"]["text"], "line 19")
        self.assertFalse(answer["more"])
        self.assertEqual(self.get("/page/history?chat=404")[0], 404)

    def test_an_update_is_traced_with_its_times_and_calls(self):
        said = self.ann.says("/ping 1")
        self.updates()
        sent = self.result("sendMessage", chat_id=self.ann.id, text="pong 1")
        self.updates()
        trace = self.json(f"/page/trace?chat={self.ann.id}&message_id={said.message_id}")
        self.assertEqual((trace["update_id"], trace["update"]["message"]["text"]), (said.update_id, "/ping 1"))
        self.assertLessEqual(trace["made_us"], trace["delivered_us"])
        self.assertLessEqual(trace["delivered_us"], trace["confirmed_us"])
        self.assertEqual([(call["method"], call["parameters"]["text"]) for call in trace["calls"]], [("sendMessage", "pong 1")])
        self.assertEqual(self.json(f"/page/trace?chat={self.ann.id}&message_id={sent['message_id']}")["update_id"], said.update_id)


class DeedTest(PlaygroundCase):
    def test_what_people_write_may_be_formatted(self):
        said = self.ann.says("<b>bold</b> &amp; /help", html=True)
        message = self.updates()[0]["message"]
        self.assertEqual(message["text"], "bold & /help")
        self.assertEqual([entity["type"] for entity in message["entities"]], ["bold", "bot_command"])
        shown = self.json(f"/page/history?chat={self.ann.id}&count=1")["messages"][0]["message"]
        self.assertEqual((shown["message_id"], shown["entities"]), (said.message_id, message["entities"]))

    def test_a_reply_is_kept_with_what_it_answers(self):
        first = self.ann.says("question")
        self.ann.says("answer", reply_to=first.message_id)
        item = self.json(f"/page/history?chat={self.ann.id}&count=1")["messages"][0]
        self.assertEqual((item["reply"]["message_id"], item["reply"]["text"]), (first.message_id, "question"))

    def test_a_photo_goes_up_to_the_bot_and_back(self):
        picture = png(40, 30)
        file_id = self.json("/page/upload?kind=photo", method="POST", body=picture)["file_id"]
        self.ann.does("photo", file=file_id, caption="look")
        message = self.updates()[0]["message"]
        self.assertEqual([(size["file_id"], size["width"], size["height"]) for size in message["photo"]], [(file_id, 40, 30)])
        self.assertEqual(self.download(self.result("getFile", file_id=file_id)["file_path"]), picture)
        status, headers, body = self.get(f"/page/file?id={file_id}")
        self.assertEqual((status, headers["Content-Type"], body), (200, "image/png", picture))
        self.assertIn("sandbox", headers["Content-Security-Policy"])

    def test_what_a_browser_could_run_is_only_saved(self):
        for content in (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<!doctype html><script>1</script>"):
            file_id = self.json("/page/upload?kind=document", method="POST", body=content)["file_id"]
            _, headers, _ = self.get(f"/page/file?id={file_id}")
            self.assertEqual((headers["Content-Type"], headers["Content-Disposition"], headers["X-Content-Type-Options"]),
                             ("application/octet-stream", "attachment", "nosniff"))
        self.assertEqual(self.get("/page/upload?kind=photo", "POST", content)[0], 400)
        self.assertEqual(self.get("/page/upload?kind=none", "POST", b"x")[0], 400)
        self.assertEqual(self.get("/page/upload?kind=photo", "POST", b"")[0], 400)
        self.assertEqual(self.get("/page/file?id=none")[0], 404)

    def test_a_file_is_sent_as_what_it_was_uploaded_for(self):
        file_id = self.json("/page/upload?kind=photo", method="POST", body=png(4, 4))["file_id"]
        voice = {"from": self.ann.id, "kind": "voice", "file": file_id}
        status, _, body = self.get("/control/do", "POST", json.dumps(voice))
        self.assertEqual(status, 400, body)

    def test_a_voice_message_is_what_telegram_takes_as_one(self):
        for content, mime, extension in ((b"ID3\4" + bytes(60), "audio/mpeg", "mp3"), (b"\0\0\0\x20ftypM4A " + bytes(60), "audio/mp4", "m4a"),
                                         (recording(), "audio/ogg", "oga")):
            file_id = self.json("/page/upload?kind=voice", method="POST", body=content)["file_id"]
            self.ann.does("voice", file=file_id, file_name="blob")
            voice = self.updates()[0]["message"]["voice"]
            self.assertEqual((voice["mime_type"], voice["duration"], sorted(voice)),
                             (mime, 1, ["duration", "file_id", "file_size", "file_unique_id", "mime_type"]))
            path = self.result("getFile", file_id=file_id)["file_path"]
            self.assertTrue(path.endswith("." + extension), path)
        self.assertEqual(self.download(path)[:4], b"OggS")
        for content in (b"RIFF\0\0\0\0WAVEfmt ", webm(), recording()[:60]):
            status, _, body = self.get("/page/upload?kind=voice", "POST", content)
            self.assertEqual(status, 400)
            self.assertIn("OGG with Opus, MP3 or M4A", json.loads(body)["error"])

    def test_messages_are_forwarded_with_their_origin(self):
        first = self.ann.says("news")
        group = self.simulator.chat("Friends", members=[self.ann])
        self.updates()
        self.simulator.control("forward", {"from": self.ann.id, "source": self.ann.id, "message_id": first.message_id, "chat": group})
        message = self.updates()[0]["message"]
        self.assertEqual((message["text"], message["chat"]["id"], message["forward_origin"]["sender_user"]["id"]), ("news", group, self.ann.id))

    def test_who_a_button_asked_for_is_shared(self):
        bob = self.simulator.person("Bob")
        group = self.simulator.chat("Friends", members=[self.ann])
        self.updates()
        self.simulator.control("share", {"from": self.ann.id, "request_id": 7, "people": [bob.id]})
        shared = self.updates()[0]["message"]["users_shared"]
        self.assertEqual((shared["request_id"], shared["users"]), (7, [{"user_id": bob.id, "first_name": "Bob"}]))
        self.simulator.control("share", {"from": self.ann.id, "request_id": 8, "shared": group})
        self.assertEqual(self.updates()[0]["message"]["chat_shared"], {"request_id": 8, "chat_id": group, "title": "Friends"})

    def test_service_messages_are_kept_with_what_they_tell(self):
        group = self.simulator.chat("Friends", members=[self.ann])
        self.ann.does("title", chat=group, caption="Better")
        item = self.json(f"/page/history?chat={group}&count=1")["messages"][0]
        self.assertEqual((item["service"], item["message"]["new_chat_title"]), (True, "Better"))
