#!/usr/bin/python3
"""Runs the tests of the deployment and prints TAP; inside `tests/deploy/engine run`."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "../system"))

import run  # noqa: E402

if __name__ == "__main__":
    sys.exit(run.main(HERE, jobs=1))
