"""The simulator compared with Telegram's documented rules, from outside."""

import http.client
import http.server
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from crashd import Clock
from korone import cpu_seconds
from simulator import BIN, Simulator, request
from stores import wait_for


class SimulatorTest(unittest.TestCase):
    def setUp(self):
        self.simulator = self.open()

    def open(self, *options, **keywords):
        """A simulator that must exit cleanly: a sanitizer's finding is a bad exit."""
        log = tempfile.TemporaryFile("w+")
        simulator = Simulator(*options, log=log, **keywords)
        self.addCleanup(self.finish, simulator, log)
        return simulator

    def finish(self, simulator, log):
        code = simulator.close()
        log.seek(0)
        self.assertEqual(code, 0, log.read()[-4000:])
        log.close()

    def call(self, method, **parameters):
        return self.simulator.call(method, parameters)[1]

    def refused(self, method, code, description, **parameters):
        status, answer = self.simulator.call(method, parameters)
        self.assertEqual((status, answer["ok"], answer["error_code"], answer["description"]),
                         (code, False, code, description))
        return answer

    def put(self, count=1, kind="message", size=0):
        update = {kind: {"message_id": 1, "text": "x" * size}}
        return self.simulator.control("update", {"updates": [update] * count})["update_ids"]

    def updates(self, **parameters):
        answer = self.call("getUpdates", **parameters)
        self.assertTrue(answer["ok"], answer)
        return [update["update_id"] for update in answer["result"]]


class TranscriptTest(SimulatorTest):
    def test_nothing_that_people_write_commands_the_terminal(self):
        hostile = "".join(map(chr, [*range(1, 10), *range(11, 32), *range(0x7f, 0xa0), 0x61c, 0x200e,
                                    0x200f, *range(0x2028, 0x202f), *range(0x2066, 0x206a)]))
        log = tempfile.TemporaryFile("w+")
        self.addCleanup(log.close)
        simulator = Simulator("--show", log=log)
        person = simulator.person("Ada" + hostile)
        person.says("first" + hostile + "\nsecond é " + "x" * 400)
        self.assertEqual(simulator.close(), 0)
        log.seek(0)
        shown = log.read()
        self.assertFalse(set(hostile) & set(shown), shown)
        self.assertIn("\\u202e", shown)
        self.assertIn("Ada", shown)


class QueueTest(SimulatorTest):
    def test_an_offset_confirms_what_is_before_it_in_the_same_call(self):
        ids = self.put(5)
        self.assertEqual(self.updates(), ids)
        self.assertEqual(self.updates(offset=ids[2]), ids[2:])
        self.assertEqual(self.updates(offset=ids[0]), ids[2:], "what is confirmed is gone")
        self.assertEqual(self.simulator.statistics()["updates"]["confirmed"], 2)

    def test_a_negative_offset_keeps_the_last_and_forgets_the_rest(self):
        ids = self.put(5)
        self.assertEqual(self.updates(offset=-2), ids[3:])
        self.assertEqual(self.updates(offset=1 + ids[0]), ids[3:])

    def test_an_offset_far_in_the_future_is_ignored(self):
        ids = self.put(3)
        self.assertEqual(self.updates(offset=ids[-1] + 12), ids, "more than 10 above the tail")
        self.assertEqual(self.updates(offset=ids[-1] + 11), [], "10 above the tail")
        self.assertEqual(self.updates(offset=1), [], "and that confirmed all")

    def test_limit_is_held_between_1_and_100(self):
        ids = self.put(150)
        self.assertEqual(self.updates(limit=7), ids[:7])
        self.assertEqual(self.updates(limit=1000, offset=ids[1]), ids[1:101])
        self.assertEqual(self.updates(limit=0, offset=ids[2]), ids[2:3])

    def test_ids_follow_each_other_and_may_start_again_lower(self):
        self.simulator.control("ids", {"next": 900000000})
        self.assertEqual(self.put(2), [900000000, 900000001])
        self.assertEqual(self.updates(offset=900000002), [])
        self.simulator.control("ids", {"next": 5000000})
        self.assertEqual(self.put(1), [5000000])
        self.assertEqual(self.updates(offset=900000002), [5000000], "the old offset is ignored")

    def test_an_update_lives_as_long_as_its_kind(self):
        self.simulator.control("crowd", {"running": False})
        alice = self.simulator.person("Alice")
        query = alice.does("inline_query").update_id
        message = alice.says("hello").update_id
        self.assertEqual(self.updates(), [query, message])
        self.simulator.control("clock", {"advance_s": 31})
        self.assertEqual(self.updates(offset=-5), [message], "inline queries: 30 s")
        self.simulator.control("clock", {"advance_s": 86400})
        self.assertEqual(self.updates(offset=-6), [], "messages: 24 h")

    def test_the_queue_holds_100000_and_loses_the_newest(self):
        for _ in range(100):
            self.put(1000)
        self.assertEqual(self.put(1), [0])
        statistics = self.simulator.statistics()["updates"]
        self.assertEqual((statistics["pending"], statistics["refused"]), (100000, 1))

    def test_an_update_of_over_512_kib_is_lost(self):
        self.assertEqual(self.put(1, size=513 << 10), [0])
        self.assertNotEqual(self.put(1, size=500 << 10), [0])

    def test_an_answer_ends_before_4_mib(self):
        ids = self.put(10, size=500 << 10)
        self.assertEqual(self.updates(), ids[:8])


