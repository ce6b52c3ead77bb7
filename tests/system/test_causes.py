"""What went wrong is in the log of the process that suffers it, with its cause."""

import os
import re
import resource
import shutil
import socket
import subprocess
import unittest

import psycopg2

from korone import BIN, Korone, SystemTest, free_port, wait_for


class CallsTest(SystemTest):
    def test_a_refusal_is_logged_with_what_telegram_says(self):
        alice = self.korone.person("Alice")
        self.korone.simulator.control("faults", {
            "method": "sendMessage", "mode": "error", "status": 400, "times": 1})
        alice.says("/ping")
        line = wait_for(lambda: self.line("call failed"), 10, "it is logged")
        self.assertIn("method=sendMessage outcome=refused code=400 why=\"Bad Request\"", line)

    def line(self, message):
        return next((line for line in self.korone.pool.log().splitlines() if message in line), None)


class ProxyTest(unittest.TestCase):
    def test_a_dead_proxy_is_named(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        proxy = f"127.0.0.1:{free_port()}"
        for process in (korone.ingress, korone.pool):
            process.environment["http_proxy"] = f"http://user:hunter2@{proxy}"
            process.start()
        for process in (korone.ingress, korone.pool):
            wait_for(lambda: f"through the proxy {proxy}" in process.log(), 20,
                     f"{process.name} names it")
            wait_for(lambda: f"through the proxy {proxy}" in process.get("/readyz")[1], 5,
                     f"readiness of {process.name} names it")
            self.assertNotIn("hunter2", process.log())


class DatabaseTest(unittest.TestCase):
    """Postgres has no connection left: it has at most 40."""

    CAUSE = "too many clients already"

    def test_too_many_clients(self):
        korone = Korone()
        self.addCleanup(korone.close)
        operator = korone.operator()
        group = korone.chat("Friends", members=[operator])
        korone.simulator.control("member", {"chat": group, "person": operator.id,
                                            "status": "administrator"})
        korone.recorder.stop()
        held = []
        try:
            while len(held) < 100:
                held.append(korone.stores.connect())
        except psycopg2.OperationalError as error:
            self.assertIn(self.CAUSE, str(error))
        korone.recorder.start()
        for number in range(2):  # the second time the first failure is remembered
            operator.says("/disable ping", chat=group)
            wait_for(lambda: self.failures(korone.pool) > number, 10, "the handler fails")
        for line in korone.pool.log().splitlines():
            if "handler failed" in line:
                self.assertIn(self.CAUSE, line)
        wait_for(lambda: self.CAUSE in korone.recorder.log(), 10, "the recorder says so")
        wait_for(lambda: self.CAUSE in korone.recorder.get("/readyz")[1], 10, "readiness says so")
        for connection in held:
            connection.close()
        korone.recorder.wait_until_ready()

    def failures(self, pool):
        return pool.log().count("handler failed")


class FailedHandlerTest(unittest.TestCase):
    def test_without_logfire_its_reason_is_here(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        del korone.crashd.environment["LOGFIRE_BASE_URL"]
        korone.start()
        operator = korone.operator()
        operator.says("/op_crash error")
        told = korone.bot.says_something("Reference:", chat=operator.id)["text"]
        reference = re.search(r"[0-9a-f]{32}", told)[0]
        reason = "the operator asked for an error"
        wait_for(lambda: reason in korone.crashd.log(), 10, "crashd has it")
        line = next(line for line in korone.pool.log().splitlines() if "handler failed" in line)
        self.assertIn(f'reason="{reason}"', line)
        self.assertIn(reference, line)
        shown = subprocess.run([BIN + "/koronectl", "incident", reference], capture_output=True,
                               text=True, env=korone.environment)
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertRegex(shown.stdout, f"\nreason: .*{reason}\n")


class ResourcesTest(unittest.TestCase):
    """Programs that may open, or start, hardly anything."""

    def start_with(self, process, limit):
        process.wrapper = ("/bin/sh", "-c", f'ulimit {limit} && exec "$0"')
        return process.start().process.wait(20)

    def test_without_threads_a_start_says_so(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        # The limit is per user, and root has none.
        other = ("/usr/bin/setpriv", "--reuid=12345", "--regid=12345", "--clear-groups",
                 "--inh-caps=-all") if os.getuid() == 0 else ()
        os.chmod(korone.dir, 0o711)
        for process in korone.processes:
            if other:
                for name in ("run", "state"):
                    shutil.chown(f"{korone.dir}/{name}", 12345, 12345)
            process.wrapper = (*other, "/bin/bash", "-c", 'ulimit -u 1 && exec "$0"')
            self.assertEqual(process.start().process.wait(20), 71, process.name)
            self.assertIn("no thread for the log: Resource temporarily unavailable", process.log())

    def test_without_descriptors_a_start_says_so(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        for process in korone.processes:
            self.assertNotEqual(self.start_with(process, "-n 8"), 0, process.name)
            self.assertIn("Too many open files", process.log(), process.name)

    def test_without_descriptors_a_process_that_runs_says_so(self):
        korone = Korone()
        self.addCleanup(korone.close)
        for process in korone.processes:
            before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (3, before[1]))  # no new one
            waiting = socket.create_connection(("127.0.0.1", process.port))
            wait_for(lambda: re.search("no connection can be accepted.*Too many open files",
                                       process.log()), 20, f"{process.name} says so")
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, before)
            waiting.close()
            wait_for(process.is_ready, 20, f"{process.name} is ready again")


if __name__ == "__main__":
    unittest.main()
