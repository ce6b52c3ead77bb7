"""A log that nobody reads: the bot keeps working, and what is lost is counted, and reported once
somebody reads."""

import os
import pty
import re
import select
import subprocess
import termios
import threading
import time

from korone import Korone, MISBEHAVING, SystemTest, wait_for

PEOPLE = 900
DROPPED = "korone_log_lines_dropped_total"


class Stderr:
    """A named pipe that is full: a process's standard error, read when told to."""

    def __init__(self, process):
        self.process = process
        process.log_path = process.log_path.removesuffix(".log") + ".fifo"
        os.mkfifo(process.log_path)
        # Both ends, so that the process finds a reader; only this description is non-blocking.
        self.fd = os.open(process.log_path, os.O_RDWR | os.O_NONBLOCK)
        self.fill()
        self.read, self.ends = b"", False

    def fill(self):
        for size in (4096, 1):
            try:
                while True:
                    os.write(self.fd, size * b".")
            except BlockingIOError:
                pass

    def start_reading(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ends:
            if select.select([self.fd], [], [], 0.1)[0]:
                self.read += os.read(self.fd, 65536)

    def text(self):
        return self.read.decode()

    def announced(self):
        return [int(found) for found in re.findall(r"log lines were lost: .* lines=(\d+)", self.text())]

    def close(self):
        self.ends = True
        if hasattr(self, "thread"):
            self.thread.join()
        os.close(self.fd)


class UnreadLogTest(SystemTest):
    settings = {"KORONE_LOG_LEVEL": "debug"}

    def setUp(self):
        self.korone = Korone(self.settings, self.simulator_options, start=False)
        self.addCleanup(self.finish)
        self.korone.pool.program = MISBEHAVING
        self.outputs = {process.name: Stderr(process) for process in self.korone.processes}
        for output in self.outputs.values():
            self.addCleanup(output.close)
        self.korone.start()

    def finish(self):
        for output in self.outputs.values():
            if not hasattr(output, "thread"):
                output.start_reading()
        super().finish()

    def everybody_pings(self):
        self.korone.simulator.control("crowd", {"rate": 0, "count": PEOPLE, "pings": 100, "chats": PEOPLE})
        self.korone.wait_until_quiet()
        self.assertEqual(self.korone.simulator.statistics()["pings"]["missing"], 0)

    def shout(self):
        alice = self.korone.person("Alice")
        alice.says("/misbehave shout")
        alice.says("/ping after it")
        self.korone.bot.says("pong after it", chat=alice.id)

    def test_nobody_reads_and_then_somebody_does(self):
        pids = {process.name: process.pid for process in self.korone.processes}
        self.everybody_pings()
        self.shout()
        self.everybody_pings()
        for process in self.korone.processes:
            with self.subTest(process=process.name):
                self.assertEqual(process.pid, pids[process.name])
                self.assertIsNone(process.process.poll())
                self.assertEqual(process.get("/healthz")[0], 200)
        pool, output = self.korone.pool, self.outputs["worker"]
        lost = pool.metric(DROPPED)
        self.assertGreater(lost, 1000, "what its child lost")
        output.start_reading()
        wait_for(lambda: sum(output.announced()) == pool.metric(DROPPED), 10, "it is said")
        self.assertEqual(len(output.announced()), 1)
        self.assertEqual(output.announced()[0], lost)
        # The first line follows the dots that filled the pipe.
        lines = [line.lstrip(".") for line in output.text().splitlines()]
        wrong = [line for line in lines if not re.match(
            r"ts=\S+ level=\w+ process=\w+ subsystem=.+|a handler that prints what is no line of the log \d+$",
            line)]
        self.assertEqual(wrong, [])
        self.assertTrue([line for line in lines if " process=worker " in line])
        self.shout()
        wait_for(lambda: "process=child" in output.text(), 10, "later lines come")

    def test_an_end_takes_no_longer(self):
        for process in reversed(self.korone.processes):
            started = time.monotonic()
            self.assertEqual(process.stop(), 0)
            self.assertLess(time.monotonic() - started, 5, process.name)


class OtherOutputsTest(SystemTest):
    """Each with a worker whose standard error is something else that accepts nothing."""

    settings = {"KORONE_LOG_LEVEL": "debug"}

    def check(self, stderr, preexec=None):
        pool = self.korone.pool
        pool.stop()
        pool.process = subprocess.Popen([MISBEHAVING], env=pool.environment, stdout=subprocess.DEVNULL,
                                        stderr=stderr, start_new_session=True, preexec_fn=preexec)
        pool.wait_until_ready()
        for number in range(2):
            alice = self.korone.person("Alice")
            alice.says("/misbehave shout")
            alice.says(f"/ping {number}")
            self.korone.bot.says(f"pong {number}", chat=alice.id)
        self.assertEqual(pool.get("/healthz")[0], 200)
        self.assertGreater(pool.metric(DROPPED), 1000)
        self.assertEqual(pool.stop(), 0)

    def test_a_reader_that_is_gone(self):
        reader, writer = os.pipe()
        os.close(reader)
        self.check(writer)
        os.close(writer)

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            self.check(full)

    def test_a_terminal_that_was_stopped(self):
        master, terminal = pty.openpty()
        termios.tcflow(terminal, termios.TCOOFF)
        self.check(terminal)
        termios.tcflow(terminal, termios.TCOON)
        os.close(terminal)
        os.close(master)

    def test_a_pipe_of_somebody_else(self):
        """A file that a process may write to but not open again."""
        reader, writer = os.pipe()
        os.fchown(writer, 1, 1)
        self.check(writer)
        blocking = os.get_blocking(writer)
        os.close(reader)
        os.close(writer)
        self.assertTrue(blocking, "its description is as it was")
