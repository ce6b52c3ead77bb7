"""Sticker sets in the simulator: https://core.telegram.org/stickers, createNewStickerSet."""

import unittest

from sim_case import SimCase, png, webm

NAME = "cats_by_korone_sim_bot"
TGS, WEBM = b"\x1f\x8b\x08tgs", webm()


class StickerSetTest(SimCase):
    def input(self, **more):
        return {"sticker": "attach://f", "format": "static", "emoji_list": ["😀"], **more}

    def create(self, count=1, data=png(512, 300), name=NAME, sticker=None, **more):
        return self.upload("createNewStickerSet", {"f": ("f", data)}, **{
            "user_id": self.ann.id, "name": name, "title": "Cats",
            "stickers": [sticker or self.input()] * count, **more})[1]

    def add(self, data=png(512, 300), **more):
        return self.upload("addStickerToSet", {"f": ("f", data)}, user_id=self.ann.id, name=NAME,
                           sticker=self.input(**more))[1]

    def set(self):
        return self.result("getStickerSet", name=NAME)

    def test_a_set_is_made_filled_ordered_and_emptied(self):
        self.assertTrue(self.create()["ok"])
        self.assertTrue(self.add(emoji_list=["🐈", "😀"], keywords=["cat"])["ok"])
        self.assertTrue(self.add(TGS, format="animated")["ok"])
        self.assertTrue(self.add(WEBM, format="video")["ok"])
        stickers = self.set()["stickers"]
        self.assertEqual([(one["is_animated"], one["is_video"], one["emoji"]) for one in stickers],
                         [(False, False, "😀"), (False, False, "🐈"), (True, False, "😀"),
                          (False, True, "😀")])
        self.assertEqual((stickers[0]["width"], stickers[0]["height"], stickers[0]["set_name"]),
                         (512, 300, NAME))
        last = stickers[-1]["file_id"]
        sent = self.result("sendSticker", chat_id=self.ann.id, sticker=last)["sticker"]
        self.assertEqual(sent["set_name"], NAME)
        self.result("setStickerPositionInSet", sticker=last, position=0)
        self.assertEqual(self.set()["stickers"][0]["file_id"], last)
        self.result("setStickerEmojiList", sticker=last, emoji_list=["🎲"])
        self.assertEqual(self.set()["stickers"][0]["emoji"], "🎲")
        self.result("setStickerSetTitle", name=NAME, title="Dogs")
        self.assertEqual(self.set()["title"], "Dogs")
        for sticker in self.set()["stickers"]:
            self.result("deleteStickerFromSet", sticker=sticker["file_id"])
        self.refused("getStickerSet", 400, "Bad Request: STICKERSET_INVALID", name=NAME)

    def test_an_uploaded_file_becomes_a_sticker_and_replaces_one(self):
        uploaded = self.upload("uploadStickerFile", {"sticker": ("a", png(512, 512))},
                               user_id=self.ann.id, sticker_format="static")[1]["result"]
        self.assertTrue(self.create(sticker=self.input(sticker=uploaded["file_id"]))["ok"])
        old = self.set()["stickers"][0]["file_id"]
        self.assertEqual(old, uploaded["file_id"])
        self.assertTrue(self.upload("replaceStickerInSet", {"f": ("f", png(512, 9))},
                                    user_id=self.ann.id, name=NAME, old_sticker=old,
                                    sticker=self.input())[1]["ok"])
        new = self.set()["stickers"]
        self.assertEqual((len(new), new[0]["height"]), (1, 9))

    def test_size_format_and_dimensions(self):
        self.create()
        for data, more, text in (
                (png(512, 300, 512 << 10), {}, "file is too big"),
                (TGS + bytes(64 << 10), {"format": "animated"}, "file is too big"),
                (webm(pad=256 << 10), {"format": "video"}, "file is too big"),
                (webm(seconds=3.1), {"format": "video"}, "STICKER_VIDEO_LONG"),
                (webm(width=512, height=513), {"format": "video"}, "STICKER_VIDEO_BIG"),
                (webm(width=510, height=500), {"format": "video"}, "STICKER_VIDEO_BIG"),
                (webm(codec=b"V_VP8"), {"format": "video"}, "STICKER_VIDEO_NOWEBM"),
                (webm(sound=True), {"format": "video"}, "STICKER_VIDEO_NOWEBM"),
                (WEBM[:40], {"format": "video"}, "STICKER_VIDEO_NOWEBM"),
                (png(511, 300), {}, "STICKER_PNG_DIMENSIONS"),
                (png(512, 513), {}, "STICKER_PNG_DIMENSIONS"),
                (b"no image", {}, "STICKER_PNG_NOPNG"),
                (WEBM, {"format": "animated"}, "STICKER_TGS_NOTGS"),
                (TGS, {"format": "video"}, "STICKER_VIDEO_NOWEBM"),
                (TGS, {"format": "moving"}, "invalid sticker format specified")):
            self.assertEqual(self.add(data, **more)["description"], "Bad Request: " + text)
        self.assertTrue(self.add(webm(width=512, height=288, seconds=3), format="video")["ok"])
        name = "emoji_by_korone_sim_bot"
        self.assertEqual(self.create(name=name, sticker_type="custom_emoji")["description"],
                         "Bad Request: STICKER_PNG_DIMENSIONS")
        self.assertTrue(self.create(name=name, sticker_type="custom_emoji",
                                    data=png(100, 100))["ok"])

    def test_counts(self):
        """50 at first, 120 in all; 1 to 20 emoji; keywords of 64 characters together"""
        self.assertEqual(self.create(count=51)["description"],
                         "Bad Request: too many stickers specified")
        self.assertTrue(self.create(count=50)["ok"])
        for _ in range(70):
            self.assertTrue(self.add()["ok"])
        self.assertEqual(self.add()["description"], "Bad Request: STICKERS_TOO_MUCH")
        self.result("deleteStickerFromSet", sticker=self.set()["stickers"][0]["file_id"])
        for more, text in (
                ({"emoji_list": []}, "can't parse emoji list: emoji list must be non-empty"),
                ({"emoji_list": ["😀"] * 21}, "can't parse emoji list: too many emoji specified"),
                ({"emoji_list": ["cat"]}, "can't parse emoji list: expected a Unicode emoji"),
                ({"keywords": ["k" * 65]}, "STICKER_KEYWORDS_INVALID"),
                ({"keywords": ["k"] * 21}, "STICKER_KEYWORDS_INVALID")):
            self.assertEqual(self.add(**more)["description"], "Bad Request: " + text)

    def test_names(self):
        """They end in _by_<bot username>, begin with a letter, have no two underscores in a row."""
        for name in ("cats", "1cats_by_korone_sim_bot", "c__ts_by_korone_sim_bot",
                     "cäts_by_korone_sim_bot", "cats_by_other_bot", "c" * 47 + "_by_korone_sim_bot"):
            self.assertEqual(self.create(name=name)["description"],
                             "Bad Request: invalid sticker set name is specified")
        self.assertTrue(self.create(name="Cats_BY_Korone_sim_bot")["ok"])
        self.assertEqual(self.create()["description"],
                         "Bad Request: sticker set name is already occupied")
        self.result("deleteStickerSet", name=NAME)
        self.assertEqual(self.create(title="t" * 65)["description"],
                         "Bad Request: PACK_TITLE_INVALID")
        self.assertTrue(self.create()["ok"])

    def test_a_set_belongs_to_its_person(self):
        self.create()
        bob = self.simulator.person("Bob")
        self.assertEqual(self.upload("addStickerToSet", {"f": ("f", png(512, 1))}, user_id=bob.id,
                                     name=NAME, sticker=self.input())[1]["description"],
                         "Bad Request: STICKERSET_INVALID")
        self.refused("deleteStickerFromSet", 400, "Bad Request: STICKER_INVALID", sticker="x" * 40)

    def test_a_set_is_for_somebody_who_started_the_bot(self):
        for person in (self.simulator.person("Bob"), self.ann):
            if person is self.ann:
                self.ann.blocks_the_bot()
            self.assertEqual(self.create(user_id=person.id)["description"], "Bad Request: PEER_ID_INVALID")

    def test_a_sticker_of_another_set_becomes_one_of_its_own(self):
        self.create()
        first = self.set()["stickers"][0]["file_id"]
        other = "dogs_by_korone_sim_bot"
        self.assertTrue(self.create(name=other, sticker=self.input(sticker=first))["ok"])
        copied = self.result("getStickerSet", name=other)["stickers"][0]
        self.assertEqual((copied["set_name"], self.set()["stickers"][0]["set_name"]), (other, NAME))
        self.assertNotEqual(copied["file_id"], first)
        self.result("deleteStickerFromSet", sticker=copied["file_id"])
        self.assertEqual(len(self.set()["stickers"]), 1)

    def test_a_person_sends_a_sticker_of_a_set(self):
        self.create()
        self.ann.does("sticker", file=self.set()["stickers"][0]["file_id"])
        sent = self.updates()[-1]["message"]["sticker"]
        self.assertEqual((sent["set_name"], sent["emoji"], sent["height"]), (NAME, "😀", 300))


if __name__ == "__main__":
    unittest.main()
