"""A copy of the sources for a test that changes them."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("BIN_DIR", ROOT / "build/bin"))


def run(*command, cwd):
    """Exit code, output and errors."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True,
                          timeout=600)
    return done.returncode, done.stdout, done.stderr


class CheckoutCase(unittest.TestCase):
    """Each test has a copy of its own, without what was built."""

    def setUp(self):
        self.checkout = pathlib.Path(tempfile.mkdtemp(prefix="korone-checkout-"))
        self.addCleanup(shutil.rmtree, self.checkout)
        files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True,
                               capture_output=True, check=True).stdout.splitlines()
        for name in files:
            if (ROOT / name).is_file():
                (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.checkout / name)

    def write(self, name, text):
        (self.checkout / name).write_text(text)

    def read(self, name):
        return (self.checkout / name).read_text()

    def new_module(self, *arguments, folder="."):
        return run(BIN / "koronectl", "new-module", *arguments, cwd=self.checkout / folder)

    def build_module_tests(self):
        """For their output, not for their speed."""
        code, out, err = run("make", "-s", f"-j{os.cpu_count()}", "OPT=-O0", "WERROR=1",
                             "module-tests", cwd=self.checkout)
        self.assertEqual((code, err), (0, ""), out)

    def run_modules(self, *arguments):
        return run("build/tests/run-modules", *arguments, cwd=self.checkout)
