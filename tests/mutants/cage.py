#!/usr/bin/python3
"""Compiles and runs mutants where they can hurt nothing: process 1 of namespaces of its own.

What runs here sees no process but its own, no network but a loopback of its own, and all files
read-only, but for an empty /tmp that is thrown away. It ends with this process, whatever it did. If
we are root, it is nobody. A job is a line of JSON on the standard input, its result one on the
standard output.
"""

import fcntl
import json
import os
import pathlib
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

TREE = "/mnt"  # where the copy of the tree is seen
WORK = pathlib.Path("/tmp/work")
NOBODY = 65534
LIMITS = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_CPU: 600,
    resource.RLIMIT_FSIZE: 256 << 20,
    resource.RLIMIT_NPROC: 512,
}
MEMORY_MAX = 4 << 30
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
FAILED = re.compile(rb"^not ok(?!.*# *SKIP)", re.MULTILINE)


def command(script):
    """What starts this in namespaces of its own."""
    user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child",
            "--mount-proc", *script]


def mount(*arguments, check=True):
    subprocess.run(["mount", *arguments], check=check, stdout=sys.stderr,
                   stderr=None if check else subprocess.DEVNULL)


def make_all_read_only():
    """As far as we may: the kernel keeps some mounts, like parts of /proc, as they are."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            _, _, _, _, place, options = line.split()[:6]
            if "rw" in options.split(",") and not place.startswith(("/proc", "/dev")):
                kept = ",".join(option for option in options.split(",") if option != "rw")
                mount("-o", f"remount,bind,ro,{kept}", place, check=False)


def close_doors(tree):
    mount("--bind", tree, TREE)
    make_all_read_only()
    for place in ("/tmp", "/dev/shm"):
        mount("-t", "tmpfs", "-o", "size=512m,mode=1777", "tmpfs", place)
    os.chdir(TREE)
    (WORK / "tests").mkdir(parents=True)
    (WORK / "share").symlink_to(f"{TREE}/build/share")  # beside the tests, as where they are built
    with socket.socket() as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def drop_rights(is_root, has_sanitizer):
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
    limits = LIMITS if has_sanitizer else {**LIMITS, resource.RLIMIT_AS: MEMORY_MAX}
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
    if is_root:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def end_all():
    """What the test left: processes, files."""
    try:
        os.kill(-1, signal.SIGKILL)  # all but us
    except ProcessLookupError:
        pass
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    for place in (pathlib.Path("/tmp"), pathlib.Path("/dev/shm")):
        for path in place.iterdir():
            if path.is_dir() and not path.is_symlink() and path != WORK:
                shutil.rmtree(path, ignore_errors=True)
            elif path != WORK:
                path.unlink()


def watch(process, limit_s):
    """"passed", "failed" at the first test that did, or "hung". What the test started may outlive
    it, with its output open."""
    output, deadline = b"", time.monotonic() + limit_s
    pipe, ended = process.stdout.fileno(), os.pidfd_open(process.pid)
    watched = [pipe, ended]
    try:
        while True:
            left = max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select(watched, [], [], left)
            if not ready:
                return "hung"
            part = os.read(pipe, 65536) if pipe in ready else b""
            output = output[output.rfind(b"\n") + 1:] + part
            if FAILED.search(output):
                return "failed"
            if not part and ended in ready:
                return "failed" if process.wait() else "passed"
            if not part:
                watched = [ended]  # it closed its output and goes on
    finally:
        os.close(ended)


def without_sanitizers(words):
    """The command as for the build without them, which lies beside the other."""
    return [re.sub("^build/", "plain/", word) for word in words
            if not word.startswith(("-fsanitize", "-fno-sanitize"))]


class Cage:
    def __init__(self, options):
        self.compile_command = options["compile"]
        self.link_command = options["link"]
        self.libraries = options["libraries"]
        self.is_root = options["is_root"]
        self.has_plain = options["has_plain"]
        self.has_sanitizer = any(word.startswith("-fsanitize") for word in options["compile"])
        self.plain = {}  # the unchanged code of each path

    @staticmethod
    def build(*arguments):
        return subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, env={**os.environ, "CCACHE_DISABLE": "1"},
                              check=False).returncode == 0

    def compile(self, path, text, sanitizers=True):
        """The object's code without what is for debuggers; None if it does not compile."""
        source, bare = WORK / path, WORK / "bare.o"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        command = self.compile_command if sanitizers else without_sanitizers(self.compile_command)
        if not self.build(*command, f"-ffile-prefix-map={WORK}/=", "-c", "-o",
                          WORK / "mutant.o", source):
            return None
        self.build("objcopy", "--strip-debug", WORK / "mutant.o", bare)
        return bare.read_bytes()

    def run(self, name, objects, limit_s, sanitizers=True):
        program = WORK / "tests" / name
        command = [*self.link_command, "-o", str(program), *objects, *self.libraries]
        if not self.build(*(command if sanitizers else without_sanitizers(command))):
            return "unlinked"
        with subprocess.Popen(
                ["stdbuf", "-oL", program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, start_new_session=True,
                env={"PATH": os.environ["PATH"], "HOME": "/tmp", "CMOCKA_MESSAGE_OUTPUT": "TAP",
                     # stdbuf preloads a library of its own
                     "ASAN_OPTIONS": f"max_allocation_size_mb={MEMORY_MAX >> 20}:"
                                     "verify_asan_link_order=0"},
                preexec_fn=lambda: drop_rights(self.is_root, sanitizers and self.has_sanitizer)) as process:
            result = watch(process, limit_s)
            process.kill()
            process.wait()
        end_all()
        program.unlink()
        return result

    def time_test(self, job):
        started = time.monotonic()
        result = self.run(job["test"], job["objects"], job["limit_s"])
        if result == "passed" and self.has_plain:
            result = self.run(job["test"], job["objects"], job["limit_s"], False)
        return {"result": result, "took_s": time.monotonic() - started}

    def try_mutant(self, job):
        path = job["path"]
        if path not in self.plain:
            self.plain[path] = self.compile(path, job["before"])
        code = self.compile(path, job["after"])
        if self.plain[path] is None or code is None:
            return {"result": "uncompiled"}
        if code == self.plain[path]:
            return {"result": "same"}
        result = self.run_tests(job["tests"])
        if result:
            return result
        # The checks of the sanitizers may be all that differs.
        if self.compile(path, job["before"], False) == self.compile(path, job["after"], False):
            return {"result": "same"}
        # Some tests are skipped with sanitizers.
        result = self.run_tests(job["tests"], False) if self.has_plain else None
        return result or {"result": "survived"}

    def run_tests(self, tests, sanitizers=True):
        for name, objects, limit_s in tests:
            result = self.run(name, [*objects, str(WORK / "mutant.o")], limit_s, sanitizers)
            if result != "passed":
                return {"result": result, "test": name}
        return None


def main():
    options = json.loads(sys.stdin.readline())
    close_doors(options["tree"])
    cage = Cage(options)
    for line in sys.stdin:
        job = json.loads(line)
        result = cage.try_mutant(job) if "path" in job else cage.time_test(job)
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
