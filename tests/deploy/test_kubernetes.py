#!/usr/bin/python3
"""The pods of deploy/kubernetes/overlays/try, one after the other, as kubelet would run them."""

import json
import socket
import time
import unittest

from deployment import OPERATOR_ID, DistantSimulator, run
from pods import Cluster
from simulator import Bot
from stores import wait_for

TOKEN = "42:everybody-knows-this-token-of-a-try"


class PodSimulator(DistantSimulator):
    """By the name of its Service, which it insists on and only pods can look up."""

    def __init__(self, pod):  # pylint: disable=super-init-not-called
        self.token = TOKEN
        self.url = "http://korone-simulator:8081"
        resolve = socket.getaddrinfo
        socket.getaddrinfo = lambda host, *rest, **more: resolve(
            pod.address if host == "korone-simulator" else host, *rest, **more)


class Kubernetes(unittest.TestCase):
    """One test, in the order in which it happens."""

    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.close)
        self.addCleanup(self.print_logs)

    def print_logs(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            for pod in self.cluster.pods:
                for line in pod.logs().splitlines()[-15:]:
                    print(f"# {pod.name}: {line}")

    def wait_until_ready(self, *pods, timeout=90):
        for pod in pods:
            wait_for(pod.is_ready, timeout, f"{pod.name} is ready")

    def status(self):
        done = run("docker", "exec", self.ingress.name, "koronectl", "status", "--json",
                   check=False)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"ingress": None}

    def pools(self):
        status = self.status()["ingress"] or {"pools": []}
        return sum(pool["state"] == "ready" for pool in status["pools"])

    def converse(self, text):
        self.alice.says(f"/ping {text}")
        self.bot.says(f"pong {text}", chat=OPERATOR_ID, timeout=30)

    def nothing_is_missing(self):
        wait_for(self.simulator.is_done, 90, "the simulator misses nothing")
        pings = self.simulator.statistics()["pings"]
        self.assertEqual((pings["missing"], pings["disordered"], pings["unexpected"]), (0, 0, 0))
        return pings["duplicates"]

    def test_from_the_first_start_to_an_upgrade(self):
        for step in (self.start_without_keys, self.keys_are_dealt, self.a_conversation,
                     self.a_crash_is_reported, self.walls_stand, self.policies_hold,
                     self.a_third_pool_and_a_kill, self.a_drain, self.a_recorder_goes,
                     self.the_node_of_ingress_is_back, self.an_upgrade, self.a_wrong_key):
            began = time.monotonic()
            step()
            print(f"# {step.__name__}: {time.monotonic() - began:.1f} s", flush=True)

    def start_without_keys(self):
        """The pods' logs name what is missing."""
        start = self.cluster.start
        self.stores = [start("StatefulSet", f"korone-{name}", 0) for name in ("postgres", "redis")]
        simulator = start("Deployment", "korone-simulator", "a")
        self.wait_until_ready(*self.stores, simulator)
        self.crashd = start("StatefulSet", "korone-crashd", 0)
        self.ingress = start("StatefulSet", "korone-ingress", 0)
        stores = self.cluster.data("secret", "korone-recorder")
        self.cluster.give({"korone-recorder": {}})
        self.recorders = [start("Deployment", "korone-recorder", name) for name in "ab"]
        self.workers = [start("Deployment", "korone-worker", name) for name in "ab"]
        for name in ("database_url", "redis_url", "privacy_key"):
            missing = f"/secrets/korone-recorder/{name}"
            wait_for(lambda: missing in self.recorders[0].logs(), 30, f"a log names {missing}")
        self.cluster.give({"korone-recorder": stores})
        for pod in (self.crashd, self.ingress, *self.recorders, *self.workers):
            missing = f"/keys/korone-keys-{pod.component}/"
            wait_for(lambda: missing in pod.logs(), 30, f"the log of {pod.name} names {missing}")
            self.assertFalse(pod.is_ready())
        self.simulator = PodSimulator(simulator)
        self.bot = Bot(self.simulator)
        self.alice = self.simulator.person("Alice", id=OPERATOR_ID)

    def keys_are_dealt(self):
        secrets = self.cluster.deal_keys()
        self.assertEqual(set(secrets), {f"korone-keys-{name}" for name in
                                        ("crashd", "ingress", "recorder", "worker")})
        self.cluster.give(secrets)
        self.assertEqual(self.cluster.deal_keys(), secrets, "once more changes nothing")
        self.wait_until_ready(self.crashd, self.ingress, *self.recorders, *self.workers)
        wait_for(lambda: self.pools() == 2, 30, "two pools")

    def a_conversation(self):
        self.converse("hello")
        self.simulator.load(400, 200)
        self.nothing_is_missing()

    def a_crash_is_reported(self):
        self.alice.says("/op_crash")
        call = self.bot.says_something("Reference:", chat=OPERATOR_ID)
        reference = call["text"].split()[-1]
        wait_for(lambda: any(reference in line and "workers/modules/op_crash.c:" in line
                             for line in self.crashd.logs().splitlines()), 20,
                 "crashd tells file and line of the crash")

    def walls_stand(self):
        """Landlock and the list of system calls, under the seccomp profile of the runtime."""
        for pod in (*self.workers, self.crashd):
            walls = wait_for(lambda: json.loads(pod.get("/status")[1]).get("walls"), 20,
                             f"{pod.name} tells its walls")
            self.assertEqual({name: walls[name] for name in ("files", "calls")},
                             {"files": True, "calls": True}, (pod.name, walls))
        for pod in (self.ingress, *self.recorders, *self.workers, self.crashd):
            with open(f"/proc/{pod.pid()}/status") as file:
                status = dict(line.split(":\t", 1) for line in file.read().splitlines())
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"], int(status["CapBnd"], 16)),
                             ("1", "2", 0), pod.name)

    def policies_hold(self):
        worker, recorder = self.workers[0], self.recorders[0]
        for here, there, port, expected in (
                (worker, self.ingress, 9201, True), (worker, self.ingress, 9202, False),
                (worker, self.ingress, 9101, False), (worker, recorder, 9103, False),
                (worker, self.stores[0], 5432, True), (recorder, self.ingress, 9202, True),
                (recorder, self.ingress, 9201, False), (self.ingress, self.stores[0], 5432, False),
                (self.ingress, self.crashd, 9104, True), (worker, self.crashd, 9104, False),
                (self.crashd, worker, 9102, False), (self.stores[0], self.ingress, 9201, False)):
            self.assertIs(here.can_reach(there, port), expected, (here.name, there.name, port))

    def a_third_pool_and_a_kill(self):
        self.simulator.load(600, 150)
        began = time.monotonic()
        self.workers.append(self.cluster.start("Deployment", "korone-worker", "c"))
        self.wait_until_ready(self.workers[2])
        print(f"# a pool is ready after {time.monotonic() - began:.1f} s")
        wait_for(lambda: self.pools() == 3, 30, "three pools")
        self.workers[0].kill()
        self.nothing_is_missing()
        self.wait_until_ready(self.workers[0])

    def a_drain(self):
        """A pod is evicted under load: nobody reads an answer twice."""
        before = self.simulator.statistics()["pings"]["duplicates"]
        self.simulator.load(600, 150)
        began = time.monotonic()
        self.assertEqual(self.workers.pop().delete(), 0)
        print(f"# a pool is gone after {time.monotonic() - began:.1f} s")
        self.assertEqual(self.nothing_is_missing(), before)
        wait_for(lambda: self.pools() == 2, 30, "two pools")

    def active_recorders(self):
        return [recorder["pid"] for recorder in self.status()["ingress"]["recorders"]
                if recorder["state"] == "active"]

    def a_recorder_goes(self):
        """Whichever it is, the other one writes."""
        self.assertEqual(self.recorders[0].delete(), 0)
        wait_for(lambda: len(self.active_recorders()) == 1, 30, "one recorder is active")
        someone = self.simulator.person("Bob")
        someone.says("/ping recorded")
        wait_for(lambda: run("docker", "exec", self.stores[0].name, "psql", "-U", "postgres", "-d",
                             "korone", "-Atc", f"SELECT 1 FROM users WHERE id = {someone.id}",
                             ).stdout.strip() == "1", 30, "a row")
        self.recorders[0] = self.cluster.start("Deployment", "korone-recorder", "c")
        self.wait_until_ready(self.recorders[0])

    def the_node_of_ingress_is_back(self):
        """Its pod is gone without a word, its claim is mounted again elsewhere."""
        before = self.ingress.address
        self.simulator.load(300, 150)
        self.ingress.delete(grace=0)
        wait_for(lambda: not self.workers[0].is_ready(), 20, "a pool without ingress is not ready")
        self.assertIn("ingress does not answer", self.workers[0].logs())
        reason = json.loads(self.workers[0].get("/readyz")[1])["dependencies"]["ingress"]
        self.assertFalse(reason["ready"], reason)
        self.ingress = self.cluster.start("StatefulSet", "korone-ingress", 0)
        self.wait_until_ready(self.ingress)
        self.nothing_is_missing()
        wait_for(lambda: self.pools() == 2, 30, f"two pools; ingress was {before}")

    def an_upgrade(self):
        """In the order of docs/operating.md, under load, with another image."""
        run("docker", "tag", "korone:test", "korone:next")
        self.simulator.load(900, 100)

        def replace(pod, kind, suffix, surge=False):
            """Deployments of pools start the new one first."""
            if surge:
                new = self.cluster.start(kind, f"korone-{pod.component}", suffix, image="korone:next")
                self.wait_until_ready(new)
            self.assertEqual(pod.delete(), 0)
            if not surge:
                new = self.cluster.start(kind, f"korone-{pod.component}", suffix, image="korone:next")
                self.wait_until_ready(new)
            return new

        self.crashd = replace(self.crashd, "StatefulSet", 0)
        self.recorders = [replace(pod, "Deployment", f"n{number}")
                          for number, pod in enumerate(self.recorders)]
        self.ingress = replace(self.ingress, "StatefulSet", 0)
        self.workers = [replace(pod, "Deployment", f"n{number}", surge=True)
                        for number, pod in enumerate(self.workers)]
        self.nothing_is_missing()
        wait_for(lambda: self.pools() == 2, 30, "two pools")
        for pod in (self.crashd, self.ingress, *self.recorders, *self.workers):
            self.assertEqual(pod.inspect()["Config"]["Image"], "korone:next")

    def a_wrong_key(self):
        """The pool is told by its readiness, the operator by the log of ingress."""
        recorder = self.cluster.data("secret", "korone-keys-recorder")
        keys = dict(self.cluster.data("secret", "korone-keys-worker"))
        keys["worker.key"] = recorder["recorder.key"]
        self.cluster.give({"korone-keys-worker": keys})
        wrong = self.cluster.start("Deployment", "korone-worker", "wrong")
        wait_for(lambda: "the key recorder is for recorder, not for this endpoint"
                 in self.ingress.logs(), 30, "ingress says what is wrong")
        status, said = wrong.get("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("ingress", said)


if __name__ == "__main__":
    unittest.main()
