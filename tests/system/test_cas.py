"""The public list of spammers from a host that behaves in every bad way, then as a long list that
pools share; and who is on it, where they write."""

import os
import unittest

from korone import BIN, Korone, wait_for
from web_host import WebHost

CAS = os.path.join(BIN, "../tests/korone-worker-cas")  # its modules: modules/cas.c
NAMES = os.path.join(BIN, "../tests/names.so")
COUNT = 1250000


class CasTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web = WebHost("127.0.0.1", "127.0.0.2")
        cls.addClassCleanup(cls.web.close)
        cls.korone = Korone({"KORONE_POOL_MIN": "4"}, start=False)
        cls.addClassCleanup(cls.korone.close)
        cls.korone.pool.program = CAS
        cls.korone.pool.environment.update(
            LD_PRELOAD=NAMES, KORONE_FETCH_ALLOW=f"127.0.0.1:{cls.web.port}", TEST_PORT=str(cls.web.port),
            TEST_NAMES="good.test=127.0.0.1 private.test=127.0.0.2")
        cls.korone.start()
        cls.bot, cls.alice = cls.korone.bot, cls.korone.person("Alice")
        cls.spammer, cls.bob = cls.korone.person("Sam"), cls.korone.person("Bob")
        cls.group = cls.korone.chat("Friends", members=[cls.alice, cls.spammer, cls.bob])
        rights = {"can_restrict_members": True, "can_delete_messages": True}
        for who in ({"bot": True}, {"person": cls.alice.id}):
            cls.korone.simulator.control("member", {"chat": cls.group, "status": "administrator", **who, **rights})

    def fetch(self, way):
        """As when an hour has passed."""
        self.web.list = way
        redis = self.korone.stores.redis()
        for key in redis.keys("korone:brief:*"):
            redis.delete(key)
        self.alice.says("/set cas.on off", chat=self.group)
        self.alice.says("/set cas.on on", chat=self.group)

    def head(self, key):
        rows = self.korone.stores.query("SELECT value FROM entries WHERE module = 'cas' AND key = %s", key)
        return rows[0][0] if rows else None

    def test_a_bad_host_and_then_a_long_list(self):
        for way, why in ((b"<html>\n<body>\n", "no list of ids"), ("status", "has a problem"), ("short", "cannot be reached"),
                         ("endless", "too large"), ("redirect", "cannot be"), ("nonsense", "cannot be reached")):
            with self.subTest(way):
                self.fetch(way)
                wait_for(lambda: why in (self.head("failed") or ""), 30, why)
                self.assertIsNone(self.head("fetched"))
        self.assertEqual(self.web.paths("127.0.0.2"), [], "nobody was led to another address")
        self.spammer.says("hello", chat=self.group)

        ids = [1000000 + n * 6007 for n in range(COUNT - 1)] + [self.spammer.id]
        self.fetch("user_id\n".encode() + "\n".join(map(str, ids)).encode())
        wait_for(lambda: (self.head("fetched") or "").endswith(f" {COUNT}"), 60, "it is kept")
        self.assertIsNone(self.head("failed"))
        size, parts = self.korone.stores.query("SELECT sum(length(value)), count(*) FROM entries WHERE module = 'cas' AND key = 'part'")[0]
        self.assertEqual(parts, 128)
        self.assertLess(size, 5 << 20)
        self.spammer.says("hello again", chat=self.group)
        self.bot.does(lambda call: call["method"] == "banChatMember" and int(call["parameters"]["user_id"]) == self.spammer.id, "ban")
        self.bob.says("hello", chat=self.group)
        self.alice.says("/set cas.quiet on", chat=self.group)
        self.bot.says_something("say nothing", self.group)
        self.assertNotIn(self.bob.id, [int(call["parameters"]["user_id"]) for call in self.bot.history()
                                       if call["method"] == "banChatMember"])
