"""Many crashes at once, and a disk that is full.

    CRASH_STORM=10000    how many captures come to crashd (1500)
    CHILD_STORM=10000    how many children of a pool crash (400)
"""

import collections
import os
import re
import time

from crashd import CrashdTest, Capture, crash, wait_for
from korone import SystemTest

STORM = int(os.environ.get("CRASH_STORM", "1500"))
CHILD_STORM = int(os.environ.get("CHILD_STORM", "400"))
FULL_PER_MINUTE = 60
CRASHD_MAX_KIB = 50 * 1024  # with its symbolizer
FIRST_OPERATOR = 100001
OPERATORS = 40
ATTEMPTS = 2


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def family(pid):
    """The process and its children."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [pid, *map(int, file.read().split())]


class StormTest(CrashdTest):
    def test_a_storm(self):
        self.start()
        encoded = crash("segv").encode()
        self.connect().set_hwm(0)
        began = time.monotonic()
        sent = set()
        for number in range(1, STORM + 1):
            capture = Capture(encoded).of_update(number)
            sent.add(capture.trace.hex())
            self.send(capture)
        self.wait_until_stored(STORM, 120)
        stored = time.monotonic() - began
        wait_for(lambda: len(self.receiver.spans) >= STORM, 120 + STORM / 20, "all are reported")
        took = time.monotonic() - began
        memory = [resident_kib(pid) for pid in family(self.crashd.pid)]
        print(f"# {STORM} captures stored in {stored:.1f} s, reported in {took:.1f} s; "
              f"crashd and symbolizer had {memory} KiB at most")
        self.assertEqual(self.receiver.refused, [])
        self.assertEqual({span.trace_id for span in self.receiver.spans}, sent)
        self.assertEqual(len(self.receiver.spans), STORM, "none twice")
        self.assertLess(sum(memory), CRASHD_MAX_KIB)
        self.assertLess(stored, 60 * max(1, STORM / 10000), "as fast as they come")
        self.check_light_spans()
        self.assertEqual(self.metric("korone_crashd_reports_light_total"),
                         sum(not span.stacktrace for span in self.receiver.spans))
        self.wait_for_metric("korone_crashd_reports_pending", 0)
        self.assertEqual(self.metric("korone_crashd_symbolize_faults_total"), 0)

    def check_light_spans(self):
        full = {(span.trace_id, span.span_id): span for span in self.receiver.spans
                if span.stacktrace}
        light = [span for span in self.receiver.spans if not span.stacktrace]
        self.assertGreaterEqual(len(full), FULL_PER_MINUTE)
        self.assertGreater(len(light), STORM // 2)
        for span in light:
            self.assertEqual(len(span.links), 1)
            linked = full[span.links[0]]
            self.assertEqual(span.attributes["logfire.exception.fingerprint"],
                             linked.attributes["logfire.exception.fingerprint"])
            self.assertIn("exception.type", span.events["exception"])
            self.assertNotIn("telegram.update", span.attributes)


class ChildStormTest(SystemTest):
    """The same with crashing children of a pool, while others are served."""

    settings = {"KORONE_OPERATORS": ",".join(str(FIRST_OPERATOR + n) for n in range(OPERATORS))}

    def crash_them(self):
        """(update id, chat) of each; all its attempts crash."""
        operators = [self.korone.simulator.person("Olga", id=FIRST_OPERATOR + n)
                     for n in range(OPERATORS)]
        return [(operators[n % OPERATORS].says("/op_crash").update_id, FIRST_OPERATOR + n % OPERATORS)
                for n in range(CHILD_STORM // ATTEMPTS)]

    def references(self, count):
        """chat -> the reference ids that it was told, `count` in total"""
        told = collections.defaultdict(set)
        for _ in range(count):
            call = self.korone.bot.does(
                lambda call: call["method"] == "sendMessage" and "Reference" in call["text"]
                and call["error_code"] == 0, "tell a reference id", 60)
            told[call["chat_id"]].add(re.search(r"\b[0-9a-f]{32}\b", call["text"])[0])
        return told

    def test_a_storm_of_children(self):
        korone, began = self.korone, time.monotonic()
        korone.simulator.control("crowd", {"rate": 50, "count": 0, "pings": 80, "chats": 40,
                                           "people": 200})
        said = self.crash_them()
        told = self.references(len(said))
        took = time.monotonic() - began
        meanwhile = korone.simulator.statistics()["pings"]
        korone.simulator.control("crowd", {"running": False})
        wait_for(lambda: len(korone.reports.spans) >= ATTEMPTS * len(said), 120 + CHILD_STORM / 20,
                 "all are reported")
        self.check_reports(said, told)
        memory = [resident_kib(pid) for pid in family(korone.crashd.pid)]
        self.assertLess(sum(memory), CRASHD_MAX_KIB)
        self.assertEqual(korone.pool.log().count("slowing down respawns"), 0)
        self.assertGreater(meanwhile["answered"], 0)
        korone.wait_until_quiet()
        counts = korone.simulator.statistics()["pings"]
        self.assertEqual((counts["missing"], counts["duplicates"]), (0, 0), counts)
        print(f"# {ATTEMPTS * len(said)} children crashed in {took:.1f} s; to others "
              f"{meanwhile['answered']} answers meanwhile, p99 {meanwhile['p99_us'] / 1000:.0f} ms; "
              f"crashd and symbolizer had {memory} KiB at most")

    def check_reports(self, said, told):
        found = collections.defaultdict(list)
        for span in self.korone.reports.spans:
            found[span.attributes["telegram.update_id"]].append(span)
        self.assertEqual(set(found), {update_id for update_id, _ in said})
        for update_id, chat in said:
            first, second = found[update_id]
            self.assertEqual(first.trace_id, second.trace_id)
            self.assertIn(first.trace_id, told[chat], "what the person was told")
            self.assertEqual({span.attributes["korone.attempt"] for span in (first, second)}, {1, 2})
            for span in (first, second):
                self.assertEqual(span.attributes["code.function"], "write_to_null")
        light = [span for span in self.korone.reports.spans if not span.stacktrace]
        self.assertGreater(len(light), 0, "it was a storm")


class FullDiskTest(CrashdTest):
    """The state directory is a file system of 2 MiB."""

    def start_on_small_disk(self):
        self.crashd.wrapper = (
            "unshare", "-m", "sh", "-c",
            f"mount -t tmpfs -o size=2m,mode=700 none {self.dir}/state && exec \"$0\"")
        self.crashd.start().wait_until_ready()

    def keep_sending(self, capture):
        """Until it is confirmed, as the other processes do: a capture may be refused at times."""
        for _ in range(20):
            self.send(capture)
            if self.socket.poll(1000):
                self.socket.recv()
                return
        self.fail(f"not confirmed; the log: {self.crashd.log()[-2000:]}")

    def test_the_newest_of_each_kind_stays(self):
        if os.getuid() != 0:
            self.skipTest("mounting a file system needs root")
        self.receiver.decide = lambda headers: 503
        # The programs themselves do not fit, which must not matter.
        self.start_on_small_disk()
        number, newest = 0, {}
        for turn in range(40):
            for kind, way in enumerate(("segv", "abort", "fpe")):
                number += 1
                capture = crash(way).of_update(number, update={
                    "update_id": number, "text": "x" * 20000})
                self.keep_sending(capture)
                newest[way] = capture
        wait_for(lambda: self.metric("korone_crashd_reports_evicted_total") > 0, 5, "it is counted")
        wait_for(lambda: self.metric("korone_crashd_reports_pending") < 120, 10, "some are gone")
        self.receiver.decide = lambda headers: None
        for capture in newest.values():
            self.receiver.wait_for_span(lambda s: s.trace_id == capture.trace.hex(), 140)
        self.assertIn("going on without", self.crashd.log())
