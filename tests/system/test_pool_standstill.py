"""Processes of a pool that are stopped permanently: they are noticed and replaced, and nobody
waits."""

import os
import signal
import unittest

from korone import SystemTest, wait_for


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


class StandstillTest(SystemTest):
    def stop(self, pool, *names):
        """SIGSTOP to the nursery or the sender; their pids."""
        wait_for(lambda: pool.status()["sender_pid"] and pool.children(), 10, "all are there")
        pids = [pool.status()[f"{name}_pid"] for name in names]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        return pids

    def is_replaced(self, pool, pids):
        status = pool.status()
        now = {status["nursery_pid"], status["sender_pid"]}
        return 0 not in now and not now & set(pids) and all(map(is_gone, pids))

    def test_who_stands_still_is_replaced(self):
        """In three pools at once: the nursery, the sender, and a sender whose nursery kills
        nobody."""
        pools = [self.korone.pool, self.korone.add_pool(), self.korone.add_pool("worker3")]
        self.korone.simulator.control("crowd", {"rate": 200, "count": 0, "pings": 50})
        children = pools[0].children()
        stopped = [self.stop(pools[0], "nursery"), self.stop(pools[1], "sender"),
                   self.stop(pools[2], "nursery", "sender")]
        for pool, pids in zip(pools, stopped):
            wait_for(lambda: self.is_replaced(pool, pids), 25, f"a new {pids} in {pool.name}")
        self.korone.simulator.control("crowd", {"running": False})
        self.korone.wait_until_quiet()
        self.assertIn("the nursery is stuck", pools[0].log())
        # Its children left, and none of them died at work.
        self.assertFalse(set(children) & set(pools[0].children()))
        for pool in pools:
            self.assertNotIn("session lost", pool.log())
            self.assertNotIn("child died", pool.log())
        doubts = sum(pool.metric("korone_worker_calls_in_doubt_total") for pool in pools)
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual((pings["missing"], pings["disordered"]), (0, 0), pings)
        self.assertLessEqual(pings["duplicates"], doubts)


if __name__ == "__main__":
    unittest.main()
