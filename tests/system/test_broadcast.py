"""A broadcast to many groups: nobody is left out and nobody gets it twice, whatever is killed; it keeps under
its rate, lets answers go first, and is seen and stopped from outside."""

import json
import os
import random
import signal
import subprocess
import time
import unittest
from collections import Counter

from korone import BIN, SystemTest, wait_for

TEXT = "Version 2 is here"


class BroadcastCase(SystemTest):
    groups = 40

    def setUp(self):
        super().setUp()
        self.olga, self.alice = self.korone.operator(), self.korone.person("Alice")
        self.ids = [self.korone.chat(f"Group {n}", members=[self.alice]) for n in range(self.groups)]
        self.record(self.ids)

    def record(self, ids):
        rows = ", ".join(f"({number}, 'Group', 'supergroup', now())" for number in ids)
        self.korone.stores.query(f"INSERT INTO groups (id, title, type, registered_at) VALUES {rows}")

    def begin(self, label="To the groups"):
        said = self.olga.says(TEXT)
        self.olga.says("/op_broadcast", reply_to=said.message_id)
        self.press(self.olga, label)
        wait_for(self.jobs, 20, "it has begun")

    def sent(self):
        """The calls that said it to groups, in order."""
        return [call for call in self.korone.bot.history()
                if call["text"] == TEXT and call["chat_id"] in self.known]

    @property
    def known(self):
        return set(self.ids)

    def reached(self):
        return Counter(call["chat_id"] for call in self.sent() if call["error_code"] == 0)

    def jobs(self):
        return self.korone.stores.query("SELECT id, state, step, counts, trouble FROM jobs")

    def report(self):
        """The last words of the report."""
        texts = [call["text"] for call in self.korone.bot.history()
                 if call["method"] == "editMessageText" and call["chat_id"] == self.olga.id]
        return texts[-1]

    def wait_for_end(self, timeout=60):
        wait_for(lambda: not self.jobs(), timeout, "it is over")
        wait_for(lambda: "is over" in self.report(), 5, "it says so")

    def status(self):
        environment = {**self.korone.environment,
                       "KORONE_INGRESS_URL": f"http://127.0.0.1:{self.korone.ingress.port}",
                       "KORONE_CRASHD_URL": f"http://127.0.0.1:{self.korone.crashd.port}"}
        del environment["DATABASE_URL"]  # the recorder is asked
        return subprocess.run([f"{BIN}/koronectl", "status"], capture_output=True, text=True,
                              env=environment, timeout=30).stdout

    def koronectl(self, *words):
        answer = subprocess.run([f"{BIN}/koronectl", "jobs", *words], capture_output=True, text=True,
                                env=self.korone.environment, timeout=30)
        return answer.returncode, answer.stdout


class ChaosTest(BroadcastCase):
    groups = 2000
    settings = {"KORONE_JOB_RATE": "1000", "KORONE_POOL_MIN": "3"}

    def setUp(self):
        super().setUp()
        self.random = random.Random(8)
        self.kills = Counter()

    def kill(self, name, pid):
        if pid:
            os.kill(pid, signal.SIGKILL)
            self.kills[name] += 1

    def restart(self, process):
        process.kill()
        process.start()
        self.kills[process.name] += 1

    def strike(self):
        pool = self.korone.pool
        status = pool.status()
        what = self.random.choice(["child", "child", "child", "sender", "nursery", "pool", "ingress"])
        if what == "child":
            self.kill(what, self.random.choice([child["pid"] for child in status["children"]] or [0]))
        elif what == "pool":
            self.restart(pool)
        elif what == "ingress":
            self.restart(self.korone.ingress)
        else:
            self.kill(what, status.get(f"{what}_pid"))

    def test_processes_are_killed_at_random(self):
        # So that most are killed while a message is on its way.
        self.korone.simulator.control("faults", {"method": "sendMessage", "mode": "slow", "delay_ms": 4,
                                                 "times": -1})
        self.begin()
        while self.jobs():
            time.sleep(self.random.uniform(0.2, 0.8))
            try:
                self.strike()
            except OSError:
                pass  # it is starting, or dead already
            if sum(self.kills.values()) > 40:
                break  # the rest is left in peace
        self.wait_for_end(120)
        reached, report = self.reached(), self.report()
        print(f"# killed: {dict(self.kills)}; {report!r}")
        self.assertGreater(sum(self.kills.values()), 3)
        in_doubt = int(report.partition("not known whether it arrived: ")[2].partition("\n")[0] or 0)
        missing = [number for number in self.ids if not reached[number]]
        self.assertLessEqual(len(missing), in_doubt, "whom it did not reach it tells")
        # The one exception: a pool, or its nursery with all that it forked, which ends between Telegram's
        # answer and the note: one message each, the one that was on its way.
        doubled = sum(count - 1 for count in reached.values() if count > 1)
        self.assertLessEqual(doubled, self.kills["worker"] + self.kills["nursery"])
        self.assertLessEqual(in_doubt, self.kills["sender"] + self.kills["nursery"] + self.kills["worker"])
        self.assertIn(f"Sent: {self.groups - in_doubt} / {self.groups}", report)
        self.assertEqual(self.korone.stores.query("SELECT count(*) FROM entries"), [(0,)])


