"""The walls between the processes: what one that was taken over cannot do to the others."""

import subprocess
import unittest

import privileged
from korone import Korone, descendants
from stores import unprivileged, wait_for


class EveryProgram(unittest.TestCase):
    """Of one user who is not root, as everywhere but in some tests."""

    @classmethod
    def setUpClass(cls):
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.leave_root()
        cls.korone.start()
        cls.crash_once()

    @classmethod
    def crash_once(cls):
        """So that crashd has a symbolizer."""
        operator = cls.korone.operator()
        operator.says("/op_crash")
        cls.korone.reports.wait_for_span(lambda span: "code.function" in span.attributes)

    def pids(self):
        return [pid for process in self.korone.processes
                for pid in (process.pid, *descendants(process.pid))]

    def name(self, pid):
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()

    def can_read(self, pid, name):
        """Whether another process of their user can."""
        done = subprocess.run([*unprivileged(), "sh", "-c", 'exec <"$0"', f"/proc/{pid}/{name}"],
                              capture_output=True)
        return done.returncode == 0

    def test_no_process_is_open_to_others_of_its_user(self):
        names = {self.name(pid) for pid in self.pids()}
        self.assertLessEqual({"korone-ingress", "korone-recorder", "korone-crashd", "symbolizer",
                              "korone-nursery", "korone-sender", "korone-child"}, names)
        for pid in self.pids():
            for name in ("environ", "maps", "mem"):
                with self.subTest(process=self.name(pid), name=name):
                    self.assertFalse(self.can_read(pid, name))

    def test_another_program_is_open(self):
        """Otherwise the other test would show nothing."""
        with subprocess.Popen([*unprivileged(), "sleep", "60"]) as other:
            wait_for(lambda: self.name(other.pid) == "sleep", 5, "it runs")
            for name in ("environ", "maps", "mem"):
                self.assertTrue(self.can_read(other.pid, name), name)
            other.kill()

    def test_none_gains_privileges(self):
        for pid in self.pids():
            with self.subTest(process=self.name(pid)):
                self.assertIn("NoNewPrivs:\t1\n", privileged.read(pid, "status"))
