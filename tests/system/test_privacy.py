"""PRIVACY.md compared with what the programs do, in both directions: what it lists is there, and
what is there it lists."""

import json
import os
import re
import subprocess
import unittest

import msgpack
import zmq

import links
from korone import BIN, OPERATOR_ID, Korone, SystemTest, wait_for

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
RECORDER_HELLO, RECORDER_BEAT, SIGHTINGS = 20, 21, 22
USER, GROUP = 0, 1


def sections():
    """{heading: [[cell, …], …]}: the tables of PRIVACY.md by their headings."""
    found, heading = {}, None
    with open(f"{ROOT}/PRIVACY.md") as file:
        for line in file:
            if line.startswith("#"):
                heading = line.strip("# \n")
            elif line.startswith("|") and not line.startswith("|--"):
                cells = [cell.strip() for cell in line.strip("|\n").split("|")]
                found.setdefault(heading, []).append(cells)
    return {name: rows[1:] for name, rows in found.items()}


def words(cell):
    return set(re.findall(r"`([^`]+)`", cell))


PAGE = sections()
USER_FIELDS = {name for row in PAGE["Of a person"] for name in words(row[0])}
GROUP_FIELDS = {name for row in PAGE["Of a group"] for name in words(row[0])}
OTHER_TABLES = {name for row in PAGE["Besides"] for name in words(row[0])}
ATTRIBUTES = {name for row in PAGE["Crash reports"] for name in words(row[2])}


class PageTest(unittest.TestCase):
    def test_the_lists_are_those_that_were_promised(self):
        """Guards against an empty table, and against a promise that grows unnoticed."""
        self.assertEqual(USER_FIELDS, {"id", "username", "first_name", "last_name",
                                       "language_code", "registered_at"})
        self.assertEqual(GROUP_FIELDS, {"id", "username", "title", "type", "registered_at"})
        self.assertTrue(ATTRIBUTES)


    def test_the_fields_of_an_update_are_those_of_the_program(self):
        """As crashd/update_fields.c has them; test_update_fields.c judges what it does with them."""
        with open(f"{ROOT}/crashd/update_fields.c") as file:
            lists = {name.replace("_", " "): set(re.findall(r'"(\w+)"', words)) for name, words in
                     re.findall(r"^static const char \*const (\w+)\[\] = \{(.*?)\};", file.read(),
                                re.M | re.S)}
        rows = {row[0]: row for row in PAGE["The update in a report"]}
        self.assertEqual({kind: words(row[1]) for kind, row in rows.items() if words(row[1])}, lists)
        self.assertEqual({kind for kind, row in rows.items() if "redacted" in row[2]},
                         {"ids", "times", "lengths", "kinds", "structure"})
        self.assertEqual(rows["personal"][2], "")


    def test_the_hosts_that_modules_ask(self):
        """As --check-config says them."""
        done = subprocess.run([f"{BIN}/korone-worker", "--check-config"], check=True, text=True,
                              stdout=subprocess.PIPE, env={
                                  "PATH": os.environ["PATH"], "KORONE_PRIVACY_KEY": "0123456789abcdef",
                                  "TELEGRAM_BOT_TOKEN": "123456:abcdefghijklmnopqrstuvwxyzabcdefghi",
                                  "DATABASE_URL": "postgresql://127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1",
                                  # Without them their modules would not be there.
                                  "KORONE_LASTFM_KEY": "x", "KORONE_OPENWEATHER_KEY": "x", "KORONE_DEEPL_KEY": "x"})
        asked = set(re.findall(r"^# module (\S+) reaches (\S+)", done.stdout, re.M))
        listed = {(name, host) for row in PAGE["Other hosts"] for name in words(row[0]) for host in words(row[1])}
        self.assertEqual(asked, listed)


