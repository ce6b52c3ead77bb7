#!/usr/bin/python3
"""The guide to modules, workers/modules/README.md: what it shows compiles and does what it says, and
its tables are those of the sources."""

import itertools
import re
import shutil
import textwrap
import unittest

from checkout import ROOT, CheckoutCase, run

GUIDE = (ROOT / "workers/modules/README.md").read_text()
RECIPES = ROOT / "tests/modules/recipes"


def section(heading):
    """The text under a heading of the guide."""
    return re.split(r"(?m)^## ", GUIDE.split(f"\n## {heading}\n", 1)[1])[0]


def code(text):
    """Its indented blocks."""
    blocks = re.findall(r"(?m)((?:^(?:    .*|)\n)+)", text)
    return [textwrap.dedent(block).strip("\n") + "\n" for block in blocks if block.strip()]


class FirstModule(CheckoutCase):
    def assert_formatted(self, path):
        """By version 14, as in tests/run lint; others format otherwise."""
        for tool in ("clang-format-14", "clang-format"):
            if shutil.which(tool) and " 14." in run(tool, "--version", cwd=self.checkout)[1]:
                self.assertEqual(run(tool, "--dry-run", "-Werror", path, cwd=self.checkout), (0, "", ""))
                return

    def test_the_ten_minutes_are_as_written(self):
        conversation = code(section("1. The conversation first"))[0]
        module = next(block for block in code(section("2. The module"))
                      if block.startswith("/* dice.c"))
        self.assertEqual(self.new_module("dice")[0], 0)
        # As in the sources: tabs, where the guide has eight spaces.
        self.write("workers/modules/dice.c",
                   re.sub(r"(?m)^( {8})+", lambda found: "\t" * (len(found[0]) // 8), module))
        self.write("tests/modules/dice.txt", conversation)
        self.assert_formatted("workers/modules/dice.c")
        self.build_module_tests()
        self.assertEqual(self.run_modules("--update", "tests/modules/dice.txt")[0], 0)
        said = self.read("tests/modules/dice.txt")
        self.assertIn("bot: Alice rolls a <b>1</b>.", said)
        self.assertIn("<code>/dice [sides]</code>", said)
        done, out, err = self.run_modules()
        self.assertEqual(done, 0, out + err)
        self.roll("alice: /dice 1000\n" * 5 + "bob: /dice 1000\n" * 5)

    def roll(self, conversation):
        """Not the same number over and over, as from an unseeded rand()."""
        self.write("tests/modules/dice.txt", conversation)
        self.assertEqual(self.run_modules("--update", "tests/modules/dice.txt")[0], 0)
        rolls = re.findall(r"rolls a <b>(\d+)</b>", self.read("tests/modules/dice.txt"))
        self.assertEqual(len(rolls), 10)
        self.assertGreater(len(set(rolls)), 5)


class Recipes(unittest.TestCase):
    def test_each_recipe_is_in_the_guide_and_has_a_conversation(self):
        files = {path.stem: path for path in RECIPES.glob("*.c")}
        links = re.findall(r"\| \[`(\w+)`\]\(\.\./\.\./tests/modules/recipes/(\w+)\.c\) \|", GUIDE)
        self.assertEqual([name for name, _ in links], sorted(files))
        self.assertTrue(all(name == file for name, file in links))
        for name, path in files.items():
            self.assertTrue(path.with_suffix(".txt").exists(), f"{name} has no conversation")
            head = re.match(rf"/\* {name}\.c - (.+?) \*/", path.read_text(), re.DOTALL)
            self.assertTrue(head, f"{name}.c does not begin with what it does")
            says = re.sub(r"\s*\n \*\s*", " ", head[1]).strip().rstrip(".")
            self.assertTrue(f"{name}.c) | {says} |" in GUIDE, f"the guide has another line for {name}")

    def test_each_recipe_is_short(self):
        # One of stickers has all that people want of it.
        limits = {"kang.c": 110}
        for path in RECIPES.glob("*.c"):
            self.assertLessEqual(len(path.read_text().splitlines()), limits.get(path.name, 85),
                                 path.name)

    def test_there_are_recipes(self):
        self.assertGreaterEqual(len(list(RECIPES.glob("*.c"))), 30)


def source(name):
    return (ROOT / name).read_text()


def table(head):
    """The rows under the table's head, each as its cells."""
    lines = GUIDE.split(f"\n{head}\n", 1)[1].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")]
            for line in itertools.takewhile(lambda line: line.startswith("|"), lines)]


class Tables(unittest.TestCase):
    def test_routes(self):
        fields = dict(re.findall(r'\tKIND\((\w+), "(\w*)"', source("common/kind.h")))
        header = source("workers/api/routes.h")
        kinds = {name: (event, fields[kind])
                 for name, event, kind in re.findall(r"\tKIND\((\w+), (\w+), (\w+)\)", header)}
        self.assertGreater(len(kinds), 30)
        told = {}
        for names, updates, events in table("| route | an update of this kind | what the handler is given |"):
            names = re.findall(r"`([A-Z_]+)\(", names)
            events = re.findall(r"`struct (\w+)`", events)
            updates = ["" if update == "any" else update for update in updates.split(", ")]
            for index, name in enumerate(names):
                self.assertIn(f"#define {name}(", header)
                told[name] = (events[min(index, len(events) - 1)],
                              updates[min(index, len(updates) - 1)])
        self.assertEqual(told, kinds)

    def test_lines_of_conversations(self):
        told = section("Lines of conversations")
        words = set()
        for path in (ROOT / "tests/modules").glob("part_*.c"):
            for rows in re.findall(r"static const struct (?:word|line) \w+\[\] = \{(.*?)\n?\};",
                                   path.read_text(), re.DOTALL):
                words |= {word.strip(" :") for word in re.findall(r'\{ "([^"]+)"', rows)}
        self.assertGreater(len(words), 40)
        self.assertEqual({word for word in words if word not in told}, set())

    def test_tags(self):
        known = set(re.findall(r'\n\t\{ "([a-z-]+)", "\w+", open_',
                               source("workers/host/markup.c")))
        self.assertGreater(len(known), 10)
        told = {tag for row in table("| tag | shown as |")
                for tag in re.findall(r"<([a-z-]+)", row[0])}
        self.assertEqual(told, known)

    def test_conversions(self):
        rows = table("| conversion | in texts | in calls | in slugs |")

        def letters(column):
            return {letter for row in rows if row[column]
                    for letter in re.findall(r"%[.\d]*(?:ll)?([a-zA-Z%])", row[0])}

        def cases(name, start, end):
            text = source(name).split(start, 1)[1].split(end, 1)[0]
            return set(re.findall(r"case '(.)'", text))

        self.assertEqual(letters(1), cases("workers/host/format.c", "static bool read_type(", "\n}\n"))
        self.assertEqual(letters(2), cases("workers/host/literal.c", "static bool take(", "\n}\n"))
        slug = source("workers/host/slug.c").split("static bool conversion_limit(", 1)[1]
        taken = slug.split("return why_set(why, \"values are", 1)[0]
        self.assertEqual(set(re.findall(r"case (\w+):\n\t\t(?!break)", taken)),
                         {"FORMAT_INTEGER", "FORMAT_TEXT"})
        self.assertEqual(letters(3), set("dis"))


if __name__ == "__main__":
    unittest.main()
