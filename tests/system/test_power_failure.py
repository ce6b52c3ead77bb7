#!/usr/bin/python3
"""The machine of ingress loses its power while pools on other hosts go on: what was not synced is
gone, and with it the knowledge of which pool has what. Nothing is lost, no chat is handled twice at
once, each stays in order, and what a pool has handled is not handled again.

    KORONE_POWER_FAILURES=40   how many in the random run (5)
    KORONE_FAULTS_SEED=7       the same ones as in the run that printed it
"""

import os
import random
import time
import unittest

from crashd import Clock
from hosts import SLOW, HostsCase, read_handlings
from korone import Korone, Pool, wait_for
from machine import Machine

FAILURES = int(os.environ.get("KORONE_POWER_FAILURES", "5"))
SEED = int(os.environ.get("KORONE_FAULTS_SEED", time.time_ns() % 1000000))
LEASE_S = 10
AT_ONCE_S = 3  # much less than a lease
PEOPLE = 6
CHILDREN = {"KORONE_POOL_MIN": "8", "KORONE_POOL_MAX": "8"}


class PowerFailureCase(HostsCase):
    seed = SEED

    def connect(self):
        super().connect()
        self.machine = Machine(self.korone)

    def ping(self, people, number):
        for person in people:
            person.says(f"/ping {number}")

    def answered(self, people, number):
        return {person.id for person in people} <= {
            call["chat_id"] for call in self.korone.bot.history()
            if call["text"] == f"pong {number}" and call["message_id"]}

    def assert_all_well(self, duplicates=0):
        self.korone.wait_until_quiet(90)
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in ("missing", "disordered", "unexpected")},
                         dict(missing=0, disordered=0, unexpected=0))
        self.assertLessEqual(pings["duplicates"], duplicates)
        self.assert_no_two_at_once(pings["asked"])
        return pings["asked"]


class FarPoolTest(PowerFailureCase):
    """One slow remote pool, and a fast one on the machine, which restarts with it."""

    pool_settings = [{**CHILDREN, "SLOW_PING_MS": "4000"}]

    def setUp(self):
        super().setUp()
        self.far = self.pools[0]
        self.old, self.new = ([self.korone.person(f"{kind}{i}") for i in range(PEOPLE)]
                              for kind in ("Old", "New"))
        self.near = self.near_pool()
        self.korone.processes.append(self.near)
        self.pools.append(self.near)

    def connect(self):
        super().connect()
        self.clock = Clock(self.korone.dir)
        self.pools[0].environment.update(self.clock.environment)

    def near_pool(self):
        directory = self.korone.dir + "/near"
        for name in ("", "/run", "/state"):
            os.mkdir(directory + name, 0o700)
        settings = {key: value.replace("198.18.1.1", "127.0.0.1").replace("198.19.1.1", "127.0.0.1")
                    for key, value in self.far.environment.items()}
        settings.update(KORONE_RUN_DIR=directory + "/run", KORONE_STATE_DIR=directory + "/state",
                        SLOW_PING_LOG=directory + "/handled", SLOW_PING_MS="50")
        del settings["KORONE_HEALTH_LISTEN"]
        pool = self.korone.process(Pool, "near", self.far.program, **settings)
        open(directory + "/handled", "w").close()
        return pool

    def handled(self, pool):
        return read_handlings(pool.name, pool.environment["SLOW_PING_LOG"])

    def give_to_the_far_pool(self):
        """Of three updates in each chat the first is being handled, the others wait there."""
        self.ping(self.old, 1)
        self.ping(self.old, 2)
        self.ping(self.old, 3)
        wait_for(lambda: len(self.handled(self.far)) == PEOPLE
                 and self.far.metric("korone_worker_in_hand_updates") == 3 * PEOPLE, 20,
                 "the far pool has its hands full")

    def restart(self):
        self.korone.ingress.start()
        self.near.start()
        for process in (self.korone.ingress, self.near):
            process.wait_until_ready()

    def assert_new_ones_are_answered_at_once(self):
        self.ping(self.new, 1)
        wait_for(lambda: self.answered(self.new, 1), AT_ONCE_S, "new people are answered")

    def assert_all_once(self):
        asked = self.assert_all_well()
        self.assertNotIn("session lost", self.far.log())  # else there was a reason
        counts = [sum(map(len, self.handled(pool).values())) for pool in self.pools]
        self.assertEqual(sum(counts), asked)
        self.assertGreaterEqual(counts[0], 3 * PEOPLE)

    # The remote pool comes back a little later than the local one, and long before it gives up.

    def test_what_is_elsewhere_is_handled_there_and_once(self):
        self.give_to_the_far_pool()
        self.far.host.inside.cut()
        self.machine.fail()
        self.restart()
        self.assert_new_ones_are_answered_at_once()
        self.far.host.inside.mend()
        self.assert_all_once()

    def test_power_fails_twice_in_a_row(self):
        self.give_to_the_far_pool()
        self.far.host.inside.cut()
        self.machine.fail()
        self.korone.ingress.start().wait_until_ready()
        self.machine.fail(random.Random(SEED))
        self.restart()
        self.assert_new_ones_are_answered_at_once()
        self.far.host.inside.mend()
        self.assert_all_once()

    def test_a_pool_that_stays_away_is_waited_for_a_lease(self):
        self.give_to_the_far_pool()
        self.far.host.inside.cut()
        self.machine.fail()
        began = time.monotonic()
        self.restart()
        self.assert_new_ones_are_answered_at_once()
        self.ping(self.old, 4)  # behind the old ones
        time.sleep(1)
        self.assertLess(time.monotonic() - began, LEASE_S, "this machine is too slow for the test")
        self.assertFalse({person.id for person in self.old} & {*map(int, self.handled(self.near))})
        wait_for(lambda: self.answered(self.old, 4), 2 * LEASE_S, "old updates are handled here")
        self.assertGreater(time.monotonic() - began, LEASE_S - 1)
        self.far.host.inside.mend()
        wait_for(lambda: self.sessions() == 2, 3 * LEASE_S, "the far pool is back")
        # What its people read before it was cut off.
        self.assert_all_well(duplicates=3 * PEOPLE)

    def test_a_pool_that_gave_up_long_ago_is_not_waited_for(self):
        self.give_to_the_far_pool()
        self.machine.fail()
        self.clock.put_forward(LEASE_S + 1)
        wait_for(lambda: "session lost" in self.far.log(), LEASE_S, "the far pool gives up")
        self.korone.ingress.start().wait_until_ready()
        wait_for(lambda: "proven dead by its successor" in self.korone.ingress.log(), LEASE_S,
                 "the far pool says it")
        self.assertNotIn("did not come back", self.korone.ingress.log())
        # What its people read before.
        self.assert_all_well(duplicates=3 * PEOPLE)

    def test_without_pools_nothing_waits(self):
        self.assertEqual(self.far.stop(), 0)
        self.ping(self.old, 1)
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_backlog_updates") == PEOPLE, 10,
                 "all is stored")
        self.machine.fail()
        self.restart()
        wait_for(lambda: self.answered(self.old, 1), AT_ONCE_S, "nobody waits")
        self.far.start().wait_until_ready()
        self.assertEqual(self.assert_all_well(), PEOPLE)


