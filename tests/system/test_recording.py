#!/usr/bin/python3
"""What is recorded about whom, and their rights over it, whatever happens on the way."""

import json
import os
import random
import signal
import subprocess
import time
import unittest

from gate import DOWN, UP, Gate
from recorder_case import BIN, SANITIZERS, RecorderCase, date, group, migration, user
from stores import wait_for


class Names(RecorderCase):
    def holder(self, name):
        return self.stores.query("SELECT find_user(%s)", name)[0][0]

    def test_a_username_that_moves_belongs_to_who_was_seen_with_it_last(self):
        self.start_active()
        self.ingress.sees(user(90, 1, 1, "Ann", None, "Name"), user(91, 1, 1, "Bob"))
        self.assertEqual(self.holder("@name"), 90)
        self.ingress.sees(user(91, 2, 1, "Bob", None, "name"))
        self.assertEqual(self.holder("NAME"), 91)
        self.assertEqual(self.row(90)[1:3], (None, "Ann"))
        # And back, with exactly the fields that were stored before.
        self.ingress.sees(user(90, 3, 1, "Ann", None, "Name"))
        self.assertEqual(self.holder("name"), 90)
        self.assertIsNone(self.row(91)[1])
        # To a group.
        self.ingress.sees(group(-90, 4, 1, "Group", username="name"))
        self.assertIsNone(self.holder("name"))
        self.assertEqual(self.stores.query("SELECT find_group('name')"), [(-90,)])
        # Both claims in one batch, the older one last; a swap in one batch.
        self.ingress.sees(user(92, 6, 1, "New", None, "one"), user(93, 5, 1, "Old", None, "One"))
        self.assertEqual(self.holder("one"), 92)
        self.ingress.sees(user(93, 7, 1, "Old", None, "two"))
        self.ingress.sees(user(92, 8, 1, "New", None, "two"), user(93, 9, 1, "Old", None, "one"))
        self.assertEqual((self.holder("one"), self.holder("two")), (93, 92))
        self.assertEqual(self.row(92)[1], "two")
        # Someone who lost a name within a batch, and is as before again.
        self.ingress.sees(user(94, 10, 1, "Before"))
        self.ingress.sees(user(94, 11, 1, "Then", None, "three"),
                          user(95, 12, 1, "Newer", None, "Three"))
        self.assertEqual((self.row(94)[1:3], self.holder("three")), ((None, "Then"), 95))
        self.ingress.sees(user(94, 13, 1, "Before"))
        self.assertEqual(self.name(94), "Before")

    def test_names_in_all_scripts_and_lengths(self):
        self.start_active()
        names = ["\u0000", "𝕬𝖉𝖆", "a\u0301\u0308" * 20, "\u200d\u2066אבג\u2069", "👩‍👩‍👧‍👦" * 10, "x" * 4000,
                 "' || \\ {\"}", "\U0010ffff", "", "{NULL}", "NULL"]
        self.ingress.sees(*[user(9000 + i, 1, 1, name, name) for i, name in enumerate(names)])
        for i, name in enumerate(names):
            self.assertEqual(self.row(9000 + i)[2:4], (name.replace("\0", "\ufffd"),) * 2)


