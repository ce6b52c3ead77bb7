#!/usr/bin/python3
"""Memory and wakeups of an idle bot as `deploy/up` runs it, its Postgres and Redis included.

    footprint.py [--settle N] [--seconds N]

Nobody writes to it; Telegram is the simulator, which does not count. PSS shares pages between the
processes that map them; private dirty memory is what would remain if every other process was gone.
A wakeup is a voluntary context switch of a thread. Prints a table and writes
build/bench-footprint.json. Uses this checkout's .run, which must not be in use.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(HERE, "../system"))

import privileged  # noqa: E402
from korone import descendants  # noqa: E402
from simulator import Simulator  # noqa: E402

OUT = os.path.join(ROOT, "build/bench-footprint.json")
BOT = ("crashd", "ingress", "recorder", "worker")
TICK = os.sysconf("SC_CLK_TCK")


def first_line(path):
    with open(path) as file:
        return int(file.readline())


def tree(pid):
    return [pid, *descendants(pid)]


def processes():
    """{"crashd": [pid], "worker": [parent, nursery, …], …}: what deploy/up supervises."""
    run = os.path.realpath(os.path.join(ROOT, ".run"))
    found = {name: descendants(first_line(f"{run}/{name}.pid")) for name in BOT}
    found["postgres"] = tree(first_line(f"{run}/postgres/postmaster.pid"))
    found["redis"] = tree(first_line(f"{run}/redis.pid"))
    return found


def memory_kib(pid):
    rollup = privileged.read(pid, "smaps_rollup")
    return {"pss": int(re.search(r"^Pss: +(\d+)", rollup, re.M)[1]),
            "dirty": int(re.search(r"^Private_Dirty: +(\d+)", rollup, re.M)[1])}


def voluntary_switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as file:
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.M)[1])
    return total


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / TICK


def snapshot(found):
    return {name: (sum(map(voluntary_switches, pids)), sum(map(cpu_seconds, pids)))
            for name, pids in found.items()}


def measure(seconds):
    found = processes()
    before, started = snapshot(found), time.monotonic()
    time.sleep(seconds)
    after, passed = snapshot(found), time.monotonic() - started
    if processes() != found:
        raise SystemExit("a process ended or began meanwhile: the bot was not idle")
    result = {}
    for name, pids in found.items():
        memory = [memory_kib(pid) for pid in pids]
        result[name] = {"processes": len(pids), "pss_mib": sum(m["pss"] for m in memory) / 1024,
                        "private_dirty_mib": sum(m["dirty"] for m in memory) / 1024,
                        "wakeups_per_s": (after[name][0] - before[name][0]) / passed,
                        "cpu_percent": 100 * (after[name][1] - before[name][1]) / passed}
    return result


def total(result, names):
    return {key: sum(result[name][key] for name in names) for key in next(iter(result.values()))}


def print_table(result):
    rows = {**result, "bot": total(result, BOT), "all": total(result, result)}
    print(f"\nan idle bot\n  {'':<10}{'processes':>10}{'PSS MiB':>9}{'private dirty':>15}"
          f"{'wakeups/s':>11}{'CPU %':>7}")
    for name, row in rows.items():
        print(f"  {name:<10}{row['processes']:>10}{row['pss_mib']:>9.1f}"
              f"{row['private_dirty_mib']:>15.1f}{row['wakeups_per_s']:>11.1f}"
              f"{row['cpu_percent']:>7.2f}")
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--settle", type=int, default=90,
                        help="seconds before the measurement; the fetcher leaves after 60 (%(default)s)")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    simulator = Simulator()
    try:
        subprocess.run([f"{ROOT}/deploy/up", "--detach"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "TELEGRAM_BOT_TOKEN": simulator.token,
                            "TELEGRAM_API_URL": simulator.url})
        try:
            time.sleep(options.settle)
            rows = print_table(measure(options.seconds))
        finally:
            subprocess.run([f"{ROOT}/deploy/down"], check=True, stdout=subprocess.DEVNULL)
    finally:
        simulator.close()
    with open(OUT, "w") as file:
        json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
