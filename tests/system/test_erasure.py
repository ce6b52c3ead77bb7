#!/usr/bin/python3
"""A person talks, makes the bot crash, and is erased: within a minute nothing is left of them
except the keyed hash of the objection. Searched for from outside, in whatever forms an id may
have."""

import hashlib
import hmac
import json
import os
import socket
import struct
import subprocess
import time
import unittest

import links
from korone import BIN, ONCE, Korone, SystemTest, wait_for

PERSON_ID = 7123456789012
WITHIN_S = 60
RINGS = 6  # of once.c: pieces of work that /rings puts off


def forms(number):
    """An id as text and as the bytes that the formats turn it into."""
    return [str(number).encode(), struct.pack(">q", number), struct.pack("<q", number)]


class ErasureTest(SystemTest):
    settings = {"KORONE_OPERATORS": f"1001,{PERSON_ID}", "KORONE_LOG_LEVEL": "debug"}

    def setUp(self):
        super().setUp()
        self.person = self.korone.person("Xanthippe", id=PERSON_ID, last_name="Quillfeather",
                                         username="xanthi_quill")
        self.traces = [b"Xanthippe", b"Quillfeather", b"xanthi_quill", *forms(PERSON_ID)]

    def files(self):
        for place, _, names in os.walk(self.korone.dir):
            for name in names:
                path = os.path.join(place, name)
                # Telegram keeps its own copy.
                if name != "simulator.log" and os.path.isfile(path):
                    try:
                        with open(path, "rb") as file:
                            yield path, file.read()
                    except FileNotFoundError:
                        pass

    def tables(self):
        for table, row in self.korone.stores.query(
                "SELECT relname, CASE relkind WHEN 'S' THEN 't.last_value' ELSE 't' END "
                "FROM pg_class WHERE relkind IN ('r', 'S', 'm') AND "
                "relnamespace = 'public'::regnamespace"):
            rows = self.korone.stores.query(f"SELECT {row}::text FROM {table} t")
            yield f"table {table}", repr(rows).encode()

    def keys(self):
        client = self.korone.stores.redis()
        read = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
                b"list": lambda key: client.lrange(key, 0, -1),
                b"zset": lambda key: client.zrange(key, 0, -1),
                b"stream": client.xrange}
        for key in client.scan_iter(count=1000):
            kind = client.type(key)
            if kind in read:
                values = read[kind](key)
                flat = [values] if isinstance(values, bytes) else (
                    [*values, *values.values()] if isinstance(values, dict) else list(values or []))
                yield f"key {key}", b" ".join([key, *(v if isinstance(v, bytes) else
                                                      repr(v).encode() for v in flat)])

    def left(self):
        return [(place, trace) for look in (self.files, self.tables, self.keys)
                for place, content in look() for trace in self.traces if trace in content]

    def test_nothing_is_left_but_the_keyed_hash(self):
        person, bot = self.person, self.korone.bot
        group = self.korone.chat("The Agora", members=[person])
        person.says("/ping of Xanthippe Quillfeather")
        bot.says("pong of Xanthippe Quillfeather", chat=PERSON_ID)
        person.says("good morning", chat=group)
        person.says("/op_crash segv")
        bot.says_something("Reference", chat=PERSON_ID)
        self.korone.recorder.has(person)
        self.korone.stores.query(
            f"INSERT INTO settings VALUES ('user', {PERSON_ID}, 'm', 'k', '\"Xanthippe\"')")
        self.korone.reports.wait_for_span(
            lambda span: str(PERSON_ID) in str(span.attributes.get("telegram.update")))
        self.assertTrue(self.left(), "there was something to be found")
        person.says("/forgetme")
        self.press(person, "Yes, erase it")
        wait_for(lambda: not self.korone.stores.query("SELECT 1 FROM users"), 10, "it is erased")
        erased = time.monotonic()
        try:
            wait_for(lambda: not self.left(), WITHIN_S, "nothing is left")
        except AssertionError:
            self.fail(f"left after {WITHIN_S} s: {self.left()}")
        print(f"# nothing was left {time.monotonic() - erased:.0f} s after the erasure")
        key = hmac.digest(self.korone.environment["KORONE_PRIVACY_KEY"].encode(), b"korone id",
                          hashlib.sha256)
        noted = hmac.digest(key, struct.pack("<q", PERSON_ID), hashlib.sha256)[:16]
        self.assertEqual([bytes(row[0]) for row in self.korone.stores.query(
            "SELECT hash FROM objections")], [noted])
        # Someone who keeps talking is not recorded, and the bot keeps answering.
        self.korone.person("Xenia", id=PERSON_ID)  # a new name would be news
        person.says("/ping again")
        bot.says("pong again", chat=PERSON_ID)
        wait_for(lambda: self.korone.recorder.metric("korone_recorder_sightings_total",
                                                     outcome="opted_out"), 20, "opted out")
        self.assertEqual(self.korone.stores.query("SELECT * FROM users"), [])


