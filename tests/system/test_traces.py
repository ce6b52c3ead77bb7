"""What crashd reads from captures: every kind of signal, builds that are gone, garbage."""

import os
import shutil
import subprocess

from crashd import BIN, ROOT, VICTIM, CrashdTest, crash

SOURCE = "tests/system/victim.c"

# way: (exception.type, function, words in exception.message)
WAYS = {
    "segv": ("SIGSEGV", "write_to_null", "null pointer write at 0x0"),
    "fpe": ("SIGFPE", "divide_by_zero", "integer division by zero"),
    "ill": ("SIGILL", "run_illegal_instruction", "an instruction that does not exist"),
    "bus": ("SIGBUS", "read_past_a_file", "beyond the end of a mapped file"),
    "abort": ("SIGABRT", "call_abort", "gave up"),
    "assert": ("assert", "fail_an_assertion", "Assertion `zero == 1' failed"),
    "smash": ("abort:stack smashing", "smash_the_stack", "stack smashing detected"),
    "fortify": ("abort:buffer overflow", "overflow_a_buffer", "buffer overflow detected"),
    "free": ("abort:heap corruption", "free_twice", "double free"),
    "overflow": ("stack overflow", "overflow_the_stack", "the stack overflowed"),
    "jump": ("SIGSEGV", "jump_to_bad_pointer", "call at 0x414141410000"),
    "lost": ("SIGSEGV", "lose_the_callers", "null pointer write"),
    "thread": ("SIGSEGV", "write_to_null", "null pointer write"),
    "callback": ("SIGSEGV", "write_to_null", "null pointer write"),
    "sys": ("SIGSYS", "make_forbidden_call", "system call 110 is forbidden here"),
    "container": ("SIGSEGV", "write_to_null", "null pointer write"),
    "panic": ("panic", "call_panic", "a state that cannot be"),
    "kill": ("killed", None, "killed from outside"),
    "exit": ("exit(3)", None, "status 3"),
}