class PollTest(SimulatorTest):
    def timed(self, **parameters):
        started = time.monotonic()
        found = self.updates(**parameters)
        return found, time.monotonic() - started

    def test_a_poll_waits_for_an_update(self):
        timer = threading.Timer(0.3, self.put)
        timer.start()
        found, took = self.timed(timeout=10)
        timer.join()
        self.assertEqual(len(found), 1)
        self.assertLess(took, 2)

    def test_a_quick_repeat_of_an_offset_waits_3_s(self):
        self.assertLess(self.timed(offset=5)[1], 1)
        self.assertGreater(self.timed(offset=5, timeout=1)[1], 2.5)

    def test_a_repeat_within_half_a_second_gets_one_update(self):
        ids = self.put(5)
        self.assertEqual(self.updates(offset=ids[0]), ids)
        self.assertEqual(self.updates(offset=ids[0]), ids[:1])
        self.assertEqual(self.updates(offset=ids[1]), ids[1:])

    def test_a_new_poll_ends_the_waiting_one(self):
        answers = []
        first = threading.Thread(
            target=lambda: answers.append(self.simulator.call("getUpdates", {"timeout": 20})))
        first.start()
        wait_for(lambda: self.simulator.statistics()["poll"]["waiting"], 5, "the first poll waits")
        second = threading.Thread(
            target=lambda: self.simulator.call("getUpdates", {"timeout": 20, "offset": 3}))
        second.start()
        first.join()
        self.assertEqual(answers, [(409, {
            "ok": False, "error_code": 409,
            "description": "Conflict: terminated by other getUpdates request; make sure that only "
                           "one bot instance is running"})])
        self.put()
        second.join()

    def test_a_webhook_ends_polls_and_refuses_new_ones(self):
        answers = []
        poll = threading.Thread(
            target=lambda: answers.append(self.simulator.call("getUpdates", {"timeout": 20})))
        poll.start()
        wait_for(lambda: self.simulator.statistics()["poll"]["waiting"], 5, "the poll waits")
        self.assertTrue(self.call("setWebhook", url="http://127.0.0.1:9/")["ok"])
        poll.join()
        self.assertEqual(answers[0][1]["description"],
                         "Conflict: terminated by setWebhook request")
        started = time.monotonic()
        self.refused("getUpdates", 409, "Conflict: can't use getUpdates method while webhook is "
                     "active; use deleteWebhook to delete the webhook first")
        self.assertGreater(time.monotonic() - started, 2.5, "a second conflict comes 3 s late")

    def test_allowed_updates_stick_and_default_leaves_three_out(self):
        bob = self.simulator.person("Bob")
        chat = self.simulator.chat("Club", members=[bob])
        self.assertEqual(bob.does("reaction", chat).update_id, 0)
        self.updates(allowed_updates=["message_reaction"])
        self.assertEqual(bob.says("hi", chat).update_id, 0)
        wanted = bob.does("reaction", chat).update_id
        self.assertEqual(self.updates(offset=1), [wanted])
        self.assertEqual(bob.says("hi", chat).update_id, 0, "no list: the last one stays")
        self.updates(allowed_updates=[], offset=2)
        self.assertNotEqual(bob.says("hi", chat).update_id, 0, "an empty list: the default")


