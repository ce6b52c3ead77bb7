"""A third-party client library lives through a long story in the simulator: grammY, in TypeScript. It must
not complain, and all that it is answered and told must be of the types that its authors made of the
documentation."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from test_botapi_sim import SimulatorTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build/grammy"


class GrammyTest(SimulatorTest):
    @classmethod
    def setUpClass(cls):
        version = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True, check=True)
        if int(version.stdout[1:].split(".")[0]) < 18:
            raise unittest.SkipTest("node has no fetch() before version 18 (Ubuntu 22.04 has 12)")
        fetched = subprocess.run([ROOT / "tests/fetch-grammy"], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        if fetched.returncode:
            raise AssertionError(fetched.stdout)

    def setUp(self):
        super().setUp()
        # Modules are looked for from the folder upwards.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="story-", dir=PACKAGES))
        self.addCleanup(shutil.rmtree, self.folder)
        for name in ("scenario.ts", "tsconfig.json", "package.json"):
            shutil.copy(ROOT / "tests/grammy" / name, self.folder)

    def run_in_folder(self, *command):
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=240, check=False,
                              env={**os.environ, "NO_PROXY": "127.0.0.1"})
        self.assertEqual(done.returncode, 0, done.stdout[-6000:])
        return done.stdout

    def compile(self):
        self.run_in_folder("node", PACKAGES / "node_modules/typescript/bin/tsc", "--project", ".")

    def test_a_long_story_without_a_complaint(self):
        self.compile()
        print("# " + self.run_in_folder("node", "scenario.js", self.simulator.url,
                                        self.simulator.token, "record.ts").strip())
        (self.folder / "scenario.ts").unlink()
        self.compile()

    def test_the_check_of_types_finds_what_is_wrong(self):
        """What has a wrong, an unknown or no field is found."""
        (self.folder / "scenario.ts").unlink()
        user = '"id":1,"is_bot":false,"first_name":"A"'
        for fields, is_right in ((user, True), (user + ',"age":3', False),
                                 ('"id":1,"is_bot":false', False),
                                 ('"id":"1","is_bot":false,"first_name":"A"', False)):
            (self.folder / "record.ts").write_text(
                'import type { User } from "@grammyjs/types";\n'
                f"export const v: User = {{{fields}}};\n")
            if is_right:
                self.compile()
            else:
                with self.assertRaises(AssertionError):
                    self.compile()


if __name__ == "__main__":
    unittest.main()
