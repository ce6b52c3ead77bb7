"""Postgres behind pgbouncer: what works through it, and what says at once that it does not."""

import os
import subprocess
import unittest

from korone import Korone, OPERATOR_ID, free_port, wait_for
from stores import unprivileged

SAYS = "the recorder needs a session of its own"


class Pooler:
    def __init__(self, stores, mode):
        self.port = free_port()
        self.directory = f"{stores.dir}/pgbouncer-{self.port}"
        os.mkdir(self.directory)
        os.chmod(self.directory, 0o777)
        configuration = self.directory + "/pgbouncer.ini"
        with open(configuration, "w") as file:
            file.write(f"[databases]\nappdb = host={stores.dir} user=app\n"
                       f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
                       f"unix_socket_dir =\nauth_type = any\npool_mode = {mode}\n"
                       f"logfile = {self.directory}/log\npidfile = {self.directory}/pid\n")
        self.url = f"postgresql://app@127.0.0.1:{self.port}/appdb"
        self.process = subprocess.Popen([*unprivileged(), "/usr/sbin/pgbouncer", "-q", configuration],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.listens, 10, "pgbouncer listens")

    def listens(self):
        return os.path.exists(self.directory + "/pid")

    def close(self):
        # From version 1.23 on SIGTERM waits for the clients.
        self.process.kill()
        self.process.wait()


class PoolerTest(unittest.TestCase):
    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)

    def pooler(self, mode):
        pooler = Pooler(self.korone.stores, mode)
        self.addCleanup(pooler.close)
        return pooler

    def test_in_transaction_mode_a_recorder_says_what_it_needs(self):
        recorder = self.korone.recorder
        recorder.environment["DATABASE_URL"] = self.pooler("transaction").url
        # The second one meets what the first has left in the shared session.
        for _ in range(3):
            before = len(recorder.log()) if recorder.process else 0
            self.assertEqual(recorder.start().process.wait(20), 69)
            self.assertIn(SAYS, recorder.log()[before:])
            self.assertIn("connect directly", recorder.log()[before:])
        self.assertNotIn("prepared statement \"", recorder.log())
        self.assertNotIn("applying migration", recorder.log(), "nothing is written")

    def test_in_session_mode_it_works(self):
        url = self.pooler("session").url
        for process in (self.korone.recorder, self.korone.pool):
            process.environment["DATABASE_URL"] = url
        self.korone.start()
        self.korone.recorder.stop()
        self.korone.recorder.start().wait_until_ready()
        alice = self.korone.person("Alice")
        alice.says("hello")
        self.korone.recorder.has(alice)

    def test_workers_work_in_transaction_mode(self):
        self.korone.pool.environment["DATABASE_URL"] = self.pooler("transaction").url
        self.korone.start()
        operator = self.korone.simulator.person("Olga", id=OPERATOR_ID)
        group = self.korone.chat("Friends", members=[operator])
        self.korone.simulator.control("member", {"chat": group, "person": operator.id,
                                                 "status": "administrator"})
        for number in range(3):
            operator.says("/disable ping", chat=group)
            self.korone.bot.says_something("/ping is off", chat=group)
            operator.says("/enable ping", chat=group)
            self.korone.bot.says_something("/ping is on again", chat=group)
            operator.says("/export")
            self.korone.bot.does(lambda call: call["method"] == "sendDocument", "send a file")
            self.korone.pool.stop()
            self.korone.pool.start().wait_until_ready()
        self.assertNotIn("level=error", self.korone.pool.log())


if __name__ == "__main__":
    unittest.main()
