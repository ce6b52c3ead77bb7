#!/usr/bin/python3
"""compose.yaml and the Dockerfiles, checked by their own tools."""

import glob
import os
import shutil
import subprocess
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


class Files(unittest.TestCase):
    def assert_content(self, *command, **environment):
        done = subprocess.run(command, capture_output=True, text=True,
                              env={**os.environ, **environment})
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), command)

    def test_compose_file_with_every_profile(self):
        for full in ("", "yes"):
            self.assert_content("docker", "compose", "-f", ROOT + "/deploy/compose.yaml", "config", "--quiet",
                                KORONE_FULL=full)
        for profiles in ("", "simulator", "monitoring", "simulator,monitoring"):
            self.assert_content("docker", "compose", "-f", ROOT + "/deploy/compose.yaml",
                                "config", "--quiet", COMPOSE_PROFILES=profiles)

    @unittest.skipUnless(shutil.which("dockerfile-utils"), "no npm when the engine was made")
    def test_dockerfiles(self):
        files = [ROOT + "/deploy/Dockerfile", *glob.glob(ROOT + "/tests/deploy/standins/*file")]
        self.assertGreater(len(files), 3)
        for file in files:
            self.assert_content("dockerfile-utils", "lint", file)


if __name__ == "__main__":
    unittest.main()
