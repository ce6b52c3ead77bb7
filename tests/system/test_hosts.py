#!/usr/bin/python3
"""Pools on other hosts, over TCP and CURVE, behind wires that lose and delay packets and are cut for
longer than a lease: no update is lost, each chat stays in order, and no chat is in two pools' hands
at once, by what the handlers noted.

    KORONE_PARTITIONS=30     how many cuts (2)
    KORONE_FAULTS_SEED=7     the same cuts and the same losses as the run that printed it

The pools' way to Telegram is never cut: a pool that was given up could go on talking to people.
"""

import collections
import os
import random
import subprocess
import time
import unittest

from korone import BIN, Korone, Pool, free_port, wait_for
from network import Namespace, Wire, network_fault

PARTITIONS = int(os.environ.get("KORONE_PARTITIONS", "2"))
SEED = int(os.environ.get("KORONE_FAULTS_SEED", time.time_ns() % 1000000))
SLOW = os.path.join(BIN, "../tests/korone-worker-slow_ping")
LEASE_S = 10
# What the first pool has in hand when it is cut off lasts for longer than the lease (8 children do 16
# a second), so it has to stop on its own; the second one is fast and takes over at once.
POOLS = [{"KORONE_POOL_MIN": "8", "KORONE_POOL_MAX": "8", "SLOW_PING_MS": ms}
         for ms in ("500", "50")]
IN_HAND = 200  # of the first pool
CROWD = {"pings": 100, "chats": 100, "people": 50, "spread": "even", "seed": SEED}


class Host:
    """A namespace with a wire to ingress and crashd and one to Telegram, and a pool in it."""

    def __init__(self, number, hub):
        self.number, self.namespace = number, Namespace()
        self.inside = Wire(hub, f"198.18.{number}.1", self.namespace, f"198.18.{number}.2",
                           SEED + number)
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
    """{chat: {(begin, end, pool, number)}}: from the first note of a handler to its last."""
    found, last = collections.defaultdict(set), {}
    with open(path) as file:
        for line in file:
            pid, begin, now, chat, number = line.split()
            last[pid, int(begin), chat, number] = int(now)
    for (_, begin, chat, number), end in last.items():
        found[chat].add((begin, end, pool, int(number)))
    return found


class HostsTest(unittest.TestCase):
    def setUp(self):
        fault = network_fault()
        if fault:
            self.skipTest(fault)
        self.hub = Namespace()
        self.addCleanup(self.hub.close)
        self.hosts = []
        for number in range(1, len(POOLS) + 1):
            self.hosts.append(Host(number, self.hub))
            self.addCleanup(self.hosts[-1].close)
        self.hub.__enter__()
        self.addCleanup(self.hub.__exit__)
        self.korone = Korone(simulator=("--listen", "0.0.0.0"), start=False)
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
        """Ingress and crashd bind to all addresses; each pool knows that of its own wire."""
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
            SLOW_PING_LOG=directory + "/handled", **POOLS[host.number - 1])
        pool.host = host
        return pool

    # --- cuts ---

    def sessions(self):
        return self.korone.ingress.metric("korone_ingress_pools")

    def cut_past_the_lease(self, host, direction):
        """The other pool takes over; the cut one comes back as a new session."""
        host.inside.cut(direction)
        wait_for(lambda: self.sessions() == len(POOLS) - 1, 3 * LEASE_S, "ingress gives it up")
        time.sleep(1)
        host.inside.mend()
        began = time.monotonic()
        wait_for(lambda: self.sessions() == len(POOLS), 4 * LEASE_S, "the pool is back")
        return time.monotonic() - began

    def cut_shortly(self, host, direction, seconds):
        host.inside.cut(direction)
        time.sleep(seconds)
        host.inside.mend()

    def weather(self, dice, wire):
        wire.loss = dice.uniform(0, 0.08)
        wire.delay_s, wire.jitter_s = dice.uniform(0, 0.05), dice.uniform(0, 0.02)

    def cut_one_after_the_other(self, dice):
        for number in range(PARTITIONS):
            wait_for(lambda: self.sessions() == len(POOLS), 4 * LEASE_S, "all pools are there")
            host = self.hosts[number % len(self.hosts)]
            for one in self.hosts:
                self.weather(dice, one.inside)
            if host is self.hosts[0]:
                self.fill_hands()
            direction = ("both", "there", "back")[number % 3]
            if number < 2 or dice.random() < 0.5:
                back_s = self.cut_past_the_lease(host, direction)
                print(f"# host {host.number} cut ({direction}), back after {back_s:.1f} s")
            else:
                self.cut_shortly(host, direction, dice.uniform(1, LEASE_S + 2))

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

    def fill_hands(self):
        simulator, slow = self.korone.simulator, self.pools[0]
        simulator.control("crowd", {"rate": 0, "count": 600, **CROWD})
        wait_for(lambda: slow.metric("korone_worker_in_hand_updates") > IN_HAND, 20,
                 "the slow pool has its hands full")
        simulator.control("crowd", {"rate": 4, "count": 0, **CROWD})

    def test_partitions_lose_nothing_and_nothing_is_in_two_hands(self):
        simulator, dice = self.korone.simulator, random.Random(SEED)
        print(f"# KORONE_FAULTS_SEED={SEED} KORONE_PARTITIONS={PARTITIONS}", flush=True)
        self.cut_one_after_the_other(dice)
        simulator.control("crowd", {"running": False})
        self.korone.wait_until_quiet(180)  # the slow pool does 16 a second
        pings = simulator.statistics()["pings"]
        self.assertEqual([pings[key] for key in ("missing", "disordered", "unexpected")], [0, 0, 0])
        self.assert_no_two_at_once(pings["asked"])
        for host in self.hosts:
            self.assertGreater(host.inside.lost, 0)


if __name__ == "__main__":
    unittest.main()
