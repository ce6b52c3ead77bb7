"""The processes of a pool: killed, many, small, and without secrets."""

import os
import random
import signal
import time
import unittest

from zmq.utils import z85

import privileged
from korone import Korone, SystemTest, descendants, wait_for

KILLS = int(os.environ.get("KORONE_KILLS", "200"))


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class KillsTest(SystemTest):
    settings = {"KORONE_MAX_ATTEMPTS": "10"}
    simulator_options = ()

    def test_children_killed_at_random_under_load(self):
        seed = time.time_ns() % 1000000
        chance, kills = random.Random(seed), 0
        self.korone.simulator.control("crowd", {"rate": 1500, "count": 1000000, "pings": 80})
        deadline = time.monotonic() + 60
        while kills < KILLS and time.monotonic() < deadline:
            children = self.korone.pool.children()
            if children:
                try:
                    os.kill(chance.choice(children), signal.SIGKILL)
                    kills += 1
                except ProcessLookupError:
                    pass
            time.sleep(chance.random() * 0.05)
        self.korone.simulator.control("crowd", {"running": False})
        self.korone.wait_until_quiet(120)
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in ("missing", "duplicates", "disordered")},
                         dict(missing=0, duplicates=0, disordered=0), f"seed {seed}")
        self.assertEqual(kills, KILLS)
        crashes = self.korone.pool.metric("korone_worker_crashes_total")
        self.assertGreaterEqual(crashes, kills * 0.9)
        self.assertEqual(self.korone.pool.log().count("child died"), int(crashes), "an obituary each")

    def test_a_dead_nursery_is_replaced(self):
        self.korone.simulator.control("crowd", {"rate": 500, "count": 3000, "pings": 80})
        for _ in range(3):
            nursery = wait_for(lambda: self.korone.pool.status()["nursery_pid"], 10, "a nursery")
            os.kill(nursery, signal.SIGKILL)
            wait_for(lambda: self.korone.pool.status()["nursery_pid"] not in (0, nursery)
                     and self.korone.pool.children(), 10, "a new one with children")
        self.korone.wait_until_quiet(60)
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual((pings["missing"], pings["disordered"]), (0, 0))


class SecretsTest(unittest.TestCase):
    def setUp(self):
        self.korone = Korone({"KORONE_POOL_MIN": "4"}, simulator=(), start=False)
        self.addCleanup(self.korone.close)
        self.korone.encrypt()
        self.korone.start()

    def token(self):
        token = self.korone.simulator.token
        return {token.encode(), token.split(":")[1].encode()}

    def key(self):
        """The secret key of the pool's links: as it is in the file, and as libzmq uses it."""
        with open(self.korone.keys + "/worker/worker.key", "rb") as file:
            text = file.read().strip()
        return {text, z85.decode(text)}

    def test_no_process_that_runs_handlers_has_a_secret(self):
        self.korone.simulator.control("crowd", {"rate": 3000, "count": 8000, "pings": 80})
        self.korone.wait_until_quiet(60)
        status = self.korone.pool.status()
        self.assertGreater(max(child["handled"] for child in status["children"]), 1000)
        self.assertTrue(privileged.holds(status["sender_pid"], self.token()), "the search finds it there")
        self.assertTrue(privileged.holds(self.korone.pool.pid, self.key()), "the search finds it there")
        for pid in [status["nursery_pid"], *self.korone.pool.children()]:
            self.assertEqual(privileged.holds(pid, self.token() | self.key()), set(), pid)
            self.assertEqual(len(os.listdir(f"/proc/{pid}/task")), 1, "nor a thread of ZeroMQ's")
        self.assertEqual(privileged.holds(status["sender_pid"], self.key()), set(), "nor has the sender")


class ProcessesTest(SystemTest):
    settings = {"KORONE_POOL_MIN": "4", "KORONE_CHILD_MAX_UPDATES": "50"}
    simulator_options = ()

    def test_children_are_renewed(self):
        pool = self.korone.pool
        first = wait_for(lambda: len(pool.children()) >= 4 and pool.children(), 10, "children")
        self.korone.simulator.control("crowd", {"rate": 500, "count": 1000, "pings": 80})
        self.korone.wait_until_quiet(60)
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in ("missing", "duplicates", "disordered")},
                         dict(missing=0, duplicates=0, disordered=0))
        self.assertLess(len(set(first) & set(pool.children())), 4)
        for child in pool.status()["children"]:
            self.assertLess(child["handled"], 50 + 16, "a batch more at most")
        self.assertNotIn("died", pool.log(), "its end is expected")
        self.assertEqual(pool.metric("korone_worker_crashes_total"), 0)

    def test_all_end_with_their_parent(self):
        pool = self.korone.pool
        wait_for(lambda: len(pool.children()) >= 4, 10, "there are children")
        everybody = descendants(pool.pid)
        pool.kill()
        wait_for(lambda: not any(map(is_alive, everybody)), 5, "all are gone")


class ManyTest(unittest.TestCase):
    def test_512_children_in_one_pool(self):
        korone = Korone({"KORONE_POOL_MIN": "512", "KORONE_POOL_MAX": "512"}, simulator=())
        self.addCleanup(korone.close)
        wait_for(lambda: len(korone.pool.children()) == 512, 60, "512 children")
        korone.simulator.control("crowd", {"rate": 2000, "count": 6000, "pings": 80})
        korone.wait_until_quiet(60)
        pings = korone.simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in ("missing", "duplicates", "disordered")},
                         dict(missing=0, duplicates=0, disordered=0))
        self.assertEqual(len(korone.pool.children()), 512)
        self.assertEqual(korone.pool.stop(), 0)


if __name__ == "__main__":
    unittest.main()