class TraceTest(CrashdTest):
    def test_every_way(self):
        self.start()
        spans = {way: self.report_of(way, number) for number, way in enumerate(WAYS, 1)}
        for way, (kind, function, words) in WAYS.items():
            with self.subTest(way):
                exception = spans[way].events["exception"]
                self.assertEqual(exception["exception.type"], kind, exception)
                self.assertIn(words, exception["exception.message"])
                self.assertEqual(spans[way].attributes["korone.module"], "victim")
                if function:
                    self.assertEqual(spans[way].attributes["code.function"], function,
                                     spans[way].stacktrace)
                    self.assertIn(f" {function} ({SOURCE}:", spans[way].stacktrace)
        self.assertEqual(spans["thread"].attributes["thread.name"], "second")
        self.assertIn("run_thread", spans["thread"].stacktrace)
        self.assertRegex(spans["callback"].stacktrace, r"(?s)compare.*qsort.*crash_in_a_callback")
        self.assertRegex(spans["container"].stacktrace, r"(?s)write_to_null.*main")
        self.assertIn("(not code)", spans["jump"].stacktrace)
        self.assertRegex(spans["jump"].stacktrace, r"(?s)jump_to_bad_pointer.*main")
        self.assertIn("[guess: found by scanning the stack]", spans["lost"].stacktrace)
        self.assertIn("times the same", spans["overflow"].stacktrace)
        self.assertIn(" main ", spans["overflow"].stacktrace)

    def test_garbage_says_so(self):
        self.start()
        good = crash("segv")
        for number, field in enumerate(("stack", "maps", "modules", "registers", "all"), 1):
            capture = crash("segv").of_update(number)
            for name in ("stack", "maps", "modules"):
                if field in (name, "all"):
                    setattr(capture, name, os.urandom(len(getattr(good, name))))
            if field in ("registers", "all"):
                capture.registers = [int.from_bytes(os.urandom(8), "big") for _ in range(34)]
            self.report(capture)
            span = self.span_of(capture)
            self.assertEqual(span.attributes["korone.module"], "victim", field)
            self.assertIn("#0", span.stacktrace, field)
            if field in ("maps", "all"):
                self.assertIn("the memory map", span.stacktrace, field)
        self.send(crash("kill"))
        self.wait_until_stored(1)
        self.assertEqual(self.metric("korone_crashd_symbolize_faults_total"), 0)

    def test_works_without_any_right(self):
        """As nobody, without a capability, no new privileges, everything read-only."""
        self.start()
        wrapper = ()
        if os.getuid() == 0:
            shutil.copy(VICTIM, self.dir + "/korone-victim")
            os.chmod(self.dir, 0o755)
            wrapper = ["unshare", "-m", "sh", "-c", "mount -o remount,ro,bind / && exec \"$@\"", "-",
                       "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                       "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
        span = self.report_of("segv", wrapper=wrapper,
                              victim=self.dir + "/korone-victim" if wrapper else VICTIM)
        self.assertEqual(span.attributes["code.function"], "write_to_null")
        self.assertIn(" main ", span.stacktrace)


class BuildsTest(CrashdTest):
    """A program that is stripped and rebuilt again and again."""

    def setUp(self):
        super().setUp()
        # crashd keeps the programs of its own directory.
        os.mkdir(self.dir + "/bin")
        shutil.copy(BIN + "/korone-crashd", self.dir + "/bin")
        self.crashd.program = self.dir + "/bin/korone-crashd"

    def build(self, number):
        """With every line moved a little further down."""
        program = self.dir + "/bin/korone-victim"
        os.makedirs(self.dir + "/tests/system", exist_ok=True)
        with open(f"{ROOT}/{SOURCE}") as old, open(f"{self.dir}/{SOURCE}", "w") as new:
            new.write("\n" * number + old.read())
        debug = program + ".debug"
        libraries = subprocess.run(["pkg-config", "--libs", "libzmq", "jansson"],
                                   stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        subprocess.run(["gcc", "-std=c17", "-O1", "-g1", "-I" + ROOT, "-D_GNU_SOURCE",
                        "-DKORONE_VERSION=\"test\"", "-pthread",
                        "-Wl,--build-id", "-Wl,--as-needed", "-o", program, SOURCE,
                        BIN + "/../lib/libcommon.a", *libraries], cwd=self.dir, check=True)
        subprocess.run(["objcopy", "--only-keep-debug", program, debug], check=True)
        subprocess.run(["strip", program], check=True)
        subprocess.run(["objcopy", f"--add-gnu-debuglink={debug}", program], check=True)
        return crash("segv", victim=program).of_update(number)

    def kept(self):
        return [name for name in os.listdir(self.dir + "/state/crashd/symbols")
                if name.startswith("korone-victim.")]

    def test_the_last_three_builds_are_known(self):
        captures = []
        for number in (1, 2, 3, 4):
            captures.append(self.build(number))
            self.start()  # it looks for new programs at startup and once a minute
            self.assertEqual(len(self.kept()), 2 * min(number, 3), "programs and debug files")
            if number < 4:
                self.crashd.stop()
        os.unlink(self.dir + "/bin/korone-victim")
        os.unlink(self.dir + "/bin/korone-victim.debug")
        lines, fingerprints = set(), set()
        for capture in captures:
            self.report(capture)
            span = self.span_of(capture)
            if capture is captures[0]:  # the fourth last: what a later check needs
                self.assertNotIn("code.function", span.attributes)
                self.assertIn("build id " + capture.build_id, span.stacktrace)
                continue
            self.assertEqual(span.attributes["code.function"], "write_to_null", span.stacktrace)
            self.assertIn(" main ", span.stacktrace)
            lines.add(span.attributes["code.lineno"])
            fingerprints.add(span.attributes["logfire.exception.fingerprint"])
        self.assertEqual(len(lines), 3, "the lines differ from build to build")
        self.assertEqual(len(fingerprints), 1, "the fingerprint does not")
