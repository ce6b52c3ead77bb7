"""deploy/compose.yaml unchanged, brought up with the simulator and observed from outside."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse
import urllib.request

from simulator import Simulator
from stores import wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
DEPLOY = os.path.join(HERE, "../../deploy")
OURS = ("ingress", "worker", "recorder", "crashd")
OPERATOR_ID = 1001


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, timeout=180, check=True, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=timeout, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class DistantSimulator(Simulator):
    """The simulator in its container, through its published port."""

    def __init__(self, port, secrets):  # pylint: disable=super-init-not-called
        with open(secrets + "/bot_token") as file:
            self.port, self.token = port, file.read().strip()
        self.url = f"http://127.0.0.1:{port}"

    def is_up(self):
        try:
            return self.statistics()
        except OSError:
            return None

    def load(self, count, rate, **more):
        """People who write `count` updates, half of them /ping."""
        self.control("crowd", {"running": True, "count": count, "rate": rate, "pings": 50,
                               "people": 100, "chats": 60, **more})

    def is_done(self):
        statistics = self.statistics()
        return (not statistics["crowd_running"] and statistics["pings"]["missing"] == 0
                and statistics["updates"]["pending"] == 0)


class Deployment:
    """A separate project from a copy of deploy/, with its own secrets."""

    def __init__(self, project="korone-test", secrets_of=None, tag="test", profiles="simulator"):
        self.project, self.tag = project, tag
        self.dir = tempfile.mkdtemp(prefix="korone-deploy-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        shutil.copytree(DEPLOY, self.dir, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("secrets", ".env"))
        if secrets_of:
            shutil.copytree(secrets_of.dir + "/secrets", self.dir + "/secrets")
        run(self.dir + "/make-secrets", "--simulator")
        self.settings = {"COMPOSE_PROFILES": profiles, "KORONE_TAG": tag,
                         "SIM_PORT": str(free_port()), "PROMETHEUS_PORT": str(free_port()),
                         "SIMULATOR_OPTIONS": "--show"}
        self.simulator = DistantSimulator(int(self.settings["SIM_PORT"]),
                                          self.dir + "/secrets")
        self.compose("down", "--volumes", "--timeout", "0")  # left by a run that was killed

    def compose(self, *arguments, **more):
        """With a health check every second: the only difference from what is deployed."""
        files = ["-f", self.dir + "/compose.yaml", "-f", HERE + "/faster.yaml"]
        return run("docker", "compose", "--progress", "quiet", "-p", self.project, *files,
                   *arguments, env={**os.environ, **self.settings}, **more).stdout

    def up(self, *services):
        self.compose("up", "--detach", "--no-build", *services)
        return self

    def down(self):
        self.compose("down", "--volumes", "--timeout", "5", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- containers ---

    def containers(self, service):
        return sorted(self.compose("ps", "--all", "--quiet", service).split())

    def inspect(self, service, number=0):
        return json.loads(run("docker", "inspect", self.containers(service)[number]).stdout)[0]

    def health(self, service, number=0):
        return self.inspect(service, number)["State"]["Health"]["Status"]

    def wait_for_health(self, wanted, *services, timeout=60):
        for service in services:
            wait_for(lambda: self.health(service) == wanted, timeout, f"{service} is {wanted}")

    def host_pid(self, service):
        """Of the program: the child of the container's init."""
        init = self.inspect(service)["State"]["Pid"]
        with open(f"/proc/{init}/task/{init}/children") as file:
            return int(file.read().split()[0])

    def pid_inside(self, service):
        """The same, as the processes in the container know it."""
        with open(f"/proc/{self.host_pid(service)}/status") as file:
            return int(next(line for line in file if line.startswith("NSpid:")).split()[-1])

    def send(self, service, number):
        os.kill(self.host_pid(service), number)

    def crash(self, service, number=signal.SIGKILL):
        """Ends the program as if by itself, and waits until Docker has restarted it."""
        before = self.inspect(service)
        self.send(service, number)
        wait_for(lambda: self.inspect(service)["RestartCount"] > before["RestartCount"], 30,
                 f"{service} is restarted")

    def logs(self, *services):
        return self.compose("logs", "--no-color", "--no-log-prefix", *services)

    # --- what it says about itself ---

    def status(self):
        done = self.compose("exec", "-T", "ingress", "koronectl", "status", "--json", check=False)
        try:
            return json.loads(done)
        except ValueError:
            return {"ready": False, "ingress": None, "crashd": None}

    def is_ready(self, pools=1):
        """Like `koronectl status`, without pools that ended within the last minute."""
        status = self.status()
        if not status["ingress"] or not status["crashd"]:
            return False
        states = [pool["state"] for pool in status["ingress"]["pools"]]
        recorders = status["ingress"]["recorders"]
        return (status["ingress"]["ready"] and status["crashd"]["ready"]
                and states.count("ready") == pools and set(states) <= {"ready", "lost"}
                and any(recorder["state"] == "active" and recorder["postgres"] == "ready"
                        and recorder["redis"] == "ready" for recorder in recorders))

    def wait_until_ready(self, pools=1, timeout=90):
        wait_for(lambda: self.is_ready(pools), timeout, f"all is ready, with {pools} pools")
        return self

    def wait_until_handled(self, timeout=90):
        """Everything said was answered, and nothing is left in the spool."""
        wait_for(self.simulator.is_done, timeout, "the simulator misses nothing")
        wait_for(lambda: (self.status()["ingress"] or {"backlog": 1})["backlog"] == 0, timeout,
                 "the backlog is empty")

    def query(self, sql):
        return self.compose("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "korone",
                            "-Atc", sql).strip()

    def ask_prometheus(self, path, **arguments):
        url = (f"http://127.0.0.1:{self.settings['PROMETHEUS_PORT']}/api/v1/{path}?"
               + urllib.parse.urlencode(arguments))
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["data"]

    def print_logs(self):
        print("# " + self.compose("ps", "--all", check=False).replace("\n", "\n# "))
        for line in self.logs("--tail", "25").replace("\033[2K", "").splitlines():
            print("# " + line)
