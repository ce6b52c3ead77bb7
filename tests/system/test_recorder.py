#!/usr/bin/python3
"""The recorder against a real Postgres and Redis; the test plays ingress."""

import datetime
import hmac
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import msgpack
import zmq

from gate import DOWN, UP, Gate
from stores import Stores, wait_for

BIN = os.environ.get("BIN_DIR",
                     os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/bin"))
# No setting of this shell reaches a program.
SANITIZERS = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
WELCOME, BEAT_ANSWER, BYE = 2, 4, 9
HELLO, BEAT, SIGHTINGS, STORED = 20, 21, 22, 23
USER, GROUP, MIGRATION = 0, 1, 2
KEY = "a privacy key for tests"


def user(number, version, seen_at, first, last=None, username=None, language=None):
    return [USER, number, version, seen_at, username, first, last, language]


def group(number, version, seen_at, title, kind="supergroup", username=None):
    return [GROUP, number, version, seen_at, username, title, kind]


def migration(old, new, version, seen_at):
    return [MIGRATION, old, version, seen_at, new]


class Recorder:
    """What the played ingress knows of a session."""

    def __init__(self, peer, hello):
        self.peer = peer
        self.oldest, self.newest, self.session, self.host, self.version, self.pid = hello
        self.credit, self.sent, self.beat = 0, 0, None
        self.out = {}  # sent and not acknowledged

    @property
    def active(self):
        return self.beat is not None and self.beat[3]


class Ingress:
    def __init__(self, path):
        self.path = path
        self.socket = None
        self.stored = []
        self.bind(1)

    def bind(self, epoch):
        self.epoch = epoch
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.socket.bind("ipc://" + self.path)
        self.recorders, self.waiting, self.hellos, self.byes = {}, [], 0, 0

    def close(self):
        self.socket.close()

    def send(self, peer, number, *fields):
        try:
            self.socket.send_multipart([peer, msgpack.packb([1, number, *fields])], zmq.NOBLOCK)
        except zmq.ZMQError:
            pass

    def on_frame(self, peer, data):
        _, number, session, *rest = msgpack.unpackb(data, raw=False)
        if number == HELLO:
            # HELLO: oldest, newest, session, …
            recorder = Recorder(peer, [session, *rest])
            self.hellos += 1
            for other in [r for r in self.recorders.values() if r.pid == recorder.pid]:
                self.end(other.session)
            self.recorders[recorder.session] = recorder
            self.send(peer, WELCOME, 1, 0, recorder.session, self.epoch, None)
            return
        recorder = self.recorders.get(session)
        if number == BYE:
            self.byes += 1
            self.end(session)
        elif number == BEAT:
            self.send(peer, BEAT_ANSWER, session, self.epoch)
            if recorder:
                recorder.credit, recorder.beat = rest[0], [session, *rest]
        elif number == STORED and recorder:
            recorder.credit = rest[0]
            self.stored += [tuple(item) for item in rest[1]]
            for item in rest[1]:
                recorder.out.pop(tuple(item), None)

    def end(self, session):
        """What a session had in hand is sent again."""
        recorder = self.recorders.pop(session, None)
        if recorder:
            self.waiting = list(recorder.out.values()) + self.waiting

    def pump(self, timeout_ms=20):
        if self.socket.poll(timeout_ms):
            while True:
                try:
                    peer, data = self.socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                self.on_frame(peer, data)
        for recorder in self.recorders.values():
            room = min(recorder.credit - recorder.sent, 4096)
            if room > 0 and self.waiting:
                part, self.waiting = self.waiting[:room], self.waiting[room:]
                recorder.sent += len(part)
                recorder.out.update({(s[0], s[1], s[2]): s for s in part})
                self.send(recorder.peer, SIGHTINGS, recorder.session, part)

    def wait(self, condition, timeout=10, what="condition"):
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout} s: {what}")
            self.pump()

    def active(self):
        return next((r for r in self.recorders.values() if r.active and r.credit > 0), None)

    def sees(self, *sightings, timeout=10):
        """Sends them and waits until each is acknowledged."""
        expected = {(s[0], s[1], s[2]) for s in sightings}
        self.stored = []
        self.waiting += sightings
        self.wait(lambda: expected <= set(self.stored), timeout,
                  f"acknowledgement of {len(expected)} sightings")


