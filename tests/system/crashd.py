"""crashd alone, with captures of korone-victim (victim.c) and a receiver: for tests of the reports
that it makes and how it forwards them."""

import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
import time
import unittest

import msgpack
import zmq

import links
from korone import Process, wait_for
from otlp import Receiver
from simulator import BIN

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
CLOCK = os.path.join(BIN, "../tests/clock.so")
VICTIM = os.path.join(BIN, "../tests/korone-victim")
CAPTURE, CAPTURE_STORED = 30, 31

# The fields of an encoded capture in order (common/capture_code.c).
FIELDS = """version machine kind process pool host program_version build_id pid signo code
    exit_status fault_address tid thread registers message stack_address base_address stack base modules maps
    module handler file function line trace attempt update_id update_mode update started_ns
    ended_ns""".split()


def fake_trace(number, kind=0):
    return bytes([0xAA, kind]) + number.to_bytes(14, "big")


class Capture:
    """An encoded capture whose fields can be changed."""

    def __init__(self, encoded):
        self.__dict__["fields"] = dict(zip(FIELDS, msgpack.unpackb(encoded, raw=False)))

    def __getattr__(self, name):
        return self.fields[name]

    def __setattr__(self, name, value):
        assert name in self.fields, name
        self.fields[name] = value

    def of_update(self, number, mode=0, update=None, attempt=1, kind=0):
        """The same crash while handling another update."""
        self.trace, self.attempt, self.update_id = fake_trace(number, kind), attempt, number
        self.update_mode = mode
        self.update = msgpack.packb(update or {"update_id": number})
        return self

    def encode(self):
        return msgpack.packb([self.fields[name] for name in FIELDS], use_bin_type=True)


def crash(way, victim=VICTIM, wrapper=()):
    """The capture of a victim that ended this way."""
    done = subprocess.run([*wrapper, victim, way], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True)
    return Capture(done.stdout)


class Clock:
    """For programs with this environment: put_forward() advances their clock by as much."""

    def __init__(self, directory):
        self.path, self.ahead_s = directory + "/clock", 0
        self.environment = {"LD_PRELOAD": CLOCK, "TEST_CLOCK": self.path}
        self.write()

    def write(self):
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb") as file:
            file.write(struct.pack("d", self.ahead_s))

    def put_forward(self, seconds):
        self.ahead_s += seconds
        self.write()


class CrashdTest(unittest.TestCase):
    settings = {}

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="korone-test-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.context = zmq.Context()
        self.addCleanup(self.context.term)
        self.socket = None
        self.crashd = self.make_crashd()

    def make_crashd(self, **settings):
        for name in ("run", "state"):
            os.makedirs(f"{self.dir}/{name}", 0o700, exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"], "KORONE_RUN_DIR": self.dir + "/run",
            "KORONE_STATE_DIR": self.dir + "/state", "LOGFIRE_BASE_URL": self.receiver.url,
            **{key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")},
            **self.settings, **settings,
        }
        crashd = Process("crashd", "korone-crashd", self.dir, environment)
        self.addCleanup(crashd.finish)
        return crashd

    def start(self, **settings):
        """Starts it, or restarts it with these settings."""
        program = self.crashd.program
        self.crashd.stop()
        self.crashd = self.make_crashd(**settings)
        self.crashd.program = program
        self.crashd.start().wait_until_ready()

    def connect(self):
        if self.socket is None:
            self.socket = self.context.socket(zmq.DEALER)
            self.addCleanup(self.socket.close, 0)
            links.connect(self.socket, f"{self.dir}/run/crashes")
        return self.socket

    def send(self, capture):
        """Does not wait for an answer."""
        identity = hashlib.md5(capture.trace + bytes([capture.attempt])).digest()
        self.connect().send(msgpack.packb([1, CAPTURE, identity, capture.encode()]))

    def wait_until_stored(self, count, timeout=15):
        deadline = time.monotonic() + timeout
        while count > 0:
            self.assertTrue(self.socket.poll(max(0, deadline - time.monotonic()) * 1000),
                            f"{count} captures are not confirmed; the log: {self.crashd.log()[-2000:]}")
            self.assertEqual(msgpack.unpackb(self.socket.recv())[1], CAPTURE_STORED)
            count -= 1

    def report(self, capture):
        self.send(capture)
        self.wait_until_stored(1)

    def span_of(self, capture):
        return self.receiver.wait_for_span(lambda span: span.trace_id == capture.trace.hex())

    def report_of(self, way, number=1, **keywords):
        """The span that arrives after a crash of this kind."""
        capture = crash(way, **keywords).of_update(number)
        self.report(capture)
        return self.span_of(capture)

    def metric(self, name, **labels):
        return self.crashd.metric(name, **labels)

    def wait_for_metric(self, name, value, timeout=20, **labels):
        wait_for(lambda: self.metric(name, **labels) == value, timeout, f"{name} is {value}")

    def state(self):
        return self.crashd.status().get("logfire", "")


__all__ = ["BIN", "ROOT", "VICTIM", "Capture", "Clock", "CrashdTest", "crash", "fake_trace", "wait_for"]
