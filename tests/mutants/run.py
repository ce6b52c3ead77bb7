#!/usr/bin/python3
"""Whether the unit tests notice when the code is changed: `make mutants SEED=1 COUNT=300`.

Makes COUNT small changes, one at a time, in files that tests run, and runs the tests that link the
file: first those that call it themselves, then, if these see nothing, the others (if some do, only
those that take no longer than OTHERS_S). One line is printed for each change that no test noticed,
with its reason if survivors.txt has one: it counts as a survivor all the same. What does not compile
or gives the same code is passed over, and what changes.py leaves out is counted. The same seed gives
the same mutants where the code is the same.
"""

import argparse
import collections
import concurrent.futures
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading

import cage
import survivors
from changes import apply, changes, describe, with_traps

OTHERS_S = 3.0
FIRST_LIMIT_S = 300.0
UNIT = re.compile(r"DW_AT_name\s*:.*?([^\s:]+\.c)$", re.MULTILINE)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the directory of what was built")
    parser.add_argument("--plain", default="", help="the same without sanitizers, if that has them")
    parser.add_argument("--compile", required=True, help="the compiler with its flags")
    parser.add_argument("--link", required=True, help="the linker with its flags")
    parser.add_argument("--libraries", required=True, help="what follows the objects")
    parser.add_argument("--tests", required=True, help="PROGRAM:OBJECT[,OBJECT…] …")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--minimum", type=float, default=80, help="per cent that must be killed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--survivors", default=os.devnull, help="a list of known ones with reasons")
    parser.add_argument("--files", required=True, help="to change: these, and those below these")
    return parser.parse_args()


# --- what there is -------------------------------------------------------------------------------


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL).stdout


def symbols(path, *options):
    return {line.split()[-1] for line in output_of("nm", *options, path).splitlines() if line}


class Test:
    """A program of tests: its own objects, and the files that were linked into it."""

    def __init__(self, argument):
        self.program, objects = argument.split(":")
        self.objects = objects.split(",")
        self.name = pathlib.Path(self.program).name
        units = output_of("readelf", "--debug-dump=info", "--dwarf-depth=1", self.program)
        self.files = {os.path.normpath(path) for path in UNIT.findall(units)}
        self.calls, defined = set(), set()
        for path in self.objects:
            self.calls |= symbols(path, "--undefined-only")
            defined |= symbols(path, "--defined-only")
        # What it puts in the place of functions: as the Makefile links it.
        self.link = [f"-Wl,--wrap={name.removeprefix('__wrap_')}" for name in sorted(defined)
                     if name.startswith("__wrap_")]
        self.took_s = 0.0

    def limit_s(self):
        return 5.0 + 4 * self.took_s


def files_with_tests(tests, build, only):
    """{file: [tests that call it, other tests that link it]}"""
    own = {pathlib.PurePath(path).relative_to(build + "/obj").with_suffix(".c").as_posix()
           for test in tests for path in test.objects}
    found = {}
    for path in sorted(set().union(*(test.files for test in tests)) - own):
        if not any(path == name or path.startswith(name.rstrip("/") + "/") for name in only):
            continue
        if not os.path.exists(f"{build}/obj/{path[:-2]}.o"):
            continue
        defined = symbols(f"{build}/obj/{path[:-2]}.o", "--extern-only", "--defined-only")
        linked = [test for test in tests if path in test.files]
        found[path] = ([test for test in linked if test.calls & defined],
                       [test for test in linked if not test.calls & defined])
    return found


def lock(build):
    """Only one run in a build: what an earlier one left, which was killed, can go. Ends with us."""
    directory = os.open(build, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"mutants: another run uses {build}") from None
    for left in pathlib.Path(build).glob("mutants-*"):
        shutil.rmtree(left)


def copy_build(build, target):
    for part in ("gen", "lib", "obj", "share"):
        if os.path.isdir(f"{build}/{part}"):
            shutil.copytree(f"{build}/{part}", target / part)


