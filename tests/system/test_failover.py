#!/usr/bin/python3
"""Postgres fails over to a standby that was behind, with two real servers and one URL that names both."""

import os
import shutil
import tempfile
import unittest

import psycopg2

from korone import Korone, OPERATOR_ID, wait_for


class Standby:
    """A second server, filled by the first and following it."""

    def __init__(self, stores):
        self.stores = stores
        self.dir = tempfile.mkdtemp(prefix="korone-standby-", dir="/tmp")
        self.data = self.dir + "/pg"
        if os.getuid() == 0:
            shutil.chown(self.dir, "nobody", "nogroup")
        os.chmod(self.dir, 0o711)
        stores.run("pg_basebackup", "-h", stores.dir, "-U", "app", "-D", self.data, "-R",
                   "-X", "stream", "--checkpoint=fast", "--no-sync")
        stores.run("pg_ctl", "-D", self.data, "-w", "-t", "30", "-l", self.dir + "/log", "-o",
                   f"-c listen_addresses='' -c unix_socket_directories={self.dir} -c fsync=off",
                   "start")

    def ask(self, sql, database="appdb"):
        connection = psycopg2.connect(host=self.dir, user="app", dbname=database)
        connection.autocommit = True
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def follows(self):
        return self.ask("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'"
                        )[0][0] == 1

    def fall_behind(self):
        """From now on it receives nothing, as over a link that is slow."""
        self.ask("ALTER SYSTEM SET primary_conninfo = ''")
        self.ask("SELECT pg_reload_conf()")
        wait_for(lambda: not self.follows(), 20, "it follows no more")

    def promote(self):
        self.stores.run("pg_ctl", "-D", self.data, "-w", "promote")

    def has(self, person):
        return self.ask(f"SELECT count(*) FROM users WHERE id = {person.id}")[0][0] == 1

    def close(self):
        self.stores.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


class FailoverTest(unittest.TestCase):
    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)
        self.standby = Standby(self.korone.stores)
        self.addCleanup(self.standby.close)
        url = (f"postgresql:///appdb?host={self.korone.stores.dir},{self.standby.dir}&user=app"
               "&target_session_attrs=read-write")
        for process in (self.korone.recorder, self.korone.pool):
            process.environment["DATABASE_URL"] = url
        self.korone.start()

    def test_what_the_standby_did_not_have_is_written_again(self):
        korone, standby = self.korone, self.standby
        operator = korone.simulator.person("Olga", id=OPERATOR_ID)
        alice, bob = korone.person("Alice"), korone.person("Bob")
        alice.says("hello")
        korone.recorder.has(alice)
        wait_for(lambda: standby.follows() and standby.has(alice), 20, "Alice is at the standby")
        standby.fall_behind()
        # Acknowledged, and known to Redis as written.
        bob.says("hello")
        korone.recorder.has(bob)
        self.assertFalse(standby.has(bob))
        korone.stores.stop_postgres("immediate")
        standby.promote()
        # The bot goes on, with the same URL.
        wait_for(lambda: korone.recorder.is_ready() and korone.pool.is_ready(), 40,
                 "recorder and pool use the other server")
        operator.says("/export")
        korone.bot.does(lambda call: call["method"] == "sendDocument", "send a file")
        # Ingress says nothing of people whom it said the same of within the last minute.
        korone.ingress.stop()
        korone.ingress.start().wait_until_ready()
        for person in (alice, bob):
            person.says("hello again")
        wait_for(lambda: standby.has(bob), 30, "Bob is written again")
        self.assertTrue(standby.has(alice))


if __name__ == "__main__":
    unittest.main()
