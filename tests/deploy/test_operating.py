#!/usr/bin/python3
"""Follows what docs/operating.md says about backups, moving and rotating secrets."""

import os
import re
import unittest

from deployment import OPERATOR_ID, OURS, Deployment, run
from simulator import Bot
from stores import wait_for


class Operating(unittest.TestCase):
    def setUp(self):
        self.korone = Deployment("korone-test-a")
        self.addCleanup(self.finish)
        self.korone.up("ingress", "worker", "recorder", "crashd", "simulator").wait_until_ready()
        self.simulator = self.korone.simulator
        self.alice = self.simulator.person("Alice", id=OPERATOR_ID)
        self.bot = Bot(self.simulator)

    def finish(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            self.korone.print_logs()
        self.korone.down()

    def converse(self, text):
        self.alice.says(f"/ping {text}")
        self.bot.says(f"pong {text}", chat=OPERATOR_ID)

    # --- backup and restore ---

    def is_recorded(self, person):
        return self.korone.query(f"SELECT 1 FROM users WHERE id = {person.id}") == "1"

    def test_backup_and_restore(self):
        korone, backup = self.korone, self.korone.dir + "/korone.dump"
        self.converse("before")
        wait_for(lambda: self.is_recorded(self.alice), 20, "Alice is recorded")
        with open(backup, "w") as file:
            file.write(korone.compose("exec", "-T", "postgres", "pg_dump", "-U", "postgres",
                                      "--clean", "--if-exists", "korone"))
        self.bob = self.simulator.person("Bob")
        self.bob.says("after the backup")
        wait_for(lambda: self.is_recorded(self.bob), 20, "Bob is recorded")

        korone.compose("stop", "worker", "recorder")
        with open(backup) as file:
            korone.compose("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "korone", "-q",
                           "--set", "ON_ERROR_STOP=1", "--single-transaction", input=file.read())
        self.assertTrue(self.is_recorded(self.alice))
        self.assertFalse(self.is_recorded(self.bob))
        self.alice.says("/ping meanwhile")
        korone.compose("start", "recorder", "worker")
        korone.wait_until_ready()
        self.bot.says("pong meanwhile", chat=OPERATOR_ID)
        # What Redis remembers from the time in between is void: Bob is written again.
        self.bob.says("again")
        wait_for(lambda: self.is_recorded(self.bob), 30, "Bob is recorded again")

    # --- another host ---

    def volume(self, korone, archive, name, command):
        run("docker", "run", "--rm", "--network", "none", "-v", f"{korone.project}_{name}:/volume",
            "-v", f"{os.path.dirname(archive)}:/archive", "debian:bookworm-slim", *command)

    def test_moving_to_another_host_with_what_waits(self):
        here = self.korone
        self.converse("before")
        here.compose("stop", "worker")
        for number in range(30):
            self.alice.says(f"/ping {number}")
        wait_for(lambda: here.status()["ingress"]["backlog"] == 30, 20, "the spool holds them")
        here.compose("stop", *OURS, "redis")
        there = Deployment("korone-test-b", secrets_of=here, profiles="")
        self.addCleanup(there.down)
        archive = here.dir + "/spool.tar"
        self.volume(here, archive, "state-ingress",
                    ["tar", "-C", "/volume", "-cf", "/archive/spool.tar", "."])
        dump = here.compose("exec", "-T", "postgres", "pg_dump", "-U", "postgres", "--clean",
                            "--if-exists", "korone")
        there.up("postgres")
        there.wait_for_health("healthy", "postgres")
        there.compose("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "korone", "-q",
                      "--set", "ON_ERROR_STOP=1", "--single-transaction", input=dump)
        there.compose("create", "--no-build", "ingress")
        self.volume(there, archive, "state-ingress",
                    ["tar", "-C", "/volume", "-xpf", "/archive/spool.tar"])
        # Both hosts can reach Telegram.
        run("docker", "network", "connect", "--alias", "simulator", there.project + "_outside",
            here.containers("simulator")[0])
        there.simulator = here.simulator
        there.up("ingress", "worker", "recorder", "crashd").wait_until_ready()
        there.wait_until_handled()
        said = [call["text"] for call in self.bot.calls() if call["chat_id"] == OPERATOR_ID]
        self.assertEqual(said[-30:], [f"pong {number}" for number in range(30)])
        self.assertEqual(there.query(f"SELECT first_name FROM users WHERE id = {OPERATOR_ID}"),
                         "Alice")
        self.converse("after")
        run("docker", "network", "disconnect", there.project + "_outside",
            here.containers("simulator")[0])

    # --- rotating ---

    def keys(self, *arguments):
        self.korone.compose("run", "--rm", "--no-deps", "keys", "koronectl", "keys", *arguments)

    def test_rotating_the_keys_of_the_links(self):
        korone = self.korone
        before = korone.compose("exec", "-T", "worker", "koronectl", "keys", "list")
        self.simulator.load(count=1500, rate=100)
        # The connecting side: the old key stays known until the new one is in use.
        self.keys("replace", "worker")
        self.keys("deal")
        korone.compose("restart", "worker")
        korone.wait_until_ready()
        self.keys("retire", "worker")
        self.keys("deal")
        # The binding side: everyone is told, then restarted.
        self.keys("replace", "ingress")
        self.keys("deal")
        korone.compose("restart", "ingress", "worker", "recorder")
        korone.wait_until_ready()
        korone.wait_until_handled()
        after = korone.compose("exec", "-T", "worker", "koronectl", "keys", "list")
        self.assertFalse(set(before.splitlines()) & {line for line in after.splitlines()
                                                     if not line.startswith("crashd")})
        self.assertEqual(self.simulator.statistics()["pings"]["disordered"], 0)
        # An unknown key is not let in.
        self.keys("replace", "worker")
        korone.compose("restart", "worker")
        wait_for(lambda: not korone.is_ready(), 30, "the stranger is kept out")
        self.keys("deal")
        korone.wait_until_ready()

    def make_secret_anew(self, name, **environment):
        os.remove(f"{self.korone.dir}/secrets/{name}")
        run(self.korone.dir + "/make-secrets", env={**os.environ, **environment})

    def test_rotating_the_password_of_the_recorder(self):
        self.make_secret_anew("database_url_recorder")
        with open(self.korone.dir + "/secrets/database_url_recorder") as file:
            password = re.search(":([0-9a-f]{64})@", file.read())[1]
        self.korone.query(f"ALTER ROLE korone PASSWORD '{password}'")
        self.korone.compose("up", "--detach", "--no-build", "--no-deps", "--force-recreate",
                            "recorder")
        self.korone.wait_until_ready()
        self.alice.says("hello")
        wait_for(lambda: self.is_recorded(self.alice), 20, "Alice is recorded")

    def test_rotating_the_token_of_the_bot(self):
        korone = self.korone
        self.converse("with the old token")
        token = "42:" + "n" * 35
        korone.settings["SIMULATOR_OPTIONS"] = "--show --token " + token
        korone.up("simulator")
        wait_for(self.simulator.is_up, 20, "Telegram knows the new token only")
        # This stand-in forgets its ids when it restarts; Telegram does not.
        self.simulator.control("ids", {"next": 900000000})
        wait_for(lambda: not korone.is_ready(), 60, "the old token is refused")
        self.make_secret_anew("bot_token", TELEGRAM_BOT_TOKEN=token)
        korone.compose("up", "--detach", "--no-build", "--no-deps", "--force-recreate", "ingress",
                       "worker")
        korone.wait_until_ready()
        self.simulator.token = token
        self.alice = self.simulator.person("Alice", id=OPERATOR_ID)
        self.bot = Bot(self.simulator)
        self.converse("with the new token")


if __name__ == "__main__":
    unittest.main()
