#!/usr/bin/python3
"""Compares this system's speed with bots written with npm libraries: the same simulator and crowd,
alternating in one run, medians.

    peers.py [--updates N] [--runs N] [SCENARIO…]

Without npm, or without a network, nothing is measured. The libraries go to build/peers. The peers
keep no updates on disk, and each handles all of them in one process.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../system"))

from bench import FAULTS, SCENARIOS, cpu_by_role, cpu_seconds  # noqa: E402
from korone import Korone  # noqa: E402
from simulator import Simulator  # noqa: E402
from stores import wait_for  # noqa: E402

BUILD = os.path.join(HERE, "../../build")
PEERS = {"telegraf": "telegraf.js", "grammY, in order": "grammy.js"}
OURS = ("ingress", "parent", "nursery", "children", "sender")
PATIENCE_S = 180


def install():
    """False when npm cannot."""
    directory = os.path.join(BUILD, "peers")
    shutil.copytree(os.path.join(HERE, "peers"), directory, dirs_exist_ok=True)
    try:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"],
                       cwd=directory, check=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"no peers: {error}", file=sys.stderr)
        return False
    return True


def is_answered(simulator):
    state = simulator.statistics()
    return not state["crowd_running"] and state["pings"]["missing"] == 0


def measure(simulator, scenario, updates, cpu):
    """A warm-up, then the figures for one crowd; `cpu` returns the CPU seconds used so far."""
    crowd = SCENARIOS[scenario][1]
    if scenario in FAULTS:
        simulator.control("faults", FAULTS[scenario])
    simulator.control("crowd", {"rate": 0, "count": updates // 5, **crowd})
    wait_for(lambda: is_answered(simulator), PATIENCE_S, "the warm-up is answered")
    simulator.control("reset", {})
    spent, began = cpu(), time.monotonic()
    simulator.control("crowd", {"rate": 0, "count": updates, **crowd})
    wait_for(lambda: is_answered(simulator), PATIENCE_S, "all are answered")
    seconds = time.monotonic() - began
    pings = simulator.statistics()["pings"]
    return {"updates_per_s": updates / seconds, "cpu_us": 1e6 * (cpu() - spent) / updates,
            "p50_ms": pings["p50_us"] / 1000, "p99_ms": pings["p99_us"] / 1000,
            "disordered": pings["disordered"]}


def run_peer(script, scenario, updates):
    simulator = Simulator(*SCENARIOS[scenario][2])
    bot = subprocess.Popen(["node", script], cwd=os.path.join(BUILD, "peers"),
                           env={**os.environ, "TOKEN": simulator.token, "API": simulator.url})
    try:
        return measure(simulator, scenario, updates, lambda: cpu_seconds(bot.pid))
    finally:
        bot.kill()
        bot.wait()
        simulator.close()


def run_ours(scenario, updates):
    korone = Korone(simulator=SCENARIOS[scenario][2])
    try:
        def cpu():
            spent = cpu_by_role(korone)
            return sum(spent.get(role, 0.0) for role in OURS)
        return measure(korone.simulator, scenario, updates, cpu)
    finally:
        korone.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario", nargs="*", default=["pings"], help=", ".join(SCENARIOS))
    parser.add_argument("--updates", type=int, default=20000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if not install():
        return
    results = {}
    for scenario in arguments.scenario:
        title = SCENARIOS[scenario][0]
        found = {}
        for _ in range(arguments.runs):
            found.setdefault("this", []).append(run_ours(scenario, arguments.updates))
            for name, script in PEERS.items():
                found.setdefault(name, []).append(run_peer(script, scenario, arguments.updates))
        print(f"\n{scenario}: {title}\n  {'':<18}{'updates/s':>10}{'CPU µs':>8}{'p50 ms':>8}"
              f"{'p99 ms':>8}{'disordered':>11}")
        results[scenario] = {name: {key: statistics.median(run[key] for run in runs)
                                    for key in runs[0]} for name, runs in found.items()}
        for name, one in results[scenario].items():
            print(f"  {name:<18}{one['updates_per_s']:>10,.0f}{one['cpu_us']:>8.1f}"
                  f"{one['p50_ms']:>8.1f}{one['p99_ms']:>8.1f}{one['disordered']:>11,.0f}")
    with open(os.path.join(BUILD, "bench-peers.json"), "w") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