class Process:
    def __init__(self, program, environment):
        self.log_file = tempfile.NamedTemporaryFile("w+b", prefix="korone-log-")
        self.process = subprocess.Popen([os.path.join(BIN, program)], stderr=self.log_file,
                                        stdout=self.log_file, env={**SANITIZERS, **environment})

    def log(self):
        with open(self.log_file.name, errors="replace") as file:
            return file.read()

    def says(self, text, timeout=10):
        return wait_for(lambda: re.search(text, self.log()), timeout, f"log line with {text}")

    def port(self):
        return int(self.says(r"health_port=(\d+)").group(1))

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name):
        found = re.search("^" + re.escape(name) + r" (\S+)$", self.get("/metrics")[1], re.M)
        return float(found.group(1)) if found else 0

    def exits(self, timeout=10):
        return self.process.wait(timeout)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class RecorderCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stores = Stores()

    @classmethod
    def tearDownClass(cls):
        cls.stores.close()

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="korone-test-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.ingress = Ingress(self.dir + "/sightings")
        self.addCleanup(self.ingress.close)

    def environment(self, **changes):
        return {"KORONE_RUN_DIR": self.dir, "KORONE_STATE_DIR": self.dir + "/state",
                "KORONE_HEALTH_LISTEN": "127.0.0.1:0", "KORONE_PRIVACY_KEY": KEY,
                "DATABASE_URL": self.stores.database_url, "REDIS_URL": self.stores.redis_url,
                "KORONE_RECORDER_BATCH_MS": "20", **changes}

    def start(self, **changes):
        process = Process("korone-recorder", self.environment(**changes))
        self.addCleanup(self.show_log, process)
        self.addCleanup(process.stop)
        return process

    def show_log(self, process):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            print(re.sub("^", "# ", process.log(), flags=re.M))

    def start_active(self, **changes):
        process = self.start(**changes)
        self.ingress.wait(self.ingress.active, what="an active recorder")
        return process

    def end(self, recorder):
        recorder.process.send_signal(signal.SIGTERM)
        self.assertEqual(recorder.exits(), 0)
        self.ingress.recorders = {}

    def row(self, number, table="users"):
        rows = self.stores.query(f"SELECT * FROM {table} WHERE id = %s", number)
        return rows[0] if rows else None

    def hash_of(self, number):
        key = hmac.digest(KEY.encode(), b"korone id", "sha256")
        return hmac.digest(key, struct.pack("<q", number), "sha256")[:16]

    def is_writing(self):
        return self.stores.query("SELECT 1 FROM recorder_state WHERE name = 'writing'")

    def name(self, number):
        row = self.row(number)
        return row[2] if row else None


