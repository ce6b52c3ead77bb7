"""What people choose: where it is stored, who learns of it, and that it costs nothing when nobody
asks."""

import time
import unittest

from korone import SystemTest, wait_for
from simulator import Bot

LEARNED_S = 4.0  # by other pools: a check every 2 s, and one to spare
ENGLISH, PORTUGUESE = "I am awake", "Estou acordado"


def attached(sent, parameter):
    """The file of a call that a parameter names by attach://NAME."""
    parameters = sent["parameters"]
    return parameters[parameters[parameter].removeprefix("attach://")]


class SettingsTest(SystemTest):
    def group_of(self, admin, title="Friends"):
        group = self.korone.chat(title, members=[admin])
        self.korone.simulator.control("member", {"chat": group, "person": admin.id,
                                                 "status": "administrator"})
        return group


class CostTest(SettingsTest):
    def worker_connections(self):
        return self.korone.stores.query(
            "SELECT pid, query_start FROM pg_stat_activity "
            "WHERE application_name = 'korone-worker'")

    def sessions_counter(self):
        """A function that tells how many connections were ever made to the database; it uses one."""
        connection = self.korone.stores.connect()
        self.addCleanup(connection.close)
        cursor = connection.cursor()

        def sessions():
            cursor.execute("SELECT sessions FROM pg_stat_database WHERE datname = 'appdb'")
            return cursor.fetchone()[0]

        sessions()
        return sessions

    def redis_calls(self):
        ours = ("info", "client", "hello", "ping")
        found = self.korone.stores.redis().info("commandstats")
        return {name: row["calls"] for name, row in found.items()
                if not name.removeprefix("cmdstat_").startswith(ours)}


class PlainCostTest(CostTest):
    """Modules that look at no message do not ask once."""

    settings = {"KORONE_MODULES_LOAD": "cancel,disabling,help,language,operators,ping,privacy,rights,start,users"}

    def test_what_triggers_nothing_costs_no_trip_to_a_store(self):
        alice = self.korone.person("Alice")
        groups = [self.korone.chat(f"Group {i}", members=[alice]) for i in range(20)]
        # The recorder writes people; without it only the pool can be asking.
        self.korone.recorder.stop()
        sessions = self.sessions_counter()
        time.sleep(1.5)  # Postgres' counters lag by a second
        sessions_before, calls = sessions(), self.redis_calls()
        for i in range(200):
            alice.says(f"plain words {i}", chat=groups[i % len(groups)])
            alice.says(f"more of them {i}")
        self.korone.wait_until_quiet()
        time.sleep(1.5)
        self.assertEqual(sessions() - sessions_before, 0, "connections but the test's own")
        self.assertEqual(self.worker_connections(), [])
        self.assertEqual(self.redis_calls(), calls)

        # A setting costs a round trip for the first chat: then the pool knows who chose anything.
        alice.says("/start", chat=groups[0])
        self.korone.bot.says_something(ENGLISH, chat=groups[0])
        before = self.worker_connections()
        self.assertEqual(len(before), 1)
        for group in groups + groups:
            alice.says("/start", chat=group)
            self.korone.bot.says_something(ENGLISH, chat=group)
        after = self.worker_connections()
        self.assertTrue(set(after) <= set(before), (before, after))


class RulesCostTest(CostTest):
    """With all modules, many of which look at every message: once a pool knows who chose anything, it
    asks no more."""

    def chatter(self, person, groups, words):
        for i in range(200):
            person.says(f"{words} {i}", chat=groups[i % len(groups)])
            person.says(f"more {words} {i}")
        self.korone.wait_until_quiet()

    def test_what_triggers_nothing_costs_no_trip_to_a_store(self):
        alice = self.korone.person("Alice")
        groups = [self.korone.chat(f"Group {i}", members=[alice]) for i in range(20)]
        # The recorder writes people; without it only the pool can be asking.
        self.korone.recorder.stop()
        self.chatter(alice, groups, "the first words")
        before = dict(self.worker_connections())
        self.assertTrue(before)
        calls, start = sum(self.redis_calls().values()), time.monotonic()
        self.chatter(alice, groups, "plain words")
        asked = sum(self.redis_calls().values()) - calls
        # Whether other pools changed anything is asked every two seconds, however much is written.
        self.assertLessEqual(asked, (time.monotonic() - start) / 2 + 2)
        after = dict(self.worker_connections())
        self.assertEqual(after, {pid: before.get(pid) for pid in after}, "queries")


