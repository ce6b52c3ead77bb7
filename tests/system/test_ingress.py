#!/usr/bin/python3
"""Ingress from outside: everything Telegram may do to it, full disks, webhooks, and operator
commands."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

import zmq

import links
from crashd import Clock
from korone import BIN, Korone, Process, SystemTest, descendants, free_port, wait_for


@contextlib.contextmanager
def put_forward(clock):
    """Advances the clock quickly, in steps small enough that no call in progress times out."""
    done = threading.Event()

    def run():
        while not done.wait(0.05):
            clock.put_forward(2)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class IngressTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.alice, self.said = self.korone.person("Alice"), 0

    def ping(self, timeout=20):
        """Alice says /ping and is answered."""
        self.said += 1
        self.alice.says(f"/ping {self.said}")
        self.korone.bot.says(f"pong {self.said}", chat=self.alice.id, timeout=timeout)

    def errors(self, reason):
        return self.korone.ingress.metric("korone_ingress_poll_errors_total", reason=reason)

    def fault(self, mode, times, **more):
        self.korone.simulator.control("faults", {"method": "getUpdates", "mode": mode,
                                                 "times": times, **more})

    def koronectl(self, *arguments):
        """(exit code, output)"""
        done = subprocess.run([BIN + "/koronectl", *arguments], capture_output=True, text=True,
                              env=self.korone.environment, timeout=30)
        return done.returncode, done.stdout + done.stderr

    def nothing_is_missing(self, duplicates=0):
        self.korone.wait_until_quiet()
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual({key: pings[key] for key in ("missing", "disordered", "duplicates")},
                         dict(missing=0, disordered=0, duplicates=duplicates))


class PollingTest(IngressTest):
    settings = {"KORONE_POLL_TIMEOUT_S": "1"}

    def test_what_is_no_answer_is_asked_for_again(self):
        pid = self.korone.ingress.pid
        for mode, reason, more in (("half", "incomplete", {}), ("garbage", "incomplete", {}),
                                   ("not_json", "not_json", {}), ("html", "server_error", {}),
                                   ("close", "incomplete", {}), ("reset", "connection", {}),
                                   ("error", "server_error", {})):
            with self.subTest(mode=mode, **more):
                before = self.errors(reason)
                # libcurl itself retries once when a connection that it kept is closed.
                self.fault(mode, 2 if mode in ("close", "reset") else 1, **more)
                wait_for(lambda: self.errors(reason) > before, 10, f"{reason} is counted")
                self.ping()
        self.assertEqual(self.korone.ingress.pid, pid)
        self.assertTrue(self.korone.ingress.is_ready())

    def test_silence_is_kept_as_long_as_telegram_asks(self):
        count = lambda: self.korone.simulator.statistics()["poll"]["polls"]  # noqa: E731
        self.fault("error", 1, status=429, retry_after=3)
        wait_for(lambda: self.korone.simulator.statistics()["faults_applied"], 5, "it is said")
        started, polls = time.monotonic(), count()
        wait_for(lambda: count() > polls, 10, "it polls again")
        self.assertGreater(time.monotonic() - started, 2)
        self.assertEqual(self.errors("too_many_requests"), 1)
        self.ping()

    def test_a_poll_that_stalls_is_given_up(self):
        self.fault("silent", 1)
        wait_for(lambda: self.errors("timeout"), 25, "the silence is noticed")
        self.ping()

    def test_each_conflict_is_told_apart_and_outlived(self):
        simulator = self.korone.simulator
        simulator.call("getUpdates", {"timeout": 1, "offset": 1, "limit": 1})
        wait_for(lambda: self.errors("conflict_poller"), 10, "another poller is seen")
        self.ping()
        status, answer = simulator.call("setWebhook", {"url": "http://127.0.0.1:1/nobody"})
        self.assertEqual(status, 200, answer)
        wait_for(lambda: self.errors("webhook_active"), 20, "the webhook is seen")
        self.ping()
        # It ended a poll in progress, which is the third kind.
        self.assertEqual(self.errors("conflict_webhook"), 1)
        log = self.korone.ingress.log()
        self.assertIn("another program polls with this bot token", log)
        self.assertIn("a webhook is set for this bot: deleting it, nothing is dropped", log)
        self.assertIsNone(self.korone.ingress.process.poll())

    def test_a_token_that_is_taken_back_ends_with_69(self):
        ingress, clock = self.korone.ingress, Clock(self.korone.dir)
        self.assertEqual(ingress.stop(), 0)
        ingress.environment.update(clock.environment)
        ingress.start().wait_until_ready()
        self.korone.simulator.control("faults", {"mode": "error", "status": 404})
        with put_forward(clock):
            self.assertEqual(ingress.process.wait(10), 69)
        self.assertIn("Telegram does not know this bot token", ingress.log())
        self.korone.simulator.control("faults", {"clear": True})
        ingress.start().wait_until_ready()
        self.ping()

    def test_a_token_that_telegram_does_not_know_ends_with_69(self):
        for name in ("run2", "state2"):
            os.mkdir(f"{self.korone.dir}/{name}", 0o700)
        clock = Clock(self.korone.dir)
        other = self.korone.process(Process, "ingress2", "korone-ingress",
                                    TELEGRAM_BOT_TOKEN="43:" + 35 * "A",
                                    KORONE_RUN_DIR=self.korone.dir + "/run2",
                                    KORONE_STATE_DIR=self.korone.dir + "/state2",
                                    **clock.environment).start()
        with put_forward(clock):
            self.assertEqual(other.process.wait(10), 69)
        self.assertIn("Telegram does not know this bot token", other.log())
        self.assertNotIn("43:" + 35 * "A", other.log())

    def test_ids_may_restart_lower(self):
        self.ping()
        wait_for(lambda: self.korone.simulator.statistics()["updates"]["pending"] == 0, 10,
                 "the queue is empty")
        self.korone.simulator.control("ids", {"next": 7})
        self.ping()
        self.ping()


class OperatorTest(IngressTest):
    settings = {"KORONE_POLL_TIMEOUT_S": "1"}

    def pieces(self):
        code, out = self.koronectl("set-aside", "list", "--json")
        self.assertEqual(code, 0, out)
        return json.loads(out)

    def put(self, raw):
        self.korone.simulator.control("update", {"raw": raw})

    def test_what_is_malformed_is_set_aside_and_loses_only_itself(self):
        self.put('"message":{"x":1e999}')
        self.ping()
        piece, = wait_for(self.pieces, 10, "it is set aside")
        self.assertEqual(self.koronectl("set-aside", "show", str(piece["number"]))[1].count("1e999"),
                         1)
        code, out = self.koronectl("set-aside", "retry", str(piece["number"]))
        self.assertNotEqual(code, 0, "it is malformed still")
        self.assertEqual(len(self.pieces()), 1)
        self.assertEqual(self.koronectl("set-aside", "drop", str(piece["number"]))[0], 0)
        self.assertEqual(self.pieces(), [])
        # The last one of a batch, which hides where it ends.
        self.put('"message":{"a":[}')
        wait_for(self.pieces, 20, "it is set aside, too")
        self.ping()
        for file in os.listdir(self.korone.dir + "/run"):
            if file.endswith(".control"):
                self.assertEqual(os.stat(f"{self.korone.dir}/run/{file}").st_mode & 0o777, 0o600)

    def test_an_update_that_was_set_aside_is_tried_again(self):
        """As after an upgrade: the quarantined piece becomes well-formed behind ingress' back."""
        self.ping()
        self.put('"message":{"x":1e999}')
        piece, = wait_for(self.pieces, 10, "it is set aside")
        directory = self.korone.dir + "/state/ingress/set-aside"
        name, = os.listdir(directory)
        chat = {"id": self.alice.id, "type": "private", "first_name": "Alice"}
        update = {"update_id": piece["update_id"], "message": {
            "message_id": 1, "date": 1, "chat": chat, "text": "/ping again",
            "from": {"id": self.alice.id, "is_bot": False, "first_name": "Alice"},
            "entities": [{"type": "bot_command", "offset": 0, "length": 5}]}}
        with open(f"{directory}/{name}", "w") as file:
            file.write("reason\n" + json.dumps(update))
        self.assertEqual(self.koronectl("set-aside", "retry", str(piece["number"])), (0, ""))
        self.korone.bot.says("pong again", chat=self.alice.id)
        wait_for(lambda: self.pieces() == [], 5, "it is set aside no more")

    def test_backlog_and_drain(self):
        self.ping()
        code, out = self.koronectl("drain")
        self.assertEqual(code, 0, out)
        self.assertIn("takes no more updates", out)
        self.alice.says("/ping 1000")
        wait_for(lambda: self.korone.ingress.get("/readyz")[0] == 503, 5, "it says so")
        self.assertEqual(self.korone.simulator.statistics()["updates"]["pending"], 1)
        self.assertEqual(self.koronectl("drain", "off")[0], 0)
        self.korone.bot.says("pong 1000")
        # Until ingress knows that it is done, it would be the sixth.
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_backlog_updates") == 0, 10,
                 "it is done")
        self.korone.pool.kill()
        for number in range(5):
            self.alice.says(f"/ping {2000 + number}")
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_backlog_updates") == 5, 10,
                 "five wait")
        backlog = json.loads(self.koronectl("backlog", "--json")[1])
        self.assertEqual((backlog["updates"], backlog["lanes"]), (5, 1))
        self.assertEqual(sum(row["updates"] for row in backlog["ages"]), 5)
        self.assertIn("updates 5, ", self.koronectl("backlog")[1])
        self.korone.pool.start()
        self.korone.bot.says("pong 2004")


