"""What tests of the recorder share, with the test playing ingress."""

import datetime
import hmac
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import msgpack
import zmq

import links
from korone import wait_until_written
from stores import Stores, wait_for

BIN = os.environ.get("BIN_DIR",
                     os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/bin"))
# No setting from this shell reaches a program.
SANITIZERS = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
WELCOME, BEAT_ANSWER, BYE = 2, 4, 9
HELLO, BEAT, SIGHTINGS, STORED = 20, 21, 22, 23
USER, GROUP, MIGRATION = 0, 1, 2
KEY = "a privacy key for tests"


def user(number, version, seen_at, first, last=None, username=None, language=None):
    return [USER, number, version, seen_at, username, first, last, language]


def group(number, version, seen_at, title, kind="supergroup", username=None):
    return [GROUP, number, version, seen_at, username, title, kind]


def migration(old, new, version, seen_at):
    return [MIGRATION, old, version, seen_at, new]


class Recorder:
    """What the played ingress knows about a session."""

    def __init__(self, peer, hello):
        self.peer = peer
        self.oldest, self.newest, self.session, self.host, self.version, self.pid = hello
        self.credit, self.sent, self.beat = 0, 0, None
        self.out = {}  # sent but not acknowledged

    @property
    def active(self):
        return self.beat is not None and self.beat[3]


class Ingress:
    def __init__(self, path):
        self.path = path
        self.socket = None
        self.stored = []
        self.bind(1)

    def bind(self, epoch):
        self.epoch = epoch
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        links.bind(self.socket, self.path)
        self.recorders, self.waiting, self.hellos, self.byes = {}, [], 0, 0

    def close(self):
        self.socket.close()

    def send(self, peer, number, *fields):
        try:
            self.socket.send_multipart([peer, msgpack.packb([1, number, *fields])], zmq.NOBLOCK)
        except zmq.ZMQError:
            pass

    def on_frame(self, peer, data):
        _, number, session, *rest = msgpack.unpackb(data, raw=False)
        if number == HELLO:
            # HELLO: oldest, newest, session, …
            recorder = Recorder(peer, [session, *rest])
            self.hellos += 1
            for other in [r for r in self.recorders.values() if r.pid == recorder.pid]:
                self.end(other.session)
            self.recorders[recorder.session] = recorder
            self.send(peer, WELCOME, 1, 0, recorder.session, self.epoch, None)
            return
        recorder = self.recorders.get(session)
        if number == BYE:
            self.byes += 1
            self.end(session)
        elif number == BEAT:
            self.send(peer, BEAT_ANSWER, session, self.epoch)
            if recorder:
                recorder.credit, recorder.beat = rest[0], [session, *rest]
        elif number == STORED and recorder:
            recorder.credit = rest[0]
            self.stored += [tuple(item) for item in rest[1]]
            for item in rest[1]:
                recorder.out.pop(tuple(item), None)

    def end(self, session):
        """What a session had in flight is sent again."""
        recorder = self.recorders.pop(session, None)
        if recorder:
            self.waiting = list(recorder.out.values()) + self.waiting

    def pump(self, timeout_ms=20):
        if self.socket.poll(timeout_ms):
            while True:
                try:
                    peer, data = self.socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                self.on_frame(peer, data)
        for recorder in self.recorders.values():
            room = min(recorder.credit - recorder.sent, 4096)
            if room > 0 and self.waiting:
                part, self.waiting = self.waiting[:room], self.waiting[room:]
                recorder.sent += len(part)
                recorder.out.update({(s[0], s[1], s[2]): s for s in part})
                self.send(recorder.peer, SIGHTINGS, recorder.session, part)

    def wait(self, condition, timeout=10, what="condition"):
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout} s: {what}")
            self.pump()

    def active(self):
        return next((r for r in self.recorders.values() if r.active and r.credit > 0), None)

    def sees(self, *sightings, timeout=10):
        """Sends them and waits until each is acknowledged."""
        expected = {(s[0], s[1], s[2]) for s in sightings}
        self.stored = []
        self.waiting += sightings
        self.wait(lambda: expected <= set(self.stored), timeout,
                  f"acknowledgement of {len(expected)} sightings")


class Process:
    def __init__(self, program, environment):
        self.log_file = tempfile.NamedTemporaryFile("w+b", prefix="korone-log-")
        self.process = subprocess.Popen([os.path.join(BIN, program)], stderr=self.log_file,
                                        stdout=self.log_file, env={**SANITIZERS, **environment})

    def log(self):
        wait_until_written(self.process)
        with open(self.log_file.name, errors="replace") as file:
            return file.read()

    def says(self, text, timeout=10):
        return wait_for(lambda: re.search(text, self.log()), timeout, f"log line with {text}")

    def port(self):
        return int(self.says(r"health_port=(\d+)").group(1))

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name):
        found = re.search("^" + re.escape(name) + r" (\S+)$", self.get("/metrics")[1], re.M)
        return float(found.group(1)) if found else 0

    def exits(self, timeout=10):
        return self.process.wait(timeout)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class RecorderCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stores = Stores()

    @classmethod
    def tearDownClass(cls):
        cls.stores.close()

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="korone-test-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.ingress = Ingress(self.dir + "/sightings")
        self.addCleanup(self.ingress.close)

    def environment(self, **changes):
        return {"KORONE_RUN_DIR": self.dir, "KORONE_STATE_DIR": self.dir + "/state",
                "KORONE_HEALTH_LISTEN": "127.0.0.1:0", "KORONE_PRIVACY_KEY": KEY,
                "DATABASE_URL": self.stores.database_url, "REDIS_URL": self.stores.redis_url,
                "KORONE_RECORDER_BATCH_MS": "20", **changes}

    def start(self, **changes):
        process = Process("korone-recorder", self.environment(**changes))
        self.addCleanup(self.show_log, process)
        self.addCleanup(process.stop)
        return process

    def show_log(self, process):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            print(re.sub("^", "# ", process.log(), flags=re.M))

    def start_active(self, **changes):
        process = self.start(**changes)
        self.ingress.wait(self.ingress.active, what="an active recorder")
        return process

    def end(self, recorder):
        recorder.process.send_signal(signal.SIGTERM)
        self.assertEqual(recorder.exits(), 0)
        self.ingress.recorders = {}

    def row(self, number, table="users"):
        rows = self.stores.query(f"SELECT * FROM {table} WHERE id = %s", number)
        return rows[0] if rows else None

    def hash_of(self, number):
        key = hmac.digest(KEY.encode(), b"korone id", "sha256")
        return hmac.digest(key, struct.pack("<q", number), "sha256")[:16]

    def is_writing(self):
        return self.stores.query("SELECT 1 FROM recorder_state WHERE name = 'writing'")

    def name(self, number):
        row = self.row(number)
        return row[2] if row else None


def date(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
