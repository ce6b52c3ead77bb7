#!/usr/bin/python3
"""Kills and stops every process at random points under load: no update is lost, each chat stays in
order, everyone is recorded, and only what was in flight may be done twice.

    KORONE_FAULTS=2000       how many faults (200)
    KORONE_FAULTS_SEED=7     the same faults in the same order as the run that printed it
    KORONE_FAULTS_MIX=stops  mostly stops (all)

The spool, read before each fault, tells what was in flight: which session had which update, and
what was done. An update that was answered twice is explained if it was not done at a fault, and
either the session that had it ended because of that fault, or the sender that died of it had its
call in flight. Each repeat needs its own fault, or the test fails.

A stop lasts longer than a lease, so that the stopped process is given up meanwhile; stops overlap
with each other and with kills. Killed processes are restarted at once, as an orchestrator would.
"""

import collections
import datetime
import heapq
import json
import os
import random
import re
import signal
import sys
import time
import unittest

from korone import SystemTest, descendants, wait_for
from spool import Spool

FAULTS = int(os.environ.get("KORONE_FAULTS", "200"))
SEED = int(os.environ.get("KORONE_FAULTS_SEED", time.time_ns() % 1000000))
STOP_S = (10.5, 12.5)  # a lease is 10 s
INTERVAL_S = 0.4      # between two faults, on average
LEASE_S = 13.0         # an effect comes within this time: a lease, and some time to notice
RATE = 200             # updates a second
ANSWER_MS = 30         # Telegram's: so that calls are in flight when something is hit

# What 200 faults consist of; other numbers in proportion.
MIX = {
    ("kill", "child"): 58, ("kill", "sender"): 26, ("kill", "nursery"): 20,
    ("kill", "parent"): 26, ("kill", "ingress"): 26, ("kill", "recorder"): 18,
    ("stop", "child"): 6, ("stop", "sender"): 5, ("stop", "nursery"): 4,
    ("stop", "parent"): 5, ("stop", "ingress"): 3, ("stop", "recorder"): 3,
}
STOPS = {
    ("stop", "child"): 20, ("stop", "sender"): 50, ("stop", "nursery"): 20,
    ("stop", "parent"): 60, ("stop", "ingress"): 8, ("kill", "sender"): 16,
    ("kill", "parent"): 16, ("kill", "ingress"): 10,
}
# These cannot cause repeats: what a child was handling had said nothing, and ingress and recorder
# make no calls to people.
HARMLESS = {("kill", "child"): 30, ("kill", "ingress"): 15, ("kill", "recorder"): 5,
            ("stop", "child"): 2, ("stop", "recorder"): 1}
MIXES = {"all": MIX, "stops": STOPS}


class Fault:
    """`parent` is the pid of the parent of the pool that was hit, or None."""

    def __init__(self, kind, target, at, parent):
        self.kind, self.target, self.start, self.end = kind, target, at, at
        self.parent = parent

    def __str__(self):
        return f"{self.kind} {self.target}"


class Handle:
    """A process by its pidfd: another process that gets its pid later is never hit."""

    def __init__(self, pid):
        self.pid, self.fd = pid, os.pidfd_open(pid)

    def send(self, number):
        try:
            signal.pidfd_send_signal(self.fd, number)
        except ProcessLookupError:
            pass

    def close(self):
        os.close(self.fd)


def named(pool, name):
    """Pids of a pool's processes of this name."""
    found = []
    try:
        for pid in descendants(pool.pid):
            with open(f"/proc/{pid}/comm") as file:
                if file.read().strip() == f"korone-{name}":
                    found.append(pid)
    except OSError:
        pass  # it ended while we looked
    return sorted(found)