class StartTest(unittest.TestCase):
    def test_the_very_first_start_waits_for_a_pool_and_a_stop_for_nobody(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        others = [process for process in korone.processes if process is not korone.pool]
        for process in others:
            process.start()
        for process in others:
            process.wait_until_ready()
        alice = korone.person("Alice")
        alice.says("/ping 1")
        self.assertIn("polling begins with the first pool", korone.ingress.log())
        self.assertEqual(korone.simulator.statistics()["poll"]["polls"], 0)
        korone.pool.start()
        korone.bot.says("pong 1", chat=alice.id)
        # What to ask for is known from now on, and a 50 s long poll is no reason to wait.
        self.assertEqual(korone.pool.stop(), 0)
        for number in (2, 3):
            started = time.monotonic()
            self.assertEqual(korone.ingress.stop(), 0)
            self.assertLess(time.monotonic() - started, 5)
            korone.ingress.start().wait_until_ready()
            alice.says(f"/ping {number}")
            wait_for(lambda: korone.simulator.statistics()["updates"]["pending"] == 0, 10,
                     "it polls without a pool")
        korone.pool.start()
        korone.bot.says("pong 3", chat=alice.id)


class DrainTest(IngressTest):
    def test_what_takes_too_long_is_left_and_not_done_twice(self):
        """An answer from Telegram that comes after ingress has gone: the pool tells its
        successor."""
        self.korone.simulator.control("faults", {"method": "sendMessage", "mode": "slow",
                                                 "delay_ms": 13000, "times": 1})
        self.said = 1
        self.alice.says("/ping 1")
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_inflight_updates") == 1, 5,
                 "it is in flight")
        started = time.monotonic()
        self.assertEqual(self.korone.ingress.stop(), 0)
        self.assertTrue(9 < time.monotonic() - started < 13, time.monotonic() - started)
        self.korone.ingress.start().wait_until_ready()
        self.assertEqual(self.korone.ingress.metric("korone_ingress_backlog_updates"), 1)
        self.ping()
        self.nothing_is_missing()


