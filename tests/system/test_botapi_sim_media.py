"""Media in the simulator: uploads, file ids, albums, downloads, a local server's paths."""

import os
import tempfile
import unittest

from sim_case import SimCase, png

DATA = b"\x00data\r\n--b no boundary\xff"
# Method, parameter, whether it may have a caption.
KINDS = (("sendAnimation", "animation", True), ("sendAudio", "audio", True),
         ("sendDocument", "document", True), ("sendVideo", "video", True),
         ("sendVideoNote", "video_note", False), ("sendVoice", "voice", True))


class MediaTest(SimCase):
    def test_each_kind_is_uploaded_sent_again_by_its_id_and_downloaded(self):
        for method, kind, captioned in KINDS:
            status, answer = self.upload(method, {kind: ("ä.xyz", DATA)}, chat_id=self.ann.id,
                                         caption="a <b>b</b>", parse_mode="HTML")
            self.assertEqual(status, 200, answer)
            sent = answer["result"][kind]
            self.assertEqual(sent["file_size"], len(DATA))
            self.assertEqual(answer["result"].get("caption"), "a b" if captioned else None)
            self.assertEqual(len(answer["result"].get("caption_entities", [])), int(captioned))
            again = self.result(method, chat_id=self.ann.id, **{kind: sent["file_id"]})
            self.assertEqual(again[kind], sent)
            file = self.result("getFile", file_id=sent["file_id"])
            self.assertEqual((file["file_size"], self.download(file["file_path"])),
                             (len(DATA), DATA))

    def test_an_upload_may_have_another_name(self):
        status, answer = self.upload("sendDocument", {"what": ("a.txt", DATA)},
                                     chat_id=self.ann.id, document="attach://what")
        self.assertEqual((status, answer["result"]["document"]["file_name"]), (200, "a.txt"))
        self.assertRegex(self.result("getFile", file_id=answer["result"]["document"]["file_id"])
                         ["file_path"], r"^documents/file_\d+\.txt$")

    def test_photos_have_sizes_and_must_be_images(self):
        """sendPhoto: 10 MB, width and height together 10000, ratio 20."""
        def send(data):
            return self.upload("sendPhoto", {"photo": ("a.png", data)}, chat_id=self.ann.id)
        sizes = send(png(2000, 1000))[1]["result"]["photo"]
        self.assertEqual([(size["width"], size["height"]) for size in sizes],
                         [(90, 45), (320, 160), (800, 400), (1280, 640), (2000, 1000)])
        self.assertEqual(len({size["file_id"] for size in sizes}), 5)
        for size in sizes:
            again = self.result("sendPhoto", chat_id=self.ann.id, photo=size["file_id"])
            self.assertEqual(again["photo"], sizes)
        for data, text in (
                (b"no image", "IMAGE_PROCESS_FAILED"), (b"", "file must be non-empty"),
                (png(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
                (png(2001, 100), "PHOTO_INVALID_DIMENSIONS"),
                (png(9, 9, 10 << 20), f"file of size {len(png(9, 9, 10 << 20))} bytes is too big "
                                      "for a photo; the maximum size is 10485760 bytes")):
            self.assertEqual(send(data)[1]["description"], "Bad Request: " + text)

    def test_files_that_are_none_are_refused(self):
        """get_input_file in the Bot API server, FileManager in TDLib."""
        for method, kind, _ in KINDS:
            self.refused(method, 400,
                         f"Bad Request: there is no {kind.replace('_', ' ')} in the request",
                         chat_id=self.ann.id)
        document = self.upload("sendDocument", {"document": ("a", DATA)}, chat_id=self.ann.id)[1]
        file_id = document["result"]["document"]["file_id"]
        self.refused("sendPhoto", 400, "Bad Request: can't use file of type Document as Photo",
                     chat_id=self.ann.id, photo=file_id)
        self.refused("sendPhoto", 400, "Bad Request: wrong remote file identifier specified: "
                     "can't unserialize it. Wrong last symbol", chat_id=self.ann.id,
                     photo=file_id[:-1] + "!")
        self.refused("sendPhoto", 400, "Bad Request: wrong remote file identifier specified: "
                     "Wrong string length", chat_id=self.ann.id, photo="short")
        self.refused("getFile", 400, "Bad Request: invalid file_id", file_id="no" * 30)
        self.assertEqual(self.status_of("documents/file_999.bin"), 404)
        self.assertEqual(self.status_of("../file_1.bin"), 404)

    def test_by_url_nothing_is_fetched(self):
        sent = self.result("sendPhoto", chat_id=self.ann.id, photo="https://example.org/a.jpg")
        self.assertTrue(sent["photo"])
        self.refused("sendPhoto", 400, "Bad Request: failed to get HTTP URL content",
                     chat_id=self.ann.id, photo="https://a.invalid/a.jpg")
        self.refused("sendPhoto", 400, "Bad Request: wrong HTTP URL specified",
                     chat_id=self.ann.id, photo="https://localhost/a.jpg")

    def test_uploads_end_at_50_mb_and_downloads_at_20_mb(self):
        """https://core.telegram.org/bots/api#sending-files, #getfile"""
        def send(size):
            return self.upload("sendDocument", {"document": ("a", bytes(size))},
                               chat_id=self.ann.id)
        status, answer = send((50 << 20) + 1)
        self.assertEqual((status, answer["description"]), (413, "Request Entity Too Large"))
        sent = send((20 << 20) + 1)[1]["result"]["document"]
        self.refused("getFile", 400, "Bad Request: file is too big", file_id=sent["file_id"])

    def test_what_people_send_can_be_downloaded_and_sent_again(self):
        for kind, method in (("photo", "sendPhoto"), ("sticker", "sendSticker"),
                             ("voice", "sendVoice"), ("document", "sendDocument")):
            self.ann.does(kind)
            message = self.updates()[0]["message"]
            file = message[kind][-1] if kind == "photo" else message[kind]
            self.assertEqual(self.result(method, chat_id=self.ann.id, **{kind: file["file_id"]})
                             [kind], message[kind])
            path = self.result("getFile", file_id=file["file_id"])["file_path"]
            self.assertEqual(len(self.download(path)), file["file_size"])

    def test_people_send_albums(self):
        for caption in ("one", None):
            self.ann.act("do", None, kind="photo", album="77", **({"caption": caption} if caption
                                                                  else {}))
        first, second = (update["message"] for update in self.updates())
        self.assertEqual((first["media_group_id"], second["media_group_id"], first["caption"]),
                         ("77", "77", "one"))
        kept = self.simulator.control(f"message?chat={self.ann.id}&message_id="
                                      f"{first['message_id']}")["message"]
        self.assertEqual((kept["media_group_id"], kept["caption"]), ("77", "one"))

    def test_a_live_photo_has_its_photo(self):
        status, answer = self.upload("sendLivePhoto", {"live_photo": ("a.mp4", DATA),
                                                       "photo": ("a.png", png(100, 50))},
                                     chat_id=self.ann.id)
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["result"]["live_photo"]["photo"][-1]["width"], 100)

    def test_albums(self):
        """sendMediaGroup; check_message_group_message_contents in TDLib"""
        def send(*media, **files):
            return self.upload("sendMediaGroup", {name: (name, data)
                                                  for name, data in files.items()},
                               chat_id=self.ann.id, media=list(media))[1]
        photo = {"type": "photo", "media": "attach://p", "caption": "<i>a</i>", "parse_mode": "HTML",
                 "has_spoiler": True}
        video = {"type": "video", "media": "attach://v", "width": 3}
        document = {"type": "document", "media": "attach://v"}
        audio = {"type": "audio", "media": "attach://v"}
        files = {"p": png(100, 100), "v": DATA}
        first, second = send(photo, video, **files)["result"]
        self.assertEqual(first["media_group_id"], second["media_group_id"])
        self.assertEqual((first["caption"], first["caption_entities"][0]["type"],
                          first["has_media_spoiler"]), ("a", "italic", True))
        self.assertEqual(second["video"]["width"], 3)
        other = send(document, document, **files)["result"]
        self.assertNotEqual(other[0]["media_group_id"], first["media_group_id"])
        self.assertNotIn("media_group_id", send(photo, **files)["result"][0])
        for media, text in (
                ([], "there are no messages to send"),
                ([photo] * 11, "too many messages to send as an album"),
                ([photo, document], "document can't be mixed with other media types"),
                ([audio, video], "audio can't be mixed with other media types"),
                ([photo, dict(video, type="animation")], "can't parse InputMedia: type "
                 '"animation" can\'t be used in sendMediaGroup'),
                ([photo, dict(video, type="sticker")],
                 'can\'t parse InputMedia: type "sticker" is unsupported'),
                ([photo, {"type": "video"}], "can't parse InputMedia: media not found")):
            self.assertEqual(send(*media, **files)["description"], "Bad Request: " + text)

    def test_paid_media_have_their_shape(self):
        """sendPaidMedia: 1 to 25000 stars, up to 10 media"""
        paid = self.upload("sendPaidMedia", {"p": ("p", png(100, 100))}, chat_id=self.ann.id,
                           star_count=5, media=[{"type": "photo", "media": "attach://p"}])[1]
        self.assertEqual(paid["result"]["paid_media"]["star_count"], 5)
        self.assertEqual(paid["result"]["paid_media"]["paid_media"][0]["type"], "photo")
        self.refused("sendPaidMedia", 400, "Bad Request: STARS_AMOUNT_INVALID",
                     chat_id=self.ann.id, star_count=25001, media=[])

    def test_a_bot_that_may_not_send_a_kind_is_refused(self):
        """can_send_message_content in TDLib"""
        group = self.simulator.chat("Group", members=[self.ann])
        self.simulator.control("member", {"chat": group, "bot": True, "status": "restricted"})
        sticker = self.upload("sendSticker", {"sticker": ("a.webp", DATA)}, chat_id=group)[1]
        self.assertEqual(sticker["description"],
                         "Bad Request: not enough rights to send stickers to the chat")


class LocalServerTest(SimCase):
    """https://core.telegram.org/bots/api#using-a-local-bot-api-server"""

    def open(self, *options, **keywords):
        self.folder = tempfile.TemporaryDirectory(prefix="korone-sim-files-")
        self.addCleanup(self.folder.cleanup)
        return super().open("--local", self.folder.name, *options, **keywords)

    def test_get_file_gives_a_path_and_there_is_no_download(self):
        sent = self.upload("sendDocument", {"document": ("a.txt", DATA)}, chat_id=self.ann.id)[1]
        path = self.result("getFile", file_id=sent["result"]["document"]["file_id"])["file_path"]
        self.assertTrue(path.startswith(f"{self.folder.name}/{self.simulator.token}/documents/"))
        with open(path, "rb") as file:
            self.assertEqual(file.read(), DATA)
        self.assertEqual(self.status_of(path.split("/", 3)[3]), 404)

    def test_files_of_people_are_on_the_disk_too(self):
        self.ann.does("photo")
        photo = self.updates()[0]["message"]["photo"][-1]
        path = self.result("getFile", file_id=photo["file_id"])["file_path"]
        self.assertEqual(os.path.getsize(path), photo["file_size"])

    def test_an_upload_may_be_a_path_of_up_to_2000_mb(self):
        path = self.folder.name + "/big.bin"
        for size, ok in ((1999 << 20, True), ((2000 << 20) + 1, False)):
            with open(path, "wb") as file:
                file.truncate(size)
            answer = self.call("sendDocument", chat_id=self.ann.id, document="file://" + path)
            self.assertEqual((answer["ok"], answer.get("description")),
                             (ok, None if ok else "Bad Request: file is too big"))
        self.assertFalse(self.call("sendDocument", chat_id=self.ann.id,
                                   document="file:///nothing/there")["ok"])


if __name__ == "__main__":
    unittest.main()
