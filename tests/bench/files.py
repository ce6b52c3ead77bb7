#!/usr/bin/python3
"""What a large file costs a pool: 20 MB made by a handler, sent to Telegram and fetched again.

    files.py [--runs N]

Prints a table and writes build/bench-files.json.
"""

import argparse
import json
import os
import re
import statistics
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../system"))

import privileged  # noqa: E402
from bench import pids_by_role  # noqa: E402
from korone import BIN, Korone  # noqa: E402

FILES = os.path.join(BIN, "../tests/korone-worker-files")  # its module: modules/files.c
OUT = os.path.join(HERE, "../../build/bench-files.json")
SIZE = 20_000_000
LOOK_S = 0.001


def memory_kib(pid):
    """Its own: pages of files in the system's cache are nobody's."""
    status = privileged.read(pid, "status")
    return sum(int(re.search(rf"^{name}:\s+(\d+)", status, re.M)[1])
               for name in ("RssAnon", "RssShmem"))


class Watch(threading.Thread):
    """The most memory of some processes while it runs."""

    def __init__(self, pids):
        super().__init__()
        self.pids, self.over = pids, threading.Event()
        self.before = {pid: memory_kib(pid) for pid in pids}
        self.most = dict(self.before)

    def run(self):
        while not self.over.wait(LOOK_S):
            for pid in self.pids:
                self.most[pid] = max(self.most[pid], memory_kib(pid))

    def more(self, pid):
        return self.most[pid] - self.before[pid]


def transfer(korone, person):
    pids = pids_by_role(korone)
    child, sender = pids["children"][0], pids["sender"][0]
    watch = Watch([child, sender])
    watch.start()
    began = time.monotonic()
    person.says(f"/transfer {SIZE}")
    korone.bot.says(f"{SIZE} bytes", timeout=60)
    taken = time.monotonic() - began
    watch.over.set()
    watch.join()
    return {"s": taken, "child_kib": watch.more(child), "sender_kib": watch.more(sender)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    korone = Korone({"KORONE_POOL_MIN": "1", "KORONE_POOL_MAX": "1"}, start=False)
    korone.pool.program = FILES
    try:
        korone.start()
        person = korone.person("Alice")
        person.says("/transfer 100000")
        korone.bot.says("100000 bytes", timeout=60)
        found = [transfer(korone, person) for _ in range(runs)]
    finally:
        korone.close()
    result = {key: statistics.median(one[key] for one in found) for key in found[0]}
    print(f"\na file of {SIZE // 1_000_000} MB, up to Telegram and down again")
    print(f"  {result['s'] * 1000:8.0f} ms")
    print(f"  {result['child_kib']:8.0f} KiB more memory of the child at its most")
    print(f"  {result['sender_kib']:8.0f} KiB of the sender")
    with open(OUT, "w") as file:
        json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()
