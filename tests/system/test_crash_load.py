"""Crashes of every kind under load, while crashd, the receiver and the pools come and go: each is
reported, none twice if crashd could note its acceptance, and everyone else is answered.

    KORONE_CRASHES=1000        how many (60)
    KORONE_CRASHES_SEED=7      the same ones in the same order as the run that printed it
"""

import collections
import os
import random
import time

from korone import SystemTest, wait_for

CRASHES = int(os.environ.get("KORONE_CRASHES", "60"))
SEED = int(os.environ.get("KORONE_CRASHES_SEED", time.time_ns() % 1000000))
RATE = 100          # updates a second at the same time
CRASHES_A_SECOND = 6
FIRST_OPERATOR = 100001

KINDS = {"segv": "SIGSEGV", "abort": "SIGABRT", "fpe": "SIGFPE", "bus": "SIGBUS", "ill": "SIGILL",
         "overflow": "stack overflow", "smash": "abort:stack smashing", "jump": "SIGSEGV",
         "exit": "exit(3)", "kill": "killed", "memory": "memory limit", "error": "handler error",
         "hang": "handler timeout"}
ENDS_AT_ONCE = {"error", "hang"}  # these are not retried
DISTURBANCES = ("kill crashd", "stop crashd", "receiver", "receiver", "pool")


def attempts_of(way):
    return 1 if way in ENDS_AT_ONCE else 2


def crashes_of(spans):
    return {span.attributes["app.crash.id"] for span in spans}


class CrashLoadTest(SystemTest):
    settings = {
        "KORONE_OPERATORS": ",".join(str(FIRST_OPERATOR + n) for n in range(CRASHES)),
        "KORONE_HANDLER_TIMEOUT_MS": "4000",
        "KORONE_CHILD_MEMORY_MAX": "64MiB",
    }

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.pools = [self.korone.pool, self.korone.add_pool()]
        self.planned = []
        self.disturbances = collections.Counter()
        self.excused = {}  # crash id: how often it was accepted while a kill kept that from being noted

    def disturb(self):
        """Crashd killed or stopped, the receiver away for a while or back, a pool replaced: all of
        them, in a different order each time."""
        if not self.planned:
            self.planned = self.random.sample(DISTURBANCES, len(DISTURBANCES))
        what = self.planned.pop()
        self.disturbances[what] += 1
        crashd = self.korone.crashd
        if what == "receiver":
            away = self.random.choice((None, 503, "drop"))
            self.korone.reports.decide = lambda headers: away
        elif what == "pool":
            pool = self.random.choice(self.pools)
            pool.stop()
            pool.start()
        else:
            if what == "kill crashd":
                crashd.kill()
                self.excuse_unnoted()
            else:
                crashd.stop()
            time.sleep(self.random.uniform(0, 1))
            crashd.start()

    def accepted(self):
        """crash id -> how often the receiver accepted its report"""
        with self.korone.reports.changed:
            return collections.Counter(span.attributes["app.crash.id"]
                                       for span in self.korone.reports.spans)

    def excuse_unnoted(self):
        """What was accepted just before crashd was killed and is still among what it will send."""
        self.korone.reports.wait_until_left()
        state = self.korone.dir + "/state/crashd"
        with open(state + "/delivered", "rb") as file:
            noted = {part.hex() for part in iter(lambda: file.read(16), b"")}
        left = {name.split(".")[0] for name in os.listdir(state + "/reports")
                if name.endswith(".report")}
        accepted = self.accepted()
        self.excused.update({id: accepted[id] for id in left - noted if accepted[id]})

    def crash_them(self):
        """update id -> way"""
        ways = [way for _ in range(CRASHES) for way in KINDS][:CRASHES]
        self.random.shuffle(ways)
        said = {}
        for number, way in enumerate(ways):
            person = self.korone.simulator.person("Olga", id=FIRST_OPERATOR + number)
            said[person.says(f"/op_crash {way}").update_id] = way
            if number % 10 == 9:
                self.disturb()
            time.sleep(self.random.expovariate(CRASHES_A_SECOND))
        return said

    def by_update(self):
        with self.korone.reports.changed:
            spans = list(self.korone.reports.spans)
        found = collections.defaultdict(list)
        for span in spans:
            if "telegram.update_id" in span.attributes:
                found[span.attributes["telegram.update_id"]].append(span)
        return found

    def are_all_reported(self, said):
        """Each attempt; later reports would come too many."""
        spans = self.by_update()
        return all(len(crashes_of(spans[update_id])) >= attempts_of(way)
                   for update_id, way in said.items())

    def test_every_crash_is_reported_once(self):
        korone = self.korone
        print(f"# KORONE_CRASHES_SEED={SEED} KORONE_CRASHES={CRASHES}", flush=True)
        korone.simulator.control("crowd", {"rate": RATE, "count": 0, "pings": 50, "chats": 40,
                                           "people": 200, "seed": SEED})
        said = self.crash_them()
        korone.simulator.control("crowd", {"running": False})
        korone.reports.decide = lambda headers: None
        for process in korone.processes:
            process.wait_until_ready(60)
        korone.wait_until_quiet(timeout=90)
        wait_for(lambda: self.are_all_reported(said), 150, "every crash is reported")
        wait_for(lambda: korone.crashd.metric("korone_crashd_reports_pending") == 0, 150,
                 "nothing waits")
        self.judge(said, self.by_update())
        counts = korone.simulator.statistics()["pings"]
        self.assertEqual((counts["missing"], counts["unexpected"]), (0, 0), counts)

    def judge(self, said, spans):
        for update_id, way in said.items():
            mine = spans[update_id]
            self.assertEqual(len({span.trace_id for span in mine}), 1, way)
            types = {span.events["exception"]["exception.type"] for span in mine}
            # A pool being replaced may kill a hanging child early.
            self.assertTrue(KINDS[way] in types or way == "hang", (way, types))
            self.assertEqual(len(crashes_of(mine)), attempts_of(way), (way, types))
        accepted = self.accepted()
        print(f"# {len(said)} crashes, {sum(accepted.values())} reports, of which "
              f"{sum(accepted.values()) - len(accepted)} came again after one of the kills of "
              f"crashd; {dict(self.disturbances)}", flush=True)
        self.assertEqual(self.korone.reports.refused, [])
        self.assertEqual({id: count - self.excused.get(id, 0) for id, count in accepted.items()
                          if count - self.excused.get(id, 0) != 1}, {}, "each once")
        self.a_report_keeps_its_span()

    def a_report_keeps_its_span(self):
        """So that a backend recognises a repeat, and never mistakes two for one."""
        spans = {(span.attributes["app.crash.id"], span.trace_id, span.span_id)
                 for span in self.korone.reports.spans}
        self.assertEqual(len(spans), len({crash for crash, _, _ in spans}), "a span a crash")
        self.assertEqual(len(spans), len({span for _, _, span in spans}), "a crash a span")
