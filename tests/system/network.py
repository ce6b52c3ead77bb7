"""Hosts for tests: network namespaces, and wires between them that delay, lose and cut.

    hub, host = Namespace(), Namespace()
    wire = Wire(hub, "198.18.1.1", host, "198.18.1.2", seed=7)
    wire.loss, wire.delay_s, wire.jitter_s = 0.05, 0.02, 0.01
    wire.cut("both")
    with host:
        ...  # what is started here, or connects here, is on that host

A wire is a TUN device at each end and a thread that carries the packets between them, so that no
kernel module (netem, netfilter) is needed. Namespaces vanish with the processes in them. Needs
CAP_NET_ADMIN, CAP_SYS_ADMIN and /dev/net/tun; network_fault() says what is missing.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import shutil
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET_MAX = 2048
LIBC = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Namespace:
    """A network with its own loopback. `with` moves this thread into it, and whatever it starts."""

    def __init__(self):
        self.before = []
        before = self.here()
        try:
            check(LIBC.unshare(CLONE_NEWNET))
            self.fd = self.here()
            ip("link", "set", "lo", "up")
        finally:
            check(LIBC.setns(before, CLONE_NEWNET))
            os.close(before)

    @staticmethod
    def here():
        return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self):
        self.before.append(self.here())
        check(LIBC.setns(self.fd, CLONE_NEWNET))
        return self

    def __exit__(self, *_):
        fd = self.before.pop()
        check(LIBC.setns(fd, CLONE_NEWNET))
        os.close(fd)

    def close(self):
        os.close(self.fd)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def open_tun(namespace, name, address, peer):
    with namespace:
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        ip("address", "add", address, "peer", peer, "dev", name)
        ip("link", "set", name, "up")
    return fd


class Wire:
    """Point to point between two namespaces. Loss and delay are drawn at random for each packet;
    with jitter packets overtake each other, as they do on real networks."""

    def __init__(self, one, one_address, other, other_address, seed=0):
        self.loss, self.delay_s, self.jitter_s = 0.0, 0.0, 0.0
        self.passes = {"there": True, "back": True}
        self.carried = self.lost = 0
        self.random, self.stopped = random.Random(seed), False
        name = "w" + one_address.replace(".", "")[-14:]
        self.one = open_tun(one, name, one_address, other_address)
        self.other = open_tun(other, name, other_address, one_address)
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def cut(self, direction="both"):
        """"there": from `one` to `other`; "back"; "both"."""
        for way in self.passes:
            self.passes[way] = direction not in (way, "both")

    def mend(self):
        self.passes = {"there": True, "back": True}

    def carry(self):
        ways = {self.one: ("there", self.other), self.other: ("back", self.one)}
        waiting, number = [], 0
        while not self.stopped:
            until = waiting[0][0] - time.monotonic() if waiting else 0.1
            for fd in select.select(list(ways), [], [], max(0, min(until, 0.1)))[0]:
                way, to = ways[fd]
                for packet in packets(fd):
                    if not self.passes[way] or self.random.random() < self.loss:
                        self.lost += 1
                        continue
                    due = time.monotonic() + self.delay_s + self.random.uniform(0, self.jitter_s)
                    heapq.heappush(waiting, (due, number, to, packet))
                    number += 1
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, to, packet = heapq.heappop(waiting)
                os.write(to, packet)
                self.carried += 1

    def close(self):
        self.stopped = True
        self.thread.join()
        os.close(self.one)
        os.close(self.other)


def packets(fd):
    """All that are available."""
    while True:
        try:
            yield os.read(fd, PACKET_MAX)
        except BlockingIOError:
            return


def network_fault():
    """Why hosts cannot be created here; None when they can."""
    if not shutil.which("ip"):
        return "there is no ip (package iproute2)"
    try:
        namespace = Namespace()
        open_fd = open_tun(namespace, "probe", "198.18.0.1", "198.18.0.2")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespaces with TUN devices: {error}"
    os.close(open_fd)
    namespace.close()
    return None
