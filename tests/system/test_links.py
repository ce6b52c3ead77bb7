#!/usr/bin/python3
"""The links between the processes: who has the same user but not the key gets nowhere, and a key
opens what it is for."""

import os
import signal
import socket
import subprocess
import time
import unittest

import msgpack
import zmq
from zmq.utils import z85

import links
import privileged
from korone import BIN, Korone, Process, SystemTest, wait_for

POOL_HELLO, RECORDER_HELLO, CAPTURE = 1, 20, 30
HELLOS = {
    "updates": [POOL_HELLO, 1, 2, 4711, 0, "hostile", "here", "1", 1, 0xffffffff, []],
    "sightings": [RECORDER_HELLO, 1, 2, 4711, "here", "1", 1],
    "crashes": [CAPTURE, bytes(16), b""],
}


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


class StrangersTest(SystemTest):
    """What a child that was taken over would try: it has the user of the others, and their
    sockets, but not the file of the key."""

    def stranger(self, name, secure):
        stranger = zmq.Context.instance().socket(zmq.DEALER)
        self.addCleanup(stranger.close, 0)
        secure(stranger)
        stranger.connect(f"ipc://{self.korone.dir}/run/{name}")
        for _ in range(10):
            stranger.send(msgpack.packb([1, *HELLOS[name]]))
        return stranger

    def test_nobody_joins_without_the_key(self):
        public, _ = links.key_of(f"{self.korone.dir}/run/updates")

        def plain(stranger):
            stranger.plain_username, stranger.plain_password = b"worker", b"worker"

        def own_pair(stranger):
            stranger.curve_serverkey = public
            stranger.curve_publickey, stranger.curve_secretkey = zmq.curve_keypair()

        strangers = [self.stranger(name, secure) for name in HELLOS
                     for secure in (lambda stranger: None, plain, own_pair)]
        alice = self.korone.person("Alice")
        for number in range(30):
            alice.says(f"/ping {number}")
            self.korone.bot.says(f"pong {number}", chat=alice.id)
        for stranger in strangers:
            self.assertEqual(stranger.poll(0), 0, "it has got an answer")
        self.assertEqual(self.korone.ingress.metric("korone_ingress_pools"), 1)
        self.assertEqual(self.korone.ingress.metric("korone_ingress_bad_frames_total"), 0)
        self.assertEqual(self.korone.crashd.metric("korone_crashd_reports_total",
                                                   outcome="received"), 0)
        self.assertNotIn("hostile", self.korone.ingress.log())
        self.assertIn("refused a connection", self.korone.ingress.log(), "and that is said")

    def test_who_has_the_key_joins(self):
        """So that the test above does not pass because of a wrong HELLO."""
        stranger = zmq.Context.instance().socket(zmq.DEALER)
        self.addCleanup(stranger.close, 0)
        links.connect(stranger, f"{self.korone.dir}/run/updates")
        stranger.send(msgpack.packb([1, *HELLOS["updates"]]))
        self.assertTrue(stranger.poll(10000))
        self.assertEqual(self.korone.ingress.metric("korone_ingress_pools"), 2)

    def test_no_command_is_obeyed_without_the_key(self):
        for process, command in (("ingress", "drain"), ("ingress", "user forget 7"), ("crashd", "incidents"),
                                 ("recorder", "user forget 7")):
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(f"{self.korone.dir}/run/{process}.control")
                client.sendall(command.encode() + b"\n")
                self.assertIn(b"refused: the key is not that of", client.recv(1000), process)
        alice = self.korone.person("Alice")
        alice.says("/ping 1")
        self.korone.bot.says("pong 1", chat=alice.id)
        done = subprocess.run([BIN + "/koronectl", "incidents", "--json"], capture_output=True,
                              text=True, timeout=30, env=self.korone.environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_large_frames_of_strangers_are_not_kept(self):
        """ZMTP (RFC 23): a greeting, then a command that announces 60 MiB and brings them."""
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
        for name in HELLOS:
            process = self.korone.crashd if name == "crashes" else self.korone.ingress
            before = peak_mib(process.pid)
            strangers = []
            for _ in range(30):
                client = socket.socket(socket.AF_UNIX)
                self.addCleanup(client.close)
                client.connect(f"{self.korone.dir}/run/{name}")
                client.sendall(greeting + b"\x06" + (60 << 20).to_bytes(8, "big"))
                client.settimeout(2)
                strangers.append(client)
            chunk = bytes(1 << 20)
            for client in strangers:
                try:
                    for _ in range(59):
                        client.sendall(chunk)
                    self.fail(f"{name} takes it")
                except OSError:
                    pass  # cut off
            self.assertLess(peak_mib(process.pid) - before, 150, name)
        alice = self.korone.person("Alice")
        alice.says("/ping 1")
        self.korone.bot.says("pong 1", chat=alice.id)

    def test_who_sends_nonsense_does_not_fill_the_log(self):
        for name, process, said in (
                ("updates", self.korone.ingress, "ignoring a malformed frame"),
                ("sightings", self.korone.ingress, "protocol error on the sightings endpoint"),
                ("crashes", self.korone.crashd, "refused a message")):
            # Always another connection, so that none has had its last chance.
            for _ in range(150):
                stranger = zmq.Context.instance().socket(zmq.DEALER)
                self.addCleanup(stranger.close, 0)
                links.connect(stranger, f"{self.korone.dir}/run/{name}")
                for _ in range(7):
                    stranger.send(b"nonsense")
            wait_for(lambda: said in process.log(), 10, "it is said")
            stranger.send(msgpack.packb([1, *HELLOS[name]]))
            self.assertTrue(stranger.poll(10000), "it has read everything of that one")
            self.assertLess(process.log().count(said), 100, "of 1050")
        bad = lambda: self.korone.ingress.metric("korone_ingress_bad_frames_total")  # noqa: E731
        wait_for(lambda: bad() == 2 * 150 * 7, 10, "each is counted")

    def test_no_process_that_runs_handlers_has_the_key(self):
        public, secret = links.key_of(f"{self.korone.dir}/run/updates")
        key = {secret, z85.decode(secret)}
        alice = self.korone.person("Alice")
        alice.says("/ping 1")
        self.korone.bot.says("pong 1", chat=alice.id)
        status = self.korone.pool.status()
        self.assertTrue(privileged.holds(self.korone.pool.pid, key), "the search finds it there")
        for pid in [status["nursery_pid"], status["sender_pid"], *self.korone.pool.children()]:
            self.assertEqual(privileged.holds(pid, key), set(), pid)


class OrderTest(unittest.TestCase):
    def test_who_connects_may_come_first_and_the_key_may_change(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        try:
            for process in (korone.pool, korone.recorder, korone.ingress, korone.crashd):
                process.start()
                time.sleep(0.5)
            alice = korone.person("Alice")
            alice.says("/ping 1")
            korone.bot.says("pong 1", chat=alice.id)
            key = links.key_of(f"{korone.dir}/run/updates")
            korone.ingress.signal(signal.SIGKILL)
            korone.ingress.process.wait()
            os.unlink(f"{korone.dir}/run/{links.NAME}")
            korone.ingress.start().wait_until_ready()
            self.assertNotEqual(links.key_of(f"{korone.dir}/run/updates"), key)
            alice.says("/ping 2")
            korone.bot.says("pong 2", chat=alice.id)
            wait_for(lambda: korone.recorder.get("/readyz")[0] == 200, 20, "the recorder is back")
            self.assertNotIn("session lost", korone.pool.log(), "in less than a lease")
        except BaseException:
            korone.print_logs()
            raise


class RolesTest(unittest.TestCase):
    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)
        self.endpoints = self.korone.encrypt()

    def text(self, path):
        with open(f"{self.korone.keys}/{path}") as file:
            return file.read()

    def write(self, path, text):
        with open(f"{self.korone.keys}/{path}", "w") as file:
            file.write(text)

    def pool_with_key_of(self, name):
        """A pool that has got hold of another program's secret key."""
        directory = f"{self.korone.keys}/as-{name}"
        os.mkdir(directory, 0o700)
        for to, source in (("worker.key", f"{name}/{name}.key"), ("ingress.pub", "ingress/ingress.pub"),
                           ("crashd.pub", f"{name}/crashd.pub")):
            with open(os.open(f"{directory}/{to}", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(self.text(source))
        pool = self.korone.process(Process, f"as-{name}", "korone-worker",
                                   **{**self.endpoints, "KORONE_CURVE_DIR": directory})
        self.korone.processes.append(pool.start())
        return pool

    def test_a_key_opens_what_it_is_for(self):
        korone = self.korone
        # An installation from before there were roles, with a second machine for pools.
        for reader in ("ingress", "crashd"):
            for name in os.listdir(f"{korone.keys}/{reader}"):
                if name.endswith(".pub"):
                    self.write(f"{reader}/{name}", self.text(f"{reader}/{name}").split()[0] + "\n")
        self.write("ingress/cellar.pub", self.text("ingress/worker.pub"))
        os.unlink(f"{korone.keys}/ingress/worker.pub")
        try:
            korone.start()
            alice = korone.person("Alice")
            alice.says("/ping 1")
            korone.bot.says("pong 1", chat=alice.id)
            korone.recorder.has(alice)
            self.assertIn("a key without a role counts as a worker's until koronectl keys marks it",
                          korone.ingress.log())
            self.assertIn("key=cellar", korone.ingress.log())
            for name in ("recorder", "crashd"):
                pool = self.pool_with_key_of(name)
                wait_for(lambda: f"the key {name} is for {name}, not for this endpoint" in korone.ingress.log(), 20,
                         "it is refused")
                self.assertNotEqual(pool.get("/readyz")[0], 200)
            self.assertEqual(korone.ingress.metric("korone_ingress_pools"), 1)
        except BaseException:
            korone.print_logs()
            raise


if __name__ == "__main__":
    unittest.main()
