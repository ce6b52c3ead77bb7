"""The main job, observed from outside: answers, rows, reports."""

import json
import os
import re
import unittest

from korone import SystemTest, wait_for

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


class ConversationTest(SystemTest):
    def test_ping_is_answered_and_its_sender_recorded(self):
        alice = self.korone.person("Alice", last_name="Größ", username="alice", language="de")
        bob = self.korone.person("Bob")
        group = self.korone.chat("Schach & Tee ♟", members=[alice, bob])
        alice.says("/ping 1")
        self.korone.bot.says("pong 1", chat=alice.id)
        alice.says("/ping hello ♟", chat=group)
        self.korone.bot.says("pong hello ♟", chat=group)
        self.assertEqual(self.korone.recorder.has(alice), ("alice", "Alice", "Größ", "de"))
        self.assertEqual(self.korone.recorder.has_group(group),
                         (None, "Schach & Tee ♟", "supergroup"))
        self.assertIsNone(self.korone.recorder.row("users", bob.id), "Bob did nothing")

    def test_a_crash_is_reported_and_the_pool_goes_on(self):
        operator = self.korone.operator()
        said = operator.says("/op_crash segv")
        answer = self.korone.bot.does(
            lambda call: call["method"] == "sendMessage" and call["chat_id"] == operator.id
            and re.search(r"\b[0-9a-f]{32}\b", call["text"] or ""), "tell a reference id")
        trace_id = re.search(r"\b[0-9a-f]{32}\b", answer["text"])[0]
        span = self.korone.reports.wait_for_span(lambda span: span.trace_id == trace_id)
        self.assertEqual((span.kind, span.status), (5, 2), "consumer, error")
        self.check_place(span.stacktrace)
        update = json.loads(span.attributes["telegram.update"])
        self.assertEqual(update["update_id"], said.update_id)
        operator.says("/ping 7")
        self.korone.bot.says("pong 7", chat=operator.id)

    def check_place(self, stacktrace):
        """The innermost frame names the function and a line of that function's body."""
        found = re.search(r"^#0 +(\w+) \((workers/modules/op_crash\.c):(\d+)\)", stacktrace, re.M)
        self.assertIsNotNone(found, stacktrace)
        self.assertEqual(found[1], "write_to_null")
        with open(os.path.join(ROOT, found[2])) as file:
            lines = file.read().splitlines()
        start = next(i for i, line in enumerate(lines, 1) if "write_to_null(void)" in line)
        end = next(i for i, line in enumerate(lines[start:], start + 1) if line == "}")
        self.assertTrue(start < int(found[3]) < end, (start, found[3], end))


class FailureTest(SystemTest):
    def crowd(self, count):
        self.korone.simulator.control("crowd", {"rate": 3000, "count": count, "pings": 50})
        wait_for(lambda: self.korone.simulator.statistics()["pings"]["answered"] > count // 10, 30,
                 "some are answered")

    def nothing_is_missing(self):
        self.korone.wait_until_quiet()
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual((pings["missing"], pings["unexpected"]), (0, 0), pings)
        return pings

    def test_a_killed_child_is_replaced(self):
        alice = self.korone.person("Alice")
        before = wait_for(self.korone.pool.children, 10, "there are children")
        self.korone.pool.kill_child(before[0])
        wait_for(lambda: len(set(self.korone.pool.children()) - {before[0]}) >= len(before), 10,
                 "a new child is there")
        alice.says("/ping 1")
        self.korone.bot.says("pong 1")

    def test_a_killed_ingress_loses_nothing(self):
        self.crowd(6000)
        self.korone.ingress.kill()
        self.korone.ingress.start()
        self.nothing_is_missing()

    def test_a_killed_pool_loses_nothing(self):
        self.crowd(6000)
        self.korone.pool.kill()
        self.korone.pool.start()
        self.nothing_is_missing()

    def test_a_killed_recorder_loses_nobody(self):
        self.korone.recorder.kill()
        alice = self.korone.person("Alice")
        alice.says("/ping 1")
        self.korone.bot.says("pong 1")
        self.korone.recorder.start()
        self.korone.recorder.has(alice)

    def test_sigterm_ends_all_with_0_and_loses_nothing(self):
        self.crowd(6000)
        for process in reversed(self.korone.processes):
            self.assertEqual(process.stop(), 0, process.name)
        for process in self.korone.processes:
            process.start()
        self.assertEqual(self.nothing_is_missing()["duplicates"], 0)


class CrowdTest(SystemTest):
    def test_ten_thousand_updates(self):
        self.korone.simulator.control("crowd", {"rate": 0, "count": 10000, "chats": 40,
                                                "people": 500})
        self.korone.wait_until_quiet(timeout=120)
        pings = self.korone.simulator.statistics()["pings"]
        self.assertGreater(pings["asked"], 1000)
        self.assertEqual({key: pings[key] for key in ("missing", "duplicates", "disordered",
                                                      "unexpected")},
                         dict(missing=0, duplicates=0, disordered=0, unexpected=0))
        self.compare_rows()

    def compare_rows(self):
        people, chats = self.korone.simulator.actors()
        users = sorted((p["id"], p["username"], p["first_name"], p["last_name"], p["language"])
                       for p in people)
        groups = sorted((c["id"], c["username"], c["title"], c["type"]) for c in chats)
        self.compare("users", "id, username, first_name, last_name, language_code", users)
        self.compare("groups", "id, username, title, type", groups)

    def compare(self, table, columns, expected):
        def rows():
            return sorted(self.korone.stores.query(f"SELECT {columns} FROM {table}"))
        try:
            wait_for(lambda: rows() == expected, 20, f"{table} as expected")
        except AssertionError:
            have, want = set(rows()), set(expected)
            self.fail(f"{table}: missing {sorted(want - have)[:5]}, "
                      f"too much {sorted(have - want)[:5]}")


if __name__ == "__main__":
    unittest.main()
