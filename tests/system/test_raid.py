#!/usr/bin/python3
"""A raid on a group: everybody who must be restricted is, nobody else is, no message that had to go
stays, and nothing is done twice. See raid.py."""

import os
import random
import unittest

from korone import Korone
from raid import FULL, SMALL, Raid


class RaidTest(unittest.TestCase):
    def raid(self, size, seed):
        korone = Korone(simulator=())
        self.addCleanup(self.finish, korone)
        raid = Raid(korone, size, seed)
        raid.prepare()
        raid.plan()
        raid.run()
        raid.finish()
        print(f"# seed {seed}")
        for what, value in raid.report().items():
            print(f"# {what}: {value}")
        self.check(raid, raid.found, f"seed {seed}, a minute after the last join")
        self.check(raid, raid.at_the_end, f"seed {seed}, at the end")
        self.assertEqual(raid.doubled(), {"raid": 0, "greetings": [], "restricted again": []})
        return raid

    def check(self, raid, found, when):
        self.assertEqual({what: f"{len(who)}, of them {who[:5]}: {raid.about(who[0])}"
                          for what, who in found.items() if who}, {}, when)

    def finish(self, korone):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            korone.print_logs()
        korone.close()

    def test_a_small_raid(self):
        self.raid(SMALL, 1)

    @unittest.skipUnless("KORONE_RAID_SEED" in os.environ, "on demand: tests/run raid")
    def test_a_raid_in_full_size(self):
        """5,000 join and 20,000 messages come in a minute, into a group of 50,000."""
        seed = os.environ["KORONE_RAID_SEED"] or str(random.randrange(1 << 31))
        raid = self.raid(FULL, int(seed))
        self.assertGreaterEqual(len(raid.written), FULL.messages)


if __name__ == "__main__":
    unittest.main()
