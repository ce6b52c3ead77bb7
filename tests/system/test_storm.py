"""Many crashes at once, and a disk that is full. CRASH_STORM=10000 is the full size."""

import os
import time

from crashd import CrashdTest, Capture, crash, wait_for

STORM = int(os.environ.get("CRASH_STORM", "1500"))
FULL_PER_MINUTE = 60
CRASHD_MAX_KIB = 50 * 1024


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
        wait_for(lambda: len(self.receiver.spans) >= STORM, 60 + STORM / 30, "all are reported")
        took = time.monotonic() - began
        memory = [resident_kib(pid) for pid in family(self.crashd.pid)]
        print(f"# {STORM} captures stored in {stored:.1f} s, reported in {took:.1f} s; "
              f"crashd and symbolizer had {memory} KiB at most")
        self.assertEqual(self.receiver.refused, [])
        self.assertEqual({span.trace_id for span in self.receiver.spans}, sent)
        self.assertEqual(len(self.receiver.spans), STORM, "none twice")
        self.assertLess(memory[0], CRASHD_MAX_KIB)
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


class FullDiskTest(CrashdTest):
    """The state directory is a file system of 2 MiB."""

    def start_on_small_disk(self):
        program = self.dir + "/small-disk"
        with open(program, "w") as file:
            file.write("#!/bin/sh\n"
                       f"mount -t tmpfs -o size=2m,mode=700 none {self.dir}/state && exec "
                       f"{self.crashd.program}\n")
        os.chmod(program, 0o755)
        wrapper = self.dir + "/unshare"
        with open(wrapper, "w") as file:
            file.write(f"#!/bin/sh\nexec unshare -m {program}\n")
        os.chmod(wrapper, 0o755)
        self.crashd.program = wrapper
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
