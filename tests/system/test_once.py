"""Nothing that a handler writes happens twice: with Postgres and Redis, and processes that are killed
in between. The modules are those of modules/once.c."""

import json
import os
import signal
import time
import unittest

from korone import ONCE, Korone, wait_for

POINTS = 6  # of once.c: one more try than that comes to the end
RINGS = 6   # the same: pieces of work that /rings puts off


class RepeatTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.korone = Korone({"KORONE_MAX_ATTEMPTS": str(POINTS + 2),
                             "KORONE_HANDLER_TIMEOUT_MS": "60000"}, start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = ONCE
        cls.korone.start()

    def deaths(self):
        return self.korone.pool.log().count("child died")

    def rows(self, table, *columns):
        return self.korone.stores.query(
            f"SELECT {', '.join(columns)} FROM {table} WHERE module = 'once' ORDER BY 1, 2")

    def test_a_child_that_is_killed_after_each_write(self):
        person = self.korone.person("Ada")
        group = self.korone.chat("Analysts", members=[person])
        before = self.deaths()
        person.says("/once", chat=group)
        self.korone.bot.says("1, entry -, member 1, brief -, first, 1 listed, same", chat=group)
        self.assertEqual(self.deaths(), before + POINTS)
        person.says("/once", chat=group)
        self.korone.bot.says("2, entry 1, member 2, brief 1, later, 2 listed, same", chat=group)
        self.assertEqual(self.deaths(), before + 2 * POINTS)
        self.assertEqual(self.rows("settings", "scope", "id", "key", "value"),
                         [("chat", group, "count", "2")])
        self.assertEqual(self.rows("entries", "key", "scope", "person", "value"), [
            ("count", "member", person.id, "2"), ("log/1", "chat", 0, "x"),
            ("log/2", "chat", 0, "x"), ("log/last", "chat", 0, "2")])
        # A mark for each write, however often it was tried, and with what was there before.
        marks = self.rows("marks", "update_id", "key", "nth", "before")
        self.assertEqual([mark[1:] for mark in marks], [
            ("count", 1, None), ("count", 1, None), ("log/1", 1, None), ("log/last", 1, None),
            ("count", 1, "1"), ("count", 1, "1"), ("log/2", 1, None), ("log/last", 1, "1")])
        # In Redis, too: they end after a day, what was there before with the value.
        client = self.korone.stores.redis()
        for key in client.keys("korone:marks:*"):
            self.assertTrue(3600 < client.ttl(key) <= 86400)
            self.assertEqual(set(client.hvals(key)), {b""})
        self.assertEqual(len(client.keys("korone:marks:*")), 2)
        for key in client.keys("korone:brief:*"):
            self.assertTrue(0 < client.ttl(key) <= 600)

    def test_a_pool_that_is_killed_after_a_write(self):
        person = self.korone.person("Grace")
        person.says("/hold")
        wait_for(lambda: self.korone.stores.query(
            f"SELECT 1 FROM settings WHERE id = {person.id} AND key = 'held'"), 10, "it is written")
        self.korone.pool.kill()
        self.korone.pool.start()
        other = self.korone.person("Joan")
        other.says("/go")
        wait_for(lambda: self.said(person.id, "sendMessage"), 20, "it is handled again")
        self.assertEqual([call["text"] for call in self.said(person.id, "sendMessage")], ["held 1"])

    def said(self, chat, method, **fields):
        """How often the bot did that, as Telegram saw it."""
        calls = self.korone.simulator.control("sent?since=0")["calls"]
        return [call for call in calls if call["method"] == method and call.get("chat_id") == chat
                and all(call.get(name) == value for name, value in fields.items())]

    def names(self):
        return self.korone.stores.redis().keys("korone:said:*")

    def deletes(self, *ids):
        """Waits until the bot deletes just these."""
        self.korone.bot.does(lambda call: call["method"] == "deleteMessages"
                             and json.loads(str(call["parameters"]["message_ids"])) == [*ids],
                             f"delete {ids}")

    def test_a_name_replaces_edits_and_unsays(self):
        person, bot = self.korone.person("Ida"), self.korone.bot
        person.says("/welcome Ida")
        first = bot.says("Welcome, Ida!", chat=person.id)["message_id"]
        person.says("/rename Eve")
        bot.does(lambda call: call["method"] == "editMessageText" and call["message_id"] == first
                 and call["text"] == "Hello, Eve!", "edit it")
        person.says("/welcome Bob")
        second = bot.says("Welcome, Bob!", chat=person.id)["message_id"]
        self.deletes(first)
        person.says("/unsay")
        self.deletes(second)
        self.korone.wait_until_quiet()
        self.assertEqual(self.names(), [])
        person.says("/unsay")
        person.says("/rename Nobody")
        person.says("/go")
        bot.says("yes", chat=person.id)
        self.assertEqual(len(self.said(person.id, "deleteMessages")), 2)
        self.assertEqual(len(self.said(person.id, "editMessageText")), 1)

    def spoil_what_follows(self, person):
        """What comes after the named message in the same update is not answered."""
        self.korone.simulator.control("faults", {
            "method": "sendDice", "mode": "slow", "chat": person.id, "delay_ms": 60000})

    def test_a_pool_that_is_killed_after_it_said_something_with_a_name(self):
        person, bot = self.korone.person("Lise"), self.korone.bot
        self.spoil_what_follows(person)
        person.says("/welcome Lise")
        first = bot.says("Welcome, Lise!", chat=person.id)["message_id"]
        wait_for(self.names, 10, "it is noted")
        wait_for(lambda: self.said(person.id, "sendDice"), 10, "the next call is made")
        self.korone.pool.kill()
        self.korone.simulator.control("faults", {"clear": True})
        self.korone.pool.start()
        wait_for(lambda: len(self.said(person.id, "sendDice")) > 1, 20, "it is handled again")
        self.assertEqual(len(self.said(person.id, "sendMessage", text="Welcome, Lise!")), 1)
        person.says("/welcome again")
        bot.says("Welcome, again!", chat=person.id)
        self.deletes(first)

    def test_a_sender_that_is_killed_after_it_said_something_with_a_name(self):
        person, bot = self.korone.person("Chien"), self.korone.bot
        person.says("/unsay")
        self.spoil_what_follows(person)
        person.says("/welcome Chien")
        first = bot.says("Welcome, Chien!", chat=person.id)["message_id"]
        wait_for(lambda: self.said(person.id, "sendDice"), 10, "the next call is made")
        sender = self.korone.pool.status()["sender_pid"]
        self.korone.simulator.control("faults", {"clear": True})
        os.kill(sender, signal.SIGKILL)
        wait_for(lambda: len(self.said(person.id, "sendDice")) > 1, 20, "the next sender makes it")
        person.says("/welcome again")
        bot.says("Welcome, again!", chat=person.id)
        self.deletes(first)
        self.assertEqual(len(self.said(person.id, "sendMessage", text="Welcome, Chien!")), 1)

    def nameless(self):
        return self.korone.pool.log().count("messages have no names without Redis")

    def test_a_redis_that_hangs_holds_up_only_for_a_second(self):
        person, bot = self.korone.person("Vera"), self.korone.bot
        person.says("/welcome Vera")
        bot.says("Welcome, Vera!", chat=person.id)
        self.korone.wait_until_quiet()
        redis = self.korone.stores.redis_process
        redis.send_signal(signal.SIGSTOP)
        self.addCleanup(redis.send_signal, signal.SIGCONT)
        person.says("/welcome Max")
        bot.says("Welcome, Max!", chat=person.id)
        self.korone.wait_until_quiet()
        self.assertGreater(self.nameless(), 0)
        redis.send_signal(signal.SIGCONT)
        self.wait_for_names(person)

    def wait_for_names(self, person):
        """For a second after a failure the sender does not ask Redis: then it does, and says so."""
        before = self.korone.pool.log().count("Redis is back")

        def are_back():
            person.says("/welcome Eve")
            self.korone.bot.says("Welcome, Eve!", chat=person.id)
            self.korone.wait_until_quiet()
            return self.korone.pool.log().count("Redis is back") > before
        wait_for(are_back, 10, "messages have names again")

    def test_without_redis_messages_have_no_names(self):
        person, bot = self.korone.person("Rosa"), self.korone.bot
        person.says("/welcome Rosa")
        bot.says("Welcome, Rosa!", chat=person.id)
        self.korone.wait_until_quiet()
        before = self.nameless()
        self.korone.stores.stop_redis()
        self.addCleanup(self.korone.stores.start_redis)
        person.says("/welcome Max")
        bot.says("Welcome, Max!", chat=person.id)
        person.says("/unsay")
        person.says("/rename Nobody")
        self.korone.wait_until_quiet()
        self.assertEqual(self.said(person.id, "deleteMessages"), [])
        self.assertEqual(self.said(person.id, "editMessageText"), [])
        self.assertEqual(self.nameless(), before + 1, "it is said once")

    def test_a_group_takes_what_it_keeps_along_and_leaves_nothing(self):
        query = self.korone.stores.query
        person = self.korone.person("Mary")
        group = self.korone.chat("Gardeners", members=[person])
        person.says("/once", chat=group)
        self.korone.bot.says_something("entry -", chat=group)
        kept = {table: query(f"SELECT count(*) FROM {table} WHERE id = {group}")
                for table in ("settings", "entries", "marks")}
        query(f"SELECT migrate_chat({group}, -1009999999999)")
        for table, count in kept.items():
            self.assertGreater(count[0][0], 0)
            self.assertEqual(query(f"SELECT 1 FROM {table} WHERE id = {group}"), [])
            self.assertEqual(query(f"SELECT count(*) FROM {table} WHERE id = -1009999999999"), count)
        exported = query("SELECT export_group(-1009999999999)")[0][0]["settings"]
        self.assertEqual({row["key"] for row in exported}, {"count", "log/1", "log/last"})
        self.assertEqual({row["scope"] for row in exported}, {"chat"}, "members' are theirs")
        query("SELECT forget_group(-1009999999999, decode(repeat('00', 16), 'hex'))")
        for table in kept:
            self.assertEqual(query(f"SELECT 1 FROM {table} WHERE id = -1009999999999"), [])

    def test_what_is_forgotten_leaves_no_mark(self):
        person = self.korone.person("Emmy")
        person.says("/once")
        self.korone.bot.says("1, entry -, member 1, brief -, first, 1 listed, same", chat=person.id)
        of_person = f"(id = {person.id} OR person = {person.id})"
        for table in ("entries", "marks"):
            self.assertTrue(self.korone.stores.query(f"SELECT 1 FROM {table} WHERE {of_person}"))
        exported = self.korone.stores.query(f"SELECT export_user({person.id})")[0][0]["settings"]
        self.assertEqual({(row["scope"], row["key"], row["value"]) for row in exported}, {
            ("user", "count", "1"), ("user", "log/1", "x"), ("user", "log/last", "1"),
            ("member", "count", "1")})
        person.says("/forget")
        self.korone.bot.says("forgotten", chat=person.id)
        for table in ("settings", "entries", "marks"):
            column = "id" if table == "settings" else f"person = {person.id} OR id"
            self.assertEqual(self.korone.stores.query(
                f"SELECT * FROM {table} WHERE {column} = {person.id}"), [])


class CountTest(unittest.TestCase):
    """What is counted by several pools at once."""

    PEOPLE = 40

    def test_each_gets_another_number_and_a_repeat_the_same(self):
        korone = Korone({"KORONE_MAX_ATTEMPTS": "4"}, start=False)
        self.addCleanup(korone.close)
        korone.pool.program = ONCE
        korone.start()
        other = korone.add_pool(program=ONCE)
        client = korone.stores.redis()
        people = [korone.person(f"Person {i}") for i in range(self.PEOPLE)]
        for person in people:
            person.says("/recent die" if person is people[7] else "/recent")
        said = []

        def all_have_said():
            said[:] = [call for call in korone.simulator.control("sent?since=0")["calls"]
                       if call["method"] == "sendMessage"]
            return len({call["chat_id"] for call in said}) == self.PEOPLE

        wait_for(all_have_said, 20, "everybody has a number")
        self.assertEqual(sorted(int(call["text"].split()[1]) for call in said),
                         list(range(1, self.PEOPLE + 1)))
        logs = korone.pool.log() + other.log()
        self.assertIn(logs.count("child died"), (1, 2), "each pool may have a try")
        for pool in (korone.pool, other):
            self.assertGreater(pool.metric("korone_worker_updates_total", result="ok"), 0)
        key, = client.keys("korone:recent:*")
        self.assertEqual(client.zcard(key), self.PEOPLE)
        self.assertTrue(3600 < client.ttl(key) <= 4200)
        for member in client.zrange(key, 0, -1):
            self.assertEqual(len(member), len("0123456789abcdef:1"), "no id")
        now = int(time.time())
        client.zadd(key, {"long ago": now - 5000, "before": now - 3900, "later": now + 3900})
        people[0].says("/recent")
        korone.bot.says(f"number {self.PEOPLE + 1}", chat=people[0].id)
        self.assertEqual(client.zrange(key, 0, 0), [b"before"])
        client.zadd(key, {f"many {i}": now for i in range(1500)})
        people[0].says("/recent")
        korone.bot.says("number 1000", chat=people[0].id)
        self.assertEqual(client.zcard(key), 1000)
        korone.stores.stop_redis()
        people[0].says("/recent")
        korone.bot.says("number 0", chat=people[0].id)


    def test_messages_are_noted_by_id_for_ten_minutes(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        korone.pool.program = ONCE
        korone.start()
        person, other = korone.person("Nora"), korone.person("Otto")
        group = korone.chat("Notes", members=[person, other])
        for count in (1, 2, 3, 3):  # the last ones of as many as are asked for
            person.says("/note", chat=group)
            korone.bot.says(f"1, {count} noted, last 1", chat=group)
        other.says("/note", chat=group)
        korone.bot.says("1, 1 noted, last 1", chat=group)
        other.says("/note not", chat=group)
        korone.bot.says("1, 1 noted, last 0", chat=group)
        client = korone.stores.redis()
        keys = client.keys("korone:noted:*")
        self.assertIn(len(keys), (2, 3, 4), "a person's sets, one for each minute")
        for key in keys:
            self.assertRegex(key, rb"korone:noted:[0-9a-zA-Z_-]{16}$")
            self.assertTrue(0 < client.ttl(key) <= 540)
        korone.stores.stop_redis()
        person.says("/note", chat=group)
        korone.bot.says("0, 0 noted, last 0", chat=group)


class WaitingTest(unittest.TestCase):
    """Work that is put off, by /later, waits to the end."""

    @classmethod
    def setUpClass(cls):
        cls.korone = Korone(start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = ONCE
        cls.korone.start()

    def spool(self):
        place = self.korone.dir + "/state/ingress/spool"
        content = b""
        for name in os.listdir(place):
            try:
                with open(os.path.join(place, name), "rb") as file:
                    content += file.read()
            except FileNotFoundError:
                pass
        return content

    def test_of_what_was_said_nothing_waits(self):
        """The segments that had the message are unlinked within a minute; the work stays."""
        person = self.korone.person("Hedy")
        said = person.says("/later quixotic words", chat=self.korone.chat("Kin", members=[person]))
        waits = b"waits:%d" % said.message_id
        wait_for(lambda: waits in self.spool(), 10, "it is put off")
        wait_for(lambda: b"quixotic" not in self.spool(), 60, "the message leaves the disk")
        self.assertIn(waits, self.spool())


    def rang(self, chats):
        """{(chat, number of the ring): how often}"""
        rows = self.korone.stores.query("SELECT id, key, value FROM entries WHERE key LIKE 'rang/%'")
        return {(chat, int(key[5:])): int(value) for chat, key, value in rows if chat in chats}

    def test_nothing_is_lost_or_done_twice(self):
        """Pool, ingress and Redis are killed while work is put off, waits, and is done."""
        korone = self.korone
        people = [korone.person(f"Ringer {i}") for i in range(8)]
        group = korone.chat("Ringers", members=people)
        for person in people[:4]:
            person.says("/rings 2")
        korone.pool.kill()
        korone.pool.start()
        for person in people[4:]:
            person.says("/rings 1")
        people[0].says("/rings 3", chat=group)
        korone.ingress.kill()
        korone.ingress.start()
        chats = {person.id for person in people} | {group}
        for _ in range(2):
            wait_for(lambda: len(self.rang(chats)) > 5, 60, "some are done")
            korone.stores.stop_redis()
            korone.pool.kill()
            korone.stores.start_redis()
            korone.pool.start()
            korone.ingress.kill()
            korone.ingress.start()
        wanted = {(chat, ring): 1 for chat in chats for ring in range(1, RINGS + 1)}
        wait_for(lambda: len(self.rang(chats)) >= len(wanted), 60, "all are done")
        wait_for(lambda: korone.ingress.status().get("in_flight") == 0, 20, "nothing is under way")
        self.assertEqual(self.rang(chats), wanted)

    def test_it_waits_in_the_supergroup_that_a_group_becomes(self):
        korone = self.korone
        person = korone.person("Sofia")
        group = korone.chat("Sums", type="group", members=[person])
        person.says("/rings 4", chat=group)
        korone.bot.says("put off", chat=group)
        moved = korone.simulator.control("migrate", {"chat": group, "by": person.id})["chat_id"]
        wait_for(lambda: len(self.rang({moved})) == RINGS, 30, "all are done in the new one")
        self.assertEqual(set(self.rang({moved}).values()), {1})
        self.assertEqual(self.rang({group}), {})

    def test_it_is_dropped_for_who_is_forgotten(self):
        korone = self.korone
        person, other = korone.person("Rosa"), korone.person("Ruth")
        group = korone.chat("Regulars", members=[person, other])
        for who in (person, other):
            who.says("/rings 20", chat=group)
            korone.bot.says("put off", chat=group)
            who.says("/rings 4")
            korone.bot.says("put off", chat=who.id)
        other.says("/rings 4")
        person.says("/forget")
        korone.bot.says("forgotten", chat=person.id)
        wait_for(lambda: len(self.rang({other.id})) == RINGS, 30, "the other's are done")
        self.assertEqual(self.rang({person.id}), {})


if __name__ == "__main__":
    unittest.main()