class Rights(RecorderCase):
    def forget(self, number):
        self.stores.query("SELECT forget_user(%s, %s)", number, self.hash_of(number))

    def test_who_objects_is_not_recorded_until_it_is_taken_back(self):
        recorder = self.start_active()
        self.ingress.sees(user(40, 1, 1000, "Ada"))
        self.stores.query("INSERT INTO settings VALUES ('user', 40, 'm', 'k', '1')")
        self.forget(40)
        self.forget(40)
        self.assertIsNone(self.row(40))
        self.assertEqual(self.stores.query("SELECT * FROM settings WHERE id = 40"), [])
        self.ingress.sees(user(40, 2, 2000, "Ada"))
        self.assertIsNone(self.row(40))
        wait_for(lambda: not self.stores.query("SELECT 1 FROM redis_removals"), 5, "removals done")
        for version in (2, 3, 4):
            self.ingress.sees(user(40, version, 2000, "Ada"), user(41, version, 2000, "Bob"))
            self.assertIsNone(self.row(40))
        self.assertEqual(self.name(41), "Bob")
        self.assertGreater(
            recorder.metric('korone_recorder_sightings_total{outcome="opted_out"}'), 1)
        wait_for(lambda: not self.stores.query("SELECT 1 FROM redis_removals"), 5, "removals done")
        self.stores.query("SELECT remember_user(%s)", self.hash_of(40))
        wait_for(lambda: not self.stores.query("SELECT 1 FROM redis_removals"), 5, "removals done")
        self.ingress.sees(user(40, 5, 3000, "Ada"))
        self.assertEqual(self.row(40)[5], date(3000))

    def test_no_race_brings_anybody_back(self):
        self.start_active()
        for number in range(42, 52):
            self.ingress.waiting += [user(number, 1, 1, "racer")] + [
                user(i, number, 1, f"P{number}") for i in range(50000, 50500)]
            self.ingress.stored = []
            self.ingress.pump(0)
            self.forget(number)
            self.ingress.wait(lambda: len(self.ingress.stored) >= 501)
            self.assertIsNone(self.row(number))

    def test_migration_in_any_order_keeps_date_and_settings(self):
        self.start_active()
        self.stores.query("INSERT INTO settings VALUES ('chat', -70, 'm', 'k', '\"old\"')")
        self.ingress.sees(group(-70, 1, 1000, "Title", "group"))
        self.ingress.sees(group(-1070, 1, 3000, "Newer title"))
        self.ingress.sees(migration(-70, -1070, 1, 2000))
        self.assertEqual(self.row(-1070, "groups"),
                         (-1070, None, "Newer title", "supergroup", date(1000)))
        self.assertIsNone(self.row(-70, "groups"))
        self.assertEqual(self.stores.query("SELECT id, value FROM settings WHERE module = 'm' "
                                           "AND id < 0"), [(-1070, "old")])
        # The migration first, then what was seen before it.
        self.ingress.sees(migration(-71, -1071, 1, 2000))
        self.ingress.sees(group(-1071, 1, 3000, "New"))
        self.ingress.sees(group(-71, 2, 1000, "Old", "group"))
        self.assertEqual(self.row(-1071, "groups")[4], date(1000))
        self.assertIsNone(self.row(-71, "groups"))
        # All at once, with only the old group known.
        self.ingress.sees(migration(-72, -1072, 1, 2000), group(-72, 2, 1000, "Only", "group"))
        self.assertEqual(self.row(-1072, "groups"),
                         (-1072, None, "Only", "supergroup", date(1000)))
        # A chain, the later link first.
        self.ingress.sees(group(-73, 1, 1000, "Chain", "group"))
        self.ingress.sees(migration(-1073, -2073, 1, 2000))
        self.ingress.sees(migration(-73, -1073, 1, 2000))
        self.assertEqual(self.row(-2073, "groups")[4], date(1000))
        self.assertIsNone(self.row(-1073, "groups"))


    def test_a_group_that_objects_stays_away_as_a_supergroup(self):
        self.start_active()
        self.ingress.sees(group(-80, 1, 1000, "Secret society", "group", "society"))
        self.stores.query("INSERT INTO settings VALUES ('chat', -80, 'm', 'k', '1')")
        self.assertEqual(self.stores.query("SELECT find_group('@SOCIETY')"), [(-80,)])
        self.assertEqual(self.stores.query("SELECT export_group(-80)->'group'->>'title'"),
                         [("Secret society",)])
        self.stores.query("SELECT forget_group(-80, %s)", self.hash_of(-80))
        self.assertEqual(self.stores.query("SELECT * FROM settings WHERE id = -80"), [])
        self.ingress.sees(group(-80, 2, 1000, "Secret society", "group", "society"))
        self.ingress.sees(group(-1080, 3, 1000, "Secret society"), migration(-80, -1080, 1, 1))
        self.ingress.sees(group(-1080, 4, 1000, "Renamed society"))
        self.assertEqual(self.stores.query("SELECT * FROM groups WHERE id IN (-80, -1080)"), [])

    def test_operators_need_no_secrets(self):
        """koronectl through the recorder's socket, which only its owner may use."""
        recorder = self.start_active()
        self.ingress.sees(user(81, 1, 1000, "Grace", None, "grace"),
                          group(-81, 1, 1000, "Compilers"))

        def ask(*words):
            done = subprocess.run([os.path.join(BIN, "koronectl"), *words], text=True,
                                  env={**SANITIZERS, "KORONE_RUN_DIR": self.dir},
                                  capture_output=True)
            return done.returncode, done.stdout + done.stderr
        self.assertEqual(os.stat(self.dir + "/recorder.control").st_mode & 0o777, 0o600)
        self.assertIn("Grace", ask("user", "show", "81")[1])
        exported = json.loads(ask("user", "export", "81")[1])
        self.assertEqual((exported["user"]["username"], exported["objected"]), ("grace", False))
        self.assertEqual(json.loads(ask("group", "export", "-81")[1])["group"]["title"],
                         "Compilers")
        self.assertIn("Erased", ask("user", "forget", "81")[1])
        self.assertIn("Erased", ask("group", "forget", "-81")[1])
        self.assertIsNone(self.row(81))
        self.assertIsNone(self.row(-81, "groups"))
        self.assertIn("Objected", ask("user", "show", "81")[1])
        self.ingress.sees(user(81, 2, 2000, "Grace"))
        self.assertIsNone(self.row(81))
        self.assertIn("withdrawn", ask("user", "remember", "81")[1])
        self.assertIn("0001_tables", ask("migrate", "--dry-run")[1])
        wait_for(lambda: not self.stores.query("SELECT 1 FROM redis_removals"), 5, "removals done")
        self.ingress.sees(user(81, 3, 3000, "Grace"))
        self.assertEqual(self.row(81)[5], date(3000))
        self.assertNotIn("Grace", recorder.log())
        recorder.process.send_signal(signal.SIGTERM)
        recorder.exits()
        self.assertEqual(ask("user", "show", "81")[0], 69)