class ChoiceTest(SettingsTest):
    def test_a_language_is_kept_and_known_to_all_pools(self):
        alice = self.korone.person("Alice", language="en")
        group = self.group_of(alice)
        self.korone.add_pool()
        alice.says("/start", chat=group)
        self.korone.bot.says_something(ENGLISH, chat=group)
        alice.says("/language", chat=group)
        self.press(alice, "Português (Brasil)", chat=group)
        wait_for(lambda: self.korone.stores.query(
            "SELECT value #>> '{}' FROM settings WHERE scope = 'chat' AND id = %s "
            "AND module = 'language'", group) == [("pt_BR",)], 10, "the choice is stored")
        time.sleep(LEARNED_S)
        for process in self.korone.processes[3:]:
            # One pool after the other is the only one.
            process.stop()
            alice.says("/start", chat=group)
            self.korone.bot.says_something(PORTUGUESE, chat=group)
            process.start().wait_until_ready()

    def test_a_disabled_command_is_off_in_all_pools(self):
        alice = self.korone.person("Alice")
        group = self.group_of(alice)
        other = self.korone.add_pool()
        alice.says("/ping before", chat=group)
        self.korone.bot.says("pong before", chat=group)
        alice.says("/disable ping", chat=group)
        self.korone.bot.says_something("/ping is off", chat=group)
        time.sleep(LEARNED_S)
        for process in (self.korone.pool, other):
            process.stop()
            alice.says("/ping after", chat=group)
            alice.says("/start", chat=group)
            told = self.korone.bot.does(lambda call: call["method"] == "sendMessage", "speak")
            self.assertIn(ENGLISH, told["text"])
            process.start().wait_until_ready()
        # And in a private chat it is on.
        alice.says("/ping alone")
        self.korone.bot.says("pong alone", chat=alice.id)

    def test_without_postgres_the_bot_answers_in_the_clients_language(self):
        bento = self.korone.person("Bento", language="pt-br")
        self.korone.stores.stop_postgres("immediate")
        bento.says("/ping 1")
        self.korone.bot.says("pong 1", chat=bento.id)
        bento.says("/help")
        self.korone.bot.says_something("O que posso fazer", chat=bento.id)
        # What needs it says so, once an hour.
        bento.says("/export")
        self.korone.bot.says_something("Algo deu errado", chat=bento.id)
        bento.says("/export")
        bento.says("/ping 2")
        told = self.korone.bot.does(lambda call: call["method"] == "sendMessage", "speak")
        self.assertEqual(told["text"], "pong 2")
        self.korone.stores.start_postgres()

    def test_without_postgres_what_only_looks_is_passed_over(self):
        """Rules of a group whose settings no child knows: nobody is told that something failed."""
        alice = self.korone.person("Alice")
        group = self.group_of(alice)
        self.korone.stores.stop_postgres("immediate")
        try:
            alice.says("hello", chat=group)
            alice.says("#note", chat=group)
            alice.says("/ping", chat=group)
            self.assertEqual(self.korone.bot.says_something("pong", chat=group)["text"], "pong")
            self.assertEqual([call["text"] for call in self.korone.bot.history()
                              if call.get("chat_id") == group], ["pong"])
            alice.says("/rules", chat=group)
            self.korone.bot.says_something("Something went wrong", chat=group)
        finally:
            self.korone.stores.start_postgres()


class OptionsTest(SettingsTest):
    def options(self, group):
        return self.korone.stores.query(
            "SELECT module, key, value #>> '{}' FROM settings WHERE scope = 'chat' AND id = %s "
            "AND module <> 'settings' ORDER BY 1, 2", group)

    def test_all_of_a_group_are_copied_and_followed_at_once(self):
        alice = self.korone.person("Alice")
        here, there = self.group_of(alice), self.group_of(alice, "Others")
        for command, answer in (("/set warnings.limit 7", "7"), ("/set warnings.expiry 60d", "60d"),
                                ("/set pins.channel off", "off")):
            alice.says(command, chat=here)
            self.korone.bot.says_something(answer, chat=here)
        chosen = [("pins", "channel", "off"), ("warnings", "expiry", "60d"),
                  ("warnings", "limit", "7")]
        self.assertEqual(self.options(here), chosen)
        alice.says(f"/copysettings {there}", chat=here)
        self.korone.bot.says_something("1 group has these settings now", chat=here)
        self.assertEqual(self.options(there), chosen)
        alice.says(f"/followsettings {here}", chat=there)
        self.korone.bot.says_something("from now on", chat=there)
        alice.says("/set warnings.limit 9", chat=here)
        self.korone.bot.says_something("9", chat=here)
        chosen[2] = ("warnings", "limit", "9")
        self.assertEqual(self.options(here), chosen)
        self.assertEqual(self.options(there), chosen)
        # What the other group sets itself is refused while it follows.
        alice.says("/set warnings.limit 2", chat=there)
        self.korone.bot.says_something("/followsettings off", chat=there)
        self.assertEqual(self.options(there), chosen)


