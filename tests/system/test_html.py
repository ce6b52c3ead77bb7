"""korone-html as a program: what it prints of pages as sites make them, which is what the conversation
with /device has of it; what hostile pages cost; what it refuses."""

import pathlib
import re
import resource
import subprocess
import tempfile
import unittest

from checkout import BIN, ROOT

PROGRAM = BIN / "korone-html"
PAGES = ROOT / "tests/system/pages"
MEGABYTES = 64  # as the module says
EX_USAGE, EX_NOINPUT = 64, 66
PAGE_MAX = 4 << 20


class HtmlCase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-html-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def run_program(self, *words):
        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20))
        return subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=60, preexec_fn=limit)

    def prints(self, page, *wanted):
        path = self.directory / "page"
        path.write_bytes(page)
        done = self.run_program(path, *wanted)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout


class PagesTest(HtmlCase):
    """The module's arguments, taken from it, and the conversation's lines for these pages."""

    SOURCE = (ROOT / "workers/modules/tools/phones.c").read_text()
    TOLD = (ROOT / "tests/modules/tools/phones.txt").read_text()

    def wanted(self, name):
        return re.search(rf'^#define {name} "(.*)"$', self.SOURCE, re.M).group(1).split()

    def is_told(self, page, name):
        printed = self.run_program(PAGES / page, *self.wanted(name)).stdout
        self.assertGreater(printed.count("\n"), 3)
        self.assertIn("program korone-html says: " + printed.rstrip("\n").replace("\n", "\n  | ") + "\n",
                      self.TOLD)

    def test_a_search(self):
        self.is_told("search.html", "FOUND")

    def test_a_phone(self):
        self.is_told("phone.html", "SPECS")

    def test_a_page_of_another_shape(self):
        page = (PAGES / "search.html").read_bytes().replace(b"general-menu", b"menu")
        self.assertEqual(self.prints(page, *self.wanted("FOUND")), "")


class HostileTest(HtmlCase):
    def test_pages_cost_no_more_than_their_size(self):
        """Within the memory and time that the module gives; with a parser that makes a tree, 60 kB took 3 GB."""
        for piece in (b"<b>", b"<table>", b"<p>x<b>", b"<a x=1>", b"<td", b"&", b"<!--", b"<script>", b"<a b='",
                      b"<p></b>", b"<!DOCTYPE", b"<svg>", b"&#x1f4f1;", b"\0", b"\xff", b"<select><option>"):
            with self.subTest(piece=piece):
                page = piece * (PAGE_MAX // len(piece))
                self.assertLess(len(self.prints(page, "all=p:.", "link=a:@x")), 300000)

    def test_what_is_no_page_prints_nothing(self):
        for page in (b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, b'{"p": ["<", "p"]}'):
            self.assertEqual(self.prints(page, "li=li:.", "d=div"), "")

    def test_what_is_too_large_is_refused(self):
        path = self.directory / "page"
        path.write_bytes(b" " * (PAGE_MAX + 1))
        done = self.run_program(path, "p=p")
        self.assertEqual((done.returncode, done.stdout), (EX_NOINPUT, ""))

    def test_what_it_does_not_take_is_named(self):
        for words, code, reason in (
                ((), EX_USAGE, "no page"), (("page",), EX_USAGE, "1 to 8 rows"), (("page", "p"), EX_USAGE, '"p" is no'),
                (("page", *["p=p"] * 9), EX_USAGE, "1 to 8 rows"), (("none", "p=p"), EX_NOINPUT, "none")):
            done = self.run_program(*words)
            self.assertEqual((done.returncode, done.stdout), (code, ""))
            self.assertIn(reason, done.stderr)
