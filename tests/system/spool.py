"""Ingress' spool, read from outside while it is being written: which session was given which
update, and when it was seen to be done. The formats are those of ingress/spool/record.h and
ingress/spool/flight.c."""

import os
import re
import struct
import time

import msgpack

SEGMENT_HEADER, RECORD = struct.Struct("<8sII48x"), struct.Struct("<IIII")
UPDATE_RECORD, KILL_RECORD, END = 1, 2, 6
UPDATE_SIZE, KILL, FLIGHT = 64, struct.Struct("<QQ"), struct.Struct("<IIQ")


class Update:
    def __init__(self, seq, trace, body):
        if body[:1] == b"\xc1":  # work that waits has a head: common/piece.h
            body = body[32:]
        self.seq, self.trace = seq, trace
        self.ping = ping_of(msgpack.unpackb(body, strict_map_key=False,
                                             unicode_errors="replace"))
        self.segments = set()  # where it has a live record
        self.sessions = []     # given to these, one after the other
        self.done_at = None    # when it was first seen to be done


def ping_of(update):
    """(chat, number) of a /ping, or None."""
    if not isinstance(update, dict):
        return None
    message = update.get("message") or {}
    found = re.match(r"/ping(?:@\w+)? (\d+)", message.get("text") or "")
    return (message["chat"]["id"], int(found[1])) if found else None


class Tail:
    """A growing file, even when its name is gone."""

    def __init__(self, path):
        self.file, self.data, self.at = open(path, "rb"), b"", 0
        self.number = None  # of a segment

    def more(self):
        self.data, self.at = self.data[self.at:] + self.file.read(), 0

    def take(self, form):
        """The next struct, or None; nothing is consumed until `at` is moved."""
        if len(self.data) - self.at < form.size:
            return None
        return form.unpack_from(self.data, self.at)


class Spool:
    def __init__(self, directory):
        self.directory, self.updates = directory, {}
        self.segments, self.flights = {}, {}  # by inode
        self.touched = set()

    def close(self):
        for tail in (*self.segments.values(), *self.flights.values()):
            tail.file.close()

    def look(self):
        """Reads what is new."""
        names = sorted(os.listdir(self.directory))
        self.follow(self.segments, [name for name in names if name.endswith(".seg")],
                    self.read_segment)
        self.note_done(time.time())
        self.follow(self.flights, [name for name in names if name == "in-flight"],
                    self.read_flight)

    def follow(self, tails, names, read):
        for name in names:
            try:
                tail = Tail(f"{self.directory}/{name}")
            except FileNotFoundError:
                continue
            if tails.setdefault(os.fstat(tail.file.fileno()).st_ino, tail) is not tail:
                tail.file.close()
        # Newest first: what it says about older ones is already in them.
        for tail in reversed(tails.values()):
            tail.more()
        for tail in tails.values():
            read(tail)

    # --- segments: a batch counts once its end is there ---

    def read_segment(self, tail):
        if tail.number is None:
            header = tail.take(SEGMENT_HEADER)
            if not header:
                return
            tail.number, tail.at = header[2], SEGMENT_HEADER.size
        batch, at = [], tail.at
        while len(tail.data) - at >= RECORD.size:
            length, _, kind, _ = RECORD.unpack_from(tail.data, at)
            size = (RECORD.size + length + 7) & ~7
            if kind == 0 or len(tail.data) - at < size:
                return
            batch.append((kind, tail.data[at + RECORD.size:at + RECORD.size + length]))
            at += size
            if kind == END:
                for one in batch:
                    self.take_record(tail.number, *one)
                batch, tail.at = [], at

    def take_record(self, segment, kind, payload):
        if kind == UPDATE_RECORD:
            seq = int.from_bytes(payload[:8], "little")
            if seq not in self.updates:
                self.updates[seq] = Update(seq, payload[24:40].hex(), payload[UPDATE_SIZE:])
            self.updates[seq].segments.add(segment)
            self.touched.add(seq)
        elif kind == KILL_RECORD:
            for seq, where in KILL.iter_unpack(payload):
                self.updates[seq].segments.discard(where)
                self.touched.add(seq)

    def note_done(self, now):
        for seq in self.touched:
            update = self.updates[seq]
            if not update.segments and update.done_at is None:
                update.done_at = now
        self.touched.clear()

    # --- the in-flight log: rewritten now and then, with the last session of each ---

    def read_flight(self, tail):
        while head := tail.take(FLIGHT):
            count, _, session = head
            end = tail.at + FLIGHT.size + 8 * count
            seqs = [seq for (seq,) in struct.iter_unpack("<Q", tail.data[tail.at + FLIGHT.size:end])]
            # What was added to the segments since they were read is for the next time.
            if end > len(tail.data) or not all(seq in self.updates for seq in seqs):
                return
            for seq in seqs:
                sessions = self.updates[seq].sessions
                if session and sessions[-1:] != [session]:
                    sessions.append(session)
            tail.at = end
