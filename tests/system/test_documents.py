"""tests/documents, the part of lint that reads the documents: what is wrong in a copy of them is
found, each fault by itself."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class DocumentsTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-documents-")
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                                check=True).stdout.splitlines()
        for path in listed:
            if (ROOT / path).exists() and not path.startswith("tests/fuzz/seeds"):
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / path, self.root / path)
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)

    def faults(self):
        done = subprocess.run([ROOT / "tests/documents", self.root], stdout=subprocess.PIPE,
                              text=True, check=False)
        self.assertIn(done.returncode, (0, 1))
        return done.stdout.splitlines() if done.returncode else []

    def change(self, path, old, new):
        text = (self.root / path).read_text()
        self.assertIn(old, text)
        (self.root / path).write_text(text.replace(old, new, 1))

    def assert_fault(self, *words):
        faults = self.faults()
        self.assertEqual(len(faults), 1, faults)
        for word in words:
            self.assertIn(word, faults[0])

    def test_the_documents_are_true(self):
        self.assertEqual(self.faults(), [])

    def test_a_link_that_leads_nowhere(self):
        self.change("README.md", "(PRIVACY.md)", "(PRIVATE.md)")
        self.assert_fault("README.md", "PRIVATE.md")

    def test_a_heading_that_is_not_there(self):
        self.change("docs/scaling.md", "## Step by step", "## Steps")
        self.assert_fault("docs/operating.md", "step-by-step")

    def test_a_file_that_was_renamed(self):
        (self.root / "ingress/pools/recovery.c").rename(self.root / "ingress/pools/holdover.c")
        self.assert_fault("ARCHITECTURE.md", "recovery.c")

    def test_a_folder_without_a_readme(self):
        (self.root / "recorder/README.md").unlink()
        self.assert_fault("recorder", "README.md")

    def test_a_message_without_its_row(self):
        self.change("common/message.h", "MESSAGE(BYE, 9,", "MESSAGE(BYE, 12,")
        self.assert_fault("ARCHITECTURE.md", "BYE")

    def test_a_picture_of_something_else(self):
        self.change("docs/processes.dot", "keeps the books", "keeps books")
        self.assert_fault("processes.svg", "parent")

    def test_an_arrow_that_is_not_drawn(self):
        self.change("docs/processes.dot", "\tingress -> spool",
                    "\trecorder -> spool [dir=both]\n\tingress -> spool")
        self.assert_fault("processes.svg", "recorder->spool")

    def test_other_colours(self):
        self.change("docs/processes.css", "stroke-width: 1.3", "stroke-width: 1.4")
        self.assert_fault("processes.css", "make picture")
