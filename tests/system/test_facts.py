"""Facts about people, with Postgres and Redis: whom they are about is in no dump, erasure leaves only
what outlives it, and they are written once. The modules are those of modules/facts.c."""

import json
import struct
import subprocess
import threading
import unittest

from korone import BIN, FACTS, Korone, wait_for

KEYS_OF_FACTS = {"scope", "id", "title", "module", "kind", "number", "until", "message_id"}


class FactsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = FACTS
        cls.korone.start()
        cls.other = cls.korone.add_pool(program=FACTS)
        cls.bot = cls.korone.bot

    def query(self, sql, *values):
        return self.korone.stores.query(sql, *values)

    def rows(self, person, *columns):
        """Found by what the bot exports of them: nobody else can tell whose they are."""
        return self.query(f"SELECT {', '.join(columns)} FROM facts WHERE person = %s ORDER BY kind",
                          self.cipher_of(person))

    def cipher_of(self, person):
        """As the worker makes it, by OpenSSL's own program: one block of AES-256."""
        key = self.korone.pool.environment["KORONE_PRIVACY_KEY"].encode()
        mac = subprocess.run(["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt",
                              f"hexkey:{key.hex()}", "-r"], input=b"korone person", check=True,
                             stdout=subprocess.PIPE).stdout.split()[0].decode()
        return subprocess.run(["openssl", "enc", "-aes-256-ecb", "-nopad", "-K", mac],
                              input=struct.pack("<qq", person.id, 0), check=True,
                              stdout=subprocess.PIPE).stdout

    def members(self, *names):
        people = [self.korone.person(name) for name in names]
        return [*people, self.korone.chat("Of " + names[0], members=people, type="group")]

    def counts(self, admin, person, group, number):
        admin.says(f"/count {person.id}", chat=group)
        self.bot.says(f"counted {number}", chat=group)

    def test_nobody_can_read_from_a_dump_whom_a_fact_is_about(self):
        admin, group = self.members("Ada")
        absent = 7123456789345  # of whom nothing else is stored
        self.korone.stores.query("SELECT 1")
        admin.says(f"/count {absent}", chat=group)
        self.bot.says("counted 1", chat=group)
        admin.says(f"/ban {absent}", chat=group)
        self.bot.says("banned", chat=group)
        admin.says("/list", chat=group)
        self.bot.says(f"counts: {absent}=1", chat=group)
        dump = self.dump()
        self.assertIn(b"COPY public.facts", dump)
        self.assertIn(b"count/", dump, "with the marks")
        for form in (str(absent).encode(), f"{absent:x}".encode(),
                     struct.pack("<q", absent).hex().encode(), struct.pack(">q", absent).hex().encode()):
            self.assertNotIn(form, dump)

    def dump(self):
        dumped = subprocess.run(["pg_dump", self.korone.stores.database_url], check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if b"server version mismatch" in dumped.stderr:  # tests/stores
            self.skipTest("pg_dump is older than the server")
        self.assertEqual(dumped.returncode, 0, dumped.stderr)
        return dumped.stdout

    def test_erasure_leaves_what_outlives_it(self):
        admin, person, group = self.members("Berta", "Bruno")
        self.counts(admin, person, group, 1)
        self.counts(admin, person, group, 2)
        admin.says(f"/ban {person.id}", chat=group)
        self.bot.says("banned", chat=group)
        self.korone.recorder.has_group(group)
        person.says("/export")
        self.bot.says("facts: ban=7 in  count=2 in Of Berta", chat=person.id)
        shown = json.loads(self.koronectl("user", "export", str(person.id)))
        self.assertEqual([set(fact) for fact in shown["facts"]], [KEYS_OF_FACTS] * 2)
        self.assertEqual([(fact["kind"], fact["number"], fact["title"]) for fact in shown["facts"]],
                         [("ban", 7, None), ("count", 2, "Of Berta")])
        self.assertNotIn("facts", self.query("SELECT export_user(%s)", person.id)[0][0])
        person.says("/forget")
        self.bot.says("forgotten", chat=person.id)
        self.assertEqual(self.rows(person, "kind", "number"), [("ban", 7)])
        self.assertEqual(self.marks_of(person), [])
        # They objected: no other kind is kept from now on, and a ban is.
        self.counts(admin, person, group, 1)
        self.counts(admin, person, group, 1)
        self.assertEqual(self.rows(person, "kind"), [("ban",)])
        person.says("hello")
        self.bot.says("you are banned", chat=person.id)
        self.assertIn("nothing to erase", self.koronectl("user", "forget", str(person.id)))
        self.assertEqual(self.rows(person, "kind"), [("ban",)])

    def marks_of(self, person):
        return self.query("SELECT key FROM marks WHERE module = 'facts/facts' AND key LIKE %s",
                          "%/" + self.cipher_of(person).hex())

    def koronectl(self, *words):
        done = subprocess.run([f"{BIN}/koronectl", *words], check=True, text=True,
                              stdout=subprocess.PIPE, env=self.korone.recorder.environment)
        return done.stdout

    def test_a_group_takes_its_facts_along_and_erases_them(self):
        admin, person, group = self.members("Clara", "Curt")
        self.counts(admin, person, group, 1)
        new = self.korone.simulator.control("migrate", {"chat": group})["chat_id"]
        wait_for(lambda: self.rows(person, "id") == [(new,)], 10, "they have moved")
        self.counts(admin, person, new, 2)
        self.query("SELECT forget_group(%s, %s)", new, b"0123456789abcdef")
        self.assertEqual(self.rows(person, "id"), [])

    def test_a_killed_child_counts_once(self):
        admin, person, group = self.members("Dora", "Dirk")
        self.other.stop()
        try:
            admin.says("/die_next", chat=group)
            self.bot.says("Armed.", chat=group)
            deaths = self.korone.pool.log().count("child died")
            self.counts(admin, person, group, 1)
            self.assertEqual(self.korone.pool.log().count("child died"), deaths + 1)
            self.counts(admin, person, group, 2)
            self.assertEqual(self.query(
                "SELECT nth, split_part(before, ' ', 1) FROM marks WHERE key LIKE %s ORDER BY made_at",
                "count/" + self.cipher_of(person).hex()), [(1, None), (1, "1")])
        finally:
            self.other.start().wait_until_ready()

    def test_many_at_once_get_different_numbers(self):
        """Four pools that count about one person, while that person is erased for a moment."""
        results = []

        def count(pool):
            connection = self.korone.stores.connect()
            connection.autocommit = True
            cursor = connection.cursor()
            for i in range(50):
                cursor.execute("SELECT before FROM store_fact(%s, 0, 1, 'list', 1, 'many', 'count', "
                               "%s, %s, true, 'add', 1, 0, 0, 1)",
                               (10**9 + 1000 * pool + i, b"fedcba9876543210", b"0123456789abcdef"))
                results.append(cursor.fetchone()[0])
            connection.close()

        threads = [threading.Thread(target=count, args=(pool,)) for pool in range(4)]
        for thread in threads:
            thread.start()
        self.query("SELECT forget_user(1, %s, %s)", b"abcdef0123456789", b"fedcba9876543210")
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(int(before.split()[0]) if before else 0 for before in results),
                         list(range(200)))
        self.assertEqual(self.query("SELECT number FROM facts WHERE module = 'many'"), [(200,)])

    def test_what_is_known_absent_is_found_once_it_is_there(self):
        """In the pool that wrote it at once, in another within seconds: whichever has the next one."""
        admin, person, group = self.members("Emma", "Emil")
        person.says("hello")
        self.bot.says("you are welcome", chat=person.id)
        admin.says(f"/ban {person.id}", chat=group)
        self.bot.says("banned", chat=group)

        def is_found_by_both():
            for _ in range(20):
                person.says("hello")
                if not self.bot.says_something("you are", chat=person.id)["text"].endswith("banned"):
                    return False
            return True
        wait_for(is_found_by_both, 30, "both pools know")
        admin.says(f"/unban {person.id}", chat=group)
        self.bot.says("unbanned", chat=group)
        admin.says(f"/unban {person.id}", chat=group)
        self.bot.says("was not banned", chat=group)
        person.says("hello")
        self.bot.says("you are welcome", chat=person.id)

    def test_what_has_ended_is_removed(self):
        admin, person, group = self.members("Fritz", "Frida")
        self.counts(admin, person, group, 1)
        self.query("UPDATE facts SET until = now() - interval '1 second' WHERE person = %s",
                   self.cipher_of(person))
        admin.says("/list", chat=group)
        self.bot.says("counts:", chat=group)
        self.counts(admin, person, group, 1)  # from the beginning
        self.query("UPDATE facts SET until = now() - interval '1 second' WHERE person = %s",
                   self.cipher_of(person))
        # Looked for when a recorder starts, and every ten minutes.
        self.korone.recorder.stop()
        self.korone.recorder.start().wait_until_ready()
        person.says("hello")
        wait_for(lambda: self.rows(person, "kind") == [], 30, "it is removed")

    def test_a_lost_key(self):
        """As docs/operating.md has it: facts are void, and each group is told once."""
        admin, person, group = self.members("Greta", "Georg")
        self.counts(admin, person, group, 1)
        programs = [self.korone.recorder, self.korone.pool, self.other]
        for program in programs:
            program.stop()
            program.environment["KORONE_PRIVACY_KEY"] = "another key of some length"
        self.assertGreater(self.query("SELECT void_facts()")[0][0], 0)
        for table in ("objections", "marks", "recorder_state"):
            self.query(f"DELETE FROM {table}")
        for program in programs:
            program.start().wait_until_ready()
        self.assertEqual(self.query("SELECT * FROM facts"), [])
        admin.says(f"/count {person.id}", chat=group)
        self.bot.says_something("was lost", chat=group)
        self.bot.says("counted 1", chat=group)
        self.counts(admin, person, group, 2)
        self.assertEqual(self.query("SELECT 1 FROM settings WHERE id = %s", group), [])
        person.says("hello")
        self.korone.recorder.has(person)

    def test_another_key_finds_nothing(self):
        admin, person, group = self.members("Hanna", "Hugo")
        self.counts(admin, person, group, 1)
        self.query("UPDATE facts SET person = %s WHERE person = %s", b"0123456789abcdef",
                   self.cipher_of(person))
        try:
            admin.says("/list", chat=group)
            self.bot.says("counts:", chat=group)
            self.counts(admin, person, group, 1)
            admin.says("/list", chat=group)
            self.bot.says(f"counts: {person.id}=1", chat=group)
        finally:
            self.query("DELETE FROM facts WHERE person = %s", b"0123456789abcdef")


if __name__ == "__main__":
    unittest.main()