class Crashes(RecorderCase):
    """kill -9 at each step of a batch: the stores' messages tell the step."""

    # Redis is asked about what another recorder stored, and has a hash of 8 bytes. It says 1 for
    # what is new to it.
    STEPS = [
        ("batch read", "redis", UP, b"HMGET", 0),
        ("compared", "redis", DOWN, b"$8\r\n", 0),
        ("before the transaction", "postgres", UP, b"BEGIN", 0),
        ("transaction open", "postgres", UP, b"COMMIT", 0),
        ("committed", "postgres", DOWN, b"COMMIT\0", 0),
        ("commit known", "redis", UP, b"MULTI", 0),
        ("hashes stored", "redis", DOWN, b":1\r\n", 0),
        ("acknowledged, which is lost", None, None, None, 0),
    ]

    def setUp(self):
        super().setUp()
        self.gates = {
            "postgres": Gate(self.dir + "/pg/.s.PGSQL.5432", self.stores.dir + "/.s.PGSQL.5432"),
            "redis": Gate(self.dir + "/redis.sock", self.stores.dir + "/redis.sock")}
        for gate in self.gates.values():
            self.addCleanup(gate.close)

    def start_behind_gates(self):
        return self.start_active(DATABASE_URL=f"postgresql:///appdb?host={self.dir}/pg&user=app",
                                 REDIS_URL=f"unix://{self.dir}/redis.sock",
                                 KORONE_RECORDER_BATCH_MS="100")

    def kill_at(self, recorder, batch, gate, direction, message, passes):
        """What is acknowledged by then."""
        self.ingress.stored = []
        if gate:
            self.gates[gate].hold(direction, message, passes)
        self.ingress.waiting += batch
        self.ingress.wait(lambda: self.gates[gate].held.is_set() if gate
                          else len(self.ingress.stored) == len(batch), what="the step")
        recorder.stop()
        for session in list(self.ingress.recorders):
            self.ingress.end(session)
        self.ingress.waiting = []
        if gate:
            self.gates[gate].open()
        return self.ingress.stored

    def rows(self, base):
        return [row[1:3] + row[5:] for row in self.stores.query(
            "SELECT * FROM users WHERE id BETWEEN %s AND %s ORDER BY id", base, base + 4)]

    def crash(self, number, gate, direction, message, passes):
        """Of five people one changes, one changes and will change back, a username moves, and one
        is new."""
        base = 500000 + 10 * number
        moving = f"moving{number}"

        def changes(version):
            return user(base, version, 9000, "new"), user(base + 4, version, 9000, "fifth")
        recorder = self.start_behind_gates()
        self.ingress.sees(user(base, 1, 5000, "old"), user(base + 1, 1, 5001, "old"),
                          user(base + 2, 1, 5002, "from", None, moving),
                          user(base + 3, 1, 5003, "to"))
        self.end(recorder)
        recorder = self.start_behind_gates()
        batch = [user(base + 1, 2, 9000, "new"), user(base + 2, 2, 9000, "from"),
                 user(base + 3, 2, 9000, "to", None, moving), *changes(2)]
        stored = self.kill_at(recorder, batch, gate, direction, message, passes)
        if gate:
            self.assertEqual(stored, [])
        # Ingress keeps what was seen last and says it again: the one change, and not the other.
        self.start_behind_gates()
        again = [user(base + 1, 3, 9000, "old"), *batch[1:3], *changes(2)]
        self.ingress.sees(*again)
        expected = [(None, "new", date(5000)), (None, "old", date(5001)),
                    (None, "from", date(5002)), (moving, "to", date(5003)),
                    (None, "fifth", date(9000))]
        self.assertEqual(self.rows(base), expected)
        # Nothing stored on the way is believed: everything changes back, and again.
        self.ingress.sees(user(base, 4, 1, "old"), user(base + 1, 4, 1, "new"),
                          user(base + 2, 4, 1, "from", None, moving), user(base + 3, 4, 1, "to"),
                          user(base + 4, 4, 1, "other"))
        self.assertEqual([row[:2] for row in self.rows(base)],
                         [(None, "old"), (None, "new"), (moving, "from"), (None, "to"),
                          (None, "other")])
        self.ingress.sees(*[[*s[:2], 5, *s[3:]] for s in again])
        self.assertEqual([row[:2] for row in self.rows(base)], [row[:2] for row in expected])

    def test_a_crash_at_any_step_repeats_harmlessly(self):
        for number, (name, *step) in enumerate(self.STEPS):
            with self.subTest(name):
                self.crash(number, *step)
            # With its recorder, however that ended.
            self.doCleanups()
            self.setUp()