class StrangerTest(IngressTest):
    def test_who_sends_what_is_not_of_the_protocol_is_cut_off_and_counted(self):
        stranger = zmq.Context.instance().socket(zmq.DEALER)
        self.addCleanup(stranger.close, 0)
        links.connect(stranger, f"{self.korone.dir}/run/updates")
        for _ in range(20):
            stranger.send(b"nonsense")
        bad = lambda: self.korone.ingress.metric("korone_ingress_bad_frames_total")  # noqa: E731
        wait_for(bad, 10, "it is counted")
        wait_for(lambda: "protocol error; disconnecting the peer" in self.korone.ingress.log(), 10,
                 "it is cut off")
        self.ping()
        self.assertLess(bad(), 20)


class MigrationTest(IngressTest):
    settings = {"KORONE_POLL_TIMEOUT_S": "1"}

    def test_the_updates_that_tell_of_a_supergroup(self):
        """The other two triggers: the last message of the old group and the first of the new
        one."""
        korone = self.korone
        for key, other in (("migrate_to_chat_id", 0), ("migrate_from_chat_id", 1)):
            with self.subTest(key=key):
                group = korone.chat("Go", type="group", members=[self.alice])
                self.alice.says("/ping 1", chat=group)
                korone.bot.says("pong 1", chat=group)
                korone.recorder.has_group(group)
                ids = (group, -1001000000000 + group)
                chat = {"id": ids[other], "type": ("group", "supergroup")[other], "title": "Go"}
                korone.simulator.control("update", {"update": {"message": {
                    "message_id": 9, "date": 1, "chat": chat, key: ids[1 - other],
                    "from": {"id": self.alice.id, "is_bot": False, "first_name": "Alice"}}}})
                row = wait_for(lambda: korone.recorder.row("groups", ids[1]), 20, "the row moved")
                self.assertEqual(row[2], "supergroup")
                wait_for(lambda: korone.recorder.row("groups", group) is None, 10, "the old one")

    def test_a_call_that_meets_a_supergroup_is_told_to_ingress(self):
        """The trigger that is not an update: Telegram's answer to a call."""
        korone = self.korone
        group = korone.chat("Chess", type="group", members=[self.alice])
        self.alice.says("/ping 1", chat=group)
        korone.bot.says("pong 1", chat=group)
        korone.recorder.has_group(group)
        # The bot reads the message before the migration and answers after it; the updates that
        # would report the migration do not come.
        korone.pool.kill()
        self.alice.says("/ping 2", chat=group)
        wait_for(lambda: korone.ingress.metric("korone_ingress_backlog_updates") == 1, 10, "it waits")
        self.fault("silent", -1)
        time.sleep(1.5)  # the poll in progress ends
        moved = korone.simulator.control("migrate", {"chat": group, "by": self.alice.id})
        korone.pool.start()
        wait_for(lambda: "a group became a supergroup" in korone.ingress.log(), 20,
                 "ingress knows of the migration")
        row = wait_for(lambda: korone.recorder.row("groups", moved["chat_id"]), 20, "the row moved")
        self.assertEqual(row[2], "supergroup")
        wait_for(lambda: korone.recorder.row("groups", group) is None, 10, "the old row is gone")