def date(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


class Rows(RecorderCase):
    def test_every_field_is_written_and_dates_are_exact(self):
        self.start_active()
        big = 2**52 - 1
        self.ingress.sees(
            user(big, 1, 1700000000, "Ada", "Lovelace", "ada", "en-GB"),
            user(2, 1, 1700000001, "Zoë 🦊 \u202eعلي"),
            group(-1002147483648001, 1, 1700000002, "Group", "supergroup", "grp"),
            group(-5, 1, 1700000003, "Old", "group"))
        self.assertEqual(self.row(big), (big, "ada", "Ada", "Lovelace", "en-GB", date(1700000000)))
        self.assertEqual(self.row(2), (2, None, "Zoë 🦊 \u202eعلي", None, None, date(1700000001)))
        self.assertEqual(self.row(-1002147483648001, "groups"),
                         (-1002147483648001, "grp", "Group", "supergroup", date(1700000002)))
        self.assertEqual(self.row(-5, "groups"), (-5, None, "Old", "group", date(1700000003)))

    def test_newest_fields_earliest_date(self):
        self.start_active()
        self.ingress.sees(user(10, 2, 2000, "second"), user(10, 1, 1500, "first"),
                          user(10, 3, 3000, "third", None, "name"))
        self.assertEqual(self.row(10), (10, "name", "third", None, None, date(1500)))
        self.ingress.sees(user(10, 4, 4000, "fourth"))
        self.assertEqual(self.row(10), (10, None, "fourth", None, None, date(1500)))
        self.ingress.sees(user(10, 5, 1000, "fifth"))
        self.assertEqual(self.row(10)[5], date(1000))

    def test_nul_and_half_surrogates_become_replacement_characters(self):
        self.start_active()
        self.ingress.sees(user(11, 1, 1, "a\0b", "", "u"))
        bad = msgpack.packb([USER, 12, 1, 1, None, "X", None, None]).replace(
            b"\xa1X", b"\xa5x\xed\xa0\xbdy")
        recorder = self.ingress.active()
        frame = msgpack.packb([1, SIGHTINGS, recorder.session]).replace(b"\x93", b"\x94", 1)
        recorder.sent += 1
        self.ingress.stored = []
        self.ingress.socket.send_multipart([recorder.peer, frame + b"\x91" + bad])
        self.ingress.wait(lambda: (USER, 12, 1) in self.ingress.stored)
        self.assertEqual(self.row(11)[1:4], ("u", "a\ufffdb", ""))
        self.assertEqual(self.name(12), "x\ufffd\ufffd\ufffdy")

    def test_unchanged_rows_are_not_written(self):
        recorder = self.start_active()
        people = [user(i, 1, 1700000000, f"Person {i}") for i in range(1000, 3000)]
        again = [[*p[:2], 2, 1800000000, *p[4:]] for p in people]
        self.ingress.sees(*people)
        before, counts = self.versions(), self.row_counts()
        written = recorder.metric('korone_recorder_sightings_total{outcome="written"}')
        wal = self.wal()
        self.ingress.sees(*again)
        self.assertEqual(self.versions(), before)
        # Without Redis' memory the rows are compared in Postgres, and not even locked.
        self.stores.redis().flushall()
        self.ingress.sees(*again)
        self.ingress.sees(*again)
        self.assertEqual(self.versions(), before)
        self.assertEqual(recorder.metric('korone_recorder_sightings_total{outcome="written"}'),
                         written)
        self.assertLess((self.wal() - wal) / len(again), 20)
        # A backend has counted everything when it ends.
        recorder.process.send_signal(signal.SIGTERM)
        self.assertEqual(recorder.exits(), 0)
        wait_for(lambda: self.row_counts() != counts, 10, "the rows are counted")
        self.assertEqual([now - then for now, then in zip(self.row_counts(), counts)],
                         [len(people), 0, 0])

    def row_counts(self):
        """Rows ever inserted, updated, deleted."""
        return self.stores.query("SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables "
                                 "WHERE relname = 'users'")[0]

    def versions(self):
        return self.stores.query("SELECT id, xmin::text, xmax::text, ctid::text FROM users "
                                 "WHERE id BETWEEN 1000 AND 2999 ORDER BY id")

    def wal(self):
        return int(self.stores.query("SELECT pg_current_wal_lsn() - '0/0'")[0][0])

    def test_a_row_that_postgres_refuses_is_set_aside(self):
        recorder = self.start_active()
        self.stores.query("ALTER TABLE users ADD CONSTRAINT t CHECK (first_name <> 'forbidden')")
        self.addCleanup(self.stores.query, "ALTER TABLE users DROP CONSTRAINT t")
        people = [user(i, 1, 1, f"P{i}") for i in range(4000, 4100)]
        people[37] = user(4037, 1, 1, "forbidden")
        people[61] = user(4061, 1, 2**62, "from the far future")
        self.ingress.sees(*people, group(-4000, 1, 1, "G"))
        count = self.stores.query("SELECT count(*) FROM users WHERE id BETWEEN 4000 AND 4099")
        self.assertEqual(count, [(98,)])
        self.assertIsNotNone(self.row(-4000, "groups"))
        recorder.says("scope=user id=4037 sqlstate=23514")
        recorder.says("scope=user id=4061 sqlstate=22008")
        self.assertNotIn("forbidden", recorder.log())
        self.assertEqual(recorder.metric('korone_recorder_sightings_total{outcome="refused"}'), 2)

    def test_columns_have_comments(self):
        self.start_active()
        self.assertEqual(self.stores.query(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND "
            "(col_description(c.oid, attnum) IS NULL OR obj_description(c.oid) IS NULL)"), [])


    def test_a_login_without_privileges_is_enough(self):
        self.stores.query("CREATE ROLE plain LOGIN")
        connection = self.stores.connect("postgres")
        connection.cursor().execute("CREATE DATABASE plaindb OWNER plain")
        connection.close()
        url = self.stores.database_url.replace("appdb", "plaindb").replace("=app", "=plain")
        recorder = self.start_active(DATABASE_URL=url)
        self.ingress.sees(user(1, 1, 1, "x"))
        self.ingress.sees(user(1, 2, 1, "x"))
        self.assertEqual(
            recorder.metric('korone_recorder_sightings_total{outcome="unchanged"}'), 1)
        self.assertEqual(recorder.metric('korone_recorder_errors_total{store="postgres"}'), 0)


class Redis(RecorderCase):
    def test_redis_away_everything_goes_to_postgres(self):
        recorder = self.start_active()
        self.ingress.sees(user(20, 1, 1, "x"))
        self.stores.stop_redis()
        self.addCleanup(lambda: self.stores.redis_process or self.stores.start_redis())
        self.ingress.sees(user(20, 2, 1, "y"), user(21, 1, 1, "new"))
        self.assertEqual((self.name(20), self.name(21)), ("y", "new"))
        self.ingress.wait(lambda: "redis" in recorder.get("/readyz")[1] and
                          '"ready"' not in json.dumps(json.loads(
                              recorder.get("/status")[1])["redis"]), what="readiness names Redis")
        self.stores.start_redis()
        recorder.says("Redis is ready.*\n(.*\n)*.*Redis is ready")
        self.ingress.sees(user(20, 3, 1, "x"))
        self.assertEqual(self.name(20), "x")

    def test_old_memory_of_redis_is_not_believed(self):
        """Cut off from Redis while it lives on: it must not say "unchanged" of an old value."""
        recorder = self.start_active()
        self.ingress.sees(user(22, 1, 1, "x"))
        os.kill(self.stores.redis_process.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.stores.redis_process.pid, signal.SIGCONT)
        self.ingress.sees(user(22, 2, 1, "y"))
        self.assertEqual(self.name(22), "y")
        os.kill(self.stores.redis_process.pid, signal.SIGCONT)
        self.ingress.wait(lambda: recorder.metric("korone_recorder_errors_total{store=\"redis\"}")
                          and json.loads(recorder.get("/status")[1])["redis"] == "ready",
                          what="Redis is back")
        self.ingress.sees(user(22, 3, 1, "x"))
        self.assertEqual(self.name(22), "x")

    def test_flushed_redis(self):
        self.start_active()
        self.ingress.sees(user(23, 1, 1, "x"))
        self.stores.redis().flushall()
        self.ingress.sees(user(23, 2, 1, "y"))
        self.ingress.sees(user(23, 3, 1, "x"))
        self.assertEqual(self.name(23), "x")

    def test_redis_out_of_memory(self):
        self.start_active()
        self.stores.redis().config_set("maxmemory", "1")
        self.addCleanup(self.stores.redis().config_set, "maxmemory", "0")
        self.ingress.sees(user(24, 1, 1, "x"))
        self.ingress.sees(user(24, 2, 1, "y"))
        self.ingress.sees(user(24, 3, 1, "x"))
        self.assertEqual(self.name(24), "x")

    def test_emptied_tables_are_filled_again(self):
        recorder = self.start_active()
        self.ingress.sees(user(25, 1, 1, "x"))
        self.stores.query("TRUNCATE users")
        # The recorder looks once a second.
        for version in range(2, 200):
            self.ingress.sees(user(25, version, 1, "x"))
            if self.name(25):
                break
        self.assertEqual(self.name(25), "x")
        self.assertIsNone(recorder.process.poll())

    def test_keys_expire_and_hold_no_ids(self):
        self.start_active()
        self.ingress.sees(user(123456789, 1, 1, "Ada", None, "adalovelace"))
        client = self.stores.redis()
        for key in client.keys("*"):
            self.assertTrue(0 < client.ttl(key) <= 7 * 24 * 3600, key)
            content = client.hgetall(key) if client.type(key) == b"hash" else client.get(key)
            for secret in (b"123456789", b"adalovelace", b"Ada"):
                self.assertNotIn(secret, key + repr(content).encode())


class Postgres(RecorderCase):
    def test_restart_loses_nothing(self):
        recorder = self.start_active()
        self.ingress.sees(user(30, 1, 1, "before"))
        for mode in ("fast", "immediate"):
            self.stores.stop_postgres(mode)
            self.ingress.stored = []
            self.ingress.wait(lambda: recorder.get("/readyz")[0] == 503, what="not ready")
            self.assertIn("postgres", recorder.get("/readyz")[1])
            self.ingress.wait(lambda: not self.ingress.active(), what="no credit")
            self.ingress.waiting.append(user(31, 1, 1, mode))
            self.ingress.wait(lambda: True)
            self.assertEqual(self.ingress.stored, [])
            self.stores.start_postgres()
            self.ingress.wait(lambda: (USER, 31, 1) in self.ingress.stored, what="stored")
            self.assertEqual(self.name(31), mode)
            self.assertEqual(recorder.get("/readyz")[0], 200)

    def test_restart_under_load(self):
        self.start_active()
        people = [user(i, 1, 1, f"P{i}") for i in range(5000, 25000)]
        self.ingress.stored = []
        self.ingress.waiting += people
        self.ingress.wait(lambda: len(self.ingress.stored) > 2000, what="a beginning")
        acknowledged = len(self.ingress.stored)
        self.stores.stop_postgres("immediate")
        self.stores.start_postgres()
        self.assertGreaterEqual(self.stores.query(
            "SELECT count(*) FROM users WHERE id BETWEEN 5000 AND 24999")[0][0], acknowledged)
        self.ingress.wait(lambda: len(self.ingress.stored) >= len(people), 20, "all stored")
        self.assertEqual(self.stores.query(
            "SELECT count(*) FROM users WHERE id BETWEEN 5000 AND 24999")[0][0], len(people))

    def test_read_only_postgres_is_waited_for(self):
        recorder = self.start_active()
        self.stores.query("ALTER SYSTEM SET default_transaction_read_only = on")
        self.stores.query("SELECT pg_reload_conf()")
        try:
            self.ingress.stored = []
            self.ingress.waiting.append(user(32, 1, 1, "patient"))
            self.ingress.wait(lambda: "25006" in recorder.get("/readyz")[1], what="25006")
            self.assertEqual(self.ingress.stored, [])
        finally:
            connection = self.stores.connect()
            for sql in ("SET default_transaction_read_only = off",
                        "ALTER SYSTEM RESET default_transaction_read_only",
                        "SELECT pg_reload_conf()"):
                connection.cursor().execute(sql)
            connection.close()
        self.ingress.wait(self.ingress.active)
        self.ingress.sees(user(32, 1, 1, "patient"))
        self.assertEqual(self.name(32), "patient")

    def test_disk_full_is_waited_for(self):
        """A tablespace on a small file system, which another file fills."""
        place = self.stores.dir + "/small"
        os.mkdir(place)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place],
                          capture_output=True).returncode:
            self.skipTest("may not mount a file system")
        self.addCleanup(subprocess.run, ["umount", "-l", place])
        recorder = self.start_active()
        self.ingress.sees(user(35, 1, 1, "before"))
        os.mkdir(place + "/t", 0o700)
        subprocess.run(["chown", "--reference", self.stores.dir, place + "/t"])
        self.stores.query(f"CREATE TABLESPACE small LOCATION '{place}/t'")
        self.stores.query("ALTER TABLE users SET TABLESPACE small")
        self.addCleanup(self.stores.query, "DROP TABLESPACE small")
        self.addCleanup(self.stores.query, "ALTER TABLE users SET TABLESPACE pg_default")
        people = [user(i, 2, 1, "P" * 200 + str(i)) for i in range(300000, 304000)]
        with open(place + "/filler", "wb", buffering=0) as filler:
            try:
                while filler.write(b"\0" * 4096):
                    pass
            except OSError:
                pass
            self.ingress.stored = []
            self.ingress.waiting += people
            self.ingress.wait(lambda: "53100" in recorder.get("/readyz")[1], what="53100")
            self.assertEqual(recorder.get("/readyz")[0], 503)
            self.assertLess(len(self.ingress.stored), len(people))
            os.unlink(place + "/filler")
        self.ingress.wait(lambda: len(self.ingress.stored) == len(people), 20, "all stored")
        self.assertEqual(self.stores.query("SELECT count(*) FROM users WHERE id BETWEEN 300000 "
                                           "AND 303999"), [(len(people),)])
        self.assertEqual(self.name(35), "before")
        self.ingress.wait(lambda: recorder.get("/readyz")[0] == 200, what="ready")

    def test_backend_killed_in_its_transaction(self):
        self.start_active()
        people = [user(i, 1, 1, f"P{i}") for i in range(310000, 330000)]
        self.ingress.stored = []
        self.ingress.waiting += people
        killed = 0
        while len(self.ingress.stored) < len(people):
            self.ingress.pump()
            if killed < 3 and len(self.ingress.stored) > killed * 4000:
                killed += len(self.stores.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                    "application_name = 'korone-recorder' AND xact_start IS NOT NULL"))
        self.assertGreater(killed, 0)
        self.assertEqual(self.stores.query("SELECT count(*) FROM users WHERE id BETWEEN 310000 "
                                           "AND 329999"), [(len(people),)])

    def test_killed_recorders_leave_what_was_seen_last(self):
        """kill -9 at random points under load; after that every row is as it was last seen, also
        when it went back to what an earlier recorder has stored."""
        people, version, seen = range(400000, 400600), 0, {}
        recorder, kills = self.start_active(), 0
        random = __import__("random").Random(4711)
        while kills < 12 or self.ingress.waiting:
            if kills < 12 and not self.ingress.waiting:
                version += 1
                seen = {i: user(i, version, 5000 - version, f"P{random.randrange(3)}", None,
                                f"n{random.randrange(400)}") for i in people}
                self.ingress.waiting += seen.values()
            deadline = time.monotonic() + random.random() * 0.03
            self.ingress.wait(lambda: time.monotonic() > deadline)
            if kills < 12 and self.ingress.active():
                recorder.stop()
                kills += 1
                for session in list(self.ingress.recorders):
                    self.ingress.end(session)
                recorder = self.start_active()
        self.ingress.wait(lambda: not any(r.out for r in self.ingress.recorders.values()), 20,
                          "all is acknowledged")
        rows = {row[0]: row for row in self.stores.query(
            "SELECT * FROM users WHERE id BETWEEN 400000 AND 400599")}
        for number, sighting in seen.items():
            self.assertEqual(rows[number][2], sighting[5])
            self.assertEqual(rows[number][5], date(5000 - version))
        holders = [row[1] for row in rows.values() if row[1]]
        self.assertEqual(len(holders), len(set(holders)))

    def test_locked_table_is_waited_for(self):
        self.start_active()
        connection = self.stores.connect()
        connection.autocommit = False
        connection.cursor().execute("LOCK TABLE users")
        self.ingress.stored = []
        self.ingress.waiting.append(user(33, 1, 1, "late"))
        deadline = time.monotonic() + 1
        self.ingress.wait(lambda: time.monotonic() > deadline)
        self.assertEqual(self.ingress.stored, [])
        connection.rollback()
        connection.close()
        self.ingress.wait(lambda: self.ingress.stored)
        self.assertEqual(self.name(33), "late")

    def test_slow_postgres_is_waited_for(self):
        recorder = self.start_active()
        for sql in ("CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
                    "'BEGIN PERFORM pg_sleep(1); RETURN NULL; END'",
                    "CREATE TRIGGER slow AFTER INSERT ON users FOR EACH STATEMENT "
                    "EXECUTE FUNCTION dawdle()"):
            self.stores.query(sql)
        self.addCleanup(self.stores.query, "DROP FUNCTION dawdle CASCADE")
        self.ingress.wait(lambda: recorder.get("/readyz")[0] == 200, what="ready")
        people = [user(i, 1, 1, f"P{i}") for i in range(340000, 346000)]
        self.ingress.stored = []
        self.ingress.waiting += people
        self.ingress.wait(lambda: self.ingress.active().sent, what="the first are on their way")
        self.assertEqual((self.ingress.stored, recorder.get("/readyz")[0]), ([], 200))
        self.ingress.wait(lambda: len(self.ingress.stored) == len(people), 30, "all stored")
        self.assertEqual(self.ingress.hellos, 1)
        self.assertEqual(self.stores.query("SELECT count(*) FROM users WHERE id BETWEEN 340000 AND "
                                           "345999"), [(len(people),)])
        self.assertEqual(recorder.metric('korone_recorder_errors_total{store="postgres"}'), 0)

    def test_restored_older_database_is_filled_again(self):
        """As after a restore: rows are older than what Redis remembers."""
        self.restore_and_fill(settled=True)

    def test_database_restored_to_just_before_a_crash_is_filled_again(self):
        """The restored one has no note that there was writing."""
        self.restore_and_fill(settled=False)

    def restore_and_fill(self, settled):
        recorder = self.start_active()
        self.ingress.sees(user(34, 1, 1, "x"))
        wait_for(lambda: not self.is_writing(), 10, "the note of writing is taken back")
        # Nothing is written now, so this is what a snapshot of the disk would be.
        self.stores.query("CHECKPOINT")
        copy = self.stores.data + ".copy"
        self.addCleanup(shutil.rmtree, copy, ignore_errors=True)
        shutil.copytree(self.stores.data, copy)
        os.unlink(copy + "/postmaster.pid")
        self.ingress.sees(user(34, 2, 1, "y"))
        if settled:
            wait_for(lambda: not self.is_writing(), 10, "the note of writing is taken back")
        else:
            recorder.process.kill()
            recorder.process.wait()
        self.stores.stop_postgres()
        shutil.rmtree(self.stores.data)
        os.rename(copy, self.stores.data)
        subprocess.run(["chown", "-R", "--reference", self.stores.dir, self.stores.data])
        self.stores.start_postgres()
        if not settled:
            self.ingress.recorders = {}
            recorder = self.start_active()
        self.ingress.wait(lambda: "not those that Redis" in recorder.log(),
                          what="the restore is noticed")
        self.assertEqual(self.name(34), "x")
        self.ingress.wait(self.ingress.active)
        self.ingress.sees(user(34, 3, 1, "y"))
        self.assertEqual(self.name(34), "y")


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
        # All at once, and only the old group known.
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
        """koronectl through the recorder's socket, which is its owner's only."""
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
        self.assertIn("taken back", ask("user", "remember", "81")[1])
        self.assertIn("0001_tables", ask("migrate", "--dry-run")[1])
        wait_for(lambda: not self.stores.query("SELECT 1 FROM redis_removals"), 5, "removals done")
        self.ingress.sees(user(81, 3, 3000, "Grace"))
        self.assertEqual(self.row(81)[5], date(3000))
        self.assertNotIn("Grace", recorder.log())
        recorder.process.send_signal(signal.SIGTERM)
        recorder.exits()
        self.assertEqual(ask("user", "show", "81")[0], 69)


