"""SIGHUP: a pool switches to the installed program, and nobody notices."""

import os
import shutil
import signal
import unittest

import privileged
from korone import BIN, SystemTest, wait_for


class ReplaceTest(SystemTest):
    simulator_options = ("--show", "--delay-ms", "5")

    def setUp(self):
        super().setUp()
        self.pool = self.korone.pool
        self.installed = self.korone.dir + "/korone-worker"
        shutil.copy(os.path.join(BIN, "korone-worker"), self.installed)
        self.pool.stop()
        self.pool.program = self.installed
        self.pool.start().wait_until_ready()
        wait_for(self.pool.children, 10, "there are children")

    def install(self, source):
        shutil.copy(source, self.installed + ".new")
        os.chmod(self.installed + ".new", 0o755)
        os.rename(self.installed + ".new", self.installed)

    def processes(self):
        status = self.pool.status()
        return {status["nursery_pid"], status["sender_pid"], *self.pool.children()}

    def test_all_processes_but_the_parent_are_new(self):
        before = self.processes()
        self.install(os.path.join(BIN, "korone-worker"))
        self.korone.simulator.control("crowd", {"rate": 1500, "count": 4000, "pings": 80,
                                                "chats": 100, "spread": "even"})
        answered = lambda: self.korone.simulator.statistics()["pings"]["answered"]  # noqa: E731
        wait_for(lambda: answered() > 500, 30, "some are answered")
        self.pool.signal(signal.SIGHUP)
        wait_for(lambda: "replacement complete" in self.pool.log(), 20, "all is replaced")
        self.korone.wait_until_quiet()
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in ("missing", "duplicates", "disordered")},
                         dict(missing=0, duplicates=0, disordered=0))
        after = self.processes()
        self.assertFalse(before & after)
        for pid in after:
            self.assertEqual(privileged.follow(pid, "exe"), self.installed)
        self.assertNotIn("session lost", self.pool.log())
        self.assertNotIn("died", self.pool.log())

    def test_a_program_that_cannot_be_used_is_not(self):
        before = self.processes()
        self.install("/bin/false")
        self.pool.signal(signal.SIGHUP)
        wait_for(lambda: "going on with the current program" in self.pool.log(), 10, "it is said")
        alice = self.korone.person("Alice")
        alice.says("/ping 1")
        self.korone.bot.says("pong 1", chat=alice.id)
        self.assertEqual(before, self.processes())

    def test_a_handler_at_work_finishes(self):
        operator = self.korone.operator()
        self.korone.simulator.control("faults", {"method": "sendMessage", "mode": "slow",
                                                 "delay_ms": 3000, "times": 1})
        operator.says("/ping 1")
        operator.says("/ping 2")
        wait_for(lambda: self.pool.status()["unsent_calls"] == 2, 5, "a call is under way")
        self.pool.signal(signal.SIGHUP)
        self.korone.bot.says("pong 1", chat=operator.id)
        self.korone.bot.says("pong 2", chat=operator.id)
        wait_for(lambda: "replacement complete" in self.pool.log(), 10, "all is replaced")
        said = [call for call in self.korone.bot.calls(100) if call["method"] == "sendMessage"]
        self.assertEqual(said, [], "nothing is said twice")


if __name__ == "__main__":
    unittest.main()
