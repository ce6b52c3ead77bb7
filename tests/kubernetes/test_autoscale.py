#!/usr/bin/python3
"""The model of docs/autoscale.py: the rule of the manifest neither flaps nor lags, and the picture is of it."""

import copy
import os
import sys
import unittest

from render import ROOT, load_all, read

sys.path.insert(1, os.path.join(ROOT, "docs"))

import autoscale  # noqa: E402  # pylint: disable=wrong-import-position


class Autoscale(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spec = load_all(read(autoscale.MANIFEST))[0]["spec"]
        cls.judged = {name: autoscale.judge(autoscale.run(cls.spec, arrivals))
                      for name, arrivals in autoscale.SCENARIOS.items()}

    def test_it_never_goes_down_to_come_back_up(self):
        for name, one in self.judged.items():
            self.assertEqual(one["flaps"], 0, name)

    def test_nothing_waits_for_long(self):
        self.assertEqual(self.judged["a day in two hours"]["waiting_s"], 0)
        for name, one in self.judged.items():
            self.assertLess(one["waiting_s"], 120, name)

    def test_it_goes_back_to_the_least(self):
        for name, arrivals in autoscale.SCENARIOS.items():
            quiet = arrivals + [0] * 3600
            self.assertEqual(autoscale.run(self.spec, quiet)[-1][2], self.spec["minReplicaCount"],
                             name)

    def test_another_rule_would_be_found_out(self):
        hasty = copy.deepcopy(self.spec)
        down = hasty["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        down["stabilizationWindowSeconds"] = 0
        down["policies"] = [{"type": "Percent", "value": 100, "periodSeconds": 15}]
        bursts = autoscale.SCENARIOS["bursts of 40 s every 3 minutes"]
        self.assertGreater(autoscale.judge(autoscale.run(hasty, bursts))["flaps"], 3)
        slow = copy.deepcopy(self.spec)
        up = slow["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleUp"]
        up["policies"] = [{"type": "Pods", "value": 1, "periodSeconds": 60}]
        burst = autoscale.SCENARIOS["16 pools' work out of nothing"]
        self.assertGreater(autoscale.judge(autoscale.run(slow, burst))["waiting_s"], 120)

    def test_the_picture_is_of_this(self):
        results = {name: autoscale.run(self.spec, arrivals)
                   for name, arrivals in autoscale.SCENARIOS.items()}
        self.assertEqual(read(autoscale.PICTURE), autoscale.draw(results),
                         "make autoscale-picture")


if __name__ == "__main__":
    unittest.main()
