"""What `koronectl page` tells of ingress and crashd, here played; tests/browser has it in a browser."""

import copy
import http.client
import json
import re
import subprocess
import time
import unittest

from test_koronectl import BIN, CRASHD, INGRESS, Played

BYTES_A_SECOND = 20_000
NAME = "korone_ingress_handled_seconds"


def histogram(name, *counts):
    """So many were handled within 100 ms, within a second, and at all."""
    return "".join(f'{name}_bucket{{le="{bound}"}} {count}\n' for bound, count in zip(("0.1", "1", "+Inf"), counts))


class Stream:
    """The events of a page: (name, data, bytes)."""

    def __init__(self, port):
        self.peer = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.peer.request("GET", "/stream")
        self.answer = self.peer.getresponse()

    def event(self):
        lines = [self.answer.readline() for _ in range(3)]
        return lines[0][7:-1].decode(), json.loads(lines[1][6:]), sum(map(len, lines))

    def close(self):
        self.answer.close()
        self.peer.close()


class PageTest(unittest.TestCase):
    def setUp(self):
        self.ingress, self.crashd = Played(INGRESS), Played(CRASHD)
        self.addCleanup(self.ingress.close)
        self.addCleanup(self.crashd.close)

    def start(self):
        """The port of a page that nobody looks at."""
        process = subprocess.Popen([BIN + "/koronectl", "page", "0"], stdout=subprocess.PIPE, text=True, env={
            "KORONE_INGRESS_URL": "http://" + self.ingress.address, "KORONE_CRASHD_URL": "http://" + self.crashd.address})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return int(re.search(r":(\d+)/", process.stdout.readline()).group(1))

    def page(self, port=None):
        stream = Stream(port or self.start())
        self.addCleanup(stream.close)
        return stream

    def sample(self, stream):
        name, data, _ = stream.event()
        return data["sample"] if name == "hello" else data

    def test_little_is_asked_while_nobody_looks(self):
        port = self.start()
        self.assertEqual(self.ingress.asked, 1)
        time.sleep(6)
        self.assertLessEqual(self.ingress.asked, 2)
        self.ingress.status["backlog"] = 77
        stream = self.page(port)
        name, hello, _ = stream.event()
        self.assertEqual((name, hello["sample"]["ingress"]["backlog"]), ("hello", 77), "who comes sees what is now")
        self.assertEqual(hello["past"][-1][3], 77)
        asked = self.ingress.asked
        self.assertEqual(stream.event()[0], "sample")
        self.assertEqual(stream.event()[0], "sample")
        self.assertGreaterEqual(self.ingress.asked, asked + 2)

    def test_walls_and_cooldowns_are_told(self):
        self.ingress.status["pools"][0]["walls"] = {"files": True, "calls": True}
        self.ingress.status["pools"].append({**self.ingress.status["pools"][0], "walls": {"files": False, "calls": True}})
        self.ingress.status["pools"].append({name: value for name, value in INGRESS["pools"][0].items() if name != "walls"})
        self.ingress.status["cooldowns"] = {"chats": 3, "longest_ms": 9000, "which": [-1001]}
        self.crashd.status["walls"] = {"files": True, "calls": True}
        sample = self.sample(self.page())
        self.assertEqual([pool.get("walls") for pool in sample["pools"]], ["files, calls", "missing: files", None])
        self.assertEqual(sample["crashd"]["walls"], "files, calls")
        self.assertEqual(sample["cooldowns"], {"chats": 3, "longest_ms": 9000})
        self.assertEqual(sample["alerts"], [])

    def test_latencies_are_those_since_the_last_sample(self):
        self.ingress.metrics = histogram(NAME, 5, 10, 10)
        stream = self.page()
        self.assertIsNone(self.sample(stream)["latency"]["handled"])
        self.ingress.metrics = histogram(NAME, 5, 110, 110)
        while (sample := self.sample(stream))["latency"]["handled"] is None:
            pass
        self.assertEqual(sample["latency"], {"handled": 955, "done": None})
        self.assertIsNone(self.sample(stream)["latency"]["handled"])

    def test_alerts_fire_after_their_time(self):
        self.ingress.status.update(poll_age_ms=130_000, pools=[])
        stream = self.page()
        alerts = {one["name"]: one for one in self.sample(stream)["alerts"]}
        self.assertEqual(set(alerts), {"KoronePollStalled", "KoroneNoPool"})
        self.assertTrue(alerts["KoronePollStalled"]["fires"])
        self.assertFalse(alerts["KoroneNoPool"]["fires"])
        self.assertEqual(alerts["KoroneNoPool"]["in_s"], 60)

    def test_a_hundred_pools_of_64_are_at_most_20_kb_a_second(self):
        pool = {**INGRESS["pools"][0], "walls": {"files": True, "calls": True}, "pool": "worker-7d4f9c66b8-x2x9q",
                "children": [INGRESS["pools"][0]["children"][1]] * 64}
        self.ingress.status["pools"] = [copy.deepcopy(pool) for _ in range(100)]
        stream = self.page()
        _, hello, size = stream.event()
        began_ms = hello["sample"]["now_ms"]
        for _ in range(3):
            _, sample, more = stream.event()
            # What was sent before may take its time before the next is sent.
            self.assertLessEqual(size * 1000 / (sample["now_ms"] - began_ms), BYTES_A_SECOND)
            size += more
        self.assertEqual([(one["children"], one["busy"]) for one in sample["pools"]], [(64, 64)] * 100)


if __name__ == "__main__":
    unittest.main()
