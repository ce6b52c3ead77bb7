"""Every way in which a handler can end, checked where the report arrives."""

import json
import os
import re
import signal

from korone import BIN, Korone, SystemTest, descendants, wait_for

FIRST_OPERATOR = 2001
with open(f"{BIN}/korone-worker", "rb") as program:
    IS_ARM64 = program.read(20)[18:] == b"\xb7\0"  # e_machine, <elf.h>
IS_EMULATED = IS_ARM64 and os.uname().machine == "x86_64"
SOURCE = "workers/modules/op_crash.c"
with open(f"{os.path.dirname(__file__)}/../../{SOURCE}") as source:
    SOURCE_LINES = source.read().splitlines()

# way: (exception.type, function, what is found in its line, words in exception.message); no
# function where no code was to blame
WAYS = {
    "segv": ("SIGSEGV", "write_to_null", r"\*nowhere = 1;", "null pointer write at 0x0 in write_to_null"),
    "abort": ("SIGABRT", "call_abort", r"abort\(\)", "gave up"),
    "fpe": ("SIGFPE", "divide_by_zero", r"DIVIDE\(", "integer division by zero in divide_by_zero"),
    "bus": ("SIGBUS", "raise_bus_error", r"raise\(SIGBUS\)", "was sent by a process"),
    "ill": ("SIGILL", "run_illegal_instruction", r"ILLEGAL_INSTRUCTION\(\)",
            "an instruction that does not exist"),
    "overflow": ("stack overflow", "overflow_the_stack", r"^{|overflow_the_stack\(\);",
                 "the stack overflowed"),
    "smash": ("abort:stack smashing", "smash_the_stack", "^}", "stack smashing detected"),
    "jump": ("SIGSEGV", "jump_to_bad_pointer", r"nowhere\(\);", "call through a null pointer (0x10)"),
    "hang": ("handler timeout", "hang_forever", "sink = 1;", "past its time"),
    "exit": ("exit(3)", None, None, "status 3"),
    "kill": ("killed", None, None, "killed from outside"),
    "memory": ("memory limit", None, None, "memory limit"),
    "error": ("handler error", "op_crash", r"return ctx_fail\(",
              "the operator asked for an error"),
}
if IS_ARM64:  # divides by zero silently, so the signal is raised
    WAYS["fpe"] = ("SIGFPE", "divide_by_zero", r"DIVIDE\(", "was sent by a process")
if IS_EMULATED:  # qemu ignores RLIMIT_DATA
    del WAYS["memory"]


class CrashesTest(SystemTest):
    settings = {
        "KORONE_OPERATORS": ",".join(str(FIRST_OPERATOR + n) for n in range(len(WAYS))),
        "KORONE_HANDLER_TIMEOUT_MS": "4000",
        "KORONE_CHILD_MEMORY_MAX": "64MiB",
    }

    def test_every_way_gives_a_report_and_a_reference_id(self):
        said, told = {}, {}
        for number, way in enumerate(WAYS):
            person = self.korone.simulator.person("Olga", id=FIRST_OPERATOR + number)
            said[way] = (person, person.says(f"/op_crash {way}").update_id)
        while len(told) < len(said):
            chat_id, trace_id = self.reference()
            told[chat_id] = trace_id
        for way, (person, update_id) in said.items():
            with self.subTest(way):
                self.check(way, told[person.id], update_id)
        self.nothing_is_left()

    def reference(self):
        """The next (chat, reference id) that somebody is told."""
        call = self.korone.bot.does(
            lambda call: call["method"] == "sendMessage"
            and re.search(r"\b[0-9a-f]{32}\b", call["text"] or ""), "a reference id")
        return call["chat_id"], re.search(r"\b[0-9a-f]{32}\b", call["text"])[0]

    def check(self, way, trace_id, update_id):
        span = self.korone.reports.wait_for_span(lambda span: span.trace_id == trace_id)
        kind, function, line, words = WAYS[way]
        exception = span.events["exception"]
        self.assertEqual(exception["exception.type"], kind, exception)
        self.assertIn(words, exception["exception.message"])
        self.assertEqual(json.loads(span.attributes["telegram.update"])["update_id"], update_id)
        self.assertEqual(span.attributes["korone.module"], "op_crash")
        self.assertRegex(span.attributes["logfire.exception.fingerprint"], "^[0-9a-f]{64}$")
        self.assertEqual((span.kind, span.status), (5, 2), "consumer, error")
        if function:
            self.assertEqual(span.attributes["code.function"], function, span.stacktrace)
            self.assertEqual(span.attributes["code.filepath"], SOURCE)
            self.assertRegex(SOURCE_LINES[span.attributes["code.lineno"] - 1], line)
            self.assertIn(f" {function} ({SOURCE}:{span.attributes['code.lineno']})",
                          span.stacktrace)

    def nothing_is_left(self):
        """Neither a capture nor a stack stays on crashd's disk."""
        wait_for(lambda: self.korone.crashd.metric("korone_crashd_reports_pending") == 0, 20,
                 "all reports are accepted")
        self.assertEqual(self.korone.crashd.metric("korone_crashd_symbolize_faults_total"), 0)


