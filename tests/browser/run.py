#!/usr/bin/python3
"""Runs the tests in a browser and prints TAP: run.py [NAME…], as tests/system/run.py does."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Of two files of one name the system tests' is meant.
sys.path[:0] = [os.path.join(HERE, "../system"), HERE]

import run  # noqa: E402

if __name__ == "__main__":
    sys.exit(run.main(HERE))