def copy_tree(build, plain, target):
    """The tree as it is now and what was built of it, which nobody changes while mutants run."""
    for path in output_of("git", "ls-files", "-co", "--exclude-standard").splitlines():
        if os.path.isfile(path) and not path.startswith((build + "/", plain + "/")):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / path)
    copy_build(build, target / "build")
    if plain:
        copy_build(plain, target / "plain")


# --- running -------------------------------------------------------------------------------------


class Cages:
    """Processes that try mutants, each in namespaces of its own."""

    def __init__(self, count, options):
        self.idle = []
        self.lock = threading.Lock()
        for _ in range(count):
            process = subprocess.Popen(cage.command([sys.executable, "-B", cage.__file__]),
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            print(json.dumps(options), file=process.stdin, flush=True)
            self.idle.append(process)
        self.pool = concurrent.futures.ThreadPoolExecutor(count)

    def ask(self, job):
        with self.lock:
            process = self.idle.pop()
        print(json.dumps(job), file=process.stdin, flush=True)
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit("mutants: a process that tries mutants ended: are namespaces allowed?")
        with self.lock:
            self.idle.append(process)
        return json.loads(answer)

    def submit(self, job):
        return self.pool.submit(self.ask, job)

    def close(self):
        self.pool.shutdown()
        for process in self.idle:
            process.stdin.close()
            process.wait()


class Run:
    def __init__(self, arguments):
        self.arguments = arguments
        self.build = os.path.normpath(arguments.build)
        self.reasons = survivors.read(arguments.survivors)
        self.passed_over, self.left_out = collections.Counter(), collections.Counter()
        lock(self.build)
        self.tests = [Test(argument) for argument in arguments.tests.split()]
        self.files = files_with_tests(self.tests, self.build, arguments.files.split())
        if not self.files:
            raise SystemExit("mutants: no test links such a file")
        self.copy = tempfile.TemporaryDirectory(prefix="mutants-", dir=self.build)
        tree = pathlib.Path(self.copy.name)
        tree.chmod(0o755)  # tests run as nobody
        copy_tree(self.build, arguments.plain, tree)
        self.texts = {path: (tree / path).read_text() for path in self.files}
        self.cages = Cages(arguments.jobs, {
            "tree": str(tree.resolve()), "is_root": os.getuid() == 0,
            "has_plain": bool(arguments.plain),
            "compile": self.seen(arguments.compile), "link": self.seen(arguments.link),
            "libraries": self.seen(arguments.libraries),
        })

    def seen(self, words):
        """As what is named in the build's directory is called in the copy."""
        prefix = re.compile(rf"^(-I|-L)?{re.escape(self.build)}/")
        return [prefix.sub(lambda match: (match[1] or "") + "build/", word)
                .replace(os.getcwd(), cage.TREE) for word in shlex.split(words)]

    def objects(self, test):
        return self.seen(" ".join(test.objects)) + test.link

    def time_tests(self):
        """Each as it is: one that fails now can tell nothing."""
        needed = [test for test in self.tests
                  if any(test in own + others for own, others in self.files.values())]
        jobs = [(test, self.cages.submit({"test": test.name, "objects": self.objects(test),
                                          "limit_s": FIRST_LIMIT_S}))
                for test in needed]
        for test, job in jobs:
            answer = job.result()
            if answer["result"] != "passed":
                raise SystemExit(f"mutants: {test.name} of the unchanged code: {answer['result']}")
            test.took_s = answer["took_s"]

    def tests_of(self, path):
        own, others = self.files[path]
        own = sorted(own, key=lambda test: test.took_s)
        others = sorted((test for test in others if not own or test.took_s <= OTHERS_S),
                        key=lambda test: test.took_s)
        return [(test.name, self.objects(test), test.limit_s()) for test in own + others]

    def leave_out_what_no_test_runs(self):
        """A file may be linked and never called: what is behind a call that no test makes."""
        jobs = {path: self.cages.submit({"path": path, "before": self.texts[path],
                                         "after": with_traps(self.texts[path]),
                                         "tests": self.tests_of(path)})
                for path, (own, _) in self.files.items() if not own}
        idle = [path for path, job in jobs.items() if job.result()["result"] == "survived"]
        for path in idle:
            del self.files[path]
        if idle:
            print("linked with tests, and run by none:", *idle, flush=True)

    def mutants(self):
        """(path, what was found) in the order of the seed, in which one mutant's place does not
        depend on the others: a change of the code elsewhere leaves the rest as it was."""
        def place(mutant):
            name = survivors.name_of(mutant[0], self.texts[mutant[0]], mutant[1])
            return hashlib.sha256(f"{self.arguments.seed} {name}".encode()).digest()

        every = [(path, found) for path in self.files for found in changes(self.texts[path])]
        self.left_out.update(found.left_out for _, found in every if found.left_out)
        return sorted((mutant for mutant in every if not mutant[1].left_out), key=place)

    def try_mutants(self):
        """(path, whether it was killed) of those that count, until there are enough: in the order of
        the seed, whichever is ready first."""
        waiting, results = {}, []
        for path, found in self.mutants():
            while len(waiting) + len(results) >= self.arguments.count and waiting:
                self.take(waiting, results)
            if len(results) >= self.arguments.count:
                break
            text = self.texts[path]
            job = self.cages.submit({"path": path, "before": text, "tests": self.tests_of(path),
                                     "after": apply(text, found.change)})
            waiting[job] = (path, found)
        while waiting:
            self.take(waiting, results)
        return results

    def take(self, waiting, results):
        done, _ = concurrent.futures.wait(waiting,
                                          return_when=concurrent.futures.FIRST_COMPLETED)
        for job in done:
            path, found = waiting.pop(job)
            result = job.result()["result"]
            self.passed_over[result] += 1
            if result not in ("uncompiled", "same", "unlinked"):
                results.append((path, result != "survived"))
                self.tell(path, found, result != "survived")

    def tell(self, path, found, killed):
        name = survivors.name_of(path, self.texts[path], found)
        line, _, _ = describe(self.texts[path], found.change)
        reason = self.reasons.get(name, "")
        if killed and reason:
            print(f"killed, and listed as a survivor: {name}", flush=True)
        elif not killed:
            self.passed_over["with a reason"] += bool(reason)
            print(f"survived, line {line}: {name}: {reason or 'without a reason'}", flush=True)

    def run(self):
        self.time_tests()
        self.leave_out_what_no_test_runs()
        results = self.try_mutants()
        self.cages.close()
        self.copy.cleanup()
        return results


def report(results, outcomes, left_out, minimum):
    """Prints the totals; whether enough were killed."""
    files = collections.defaultdict(list)
    for path, was_killed in results:
        files[path].append(was_killed)
    print()
    for path, kills in sorted(files.items()):
        print(f"{sum(kills):4} of {len(kills):3}  {path}")
    killed = sum(was_killed for _, was_killed in results)
    share = 100 * killed / len(results) if results else 0.0
    print(f"\n{killed} of {len(results)} mutants were killed ({share:.1f} %), "
          f"{outcomes['hung']} of them by the time limit")
    print(f"{outcomes['survived']} survived, {outcomes['with a reason']} of them with a reason")
    print(f"passed over: {outcomes['uncompiled'] + outcomes['unlinked']} that did not compile, "
          f"{outcomes['same']} that gave the same code")
    for rule, count in sorted(left_out.items()):
        print(f"not changed: {count} places in all these files: {rule}")
    return share >= minimum


def main():
    arguments = parse_arguments()
    os.nice(10)
    run = Run(arguments)
    results = run.run()
    if not report(results, run.passed_over, run.left_out, arguments.minimum):
        sys.exit(1)


if __name__ == "__main__":
    main()