class Crashes(RecorderCase):
    """kill -9 at each step of a batch: the stores' messages tell which it is."""

    # Redis is asked about what another recorder stored, and has a hash of 8 bytes. It says 1 of what
    # is new to it.
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
        """Of five people one changes, one changes and will have changed back, a username moves, and
        one is new."""
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
        # Nothing is believed of what was stored on the way: everything changes back, and again.
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
            # With its recorder, however it ended.
            self.doCleanups()
            self.setUp()


class Strangers(RecorderCase):
    """What the recorder takes for new or for stored without looking, and others change meanwhile."""

    def start_learned(self):
        """All are learned, in parts of 10,000 a second."""
        recorder = self.start_active()
        time.sleep(3.5)
        return recorder

    def test_a_row_that_somebody_else_added(self):
        self.start_active()
        self.stores.query("INSERT INTO users VALUES (1, NULL, 'by hand', NULL, NULL, %s)", date(500))
        self.ingress.sees(user(1, 1, 1000, "Ann"), user(2, 1, 1000, "Bob"))
        self.assertEqual(self.row(1), (1, None, "Ann", None, None, date(500)))
        self.assertEqual(self.name(2), "Bob")
        # Again when it is known.
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
        """Names and ids alike, in more than one part; and what comes meanwhile."""
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
            # Who lost the name is written again when seen with it.
            self.ingress.sees(user(taken[0], 2, 9, "Person", None, f"Name{taken[0]}"))
            self.assertEqual(self.row(taken[0])[1], f"Name{taken[0]}")
            self.assertIsNone(self.row(first)[1])
            time.sleep(3.5)
        self.assertNotIn("level=error", recorder.log())

    def test_names_move_between_strangers_and_others(self):
        self.start_learned()
        self.ingress.sees(user(501, 1, 1, "A", None, "First"), user(502, 1, 1, "B", None, "Second"))
        # A stranger takes one; who had it takes the other's, who is seen with a new one.
        self.ingress.sees(user(503, 2, 1, "C", None, "FIRST"), user(501, 2, 1, "A", None, "second"),
                          user(502, 2, 1, "B", None, "Third"))
        self.assertEqual([self.row(n)[1] for n in (501, 502, 503)], ["second", "Third", "FIRST"])
        # Two strangers with one name in a batch, and one with a name that is not ASCII.
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
    """What is stored is what was seen last, whatever happens on the way. SEED=… repeats a sequence."""

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
        """Of one person, most often with something new; the model as it is after."""
        self.version += 1
        before = self.people.get(number)
        if number in self.objectors:
            return user(number, self.version, 5000, "objector")
        if before and before[0] is None and self.random.random() < 0.3:
            # Unchanged. The time of what comes again is a later one.
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
        # And back, with the very fields that were stored before.
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
        # Who lost a name within a batch, and is again as before it.
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


