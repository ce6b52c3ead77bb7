#!/usr/bin/python3
"""koronectl: status and health against fake processes, migrate and user against Postgres."""

import copy
import fcntl
import http.server
import json
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import unittest

import links
from stores import Stores

BIN = os.environ.get("BIN_DIR",
                     os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/bin"))

INGRESS = {
    "process": "ingress", "pid": 1201, "version": "0.1.0", "up_ms": 3723000, "state": "polling",
    "ready": True, "poll_age_ms": 1200, "backlog": 3, "backlog_oldest_ms": 400,
    "ready_updates": 0, "in_flight": 3, "spool_bytes": 1234567, "spool_max_bytes": 1 << 30,
    "sightings_pending": 2,
    "updates": {"received": 120345, "acked": 120342, "redelivered": 0, "incidents": 1},
    "pools": [{
        "pool": "a", "host": "h", "pid": 1210, "version": "0.1.0", "state": "ready",
        "since_ms": 61000, "in_hand": 3, "unsent": 0, "handled": 120342, "crashed": 2,
        "sender_pid": 1212,
        "children": [
            {"pid": 1220, "state": "idle", "since_ms": 5000, "in_hand": 0, "handled": 500},
            {"pid": 1221, "state": "busy", "since_ms": 10, "in_hand": 3, "handled": 119842}]}],
    "recorders": [{
        "host": "h", "pid": 1230, "version": "0.1.0", "state": "active", "since_ms": 60000,
        "postgres": "ready", "redis": "ready", "sightings": 20000, "written": 523}],
}
CRASHD = {"process": "crashd", "pid": 1240, "version": "0.1.0", "up_ms": 180000000, "ready": True,
          "logfire": "ready", "received": 3, "delivered": 3, "expired": 0, "pending": 0}


class Played:
    """Answers /status, /healthz, /readyz and /metrics like a process."""

    def __init__(self, status):
        self.status, self.ready, self.metrics, self.asked = copy.deepcopy(status), True, "", 0
        played = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                played.asked += self.path == "/status"
                self.send_response(503 if self.path == "/readyz" and not played.ready else 200)
                self.end_headers()
                self.wfile.write((played.metrics if self.path == "/metrics" else json.dumps(played.status)).encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def koronectl(*arguments, **settings):
    done = subprocess.run([BIN + "/koronectl", *arguments], env=settings, capture_output=True,
                          text=True, timeout=20)
    return done.returncode, done.stdout, done.stderr


class Status(unittest.TestCase):
    def setUp(self):
        self.ingress, self.crashd = Played(INGRESS), Played(CRASHD)
        self.addCleanup(self.ingress.close)
        self.addCleanup(self.crashd.close)

    def ask(self, *arguments, **settings):
        return koronectl("status", *arguments, **{
            "KORONE_INGRESS_URL": "http://" + self.ingress.address,
            "KORONE_CRASHD_URL": "http://" + self.crashd.address, **settings})

    def test_all_is_shown_in_80_columns_without_colour(self):
        code, out, _ = self.ask()
        self.assertEqual(code, 0, out)
        for word in ("1201", "1210", "1212", "1220", "1221", "1230", "1240", "1h02m", "2d02h",
                     "polling", "backlog 3", "crashed 2", "handled 119842", "Postgres ready",
                     "Redis ready", "Logfire ready", "1.2 MiB of 1.0 GiB", "active", "busy"):
            self.assertIn(word, out)
        self.assertNotIn("\033", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    def test_a_long_state_is_broken_between_words(self):
        self.ingress.status["state"] = "paused: " + "full, says the disk, " * 5 + "x " * 60
        out = self.ask()[1]
        self.assertLessEqual(max(map(len, out.splitlines())), 80)
        self.assertIn("backlog 3", out)

    def test_a_webhook_is_shown_when_there_is_one(self):
        self.assertNotIn("webhook", self.ask()[1])
        self.ingress.status["webhook"] = {
            "ready": False, "state": "Telegram does not get its updates through: 12 wait, last error: "
            "Connection refused", "pending": 12, "failing_ms": 65000, "taken": 5, "refused": 3,
            "connections": 1}
        shown = self.ask()[1]
        self.assertRegex(shown, r"(?m)^  webhook +failing +1m05s Telegram does$")
        self.assertRegex(" ".join(shown.split()), "12 wait, last error: Connection refused, taken 5, "
                                                  "refused 3, connections 1")

    def test_json(self):
        code, out, _ = self.ask("--json")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(out), {"ready": True, "ingress": INGRESS, "crashd": CRASHD})

    def test_exit_code_says_what_is_not_ready(self):
        changes = [
            lambda: self.ingress.status.update(ready=False),
            lambda: self.ingress.status.update(pools=[]),
            lambda: self.ingress.status["pools"][0].update(state="lost"),
            lambda: self.ingress.status["recorders"][0].update(state="standby"),
            lambda: self.ingress.status["recorders"][0].update(redis="connection refused"),
            lambda: self.crashd.status.update(ready=False),
        ]
        for change in changes:
            self.ingress.status, self.crashd.status = copy.deepcopy(INGRESS), dict(CRASHD)
            change()
            self.assertEqual(self.ask()[0], 1)
        code, out, _ = self.ask(KORONE_CRASHD_URL="http://127.0.0.1:1")
        self.assertEqual(code, 2)
        self.assertRegex(out, r"crashd +no answ.* http://127.0.0.1:1")
        self.assertEqual(json.loads(self.ask("--json", KORONE_INGRESS_URL="http://127.0.0.1:1")[1])
                         ["ingress"], None)

    def test_watch_shows_what_the_terminal_has_room_for(self):
        """All processes are shown above the many children; the previous view is overwritten."""
        self.ingress.status["pools"][0]["children"] *= 30
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = subprocess.Popen(
            [BIN + "/koronectl", "status", "--watch"], stdout=slave,
            env={"KORONE_INGRESS_URL": "http://" + self.ingress.address,
                 "KORONE_CRASHD_URL": "http://" + self.crashd.address, "NO_COLOR": "1"})
        os.close(slave)
        shown = ""
        while shown.count("\033[J") < 2:
            shown += os.read(master, 65536).decode()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 0)
        first = shown.split("\033[J")[0].replace("\033[K", "")
        self.assertTrue(first.startswith("\033[H"))
        lines = first.splitlines()
        self.assertEqual(len(lines), 23)
        for word in ("ingress", "crashd", "recorder", "pool"):
            self.assertIn(f"\n{word} ", first)
        self.assertRegex(lines[-1], "^… and [0-9]+ more lines")

    def test_hostile_names_do_not_reach_the_terminal(self):
        for name in ("\033[2Jx", "\x9b2Jx", "\u202ex", "x\u2066"):
            self.ingress.status["pools"][0]["pool"] = name
            self.ingress.status["pools"][0]["state"] = name
            for shown in (self.ask()[1], self.ask("--json")[1]):
                self.assertFalse(set(name) - set("[2Jx") & set(shown), shown)
            self.assertEqual(json.loads(self.ask("--json")[1])["ingress"], self.ingress.status)

    def test_health(self):
        listen = {"KORONE_HEALTH_LISTEN": self.ingress.address.replace("127.0.0.1", "0.0.0.0")}
        self.ingress.ready = False
        self.assertEqual(koronectl("health", "ingress", **listen)[0], 0)
        code, _, err = koronectl("health", "ingress", "--ready", **listen)
        self.assertEqual(code, 1)
        self.assertIn("503", err)
        self.ingress.ready = True
        self.assertEqual(koronectl("health", "ingress", "--ready", **listen)[0], 0)
        self.assertEqual(koronectl("health", "worker", KORONE_HEALTH_LISTEN="127.0.0.1:1")[0], 1)

    def test_usage(self):
        for arguments in ([], ["nosuch"], ["health"], ["health", "nosuch"], ["status", "x"],
                          ["user", "show"], ["user", "show", "x"], ["user", "drop", "1"],
                          ["user", "show", "-5"], ["group", "show", "5"],
                          ["migrate", "x"], ["jobs", "stop", "1"], ["jobs", "pause"]):
            code, _, err = koronectl(*arguments)
            self.assertEqual(code, 64, arguments)
            self.assertIn("--help", err)
        listed = re.findall(r"^  ([a-z-]+) ", koronectl("--help")[1], re.M)
        self.assertEqual(len(listed), 14)
        for command in listed:
            code, out, _ = koronectl(command, "--help")
            self.assertEqual(code, 0)
            self.assertTrue(out.startswith(f"Usage: koronectl {command}"))
            self.assertLessEqual(max(map(len, out.splitlines())), 80)
        self.assertEqual(koronectl("migrate", DATABASE_URL="hunter2")[0], 78)
        self.assertEqual(koronectl("user", "show", "7", KORONE_RUN_DIR="/nonexistent")[0], 69)
        self.assertEqual(koronectl("jobs", KORONE_RUN_DIR="/nonexistent")[0], 69)


# What moves a terminal's cursor, gives it commands, or turns the direction of text around.
HOSTILE = "".join(map(chr, [*range(1, 32), *range(0x7f, 0xa0), 0x61c, 0x200e, 0x200f,
                            *range(0x2028, 0x202f), *range(0x2066, 0x206a)]))


class Hostile(unittest.TestCase):
    """Names, titles and texts that people wrote, in what an operator reads."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="korone-")
        self.addCleanup(shutil.rmtree, self.dir)
        links.make_key(self.dir)

    def play(self, process, answer, directory=""):
        """A process that answers each command with this."""
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(f"{self.dir}/{directory}{process}.control")
        server.listen()

        def serve():
            while True:
                try:
                    client = server.accept()[0]
                except OSError:
                    return
                with client:
                    client.recv(4096)
                    client.sendall(answer.encode())

        threading.Thread(target=serve, daemon=True).start()

    def ask(self, *arguments):
        code, out, err = koronectl(*arguments, KORONE_RUN_DIR=self.dir)
        self.assertFalse(set(HOSTILE) - set("\n\t") & set(out + err), (arguments, out, err))
        return code, out, err

    def test_incidents(self):
        incident = {name: f"{name}{HOSTILE}\nforged" for name in (
            "fingerprint", "title", "type", "function", "file", "module", "process", "version",
            "first", "last")} | {"line": 1, "count": 1, "references": ["r" + HOSTILE]}
        report = {name: f"{name}{HOSTILE}\nforged" for name in (
            "occurred", "reference", "pool", "host", "version", "handler")} | {
            "traceback": f"first{HOSTILE}\nsecond", "pid": 1, "attempt": 1,
            "update": {"message": {"from": {"first_name": "Ada" + HOSTILE}}}}
        answer = {"incident": incident, "report": report, "incidents": [incident]}
        self.play("crashd", "ok\n" + json.dumps(answer, ensure_ascii=False))
        for command in (["incidents"], ["incident", "x"]):
            shown = self.ask(*command)[1]
            self.assertNotIn("\nforged", shown)
            self.assertIn("\\u202e", shown)
            self.assertEqual(json.loads(self.ask(*command, "--json")[1]), answer)
        self.assertIn("\nsecond", self.ask("incident", "x")[1])

    def test_a_process_with_a_run_directory_of_its_own(self):
        self.play("ingress", "left by the version before\n")
        os.mkdir(self.dir + "/ingress", 0o700)
        links.make_key(self.dir + "/ingress")
        self.play("ingress", "ok\n[]", directory="ingress/")
        self.assertEqual(self.ask("set-aside", "list")[0], 0)

    def test_refusals(self):
        self.play("crashd", "no such incident " + HOSTILE.replace("\n", "") + "\n")
        self.assertEqual(self.ask("incident", "x")[0], 69)

    def test_set_aside(self):
        self.play("ingress", "ok\n" + json.dumps(
            [{"number": 1, "received": 0, "update_id": 1, "bytes": 1, "reason": HOSTILE}],
            ensure_ascii=False))
        self.assertIn("\\u009b", self.ask("set-aside", "list")[1])

    def test_a_person(self):
        row = {"name" + HOSTILE: 1, "update": "Ada" + HOSTILE + "forged", "username": "ada"}
        self.play("recorder", "ok\n" + json.dumps({"user": row}, ensure_ascii=False))
        shown = self.ask("user", "show", "7")[1]
        self.assertIn("\n  username        ada\n", shown)
        self.assertEqual(shown.count("\\u009b"), 2)
        self.assertNotIn("\nforged", shown)


class Database(unittest.TestCase):
    def setUp(self):
        self.stores = Stores()
        self.addCleanup(self.stores.close)

    def ask(self, *arguments, key="a privacy key for tests"):
        return koronectl(*arguments, DATABASE_URL=self.stores.database_url, KORONE_PRIVACY_KEY=key)

    def test_migrate_then_user(self):
        code, out, _ = self.ask("migrate", "--dry-run")
        self.assertEqual(code, 0)
        self.assertIn("0001_tables", out)
        self.assertIn("would be applied", out)
        self.assertEqual(self.stores.query("SELECT to_regclass('users')"), [(None,)])
        self.assertEqual(self.ask("migrate")[0], 0)
        before = self.stores.query("SELECT * FROM schema_migrations ORDER BY version")
        self.assertTrue(all(re.fullmatch("[0-9a-f]{64}", row[1]) for row in before))
        code, out, _ = self.ask("migrate")
        self.assertEqual((code, "applying" in out), (0, False))
        self.assertEqual(self.stores.query("SELECT * FROM schema_migrations ORDER BY version"),
                         before)
        self.user_commands()

    def user_commands(self):
        self.stores.query("INSERT INTO users VALUES (7, 'ada', 'Ada', NULL, 'en', now())")
        self.stores.query("INSERT INTO settings VALUES ('user', 7, 'lang', 'locale', '\"de\"')")
        code, out, _ = self.ask("user", "show", "7")
        self.assertEqual(code, 0)
        for word in ("Ada", "lang.locale", "de", "Has not objected"):
            self.assertIn(word, out)
        exported = json.loads(self.ask("user", "export", "7")[1])
        self.assertEqual(exported["user"]["username"], "ada")
        self.assertEqual(exported["settings"][0]["value"], "de")
        code, _, err = self.ask("user", "forget", "7", key="quite another key, hunter2")
        self.assertEqual(code, 78)
        self.assertIn("KORONE_PRIVACY_KEY", err)
        self.assertTrue(self.ask("user", "forget", "7")[1].startswith("Erased"))
        self.assertEqual(self.stores.query("SELECT * FROM users"), [])
        self.assertEqual(self.stores.query("SELECT * FROM settings"), [])
        self.assertIn("Objected", self.ask("user", "show", "7")[1])
        self.assertIsNone(json.loads(self.ask("user", "export", "7")[1])["user"])
        self.stores.stop_postgres()
        code, _, err = self.ask("user", "show", "7")
        self.assertEqual(code, 69)
        self.assertIn("DATABASE_URL", err)

    def test_hostile_rows_do_not_reach_the_terminal(self):
        self.assertEqual(self.ask("migrate")[0], 0)
        name, title = "Ada" + HOSTILE + "forged", "Group" + HOSTILE
        self.stores.query("INSERT INTO users VALUES (7, %s, %s, %s, 'en', now())",
                          "ada" + HOSTILE, name, name)
        self.stores.query("INSERT INTO groups VALUES (-7, NULL, %s, 'group', now())", title)
        self.stores.query("INSERT INTO settings VALUES ('chat', -7, %s, %s, %s), "
                          "('chat', -7, 'm', 'k', %s)",
                          "m" + HOSTILE, "k" + HOSTILE, json.dumps(title, ensure_ascii=False),
                          json.dumps({"text": title}, ensure_ascii=False))
        for command in ("user", "group"):
            number = {"user": "7", "group": "-7"}[command]
            for action in ("show", "export"):
                code, out, err = self.ask(command, action, number)
                self.assertEqual(code, 0, err)
                self.assertFalse(set(HOSTILE) - {"\n"} & set(out), out)
                self.assertNotIn("\nforged", out)
                self.assertIn("\\u202e", out)
        self.assertEqual(json.loads(self.ask("user", "export", "7")[1])["user"]["first_name"], name)

    def test_roles(self):
        self.ask("migrate")
        self.stores.query("SELECT grant_worker_role()")
        self.stores.query("SELECT grant_worker_role()")
        rights = self.stores.query(
            "SELECT relname, has_table_privilege('korone_worker', oid, 'SELECT'), "
            "has_table_privilege('korone_worker', oid, 'INSERT') FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")
        self.assertEqual(rights, [
            ("entries", True, True), ("fact_kinds", True, True), ("facts", True, True),
            ("groups", True, False), ("jobs", True, True), ("marks", True, True), ("objections", True, False),
            ("recorder_state", False, False), ("redis_removals", False, False),
            ("schema_migrations", False, False), ("settings", True, True),
            ("users", True, False)])
        # A recorder role that may not create roles, and one that may do nothing.
        self.stores.query("CREATE ROLE nobody_at_all")
        self.assertEqual(self.stores.query(
            "SELECT has_function_privilege('nobody_at_all', 'forget_user(bigint, bytea)', "
            "'EXECUTE'), has_function_privilege('korone_worker', 'forget_user(bigint, bytea)', "
            "'EXECUTE')"), [(False, True)])


if __name__ == "__main__":
    unittest.main()