class Faults:
    """Makes the faults; restarts what is killed."""

    def __init__(self, korone, spool, mix, count, seed):
        self.korone, self.spool, self.random = korone, spool, random.Random(seed)
        self.pools = [korone.pool, korone.add_pool()]
        total = sum(mix.values())
        self.plan = [kind for kind, share in mix.items()
                     for _ in range(max(1, round(share * count / total)))]
        self.random.shuffle(self.plan)
        # A restart of ingress restarts all leases: for a third of the time it is left alone, so
        # that leases of stopped pools end, too.
        third = len(self.plan) // 3
        quiet = [one for one in self.plan if one[1] != "ingress"][:third]
        for one in quiet:
            self.plan.remove(one)
        middle = len(self.plan) // 2
        self.plan[middle:middle] = sorted(quiet, key=lambda one: one[0] == "kill")
        self.done, self.later = [], []

    def pick(self, target):
        """(pid, our process or None, parent of the pool or None) of what to hit, or None."""
        if target in ("ingress", "recorder"):
            process = getattr(self.korone, target)
            return process.pid, process, None
        pool = self.random.choice(self.pools)
        if target == "parent":
            return pool.pid, pool, pool.pid
        pids = named(pool, target)
        return (self.random.choice(pids), None, pool.pid) if pids else None

    def at(self, when, action):
        heapq.heappush(self.later, (when, len(self.done), action))

    def run_later(self, until):
        while self.later and self.later[0][0] <= until:
            when, _, action = heapq.heappop(self.later)
            time.sleep(max(0, when - time.time()))
            action()
        time.sleep(max(0, until - time.time()))

    def resume(self, handle, fault):
        handle.send(signal.SIGCONT)
        handle.close()
        fault.end = time.time()

    def hit(self, kind, target):
        found = self.pick(target)
        if not found:
            return False
        pid, process, parent = found
        self.spool.look()
        fault = Fault(kind, target, time.time(), parent)
        self.done.append(fault)
        if kind == "kill" and process:
            process.kill()
            fault.end = time.time()
            # Before it rewrites its files.
            self.spool.look()
            process.start()
            return True
        try:
            handle = Handle(pid)
        except ProcessLookupError:
            self.done.pop()
            return False
        if kind == "kill":
            handle.send(signal.SIGKILL)
            handle.close()
            return True
        handle.send(signal.SIGSTOP)
        fault.end = fault.start + STOP_S[1]
        self.at(fault.start + self.random.uniform(*STOP_S), lambda: self.resume(handle, fault))
        return True

    def hit_soon(self, kind, target):
        """A process that is just starting has none yet, nor has one whose nursery is stopped."""
        deadline = time.time() + 30
        while not self.hit(kind, target):
            if time.time() > deadline:
                raise AssertionError(f"there is no {target} to {kind}")
            self.run_later(time.time() + 0.05)

    def run(self, each):
        for kind, target in self.plan:
            self.run_later(time.time() + self.random.expovariate(1 / INTERVAL_S))
            self.hit_soon(kind, target)
            each()
        while self.later:
            self.run_later(self.later[0][0])
        for process in self.korone.processes:
            process.wait_until_ready(60)


class Pongs:
    """Every answer to a /ping, with its times."""

    def __init__(self, bot):
        self.bot, self.times = bot, collections.defaultdict(list)

    def join(self, chats):
        """What was asked in a group may be answered in the supergroup that it became."""
        for (chat, number), times in list(self.times.items()):
            if chat in chats:
                del self.times[chat, number]
                joined = self.times[chats[chat], number]
                joined[:] = sorted(joined + times)

    def collect(self):
        while True:
            before = self.bot.next
            for call in self.bot.calls():
                found = re.fullmatch(r"pong (\d+)", call["text"] or "")
                if found and call["message_id"]:
                    self.times[call["chat_id"], int(found[1])].append(call["time_ms"] / 1000)
            if self.bot.next == before:
                return

    def duplicates(self):
        """{(chat, number): times} of what was answered more than once"""
        return {ping: times for ping, times in self.times.items() if len(times) > 1}

    def disordered(self):
        """(chat, number, time, later number that came before it, its time)"""
        chats, found = collections.defaultdict(list), []
        for (chat, number), times in self.times.items():
            chats[chat].append((times[0], number))
        for chat, answers in chats.items():
            highest = (0, 0)
            for time_s, number in sorted(answers):
                if number < highest[0]:
                    found.append((chat, number, time_s, *highest))
                highest = max(highest, (number, time_s))
        return sorted(found, key=lambda one: one[2])


def lines(process):
    """Its log, as dicts with the time as a number."""
    for line in process.log().splitlines():
        try:
            line = json.loads(line)
        except ValueError:
            continue  # a sanitizer's, or truncated by a kill
        # Truncated to the millisecond: this is the latest that it can have been.
        line["at"] = datetime.datetime.fromisoformat(
            line["ts"].replace("Z", "+00:00")).timestamp() + 0.001
        yield line