class AdminTest(SettingsTest):
    def test_who_lost_their_rights_has_none_at_once(self):
        alice = self.korone.person("Alice")
        group = self.group_of(alice)
        self.korone.simulator.control("member", {"chat": group, "bot": True,
                                                 "status": "administrator"})
        alice.says("/disable ping", chat=group)
        self.korone.bot.says_something("/ping is off", chat=group)
        self.korone.simulator.control("member", {"chat": group, "person": alice.id,
                                                 "status": "member"})
        alice.says("/enable ping", chat=group)
        self.korone.bot.says_something("Only administrators", chat=group)
        self.korone.simulator.control("member", {"chat": group, "person": alice.id,
                                                 "status": "administrator"})
        alice.says("/enable ping", chat=group)
        self.korone.bot.says_something("/ping is on again", chat=group)


    def test_telegram_is_asked_once_for_all_children(self):
        alice = self.korone.person("Alice")
        group = self.group_of(alice)
        asked = Bot(self.korone.simulator)
        for command, answer in (("disable", "is off"), ("enable", "is on again")) * 4:
            # Another child each time.
            for pid in self.korone.pool.children()[:1]:
                self.korone.pool.kill_child(pid)
            alice.says(f"/{command} ping", chat=group)
            self.korone.bot.says_something(f"/ping {answer}", chat=group)
        calls = [call for call in asked.history() if call["method"] == "getChatMember"]
        self.assertEqual(len(calls), 1)
        self.assertEqual(self.korone.pool.metric("korone_worker_api_calls_total",
                                                 method="getChatMember", status="ok"), 1)
        self.assertEqual(self.korone.pool.metric("korone_worker_api_calls_total", method="other",
                                                 status="ok"), 0)


