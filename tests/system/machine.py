"""A machine that loses power: ingress on a disk that keeps only what was synced (disk.c).

    machine = Machine(korone)      # before the start
    machine.fail(random.Random(7)) # ingress is gone, and its spool has only what was durable
    korone.ingress.start()         # after the next boot
"""

import os
import uuid

from korone import BIN

DISK = os.path.join(BIN, "../tests/disk.so")
PAGE = 4096


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def some_pages(data, start, dice):
    """Of what follows `start`, as a kernel writes back: pages in any order, and the length."""
    kept = bytearray(data[:dice.randint(start, len(data))])
    for page in range(start - start % PAGE, len(kept), PAGE):
        if dice.random() < 0.5:
            first, end = max(start, page), min(page + PAGE, len(kept))
            kept[first:end] = bytes(end - first)
    return bytes(kept)


class Machine:
    def __init__(self, korone):
        self.ingress = korone.ingress
        self.spool, self.durable = korone.dir + "/state/ingress/spool", korone.dir + "/durable"
        self.boot_id = korone.dir + "/boot_id"
        os.mkdir(self.durable)
        self.ingress.environment.update(LD_PRELOAD=DISK, TEST_DISK=self.durable,
                                        TEST_DISK_OF=self.spool, TEST_BOOT_ID=self.boot_id)
        self.boot()

    def boot(self):
        with open(self.boot_id, "w") as file:
            file.write(f"{uuid.uuid4()}\n")

    def left(self, dice):
        """{name: bytes} after a power failure: what was synced and, at random, some of the rest."""
        names = set(read(self.durable + "/.names").decode().split())
        files = {name: read(f"{self.durable}/{name}") for name in names}
        for name in os.listdir(self.spool) if dice else ():
            now, synced = read(f"{self.spool}/{name}"), files.get(name, b"")
            if name in files or dice.random() < 0.5:
                files[name] = some_pages(now, min(len(synced), len(now)), dice)
        return files

    def fail(self, dice=None):
        self.ingress.kill()
        files = self.left(dice)
        for directory in (self.spool, self.durable):
            for name in os.listdir(directory):
                if name != ".names":
                    os.unlink(f"{directory}/{name}")
            for name, data in files.items():
                with open(f"{directory}/{name}", "wb") as file:
                    file.write(data)
        with open(self.durable + "/.names", "w") as file:
            file.writelines(name + "\n" for name in files)
        self.boot()
