"""Files of handlers through a whole pool: to Telegram and back, from a local Bot API server's disk,
and through programs, of which nothing stays."""

import os
import shutil
import tempfile
import unittest

import privileged
from korone import BIN, Korone, descendants, wait_for

FILES = os.path.join(BIN, "../tests/korone-worker-files")  # its module: modules/files.c
LARGE = 12_000_000


def sleeps(seconds):
    """Whether a program of that argument runs anywhere."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read() == f"sleep\0{seconds}\0".encode():
                    return True
        except OSError:
            pass  # it ended meanwhile
    return False


class PoolFilesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.korone = Korone({"KORONE_POOL_MIN": "1"}, start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = FILES
        cls.korone.start()
        cls.alice = cls.korone.person("Alice")

    def left(self, name):
        path = os.path.join(self.korone.pool.environment["KORONE_STATE_DIR"], "worker", name)
        return os.listdir(path) if os.path.isdir(path) else []

    def test_a_file_goes_to_telegram_and_back(self):
        for size in (1, 65536, 65537, LARGE):
            self.alice.says(f"/copy {size}")
            self.korone.bot.says_something(f"{size} bytes, the same: file_", timeout=60)
        self.assertEqual(self.left("files"), [])

    def test_an_answer_has_a_large_file(self):
        self.alice.says("/make 3000000")
        self.korone.bot.does(lambda call: call["method"] == "sendDocument"
                             and call["error_code"] == 0, "send a document", 60)

    def test_what_is_too_large_is_told(self):
        self.alice.says("/copy 21000000")
        self.korone.bot.says("This file is too large.", timeout=60)

    def test_no_file_stays_open(self):
        self.alice.says("/copy 100000")
        self.korone.bot.says_something("100000 bytes, the same", timeout=60)

        def is_closed():
            return not any("/worker/files/" in path
                           for pid in [self.korone.pool.pid, *descendants(self.korone.pool.pid)]
                           for path in privileged.descriptors(pid))
        wait_for(is_closed, 20, "every process of the pool has closed it")

    def test_a_program_is_run_and_nothing_stays(self):
        self.alice.says("/run echo said; (sleep 98771 &)")
        self.korone.bot.says("said")
        self.assertFalse(sleeps(98771))
        self.assertEqual(self.left("programs"), [])

    def test_a_program_has_no_secrets_of_the_pool(self):
        self.alice.says("/run export -p; cd /; echo *; echo $(< /proc/$PPID/environ) end")
        said = self.korone.bot.says_something("declare -x")["text"]
        for secret in ("DATABASE", "REDIS", "KORONE_", "TOKEN"):
            self.assertNotIn(secret, said)

    def test_a_page_is_read_within_the_walls(self):
        """korone-html puts up its own, inside of the keeper's."""
        self.alice.says("/html <ul><li>One<li id=x>Two</ul>")
        self.korone.bot.says_something("li\t\tOne\nli\tx\tTwo")

    def test_programs_wait_for_their_turn(self):
        others = [self.korone.person(f"Other {number}") for number in range(3)]
        for other in others:
            other.says("/run echo $BASHPID; sleep 0.3")
        for _ in others:
            self.korone.bot.does(lambda call: call["method"] == "sendMessage"
                                 and call["text"].strip().isdigit(), "say a number", 60)

    def test_a_missing_program_is_said_at_the_start(self):
        log = self.korone.pool.log()
        self.assertIn('msg="a program is not installed" ', log)
        self.assertIn("program=not-installed", log)


class KilledPoolTest(unittest.TestCase):
    def test_a_program_ends_with_its_pool(self):
        korone = Korone({"KORONE_POOL_MIN": "1"}, start=False)
        self.addCleanup(korone.close)
        korone.pool.program = FILES
        korone.start()
        korone.person("Alice").says("/run trap '' TERM; (sleep 98772; true); sleep 98772")
        wait_for(lambda: sleeps(98772), 30, "the program runs")
        korone.pool.kill()
        wait_for(lambda: not sleeps(98772), 20, "the program has ended")


class LocalServerTest(unittest.TestCase):
    def test_a_local_server_is_read_from_disk(self):
        directory = tempfile.mkdtemp(prefix="korone-local-", dir="/tmp")
        self.addCleanup(shutil.rmtree, directory)
        korone = Korone({"KORONE_POOL_MIN": "1", "KORONE_API_FILES_DIR": directory},
                        simulator=("--show", "--local", directory), start=False)
        self.addCleanup(korone.close)
        korone.pool.program = FILES
        korone.start()
        korone.person("Alice").says("/copy 30000000")
        korone.bot.says_something("30000000 bytes, the same: file_", timeout=60)

    def test_another_directory_is_not_read(self):
        directory = tempfile.mkdtemp(prefix="korone-local-", dir="/tmp")
        self.addCleanup(shutil.rmtree, directory)
        korone = Korone({"KORONE_POOL_MIN": "1", "KORONE_API_FILES_DIR": "/usr"},
                        simulator=("--show", "--local", directory), start=False)
        self.addCleanup(korone.close)
        korone.pool.program = FILES
        korone.start()
        korone.person("Alice").says("/copy 1000")
        korone.bot.says("The file could not be fetched. Please try again later.", timeout=60)


if __name__ == "__main__":
    unittest.main()
