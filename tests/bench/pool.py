#!/usr/bin/python3
"""Measures a pool's guarantees: the latency of other chats while a handler sleeps in one, and the
memory of children that are idle after work.

    pool.py [--seconds N] [--runs N]

Prints a table and writes build/bench-pool.json.
"""

import argparse
import json
import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../system"))

from bench import is_answered, pss_kib  # noqa: E402
from korone import MISBEHAVING, Korone, wait_for  # noqa: E402

OUT = os.path.join(HERE, "../../build/bench-pool.json")
RATE = 1000
CHILDREN = 16
UPDATES_EACH = 1000
REST_S = 7  # a child returns its memory after 5 s without work


def latencies(korone, seconds, sleeps):
    """(p50, p99) in ms of pings in 200 chats while `sleeps` handlers sleep in one more chat."""
    korone.simulator.control("reset", {})
    mallory = korone.person("Mallory")
    for _ in range(sleeps):
        mallory.says("/sleep 1000")
    korone.simulator.control("crowd", {"rate": RATE, "count": RATE * seconds, "pings": 80,
                                       "chats": 200, "people": 2000, "spread": "even"})
    wait_for(lambda: is_answered(korone), 60 + seconds, "all is answered")
    pings = korone.simulator.statistics()["pings"]
    korone.wait_until_quiet()
    return pings["p50_us"] / 1000, pings["p99_us"] / 1000


def sleeper(seconds, runs):
    korone = Korone(simulator=(), start=False)
    korone.pool.program = MISBEHAVING
    try:
        korone.start()
        latencies(korone, 2, 0)
        found = {"alone": [], "beside": []}
        for _ in range(runs):
            found["alone"].append(latencies(korone, seconds, 0))
            found["beside"].append(latencies(korone, seconds, seconds))
    finally:
        korone.close()
    print(f"\na handler that sleeps 1 s at a time in one chat; /ping in 200 others, {RATE} a second")
    result = {}
    for name, one in found.items():
        p50, p99 = (statistics.median(values) for values in zip(*one))
        result[name] = {"p50_ms": p50, "p99_ms": p99}
        print(f"  {name:<8} p50 {p50:6.2f} ms, p99 {p99:6.2f} ms; p99 of the runs: "
              f"{', '.join(f'{values[1]:.2f}' for values in one)}")
    return result


def memory():
    korone = Korone({"KORONE_POOL_MIN": str(CHILDREN), "KORONE_POOL_MAX": str(CHILDREN)},
                    simulator=())
    try:
        korone.simulator.control("crowd", {"rate": 0, "count": 4 * CHILDREN * UPDATES_EACH,
                                           "pings": 80, "chats": 200, "people": 2000})
        wait_for(lambda: is_answered(korone), 120, "all is answered")
        korone.wait_until_quiet()
        time.sleep(REST_S)
        children = [(child["handled"], pss_kib(child["pid"]))
                    for child in korone.pool.status()["children"]]
    finally:
        korone.close()
    sizes = [size for handled, size in children if handled >= UPDATES_EACH]
    busiest = max(children)
    print(f"\na child that idles, of {CHILDREN}: {len(sizes)} of them after {UPDATES_EACH} updates or "
          f"more\n  PSS {statistics.median(sizes)} KiB, at most {max(sizes)} KiB; the busiest, after "
          f"{busiest[0]} updates, {busiest[1]} KiB")
    return {"pss_kib": statistics.median(sizes), "pss_most_kib": max(sizes),
            "busiest": {"updates": busiest[0], "pss_kib": busiest[1]}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    results = {"sleeper": sleeper(options.seconds, options.runs), "memory": memory()}
    with open(OUT, "w") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
