#!/usr/bin/python3
"""Speed and memory of the whole system against the simulator: a table, and build/bench.json.

    bench.py [--updates N] [--runs N] [SCENARIO…]

Each scenario is run several times, each time with a fresh system, and its median is printed. The
simulator, Postgres and Redis share the machine with what is measured, so compare only figures from
one run of this program.
"""

import argparse
import json
import os
import re
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../system"))

import privileged  # noqa: E402
from korone import Korone, descendants, wait_for  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
OUT = os.path.join(HERE, "../../build/bench.json")

# What the simulator's crowd does; rate 0: as fast as the bot handles it.
SCENARIOS = {
    "pings": ("80 % /ping, 200 chats, zipf", {"chats": 200, "people": 2000, "pings": 80}, ()),
    "mixed": ("20 % /ping, 200 chats, zipf", {"chats": 200, "people": 2000, "pings": 20}, ()),
    "far": ("80 % /ping, 2,000 chats, even, 50 ms to Telegram",
            {"chats": 2000, "people": 4000, "pings": 80, "spread": "even"}, ()),
    "paced": ("as far, 10,000 updates/s offered, the chats in turn",
              {"chats": 2000, "people": 4000, "pings": 80, "spread": "turns", "rate": 10000}, ()),
}

# Answers only: otherwise one getUpdates of 100 updates per 50 ms would be the limit.
FAR = {"method": "sendMessage", "mode": "slow", "delay_ms": 50}
FAULTS = {"far": FAR, "paced": FAR}


def cpu_seconds(pid):
    """For the process and those of its children that have ended."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICK


def pss_kib(pid):
    return int(re.search(r"^Pss: +(\d+)", privileged.read(pid, "smaps_rollup"), re.M)[1])


def role(pid):
    with open(f"/proc/{pid}/comm") as file:
        return file.read().strip()


def pids_by_role(korone):
    """{"ingress": [pid], "parent": …, "children": […], …}"""
    found = {"ingress": [korone.ingress.pid], "parent": [korone.pool.pid],
             "recorder": [korone.recorder.pid], "crashd": [korone.crashd.pid],
             "simulator": [korone.simulator.process.pid]}
    for pid in descendants(korone.pool.pid):
        name = role(pid)
        key = next((key for key in ("nursery", "sender", "child") if key in name), "other")
        found.setdefault("children" if key == "child" else key, []).append(pid)
    found["postgres"] = [korone.stores.postmaster(), *descendants(korone.stores.postmaster())]
    redis = korone.stores.redis_process.pid
    found["redis"] = [redis, *descendants(redis)]
    return found


def cpu_by_role(korone):
    total = {}
    for name, pids in pids_by_role(korone).items():
        for pid in pids:
            try:
                total[name] = total.get(name, 0.0) + cpu_seconds(pid)
            except OSError:
                pass  # ended since; its time is included in its parent's
    return total


def memory_by_role(korone):
    result = {}
    for name, pids in pids_by_role(korone).items():
        sizes = []
        for pid in pids:
            try:
                sizes.append(pss_kib(pid))
            except OSError:
                pass
        if sizes:
            result[name] = {"processes": len(sizes), "pss_kib": sum(sizes),
                            "each_kib": round(statistics.median(sizes))}
    return result


def is_answered(korone):
    """As counted by the simulator: ingress' metrics lag by up to a second."""
    statistics = korone.simulator.statistics()
    return (not statistics["crowd_running"] and statistics["updates"]["pending"] == 0
            and statistics["pings"]["missing"] == 0)


def run(scenario, updates):
    _, crowd, options = SCENARIOS[scenario]
    korone = Korone(simulator=options)
    try:
        if scenario in FAULTS:
            korone.simulator.control("faults", FAULTS[scenario])
        # Everything that happens only once (creating people, forking children, writing rows) is
        # warm-up.
        korone.simulator.control("crowd", {"rate": 0, "count": updates // 5, **crowd})
        korone.wait_until_quiet(120)
        korone.simulator.control("reset", {})
        cpu, started = cpu_by_role(korone), time.monotonic()
        korone.simulator.control("crowd", {"rate": 0, "count": updates, **crowd})
        wait_for(lambda: is_answered(korone), 600, "all is answered")
        seconds = time.monotonic() - started
        korone.wait_until_quiet(60)
        spent = {name: value - cpu.get(name, 0.0) for name, value in cpu_by_role(korone).items()}
        pings = korone.simulator.statistics()["pings"]
        bad = {key: pings[key] for key in ("missing", "duplicates", "disordered") if pings[key]}
        if bad:
            raise AssertionError(f"{scenario}: wrong answers, so no figure counts: {bad}")
        return {"updates_per_s": updates / seconds, "p50_ms": pings["p50_us"] / 1000,
                "p99_ms": pings["p99_us"] / 1000,
                "cpu_us_per_update": {k: 1e6 * v / updates for k, v in spent.items()},
                "memory": memory_by_role(korone)}
    except BaseException:
        korone.print_logs()
        raise
    finally:
        korone.close()


def median_of(results):
    def middle(values):
        return statistics.median(values)

    roles = results[0]["cpu_us_per_update"]
    return {**{key: middle([r[key] for r in results])
               for key in ("updates_per_s", "p50_ms", "p99_ms")},
            "cpu_us_per_update": {name: middle([r["cpu_us_per_update"].get(name, 0.0)
                                                for r in results]) for name in roles},
            "memory": results[-1]["memory"],
            "runs": [round(r["updates_per_s"]) for r in results]}


def print_result(scenario, result):
    title, _, _ = SCENARIOS[scenario]
    cpu = result["cpu_us_per_update"]
    ours = sum(cpu.get(name, 0.0) for name in
               ("ingress", "parent", "nursery", "children", "sender"))
    print(f"\n{scenario}: {title}")
    print(f"  {result['updates_per_s']:,.0f} updates/s (runs: "
          f"{', '.join(f'{rate:,}' for rate in result['runs'])}); from delivery to answer "
          f"p50 {result['p50_ms']:.1f} ms, p99 {result['p99_ms']:.1f} ms")
    print(f"  ingress and pool together: {ours:.1f} µs of CPU per update")
    print(f"  {'process':<12}{'CPU µs/update':>14}{'processes':>11}{'PSS MiB':>9}{'each KiB':>10}")
    for name in sorted(cpu, key=lambda name: -cpu[name]):
        memory = result["memory"].get(name, {"processes": 0, "pss_kib": 0, "each_kib": 0})
        print(f"  {name:<12}{cpu[name]:>14.1f}{memory['processes']:>11}"
              f"{memory['pss_kib'] / 1024:>9.1f}{memory['each_kib']:>10}")


def save(results):
    """Adds to build/bench.json, keeping what other benchmarks wrote."""
    try:
        with open(OUT) as file:
            results = {**json.load(file), **results}
    except FileNotFoundError:
        pass
    with open(OUT, "w") as file:
        json.dump(results, file, indent=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario", nargs="*", default=list(SCENARIOS),
                        help=", ".join(SCENARIOS))
    parser.add_argument("--updates", type=int, default=100000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    results = {}
    for scenario in options.scenario:
        if scenario not in SCENARIOS:
            parser.error(f"no scenario {scenario}; there are {', '.join(SCENARIOS)}")
        results[scenario] = median_of([run(scenario, options.updates)
                                       for _ in range(options.runs)])
        print_result(scenario, results[scenario])
    save(results)


if __name__ == "__main__":
    main()