class SendTest(SimulatorTest):
    def setUp(self):
        super().setUp()
        self.alice = self.simulator.person("Alice")
        self.said = self.alice.says("hello")

    def send(self, text, **more):
        return self.call("sendMessage", chat_id=self.alice.id, text=text, **more)

    def test_bodies_of_three_kinds(self):
        for kind, body in {
            "application/x-www-form-urlencoded": f"chat_id={self.alice.id}&text=a%20%C3%BC+c",
            "application/json": json.dumps({"chat_id": str(self.alice.id), "text": "a ü c"}),
            "multipart/form-data; boundary=b": "".join(
                f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in (("chat_id", self.alice.id), ("text", "a ü c"))) + "--b--\r\n",
        }.items():
            status, answer = self.simulator.call("sendMessage", body.encode(), content_type=kind)
            self.assertEqual((status, answer["result"]["text"]), (200, "a ü c"), kind)

    def test_lengths_count_in_utf_16(self):
        self.assertTrue(self.send("😀" * 2048)["ok"])
        self.refused("sendMessage", 400, "Bad Request: message is too long",
                     chat_id=self.alice.id, text="😀" * 2049)
        self.refused("sendMessage", 400, "Bad Request: message text is empty",
                     chat_id=self.alice.id, text=" \n")

    def test_html_entities(self):
        result = self.send(' <b>a😀</b> &lt;<i>x</i> <a href="http://e.org/?a=1&amp;b=2">l</a> /go',
                           parse_mode="HTML")["result"]
        self.assertEqual(result["text"], "a😀 <x l /go")
        self.assertEqual(result["entities"], [
            {"offset": 0, "length": 3, "type": "bold"},
            {"offset": 5, "length": 1, "type": "italic"},
            {"offset": 7, "length": 1, "type": "text_link", "url": "http://e.org/?a=1&b=2"},
            {"offset": 9, "length": 3, "type": "bot_command"}])

    def test_html_faults(self):
        for html, why in {
            "ä<b>x": 'Can\'t find end tag corresponding to start tag "b"',
            "<x>y</x>": 'Unsupported start tag "x" at byte offset 0',
            "<b>y</i>": 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
            "y</i>": "Unexpected end tag at byte offset 1",
            "ü<b": "Unclosed start tag at byte offset 2",
        }.items():
            self.refused("sendMessage", 400, "Bad Request: can't parse entities: " + why,
                         chat_id=self.alice.id, text=html, parse_mode="html")

    def test_replies_and_threads(self):
        result = self.send("yes", reply_parameters={"message_id": self.said.message_id})["result"]
        self.assertEqual(result["reply_to_message"]["text"], "hello")
        self.refused("sendMessage", 400, "Bad Request: message to be replied not found",
                     chat_id=self.alice.id, text="x", reply_parameters={"message_id": 999})
        self.assertTrue(self.send("x", reply_parameters={
            "message_id": 999, "allow_sending_without_reply": True})["ok"])
        forum = self.simulator.chat("Forum", forum=True, members=[self.alice])
        answer = self.call("sendMessage", chat_id=forum, text="x", message_thread_id=2)
        self.assertEqual(answer["result"]["message_thread_id"], 2)
        self.refused("sendMessage", 400, "Bad Request: message thread not found", chat_id=forum,
                     text="x", message_thread_id=77)

    def test_where_the_bot_may_not_write(self):
        bob = self.simulator.person("Bob")
        group = self.simulator.chat("Old", type="group", members=[self.alice])
        kicked = self.simulator.chat("Kicked", members=[self.alice], bot="kicked")
        self.refused("sendMessage", 400, "Bad Request: chat_id is empty", text="x")
        self.refused("sendMessage", 400, "Bad Request: chat not found", chat_id=7, text="x")
        self.refused("sendMessage", 403, "Forbidden: bot can't initiate conversation with a user",
                     chat_id=bob.id, text="x")
        self.refused("sendMessage", 403, "Forbidden: bot was kicked from the supergroup chat",
                     chat_id=kicked, text="x")
        self.alice.blocks_the_bot()
        self.refused("sendMessage", 403, "Forbidden: bot was blocked by the user",
                     chat_id=self.alice.id, text="x")
        new = self.simulator.control("migrate", {"chat": group})["chat_id"]
        answer = self.refused("sendMessage", 400, "Bad Request: group chat was upgraded to a "
                              "supergroup chat", chat_id=group, text="x")
        self.assertEqual(answer["parameters"], {"migrate_to_chat_id": new})

    def test_edits(self):
        sent = self.send("one")["result"]
        where = {"chat_id": self.alice.id, "message_id": sent["message_id"]}
        self.assertEqual(self.call("editMessageText", text="two", **where)["result"]["text"], "two")
        self.refused("editMessageText", 400, "Bad Request: message is not modified: specified new "
                     "message content and reply markup are exactly the same as a current content "
                     "and reply markup of the message", text="two", **where)
        self.refused("editMessageText", 400, "Bad Request: message can't be edited", text="x",
                     chat_id=self.alice.id, message_id=self.said.message_id)
        self.refused("editMessageText", 400, "Bad Request: message to edit not found", text="x",
                     chat_id=self.alice.id, message_id=9999)
        self.assertTrue(self.call("deleteMessage", **where)["ok"])
        self.refused("deleteMessage", 400, "Bad Request: message to delete not found", **where)

    def test_buttons(self):
        markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
        sent = self.send("?", reply_markup=markup)["result"]
        self.assertEqual(sent["reply_markup"], markup)
        pressed = self.simulator.control("press", {"from": self.alice.id, "button": "Yes",
                                                   "message_id": sent["message_id"]})
        update = self.call("getUpdates", offset=pressed["update_id"])["result"][0]
        self.assertEqual(update["callback_query"]["data"], "y")
        late = ("Bad Request: query is too old and response timeout expired or query ID is "
                "invalid")
        query = pressed["query_id"]
        self.assertTrue(self.call("answerCallbackQuery", callback_query_id=query)["ok"])
        self.refused("answerCallbackQuery", 400, late, callback_query_id=query)
        self.refused("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID",
                     chat_id=self.alice.id, text="x",
                     reply_markup={"inline_keyboard": [[{"text": "a", "callback_data": "x" * 65}]]})

    def test_flood_limits(self):
        self.simulator.control("limits", {"per_chat": 1})
        self.assertTrue(self.send("a")["ok"])
        status, answer = self.simulator.call("sendMessage", {"chat_id": self.alice.id, "text": "b"})
        self.assertEqual((status, answer["parameters"]), (429, {"retry_after": 1}))
        self.assertEqual(answer["description"], "Too Many Requests: retry after 1")
        wait_for(lambda: self.send("b")["ok"], 5, "the limit is over")


