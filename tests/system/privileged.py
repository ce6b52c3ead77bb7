#!/usr/bin/python3
"""What only root may see of our programs: they are closed to other processes of their user
(program_harden()). A test that is not run by root asks a process that is, started with sudo.

    privileged.read(pid, "maps")
"""

import ctypes
import fcntl
import functools
import json
import os
import subprocess
import sys
import termios

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000


def do_read(pid, name):
    with open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read().decode("latin-1")


def do_follow(pid, name):
    return os.readlink(f"/proc/{pid}/{name}")


def do_descriptors(pid):
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


def do_unread(pid, fd):
    """Bytes that are in the pipe."""
    end = os.open(f"/proc/{pid}/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK)
    with open(end, "rb", buffering=0):
        return int.from_bytes(fcntl.ioctl(end, termios.FIONREAD, bytes(4)), sys.byteorder)


def do_holds(pid, secrets):
    """Which of the secrets are anywhere in the memory or environment of the process."""
    found = {secret for secret in secrets if secret in do_read(pid, "environ")}
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in do_read(pid, "maps").splitlines():
            addresses, rights, *rest = line.split()
            start, end = (int(number, 16) for number in addresses.split("-"))
            if rights[0] != "r" or rest[-1:] in (["[vvar]"], ["[vsyscall]"]):
                continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            found |= {secret for secret in secrets if secret.encode("latin-1") in data}
    return sorted(found)


def ptrace(request, pid):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(request, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def do_hold(pid):
    ptrace(PTRACE_SEIZE, pid)
    ptrace(PTRACE_INTERRUPT, pid)
    os.waitpid(pid, WALL)


def do_let_go(pid):
    ptrace(PTRACE_DETACH, pid)


class Helper:
    """One for all that a test process asks, because only who has seized a process can let it go."""

    def __init__(self):
        self.process = subprocess.Popen(["sudo", "-n", "/usr/bin/python3", os.path.abspath(__file__)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("these tests need root, or sudo without a password")
        answer = json.loads(line)
        if "errno" in answer:
            raise OSError(answer["errno"], os.strerror(answer["errno"]))
        return answer["result"]


@functools.cache
def helper(_pid):
    return Helper()


def ask(name, *arguments):
    if os.getuid() == 0:
        return globals()["do_" + name](*arguments)
    return helper(os.getpid()).ask(name, *arguments)


def read(pid, name):
    """The text of a file of /proc/PID."""
    return ask("read", pid, name)


def follow(pid, name):
    """Where a link of /proc/PID leads."""
    return ask("follow", pid, name)


def descriptors(pid):
    """What the process has open."""
    return ask("descriptors", pid)


def unread(pid, fd):
    return ask("unread", pid, fd)


def holds(pid, secrets):
    """Which of the secrets, as bytes, are anywhere in its memory or environment."""
    texts = [secret.decode("latin-1") for secret in secrets]
    return {text.encode("latin-1") for text in ask("holds", pid, texts)}


def hold(pid):
    """Stops its main thread, and only that."""
    ask("hold", pid)


def let_go(pid):
    ask("let_go", pid)


def serve():
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer = {"result": globals()["do_" + name](*arguments)}
        except OSError as error:
            answer = {"errno": error.errno}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
