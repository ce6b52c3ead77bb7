#!/usr/bin/python3
"""The recorder against a real Postgres and Redis; the test plays ingress."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import msgpack

from gate import Gate
from recorder_case import SIGHTINGS, USER, RecorderCase, date, group, user
from stores import wait_for


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
        """Cut off from Redis while that lives on: it must not say "unchanged" because of an old
        value."""
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
        """kill -9 at random points under load; after that every row is as it was last seen, even
        when it went back to what an earlier recorder had stored."""
        people, version, seen = range(400000, 400600), 0, {}
        recorder, kills = self.start_active(), 0
        dice = random.Random(4711)
        while kills < 12 or self.ingress.waiting:
            if kills < 12 and not self.ingress.waiting:
                version += 1
                seen = {i: user(i, version, 5000 - version, f"P{dice.randrange(3)}", None,
                                f"n{dice.randrange(400)}") for i in people}
                self.ingress.waiting += seen.values()
            deadline = time.monotonic() + dice.random() * 0.03
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
        """The restored one has no note of a write in progress."""
        self.restore_and_fill(settled=False)

    def restore_and_fill(self, settled):
        recorder = self.start_active()
        self.ingress.sees(user(34, 1, 1, "x"))
        wait_for(lambda: not self.is_writing(), 10, "the note of writing is taken back")
        # Nothing is being written now, so this is what a snapshot of the disk would be.
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
                # When it wakes it must find that it is no longer the active one.
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
            self.assertEqual("rebuilding the cache" in recorder.log(), number == signal.SIGKILL)
            recorder.stop()
            self.ingress.recorders = {}

    def test_stop_writes_what_is_in_hand(self):
        recorder = self.start_active(KORONE_RECORDER_BATCH_MS="60000")
        self.ingress.stored = []
        self.ingress.waiting.append(user(63, 1, 1, "last"))
        self.ingress.wait(lambda: recorder.get("/status")[1].find('"in_hand":1') > 0,
                          what="in flight")
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
            # It looks at Redis once it is active.
            wait_for(lambda: json.loads(process.get("/status")[1])["redis"] == "ready", 5, "ready")
        finally:
            self.stores.redis("letmein").config_set("requirepass", "")

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
        # At least half of 100, 200, … ms; it tries Redis at most once a second.
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


class OldServerTest(RecorderCase):
    """tests/stores/run starts it with such a server."""

    def test_a_server_that_is_too_old(self):
        if int(self.stores.query("SHOW server_version_num")[0][0]) >= 140000:
            self.skipTest("the server is not that old")
        process = self.start()
        self.assertEqual(process.exits(), 69)
        self.assertIn("the server is too old; PostgreSQL 14 or newer is needed", process.log())
