#!/usr/bin/python3
"""koronectl keys: who gets which key, and the steps of a rotation."""

import base64
import json
import os
import shutil
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
        key, mark = self.text("ingress.pub").split()
        self.assertEqual(mark, "role=ingress")
        self.assertEqual(out.split(), ["ingress", key, "ingress", "own"])
        self.assertIn("own", out)
        self.assertNotIn(self.text("ingress.key").strip(), out)
        with open(self.dir + "/broken.pub", "w") as file:
            file.write("no key")
        self.assertEqual(self.keys("list")[0], 65)

    def test_a_key_has_a_role_and_one_without_counts_as_a_workers(self):
        self.dealt()
        for name in ("crashd", "ingress", "recorder", "worker"):
            self.assertTrue(self.text(f"{name}/{name}.pub").endswith(f" role={name}\n"))
        self.assertTrue(self.text("ingress/worker.pub").endswith(" role=worker\n"))
        # What was dealt before there were roles, and a machine's own key.
        key = self.text("worker/worker.pub").split()[0]
        for path in ("worker/worker.pub", "ingress/cellar.pub", "crashd/cellar.pub"):
            with open(f"{self.dir}/{path}", "w") as file:
                file.write(key + "\n")
        os.chmod(self.dir + "/ingress/cellar.pub", 0o644)
        self.dealt()
        self.assertEqual(self.text("worker/worker.pub"), f"{key} role=worker\n")
        self.assertEqual(self.text("ingress/cellar.pub"), key + "\n", "only operators know it")
        self.assertIn(f"cellar           {key}  worker (not marked)\n",
                      self.keys("list", directory="/ingress")[1])
        self.assertEqual(self.keys("mark", "cellar", "recorder")[0], 0)
        for path in ("ingress/cellar.pub", "crashd/cellar.pub"):
            self.assertEqual(self.text(path), f"{key} role=recorder\n")
        self.assertFalse(os.path.exists(self.dir + "/recorder/cellar.pub"))
        self.assertEqual(os.stat(self.dir + "/ingress/cellar.pub").st_mode & 0o777, 0o644)
        self.assertIn(f"cellar           {key}  recorder\n",
                      self.keys("list", directory="/ingress")[1])

    def test_a_role_is_given_when_a_key_is_made_and_stays_when_it_is_replaced(self):
        self.assertEqual(self.keys("make", "cellar", "recorder")[0], 0)
        self.assertEqual(self.keys("make", "attic")[0], 0)
        self.assertEqual(self.keys("replace", "cellar")[0], 0)
        for path, role in (("cellar.pub", "recorder"), ("cellar.old.pub", "recorder"),
                           ("attic.pub", "worker")):
            self.assertEqual(self.text(path).split()[1], "role=" + role)
        self.assertEqual(self.keys("mark", "nobody", "worker")[0], 66)
        code, _, err = self.keys("mark", "attic", "king")
        self.assertEqual(code, 64)
        self.assertIn("worker, recorder, ingress, crashd", err)

    def secrets(self):
        """{name of a Secret: {name of a file: its text}}, as a cluster would keep them."""
        path = self.dir + "/secrets.json"
        self.assertEqual(self.keys("secrets", path), (0, "", ""))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path) as file:
            items = json.load(file)["items"]
        os.unlink(path)
        return {item["metadata"]["name"]: {name: base64.b64decode(value, validate=True).decode()
                                           for name, value in item["data"].items()}
                for item in items}

    def mount(self, secrets):
        """As kubelet does: what is named are links to what is hidden. Returns the directory."""
        root = tempfile.mkdtemp(prefix="korone-keys-", dir="/tmp")
        self.addCleanup(shutil.rmtree, root)
        for name, files in secrets.items():
            directory = root + "/" + name.removeprefix("korone-keys-")
            os.makedirs(directory + "/..data")
            for file, text in files.items():
                with open(f"{directory}/..data/{file}", "w") as out:
                    out.write(text)
                os.symlink(f"..data/{file}", f"{directory}/{file}")
        return root

    def test_keys_go_to_secrets_and_come_back(self):
        dealt = self.dealt()
        secrets = self.secrets()
        self.assertEqual(secrets, {f"korone-keys-{name}": {file: self.text(f"{name}/{file}")
                                                           for file in files}
                                   for name, files in dealt.items()})
        mounted = self.mount(secrets)
        # A Job that runs again, and starts from nothing, changes nothing.
        shutil.rmtree(self.dir)
        self.assertEqual(self.keys("import", mounted), (0, "", ""))
        self.dealt()
        self.assertEqual(self.secrets(), secrets)
        # What is there already stays.
        self.assertEqual(self.keys("replace", "worker")[0], 0)
        new = self.text("worker/worker.key")
        self.assertEqual(self.keys("import", mounted), (0, "", ""))
        self.assertEqual(self.text("worker/worker.key"), new)
        self.dealt()
        self.assertIn("worker.old.pub", self.secrets()["korone-keys-ingress"])
        self.assertNotIn("worker.key", self.secrets()["korone-keys-ingress"])

    def test_the_first_job_finds_no_secrets(self):
        self.assertEqual(self.keys("import", "/nonexistent"), (0, "", ""))
        code, _, err = self.keys("secrets", self.dir + ".json")
        self.assertEqual(code, 74)
        self.assertIn("crashd has no keys: deal first", err)

    def test_faults(self):
        self.assertEqual(koronectl("keys", "list")[0], 78)
        self.assertEqual(self.keys("list")[0], 66)
        for arguments in ([], ["nosuch"], ["make"], ["list", "x"], ["make", "../x"], ["make", ""],
                          ["mark", "x"], ["make", "x", "king"], ["import"], ["secrets", "x", "y"], ["retire", "x", "worker"]):
            self.assertEqual(self.keys(*arguments)[0], 64, arguments)


if __name__ == "__main__":
    unittest.main()
