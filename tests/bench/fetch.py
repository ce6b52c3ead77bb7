#!/usr/bin/python3
"""Runs tests/bench/bench_fetch.c with stores of its own: fetch.py BUILD."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
from stores import Stores  # noqa: E402

stores = Stores()
try:
    subprocess.run([f"{os.path.abspath(sys.argv[1])}/tests/bench_fetch"], check=True,
                   env={**os.environ, "DATABASE_URL": stores.database_url, "REDIS_URL": stores.redis_url})
finally:
    stores.close()
