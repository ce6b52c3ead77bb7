#!/usr/bin/python3
"""koronectl new-module: what it writes compiles, passes and is formatted; else it writes nothing."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("BIN_DIR", ROOT / "build/bin"))


def run(*command, cwd):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True,
                          timeout=600)
    return done.returncode, done.stdout, done.stderr


class NewModule(unittest.TestCase):
    """Each test has a copy of the sources."""

    def setUp(self):
        self.checkout = pathlib.Path(tempfile.mkdtemp(prefix="korone-new-module-"))
        self.addCleanup(shutil.rmtree, self.checkout)
        files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True,
                               capture_output=True, check=True).stdout.splitlines()
        for name in files:
            if (ROOT / name).is_file():
                (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.checkout / name)

    def new_module(self, *arguments, folder="."):
        return run(BIN / "koronectl", "new-module", *arguments, cwd=self.checkout / folder)

    def all_files(self):
        return {str(path.relative_to(self.checkout)): path.read_bytes()
                for path in self.checkout.rglob("*") if path.is_file()}

    def assert_refused(self, words, *arguments):
        before = self.all_files()
        code, out, err = self.new_module(*arguments)
        self.assertNotEqual(code, 0)
        self.assertEqual(out, "")
        self.assertIn(words, err)
        self.assertEqual(self.all_files(), before)

    def test_a_new_module_works_at_once(self):
        mode = (self.checkout / "workers/modules/modules.c").stat().st_mode
        before = set(self.all_files())
        code, out, err = self.new_module("zebra_crossing_of_31_characters", folder="workers/modules")
        self.assertEqual((code, err), (0, ""))
        made = ["workers/modules/zebra_crossing_of_31_characters.c",
                "tests/modules/zebra_crossing_of_31_characters.txt"]
        self.assertEqual(set(self.all_files()) - before, set(made))
        self.assertIn(made[0], out)
        self.assertEqual((self.checkout / "workers/modules/modules.c").stat().st_mode, mode)
        # A second one stands beside it: the list is still in order and formatted.
        self.assertEqual(self.new_module("dice")[0], 0)
        text = (self.checkout / "workers/modules/modules.c").read_text()
        rows = [line.split("(")[1].split(")")[0] for line in text.splitlines()
                if line.startswith("\tMODULE(")]
        self.assertEqual(rows, sorted(rows))
        self.assertIn("dice", rows)
        self.assertIn("zebra_crossing_of_31_characters", rows)
        self.assertEqual(
            run("clang-format", "--dry-run", "-Werror", made[0], "workers/modules/dice.c",
                "workers/modules/modules.c", cwd=self.checkout)[0], 0)
        code, out, err = run("make", "-s", f"-j{os.cpu_count()}", "OPT=-O0", "WERROR=1",
                             "module-tests", cwd=self.checkout)
        self.assertEqual((code, err), (0, ""), out)
        code, out, err = run("build/tests/run-modules", cwd=self.checkout)
        self.assertEqual(code, 0, out + err)
        self.assertRegex(out, r"(?m)^ok \d+ - dice\.txt$")
        self.assertRegex(out, r"(?m)^ok \d+ - zebra_crossing_of_31_characters\.txt$")

    def test_a_name_that_is_taken_is_refused(self):
        self.assert_refused("workers/modules/ping.c is there already", "ping")
        self.assert_refused("there is a command /lang already", "lang")
        (self.checkout / "tests/modules/dice.txt").write_text("# mine\n")
        self.assert_refused("tests/modules/dice.txt is there already", "dice")

    def test_what_is_no_name_is_refused(self):
        for name in ("Dice", "7up", "_x", "dice-roll", "../x", "", "a" * 32, "würfel"):
            self.assert_refused("is no name for a module", name)
        self.assert_refused("it takes the name of the module")
        self.assert_refused("it takes the name of the module", "one", "two")

    def test_a_list_that_is_not_there_is_told(self):
        (self.checkout / "workers/modules/modules.c").write_text("int nothing;\n")
        self.assert_refused("it has no list", "dice")

    def test_it_needs_a_checkout(self):
        code, _, err = run(BIN / "koronectl", "new-module", "dice", cwd="/")
        self.assertNotEqual(code, 0)
        self.assertIn("this is no checkout of the sources", err)


if __name__ == "__main__":
    unittest.main()
