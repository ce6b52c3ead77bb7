#!/usr/bin/python3
"""Runs the system tests and prints TAP: run.py [NAME…], where a name is a part of a test's id.

Tests mostly wait, so JOBS classes run in parallel, each in its own process; the output of each is
printed when it ends.
"""

import concurrent.futures
import multiprocessing
import os
import sys
import tempfile
import time
import unittest

from stores import Stores

JOBS = 2


class Tap(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = 0

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def line(self, word, test, note=""):
        self.number += 1
        took = time.monotonic() - getattr(self, "started", time.monotonic())
        print(f"{word} - {test.id()} ({took:.1f} s){note}", flush=True)

    def diagnose(self, text):
        for line in text.rstrip().splitlines():
            print(f"# {line}", flush=True)

    def addSuccess(self, test):
        self.line("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("not ok", test)
        self.diagnose(self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.line("not ok", test)
        self.diagnose(self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        if err is not None:
            super().addSubTest(test, subtest, err)
            self.line("not ok", subtest)
            self.diagnose((self.failures or self.errors)[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("ok", test, f" # SKIP {reason}")


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def by_class(tests):
    classes = {}
    for test in tests:
        classes.setdefault(type(test), []).append(test)
    return list(classes.values())


def run_class(tests):
    """(output, number of tests, whether all passed)"""
    with tempfile.TemporaryFile("w+") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
        result = Tap()
        # A suite, so that setUpClass and tearDownClass run.
        unittest.TestSuite(tests).run(result)
        sys.stdout.flush()
        sys.stderr.flush()
        output.seek(0)
        return output.read(), result.number, result.wasSuccessful()


def main(here=__file__.rsplit("/", 1)[0], jobs=JOBS):
    found = unittest.defaultTestLoader.discover(here, pattern="test_*.py")
    names = sys.argv[1:]
    tests = [t for t in flatten(found) if not names or any(n in t.id() for n in names)]
    total, good = 0, True
    with Stores.copied(), concurrent.futures.ProcessPoolExecutor(
            jobs, multiprocessing.get_context("fork")) as workers:
        for done in concurrent.futures.as_completed(
                workers.submit(run_class, group) for group in by_class(tests)):
            text, number, passed = done.result()
            print(text, end="", flush=True)
            total, good = total + number, good and passed
    print(f"1..{total}")
    return 0 if good and total else 1


if __name__ == "__main__":
    sys.exit(main())