class OperatorTest(unittest.TestCase):
    """What koronectl erases waits no more either. The modules are those of modules/once.c."""

    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)
        self.korone.pool.program = ONCE
        self.korone.start()

    def koronectl(self, *words, **settings):
        done = subprocess.run([f"{BIN}/koronectl", *words], capture_output=True, text=True,
                              timeout=30, env={**self.korone.environment, **settings})
        return done.returncode, done.stdout, done.stderr

    def waiting(self):
        return json.loads(self.koronectl("backlog", "--json")[1])["waiting_work"]

    def puts_off(self, person, chat=None):
        """Work that is due in an hour."""
        before = self.waiting()
        person.says("/rings 3600", chat=chat)
        wait_for(lambda: self.waiting() == before + RINGS, 20, "it is put off")

    def restart(self):
        self.korone.ingress.kill()
        self.korone.ingress.start()
        self.korone.ingress.wait_until_ready()

    def test_what_was_put_off_is_dropped(self):
        korone = self.korone
        rosa, ruth = korone.person("Rosa"), korone.person("Ruth")
        group = korone.chat("Regulars", members=[rosa, ruth])
        self.puts_off(rosa)
        self.puts_off(rosa, group)
        self.puts_off(ruth)
        korone.ingress.kill()
        code, out, err = self.koronectl("user", "forget", str(rosa.id))
        self.assertEqual(code, 69)
        self.assertIn("the objection is recorded", out)
        self.assertIn("may still wait at ingress: repeat the command", err)
        korone.ingress.start()
        korone.ingress.wait_until_ready()
        self.assertEqual(self.waiting(), 3 * RINGS)
        code, out, err = self.koronectl("user", "forget", str(rosa.id))
        self.assertEqual((code, err), (0, ""))
        self.assertIn(f"put off about {rosa.id} is dropped", out)
        self.assertEqual(self.waiting(), RINGS, "all of hers, and nothing else")
        self.restart()
        self.assertEqual(self.waiting(), RINGS)
        self.puts_off(ruth, group)
        self.assertEqual(self.koronectl("group", "forget", str(group))[0], 0)
        self.restart()
        self.assertEqual(self.waiting(), RINGS)
        # Where no recorder is reached.
        korone.recorder.kill()
        code, out, err = self.koronectl("user", "forget", str(ruth.id), DATABASE_URL="")
        self.assertEqual(code, 69)
        self.assertIn("is dropped", out)
        self.assertIn("may still be there: repeat the command", err)
        self.assertEqual(self.waiting(), 0)
        self.assertNotIn(str(ruth.id), korone.ingress.log())

    def test_ingress_refuses_what_it_does_not_know(self):
        run = self.korone.dir + "/run/"
        secret = links.key_of(run + "updates")[1]
        for words in (b"user", b"user forget", b"user forget x", b"user forget 0", b"user forget -7",
                      b"user forget 7 8", b"user forget 99999999999999999999", b"user export 7",
                      b"group forget 7"):
            with self.subTest(words), socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(run + "ingress.control")
                client.sendall(secret + b" " + words + b"\n")
                self.assertIn(b" takes forget and a ", client.recv(1000))


if __name__ == "__main__":
    unittest.main()
