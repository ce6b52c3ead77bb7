#!/usr/bin/python3
"""The endpoints of the real processes: what they say while all is well, while a dependency is away,
and while their loop hangs."""

import json
import os
import re
import signal
import subprocess
import unittest
import urllib.request

import privileged
from korone import Korone, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
PROMTOOL = os.path.join(HERE, "../deploy/promtool")

# What a label value may be: words, HTTP status codes, version numbers, histogram bounds.
LABEL = re.compile(r"[A-Za-z][A-Za-z_]*|[1-5][0-9x]{2}|\d+\.\d+\.\d+|\+Inf|[0-9.e+-]{1,8}")


class HeldLoop:
    """Stops only the main thread of a process: to the other threads it looks like a hanging loop.
    SIGSTOP would stop all of them."""

    def __init__(self, pid):
        self.pid = pid
        privileged.hold(pid)

    def is_told_to_abort(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/status") as file:
            pending = int(re.search(r"SigPnd:\s*(\w+)", file.read())[1], 16)
        return bool(pending & 1 << 5)  # SIGABRT

    def let_go(self):
        privileged.let_go(self.pid)


class Health(unittest.TestCase):
    """One system for all tests; each leaves it ready."""

    @classmethod
    def setUpClass(cls):
        cls.korone = Korone()
        cls.addClassCleanup(cls.korone.close)
        cls.processes = cls.korone.processes

    def tearDown(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            self.korone.print_logs()

    def wait_until_all_are_ready(self):
        for process in self.processes:
            process.wait_until_ready()

    # --- metrics ---

    def series(self):
        """{process: names with labels}"""
        return {process.name: {line.rsplit(" ", 1)[0]
                               for line in process.get("/metrics")[1].splitlines()
                               if not line.startswith("#")}
                for process in self.processes}

    def live(self):
        """Messages, a button, a crash and an error of a new person: what should be counted is
        counted."""
        person = self.korone.simulator.person("Mallory")
        operator = self.korone.operator()
        group = self.korone.chat("A group", members=[person])
        for text, chat in (("1", person.id), ("2", group)):
            person.says(f"/ping {text}", chat=chat)
            self.korone.bot.says(f"pong {text}", chat=chat)
        for way in ("segv", "error"):
            operator.says(f"/op_crash {way}")
            self.korone.bot.says_something("Reference:", chat=operator.id)
        self.korone.reports.wait_for_span(
            lambda span: span.events["exception"]["exception.type"] == "handler error")
        self.korone.wait_until_quiet()

    def test_metrics_are_what_prometheus_takes(self):
        self.live()
        for process in self.processes:
            with self.subTest(process.name):
                with urllib.request.urlopen(
                        f"http://127.0.0.1:{process.port}/metrics") as answer:
                    self.assertEqual(answer.headers["Content-Type"],
                                     "text/plain; version=0.0.4; charset=utf-8")
                    text = answer.read()
                done = subprocess.run([PROMTOOL, "check", "metrics"], input=text,
                                      capture_output=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_labels_are_closed_sets_and_hold_no_ids(self):
        """Whatever people do, no new series appears."""
        before = self.series()
        self.live()
        self.assertEqual(self.series(), before)
        for process, names in before.items():
            self.assertGreater(len(names), 20, process)
            for value in re.findall(r'"([^"]*)"', " ".join(names)):
                self.assertRegex(value, f"^(?:{LABEL.pattern})$", process)

    # --- readiness ---

    def dependencies(self, process):
        return json.loads(process.get("/readyz")[1])["dependencies"]

    def test_readiness_names_each_dependency(self):
        self.live()  # crashd has walls around what examines a crash, from the first one on
        names = {"ingress": {"telegram", "spool", "pools"},
                 "worker": {"ingress", "telegram", "children", "fetcher", "walls"},
                 "recorder": {"postgres", "redis", "ingress"}, "crashd": {"store", "logfire", "walls"}}
        for process in self.processes:
            self.assertEqual(process.get("/readyz")[0], 200, process.name)
            self.assertEqual(set(self.dependencies(process)), names[process.name])

    def test_ingress_is_ready_without_a_pool_and_a_pool_is_not_without_ingress(self):
        korone = self.korone
        self.assertEqual(korone.pool.stop(), 0)
        wait_for(lambda: not self.dependencies(korone.ingress)["pools"]["ready"], 20,
                 "ingress knows that there is no pool")
        self.assertEqual(korone.ingress.get("/readyz")[0], 200)
        korone.pool.start().wait_until_ready()
        self.assertEqual(korone.ingress.stop(), 0)
        wait_for(lambda: korone.pool.get("/readyz")[0] == 503, 20, "the pool is not ready")
        self.assertEqual(korone.pool.get("/healthz")[0], 200, "it lives")
        korone.ingress.start()
        self.wait_until_all_are_ready()

    # --- liveness ---

    def test_a_loop_that_hangs_is_noticed_and_ends_its_process_with_a_report(self):
        held = {process: HeldLoop(process.pid) for process in self.processes}
        for process in held:
            wait_for(lambda: process.get("/healthz")[0] == 503, 20, f"{process.name} hangs")
            # The request is answered by another thread.
            for page in ("/readyz", "/metrics", "/status"):
                self.assertEqual(process.get(page)[0], 200, (process.name, page))
        for process, loop in held.items():
            wait_for(loop.is_told_to_abort, 40, f"{process.name} is to end")
            loop.let_go()
            self.assertEqual(process.process.wait(10), -signal.SIGABRT, process.name)
        for process in held:
            process.start()
        self.wait_until_all_are_ready()
        for name in ("ingress", "recorder", "crashd", "pool"):
            self.korone.reports.wait_for_span(
                lambda span: span.attributes.get("korone.process") == name
                and span.events["exception"]["exception.type"] == "SIGABRT",
                what=f"a report of {name}")


if __name__ == "__main__":
    unittest.main()