class Strangers(RecorderCase):
    """What the recorder believes to be new or stored without looking, while others change it."""

    def start_learned(self):
        """All are learned, 10,000 a second."""
        recorder = self.start_active()
        time.sleep(3.5)
        return recorder

    def test_a_row_that_somebody_else_added(self):
        self.start_active()
        self.stores.query("INSERT INTO users VALUES (1, NULL, 'by hand', NULL, NULL, %s)", date(500))
        self.ingress.sees(user(1, 1, 1000, "Ann"), user(2, 1, 1000, "Bob"))
        self.assertEqual(self.row(1), (1, None, "Ann", None, None, date(500)))
        self.assertEqual(self.name(2), "Bob")
        # Again once it is known.
        self.ingress.sees(user(1, 2, 400, "Anna"))
        self.assertEqual(self.row(1)[2:], ("Anna", None, None, date(400)))

    def test_a_row_that_somebody_else_deleted(self):
        self.start_active()
        self.ingress.sees(user(3, 1, 1000, "Ann"), user(4, 1, 1000, "Bob"))
        self.stores.query("DELETE FROM users WHERE id = 3")
        self.ingress.sees(user(3, 2, 2000, "Anna"), user(4, 2, 2000, "Bobby"))
        self.assertEqual(self.row(3)[2:], ("Anna", None, None, date(2000)))
        self.assertEqual(self.row(4)[2:], ("Bobby", None, None, date(1000)))

    def test_a_stranger_who_objected_this_moment(self):
        self.start_active()
        for number in range(10, 40):
            self.stores.query("SELECT forget_user(%s, %s)", number, self.hash_of(number))
            self.ingress.sees(user(number, 1, 1000, "Nobody"), user(number + 100, 1, 1000, "Some"))
            self.assertIsNone(self.row(number))
            self.assertEqual(self.name(number + 100), "Some")

    def test_who_changes_and_objected_this_moment(self):
        self.start_active()
        for number in range(210, 240):
            self.ingress.sees(user(number, 1, 1000, "Ann"))
            self.stores.query("SELECT forget_user(%s, %s)", number, self.hash_of(number))
            self.ingress.sees(user(number, 2, 1000, "Anna"), user(number + 100, 1, 1000, "Some"))
            self.assertIsNone(self.row(number))
            self.assertEqual(self.name(number + 100), "Some")

    def test_what_an_earlier_recorder_stored_is_learned(self):
        """Names and ids alike, in more than one part; and what comes in the meantime."""
        self.end(self.start_active())
        self.stores.query("INSERT INTO users SELECT n, 'Name' || n, 'Person', NULL, 'en', %s"
                          " FROM generate_series(1000001, 1025000) n", date(1))
        self.stores.query("INSERT INTO groups SELECT -n, 'Group' || n, 'Group', 'group', %s"
                          " FROM generate_series(1000001, 1000010) n", date(1))
        recorder = self.start_active()
        for turn in range(2):
            first = 2000000 + 100 * turn
            taken = [1000001 + turn, 1012345 + turn, 1025000 - turn]
            people = [user(first + i, 1, 9, "New", None, f"name{n}") for i, n in enumerate(taken)]
            self.ingress.sees(*people, user(first + 3, 1, 9, "New", None, f"group{taken[0]}"),
                              user(taken[1] + 10, 1, 9, "Changed", None, f"Name{taken[1] + 10}"))
            for i, number in enumerate(taken):
                self.assertEqual(self.row(first + i)[1:3], (f"name{number}", "New"))
                self.assertIsNone(self.row(number)[1])
            self.assertIsNone(self.row(-taken[0], "groups")[1])
            self.assertEqual(self.row(taken[1] + 10)[2:], ("Changed", None, None, date(1)))
            # Whoever lost the name is written again when seen with it.
            self.ingress.sees(user(taken[0], 2, 9, "Person", None, f"Name{taken[0]}"))
            self.assertEqual(self.row(taken[0])[1], f"Name{taken[0]}")
            self.assertIsNone(self.row(first)[1])
            time.sleep(3.5)
        self.assertNotIn("level=error", recorder.log())

    def test_names_move_between_strangers_and_others(self):
        self.start_learned()
        self.ingress.sees(user(501, 1, 1, "A", None, "First"), user(502, 1, 1, "B", None, "Second"))
        # A stranger takes one; the one who had it takes the other's, who is seen with a new one.
        self.ingress.sees(user(503, 2, 1, "C", None, "FIRST"), user(501, 2, 1, "A", None, "second"),
                          user(502, 2, 1, "B", None, "Third"))
        self.assertEqual([self.row(n)[1] for n in (501, 502, 503)], ["second", "Third", "FIRST"])
        # Two strangers with one name in a batch, and one with a non-ASCII name.
        self.ingress.sees(user(504, 4, 1, "D", None, "both"), user(505, 3, 1, "E", None, "Both"),
                          user(506, 3, 1, "F", None, "\u00c9cole"))
        self.assertEqual([self.row(n)[1] for n in (504, 505, 506)], ["both", None, "\u00c9cole"])
        self.ingress.sees(user(507, 5, 1, "G", None, "\u00c9cole"), user(508, 5, 1, "H", None, "BOTH"))
        self.assertEqual([self.row(n)[1] for n in (504, 506, 507, 508)],
                         [None, None, "\u00c9cole", "BOTH"])
        # A stranger's name to a group, and a group's to a stranger.
        self.ingress.sees(group(-501, 6, 1, "Group", username="third"),
                          group(-502, 6, 1, "Group", username="fourth"))
        self.assertIsNone(self.row(502)[1])
        self.ingress.sees(user(509, 7, 1, "I", None, "Fourth"))
        self.assertIsNone(self.row(-502, "groups")[1])


