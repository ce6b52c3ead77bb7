"""botapi/table.c is what botapi/make-table makes of the package that both name."""

import pathlib
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class BotapiTableTest(unittest.TestCase):
    def test_the_table_is_what_the_script_makes(self):
        if not shutil.which("npm") or not shutil.which("node"):
            self.skipTest("node and npm are not installed")
        reached = subprocess.run(["npm", "ping"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, timeout=60, check=False)
        if reached.returncode:
            self.skipTest("npm's registry cannot be reached")
        made = subprocess.run([ROOT / "botapi/make-table"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=300, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertTrue(made.stdout == (ROOT / "botapi/table.c").read_text(),
                        "botapi/table.c is out of date: botapi/make-table >botapi/table.c")


if __name__ == "__main__":
    unittest.main()
