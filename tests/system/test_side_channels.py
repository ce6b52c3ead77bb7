"""What operators and probes use beside the bot itself: health ports, command sockets, standard streams,
signals, the manual."""

import os
import signal
import socket
import subprocess
import unittest

from korone import BIN, Korone, wait_for

SILENT = 120  # connections that are opened and say nothing
PROBE_S = 1.5  # what a probe waits for its answer
CONTROLS = {"ingress": ("backlog",), "crashd": ("incidents",), "recorder": ("user", "show", "1")}


class SideChannelsTest(unittest.TestCase):
    """One system for all tests; each leaves it ready."""

    @classmethod
    def setUpClass(cls):
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        for process in cls.korone.processes:
            process.wrapper = ("/bin/sh", "-c", 'exec "$0" <&- >&-')  # and so each has no 0 and 1
        cls.korone.start()

    def koronectl(self, *arguments, patience=60, **settings):
        return subprocess.run([BIN + "/koronectl", *arguments], capture_output=True, text=True,
                              timeout=patience, env={**self.korone.environment, **settings})

    def connect(self, family, address):
        silent = socket.socket(family, socket.SOCK_STREAM)
        self.addCleanup(silent.close)
        silent.connect(address)

    def test_silent_connections_hold_up_no_probe(self):
        for process in self.korone.processes:
            for _ in range(SILENT):
                self.connect(socket.AF_INET, ("127.0.0.1", process.port))
            done = self.koronectl("health", process.name, "--ready", patience=PROBE_S,
                                  KORONE_HEALTH_LISTEN=f"127.0.0.1:{process.port}")
            self.assertEqual((done.returncode, done.stderr), (0, ""), process.name)

    def test_silent_connections_hold_up_no_command(self):
        for name, command in CONTROLS.items():
            for _ in range(SILENT):
                self.connect(socket.AF_UNIX, f"{self.korone.dir}/run/{name}.control")
            done = self.koronectl(*command)
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)

    def test_closed_streams_are_opened_on_nothing(self):
        for process in self.korone.processes:
            for fd in (0, 1):
                self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{fd}"), "/dev/null",
                                 process.name)

    def test_a_hangup_ends_nobody(self):
        pids = {process.name: process.pid for process in self.korone.processes}
        for process in self.korone.processes:
            process.signal(signal.SIGHUP)
        operator = self.korone.operator()
        operator.says("/ping hangup")
        self.korone.bot.says("pong hangup", chat=operator.id)
        for process in self.korone.processes:
            wait_for(process.is_ready, 30, f"{process.name} is ready")
        self.assertEqual(pids, {process.name: process.pid for process in self.korone.processes})

    def test_the_manual_tells_what_signals_do(self):
        for process in self.korone.processes:
            page = subprocess.run([process.program, "--man"], capture_output=True, text=True).stdout
            self.assertIn("SIGHUP", page)
            self.assertIn("SIGTERM", page)


class ClosedErrorTest(unittest.TestCase):
    def test_log_lines_go_into_no_file_of_the_state(self):
        """With descriptor 2 closed the first file that is opened would get it."""
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        for process in korone.processes:
            process.wrapper = ("/bin/sh", "-c", 'exec "$0" 2>&-')
        korone.start()
        for process in korone.processes:
            self.assertEqual(process.stop(), 0, process.name)
        for directory, _, names in os.walk(korone.dir + "/state"):
            for name in names:
                with open(f"{directory}/{name}", "rb") as file:
                    self.assertNotIn(b"level=notice", file.read(), f"{directory}/{name}")


if __name__ == "__main__":
    unittest.main()