class Sessions(RecorderCase):
    def test_another_epoch_gets_another_hello(self):
        self.start_active()
        self.assertEqual(self.ingress.hellos, 1)
        old = set(self.ingress.recorders)
        self.ingress.epoch = 2
        self.ingress.wait(lambda: self.ingress.hellos == 2, what="HELLO")
        self.assertFalse(old >= set(self.ingress.recorders))
        self.ingress.recorders = {s: r for s, r in self.ingress.recorders.items() if s not in old}
        self.ingress.wait(self.ingress.active)
        self.ingress.sees(user(60, 1, 1, "x"))

    def test_ingress_that_is_gone_comes_back(self):
        recorder = self.start_active()
        self.ingress.close()
        wait_for(lambda: recorder.get("/readyz")[0] == 503, 15, "ingress is missed")
        self.assertIn("ingress", recorder.get("/readyz")[1])
        self.ingress.bind(3)
        self.ingress.wait(self.ingress.active, what="active again")
        self.ingress.sees(user(61, 1, 1, "x"))

    def test_standby_takes_over_within_5_s(self):
        for end in (signal.SIGKILL, signal.SIGSTOP):
            first = self.start_active()
            second = self.start()
            second.says("Postgres is ready")
            self.ingress.wait(lambda: len(self.ingress.recorders) == 2)
            self.assertEqual(sum(r.active for r in self.ingress.recorders.values()), 1)
            first.process.send_signal(end)
            started = time.monotonic()
            self.ingress.wait(lambda: any(r.active and r.pid == second.process.pid
                                          for r in self.ingress.recorders.values()), 8,
                              f"takeover after {end.name}")
            took = time.monotonic() - started
            self.assertLess(took, 5)
            self.ingress.recorders = {s: r for s, r in self.ingress.recorders.items()
                                      if r.pid == second.process.pid}
            self.ingress.sees(user(62, int(end), 1, end.name))
            self.assertEqual(self.name(62), end.name)
            if end == signal.SIGSTOP:
                # Awake again it must find that it is not the active one any more.
                first.process.send_signal(signal.SIGCONT)
                self.ingress.wait(lambda: "no longer the active" in first.log(), what="demotion")
                self.ingress.sees(user(62, 99, 1, "after"))
            first.stop()
            second.stop()
            self.ingress.recorders = {}

    def test_redis_is_believed_after_an_orderly_end_only(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            recorder = self.start_active()
            self.ingress.sees(user(64, int(number), 1, number.name))
            recorder.process.send_signal(number)
            recorder.exits()
            if number == signal.SIGKILL:  # which may have come when it had nothing to do
                self.stores.query("INSERT INTO recorder_state VALUES ('writing', '') "
                                  "ON CONFLICT DO NOTHING")
            self.ingress.recorders = {}
            recorder = self.start_active()
            self.ingress.sees(user(64, int(number) + 1, 1, number.name))
            self.assertEqual("starts anew" in recorder.log(), number == signal.SIGKILL)
            recorder.stop()
            self.ingress.recorders = {}

    def test_stop_writes_what_is_in_hand(self):
        recorder = self.start_active(KORONE_RECORDER_BATCH_MS="60000")
        self.ingress.stored = []
        self.ingress.waiting.append(user(63, 1, 1, "last"))
        self.ingress.wait(lambda: recorder.get("/status")[1].find('"in_hand":1') > 0,
                          what="in hand")
        recorder.process.send_signal(signal.SIGTERM)
        self.ingress.wait(lambda: self.ingress.stored and self.ingress.byes, what="BYE")
        self.assertEqual(recorder.exits(), 0)
        self.assertEqual(self.name(63), "last")


class Refusals(RecorderCase):
    def refused(self, code, text, **changes):
        process = self.start(**changes)
        self.assertEqual(process.exits(), code, process.log())
        self.assertRegex(process.log(), text)
        self.assertNotIn("hunter2", process.log())

    def test_settings_that_are_wrong(self):
        self.refused(78, "(?s)DATABASE_URL: .*REDIS_URL: ", DATABASE_URL="postgres:hunter2@x",
                     REDIS_URL="redis://:hunter2@")
        self.refused(69, "DATABASE_URL: .*nosuch", DATABASE_URL=self.stores.database_url.replace(
            "appdb", "nosuch"))
        self.refused(69, "DATABASE_URL: .*stranger", DATABASE_URL=self.stores.database_url.replace(
            "user=app", "user=stranger&password=hunter2"))

    def test_another_privacy_key(self):
        self.start_active().stop()
        self.refused(78, "KORONE_PRIVACY_KEY: ", KORONE_PRIVACY_KEY="quite another key, hunter2")

    def test_redis_that_refuses(self):
        self.stores.redis().config_set("requirepass", "letmein")
        try:
            self.refused(69, "REDIS_URL: ", REDIS_URL=self.stores.redis_url.replace(
                "unix://", "unix://:hunter2@"))
            process = self.start(REDIS_URL=self.stores.redis_url.replace(
                "unix://", "unix://:letmein@"))
            self.ingress.wait(self.ingress.active)
            self.assertEqual(json.loads(process.get("/status")[1])["redis"], "ready")
        finally:
            client = self.stores.redis()
            client.execute_command("AUTH", "letmein")
            client.config_set("requirepass", "")

    def test_newer_schema(self):
        self.start_active().stop()
        self.stores.query("INSERT INTO schema_migrations VALUES (99, '', 1, now())")
        self.addCleanup(self.stores.query, "DELETE FROM schema_migrations WHERE version = 99")
        self.start_active().stop()
        self.stores.query("UPDATE schema_migrations SET min_program = 99 WHERE version = 99")
        self.refused(69, "needs a newer program")

    def test_migrations_are_applied_once_and_known_by_their_checksums(self):
        connection = self.stores.connect("postgres")
        connection.cursor().execute("CREATE DATABASE freshdb")
        connection.close()
        url = self.stores.database_url.replace("appdb", "freshdb")
        for process in [self.start(DATABASE_URL=url) for _ in range(3)]:
            process.says("Postgres is ready")
        connection = self.stores.connect("freshdb")
        cursor = connection.cursor()
        cursor.execute("SELECT count(*), count(DISTINCT version), min(length(checksum)) "
                       "FROM schema_migrations")
        count, versions, size = cursor.fetchone()
        self.assertEqual((count, size), (versions, 64))
        cursor.execute("UPDATE schema_migrations SET checksum = repeat('0', 64) WHERE version = 1")
        connection.close()
        self.start(DATABASE_URL=url).says("another version of a migration.*0001_tables")

    def test_reconnects_back_off(self):
        knocks = {"postgres": [], "redis": []}
        for name, path in (("postgres", "/pg/.s.PGSQL.5432"), ("redis", "/redis.sock")):
            gate = Gate(self.dir + path, self.dir + "/nobody",
                        on_knock=lambda times=knocks[name]: times.append(time.monotonic()))
            self.addCleanup(gate.close)
        self.start(DATABASE_URL=f"postgresql:///appdb?host={self.dir}/pg&user=app")
        self.start(REDIS_URL=f"unix://{self.dir}/redis.sock", KORONE_STATE_DIR=self.dir + "/other")
        # At least half of 100, 200, … ms; Redis is looked for once a second at most.
        for name, gaps in (("postgres", [0.04 * 2**i for i in range(5)]), ("redis", [0.9] * 3)):
            times = knocks[name]
            wait_for(lambda: len(times) > len(gaps), 20, f"knocks at {name}")
            for number, gap in enumerate(gaps):
                self.assertGreater(times[number + 1] - times[number], gap, name)

    def test_postgres_that_is_not_up_yet_is_waited_for(self):
        self.stores.stop_postgres()
        process = self.start()
        try:
            process.says("waiting for Postgres")
            self.assertEqual(process.get("/healthz")[0], 200)
            self.assertEqual(process.get("/readyz")[0], 503)
        finally:
            self.stores.start_postgres()
        self.ingress.wait(self.ingress.active)
        wait_for(lambda: process.get("/readyz")[0] == 200, 2, "ready")


if __name__ == "__main__":
    unittest.main()