class Explanations:
    """Why an update may have been answered once more: by which fault, and when it took effect."""

    def __init__(self, korone, faults, spool, chats):
        self.faults, self.updates = faults, collections.defaultdict(list)
        self.parents, self.ends, self.doubts = {}, {}, collections.defaultdict(list)
        for update in spool.updates.values():
            if update.ping:
                chat, number = update.ping
                self.updates[chats.get(chat, chat), number].append(update)
        self.pools = [process for process in korone.processes if hasattr(process, "children")]
        for pool in self.pools:
            for line in lines(pool):
                if line["msg"] == "session open":
                    self.parents[int(line["session"], 16)] = line["pid"]
                elif line["msg"].startswith("call in doubt") and "trace_id" in line:  # of an update
                    self.doubts[line["trace_id"]].append((line["at"], line["pid"]))
        for line in lines(korone.ingress):
            if line["msg"] == "pool session ended":
                self.ends[int(line["session"], 16)] = line["at"]

    def reaches(self, fault, at):
        """Whoever should notice may be suspended meanwhile: that parent, or ingress, which also
        restarts all leases when it starts."""
        end = fault.end
        for other in self.faults:
            if other.start <= end + LEASE_S and (
                    other.target == "ingress"
                    or other.kind == "stop" and other.parent == fault.parent):
                end = max(end, other.end)
        return fault.start <= at <= end + LEASE_S

    def cause(self, update, at, is_cause):
        """The latest fault when the update was in flight that had this effect."""
        causes = [fault for fault in self.faults if is_cause(fault) and self.reaches(fault, at)
                  and (update.done_at is None or update.done_at > fault.start)]
        return max(causes, key=lambda fault: fault.start, default=None)

    def given_twice(self, update):
        """Its session ended, and another one got it."""
        for session in update.sessions[:-1]:
            at, parent = self.ends.get(session), self.parents.get(session)
            if at is not None:
                # A pool also gives up its session when ingress is suspended.
                yield at, self.cause(update, at, lambda fault: (
                    fault.target == "parent" and fault.parent == parent)) or self.cause(
                        update, at, lambda fault: str(fault) == "stop ingress")

    def said_twice(self, update):
        """Its call was in flight when the sender died, and was repeated."""
        for at, parent in self.doubts[update.trace]:
            yield at, self.cause(update, at, lambda fault: (
                fault.target in ("sender", "nursery") and fault.parent == parent))

    def explain(self, ping, times):
        """A fault for each answer except the first, or None."""
        effects = [effect for update in self.updates[ping][:1]
                   for effect in (*self.given_twice(update), *self.said_twice(update))
                   if effect[1]]
        for before, again in zip(times, times[1:]):
            # Between the two; the simulator may have been late in reading what a sender wrote
            # before its end.
            effect = max((one for one in effects if before - 0.25 <= one[0] <= again + 0.01),
                         key=lambda one: one[0], default=None)
            if effect:
                effects.remove(effect)
            yield effect and effect[1]

    def describe(self, ping, times):
        return "; ".join(f"{ping} at {times}: sessions {update.sessions}, done {update.done_at}, "
                         f"ends {[self.ends.get(one) for one in update.sessions]}, "
                         f"in doubt {self.doubts[update.trace]}" for update in self.updates[ping])


    def show_around(self, at):
        """The faults, and what pools logged about their senders and nurseries around then."""
        for fault in self.faults:
            if fault.start <= at + 1 and fault.end >= at - LEASE_S:
                print(f"# {fault} of {fault.parent} at {fault.start:.3f} to {fault.end:.3f}")
        for pool in self.pools:
            for line in lines(pool):
                if abs(line["at"] - at) < 2 and re.search("sender|nursery", line["msg"]):
                    print("#", line["at"], line["pid"], line["msg"], line.get("how", ""))
        sys.stdout.flush()