class Model(RecorderCase):
    """What is stored is what was seen last, whatever happens on the way. SEED=… repeats a
    sequence."""

    TURNS = 120
    PEOPLE, NAMES = 150, 40

    def setUp(self):
        super().setUp()
        self.random = random.Random(self.seed)
        self.people, self.holders, self.objectors, self.version = {}, {}, set(), 0

    @property
    def seed(self):
        return int(os.environ.get("SEED", "1"))

    def sighting(self, number):
        """Of one person, most often with something new; returns the model as it is afterwards."""
        self.version += 1
        before = self.people.get(number)
        if number in self.objectors:
            return user(number, self.version, 5000, "objector")
        if before and before[0] is None and self.random.random() < 0.3:
            # Unchanged. The time of a repeat is a later one.
            return user(number, self.version, before[2] + 1, before[1])
        first_name = f"P{self.version}"
        name = self.random.choice([None, f"name{self.random.randrange(self.NAMES)}"])
        if name and self.random.random() < 0.5:
            name = name.upper()
        seen_at = self.random.randrange(1, 10000)
        for held in [n for n, holder in self.holders.items() if holder == number]:
            del self.holders[held]
        if name:
            self.holders[name.lower()] = number
        self.people[number] = (name, first_name, min(seen_at, before[2]) if before else seen_at)
        return user(number, self.version, seen_at, first_name, None, name)

    def forget(self, number):
        self.stores.query("SELECT forget_user(%s, %s)", number, self.hash_of(number))
        self.objectors.add(number)
        self.people.pop(number, None)
        self.holders = {n: holder for n, holder in self.holders.items() if holder != number}

    def remember(self):
        number = self.random.choice(sorted(self.objectors))
        self.stores.query("SELECT remember_user(%s)", self.hash_of(number))
        self.objectors.remove(number)
        self.ingress.wait(lambda: not self.stores.query("SELECT 1 FROM redis_removals"),
                          what="removals done")

    def delete_by_hand(self, number):
        """And seen with something new afterwards, or Redis would not know."""
        self.stores.query("DELETE FROM users WHERE id = %s", number)
        name = self.people.pop(number, (None,))[0]
        if name and self.holders.get(name.lower()) == number:
            del self.holders[name.lower()]

    def turn(self, recorder):
        numbers = self.random.sample(range(1, self.PEOPLE), self.random.randrange(1, 40))
        what = self.random.random()
        if what < 0.1:
            self.forget(numbers[0])
        elif what < 0.15 and self.objectors:
            self.remember()
        elif what < 0.2:
            self.delete_by_hand(numbers[0])
        elif what < 0.25:
            self.stores.redis().flushall()
        seen = [self.sighting(number) for number in numbers]
        if 0.25 <= what < 0.4:
            self.ingress.waiting += seen
            for _ in range(self.random.randrange(6)):
                self.ingress.pump(self.random.randrange(10))
            recorder.stop()
            for session in list(self.ingress.recorders):
                self.ingress.end(session)
            self.ingress.waiting = []
            recorder = self.start_active()
        elif 0.4 <= what < 0.45:
            self.end(recorder)
            recorder = self.start_active()
        self.ingress.sees(*seen)
        return recorder

    def expected(self):
        return {number: (name if name and self.holders.get(name.lower()) == number else None,
                         first_name, date(seen_at))
                for number, (name, first_name, seen_at) in self.people.items()}

    def test_any_sequence_ends_in_what_was_seen_last(self):
        recorder = self.start_active()
        for turn in range(self.TURNS):
            recorder = self.turn(recorder)
            stored = {row[0]: (row[1], row[2], row[5])
                      for row in self.stores.query("SELECT * FROM users")}
            expected = self.expected()
            wrong = [(number, stored.get(number), expected.get(number))
                     for number in stored.keys() | expected.keys()
                     if stored.get(number) != expected.get(number)]
            self.assertEqual(wrong, [], f"id, stored, expected; SEED={self.seed}, turn {turn}")


if __name__ == "__main__":
    unittest.main()
