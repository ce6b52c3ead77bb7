"""What the tests of the simulator share: uploads, images, the updates that the bot gets."""

import json
import struct
import urllib.error
import urllib.request
import zlib

from simulator import multipart, request
from test_botapi_sim import SimulatorTest


def png(width, height, pad=0):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"juNk", bytes(pad)) +
            chunk(b"IEND", b""))


def webm(width=512, height=512, seconds=2, codec=b"V_VP9", sound=False, pad=0):
    """The head of one, as https://www.webmproject.org/docs/container/ has it, and no pictures."""
    def element(name, data):
        return bytes.fromhex(name) + (0x10000000 | len(data)).to_bytes(4, "big") + data

    video = element("e0", element("b0", width.to_bytes(2, "big")) + element("ba", height.to_bytes(2, "big")))
    tracks = element("ae", element("83", b"\1") + element("86", codec) + video)
    if sound:
        tracks += element("ae", element("83", b"\2") + element("86", b"A_OPUS"))
    info = element("2ad7b1", (1000000).to_bytes(3, "big")) + element("4489", struct.pack(">d", seconds * 1000))
    return (element("1a45dfa3", element("4282", b"webm")) + bytes.fromhex("18538067") + b"\1" + b"\xff" * 7 +
            element("ec", bytes(pad)) + element("1549a966", info) + element("1654ae6b", tracks) +
            element("1f43b675", b""))


class SimCase(SimulatorTest):
    """One bot, one person who started it."""

    def setUp(self):
        super().setUp()
        self.offset = 0
        self.ann = self.simulator.person("Ann")
        self.ann.says("/start")
        self.updates()

    def upload(self, method, files, **fields):
        """(status, answer)"""
        body, content_type = multipart(fields, files)
        return request(f"{self.simulator.url}/bot{self.simulator.token}/{method}", body,
                       content_type=content_type)

    def result(self, method, **parameters):
        answer = self.call(method, **parameters)
        self.assertTrue(answer["ok"], answer)
        return answer["result"]

    def updates(self, *kinds):
        """The bot's new updates; with kinds it wants only those from now on."""
        wanted = {"allowed_updates": list(kinds)} if kinds else {}
        found = []
        while True:  # a quick repeat of an offset gets only one update
            updates = self.result("getUpdates", offset=self.offset, **wanted)
            if not updates:
                return [{k: v for k, v in update.items() if k != "update_id"} for update in found]
            found += updates
            self.offset = updates[-1]["update_id"] + 1

    def download(self, path):
        url = f"{self.simulator.url}/file/bot{self.simulator.token}/{path}"
        with urllib.request.urlopen(url) as answer:
            return answer.read()

    def status_of(self, path):
        try:
            return len(self.download(path))
        except urllib.error.HTTPError as error:
            with error:
                return error.code