class RightsTest(SettingsTest):
    def exported(self, person):
        """Has /export send a file; returns its contents."""
        person.says("/export")
        sent = self.korone.bot.does(lambda call: call["method"] == "sendDocument"
                                    and call["chat_id"] == person.id, "send a file")
        self.assertEqual(attached(sent, "document")["file_name"], "about-you.json")
        return self.korone.stores.query("SELECT export_user(%s)", person.id)[0][0]

    def row(self, person):
        return self.korone.recorder.row("users", person.id)

    def marker_is_recorded(self):
        """Whatever was seen before has been written, or never will be."""
        self.korone.recorder.has(self.says_something_new())

    def says_something_new(self):
        person = self.korone.person("Marker")
        person.says("hello")
        return person

    def test_see_get_erase_and_take_back(self):
        alice = self.korone.person("Alice", username="alice_w", language="en")
        alice.says("hello")
        self.korone.recorder.has(alice)
        registered = self.exported(alice)["user"]["registered_at"]
        self.assertTrue(registered)

        alice.says("/privacy")
        told = self.korone.bot.says_something("stored about you now", chat=alice.id)
        self.assertIn("alice_w", told["text"])
        self.assertIn(str(alice.id), told["text"])

        alice.says("/language")
        self.press(alice, "English")
        wait_for(lambda: len(self.exported(alice)["settings"]) == 1, 10, "a setting")

        # After being asked to confirm.
        alice.says("/forgetme")
        question = self.press(alice, "No")
        self.korone.bot.does(lambda call: call["method"] == "editMessageText"
                             and call["message_id"] == question["message_id"], "let it be")
        self.assertIsNotNone(self.row(alice))
        alice.says("/forgetme")
        self.press(alice, "Yes, erase it")
        wait_for(lambda: self.row(alice) is None, 10, "the row is gone")
        self.assertEqual(self.exported(alice), {"user": None, "settings": []})

        # Whatever they do, nothing brings it back.
        for i in range(5):
            alice.says(f"I am here {i}")
        self.marker_is_recorded()
        self.marker_is_recorded()
        self.assertIsNone(self.row(alice))
        alice.says("/privacy")
        self.korone.bot.says_something("You objected", chat=alice.id)
        redis = self.korone.stores.redis()
        wait_for(lambda: not any(b"alice_w" in str(redis.hgetall(key)).encode()
                                 for key in redis.scan_iter() if redis.type(key) == b"hash"),
                 70, "Redis has forgotten, too")

        alice.says("/rememberme")
        self.korone.bot.says_something("record you again", chat=alice.id)

        def is_back():
            alice.says("I am back")
            return self.row(alice)
        # Ingress sends the same fields once a minute.
        wait_for(lambda: (time.sleep(1), is_back())[1], 90, "Alice is recorded again")
        self.assertGreater(self.exported(alice)["user"]["registered_at"], registered)

    def start_pool_with_its_own_role(self):
        """The pool as deployed: it may read what is recorded, and call the functions."""
        self.korone.stores.query("CREATE ROLE pool LOGIN IN ROLE korone_worker")
        self.korone.pool.stop()
        self.korone.pool.environment["DATABASE_URL"] = (
            self.korone.stores.database_url.replace("user=app", "user=pool"))
        self.korone.pool.start().wait_until_ready()

    def group_row(self, group):
        return self.korone.recorder.row("groups", group)

    def settings_of(self, group):
        return self.korone.stores.query("SELECT key FROM settings WHERE id = %s", group)

    def test_administrators_see_get_erase_and_take_back_for_their_group(self):
        self.start_pool_with_its_own_role()
        alice, bob = self.korone.person("Alice"), self.korone.person("Bob")
        group = self.korone.chat("Friends", members=[alice, bob])
        self.korone.simulator.control("member", {"chat": group, "person": alice.id,
                                                 "status": "administrator"})
        alice.says("/start")
        alice.says("/disable ping", chat=group)
        self.korone.recorder.has_group(group)
        self.korone.bot.says_something("/ping is off", chat=group)

        # For the group, not for everybody.
        bob.says("/export", chat=group)
        bob.says("/forgetme", chat=group)
        for _ in range(2):
            self.korone.bot.says_something("for administrators", chat=group)
        alice.says("/privacy", chat=group)
        told = self.korone.bot.says_something("stored about this group now", chat=group)
        self.assertIn(f"{group}", told["text"])
        self.assertIn("1 setting", told["text"])
        alice.says("/export", chat=group)
        sent = self.korone.bot.does(lambda call: call["method"] == "sendDocument"
                                    and call["error_code"] == 0, "send a file")
        self.assertEqual(sent["chat_id"], alice.id)
        self.assertEqual(attached(sent, "document")["file_name"], "about-the-group.json")

        # Another member's press has no effect.
        alice.says("/forgetme", chat=group)
        question = self.press(alice, "No", chat=group)
        self.korone.bot.does(lambda call: call["method"] == "editMessageText"
                             and call["message_id"] == question["message_id"], "let it be")
        alice.says("/forgetme", chat=group)
        self.press(bob, "Yes, erase it", chat=group)
        self.korone.bot.does(lambda call: call["method"] == "answerCallbackQuery"
                             and "administrators" in str(call["parameters"]), "refuse Bob")
        self.assertIsNotNone(self.group_row(group))
        alice.says("/forgetme", chat=group)
        self.press(alice, "Yes, erase it", chat=group)
        wait_for(lambda: self.group_row(group) is None, 10, "the row is gone")
        self.assertEqual(self.settings_of(group), [])
        self.assertIsNotNone(self.row(alice))

        # Whatever happens in it, nothing brings it back; and the bot works as in a new group.
        alice.says("/ping 1", chat=group)
        self.korone.bot.says("pong 1", chat=group)
        self.korone.simulator.control("chat", {"id": group, "title": "Old friends"})
        bob.says("hello", chat=group)
        self.marker_is_recorded()
        self.assertIsNone(self.group_row(group))

        alice.says("/rememberme", chat=group)
        self.korone.bot.says_something("record this group again", chat=group)
        wait_for(lambda: not self.korone.stores.query("SELECT 1 FROM redis_removals"), 10,
                 "Redis knows of it")
        # New fields are news at once.
        self.korone.simulator.control("chat", {"id": group, "title": "Good friends"})
        bob.says("hello again", chat=group)
        self.assertEqual(self.korone.recorder.has_group(group)[1], "Good friends")


if __name__ == "__main__":
    unittest.main()
