"""tests/arrows, the lint part that checks which room's files include which, on made-up trees."""

import pathlib
import subprocess
import tempfile
import unittest

ARROWS = pathlib.Path(__file__).resolve().parents[1] / "arrows"
TABLE = """
common:
wire: common
parent: wire common
modules: parent/module.h common  # and nothing else
checks: *
"""
TREE = {
    "common/log.h": "", "common/log.c": "#include \"common/log.h\"\n",
    "wire/wire.h": "#include <common/nothing.h>\n#include \"common/log.h\"\n",
    "parent/module.h": "", "parent/pool.h": "",
    "parent/pool.c": "#include \"parent/pool.h\"\n#include \"wire/wire.h\"\n#include \"made.inc\"\n",
    "modules/ping.c": "#include \"parent/module.h\"\n",
    "checks/check.c": "#include \"parent/pool.h\"\n#include \"modules/ping.c\"\n",
}


class ArrowsTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-arrows-")
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        for path, text in TREE.items():
            self.write(path, text)
        self.table(TABLE)

    def write(self, path, text):
        (self.root / path).parent.mkdir(exist_ok=True)
        (self.root / path).write_text(text)

    def table(self, text):
        self.write("tests/arrows.txt", text.lstrip())

    def faults(self):
        checked = subprocess.run([ARROWS, self.root], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True, check=False)
        self.assertEqual(checked.stderr, "")
        lines = checked.stdout.splitlines()
        if checked.returncode == 0:
            self.assertEqual(len(lines), 1, checked.stdout)
            return []
        self.assertEqual(checked.returncode, 1)
        return lines

    def test_what_the_table_allows_passes(self):
        self.assertEqual(self.faults(), [])

    def test_what_it_does_not_allow_is_named_with_its_line_and_what_is_allowed(self):
        self.write("modules/ping.c", "#include \"parent/module.h\"\n\n#  include \"wire/wire.h\"\n")
        self.assertEqual(self.faults(), ["modules/ping.c:3: modules may not include wire/wire.h; "
                                         "it may include modules parent/module.h common"])

    def test_a_file_that_is_allowed_does_not_open_its_room(self):
        self.write("modules/ping.c", "#include \"parent/pool.h\"\n")
        self.assertEqual(len(self.faults()), 1)

    def test_a_folder_that_is_no_room_of_the_table(self):
        self.write("attic/old.c", "")
        self.assertEqual(self.faults(), ["attic/old.c:1: attic is not a room of tests/arrows.txt; "
                                         "those are common wire parent modules checks"])

    def test_a_line_for_what_is_not_there(self):
        self.table(TABLE + "attic: common cellar\n")
        self.assertEqual(self.faults(), ["tests/arrows.txt:6: there are no C files in attic",
                                         "tests/arrows.txt:6: cellar is neither a room nor a C file"])

    def test_lines_that_cannot_be_read(self):
        for line in ("wire:", "two words: common", "except wire/wire.h common/log.h", "common",
                     "except wire/wire.h common/log.h:"):
            with self.subTest(line=line):
                self.table(TABLE + line + "\n")
                self.assertEqual([fault.split(" ")[0] for fault in self.faults()],
                                 ["tests/arrows.txt:6:"])

    def test_a_circle_of_rooms(self):
        self.table(TABLE.replace("wire: common", "wire: common parent"))
        self.write("wire/frame.c", "#include \"parent/module.h\"\n")
        self.assertEqual(self.faults(), ["parent/pool.c:2: a circle of rooms:",
                                         "    parent/pool.c:2 includes wire/wire.h",
                                         "    wire/frame.c:1 includes parent/module.h"])

    def test_a_circle_of_files(self):
        self.write("common/trace.h", "")
        self.write("common/trace.c", "#include \"common/text.h\"\n")
        self.write("common/text.h", "#include \"common/log.h\"\n")
        self.write("common/log.c", "#include \"common/log.h\"\n#include \"common/trace.h\"\n")
        self.assertEqual(self.faults(), ["common/log.c:2: a circle of files:",
                                         "    common/log.c:2 includes common/trace.h",
                                         "    common/trace.c:1 includes common/text.h",
                                         "    common/text.h:1 includes common/log.h"])
        self.table(TABLE + "except common/log.c common/trace.h: digits have no file\n")
        self.assertEqual(self.faults(), [])

    def test_an_exception_holds_for_one_include_and_only_while_it_is_needed(self):
        exception = "except modules/ping.c wire/wire.h: until it is cut\n"
        self.table(TABLE + exception)
        self.assertEqual(self.faults(), ["tests/arrows.txt:6: modules/ping.c does not include "
                                         "wire/wire.h: remove the exception"])
        self.write("modules/ping.c", "#include \"wire/wire.h\"\n")
        self.assertEqual(self.faults(), [])
        self.write("modules/pong.c", "#include \"wire/wire.h\"\n")
        self.assertEqual(len(self.faults()), 1)
        self.table(TABLE.replace("modules: ", "modules: wire ") + exception)
        self.assertEqual(self.faults(), ["tests/arrows.txt:6: modules/ping.c may include "
                                         "wire/wire.h anyway: remove the exception"])
