"""Processes of a pool that are stopped for good: they are noticed and replaced, and nobody waits."""

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
    def setUp(self):
        super().setUp()
        self.korone.simulator.control("crowd", {"rate": 200, "count": 0, "pings": 50})

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

    def judge(self, duplicates):
        self.korone.simulator.control("crowd", {"running": False})
        self.korone.wait_until_quiet()
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual((pings["missing"], pings["disordered"]), (0, 0), pings)
        self.assertLessEqual(pings["duplicates"], duplicates)

    def test_children_outlive_a_nursery_and_calls_a_sender(self):
        """In two pools at a time: the nursery of one stands still, the sender of the other."""
        first, second = self.korone.pool, self.korone.add_pool()
        children = first.children()
        nursery, sender = self.stop(first, "nursery"), self.stop(second, "sender")
        wait_for(lambda: self.is_replaced(first, nursery), 25, "a new nursery")
        wait_for(lambda: self.is_replaced(second, sender), 25, "a new sender")
        self.assertIn("the nursery stands still", first.log())
        # It kept its session, and none of its children died at work.
        self.assertNotIn("session is over", first.log())
        self.assertFalse(set(children) & set(first.children()))
        self.judge(second.metric("korone_worker_calls_in_doubt_total"))

    def test_a_sender_whose_nursery_kills_nobody(self):
        pids = self.stop(self.korone.pool, "nursery", "sender")
        wait_for(lambda: self.is_replaced(self.korone.pool, pids), 25, "new ones")
        self.judge(self.korone.pool.metric("korone_worker_calls_in_doubt_total"))


if __name__ == "__main__":
    unittest.main()
