"""Links to posts of sites that are left to programs, with stand-ins for these programs, inside real
walls: they obey, lie, flood, fork, hang, and ask for what nobody may have."""

import io
import os
import unittest

from PIL import Image

from korone import BIN, Korone, wait_for
from web_host import WebHost

TROUBLE = "I could not get the media of this link: "
# Both programs. What they do is the last part of the address; they say what no option may change.
PROGRAM = '''#!/usr/bin/python3
import json, os, socket, sys

options, end, address = sys.argv[1:-2], sys.argv[-2], sys.argv[-1]
what = address.rstrip("/").rsplit("/", 1)[1]
is_video = any("--use-extractors" == option for option in options)
lists = "--simulate" in options or "--resolve-json" in options
if end != "--" or "--ignore-config" not in options or not address.startswith("https://www.instagram.com/"):
    sys.exit(1)


def leave(name, text):
    with open(name, "wb") as file:
        file.write(text)


def asked(name, port):
    """What the proxy says to it."""
    proxy = socket.create_connection(("127.0.0.1", 3128), 10)
    proxy.sendall(f"CONNECT {name}:{port} HTTP/1.1\\r\\nHost: {name}\\r\\n\\r\\n".encode())
    return proxy.recv(100).split()[1].decode()


def reached(name, port):
    """Without the proxy."""
    try:
        socket.create_connection((name, port), 2).close()
        return "reached"
    except OSError:
        return "not"


def opened(path):
    try:
        return len(os.listdir(path)) if os.path.isdir(path) else len(open(path).read())
    except OSError:
        return "not"


def say(text):
    print(json.dumps({"format_id": "hd", "uploader": "Ada", "channel": "ada", "description": text, "width": 320,
                      "height": 240, "duration": 1}))


if not is_video and what == "album":
    if lists:
        print(json.dumps([[2, {"fullname": "Ada", "username": "ada", "description": "Two"}],
                          [3, "https://a.cdninstagram.com/1.jpg", {}], [3, "https://a.cdninstagram.com/2.jpg", {}]]))
    else:
        leave("output.jpg", PICTURE)
elif not is_video:
    print(json.dumps([["HttpError", "what it has to say is for nobody"]]))
elif what == "flood":
    while True:
        sys.stdout.write("x" * 65536)
elif what == "fork":
    for _ in range(300):
        if os.fork() == 0:
            break
    while True:
        pass
elif what == "hang":
    while True:
        pass
elif what == "private" and lists:
    private = [asked("127.0.0.1", PORT), asked("169.254.169.254", 80), asked("localhost", PORT), asked("[::1]", PORT),
               asked("example.org", 443)]
    say(f"{private} {reached('127.0.0.1', PORT)} {reached('169.254.169.254', 80)} {opened('/etc/passwd')} "
        f"{opened('/proc/self/environ')} {sorted(key for key in os.environ if 'KORONE' in key or 'TOKEN' in key)}")
elif what == "memory":
    held = bytearray(3 << 30)
elif lists:
    say("A film")
elif what == "lie":
    leave("output.mp4", b"<html>no film at all</html>")
elif what == "link":
    os.symlink("/etc/passwd", "output.mp4")
elif what == "nothing":
    pass
else:
    leave("output.mp4", b"\\0\\0\\0\\x18ftypisom" + bytes(64))
'''


def picture():
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG")
    return out.getvalue()


class PostLinksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.leave_root()
        for name in ("yt-dlp", "gallery-dl"):
            path = f"{cls.korone.dir}/stand-in-{name}"
            with open(path, "w") as file:
                file.write(PROGRAM.replace("PORT", str(cls.korone.simulator.port)).replace("PICTURE", repr(picture())))
            os.chmod(path, 0o755)
            cls.korone.pool.environment["KORONE_" + name.replace("-", "_").upper()] = path
        cls.korone.start()

    def says(self, *whats):
        """Each in a private chat of its own, all at once; what the bot does in these chats."""
        waiting = {}
        for what in whats:
            person = self.korone.person(what.capitalize())
            waiting[person.id] = what
            person.says(f"https://www.instagram.com/{'p' if what == 'album' else 'reel'}/{what}")
        done = {}
        while waiting:
            call = self.korone.bot.does(lambda call: call["chat_id"] in waiting and call["method"].startswith("send"),
                                        f"answer {waiting}", 60)
            done[waiting.pop(call["chat_id"])] = call
        return done

    def test_those_that_obey(self):
        done = self.says("obey", "album", "private")
        self.assertEqual({what: call["method"] for what, call in done.items()},
                         {"obey": "sendVideo", "album": "sendMediaGroup", "private": "sendVideo"})
        self.assertIn("A film", done["obey"]["parameters"]["caption"])
        # Whoever asks for what is private is told nothing, and finds nothing.
        self.assertIn("['403', '403', '403', '403', '403'] not not not not []", done["private"]["parameters"]["caption"])

    def test_those_that_do_not(self):
        """The one that hangs takes the half minute that it has; the others are done beside it."""
        done = self.says("hang", "lie", "flood", "fork", "memory", "link", "nothing")
        said = {what: call["text"] for what, call in done.items()}
        self.assertEqual({what: text.startswith(TROUBLE) for what, text in said.items()}, dict.fromkeys(said, True))
        self.assertIn("neither a picture nor a video", said["lie"])
        self.assertIn("did not work", said["link"])
        self.assertIn("did not work", said["nothing"])
        for text in said.values():
            self.assertNotIn("for nobody", text)
        self.assertEqual(os.listdir(f"{self.korone.environment['KORONE_STATE_DIR']}/worker/programs"), [])

    def sent(self, person, method):
        return [call for call in self.korone.bot.history() if (call["chat_id"], call["method"]) == (person.id, method)]

    def test_a_pool_that_is_killed_while_it_sends(self):
        """Nobody knows whether it arrived: it is not sent again, and the person is told."""
        person = self.korone.person("Lise")
        self.korone.simulator.control("faults", {
            "method": "sendVideo", "mode": "slow", "chat": person.id, "delay_ms": 60000})
        person.says("https://www.instagram.com/reel/killed")
        wait_for(lambda: self.sent(person, "sendVideo"), 20, "it is being sent")
        self.korone.pool.kill()
        self.korone.simulator.control("faults", {"clear": True})
        self.korone.pool.start()
        self.korone.bot.says_something("did not say whether they arrived", chat=person.id, timeout=30)
        self.assertEqual(len(self.sent(person, "sendVideo")), 1)

    def test_nothing_is_sent_that_nobody_could_remember(self):
        """While Redis is away the job waits."""
        person = self.korone.person("Emmy")
        self.korone.stores.stop_redis()
        person.says("https://www.instagram.com/reel/later")
        wait_for(lambda: "busy" in str(self.korone.stores.query("SELECT counts FROM jobs")), 30, "it waits")
        self.assertEqual(self.sent(person, "sendVideo"), [])
        self.korone.stores.start_redis()
        self.korone.bot.does(lambda call: (call["chat_id"], call["method"]) == (person.id, "sendVideo"), "send it", 30)


class HostileHostTest(unittest.TestCase):
    """What is asked about posts of X, and what it says where their files are, behaves in every bad way."""

    @classmethod
    def setUpClass(cls):
        cls.web = WebHost("127.0.0.1", "127.0.0.2")
        cls.addClassCleanup(cls.web.close)
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = os.path.join(BIN, "../tests/korone-worker-posts")  # its modules: modules/posts.c
        cls.korone.pool.environment.update(
            LD_PRELOAD=os.path.join(BIN, "../tests/names.so"), KORONE_FETCH_ALLOW=f"127.0.0.1:{cls.web.port}",
            TEST_PORT=str(cls.web.port), TEST_NAMES="good.test=127.0.0.1 private.test=127.0.0.2")
        cls.korone.start()

    def answers(self, posts):
        """Of people who each write a link to one of these, by its number."""
        self.web.posts.update(posts)
        waiting = {}
        for number in posts:
            person = self.korone.person(f"P{number}")
            waiting[person.id] = number
            person.says(f"https://x.com/ada/status/{number}")
        done = {}
        while waiting:
            call = self.korone.bot.does(lambda call: call["chat_id"] in waiting and call["method"].startswith("send"),
                                        f"answer {waiting}", 60)
            done[waiting.pop(call["chat_id"])] = call
        return done

    def post(self, *paths):
        return {"status": {"url": "https://x.com/ada/status/1", "author": {"name": "Ada", "screen_name": "ada"}, "text": "A post",
                           "media": {"all": [{"type": "photo", "url": self.web.url("good.test", path)} for path in paths]}}}

    def test_what_is_no_answer_is_said_once(self):
        done = self.answers({"1": "page", "2": "deep", "3": "endless", "4": "redirect", "5": "status", "6": "short", "7": "bomb"})
        for number, call in done.items():
            self.assertTrue(call["text"].startswith(TROUBLE), (number, call["text"]))
        self.assertEqual({call["text"].removeprefix(TROUBLE) for number, call in done.items() if number in "1235"},
                         {"good.test has a problem right now. Please try again later.", "The answer of good.test is too large."})
        self.assertEqual(self.web.paths("127.0.0.2"), [], "nobody was led to another address")

    def test_files_that_are_none_are_left_out(self):
        self.web.posts["900"] = picture()
        private = f"/redirect?to={self.web.url('private.test', '/json')}"
        bad = ["/page", "/endless", private, "/status?code=404", "/short", "/bytes?count=1024"]
        done = self.answers({"10": self.post(*bad, "/post?number=900"), "11": self.post(*bad)})
        self.assertEqual(done["10"]["method"], "sendPhoto")
        self.assertIn("A post", done["10"]["parameters"]["caption"])
        self.assertTrue(done["11"]["text"].startswith(TROUBLE), done["11"]["text"])
        self.assertEqual(self.web.paths("127.0.0.2"), [], "nobody was led to another address")


if __name__ == "__main__":
    unittest.main()
