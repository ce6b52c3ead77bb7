"""Federations with Postgres and Redis: a long list of people while processes are killed, its way
back, and that nobody can read from the database whom it is about."""

import contextlib
import json
import os
import random
import signal
import time
import urllib.request
import uuid

from korone import SystemTest, wait_for

PEOPLE = 19999  # and one of them twice: several steps
FIRST = 6000000001


class ImportTest(SystemTest):
    settings = {"KORONE_POOL_MIN": "2"}

    def setUp(self):
        super().setUp()
        self.bot, self.random = self.korone.bot, random.Random(9)
        self.alice = self.korone.person("Alice")
        self.alice.says("/newfed Neighbours")
        self.bot.says_something("is made", self.alice.id)

    def document(self, name, data):
        """The file_id of a file that Telegram has from somewhere."""
        boundary = uuid.uuid4().hex
        head = (f'--{boundary}\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n{self.alice.id}\r\n'
                f'--{boundary}\r\nContent-Disposition: form-data; name="document"; filename="{name}"\r\n\r\n')
        simulator = self.korone.simulator
        request = urllib.request.Request(
            f"{simulator.url}/bot{simulator.token}/sendDocument",
            head.encode() + data + f"\r\n--{boundary}--\r\n".encode(),
            {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["result"]["document"]["file_id"]

    def begin(self, data):
        self.alice.does("document", file=self.document("bans.csv", data), caption="/fedimport")
        self.press(self.alice, "Ban them")

    def count(self):
        return self.korone.stores.query("SELECT count(*) FROM facts WHERE module = 'feds' AND kind = 'ban'")[0][0]

    def test_a_list_is_imported_whatever_is_killed_and_taken_back(self):
        rows = [f"{FIRST + n},spam {n}" for n in range(PEOPLE - 1)] + ["-1001234567890,a channel"]
        self.random.shuffle(rows)
        self.begin("\n".join(["user_id,reason", *rows, "nobody,x", f"{FIRST},twice"]).encode())
        kills = 0
        while self.count() < PEOPLE:
            children = self.korone.pool.status()["children"]
            if children and kills < 12:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.random.choice(children)["pid"], signal.SIGKILL)
                kills += 1
            time.sleep(self.random.uniform(0.05, 0.4))
        done = self.bot.says_something("The import is done", self.alice.id, 60)
        self.assertIn(f"Banned: {PEOPLE}\nOn the list already: 0", done["text"])
        self.assertIn("without an id: 1\n• there twice: 1", done["text"])
        self.assertGreaterEqual(kills, 3)
        marks = self.korone.stores.query("SELECT count(*) FROM marks WHERE module = 'feds/facts' AND key LIKE 'ban/%'")
        self.assertEqual(marks, [(PEOPLE,)])
        # Nobody can read whom it is about, also from the marks, the job and what it left.
        for table in ("facts", "marks", "entries", "settings", "jobs"):
            found = self.korone.stores.query(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", f"%{FIRST // 1000}%")
            self.assertEqual(found, [(0,)], table)
        # All pools know them.
        banned, free = FIRST + 777, FIRST + PEOPLE
        self.alice.says(f"/fbanstat {banned}")
        self.bot.says_something("is banned by", self.alice.id)
        self.alice.says(f"/fbanstat {free}")
        self.bot.says_something("is not banned by", self.alice.id)
        self.alice.says("/fedinfo")
        self.bot.says_something(f"Bans: {PEOPLE}", self.alice.id)
        self.alice.act("press", None, message_id=done["message_id"], button="Take the import back")
        wait_for(lambda: self.count() == 0, 120, "it is taken back")
        self.bot.says_something(f"Bans removed: {PEOPLE}", self.alice.id, 60)
