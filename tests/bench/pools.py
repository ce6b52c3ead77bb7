#!/usr/bin/python3
"""What ingress pays for many idle pools: CPU of all its threads, memory, the time until a beat is
answered, and what happens when half of them are killed at once. Prints a table and writes "pools"
in build/bench.json.

    pools.py [--seconds N] [--real N] [POOLS…]

The pools are sessions over real links (TCP, CURVE) that beat once a second, each at a moment of
its own, and do nothing. --real N starts that many real pools with a child each instead.
"""

import argparse
import os
import signal
import subprocess
import sys
import time

from bench import cpu_seconds, save

from korone import BIN, Korone, descendants, free_port  # noqa: E402

CROWD = os.path.join(BIN, "../bench/crowd")
SETTLE_S = 4
LEASE_S = 10
COME_S = 60


def memory_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))


class Crowd:
    def __init__(self, korone, count):
        self.korone, self.count = korone, count
        endpoint = korone.environment["KORONE_UPDATES_ENDPOINT"]
        self.process = subprocess.Popen(
            [CROWD, endpoint, korone.environment["KORONE_RUN_DIR"], str(count),
             str(min(count, 20))], stdout=subprocess.PIPE, text=True)
        began = time.monotonic()
        wait_for_pools(korone, count, COME_S)
        self.came_s = time.monotonic() - began

    def rounds(self, seconds):
        """Mean and longest µs of the beats answered in the coming seconds."""
        lines, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            line = self.process.stdout.readline().split()
            if len(line) == 3:
                lines.append([int(number) for number in line])
        lines = lines[-int(seconds):]
        beats = sum(line[0] for line in lines)
        return sum(line[0] * line[1] for line in lines) / max(beats, 1), max(l[2] for l in lines)

    def halve(self):
        """What ingress does when half of them go at once."""
        before, began = cpu_seconds(self.korone.ingress.pid), time.monotonic()
        self.process.send_signal(signal.SIGUSR1)
        wait_for_pools(self.korone, (self.count + 1) // 2, LEASE_S + 10)
        passed = time.monotonic() - began
        return {"noticed_s": passed,
                "cpu": (cpu_seconds(self.korone.ingress.pid) - before) / passed,
                "slowest_beat_us": self.rounds(2)[1]}

    def close(self):
        self.process.terminate()
        self.process.wait()
        wait_for_pools(self.korone, 0, LEASE_S + 10)


def wait_for_pools(korone, count, seconds):
    until = time.monotonic() + seconds
    while (there := korone.ingress.metric("korone_ingress_pools")) != count:
        if time.monotonic() > until:
            raise AssertionError(f"{there} pools instead of {count} after {seconds} s")
        time.sleep(0.1)


def idle(korone, seconds):
    before, began = cpu_seconds(korone.ingress.pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(korone.ingress.pid) - before) / (time.monotonic() - began)


def measure(korone, count, seconds):
    base_kib, base_cpu = memory_kib(korone.ingress.pid), idle(korone, seconds / 2)
    crowd = Crowd(korone, count)
    try:
        crowd.rounds(SETTLE_S)
        before, began = cpu_seconds(korone.ingress.pid), time.monotonic()
        mean_us, slowest_us = crowd.rounds(seconds)
        cpu = (cpu_seconds(korone.ingress.pid) - before) / (time.monotonic() - began)
        result = {"came_s": crowd.came_s, "cpu": cpu, "cpu_without": base_cpu,
                  "kib_each": (memory_kib(korone.ingress.pid) - base_kib) / count,
                  "beat_us": mean_us, "slowest_beat_us": slowest_us}
        if count > 1:
            result["halved"] = crowd.halve()
        return result
    finally:
        crowd.close()


def measure_real(korone, count, seconds):
    """Real pools, each with one child: of those also what they cost the machine."""
    korone.crashd.start()
    korone.recorder.start().wait_until_ready()
    base_kib, base_cpu = memory_kib(korone.ingress.pid), idle(korone, seconds / 2)
    pools = [korone.process(type(korone.pool), f"worker{i}", "korone-worker",
                            KORONE_POOL_MIN="1", KORONE_POOL_MAX="1").start()
             for i in range(count)]
    korone.processes += pools
    began = time.monotonic()
    wait_for_pools(korone, count, 300)
    came_s = time.monotonic() - began
    time.sleep(SETTLE_S)
    cpu = idle(korone, seconds)
    each = sum(memory_kib(pid) for pool in pools for pid in [pool.pid, *descendants(pool.pid)])
    return {"came_s": came_s, "cpu": cpu, "cpu_without": base_cpu,
            "kib_each": (memory_kib(korone.ingress.pid) - base_kib) / count,
            "pool_kib": each / count}


def start(real):
    korone = Korone({"KORONE_UPDATES_ENDPOINT": f"tcp://127.0.0.1:{free_port()}",
                     "KORONE_LOG_LEVEL": "error"}, simulator=(), start=False)
    korone.processes = [korone.ingress]
    if real:
        korone.processes += [korone.crashd, korone.recorder]
    korone.ingress.start().wait_until_ready()
    return korone


def print_row(name, one):
    print(f"  {name:<12}{one['came_s']:>8.1f}{one['cpu_without']:>9.2%}{one['cpu']:>9.2%}"
          f"{one['kib_each']:>9.1f}", end="")
    if "beat_us" in one:
        print(f"{one['beat_us'] / 1000:>9.2f}{one['slowest_beat_us'] / 1000:>9.1f}", end="")
    if "halved" in one:
        half = one["halved"]
        print(f"{half['noticed_s']:>9.1f}{half['cpu']:>9.2%}"
              f"{half['slowest_beat_us'] / 1000:>9.1f}", end="")
    if "pool_kib" in one:
        print(f"   {one['pool_kib'] / 1024:.1f} MiB PSS each pool", end="")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pools", nargs="*", type=int)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--real", type=int, default=0)
    options = parser.parse_args()
    steps = options.pools or ([] if options.real else [10, 100, 1000])
    print("pools       come, s     idle     CPU  KiB each  beat, ms  slowest"
          "  halved: s     CPU  slowest")
    results, korone = {}, start(options.real)
    try:
        for count in steps:
            results[count] = measure(korone, count, options.seconds)
            print_row(count, results[count])
        if options.real:
            results["real"] = measure_real(korone, options.real, options.seconds)
            print_row(f"{options.real} real", results["real"])
    except BaseException:
        korone.print_logs()
        raise
    finally:
        korone.close()
    save({"pools": results})


if __name__ == "__main__":
    sys.exit(main())
