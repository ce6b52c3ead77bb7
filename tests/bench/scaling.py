#!/usr/bin/python3
"""More pools for handlers that block: each doubling doubles the throughput until the CPU is the
limit. Prints a table and writes "scaling" in build/bench.json.

    scaling.py [--block-ms N] [--seconds N] [--runs N] [POOLS…]

Every /ping blocks its child, for 50 ms by default, so that a pool of 64 children can do 1,280 a
second. All pools, ingress, the simulator and the stores share this machine: the column CPU is the
share of all its processors that they, and everything else running here, used. Longer blocks allow
more pools on the same processors.
"""

import argparse
import os
import time

from bench import cpu_seconds, save

from korone import BIN, Korone, descendants  # noqa: E402

CHILDREN = 64
SLOW = os.path.join(BIN, "../tests/korone-worker-slow_ping")
OFFERED = 1.15  # of the pools' capacity
STEP_S = 2      # of warm-up
WARM_UP_S = 60  # at most
# Enough chats that no child waits for a lane, but no more than a pool's settings cache holds.
CROWD = {"count": 0, "pings": 100, "chats": 800, "people": 200, "spread": "even"}
OTHERS = 3  # crashd, recorder, ingress
SETTINGS = {"KORONE_POOL_MIN": str(CHILDREN), "KORONE_POOL_MAX": str(CHILDREN)}


class Machine:
    """The share of all processors that was busy since the last call."""

    def __init__(self):
        self.before = self.read()

    def read(self):
        with open("/proc/stat") as file:
            ticks = list(map(int, file.readline().split()[1:]))
        return sum(ticks), ticks[3] + ticks[4]

    def busy(self):
        (total, idle), self.before = [a - b for a, b in zip(self.read(), self.before)], self.read()
        return 1 - idle / total


def cpu_of(korone):
    """{"ingress": seconds, "pools": …, "simulator": …}"""
    pools = [process.pid for process in korone.processes if process.name.startswith("worker")]
    return {"ingress": cpu_seconds(korone.ingress.pid),
            "pools": sum(cpu_seconds(pid) for pool in pools for pid in [pool, *descendants(pool)]),
            "simulator": cpu_seconds(korone.simulator.process.pid)}


def answered(korone):
    """(when, how many)"""
    now = time.monotonic()
    return now, korone.simulator.statistics()["pings"]["answered"]


def rate_over(korone, seconds):
    began, before = answered(korone)
    time.sleep(seconds)
    ended, after = answered(korone)
    return (after - before) / (ended - began)


def warm_up(korone):
    """A new pool asks the database for the settings of each chat: repeats until no rate grows."""
    best, until = 0, time.monotonic() + WARM_UP_S
    rates = [rate_over(korone, STEP_S) for _ in range(2)]
    while max(rates[-2:]) > best * 1.03 and time.monotonic() < until:
        best = max(rates)
        rates += [rate_over(korone, STEP_S) for _ in range(2)]


def measure(korone, limit, seconds):
    """In the middle of a continuous load, so that neither its beginning nor its end counts."""
    korone.simulator.control("crowd", {"rate": OFFERED * limit, **CROWD})
    warm_up(korone)
    machine, before = Machine(), cpu_of(korone)
    rate = rate_over(korone, seconds)
    busy, after = machine.busy(), cpu_of(korone)
    korone.simulator.control("crowd", {"running": False})
    korone.wait_until_quiet(120)
    return {"updates_per_s": rate, "of_limit": rate / limit, "cpu": busy,
            "processors": {name: (after[name] - before[name]) / seconds for name in after}}


def run(steps, block_ms, seconds):
    """[figures of each step]; one system grows from step to step."""
    korone = Korone({**SETTINGS, "SLOW_PING_MS": str(block_ms)}, simulator=(), start=False)
    try:
        korone.pool.program = SLOW
        korone.start()
        results = []
        for pools in steps:
            while len(korone.processes) < pools + OTHERS:
                korone.add_pool(f"worker{len(korone.processes)}")
            results.append(measure(korone, pools * CHILDREN * 1000 / block_ms, seconds))
        pings = korone.simulator.statistics()["pings"]
        bad = {key: pings[key] for key in ("missing", "duplicates", "disordered") if pings[key]}
        if bad:
            raise AssertionError(f"wrong answers, so no figure counts: {bad}")
        return results
    except BaseException:
        korone.print_logs()
        raise
    finally:
        korone.close()


def median_of(runs):
    """Medians of the throughput; the other figures are from that run."""
    return [sorted(results, key=lambda one: one["updates_per_s"])[len(results) // 2]
            for results in zip(*runs)]


def print_table(steps, block_ms, results):
    print(f"\nscaling: handlers that block {block_ms} ms, {CHILDREN} children a pool, "
          "even over 800 chats, each in order")
    print(f"  {'pools':<7}{'updates/s':>10}{'of limit':>10}{'growth':>8}{'CPU':>7}"
          f"{'ingress':>9}{'pools':>7}{'simulator':>11}")
    before = None
    for pools, one in zip(steps, results):
        growth = f"{one['updates_per_s'] / before:.2f}" if before else ""
        before = one["updates_per_s"]
        spent = one["processors"]
        print(f"  {pools:<7}{before:>10,.0f}{one['of_limit']:>10.0%}{growth:>8}"
              f"{one['cpu']:>7.0%}{spent['ingress']:>9.2f}{spent['pools']:>7.2f}"
              f"{spent['simulator']:>11.2f}")
    print("  CPU: share of the machine; behind it processors that were busy with each part")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pools", nargs="*", type=int, default=[1, 2, 4, 8])
    parser.add_argument("--block-ms", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    results = median_of([run(options.pools, options.block_ms, options.seconds)
                         for _ in range(options.runs)])
    print_table(options.pools, options.block_ms, results)
    save({"scaling": {"block_ms": options.block_ms,
                      "pools": dict(zip(options.pools, results))}})


if __name__ == "__main__":
    main()
