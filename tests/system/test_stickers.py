"""Stickers through a whole bot: real pictures and videos, made by the real programs to fit what the
simulator takes, which is what Telegram documents."""

import fnmatch
import io
import os
import shutil
import subprocess
import unittest
import urllib.request

from PIL import Image

from korone import BIN, Korone, wait_for
from sim_case import multipart, png
from simulator import request
from test_privacy import PAGE, words


def picture(width, height):
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def film(source, seconds):
    """An MP4 with sound."""
    return subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine", "-t",
         str(seconds), "-c:v", "mpeg4", "-b:v", "9M", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-"],
        stdout=subprocess.PIPE, check=True, timeout=60).stdout


class StickersCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.korone = Korone({"KORONE_POOL_MIN": "1"}, start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.leave_root()
        cls.prepare(cls.korone.pool)
        cls.korone.start()

    @classmethod
    def prepare(cls, pool):
        """Puts korone-picture next to the worker, where it is not."""
        if not os.path.exists(os.path.dirname(pool.program) + "/korone-picture"):
            shutil.copy(BIN + "/korone-picture", os.path.dirname(pool.program))

    def setUp(self):
        self.bot = self.korone.bot
        self.alice, self.bob = self.person("Alice"), self.person("Bob")
        self.chat = self.korone.chat("Friends", members=[self.alice, self.bob])

    def person(self, name):
        """Somebody who has started the bot."""
        person = self.korone.person(name)
        person.says("/start")
        self.bot.does(lambda call: call["chat_id"] == person.id, "greet")
        return person

    def call(self, method, files=None, **fields):
        """A call like one of the bot."""
        body, content_type = multipart(fields, files or {})
        status, answer = request(f"{self.korone.simulator.url}/bot{self.korone.simulator.token}/{method}", body,
                                 content_type=content_type)
        self.assertEqual(status, 200, answer)
        return answer["result"]

    def upload(self, kind, data):
        """The file_id of a file that Telegram has from somewhere."""
        sent = self.call("send" + kind.capitalize(), {kind: ("file.bin", data)}, chat_id=self.bob.id)[kind]
        return (sent[-1] if kind == "photo" else sent)["file_id"]

    def shows(self, kind, data):
        """What Bob sends to the group."""
        return self.bob.does(kind, self.chat, file=self.upload(kind, data)).message_id

    def kang(self, message, words="", person=None):
        """Answers with the name of the pack."""
        (person or self.alice).says(f"/kang {words}", self.chat, reply_to=message)
        said = self.bot.does(lambda call: call["method"] == "sendMessage" and call["chat_id"] == self.chat
                             and "addstickers/" in str(call["parameters"].get("reply_markup")), "say where it is", 60)
        return str(said["parameters"]["reply_markup"]).split("addstickers/")[1].split('"')[0].split("'")[0]

    def pack(self, name):
        return self.call("getStickerSet", name=name)

    def download(self, sticker):
        path = self.call("getFile", file_id=sticker["file_id"])["file_path"]
        url = f"{self.korone.simulator.url}/file/bot{self.korone.simulator.token}/{path}"
        with urllib.request.urlopen(url) as answer:
            return answer.read()


class StickersTest(StickersCase):
    def test_a_photo_becomes_a_sticker(self):
        pack = self.pack(self.kang(self.shows("photo", picture(1200, 800)), "🐈 Cats & dogs"))
        self.assertEqual((pack["title"], pack["stickers"][0]["emoji"]), ("Cats & dogs", "🐈"))
        image = Image.open(io.BytesIO(self.download(pack["stickers"][0])))
        self.assertEqual((image.format, image.size), ("WEBP", (512, 341)))
        light = image.convert("L")
        self.assertGreater(light.getpixel((256, 335)), light.getpixel((256, 5)) + 150)

    def test_a_video_becomes_one_however_long_and_loud_it_is(self):
        """The simulator would take neither more than 3 seconds nor sound."""
        name = self.kang(self.shows("video", film("testsrc=s=640x360:r=60", 5)), "🎬")
        self.assertEqual(name, self.kang(self.shows("animation", film("life=s=300x400", 1)), "🎬"))
        # Noise, of which every picture takes what it can.
        self.assertEqual(name, self.kang(self.shows("video", film("testsrc=s=640x640,noise=alls=100:allf=t", 4)), "📺"))
        stickers = self.pack(name)["stickers"]
        self.assertEqual([(one["is_video"], one["emoji"]) for one in stickers], [(True, "🎬"), (True, "🎬"), (True, "📺")])
        for one in stickers:
            self.assertLessEqual(len(self.download(one)), 256000)

    def test_what_is_no_picture_is_said_to_be_none(self):
        self.alice.says("/kang", self.chat, reply_to=self.shows("animation", b"\0" * 5000))
        self.bot.says("This did not work.", self.chat, 60)

    def test_a_whole_pack_is_copied(self):
        name = f"many_by_{self.call('getMe')['username']}"
        sticker = {"sticker": "attach://f", "format": "static", "emoji_list": ["😀"]}
        self.call("createNewStickerSet", {"f": ("f", png(512, 512))}, user_id=self.bob.id, name=name, title="Many",
                  stickers=[sticker] * 50)
        for _ in range(15):
            self.call("addStickerToSet", {"f": ("f", png(512, 512))}, user_id=self.bob.id, name=name, sticker=sticker)
        message = self.bob.does("sticker", self.chat, file=self.pack(name)["stickers"][0]["file_id"]).message_id
        self.alice.says("/kangpack", self.chat, reply_to=message)
        done = self.bot.does(lambda call: call["method"] == "editMessageText" and "65 of 65" in call["text"], "copy all", 60)
        copy = str(done["parameters"]["reply_markup"]).split("addstickers/")[1].split('"')[0].split("'")[0]
        self.assertNotEqual(copy, name)
        self.assertEqual((self.pack(copy)["title"], len(self.pack(copy)["stickers"])), ("Many", 65))

    def test_packs_are_changed_by_their_owner_only(self):
        name = self.kang(self.shows("photo", picture(100, 100)), "Mine")
        sticker = self.pack(name)["stickers"][0]["file_id"]
        message = self.bob.does("sticker", self.chat, file=sticker).message_id
        self.bob.says("/delsticker", self.chat, reply_to=message)
        self.bot.says("That is none of the packs that I made for you.", self.chat)
        self.bob.says("/delpack Mine", self.chat)
        self.bot.says_something("You have no such pack", self.chat)
        self.assertEqual(len(self.pack(name)["stickers"]), 1)
        self.kang(self.shows("photo", picture(90, 90)))
        self.alice.says("/delsticker", self.chat, reply_to=message)
        self.bot.says_something("It is no longer in your pack", self.chat)
        self.assertEqual(len(self.pack(name)["stickers"]), 1)
        self.alice.says("/getsticker", self.chat, reply_to=message)
        sent = self.bot.does(lambda call: call["method"] == "sendDocument", "send it", 30)
        self.assertIn(str(sent["parameters"]["disable_content_type_detection"]).lower(), ("true", "1"))

    def test_whom_the_bot_has_not_met_follows_a_link(self):
        carla = self.korone.person("Carla")
        message = self.shows("photo", picture(100, 100))
        carla.says("/kang", self.chat, reply_to=message)
        said = self.bot.does(lambda call: call["method"] == "sendMessage"
                             and "start=stickers" in str(call["parameters"].get("reply_markup")), "show a link", 30)
        self.assertEqual(said["chat_id"], self.chat)
        self.korone.simulator.control("start", {"from": carla.id, "payload": "stickers"})
        self.bot.says_something("Hello, Carla", carla.id)
        self.assertEqual(self.pack(self.kang(message, person=carla))["title"], "Carla's stickers")

    def test_what_is_kept_is_what_privacy_md_says(self):
        listed = {(next(iter(words(row[0]))), next(iter(words(row[1])))) for row in PAGE["What people keep with a module"]}
        self.kang(self.shows("photo", picture(100, 100)), "Kept")
        kept = self.korone.stores.query("SELECT module, key FROM settings UNION SELECT module, key FROM entries")
        ours = {(module, key) for module, key in kept if module == "stickers"}
        self.assertTrue(ours)
        patterns = {(module, key.replace("…", "*")) for module, key in listed}
        for module, key in ours:
            self.assertTrue(any(module == of and fnmatch.fnmatch(key, pattern) for of, pattern in patterns), key)
        self.assertEqual({pattern for of, pattern in patterns if of == "stickers"}, {"pack", "pack/*"})
        # All of it is hers, and goes with her.
        self.alice.says("/forgetme")
        shown = self.bot.does(lambda call: call["chat_id"] == self.alice.id
                              and "Yes, erase it" in str(call["parameters"].get("reply_markup")), "ask")
        self.alice.act("press", None, message_id=shown["message_id"], button="Yes, erase it")
        wait_for(lambda: not self.korone.stores.query(
            "SELECT 1 FROM entries WHERE id = %s UNION SELECT 1 FROM settings WHERE id = %s", self.alice.id, self.alice.id),
            20, "nothing of hers is kept")


class WithoutProgramsTest(StickersCase):
    @classmethod
    def prepare(cls, pool):
        os.mkdir(cls.korone.dir + "/alone")
        pool.program = shutil.copy(pool.program, cls.korone.dir + "/alone")

    @unittest.skipIf(any(os.path.exists(f"{folder}/korone-picture") for folder in ("/usr/local/bin", "/usr/bin", "/bin")),
                     "it is installed")
    def test_only_what_can_be_made_is_offered(self):
        self.assertIn("program=korone-picture", self.korone.pool.log())
        self.alice.says("/kang", self.chat, reply_to=self.shows("photo", picture(100, 100)))
        self.bot.says("Reply to a sticker or a video with this command.", self.chat)
        checked = subprocess.run([self.korone.pool.program, "--check-config"], capture_output=True, text=True,
                                 env=self.korone.environment, timeout=60, check=False)
        self.assertIn("korone-picture", checked.stdout + checked.stderr)