class Filled(IngressTest):
    settings = {"KORONE_SPOOL_MAX_BYTES": str(1 << 20), "KORONE_POLL_TIMEOUT_S": "1"}
    what = "spool"

    def fill(self):
        """Updates until ingress accepts no more."""
        self.korone.pool.kill()
        self.korone.simulator.control("crowd", {"rate": 0, "count": 12000, "pings": 20})
        wait_for(lambda: self.korone.ingress.get("/readyz")[0] == 503, 20, "it is not ready")
        body = wait_for(lambda: "Telegram keeps" in self.korone.ingress.get("/readyz")[1]
                        and self.korone.ingress.get("/readyz")[1], 5, "it says how long")
        self.assertRegex(body, r"Telegram keeps new updates for about \d+ min")
        self.assertIn(f"paused: the {self.what} is full", body)
        self.assertIn(f"the {self.what} is full: polling paused", self.korone.ingress.log())

    def empty(self):
        self.korone.pool.start()
        started = time.monotonic()
        wait_for(lambda: self.korone.ingress.get("/readyz")[0] == 200, 30, "it has room again")
        self.resumed_s = time.monotonic() - started
        self.nothing_is_missing()


class FullTest(Filled):
    def test_a_full_spool_pauses_polling_until_it_has_room(self):
        self.fill()
        self.empty()
        self.assertIn("the spool has room again", self.korone.ingress.log())
        self.assertLess(self.resumed_s, 10)