class DatabaseTest(SystemTest):
    def test_tables_and_columns(self):
        rows = self.korone.stores.query(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')")
        tables = {}
        for table, column in rows:
            tables.setdefault(table, set()).add(column)
        self.assertEqual(tables.pop("users"), USER_FIELDS)
        self.assertEqual(tables.pop("groups"), GROUP_FIELDS)
        self.assertEqual(set(tables), OTHER_TABLES)


class PlacesTest(SystemTest):
    """All files and all keys in Redis are in places that PRIVACY.md lists."""

    WEEK_S = 7 * 24 * 3600
    PLACES = [re.compile(re.escape(word).replace("…", ".*"))
              for row in PAGE["What passes through, and for how long"] for word in words(row[0])
              if "/" in word or "lock" in word or word.startswith("korone:")]

    def assert_listed(self, place):
        self.assertTrue(any(pattern.fullmatch(place) for pattern in self.PLACES),
                        f"{place} is not listed in PRIVACY.md")

    def test_files_and_keys(self):
        self.assertGreater(len(self.PLACES), 8)
        person, operator = self.korone.person("Ada"), self.korone.operator()
        group = self.korone.chat("Analysts", members=[person])
        for text in ("/start", "/help", "/privacy", "/ping 1"):
            person.says(text)
        self.korone.bot.says("pong 1", chat=person.id)
        for who in ({"person": person.id}, {"bot": True, "by": person.id}):
            self.korone.simulator.control("member", {
                "chat": group, **who, "status": "administrator", "can_delete_messages": True})
        # Only where administrators want it are ids of messages noted.
        noted = "korone:noted:*"
        person.says("hello", chat=group)
        person.says("/set purge.known on", chat=group)
        self.korone.bot.says_something("remember for ten minutes", chat=group)
        self.assertEqual(self.korone.stores.redis().keys(noted), [])
        said = person.says("hello", chat=group).message_id
        person.says(f"/purgeuser {person.id}", chat=group)
        self.korone.bot.says_something("messages are gone", chat=group)
        self.assertIn(said, [number for call in self.korone.bot.history()
                             if call["method"] == "deleteMessages"
                             for number in json.loads(call["parameters"]["message_ids"])])
        self.assertTrue(self.korone.stores.redis().keys(noted))
        operator.says("/op_crash segv")
        self.korone.bot.says_something("Reference", chat=operator.id)
        self.korone.recorder.has_group(group)
        state = self.korone.environment["KORONE_STATE_DIR"]
        for place, _, names in os.walk(state):
            for name in names:
                self.assert_listed(os.path.relpath(os.path.join(place, name), state))
        client = self.korone.stores.redis()
        keys = client.keys("*")
        self.assertTrue(keys)
        for key in keys:
            self.assert_listed(key.decode())
            self.assertTrue(0 < client.ttl(key) <= self.WEEK_S, f"{key} does not expire")


# Everything about these people and this group that Telegram tells us and nobody may keep.
MESSAGE = {
    "message": {
        "message_id": 7,
        "date": 1700000000,
        "message_thread_id": 12,
        "from": {"id": 501, "is_bot": False, "first_name": "Ada", "last_name": "Byron",
                 "username": "ada", "language_code": "fr", "is_premium": True,
                 "added_to_attachment_menu": True},
        "chat": {"id": -1000000000501, "type": "supergroup", "title": "Analysts",
                 "username": "analysts", "is_forum": True},
        "author_signature": "secret signature",
        "text": "secret text with @mentioned",
        "entities": [{"type": "text_mention", "offset": 0, "length": 6,
                      "user": {"id": 502, "is_bot": False, "first_name": "Mentioned"}}],
        "forward_origin": {"type": "user", "date": 1600000000,
                           "sender_user": {"id": 503, "is_bot": False,
                                           "first_name": "Forwarded"}},
        "reply_to_message": {"message_id": 6, "date": 1699999999,
                             "from": {"id": 504, "is_bot": False, "first_name": "Replied"},
                             "chat": {"id": -1000000000501, "type": "supergroup",
                                      "title": "Analysts"}, "text": "secret reply"},
        "via_bot": {"id": 505, "is_bot": True, "first_name": "Via", "username": "via_bot"},
        "contact": {"phone_number": "+4915112345678", "first_name": "Contact", "user_id": 506},
        "location": {"latitude": 52.5, "longitude": 13.4},
    }
}


class WireTest(unittest.TestCase):
    """Plays the recorder, to see what ingress sends it."""

    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)
        for process in (self.korone.crashd, self.korone.ingress, self.korone.pool):
            process.start()
        context = zmq.Context()
        self.addCleanup(context.term)
        self.socket = context.socket(zmq.DEALER)
        self.addCleanup(self.socket.close, 0)
        links.connect(self.socket, f"{self.korone.dir}/run/sightings")

    def send(self, number, *fields):
        self.socket.send(msgpack.packb([1, number, *fields]))

    def sightings(self, count):
        """Says HELLO and beats until that many sightings have come."""
        session, found = 4711, []
        self.send(RECORDER_HELLO, 1, 2, session, "test", "0", 1)

        def receive():
            self.send(RECORDER_BEAT, session, 1000, 1, True, "ready", "ready", 0, 0)
            while self.socket.poll(200):
                frame = msgpack.unpackb(self.socket.recv())
                if frame[1] == SIGHTINGS:
                    found.extend(frame[3])
            return len(found) >= count
        wait_for(receive, 20, f"{count} sightings")
        return found

    def test_the_recorder_is_given_the_listed_fields_and_nothing_else(self):
        wait_for(lambda: self.korone.simulator.statistics()["poll"]["polls"], 20, "a poll")
        self.korone.simulator.control("update", {"update": MESSAGE})
        found = self.sightings(2)
        self.assertEqual(len(found), 2, found)
        user = next(s for s in found if s[0] == USER)
        group = next(s for s in found if s[0] == GROUP)
        # scope, id, a running version and the time come first.
        self.assertEqual((user[1], user[4:]), (501, ["ada", "Ada", "Byron", "fr"]))
        self.assertEqual((group[1], group[4:]),
                         (-1000000000501, ["analysts", "Analysts", "supergroup"]))
        for sighting, fields in ((user, USER_FIELDS), (group, GROUP_FIELDS)):
            self.assertEqual(len(sighting), len(fields) + 2, "the fields, scope and version")
            self.assertIsInstance(sighting[2], int)
            self.assertIsInstance(sighting[3], int)


