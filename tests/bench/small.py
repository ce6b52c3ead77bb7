#!/usr/bin/python3
"""`deploy/up` where there is little: in a group of processes with a limit of memory, on one core.

    small.py [--mib N] [--seconds N]

The bot, its private Postgres and Redis, and the simulator with people who write to it; the page cache
counts, too. What is built is built before. Prints a table and writes build/bench-small.json. Fails if the
bot does not answer, or if the kernel ended a process for want of memory. Does nothing where memory cannot
be limited (that takes root). Uses this checkout's .run, which must not be in use.
"""

import argparse
import json
import os
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
OUT = os.path.join(ROOT, "build/bench-small.json")
HIERARCHY = "/sys/fs/cgroup"
# Of a group in each version of control groups: the limit, the most that was used, who was ended.
FILES = {1: ("memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control"),
         2: ("memory.max", "memory.peak", "memory.events")}


class Group:
    def __init__(self, limit_bytes):
        self.version = 2 if os.path.exists(HIERARCHY + "/cgroup.controllers") else 1
        self.path = f"{HIERARCHY}{'/memory' if self.version == 1 else ''}/korone-bench-{os.getpid()}"
        self.limit, self.peak, self.events = FILES[self.version]
        try:
            if self.version == 2:
                with open(HIERARCHY + "/cgroup.subtree_control", "w") as file:
                    file.write("+memory")
            os.mkdir(self.path)
            self.write(self.limit, limit_bytes)
        except OSError as error:
            print(f"deploy/up on a small machine: not measured, as memory cannot be limited here: {error}")
            sys.exit(0)

    def write(self, name, value):
        with open(f"{self.path}/{name}", "w") as file:
            file.write(str(value))

    def read(self, name):
        with open(f"{self.path}/{name}") as file:
            return file.read()

    def enter(self):
        """In a child, before it executes anything."""
        self.write("cgroup.procs", os.getpid())
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    def killed(self):
        counts = dict(line.split() for line in self.read(self.events).splitlines())
        return int(counts["oom_kill"])

    def peak_mib(self):
        return int(self.read(self.peak)) / 2**20

    def close(self):
        for _ in range(100):
            try:
                os.rmdir(self.path)
                return
            except OSError:  # a process of it is ending
                time.sleep(0.1)


def run(group, *command):
    done = subprocess.run(command, cwd=ROOT, preexec_fn=group.enter, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with status {done.returncode}")
    return done.stdout


def measure(group, seconds):
    start = time.monotonic()
    run(group, "deploy/up", "--detach")
    try:
        ready_s = time.monotonic() - start
        start = time.monotonic()
        answered = "pong" in run(group, "deploy/say", "/ping hello").lower()
        answer_s = time.monotonic() - start
        time.sleep(seconds)
        return {"ready_s": ready_s, "answered": answered, "answer_s": answer_s, "peak_mib": group.peak_mib(),
                "killed": group.killed()}
    finally:
        run(group, "deploy/down")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mib", type=int, default=512, help="of memory (%(default)s)")
    parser.add_argument("--seconds", type=int, default=30, help="that people write (%(default)s)")
    options = parser.parse_args()
    group = Group(options.mib << 20)
    try:
        result = measure(group, options.seconds)
    finally:
        group.close()
    print(f"\ndeploy/up with {options.mib} MiB on one core\n"
          f"  ready after       {result['ready_s']:6.1f} s\n"
          f"  deploy/say took   {result['answer_s']:6.1f} s{'' if result['answered'] else ', WITHOUT AN ANSWER'}\n"
          f"  most memory used  {result['peak_mib']:6.0f} MiB, the page cache included\n"
          f"  processes ended for want of memory: {result['killed']}")
    with open(OUT, "w") as file:
        json.dump({"mib": options.mib, **result}, file, indent=1)
    return 0 if result["answered"] and not result["killed"] else 1


if __name__ == "__main__":
    sys.exit(main())