class DiskFullTest(Filled):
    what = "disk"
    settings = {"KORONE_SPOOL_MAX_BYTES": str(16 << 20), "KORONE_POLL_TIMEOUT_S": "1"}

    def setUp(self):
        if os.getuid() != 0:
            self.skipTest("only root can mount a small file system")
        self.korone = Korone(self.settings, start=False)
        self.addCleanup(self.finish)
        self.spool = self.korone.dir + "/state/ingress"
        os.mkdir(self.spool, 0o700)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "none", self.spool],
                          capture_output=True).returncode:
            self.skipTest("nothing can be mounted here")
        self.korone.closers.append(lambda: subprocess.run(["umount", "-l", self.spool]))
        self.korone.start()
        self.alice, self.said = self.korone.person("Alice"), 0

    def test_a_full_disk_pauses_polling_until_it_has_room(self):
        self.fill()
        self.empty()


class Webhook(IngressTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def restart(self, **settings):
        ingress = self.korone.ingress
        self.assertEqual(ingress.stop(), 0)
        for name in ("LISTEN", "URL", "SECRET"):
            ingress.environment.pop("KORONE_WEBHOOK_" + name, None)
        ingress.environment.update(settings)
        ingress.start().wait_until_ready()

    def use_webhook(self):
        self.restart(KORONE_WEBHOOK_LISTEN=f"127.0.0.1:{self.port}", KORONE_WEBHOOK_URL=self.url,
                     KORONE_WEBHOOK_SECRET="a-secret-of-the-webhook")

    def post(self, url, body=b"{}", **headers):
        return self.post_for_answer(url, body, **headers)[0]

    def post_for_answer(self, url, body=b"{}", **headers):
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        try:
            wanted = urllib.request.Request(url, body, {"Content-Type": "application/json", **names})
            with urllib.request.urlopen(wanted, timeout=10) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers


class WebhookFullTest(Webhook):
    settings = {"KORONE_SPOOL_MAX_BYTES": str(1 << 20)}

    def test_a_full_spool_is_answered_503(self):
        self.use_webhook()
        self.korone.pool.kill()
        self.korone.simulator.control("crowd", {"rate": 0, "count": 1800, "pings": 40})
        secret = {"X_Telegram_Bot_Api_Secret_Token": "a-secret-of-the-webhook"}
        wait_for(lambda: self.post(self.url, b"{", **secret) == 503, 30, "it is full")
        self.assertTrue(self.post_for_answer(self.url, b"{", **secret)[1]["Retry-After"])
        self.korone.pool.start()
        self.nothing_is_missing()


class WebhookTest(Webhook):
    def test_switching_under_load_loses_and_doubles_nothing(self):
        self.korone.simulator.control("crowd", {"rate": 500, "count": 4000, "pings": 50})
        time.sleep(1)
        self.use_webhook()
        self.ping()
        info = self.korone.simulator.call("getWebhookInfo")[1]["result"]
        self.assertEqual((info["url"], info["max_connections"]), (self.url, 100))
        self.assertIn("message", info["allowed_updates"])
        time.sleep(1)
        self.restart()
        self.ping()
        self.nothing_is_missing()

    def test_only_telegram_is_let_in(self):
        self.use_webhook()
        secret = {"X_Telegram_Bot_Api_Secret_Token": "a-secret-of-the-webhook"}
        self.assertEqual(self.post(self.url + "/other", **secret), 404)
        self.assertNotEqual(self.post(self.url), 200, "no secret")
        self.assertNotEqual(self.post(self.url, X_Telegram_Bot_Api_Secret_Token="wrong"), 200)
        self.assertEqual(self.post(self.url, b"x" * (2 << 20), **secret), 413)
        self.assertEqual(self.korone.ingress.metric("korone_ingress_updates_received_total"), 0)
        self.ping()


class SuccessorTest(IngressTest):
    def test_a_successor_proves_the_death_of_its_predecessor(self):
        """Proven by the lock that died with it: what it had in flight waits for no lease."""
        self.korone.simulator.control("crowd", {"rate": 1000, "count": 3000, "pings": 50})
        wait_for(lambda: self.korone.simulator.statistics()["pings"]["answered"] > 200, 20, "load")
        self.korone.pool.kill()
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_inflight_updates") > 0, 5,
                 "updates are in its hand")
        started = time.monotonic()
        self.korone.pool.start()
        self.korone.wait_until_quiet()
        self.assertLess(time.monotonic() - started, 9, "a lease was waited for")
        self.assertEqual(self.korone.simulator.statistics()["pings"]["missing"], 0)
        self.assertIn("proven dead by its successor", self.korone.ingress.log())

    def test_a_successor_that_dies_before_it_is_heard_leaves_the_proof(self):
        korone = self.korone
        korone.simulator.control("crowd", {"rate": 1000, "count": 3000, "pings": 50})
        wait_for(lambda: korone.simulator.statistics()["pings"]["answered"] > 200, 20, "load")
        korone.ingress.signal(signal.SIGSTOP)
        korone.pool.kill()
        before = korone.pool.log().count("nursery is ready")
        korone.pool.start()
        wait_for(lambda: korone.pool.log().count("nursery is ready") > before, 10, "it greets")
        korone.pool.kill()
        korone.ingress.signal(signal.SIGCONT)
        started = time.monotonic()
        korone.pool.start()
        korone.wait_until_quiet()
        self.assertLess(time.monotonic() - started, 9, "a lease was waited for")
        self.assertIn("proven dead by its successor", korone.ingress.log())