class ReportTest(SystemTest):
    settings = {"LOGFIRE_ENVIRONMENT": "test"}
    # Only in a report that is older than 23 hours.
    RARE = {"crash.occurred_at"}

    def test_reports_have_the_listed_attributes_and_no_others(self):
        # Secrets are removed, and it is noted where.
        operator = self.korone.person("Olga", id=OPERATOR_ID, last_name="password=hunter2")
        seen = set()
        # Together they have every attribute: a signal, an exit and an error.
        for way in ("segv", "exit", "error"):
            self.korone.bot.calls()
            operator.says(f"/op_crash {way}")
            told = self.korone.bot.does(
                lambda call: call["method"] == "sendMessage"
                and re.search(r"\b[0-9a-f]{32}\b", call["text"] or ""), "tell a reference id")
            trace_id = re.search(r"\b[0-9a-f]{32}\b", told["text"])[0]
            span = self.korone.reports.wait_for_span(lambda span: span.trace_id == trace_id)
            self.assertNotIn("hunter2", str(vars(span)))
            for attributes in (span.attributes, span.resource, *span.events.values()):
                seen |= set(attributes)
        self.assertEqual(seen - ATTRIBUTES, set(), "not listed in PRIVACY.md")
        self.assertEqual(ATTRIBUTES - seen, self.RARE, "listed in PRIVACY.md and not sent")


class LogTest(SystemTest):
    settings = {"KORONE_LOG_LEVEL": "debug"}

    def test_no_names_no_texts_no_secrets_in_logs_and_metrics(self):
        person = self.korone.person("Zaphod", last_name="Beeblebrox", username="zaphod_b")
        group = self.korone.chat("Heart of Gold", members=[person])
        person.says("/ping improbable")
        self.korone.bot.says("pong improbable", chat=person.id)
        person.says("whale and petunias", chat=group)
        self.korone.recorder.has(person)
        self.korone.recorder.has_group(group)
        operator = self.korone.operator()
        operator.says("/op_crash segv")
        self.korone.bot.says_something("Reference", chat=operator.id)
        places = {p.name: p.log() + p.get("/metrics")[1] + p.get("/status")[1]
                  for p in self.korone.processes}
        for name, text in places.items():
            self.assertTrue(text, name)
            for private in ("Zaphod", "Beeblebrox", "zaphod_b", "Heart of Gold", "improbable",
                            "petunias", "Olga", self.korone.simulator.token,
                            self.korone.environment["KORONE_PRIVACY_KEY"]):
                self.assertNotIn(private, text, name)


if __name__ == "__main__":
    unittest.main()
