"""Pools on their own hosts, over TCP and CURVE, behind wires (network.py); their handlers note what
they do (modules/slow_ping.c)."""

import collections
import os
import subprocess
import unittest

from korone import BIN, Korone, Pool, free_port
from network import Namespace, Wire, network_fault

SLOW = os.path.join(BIN, "../tests/korone-worker-slow_ping")


class Host:
    """A namespace with a wire to ingress and crashd and one to Telegram, and a pool in it."""

    def __init__(self, number, hub, seed):
        self.number, self.namespace = number, Namespace()
        self.inside = Wire(hub, f"198.18.{number}.1", self.namespace, f"198.18.{number}.2",
                           seed + number)
        self.outside = Wire(hub, f"198.19.{number}.1", self.namespace, f"198.19.{number}.2")

    def close(self):
        self.inside.close()
        self.outside.close()
        self.namespace.close()


class RemotePool(Pool):
    host = None

    def start(self):
        with self.host.namespace:
            return super().start()

    def get(self, path):
        with self.host.namespace:
            return super().get(path)


def read_handlings(pool, path):
    """{chat: {(begin, end, pool, number)}}: from a handler's first note to its last."""
    found, last = collections.defaultdict(set), {}
    with open(path) as file:
        for line in file:
            pid, begin, now, chat, number = line.split()
            last[pid, int(begin), chat, number] = int(now)
    for (_, begin, chat, number), end in last.items():
        found[chat].add((begin, end, pool, int(number)))
    return found


class HostsCase(unittest.TestCase):
    """The other processes run in the hub; each of `pool_settings` creates a host with a pool."""

    pool_settings = ()
    seed = 0

    def setUp(self):
        fault = network_fault()
        if fault:
            self.skipTest(fault)
        self.hub = Namespace()
        self.addCleanup(self.hub.close)
        self.hosts = []
        for number in range(1, len(self.pool_settings) + 1):
            self.hosts.append(Host(number, self.hub, self.seed))
            self.addCleanup(self.hosts[-1].close)
        self.hub.__enter__()
        self.addCleanup(self.hub.__exit__)
        names = (word for host in self.hosts for word in ("--host", f"198.19.{host.number}.1"))
        self.korone = Korone(simulator=("--listen", "0.0.0.0", *names), start=False)
        self.addCleanup(self.finish)
        self.deal_keys()
        self.connect()
        self.korone.start()

    def finish(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            self.korone.print_logs()
        self.korone.close()

    def deal_keys(self):
        keys = self.korone.dir + "/keys"
        subprocess.run([BIN + "/koronectl", "keys", "deal"], check=True,
                       env={"KORONE_CURVE_DIR": keys})
        for process in self.korone.processes:
            process.environment["KORONE_CURVE_DIR"] = f"{keys}/{process.name}"

    def connect(self):
        """Ingress and crashd bind to all addresses; each pool knows the one of its own wire."""
        korone, updates, crashes = self.korone, free_port(), free_port()
        korone.ingress.environment["KORONE_UPDATES_ENDPOINT"] = f"tcp://0.0.0.0:{updates}"
        for process in (korone.crashd, korone.ingress, korone.recorder):
            address = "0.0.0.0" if process is korone.crashd else "127.0.0.1"
            process.environment["KORONE_CRASHES_ENDPOINT"] = f"tcp://{address}:{crashes}"
        keys = korone.pool.environment["KORONE_CURVE_DIR"]
        korone.processes.remove(korone.pool)
        self.pools = [self.make_pool(host, updates, crashes, keys) for host in self.hosts]
        korone.processes += self.pools

    def make_pool(self, host, updates, crashes, keys):
        directory = f"{self.korone.dir}/host{host.number}"
        for name in ("", "/run", "/state"):
            os.mkdir(directory + name, 0o700)
        pool = self.korone.process(
            RemotePool, f"worker{host.number}", SLOW, KORONE_CURVE_DIR=keys,
            KORONE_RUN_DIR=directory + "/run", KORONE_STATE_DIR=directory + "/state",
            KORONE_UPDATES_ENDPOINT=f"tcp://198.18.{host.number}.1:{updates}",
            KORONE_CRASHES_ENDPOINT=f"tcp://198.18.{host.number}.1:{crashes}",
            TELEGRAM_API_URL=f"http://198.19.{host.number}.1:{self.korone.simulator.port}",
            SLOW_PING_LOG=directory + "/handled", **self.pool_settings[host.number - 1])
        pool.host = host
        open(directory + "/handled", "w").close()
        return pool

    def sessions(self):
        return self.korone.ingress.metric("korone_ingress_pools")

    # --- the judge ---

    def handlings(self):
        found = collections.defaultdict(set)
        for pool in self.pools:
            for chat, some in read_handlings(pool.name, pool.environment["SLOW_PING_LOG"]).items():
                found[chat] |= some
        return found

    def assert_no_two_at_once(self, asked):
        overlaps, count = [], 0
        for some in map(sorted, self.handlings().values()):
            count += len(some)
            overlaps += [pair for pair in zip(some, some[1:]) if pair[1][0] < pair[0][1]]
        print(f"# {count} handlings of {asked} pings")
        self.assertGreaterEqual(count, asked)
        self.assertEqual(overlaps, [])