class Wire:
    """A TCP connection to ingress that can be cut without either side noticing."""

    def __init__(self, target_port):
        self.target_port, self.is_cut = target_port, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                return
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                while self.is_cut:
                    time.sleep(0.05)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()

    def close(self):
        self.listener.close()


def name_of(pid):
    with open(f"/proc/{pid}/comm") as file:
        return file.read().strip()


class FencingTest(IngressTest):
    def setUp(self):
        self.port = free_port()
        self.settings = {"KORONE_UPDATES_ENDPOINT": f"tcp://127.0.0.1:{self.port}"}
        super().setUp()
        self.wire = Wire(self.port)
        self.addCleanup(self.wire.close)

    def load(self):
        self.korone.simulator.control("crowd", {"rate": 150, "count": 2200, "pings": 50})
        time.sleep(2)

    def check(self, pool):
        wait_for(lambda: "its lease expired" in self.korone.ingress.log(), 20, "the lease ends")
        self.assertIn("session lost", pool.log())
        pool.wait_until_ready()
        self.korone.wait_until_quiet()
        pings = self.korone.simulator.statistics()["pings"]
        self.assertEqual((pings["missing"], pings["disordered"]), (0, 0), pings)

    def test_a_pool_that_is_cut_off_stops_before_its_work_goes_to_another(self):
        other = self.korone.add_pool(KORONE_UPDATES_ENDPOINT=f"tcp://127.0.0.1:{self.wire.port}")
        self.load()
        self.wire.is_cut = True
        wait_for(lambda: "session lost" in other.log(), 10, "it gives its session up")
        self.assertNotIn("its lease expired", self.korone.ingress.log(), "in time")
        wait_for(lambda: "its lease expired" in self.korone.ingress.log(), 10, "the lease ends")
        self.wire.is_cut = False
        self.check(other)

    def test_a_pool_that_stands_still_does_nothing_afterwards(self):
        """Nor its sender, which was suspended with queued calls and wakes up first."""
        other = self.korone.add_pool()
        sender = next(pid for pid in descendants(other.pid) if name_of(pid) == "korone-sender")
        self.load()
        os.kill(sender, signal.SIGSTOP)
        time.sleep(1)
        other.signal(signal.SIGSTOP)
        wait_for(lambda: "its lease expired" in self.korone.ingress.log(), 15, "the lease ends")
        os.kill(sender, signal.SIGCONT)
        time.sleep(1)
        other.signal(signal.SIGCONT)
        wait_for(lambda: "session lost" in other.log(), 5, "it gives its session up")
        self.check(other)
        # Only what was on its way to Telegram at the stop may come twice, not what was queued.
        twice = self.korone.simulator.statistics()["pings"]["duplicates"]
        print(f"# said twice: {twice}", flush=True)
        self.assertLess(twice, 10)


