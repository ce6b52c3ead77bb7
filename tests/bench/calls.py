#!/usr/bin/python3
"""The sender's cost per call, with few and with many at once: calls.py BENCH_SENDER [CALLS]"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))

from simulator import Simulator  # noqa: E402


def main(program, calls="50000"):
    with open(os.devnull, "wb") as log:
        simulator = Simulator(log=log)
    try:
        alice = simulator.person("Alice")
        alice.says("/start")  # a bot may not write first
        print("sender: a call", flush=True)
        for at_once in ("1", "8", "100", "900"):
            subprocess.run([program, simulator.url, simulator.token, str(alice.id), calls, at_once],
                           check=True)
    finally:
        simulator.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