class FaultTest(SystemTest):
    settings = {
        # A child that is killed twice on one update would, rightly, make an incident of it and tell
        # the person. Here every update is to be answered.
        "KORONE_MAX_ATTEMPTS": "10",
        "KORONE_LOG_FORMAT": "json", "KORONE_LOG_LEVEL": "debug",
    }

    def run_faults(self, mix, count):
        korone = self.korone
        print(f"# KORONE_FAULTS_SEED={SEED} KORONE_FAULTS={count}", flush=True)
        spool = Spool(korone.dir + "/state/ingress/spool")
        self.addCleanup(spool.close)
        faults, pongs = Faults(korone, spool, mix, count, SEED), Pongs(korone.bot)
        korone.simulator.control("faults", {"method": "sendMessage", "mode": "slow", "times": -1,
                                            "delay_ms": ANSWER_MS})
        korone.simulator.control("crowd", {"rate": RATE, "count": 0, "pings": 50, "chats": 60,
                                           "people": 600, "seed": SEED})
        faults.run(pongs.collect)
        korone.simulator.control("crowd", {"running": False})
        korone.wait_until_quiet(timeout=90)
        pongs.collect()
        return faults, pongs

    def judge(self, faults, pongs):
        """Nothing missing, nothing out of order; returns the duplicates, each with the faults that
        explain it."""
        counts = self.korone.simulator.statistics()["pings"]
        people, chats = self.compare_rows()
        moved = {chat["id"]: chat["migrated_to"] for chat in chats if chat["migrated_to"]}
        pongs.join(moved)
        faults.spool.look()
        explanations = Explanations(self.korone, faults.done, faults.spool, moved)
        explained, unexplained = collections.Counter(), []
        for ping, times in pongs.duplicates().items():
            for cause in explanations.explain(ping, times):
                explained[str(cause)] += 1
                if not cause:
                    unexplained.append(ping)
                    print("# unexplained:", explanations.describe(ping, times), flush=True)
                    explanations.show_around(times[-1])
        print(f"# {len(faults.done)} faults, {counts['asked']} pings: {counts['missing']} missing, "
              f"{counts['disordered']} out of order, {counts['duplicates']} twice: "
              f"{dict(explained)}; {people} people and groups seen, 0 missing", flush=True)
        self.describe_disorder(faults, pongs)
        self.assertEqual({key: counts[key] for key in ("missing", "disordered", "unexpected")},
                         dict(missing=0, disordered=0, unexpected=0))
        self.assertEqual(unexplained, [])
        self.assertEqual(sum(explained.values()), counts["duplicates"])
        return counts["duplicates"]

    def describe_disorder(self, faults, pongs):
        start = faults.done[0].start
        for chat, number, at, later, later_at in pongs.disordered():
            near = [f"{fault} {fault.start - start:.2f}-{fault.end - start:.2f}"
                    for fault in faults.done if fault.start <= at and fault.end >= later_at - 2]
            print(f"# chat {chat}: {number} at {at - start:.3f} after {later} at "
                  f"{later_at - start:.3f}; {near}", flush=True)

    def compare_rows(self):
        """How many, and the chats of the simulator."""
        people, chats = self.korone.simulator.actors()
        self.compare("users", "id, username, first_name, last_name, language_code",
                     [(p["id"], p["username"], p["first_name"], p["last_name"], p["language"])
                      for p in people])
        self.compare("groups", "id, username, title, type",
                     [(c["id"], c["username"], c["title"], c["type"]) for c in chats])
        return len(people) + len(chats), self.korone.simulator.control("chats")["chats"]

    def compare(self, table, columns, expected):
        def difference():
            have = set(self.korone.stores.query(f"SELECT {columns} FROM {table}"))
            return set(expected) - have, have - set(expected)
        try:
            wait_for(lambda: difference() == (set(), set()), 30, f"{table} as expected")
        except AssertionError:
            missing, more = difference()
            self.fail(f"{table}: missing {sorted(missing)[:5]}, too much {sorted(more)[:5]}")

    def test_faults_lose_nothing(self):
        faults, pongs = self.run_faults(MIXES[os.environ.get("KORONE_FAULTS_MIX", "all")], FAULTS)
        self.assertGreaterEqual(len(faults.done), FAULTS * 0.95)
        self.judge(faults, pongs)

    def test_faults_outside_of_the_sender_double_nothing(self):
        faults, pongs = self.run_faults(HARMLESS, max(10, FAULTS // 5))
        self.assertEqual(self.judge(faults, pongs), 0, "said twice")


if __name__ == "__main__":
    unittest.main()
