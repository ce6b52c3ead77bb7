#!/usr/bin/python3
"""Runs the system tests and prints TAP: run.py [NAME…], where a name is a part of a test's id."""

import sys
import time
import unittest


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
        print(f"{word} {self.number} - {test.id()} ({took:.1f} s){note}", flush=True)

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


def main(here=__file__.rsplit("/", 1)[0]):
    found = unittest.defaultTestLoader.discover(here, pattern="test_*.py")
    names = sys.argv[1:]
    tests = [t for t in flatten(found) if not names or any(n in t.id() for n in names)]
    # A suite, so that setUpClass and tearDownClass run.
    result = Tap()
    unittest.TestSuite(tests).run(result)
    print(f"1..{result.number}")
    return 0 if result.wasSuccessful() and result.number else 1


if __name__ == "__main__":
    sys.exit(main())
