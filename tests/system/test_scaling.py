#!/usr/bin/python3
"""More and fewer pools while people write: the work spreads, nothing is lost or said twice, and
each chat stays in order."""

import os
import unittest

from korone import BIN, Korone, wait_for

SLOW = os.path.join(BIN, "../tests/korone-worker-slow_ping")
CHILDREN = "8"  # 160 a second
RATE = 400      # more than two pools can handle
CROWD = {"rate": RATE, "count": 0, "pings": 100, "chats": 100, "people": 50, "spread": "even"}


class ScalingTest(unittest.TestCase):
    def setUp(self):
        self.korone = Korone({"KORONE_POOL_MIN": CHILDREN, "KORONE_POOL_MAX": CHILDREN},
                             simulator=(), start=False)
        self.addCleanup(self.finish)
        self.korone.pool.program = SLOW
        self.korone.start()

    def finish(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            self.korone.print_logs()
        self.korone.close()

    def handled(self, pool):
        return pool.metric("korone_worker_updates_total", result="ok")

    def wait_until_all_work(self, pools):
        before = {pool: self.handled(pool) for pool in pools}
        wait_for(lambda: all(self.handled(pool) >= before[pool] + 50 for pool in pools), 30,
                 "each pool has work")

    def test_pools_come_and_go_under_load(self):
        korone, simulator = self.korone, self.korone.simulator
        simulator.control("crowd", CROWD)
        pools = [korone.pool]
        for number in (2, 3):
            self.wait_until_all_work(pools)
            pools.append(korone.add_pool(f"worker{number}"))
        self.wait_until_all_work(pools)
        # The first and the last: one that knows all chats, one that just came.
        for pool in (pools[0], pools[2]):
            self.assertGreater(pool.metric("korone_worker_in_hand_updates"), 0)
            self.assertEqual(pool.stop(), 0)
            self.wait_until_all_work(pools[1:2])
        pools[0].start().wait_until_ready()
        self.wait_until_all_work(pools[:2])
        self.assertTrue(simulator.statistics()["crowd_running"])
        simulator.control("crowd", {"running": False})
        korone.wait_until_quiet()
        pings = simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in
                          ("missing", "duplicates", "disordered", "unexpected")},
                         dict(missing=0, duplicates=0, disordered=0, unexpected=0))
        print(f"# {pings['asked']} pings")

    @unittest.skipUnless("KORONE_TO_POOLS" in os.environ, "on demand: tests/run pools")
    def test_many_pools_and_back_under_load(self):
        """As an autoscaler does, but faster: all at once, and half of what is there each time back."""
        korone, simulator = self.korone, self.korone.simulator
        simulator.control("crowd", CROWD)
        pools = [korone.pool]
        for number in range(2, int(os.environ["KORONE_TO_POOLS"]) + 1):
            pools.append(korone.process(type(korone.pool), f"worker{number}", SLOW,
                                        KORONE_POOL_MIN="1").start())
        korone.processes += pools[1:]
        wait_for(lambda: korone.ingress.metric("korone_ingress_pools") == len(pools), 120,
                 "all are there")
        wait_for(lambda: all(self.handled(pool) >= 10 for pool in pools), 60, "all have had work")
        while len(pools) > 1:
            going, pools = pools[len(pools) // 2:], pools[:len(pools) // 2]
            for pool in going:
                pool.process.terminate()
            for pool in going:
                self.assertEqual(pool.process.wait(60), 0)
        self.assertTrue(simulator.statistics()["crowd_running"])
        simulator.control("crowd", {"running": False})
        korone.wait_until_quiet()
        pings = simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in
                          ("missing", "duplicates", "disordered", "unexpected")},
                         dict(missing=0, duplicates=0, disordered=0, unexpected=0))
        print(f"# {pings['asked']} pings")


if __name__ == "__main__":
    unittest.main()
