#!/usr/bin/python3
"""Pools on other hosts, over TCP and CURVE, behind wires that lose and delay packets and are cut
for longer than a lease: no update is lost, each chat stays in order, and no chat is handled by two
pools at once, judging by the handlers' notes.

    KORONE_PARTITIONS=30     how many cuts (2)
    KORONE_FAULTS_SEED=7     the same cuts and the same losses as the run that printed it

The pools' connection to Telegram is never cut: a pool that was given up could keep talking to
people.
"""

import os
import random
import time
import unittest

from hosts import HostsCase
from korone import wait_for

PARTITIONS = int(os.environ.get("KORONE_PARTITIONS", "2"))
SEED = int(os.environ.get("KORONE_FAULTS_SEED", time.time_ns() % 1000000))
LEASE_S = 10
# What the first pool has in flight when it is cut off takes longer than the lease (8 children do 16
# a second), so it must stop on its own; the second one is fast and takes over at once.
POOLS = [{"KORONE_POOL_MIN": "8", "KORONE_POOL_MAX": "8", "SLOW_PING_MS": ms}
         for ms in ("500", "50")]
IN_HAND = 200  # of the first pool
CROWD = {"pings": 100, "chats": 100, "people": 50, "spread": "even", "seed": SEED}


class HostsTest(HostsCase):
    pool_settings, seed = POOLS, SEED

    # --- cuts ---

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
