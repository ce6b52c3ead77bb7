#!/usr/bin/python3
"""koronectl new-module: what it writes compiles, passes and is formatted; else it writes nothing."""

import unittest

from checkout import BIN, CheckoutCase, run


class NewModule(CheckoutCase):
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
        text = self.read("workers/modules/modules.c")
        rows = [line.split("(")[1].split(")")[0] for line in text.splitlines()
                if line.startswith("\tMODULE(")]
        self.assertEqual(rows, sorted(rows))
        self.assertIn("dice", rows)
        self.assertIn("zebra_crossing_of_31_characters", rows)
        self.assertEqual(
            run("clang-format", "--dry-run", "-Werror", made[0], "workers/modules/dice.c",
                "workers/modules/modules.c", cwd=self.checkout)[0], 0)
        self.build_module_tests()
        code, out, err = self.run_modules()
        self.assertEqual(code, 0, out + err)
        self.assertRegex(out, r"(?m)^ok \d+ - dice\.txt$")
        self.assertRegex(out, r"(?m)^ok \d+ - zebra_crossing_of_31_characters\.txt$")

    def test_a_name_that_is_taken_is_refused(self):
        self.assert_refused("workers/modules/ping.c is there already", "ping")
        self.assert_refused("there is a command /lang already", "lang")
        self.write("tests/modules/dice.txt", "# mine\n")
        self.assert_refused("tests/modules/dice.txt is there already", "dice")

    def test_what_is_no_name_is_refused(self):
        for name in ("Dice", "7up", "_x", "dice-roll", "../x", "", "a" * 32, "würfel"):
            self.assert_refused("is no name for a module", name)
        self.assert_refused("it takes the name of the module")
        self.assert_refused("it takes the name of the module", "one", "two")

    def test_a_list_that_is_not_there_is_told(self):
        self.write("workers/modules/modules.c", "int nothing;\n")
        self.assert_refused("it has no list", "dice")

    def test_it_needs_a_checkout(self):
        code, _, err = run(BIN / "koronectl", "new-module", "dice", cwd="/")
        self.assertNotEqual(code, 0)
        self.assertIn("this is no checkout of the sources", err)


if __name__ == "__main__":
    unittest.main()