class CurveTest(unittest.TestCase):
    def setUp(self):
        self.korone = Korone(start=False)
        self.addCleanup(self.korone.close)
        self.endpoints = self.korone.encrypt()
        self.keys = self.korone.keys

    def links(self, directory):
        return {**self.endpoints, "KORONE_CURVE_DIR": directory}

    def koronectl(self, *arguments, directory=""):
        done = subprocess.run([BIN + "/koronectl", "keys", *arguments], capture_output=True,
                              text=True, timeout=30,
                              env={**self.korone.environment,
                                   "KORONE_CURVE_DIR": self.keys + directory})
        self.assertEqual(done.returncode, 0, done.stderr)

    def ready_pools(self):
        return self.korone.ingress.metric("korone_ingress_pools")

    def test_only_known_keys_are_let_in(self):
        korone = self.korone
        try:
            korone.start()
            alice = korone.person("Alice")
            alice.says("/ping 1")
            korone.bot.says("pong 1", chat=alice.id)
            korone.recorder.has(alice)
            # A pool with its own key, which nobody knows yet.
            stranger = f"{self.keys}/stranger"
            os.mkdir(stranger, 0o700)
            self.koronectl("make", "worker", directory="/stranger")
            for name in ("ingress.pub", "crashd.pub"):
                with open(f"{self.keys}/worker/{name}") as known:
                    with open(f"{stranger}/{name}", "w") as file:
                        file.write(known.read())
            pool = korone.process(Process, "stranger", "korone-worker", **self.links(stranger))
            korone.processes.append(pool.start())
            plain = korone.process(Process, "plain", "korone-worker",
                                   **{**self.links(""), "KORONE_CURVE_DIR": ""})
            korone.processes.append(plain.start())
            time.sleep(3)
            self.assertEqual(self.ready_pools(), 1)
            self.assertNotEqual(pool.get("/readyz")[0], 200)
            # Once the key is known it gets in by itself.
            with open(f"{stranger}/worker.pub") as known:
                for reader in ("ingress", "crashd"):
                    with open(f"{self.keys}/{reader}/stranger.pub", "w") as file:
                        file.write(known.read())
                        known.seek(0)
            wait_for(lambda: self.ready_pools() == 2, 20, "the stranger is a friend")
            self.assertNotEqual(plain.get("/readyz")[0], 200)
        except BaseException:
            korone.print_logs()
            raise

    def test_tcp_beyond_this_machine_needs_keys(self):
        ingress = self.korone.ingress
        ingress.environment.update(KORONE_CURVE_DIR="",
                                   KORONE_UPDATES_ENDPOINT=f"tcp://0.0.0.0:{free_port()}")
        ingress.start()
        self.assertEqual(ingress.process.wait(10), 78, ingress.log())
        self.assertRegex(ingress.log(), re.compile("KORONE_CURVE_DIR"))


if __name__ == "__main__":
    unittest.main()
