"""`make mutants`, on a tree of two files: what the test sees is killed, what it does not see is named,
what changes nothing is passed over, and nothing gets out of the cage.
"""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parents[1] / "mutants" / "run.py"

CODE = r"""
#include <stdbool.h>
#define MANY 9 /* a < b */

void log_note(int number);
void panic(const char *format, ...);
void *xmalloc(unsigned long size);

/* 1 == 1, and "x" > "y" */
bool is_many(int count)
{
	log_note(count + 1);
	return count >= MANY;
}

int never_looked_at(int count)
{
	return count + 5;
}

int with_nothing_to_see(int count)
{
	int last = count;

	last = 4;
	switch (count) {
	case 1:
		return 3;
	case 2:
		return 8;
	}
	return count;
}

void *room_for(unsigned count)
{
	if (count > 1000)
		panic("%u are too many", count - 1000);
	return xmalloc(count + 2);
}

void endless(volatile unsigned long left)
{
	while (left != 0)
		left--;
}
"""

TEST = r"""
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

bool is_many(int count);
int never_looked_at(int count);
int with_nothing_to_see(int count);
void endless(unsigned long left);
void *room_for(unsigned count);
void log_note(int number) { (void)number; }
void panic(const char *format, ...) { (void)format; }
unsigned long asked_for;
void *xmalloc(unsigned long size) { asked_for = size; return 0; }

int main(void)
{
	if (fork() == 0) {
		setsid();
		for (;;)
			pause();
	}
	close(open("/tmp/NAME", O_CREAT | O_WRONLY, 0600));
	close(open("HERE/NAME", O_CREAT | O_WRONLY, 0600));
	close(open("code.c", O_TRUNC | O_WRONLY));
	never_looked_at(1);
	endless(3);
	room_for(3);
	bool ok = asked_for >= 5 && is_many(9) && is_many(10) && !is_many(8) && with_nothing_to_see(1) == 3 &&
		  with_nothing_to_see(2) == 8 && with_nothing_to_see(7) == 7;
	puts(ok ? "ok 1" : "not ok 1");
	return !ok;
}
"""


class MutantsTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-mutants-")
        self.addCleanup(directory.cleanup)
        self.tree = pathlib.Path(directory.name)
        self.name = f"mutant-{os.getpid()}"
        # Where everybody may write, and whoever runs this for sure.
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="korone-mutants-", dir="/var/tmp"))
        self.home.chmod(0o777)
        self.addCleanup(shutil.rmtree, self.home)
        self.build("code", CODE)
        self.build(self.name, TEST.replace("HERE", str(self.home)).replace("NAME", self.name))
        self.cc(f"build/obj/{self.name}.o", "build/obj/code.o", "-o", f"build/{self.name}")
        self.archive()
        self.shell("git", "init", "-q")

    def shell(self, *command):
        subprocess.run(command, cwd=self.tree, check=True, capture_output=True)

    def cc(self, *arguments):
        self.shell("gcc", "-O2", "-g1", *arguments)

    def build(self, name, text):
        (self.tree / f"{name}.c").write_text(text)
        (self.tree / "build" / "obj").mkdir(parents=True, exist_ok=True)
        self.cc("-c", "-o", f"build/obj/{name}.o", f"{name}.c")

    def archive(self):
        (self.tree / "build" / "lib").mkdir(exist_ok=True)
        self.shell("ar", "rcs", "build/lib/libcode.a", "build/obj/code.o")

    def mutants(self, *arguments):
        return subprocess.run(
            ["/usr/bin/python3", "-B", RUN, "--build", "build", "--compile", "gcc -O2 -g1", "--link", "gcc",
             "--libraries", "build/lib/libcode.a", "--tests", f"build/{self.name}:build/obj/{self.name}.o",
             "--files", "code.c", *arguments],
            cwd=self.tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def survivors(self, output):
        return sorted(re.findall(r"^survived, line \d+: code\.c: (.*)$", output, re.MULTILINE))

    def test_what_the_test_does_not_see_is_named(self):
        ran = self.mutants("--count", "1000", "--minimum", "50")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(self.survivors(ran.stdout), [
            "endless: while (left != 0) → while (left != 1): without a reason",
            "endless: while (left != 0) → while (left == 0): without a reason",
            "never_looked_at: return count + 5; → return count + 4;: without a reason",
            "never_looked_at: return count + 5; → return count + 6;: without a reason",
            "never_looked_at: return count + 5; → return count - 5;: without a reason"])
        totals = re.search(r"(\d+) of (\d+) mutants were killed .*, (\d+) of them by the time limit\n"
                           r"5 survived, 0 of them with a reason\n"
                           r"passed over: (\d+) that did not compile, (\d+) that gave the same code",
                           ran.stdout)
        killed, all_of_them, hung, uncompiled, same = map(int, totals.groups())
        self.assertEqual(all_of_them - killed, 5)
        self.assertGreaterEqual(killed, 8)
        self.assertEqual(hung, 2)  # left++, and without left--
        self.assertEqual(uncompiled, 2)  # two labels that are the same
        self.assertGreaterEqual(same, 3)  # last = 4
        self.assertIn(f"{killed:4} of {all_of_them:3}  code.c\n", ran.stdout)
        # None of panic(), its condition and what it says; but less room is seen.
        self.assertIn("not changed: 8 places in all these files: panic() and its condition\n", ran.stdout)
        self.assertIn("not changed: 1 places in all these files: more room than is needed\n", ran.stdout)
        # Nothing got out, and nothing was changed here.
        self.assertFalse(os.path.exists(f"/tmp/{self.name}"))
        self.assertEqual(list(self.home.iterdir()), [])
        self.assertNotIn(self.name, self.running())
        self.assertEqual((self.tree / "code.c").read_text(), CODE)
        self.assertEqual(sorted(path.name for path in (self.tree / "build").iterdir()),
                         ["lib", self.name, "obj"])

    @staticmethod
    def running():
        names = set()
        for path in pathlib.Path("/proc").glob("[0-9]*/comm"):
            try:
                names.add(path.read_text().strip())
            except (FileNotFoundError, ProcessLookupError):
                pass
        return names

    def test_too_few_killed_is_a_failure_and_a_seed_gives_the_same_ones(self):
        few = [self.mutants("--count", "6", "--seed", "2", "--minimum", "101") for _ in range(2)]
        for ran in few:
            self.assertEqual((ran.returncode, ran.stderr), (1, ""))
            self.assertIn(" of 6 mutants were killed", ran.stdout)
        self.assertEqual(self.survivors(few[0].stdout), self.survivors(few[1].stdout))

    def list_survivors(self, text):
        (self.tree / "survivors.txt").write_text(text)
        return self.mutants("--count", "1000", "--survivors", "survivors.txt")

    def test_a_survivor_on_the_list_is_printed_with_its_reason_and_counts(self):
        ran = self.list_survivors("# known\n\n"
                                  "code.c: never_looked_at: return count + 5; → return count - 5;: as: I like\n"
                                  "code.c: is_many: return count >= MANY; → return count > MANY;: untrue\n")
        self.assertEqual(ran.stderr, "")
        self.assertIn("never_looked_at: return count + 5; → return count - 5;: as: I like",
                      self.survivors(ran.stdout))
        self.assertIn("\n5 survived, 1 of them with a reason\n", ran.stdout)
        self.assertIn("killed, and listed as a survivor: code.c: is_many: return count >= MANY; → "
                      "return count > MANY;\n", ran.stdout)

    def test_the_list_names_code_that_is_there_and_gives_reasons(self):
        for wrong in ("code.c: is_many: return count >= 9; → return count > 9;: it was there once",
                      "code.c: never_looked_at: return count >= MANY; → return count > MANY;: elsewhere",
                      "gone.c: f: a → b: the file is gone",
                      "code.c: room_for: return xmalloc(count + 2); → return xmalloc(count + 3);: no mutant",
                      "code.c: is_many: return count >= MANY; → return count > MANY;: ",
                      "anything"):
            ran = self.list_survivors(wrong + "\n")
            self.assertEqual((ran.returncode, ran.stdout), (1, ""))
            self.assertIn("survivors.txt:1: ", ran.stderr)

    def test_what_a_killed_run_left_goes_and_a_run_at_the_same_time_stays(self):
        left = self.tree / "build" / "mutants-left"
        (left / "obj").mkdir(parents=True)
        build = os.open(self.tree / "build", os.O_RDONLY)
        fcntl.flock(build, fcntl.LOCK_EX)
        ran = self.mutants("--count", "1")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("another run uses build", ran.stderr)
        self.assertTrue(left.exists())
        os.close(build)
        self.mutants("--count", "1")
        self.assertFalse(left.exists())

    def test_a_test_that_replaces_a_function_is_linked_so(self):
        test = TEST.replace("void *xmalloc(", "void *__wrap_xmalloc(").replace("HERE", str(self.home))
        self.build(self.name, test.replace("NAME", self.name))
        self.cc("-Wl,--wrap=xmalloc", f"build/obj/{self.name}.o", "build/obj/code.o", "-o",
                f"build/{self.name}")
        self.archive()
        ran = self.mutants("--count", "4", "--minimum", "0")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_a_test_that_fails_already_tells_nothing(self):
        self.build("code", CODE.replace("#define MANY 9", "#define MANY 4"))
        self.archive()
        ran = self.mutants()
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn(f"{self.name} of the unchanged code: failed", ran.stderr)


if __name__ == "__main__":
    unittest.main()