class PaceTest(BroadcastCase):
    settings = {"KORONE_JOB_RATE": "20"}

    def test_it_is_slow_and_answers_are_not(self):
        self.begin()
        asked = 0
        while self.jobs():
            self.alice.says(f"/ping {asked}")
            self.korone.bot.says(f"pong {asked}", chat=self.alice.id, timeout=5)
            asked += 1
            time.sleep(0.1)
        self.wait_for_end()
        times = [call["time_ms"] for call in self.sent()]
        self.assertEqual(set(self.reached().values()), {1})
        self.assertEqual(len(times), self.groups)
        for first, last in zip(times, times[21:]):
            self.assertGreaterEqual(last - first, 950, "more than 21 in a second")
        self.assertGreater(asked, 5)

    def test_who_is_gone_is_told_by_reason(self):
        gone, silent = self.korone.chat("Gone", bot="kicked"), self.ids[7]
        self.record([gone])
        self.korone.simulator.control("faults", {
            "method": "sendMessage", "mode": "error", "status": 429, "retry_after": 3, "times": 1,
            "chat": silent})
        self.begin()
        self.wait_for_end()
        self.assertIn(f"Sent: {self.groups} / {self.groups + 1}", self.report())
        self.assertIn("the bot is not there any more: 1", self.report())
        self.assertEqual(self.reached(), Counter(self.ids))

    def test_people_who_asked_for_news_get_it_too(self):
        bob = self.korone.person("Bob", language="pt-br")
        for person, label in ((self.alice, "I want news"), (bob, "Quero notícias")):
            person.says("/news")
            self.press(person, label)
            wait_for(lambda number=person.id: self.korone.stores.query(
                f"SELECT 1 FROM settings WHERE id = {number} AND key = 'news'"), 10, "it is stored")
        self.begin("To both")
        self.wait_for_end()
        shown = self.korone.bot.does(lambda call: call["text"] == TEXT and call["chat_id"] == bob.id,
                                     "say it to Bob")
        self.assertIn("Chega de not", str(shown["parameters"]["reply_markup"]))
        self.assertIn(f"Sent: {self.groups + 2} / {self.groups + 2}", self.report())
        bob.act("press", None, message_id=shown["message_id"], button="Chega de notícias")
        wait_for(lambda: not self.korone.stores.query(
            f"SELECT 1 FROM settings WHERE id = {bob.id} AND key = 'news'"), 10, "it is over for Bob")

    def test_it_waits_for_its_stores(self):
        self.begin()
        wait_for(lambda: len(self.sent()) > 5, 20, "it is under way")
        self.korone.stores.stop_redis()
        self.korone.stores.stop_postgres("immediate")
        before = wait_for(lambda: time.sleep(1.5) or len(self.sent()), 10, "some are sent")
        self.assertLess(before, self.groups)
        self.korone.stores.start_postgres()
        self.korone.stores.start_redis()
        self.wait_for_end(60)
        self.assertEqual(self.reached(), Counter(self.ids))
        self.assertIn(f"Sent: {self.groups} / {self.groups}", self.report())

    def test_one_whose_state_was_lost_is_removed_from_outside(self):
        query = self.korone.stores.query
        number = str(query("INSERT INTO jobs (update_id, stage, module, slug, step_at) VALUES (1, 0, 'gone', "
                           "'x:1', now() - interval '1 day') RETURNING id")[0][0])
        self.assertIn("gone.x  running", self.koronectl()[1])
        self.assertEqual(self.koronectl("cancel", number), (0, ""))
        self.assertEqual(query("SELECT state FROM jobs"), [("cancelled",)])
        self.assertEqual(self.koronectl("cancel", number), (0, ""))
        self.assertEqual(self.jobs(), [])

    def test_it_is_paused_and_cancelled_from_outside(self):
        self.begin()
        number = str(wait_for(lambda: self.jobs() and self.jobs()[0][3].get("sent") and self.jobs(), 20,
                              "it is under way")[0][0])
        self.assertEqual(self.koronectl("pause", number), (0, ""))
        wait_for(lambda: "is paused" in self.report(), 10, "it says so")
        before = len(self.sent())
        self.assertLess(before, self.groups)
        code, listed = self.koronectl("--json")
        job = json.loads(listed)[0]
        self.assertEqual((code, job["module"], job["state"], job["counts"]["sent"]),
                         (0, "broadcast", "paused", before))
        self.assertIn(f"sent {before}", self.koronectl()[1])
        self.assertIn("broadcast.broadcast  paused", self.status())
        self.korone.ingress.kill()
        self.korone.ingress.start()
        self.korone.ingress.wait_until_ready()
        self.assertEqual(len(self.sent()), before)
        self.assertEqual(self.koronectl("continue", number), (0, ""))
        wait_for(lambda: len(self.sent()) > before, 20, "it goes on")
        self.assertEqual(self.koronectl("cancel", number), (0, ""))
        wait_for(lambda: not self.jobs(), 20, "it is over")
        wait_for(lambda: "was cancelled" in self.report(), 5, "it says so")
        self.assertEqual(self.koronectl("cancel", number)[0], os.EX_DATAERR)
        self.assertEqual(self.koronectl("cancel", "x")[0], os.EX_UNAVAILABLE)
        self.assertEqual(set(self.reached().values()), {1})


if __name__ == "__main__":
    unittest.main()
