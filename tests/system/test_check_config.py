"""--check-config refuses what a start refuses, in the same words, and prints no password."""

import os
import subprocess
import tempfile
import unittest

from korone import BIN

GOOD = {"TELEGRAM_BOT_TOKEN": "123456:abcdefghijklmnopqrstuvwxyzabcdefghi",
        "DATABASE_URL": "postgresql://user:hunter2@127.0.0.1:1/x",
        "REDIS_URL": "redis://:hunter2@127.0.0.1:1", "KORONE_PRIVACY_KEY": "0123456789abcdef",
        "LOGFIRE_TOKEN": "pylf_v1_us_x, pylf_v1_eu_y ", "LOGFIRE_BASE_URL": "http://u:hunter2@127.0.0.1:1"}

# What is wrong, by program; and a part of what is said.
WRONG = [
    ("ingress", {"KORONE_WEBHOOK_SECRET": "not a secret"}, "KORONE_WEBHOOK_SECRET: "),
    ("ingress", {"TELEGRAM_BOT_TOKEN": "1234567890123456789:" + 35 * "x"}, "TELEGRAM_BOT_TOKEN: "),
    ("recorder", {"DATABASE_URL": "jdbc:postgresql://127.0.0.1/x?user=a&password=hunter2"},
     "DATABASE_URL: is not a libpq URI"),
    ("recorder", {"REDIS_URL": "hunter2@127.0.0.1:6379"}, "REDIS_URL: is not a Redis URL; allowed: "
     "redis://[user:password@]host"),
    ("worker", {"DATABASE_URL": "jdbc:postgresql://127.0.0.1/x?user=a&password=hunter2"},
     "DATABASE_URL: is not a libpq URI"),
    ("worker", {"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL: is not a Redis URL"),
    ("worker", {"KORONE_MODULES_LOAD": "ping, pong"},
     'KORONE_MODULES_LOAD: unknown module "pong"'),
    ("worker", {"KORONE_LINKS_SITES": "x, nowhere"}, 'KORONE_LINKS_SITES: "nowhere" is no site; allowed: all, or some of'),
    # Not what Kubernetes sets for a service: there is none of that name, or no Kubernetes.
    ("worker", {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KORONE_POOL_PORT": "7"},
     "KORONE_POOL_PORT: no such setting"),
    ("worker", {"KORONE_SERVICE_HOST": "10.96.0.7"}, "KORONE_SERVICE_HOST: no such setting"),
    ("worker", {"KORONE_DEFAULT_LOCALE": "tlh"}, 'KORONE_DEFAULT_LOCALE: "tlh" is not one of'),
    ("crashd", {"LOGFIRE_TOKEN": "Bearer hunter2"}, "LOGFIRE_TOKEN: has a blank"),
    ("crashd", {"LOGFIRE_TOKEN": ",".join(f"token{i}" for i in range(9))},
     "LOGFIRE_TOKEN: has 9 tokens; allowed: at most 8"),
    ("crashd", {"LOGFIRE_BASE_URL": "ftp://user:hunter2@host"},
     'LOGFIRE_BASE_URL: "***@host" is not a URL'),
]


class CheckConfigTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-test-", dir="/tmp")
        self.addCleanup(directory.cleanup)
        self.dir = directory.name

    def run_program(self, name, *arguments, **settings):
        environment = {**GOOD, "KORONE_RUN_DIR": self.dir, "KORONE_STATE_DIR": self.dir,
                       "KORONE_HEALTH_LISTEN": "127.0.0.1:0", **settings}
        done = subprocess.run([f"{BIN}/korone-{name}", *arguments], capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], **environment}, timeout=60)
        self.assertNotIn("hunter2", done.stdout + done.stderr)
        return done

    def test_what_a_start_refuses_is_refused(self):
        for name, wrong, said in WRONG:
            with self.subTest(name, **{key: said for key in wrong}):
                checked = self.run_program(name, "--check-config", **wrong)
                self.assertEqual(checked.returncode, 78, checked.stderr)
                self.assertIn(said, checked.stderr)
                started = self.run_program(name, **wrong)
                self.assertEqual(started.returncode, 78, started.stderr)
                self.assertIn(said, started.stderr.replace('\\"', '"'))

    def test_what_is_good_is_printed_without_a_password(self):
        for name in ("ingress", "worker", "recorder", "crashd"):
            done = self.run_program(name, "--check-config")
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            self.assertIn(f"KORONE_STATE_DIR={self.dir}\n", done.stdout)

    def test_what_is_not_loaded_without_its_key_is_said(self):
        said = "# lastfm is not loaded: KORONE_LASTFM_KEY is not set\n"
        for settings, expected in (({}, True), ({"KORONE_LASTFM_KEY": "0123456789abcdef"}, False),
                                   ({"KORONE_MODULES_NOT_LOAD": "lastfm"}, False)):
            done = self.run_program("worker", "--check-config", **settings)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(said in done.stdout, expected, settings)

    def test_the_programs_of_modules_are_told(self):
        """Where they are, or what is missing; one that is named and is not there, in the log, too."""
        done = self.run_program("worker", "--check-config", KORONE_YT_DLP="/nowhere/yt-dlp")
        self.assertIn("# module links runs yt-dlp: it is not installed\n", done.stdout)
        self.assertIn("program=/nowhere/yt-dlp", done.stdout + done.stderr)
        self.assertIn("# module links runs gallery-dl: KORONE_GALLERY_DL is not set\n", done.stdout)
        done = self.run_program("worker", "--check-config", KORONE_GALLERY_DL="/bin/true")
        self.assertIn("# module links runs gallery-dl: /bin/true\n", done.stdout)

    def test_services_of_kubernetes_are_passed_over(self):
        """What it sets in each pod, unless told not to, for a service that is named korone."""
        services = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KORONE_SERVICE_HOST": "10.96.0.7",
                    "KORONE_SERVICE_PORT": "9101", "KORONE_PORT": "tcp://10.96.0.7:9101",
                    "KORONE_PORT_9101_TCP_ADDR": "10.96.0.7", "KORONE_SERVICE_PORT_HTTP": "9101"}
        for name in ("ingress", "worker", "recorder", "crashd"):
            done = self.run_program(name, "--check-config", **services)
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)


if __name__ == "__main__":
    unittest.main()