class OneMachineTest(unittest.TestCase):
    """Everything, including its only pool, goes down with the power and comes back with it."""

    finish = HostsCase.finish

    def setUp(self):
        self.korone = Korone({**CHILDREN, "SLOW_PING_MS": "4000"}, simulator=(), start=False)
        self.addCleanup(self.finish)
        self.machine = Machine(self.korone)
        self.korone.pool.program = SLOW
        self.korone.start()

    def test_the_successor_of_its_pool_is_waited_for_and_no_lease(self):
        korone = self.korone
        for i in range(PEOPLE):
            korone.person(f"Old{i}").says("/ping 1")
        wait_for(lambda: korone.pool.metric("korone_worker_in_hand_updates") == PEOPLE, 20,
                 "the pool has its hands full")
        korone.pool.kill()
        self.machine.fail()
        korone.ingress.start().wait_until_ready()
        korone.pool.start()
        wait_for(lambda: korone.ingress.metric("korone_ingress_inflight_updates") == PEOPLE,
                 LEASE_S - AT_ONCE_S, "they are handled again")
        korone.wait_until_quiet()
        self.assertEqual(korone.simulator.statistics()["pings"]["duplicates"], 0)


class ManyFailuresTest(PowerFailureCase):
    pool_settings = [{**CHILDREN, "SLOW_PING_MS": ms} for ms in ("200", "50")]

    def test_power_failures_at_random_lose_nothing_and_double_nothing(self):
        print(f"# KORONE_FAULTS_SEED={SEED} KORONE_POWER_FAILURES={FAILURES}", flush=True)
        dice, simulator = random.Random(SEED), self.korone.simulator
        simulator.control("crowd", {"rate": 60, "count": 0, "pings": 100, "chats": 40, "people": 40,
                                    "seed": SEED})
        for _ in range(FAILURES):
            time.sleep(dice.uniform(0.5, 3))
            self.machine.fail(dice)
            if dice.random() < 0.3:  # and again, while it waits
                self.korone.ingress.start().wait_until_ready()
                time.sleep(dice.uniform(0, 1))
                self.machine.fail(dice)
            self.korone.ingress.start().wait_until_ready()
            wait_for(lambda: self.sessions() == len(self.pools), 2 * LEASE_S, "all pools are back")
        simulator.control("crowd", {"running": False})
        lost = sum(pool.log().count("session lost") for pool in self.pools)
        print(f"# {lost} sessions were given up", flush=True)
        self.assert_all_well(duplicates=1000 * lost)


if __name__ == "__main__":
    unittest.main()