class HttpTest(SimulatorTest):
    def talk(self, data):
        with socket.create_connection(("127.0.0.1", self.simulator.port), timeout=5) as peer:
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR) if data.endswith(b"!") else None
            received = b""
            while chunk := peer.recv(65536):
                received += chunk
                if received.count(b'"ok"') >= max(1, data.count(b"HTTP/1.1")):
                    break
            return received

    def line(self, method="getMe"):
        return (f"GET /bot{self.simulator.token}/{method} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                .encode())

    def test_tokens_and_methods(self):
        url = self.simulator.url
        self.assertEqual(request(url + "/bot42:wrong/getMe")[1],
                         {"ok": False, "error_code": 401, "description": "Unauthorized"})
        self.assertEqual(request(url + "/botx/getMe")[0], 401)
        self.assertEqual(self.simulator.call("noSuch"), (404, {
            "ok": False, "error_code": 404, "description": "Not Found: method not found"}))
        self.assertEqual(request(url + "/bots")[0], 404)
        self.assertTrue(self.simulator.call("GETME")[1]["ok"], "case does not matter")

    def test_a_revoked_token_is_unknown_and_the_queue_stays(self):
        new = "42:another-token-for-the-same-bot"
        person = self.simulator.person("Zoë")
        answers = []
        poll = threading.Thread(target=lambda: answers.append(
            self.simulator.call("getUpdates", {"timeout": 20})))
        poll.start()
        wait_for(lambda: self.simulator.statistics()["poll"]["polls"] == 1, 5, "it polls")
        self.simulator.control("revoke", {"token": new})
        poll.join()
        self.assertEqual(answers[0][0], 401, "the poll under way ends")
        person.says("hello")
        self.assertEqual(self.simulator.call("getMe")[0], 401)
        self.simulator.token = new
        self.assertEqual(self.simulator.call("getMe")[1]["result"]["id"], 42)
        self.assertEqual(len(self.simulator.call("getUpdates")[1]["result"]), 1)
        with self.assertRaises(AssertionError):
            self.simulator.control("revoke", {"token": "43:of-another-bot"})

    def test_pipelined_requests_are_answered_in_order(self):
        received = self.talk(self.line() + self.line("noSuch") + self.line())
        self.assertEqual(received.count(b"HTTP/1.1 200"), 2)
        self.assertLess(received.index(b"200 OK"), received.index(b"404 Not Found"))

    def test_text_comes_as_ascii(self):
        self.simulator.person("Zoë").says("grün 😀")
        received = self.talk(self.line("getUpdates"))
        self.assertIn(rb"Zo\u00eb", received)
        self.assertIn(rb"gr\u00fcn \ud83d\ude00", received)
        self.assertTrue(received.isascii())

    def test_what_is_no_http_is_refused(self):
        self.assertIn(b" 400 ", self.talk(b"hello\r\n\r\n"))
        self.assertIn(b" 413 ", self.talk(b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"))
        self.assertIn(b" 431 ", self.talk(b"GET / HTTP/1.1\r\nX: " + b"x" * 20000))
        self.assertTrue(self.call("getMe")["ok"], "and it goes on")

    def test_json_that_is_none_is_refused(self):
        for body in (b"{", b"[]", b'{"a":}', b'{"text":"\xff"}'):
            status, answer = self.simulator.call("sendMessage", body)
            self.assertEqual((status, answer["error_code"]), (400, 400), body)

    def test_only_loopback_listens(self):
        with open("/proc/net/tcp") as file:
            local = [line.split()[1] for line in file if line.split()[3] == "0A"]
        self.assertIn(f"0100007F:{self.simulator.port:04X}", local)

    def test_it_ends_cleanly(self):
        self.simulator.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.simulator.process.wait(10), 0)

    def test_it_ends_cleanly_while_clients_wait(self):
        self.simulator.control("faults", {"method": "getMe", "mode": "slow", "delay_ms": 60000})
        waiting = [b"GET /control/sent?since=9&wait_ms=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                   self.line("getMe"), self.line("getUpdates?timeout=50")]
        for data in waiting:
            peer = socket.create_connection(("127.0.0.1", self.simulator.port), timeout=5)
            self.addCleanup(peer.close)
            peer.sendall(data)
        wait_for(lambda: self.simulator.statistics()["poll"]["waiting"], 5, "the last one waits")
        wait_for(lambda: self.simulator.statistics()["faults_applied"] == 1, 5, "so does getMe")
        self.test_it_ends_cleanly()

    def test_wrong_options_are_refused(self):
        for options in (["--port", "x"], ["--what"], ["--token", "short"], ["--rate", "-1"]):
            ended = subprocess.run([os.path.join(BIN, "korone-botapi-sim"), *options],
                                   stderr=subprocess.DEVNULL, check=False, timeout=10)
            self.assertEqual(ended.returncode, 64, options)


class OriginTest(SimulatorTest):
    """What a web page on the same machine can send reaches nothing, on any path."""

    def get(self, path, method="GET", simulator=None, **headers):
        """(status, answer)"""
        port = (simulator or self.simulator).port
        peer = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        self.addCleanup(peer.close)
        peer.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            peer.putheader(name.replace("_", "-"), value)
        peer.putheader("Content-Length", "0")
        peer.endheaders()
        answer = peer.getresponse()
        return answer.status, json.loads(answer.read())

    def paths(self):
        return [f"/bot{self.simulator.token}/getMe", f"/bot{self.simulator.token}/deleteWebhook",
                "/bot1:guessed/getMe", "/control/", "/control/statistics", "/control/sent", "/",
                "/file/bot1:x/a", "/nothing"]

    def assert_refused(self, status, **headers):
        for path in self.paths():
            for method in ("GET", "POST", "OPTIONS"):
                self.assertEqual(self.get(path, method, **headers)[0], status, (path, method))
        self.assertEqual(self.simulator.statistics()["calls"], {}, "nothing was carried out")

    def test_another_name_in_host_is_refused(self):
        for host in ("evil.example", "evil.example:80", f"localhost.evil.example:{1}",
                     "127.0.0.1.evil.example", "0.0.0.0", "localhost@evil.example", ""):
            self.assert_refused(421, Host=host)
        for host in ("localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8081"):
            self.assertEqual(self.get("/control/statistics", Host=host)[0], 200, host)

    def test_names_that_are_given_are_known(self):
        simulator = self.open("--host", "simulator", "--host", "botapi.test")
        for host in ("simulator:8081", "botapi.test", "localhost"):
            self.assertEqual(self.get("/control/", simulator=simulator, Host=host)[0], 200, host)
        self.assertEqual(self.get("/control/", simulator=simulator, Host="simulator.evil")[0], 421)

    def test_another_origin_is_refused(self):
        own = f"http://127.0.0.1:{self.simulator.port}"
        for origin in ("http://evil.example", "null", "", own.replace("http", "https"),
                       "http://127.0.0.1", "http://localhost:3000", own + ".evil.example",
                       f"http://localhost:{self.simulator.port}"):
            self.assert_refused(403, Origin=origin)
        self.assertEqual(self.get("/control/reset", "POST", Origin=own)[0], 200)

    def test_what_a_page_asks_for_from_another_site_is_refused(self):
        for site in ("cross-site", "same-site", "", "anything"):
            self.assert_refused(403, Sec_Fetch_Site=site)
        for site in ("same-origin", "none"):
            self.assertEqual(self.get("/control/", Sec_Fetch_Site=site)[0], 200, site)

    def test_event_streams_images_and_links_have_no_origin(self):
        for kind in ("text/event-stream", "image/avif,image/webp,*/*;q=0.8", "text/html"):
            self.assert_refused(403, Accept=kind, Sec_Fetch_Site="cross-site",
                                Sec_Fetch_Mode="no-cors", Referer="https://evil.example/")

    def test_headers_that_come_twice_are_refused(self):
        for name, value in (("Host", "localhost"), ("Origin", "http://localhost"),
                            ("Sec-Fetch-Site", "none")):
            with socket.create_connection(("127.0.0.1", self.simulator.port), timeout=5) as peer:
                peer.sendall(f"GET /control/ HTTP/1.1\r\n{name}: {value}\r\n{name}: {value}\r\n\r\n"
                             .encode())
                self.assertIn(b" 400 ", peer.recv(65536).split(b"\r\n")[0], name)

    def test_deeds_need_post(self):
        for deed in ("reset", "crowd", "clock", "revoke", "say"):
            status, answer = self.get("/control/" + deed)
            self.assertEqual((status, answer["error"]), (405, "only POST"), deed)

    def test_no_token_is_the_same_everywhere(self):
        tokens = set()
        for _ in range(2):
            simulator = self.open(token=None)
            simulator.log.seek(0)
            tokens.add(re.search(r"the bot's token is (42:[\w-]{35})\n", simulator.log.read())[1])
        self.assertEqual(len(tokens), 2)

    def test_a_token_in_a_file_is_made_once(self):
        directory = tempfile.mkdtemp(prefix="korone-sim-", dir="/tmp")
        self.addCleanup(shutil.rmtree, directory)
        path = directory + "/token"
        for _ in range(2):
            simulator = self.open("--token-file", path, token=None)
            with open(path) as file:
                simulator.token = file.read()
            self.assertTrue(simulator.call("getMe")[1]["ok"])
            simulator.log.seek(0)
            self.assertNotIn(simulator.token, simulator.log.read())
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)


class FaultTest(SimulatorTest):
    def setUp(self):
        super().setUp()
        self.alice = self.simulator.person("Alice")
        self.alice.says("hello")

    def fault(self, mode, **more):
        self.simulator.control("faults", {"method": "sendMessage", "mode": mode, "times": 1, **more})

    def send(self):
        return self.simulator.call("sendMessage", {"chat_id": self.alice.id, "text": "x"})

    def test_answers_that_are_errors(self):
        self.fault("error", status=429, retry_after=17)
        self.assertEqual(self.send()[1]["parameters"], {"retry_after": 17})
        self.fault("error", status=502)
        self.assertEqual(self.send()[0], 502)
        self.assertEqual(self.send()[0], 200, "once only")

    def test_answers_that_are_none(self):
        for mode in ("html", "not_json"):
            self.fault(mode)
            self.assertRaises(json.JSONDecodeError, self.send)
        for mode in ("close", "reset", "garbage", "half"):
            self.fault(mode)
            self.assertRaises(Exception, self.send)
        self.fault("slow", delay_ms=300)
        started = time.monotonic()
        self.assertEqual(self.send()[0], 200)
        self.assertGreater(time.monotonic() - started, 0.29)

    def test_a_fault_with_effect_leaves_the_call_in_doubt(self):
        self.fault("close", effect=True)
        self.assertRaises(Exception, self.send)
        calls = self.simulator.control("sent")["calls"]
        self.assertEqual((calls[-1]["error_code"], calls[-1]["text"]), (-1, "x"))


class WebhookTest(SimulatorTest):
    def test_delivery_with_secret_and_retry(self):
        got, failures = [], [2]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                failing = failures[0] > 0
                if failing:
                    failures[0] -= 1
                else:
                    got.append((update["update_id"], self.path,
                                self.headers["X-Telegram-Bot-Api-Secret-Token"]))
                self.send_response(500 if failing else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.refused("setWebhook", 400, "Bad Request: secret token contains unallowed characters",
                     url=f"http://127.0.0.1:{server.server_port}/hook", secret_token="a b")
        wait_for(lambda: self.call("setWebhook", secret_token="a-b_1", max_connections=1,
                                   url=f"http://127.0.0.1:{server.server_port}/hook?x=1")["ok"],
                 5, "setWebhook is taken, once a second")
        ids = self.put(5)
        wait_for(lambda: len(got) == 5, 20, "all is delivered")
        self.assertEqual(got, [(number, "/hook?x=1", "a-b_1") for number in ids])
        info = self.call("getWebhookInfo")["result"]
        self.assertEqual(info["last_error_message"],
                         "Wrong response from the webhook: 500 Internal Server Error")
        wait_for(lambda: self.call("getWebhookInfo")["result"]["pending_update_count"] == 0, 5,
                 "nothing is pending")
        self.assertEqual(self.call("deleteWebhook")["description"], "Webhook was deleted")


    def test_a_webhook_that_is_set_already_keeps_its_last_error(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}?a=%41"
            self.assertEqual(self.call("setWebhook", url=url)["description"], "Webhook was set")
            self.put(3)
            info = wait_for(lambda: "last_error_date" in (
                info := self.call("getWebhookInfo")["result"]) and info, 5, "it is tried")
            self.assertEqual((info["url"], info["last_error_message"], info["pending_update_count"]),
                             (url, "Connection refused", 3))
            again = wait_for(lambda: (answer := self.call("setWebhook", url=url))["ok"] and answer,
                             5, "it is taken, once a second")
            self.assertEqual(again["description"], "Webhook is already set")
            self.assertIn("last_error_date", self.call("getWebhookInfo")["result"])
            other = wait_for(lambda: (answer := self.call("setWebhook", url=url + "b"))["ok"] and answer,
                             5, "it is taken, once a second")
            self.assertEqual(other["description"], "Webhook was set")


class PlacesTest(SimulatorTest):
    def test_others_are_served_in_spite_of_those_who_are_silent_or_slow(self):
        """More connections than it has descriptors for."""
        pid = self.simulator.process.pid
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, 64))
        sockets = []
        for number in range(200):
            sockets.append(socket.socket())
            sockets[-1].setblocking(False)
            sockets[-1].connect_ex(("127.0.0.1", self.simulator.port))
        try:
            time.sleep(0.3)
            for one in sockets[::2]:
                one.send(b"GET /bot HTTP/1.1\r\n")
            used = cpu_seconds(pid)
            for _ in range(3):
                self.assertTrue(self.call("getMe")["ok"])
            self.assertLess(cpu_seconds(pid) - used, 1)
        finally:
            for one in sockets:
                one.close()
        self.assertTrue(self.call("getMe")["ok"])

    def test_a_head_and_a_body_that_trickle_in_have_an_end(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        clock = Clock(directory.name)
        simulator = self.open(environment={**os.environ, **clock.environment})
        slow = [socket.create_connection(("127.0.0.1", simulator.port)) for _ in range(3)]
        slow[0].sendall(b"GET /bot HTTP/1.1\r\n")
        slow[1].sendall(b"POST /bot HTTP/1.1\r\nContent-Length: 99\r\n\r\n")
        slow[2].sendall(f"GET /bot{simulator.token}/getMe HTTP/1.1\r\n\r\n".encode())
        self.assertIn(b"200 OK", slow[2].recv(1000))
        for passed_s, alive in ((7, 3), (5, 2), (40, 2), (15, 1)):  # of 10 s and of 60 s
            clock.put_forward(passed_s)
            time.sleep(1.3)
            for one, piece in zip(slow[:2], (b"A: b\r\n", b"x")):
                try:
                    one.send(piece)
                except OSError:
                    pass
            time.sleep(0.2)
            self.assertEqual(sum(not is_closed(one) for one in slow), alive, passed_s)
        for one in slow:
            one.close()


def is_closed(one):
    try:
        return not one.recv(1, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


class CrowdTest(SimulatorTest):
    def run_crowd(self, seed):
        simulator = self.open("--seed", str(seed), "--count", "2000", "--rate", "max")
        updates, offset = [], 0
        while len(updates) < 2000:
            batch = simulator.call("getUpdates", {"offset": offset, "timeout": 5})[1]["result"]
            updates += batch
            offset = batch[-1]["update_id"] + 1
        return updates

    @staticmethod
    def without_dates(value):
        if isinstance(value, dict):
            return {key: CrowdTest.without_dates(item) for key, item in value.items()
                    if not key.endswith("date")}
        return [CrowdTest.without_dates(item) for item in value] if isinstance(value, list) else value

    def test_the_same_seed_makes_the_same_updates(self):
        first, second, other = self.run_crowd(5), self.run_crowd(5), self.run_crowd(6)
        self.assertEqual(self.without_dates(first), self.without_dates(second))
        self.assertNotEqual(self.without_dates(first), self.without_dates(other))
        size = sum(len(json.dumps(update)) for update in first) / len(first)
        self.assertTrue(700 < size < 1500, size)
        self.assertGreater(len({key for update in first for key in update}), 9, "many kinds")


if __name__ == "__main__":
    unittest.main()