class CrashdTest(SystemTest):
    def crash(self, person, way="segv"):
        return person.says(f"/op_crash {way}").update_id

    def spans_of(self, update_id):
        return [span for span in self.korone.reports.spans
                if span.attributes.get("telegram.update_id") == update_id]

    def test_crashd_away_and_back(self):
        operator = self.korone.operator()
        self.korone.crashd.kill()
        update_id = self.crash(operator)
        operator.says("/ping 1")
        self.korone.bot.says("pong 1", chat=operator.id)
        self.korone.crashd.start().wait_until_ready()
        wait_for(lambda: len(self.spans_of(update_id)) == 2, 30, "both attempts are reported")
        self.assertEqual(len({span.span_id for span in self.spans_of(update_id)}), 2)
        self.assertEqual(len({span.trace_id for span in self.spans_of(update_id)}), 1)

    def test_a_pool_that_goes_hands_over_what_crashd_does_not_have(self):
        """As in Kubernetes, where the state directory of a pod goes with it."""
        operator, pool = self.korone.operator(), self.korone.pool
        self.korone.crashd.signal(signal.SIGSTOP)
        update_id = self.crash(operator)
        wait_for(lambda: pool.status()["captures_pending"] >= 2, 20, "both attempts wait")
        pool.signal(signal.SIGTERM)
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_pools") == 0, 20,
                 "the pool has said goodbye")
        self.korone.crashd.signal(signal.SIGCONT)
        self.assertEqual(pool.process.wait(20), 0)
        left = [name for _, _, names in os.walk(self.korone.dir + "/state/worker")
                for name in names if name.startswith("held-")]
        self.assertEqual(left, [])
        wait_for(lambda: len(self.spans_of(update_id)) == 2, 30, "both attempts are reported")

    def test_logfire_away_and_back_each_report_once(self):
        operator = self.korone.operator()
        self.korone.reports.plan += [503, "drop", 429]
        update_id = self.crash(operator)
        wait_for(lambda: len(self.spans_of(update_id)) == 2, 40, "both attempts are reported")
        self.korone.crashd.stop()
        self.korone.crashd.start().wait_until_ready()
        operator.says("/ping 1")
        self.korone.bot.says("pong 1", chat=operator.id)
        self.assertEqual(len(self.spans_of(update_id)), 2)


class EveryProcessTest(SystemTest):
    """With as few rights as a container has (confined.c), where there are rights to drop."""

    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.finish)
        if os.getuid() == 0:
            self.korone.leave_root(BIN + "/../tests/confined", self.korone.dir)
        self.korone.start()

    def check_rights(self):
        for process in self.korone.processes:
            for pid in (process.pid, *descendants(process.pid)):
                with open(f"/proc/{pid}/status") as file:
                    status = dict(line.split(":\t", 1) for line in file.read().splitlines())
                with open(f"/proc/{pid}/mounts") as file:
                    root = [line.split()[3] for line in file if line.split()[1] == "/"][-1]
                self.assertEqual({status[key].split()[0] for key in ("Uid", "Gid")}, {"65534"})
                self.assertEqual({int(status[key], 16) for key in ("CapEff", "CapPrm", "CapBnd")},
                                 {0})
                self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
                self.assertIn("ro", root.split(","))

    def pid_of(self, name):
        """Of the nursery or the sender, by the name that ps shows."""
        for pid in descendants(self.korone.pool.pid):
            with open(f"/proc/{pid}/comm") as file:
                if name in file.read():
                    return pid
        raise AssertionError(f"there is no {name}")

    def crash_process(self, process):
        """SIGSEGV, as if its own code had done it, then the next start."""
        process.signal(signal.SIGSEGV)
        process.process.wait(20)
        process.start().wait_until_ready()

    def check_child(self, operator):
        update_id = operator.says("/op_crash").update_id
        span = self.korone.reports.wait_for_span(
            lambda span: span.attributes.get("telegram.update_id") == update_id)
        self.assertEqual((span.attributes["code.function"], span.attributes["code.filepath"]),
                         ("write_to_null", SOURCE))

    def test_a_crash_of_each_process_is_reported(self):
        """Of processes without a parent, at their next start; the update in flight is not lost."""
        operator = self.korone.operator()
        if os.getuid() == 0:
            self.check_rights()
        self.check_child(operator)
        for process in (self.korone.ingress, self.korone.recorder, self.korone.crashd,
                        self.korone.pool):
            self.crash_process(process)
        for name in ("nursery", "sender"):
            os.kill(self.pid_of(name), signal.SIGSEGV)
            wait_for(self.korone.pool.is_ready, 20, "the pool is ready")
            operator.says(f"/ping {name}")
            self.korone.bot.says(f"pong {name}", chat=operator.id)
        for name, place in (("ingress", "main"), ("recorder", "main"), ("crashd", "main"),
                            ("pool", "main"), ("nursery", "nursery"), ("sender", "sender")):
            span = self.korone.reports.wait_for_span(
                lambda span: span.attributes.get("korone.process") == name,
                what=f"a report of {name}")
            self.assertEqual(span.events["exception"]["exception.type"], "SIGSEGV", name)
            self.assertIn("was sent by a process", span.events["exception"]["exception.message"])
            self.assertNotIn("telegram.update", span.attributes)
            self.assertIn(place, span.stacktrace)
        wait_for(lambda: self.korone.crashd.metric("korone_crashd_reports_pending") == 0, 20,
                 "all reports are accepted")
        left = [name for _, _, names in os.walk(self.korone.dir + "/state") for name in names
                if name.endswith(".capture")]
        self.assertEqual(left, [], "capture files are removed once they are stored")
