"""The whole system for tests: private stores, simulator, OTLP receiver and the four processes.

    class PingTest(SystemTest):
        def test_ping(self):
            alice = self.korone.person("Alice")
            alice.says("/ping 3")
            self.korone.bot.says("pong 3", chat=alice.id)

Everything runs in its own directories, on free ports, and is stopped by pid. Waits are for
conditions, with a deadline; logs are printed when a test fails.
"""

import functools
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import privileged
from otlp import Receiver
from simulator import BIN, Bot, Simulator
from stores import Stores, unprivileged, wait_for

MISBEHAVING = os.path.join(BIN, "../tests/korone-worker-misbehave")  # its modules: misbehave.c
ONCE = os.path.join(BIN, "../tests/korone-worker-once")  # its modules: once.c
FACTS = os.path.join(BIN, "../tests/korone-worker-facts")  # its modules: facts.c
HOSTILE = os.path.join(BIN, "../tests/korone-worker-hostile")  # its modules: hostile.c
READY_S = 30
STOP_S = 40
LOG_LINES = 60
OPERATOR_ID = 1001


# Below the ephemeral ports, which the system assigns, to connections for example.
PORTS = range(10000, 32000)


@functools.cache
def ports_of(pid):
    """In a different order in each process that runs tests (run.py)."""
    return itertools.islice(itertools.cycle(PORTS), pid * 997 % len(PORTS), None)


def free_port():
    for port in ports_of(os.getpid()):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass  # in use


class Process:
    """One of our programs, with its log and its health port."""

    wrapper = ()  # what its command line starts with

    def __init__(self, name, program, directory, environment):
        self.name, self.program = name, os.path.join(BIN, program)
        self.log_path = f"{directory}/{name}.log"
        self.port = free_port()
        self.environment = dict(environment, KORONE_HEALTH_LISTEN=f"127.0.0.1:{self.port}")
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*self.wrapper, self.program], env=self.environment, stdout=log,
                                            stderr=log, start_new_session=True)
        return self

    def get(self, path):
        """(status, body) from the health port; (0, "") when nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}")
        return self.get("/readyz")[0] == 200

    def wait_until_ready(self, timeout=READY_S):
        wait_for(self.is_ready, timeout, f"{self.name} is ready")
        return self

    def status(self):
        status, body = self.get("/status")
        return json.loads(body) if status == 200 else {}

    def metric(self, name, **labels):
        """The value of a metric, summed over the label sets that include these labels."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name:
                have = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
                if all(have.get(key) == value for key, value in labels.items()):
                    total += float(found[3])
        return total

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """SIGKILL, and waits until it is gone."""
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=STOP_S):
        """SIGTERM; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.terminate()
        return self.process.wait(timeout)

    def finish(self):
        """Ends it in any case."""
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            print(f"# {self.name} did not stop within {STOP_S} s", file=sys.stderr)

    def log(self):
        """Everything it has logged so far."""
        if self.process:
            wait_until_written(self.process)
        with open(self.log_path, errors="replace") as file:
            return file.read()


class Pool(Process):
    def children(self):
        """Pids of the children, as ingress knows them from the pool's beats or from the pool
        itself."""
        return sorted(child for child in descendants(self.pid) if is_child(child))

    def kill_child(self, pid, number=signal.SIGKILL):
        os.kill(pid, number)


def wait_until_written(process):
    """Waits until everything that it and its children have written is in its log: the pipe to the
    log's thread (common/log_pipe.c) is empty, and then that thread sleeps."""
    pid = process.pid

    def is_written():
        try:
            if process.poll() is not None or not privileged.follow(pid, "fd/2").startswith("pipe:"):
                return True
            is_empty = privileged.unread(pid, 2) == 0
            states = set(states_of(pid, "log"))
            return "T" in states or is_empty and states <= {"S"}
        except OSError:
            return True  # it has ended meanwhile
    wait_for(is_written, 10, f"the log of {process.pid} is written")


