#!/usr/bin/python3
"""koronectl keys: who gets which key, and the steps of a rotation."""

import os
import stat
import tempfile
import unittest

from test_koronectl import koronectl


class Keys(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-keys-", dir="/tmp")
        self.addCleanup(directory.cleanup)
        self.dir = directory.name + "/keys"

    def keys(self, *arguments, directory=""):
        return koronectl("keys", *arguments, KORONE_CURVE_DIR=self.dir + directory)

    def dealt(self):
        code, _, err = self.keys("deal")
        self.assertEqual((code, err), (0, ""))
        return {name: set(os.listdir(f"{self.dir}/{name}")) for name in os.listdir(self.dir)}

    def text(self, path):
        with open(f"{self.dir}/{path}") as file:
            return file.read()

    def test_deal_gives_each_process_what_it_needs_and_no_more(self):
        self.assertEqual(self.dealt(), {
            "crashd": {"crashd.key", "crashd.pub", "ingress.pub", "recorder.pub", "worker.pub"},
            "ingress": {"ingress.key", "ingress.pub", "crashd.pub", "recorder.pub", "worker.pub"},
            "recorder": {"recorder.key", "recorder.pub", "crashd.pub", "ingress.pub"},
            "worker": {"worker.key", "worker.pub", "crashd.pub", "ingress.pub"},
        })
        mode = os.stat(self.dir + "/worker/worker.key").st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        self.assertEqual(self.text("ingress/worker.pub"), self.text("worker/worker.pub"))
        before = self.text("worker/worker.key")
        self.dealt()
        self.assertEqual(self.text("worker/worker.key"), before)

    def test_replace_keeps_the_old_key_known_until_it_is_retired(self):
        self.dealt()
        old = self.text("worker/worker.pub")
        self.assertEqual(self.keys("replace", "worker")[0], 0)
        files = self.dealt()
        self.assertEqual(self.text("ingress/worker.old.pub"), old)
        self.assertEqual(self.text("ingress/worker.pub"), self.text("worker/worker.pub"))
        self.assertNotEqual(self.text("worker/worker.pub"), old)
        self.assertEqual(self.keys("retire", "worker")[0], 0)
        files = self.dealt()
        for name, have in files.items():
            self.assertNotIn("worker.old.pub", have, name)

    def test_make_and_list(self):
        self.assertEqual(self.keys("make", "ingress")[0], 0)
        self.assertNotEqual(self.keys("make", "ingress")[0], 0)
        code, out, _ = self.keys("list")
        self.assertEqual(code, 0)
        self.assertIn(self.text("ingress.pub").strip(), out)
        self.assertIn("own", out)
        self.assertNotIn(self.text("ingress.key").strip(), out)
        with open(self.dir + "/broken.pub", "w") as file:
            file.write("no key")
        self.assertEqual(self.keys("list")[0], 65)

    def test_faults(self):
        self.assertEqual(koronectl("keys", "list")[0], 78)
        self.assertEqual(self.keys("list")[0], 66)
        for arguments in ([], ["nosuch"], ["make"], ["list", "x"], ["make", "../x"], ["make", ""]):
            self.assertEqual(self.keys(*arguments)[0], 64, arguments)


if __name__ == "__main__":
    unittest.main()
