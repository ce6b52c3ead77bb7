#!/usr/bin/python3
"""Checks deploy/kubernetes without a cluster and prints TAP."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "../system"))

import run  # noqa: E402

if __name__ == "__main__":
    sys.exit(run.main(HERE, jobs=1))