def states_of(pid, thread):
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat") as file:
            name, rest = re.fullmatch(r"\d+ \((.*)\) (.*)\n", file.read()).groups()
        if name == thread:
            yield rest[0]


def children_of(pid):
    """Empty when it has ended, or ends while being looked at."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += map(int, file.read().split())
    except (FileNotFoundError, ProcessLookupError):
        return []
    return found


def descendants(pid):
    found = []
    for child in children_of(pid):
        found += [child, *descendants(child)]
    return found


def is_child(pid):
    """By the names that the pool gives its processes, which ps shows."""
    try:
        with open(f"/proc/{pid}/comm") as file:
            return "child" in file.read()
    except OSError:
        return False


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    return len(privileged.descriptors(pid))


class Recorder(Process):
    stores = None

    def row(self, table, number):
        columns = {"users": "username, first_name, last_name, language_code",
                   "groups": "username, title, type"}[table]
        rows = self.stores.query(f"SELECT {columns} FROM {table} WHERE id = %s", number)
        return rows[0] if rows else None

    def has(self, person, timeout=20):
        """Waits for the person's row and returns it as (username, first name, last name,
        language)."""
        return wait_for(lambda: self.row("users", person.id), timeout, f"{person.id} is recorded")

    def has_group(self, number, timeout=20):
        return wait_for(lambda: self.row("groups", number), timeout, f"{number} is recorded")


class Korone:
    """`settings` go to every process; `simulator` are options of korone-botapi-sim."""

    def __init__(self, settings=None, simulator=("--show",), start=True):
        self.dir = tempfile.mkdtemp(prefix="korone-test-", dir="/tmp")
        self.closers = []
        try:
            self.build(dict(settings or {}), simulator)
            if start:
                self.start()
        except BaseException:
            self.print_logs()
            self.close()
            raise

    def build(self, settings, simulator_options):
        self.stores = Stores()
        self.closers.append(self.stores.close)
        self.reports = Receiver()
        self.closers.append(self.reports.close)
        with open(self.dir + "/simulator.log", "ab") as log:
            self.simulator = Simulator(*simulator_options, log=log)
        self.closers.append(self.simulator.close)
        for name in ("run", "state"):
            os.mkdir(f"{self.dir}/{name}", 0o700)
        self.environment = {
            "PATH": os.environ["PATH"],
            "TELEGRAM_BOT_TOKEN": self.simulator.token,
            "TELEGRAM_API_URL": self.simulator.url,
            "DATABASE_URL": self.stores.database_url,
            "REDIS_URL": self.stores.redis_url,
            "KORONE_PRIVACY_KEY": "a privacy key for system tests",
            "KORONE_RUN_DIR": self.dir + "/run",
            "KORONE_STATE_DIR": self.dir + "/state",
            "KORONE_OPERATORS": str(OPERATOR_ID),
            "LOGFIRE_BASE_URL": self.reports.url,
            # A sanitizer's options are only for the programs.
            **{key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")},
            **settings,
        }
        self.crashd = self.process(Process, "crashd", "korone-crashd")
        self.recorder = self.process(Recorder, "recorder", "korone-recorder")
        self.recorder.stores = self.stores
        self.ingress = self.process(Process, "ingress", "korone-ingress")
        self.pool = self.process(Pool, "worker", "korone-worker")
        self.processes = [self.crashd, self.recorder, self.ingress, self.pool]
        self.bot = Bot(self.simulator)

    def process(self, kind, name, program, **settings):
        return kind(name, program, self.dir, {**self.environment, **settings})

    def add_pool(self, name="worker2", program=None, **settings):
        """Starts a further pool, of the same program unless another is named; its settings override
        the others'."""
        pool = self.process(Pool, name, program or self.pool.program, **settings).start()
        self.processes.append(pool)
        return pool.wait_until_ready()

    def encrypt(self):
        """Before the start: all links over TCP with CURVE, and in `self.keys` a directory of keys
        for each process. Returns the links' settings except the keys."""
        self.keys = self.dir + "/keys"
        subprocess.run([BIN + "/koronectl", "keys", "deal"], check=True,
                       env={**self.environment, "KORONE_CURVE_DIR": self.keys})
        links = {f"KORONE_{name}_ENDPOINT": f"tcp://127.0.0.1:{free_port()}"
                 for name in ("UPDATES", "SIGHTINGS", "CRASHES")}
        for process in self.processes:
            process.environment.update(links, KORONE_CURVE_DIR=f"{self.keys}/{process.name}")
        return links

    def leave_root(self, *wrapper):
        """Before the start: the programs run as nobody; nobody may read them wherever the checkout
        is. The wrapper makes them nobody's. Does nothing when root does not run the tests."""
        if os.getuid() != 0:
            return
        wrapper = wrapper or [word for word in unprivileged() if word != "--no-new-privs"]
        os.mkdir(self.dir + "/bin")
        for process in self.processes:
            process.program = shutil.copy(process.program, self.dir + "/bin")
            process.wrapper = wrapper
        os.chmod(self.dir, 0o755)
        for place in ("run", "state"):
            shutil.chown(f"{self.dir}/{place}", "nobody", "nogroup")

    def start(self):
        for process in self.processes:
            process.start()
        for process in self.processes:
            process.wait_until_ready()

    def person(self, first_name, **fields):
        return self.simulator.person(first_name, **fields)

    def operator(self):
        return self.simulator.person("Olga", id=OPERATOR_ID)

    def chat(self, title, **fields):
        return self.simulator.chat(title, **fields)

    def wait_until_quiet(self, timeout=60):
        """Every update was confirmed and handled, and every /ping answered. Ingress publishes its
        backlog once a second: what it published before the last answer does not count."""
        def is_answered():
            statistics = self.simulator.statistics()
            return not statistics["crowd_running"] and statistics["pings"]["missing"] == 0

        wait_for(is_answered, timeout, "all is answered")
        published_ms = self.ingress.status().get("up_ms")

        def is_done():
            status = self.ingress.status()
            return status.get("up_ms") not in (None, published_ms) and status["backlog"] == 0

        wait_for(is_done, timeout, "all is done")

    def print_logs(self):
        for name in sorted(os.listdir(self.dir)):
            if name.endswith(".log"):
                with open(f"{self.dir}/{name}", errors="replace") as file:
                    lines = file.read().splitlines()
                print(f"# --- {name}: the last of {len(lines)} lines")
                for line in lines[-LOG_LINES:]:
                    print("# " + line)

    def close(self):
        for process in reversed(getattr(self, "processes", [])):
            process.finish()
        while self.closers:
            self.closers.pop()()
        shutil.rmtree(self.dir, ignore_errors=True)


class SystemTest(unittest.TestCase):
    """A test with its own system; subclasses set `settings` and `simulator_options`."""

    settings = {}
    simulator_options = ("--show",)

    def setUp(self):
        self.korone = Korone(self.settings, self.simulator_options)
        self.addCleanup(self.finish)

    def press(self, person, label, chat=None):
        """Presses the next button with this label that the bot shows."""
        shown = self.korone.bot.does(
            lambda call: call["method"] == "sendMessage"
            and label in str(call["parameters"].get("reply_markup"))
            and call["chat_id"] == (chat or person.id), f"show a button {label}")
        person.act("press", chat, message_id=shown["message_id"], button=label)
        return shown

    def finish(self):
        result = self._outcome.result
        bad = getattr(result, "failures", []) + getattr(result, "errors", [])
        if any(test is self for test, _ in bad):
            self.korone.print_logs()
        self.korone.close()


__all__ = ["BIN", "FACTS", "HOSTILE", "Korone", "MISBEHAVING", "ONCE", "OPERATOR_ID", "Process", "SystemTest", "wait_for",
           "wait_until_written"]
