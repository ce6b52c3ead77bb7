#!/usr/bin/python3
"""The Compose file in a real Docker Engine: conversation, scaling, kills, hangs, upgrade."""

import os
import re
import signal
import struct
import unittest
import urllib.request
import zlib

from deployment import OPERATOR_ID, OURS, Deployment, run
from hostile import AGAINST_ALL, AGAINST_PROCESSES
from simulator import Bot, multipart
from stores import wait_for


ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def gradient(width, height):
    """A PNG in grey."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + bytes(x * 255 // width for x in range(width)) for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Compose(unittest.TestCase):
    """One deployment for all tests; each leaves it ready, with one worker."""

    @classmethod
    def setUpClass(cls):
        cls.korone = Deployment(profiles="simulator,monitoring")
        try:
            cls.korone.up("ingress", "worker", "recorder", "crashd", "simulator", "prometheus")
            cls.korone.wait_until_ready()
            cls.korone.wait_for_health("healthy", *OURS)
        except BaseException:
            cls.korone.print_logs()
            cls.korone.down()
            raise
        cls.simulator = cls.korone.simulator
        cls.alice = cls.simulator.person("Alice", id=OPERATOR_ID)

    @classmethod
    def tearDownClass(cls):
        cls.korone.down()

    def setUp(self):
        self.bot = Bot(self.simulator)
        self.duplicates = self.simulator.statistics()["pings"]["duplicates"]

    def tearDown(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            self.korone.print_logs()

    def converse(self, text="hello", timeout=20):
        self.alice.says(f"/ping {text}")
        self.bot.says(f"pong {text}", chat=OPERATOR_ID, timeout=timeout)

    def nothing_is_missing(self, repeated=False):
        """`repeated`: what was in flight when something was killed may be answered twice."""
        self.korone.wait_until_handled()
        pings = self.simulator.statistics()["pings"]
        self.assertEqual((pings["missing"], pings["disordered"], pings["unexpected"]), (0, 0, 0))
        if not repeated:
            self.assertEqual(pings["duplicates"], self.duplicates)

    # --- as it stands ---

    def test_conversation_and_what_is_stored(self):
        self.converse()
        wait_for(lambda: self.korone.query(
            f"SELECT first_name FROM users WHERE id = {OPERATOR_ID}") == "Alice", 20, "a row")
        self.nothing_is_missing()

    def test_containers_are_confined(self):
        for service in (*OURS, "postgres", "redis", "prometheus"):
            about = self.korone.inspect(service)
            host = about["HostConfig"]
            self.assertTrue(host["ReadonlyRootfs"], service)
            self.assertEqual(host["CapDrop"], ["ALL"], service)
            self.assertIn("no-new-privileges:true", host["SecurityOpt"], service)
            published = [at["HostIp"] for port in (host["PortBindings"] or {}).values()
                         for at in port]
            self.assertLessEqual(set(published), {"127.0.0.1"}, service)
            for setting in about["Config"]["Env"]:
                self.assertNotIn(self.simulator.token, setting)
                self.assertNotRegex(setting, "(PASSWORD|URL|KEY|TOKEN)=postgresql|redis://")
        for service in OURS:
            about = self.korone.inspect(service)
            self.assertEqual(about["Config"]["User"], "10001:10001")
            for name in ("Memory", "PidsLimit"):
                self.assertGreater(about["HostConfig"][name], 0, (service, name))
            self.assertEqual({limit["Name"] for limit in about["HostConfig"]["Ulimits"]},
                             {"core", "nofile"}, service)
        networks = self.korone.inspect("postgres")["NetworkSettings"]["Networks"]
        self.assertEqual(list(networks), [self.korone.project + "_inside"])

    def test_each_process_sees_only_its_own_secret_key(self):
        for service in OURS:
            keys = self.korone.compose("exec", "-T", service, "koronectl", "keys", "list")
            own = [line.split()[0] for line in keys.splitlines() if line.endswith("own")]
            self.assertEqual(own, [service])

    def test_a_crash_is_reported_by_place(self):
        self.alice.says("/op_crash")
        call = self.bot.says_something("Reference:", chat=OPERATOR_ID)
        reference = call["text"].split()[-1]
        wait_for(lambda: any(reference in line and "workers/modules/op_crash.c:" in line
                             for line in self.korone.logs("crashd").splitlines()), 20,
                 "crashd tells file and line of the crash")
        self.converse()

    def test_prometheus_sees_every_process(self):
        def jobs_up():
            result = self.korone.ask_prometheus("query", query="up == 1")["result"]
            return {entry["metric"]["job"] for entry in result} >= set(OURS)
        wait_for(jobs_up, 40, "Prometheus has scraped the four")
        rules = self.korone.ask_prometheus("rules")["groups"]
        self.assertGreaterEqual(sum(len(group["rules"]) for group in rules), 8)
        self.assertTrue(all(rule["health"] != "err" for group in rules for rule in group["rules"]))

    def test_prometheus_answers_what_the_autoscaler_asks(self):
        """The queries of deploy/kubernetes, with the data of this deployment."""
        with open(ROOT + "/deploy/kubernetes/components/keda/scaledobject.yaml") as file:
            queries = re.findall(r"query: (.*)", file.read())
        self.assertEqual(len(queries), 2)
        self.simulator.load(300, 100)
        for query in queries:
            result = wait_for(lambda: self.korone.ask_prometheus("query", query=query)["result"],
                              40, query)
            self.assertEqual(len(result), 1, query)
            self.assertGreaterEqual(float(result[0]["value"][1]), 0, query)
        children = self.korone.ask_prometheus(
            "query", query='sum(max_over_time(korone_worker_children[1m]))')["result"]
        self.assertGreaterEqual(float(children[0]["value"][1]), 2)
        self.nothing_is_missing()

    def test_metrics_are_as_prometheus_wants_them(self):
        for service, port in zip(OURS, (9101, 9102, 9103, 9104)):
            networks = self.korone.inspect(service)["NetworkSettings"]["Networks"]
            address = networks[self.korone.project + "_inside"]["IPAddress"]
            with urllib.request.urlopen(f"http://{address}:{port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
            self.assertIn("korone_build_info", text)
            self.korone.compose("exec", "-T", "prometheus", "promtool", "check", "metrics",
                                input=text)

    # --- a handler that was taken over (tests/system/modules/hostile.c) ---

    def run_worker(self, tag):
        self.korone.settings["KORONE_TAG"] = tag
        self.korone.compose("up", "--detach", "--no-build", "--no-deps", "worker")
        self.korone.wait_for_health("healthy", "worker")
        self.korone.wait_until_ready()

    def is_refused(self, *words):
        """By an error that says so; what it tried is in the words."""
        text = " ".join(map(str, words)) + " "
        with self.subTest(words):
            self.alice.says("/try " + text.strip())
            call = self.bot.says_something(text, chat=OPERATOR_ID)
            self.assertRegex(call["text"][len(text):], "^refused: E(PERM|ACCES|XDEV|ROFS)$")

    def test_a_handler_that_was_taken_over_gets_nowhere(self):
        self.run_worker("hostile")
        try:
            for path in ("/run/secrets/bot_token", "/run/secrets/database_url_worker", "/keys/worker.key",
                         "/keys/ingress.pub", "/proc/1/environ"):
                for way in ("read", "write", "remove"):
                    self.is_refused(way, path)
            for pid in (1, self.korone.pid_inside("worker")):
                for way in AGAINST_PROCESSES:
                    if way != "process_vm_readv":  # which is of no use without an address
                        self.is_refused(way, pid)
            for way in AGAINST_ALL:
                self.is_refused(way)
            self.is_refused("call", "setWebhook", 0, '{"url":"https://mallory.example/"}')
            pools = self.korone.status()["ingress"]["pools"]
            self.assertEqual([pool["state"] for pool in pools if pool["state"] != "lost"], ["ready"])
            self.converse()
        finally:
            self.run_worker("test")

    # --- the image with programs, and the one without ---

    def offered(self, photo):
        """What the bot says to somebody who wants a sticker of a photo."""
        message = self.alice.does("photo", file=photo).message_id
        self.alice.says("/kang", reply_to=message)
        return self.bot.does(lambda call: call["method"] == "sendMessage" and call["chat_id"] == OPERATOR_ID,
                             "answer", 60)["text"]

    def test_the_full_image_makes_stickers(self):
        self.alice.says("/start")
        self.bot.says_something("Hello, Alice", chat=OPERATOR_ID)
        body, content_type = multipart({"chat_id": OPERATOR_ID}, {"photo": ("a.png", gradient(300, 200))})
        photo = self.simulator.call("sendPhoto", body, content_type=content_type)[1]["result"]["photo"][-1]["file_id"]
        self.assertEqual(self.offered(photo), "Reply to a sticker with this command.")
        self.korone.settings["KORONE_FULL"] = "yes"
        try:
            self.run_worker("test")
            self.assertEqual(self.korone.inspect("worker")["Config"]["Image"], "korone-full:test")
            self.assertIn("I made the pack", self.offered(photo))
            # ffmpeg runs there, too, and its libraries are all there.
            self.assertIn("libvpx-vp9", self.korone.compose("exec", "-T", "worker", "ffmpeg", "-hide_banner", "-encoders"))
        finally:
            del self.korone.settings["KORONE_FULL"]
            self.run_worker("test")

    # --- scaling ---

    def handled(self):
        return {pool["pool"]: pool["handled"] for pool in self.korone.status()["ingress"]["pools"]}

    def scale(self, workers):
        self.korone.compose("up", "--detach", "--no-build", "--no-deps", "--no-recreate", "--scale",
                            f"worker={workers}", "worker")

    def test_scale_under_load_from_1_to_3_and_back(self):
        self.simulator.load(count=6000, rate=200)
        self.scale(3)
        self.korone.wait_until_ready(pools=3)
        before = self.handled()
        wait_for(lambda: all(count >= before[pool] + 50 for pool, count in self.handled().items()),
                 30, "all three pools have work")
        self.assertTrue(self.simulator.statistics()["crowd_running"])
        self.scale(1)
        self.korone.wait_until_ready(pools=1)
        self.nothing_is_missing()

    # --- trouble ---

    def test_killed_programs_come_back_and_nothing_is_lost(self):
        for service in OURS:
            with self.subTest(service):
                self.simulator.load(count=400, rate=100)
                self.korone.crash(service)
                self.korone.wait_for_health("healthy", service)
                self.korone.wait_until_ready()
                self.nothing_is_missing(repeated=True)
                self.duplicates = self.simulator.statistics()["pings"]["duplicates"]
                self.converse()

    def test_killed_stores_hold_nobody_up(self):
        for store in ("postgres", "redis"):
            with self.subTest(store):
                self.korone.compose("kill", store)
                self.simulator.load(count=200, rate=100)
                self.nothing_is_missing()
                self.converse()
                self.korone.compose("start", store)
                self.korone.wait_for_health("healthy", store, "recorder")
                self.korone.wait_until_ready()
        self.assertEqual(self.korone.query("SELECT count(*) > 50 FROM users"), "t")

    def test_a_hang_turns_health_red_and_green_again(self):
        for hung, others in ((("worker", "crashd"), ("ingress", "recorder")),
                             (("ingress", "recorder"), ("worker", "crashd"))):
            with self.subTest(hung):
                for service in hung:
                    self.korone.send(service, signal.SIGSTOP)
                try:
                    self.korone.wait_for_health("unhealthy", *hung, timeout=40)
                    for service in others:
                        self.assertEqual(self.korone.health(service), "healthy", service)
                finally:
                    for service in hung:
                        self.korone.send(service, signal.SIGCONT)
                self.korone.wait_for_health("healthy", *hung, timeout=40)
        self.korone.wait_until_ready()
        self.converse()
        self.nothing_is_missing(repeated=True)

    def test_readiness_of_the_recorder_follows_postgres(self):
        self.korone.compose("pause", "postgres")
        try:
            self.korone.wait_for_health("unhealthy", "recorder", timeout=40)
        finally:
            self.korone.compose("unpause", "postgres")
        self.korone.wait_for_health("healthy", "recorder", timeout=40)
        self.korone.wait_until_ready()

    # --- stops and upgrades ---

    def test_stop_ends_with_0_and_start_goes_on(self):
        self.simulator.load(count=1000, rate=200)
        self.korone.compose("stop", *OURS)
        for service in OURS:
            self.assertEqual(self.korone.inspect(service)["State"]["ExitCode"], 0, service)
        self.korone.compose("start", *reversed(OURS))
        self.korone.wait_until_ready()
        self.nothing_is_missing()

    def test_upgrade_one_after_the_other_under_load(self):
        run("docker", "build", "-q", "-t", "korone:next", "-",
            input="FROM korone:test\nLABEL next=1\n")
        self.simulator.load(count=3000, rate=100)
        self.korone.settings["KORONE_TAG"] = "next"
        for service in ("crashd", "recorder", "ingress", "worker"):
            self.korone.compose("up", "--detach", "--no-build", "--no-deps", service)
            self.assertEqual(self.korone.inspect(service)["Config"]["Image"], "korone:next")
            self.korone.wait_for_health("healthy", service)
        self.korone.wait_until_ready()
        self.nothing_is_missing()


if __name__ == "__main__":
    unittest.main()
