"""How crashd delivers reports to a receiver that is away, slow, wrong, or not to be trusted."""

import json
import os
import socket
import subprocess
import time
from email.utils import formatdate

from crashd import Clock, CrashdTest, crash, wait_for
from otlp import Receiver

REPORTS = "korone_crashd_reports_total"


class ForwardTest(CrashdTest):
    def accept(self, number=1):
        """Sends a report that the receiver accepts at once, or does not."""
        capture = crash("exit").of_update(number)
        self.report(capture)
        return capture

    def statuses(self):
        return [status for _, status in self.receiver.arrivals]

    def test_the_request(self):
        self.start(LOGFIRE_TOKEN="pylf_v1_us_0123456789abcdef")
        self.span_of(self.accept())
        headers = self.receiver.headers[0]
        self.assertEqual(headers["Authorization"], "pylf_v1_us_0123456789abcdef")
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertNotIn("pylf_v1", self.crashd.log())

    def test_the_time_that_the_receiver_asks_for(self):
        for status in (429, 503):
            self.receiver.arrivals.clear()
            self.start()
            after = "2" if status == 429 else formatdate(time.time() + 3, usegmt=True)
            self.receiver.plan = [(status, {"Retry-After": after}, b"")]
            self.span_of(self.accept(status))
            (first, refused), (second, taken) = self.receiver.arrivals
            self.assertEqual((refused, taken), (status, 200))
            self.assertGreater(second - first, 1.5)

    def test_poison_is_dropped_and_holds_up_nothing(self):
        self.start()
        for number, status in enumerate((400, 413, 415, 422), 1):
            self.receiver.plan = [status]
            self.accept(number)
            self.wait_for_metric(REPORTS, number, outcome="rejected")
        self.span_of(self.accept(9))
        self.assertEqual(self.statuses(), [400, 413, 415, 422, 200])

    def test_partial_success_is_not_repeated(self):
        self.start()
        answer = {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "too old"}}
        self.receiver.plan = [(200, {}, json.dumps(answer).encode())]
        self.accept(1)
        self.wait_for_metric(REPORTS, 1, outcome="rejected")
        self.receiver.plan = [(200, {}, b'{"partialSuccess":{"errorMessage":"a warning"}}')]
        self.accept(2)
        self.wait_for_metric(REPORTS, 1, outcome="delivered")
        self.assertEqual(self.statuses(), [200, 200])
        self.assertIn("too old", self.crashd.log())

    def test_a_wrong_token_loses_nothing(self):
        self.start()
        self.receiver.decide = lambda headers: 401
        captures = [self.accept(number) for number in range(1, 4)]
        wait_for(lambda: self.state() == "refused: HTTP 401", 10, "the refusal is shown")
        self.assertLessEqual(len(self.receiver.arrivals), 3, "then it only tries now and then")
        self.assertEqual(self.crashd.get("/readyz")[0], 200, "captures are still taken")
        self.receiver.decide = lambda headers: None
        self.start(LOGFIRE_TOKEN="the_right_one")
        for capture in captures:
            self.span_of(capture)

    def test_a_token_that_is_right_again_needs_no_restart(self):
        """A report is retried every 5 minutes, and up to a tenth later."""
        clock = Clock(self.dir)
        self.start(**clock.environment)
        self.receiver.decide = lambda headers: 401
        captures = [self.accept()]
        wait_for(lambda: self.state() == "refused: HTTP 401", 10, "the refusal is shown")
        captures += [self.accept(number) for number in range(2, 6)]
        for tries in (1, 2):
            clock.put_forward(299)
            wait_for(lambda: self.crashd.status()["up_ms"] > 1000 * clock.ahead_s, 5, "it knows")
            self.assertEqual(len(self.receiver.arrivals), tries)
            clock.put_forward(32)
            wait_for(lambda: len(self.receiver.arrivals) > tries, 5, "it tries again")
            self.assertEqual(self.metric("korone_crashd_reports_pending"), 5)
        self.receiver.decide = lambda headers: None
        clock.put_forward(331)
        for capture in captures:
            self.span_of(capture)

    def test_a_report_that_nobody_takes_goes_after_its_time(self):
        clock = Clock(self.dir)
        self.start(KORONE_CRASH_KEEP_HOURS="3", **clock.environment)
        self.receiver.decide = lambda headers: 503
        self.accept()
        clock.put_forward(3 * 3600 - 120)
        wait_for(lambda: len(self.receiver.arrivals) > 1, 5, "it goes on trying")
        self.assertEqual(self.metric("korone_crashd_reports_pending"), 1)

        def is_expired():
            clock.put_forward(121)  # it looks once a minute, and skips what is being sent
            return self.metric(REPORTS, outcome="expired") == 1

        wait_for(is_expired, 20, "it is given up")
        self.assertEqual(os.listdir(self.dir + "/state/crashd/reports"), [])

    def test_redirects_are_not_followed(self):
        elsewhere = Receiver()
        self.addCleanup(elsewhere.close)
        self.receiver.decide = lambda headers: (
            307, {"Location": elsewhere.url + "/v1/traces"}, b"")
        self.start(LOGFIRE_TOKEN="not_for_others")
        capture = self.accept()
        wait_for(lambda: self.state() == "refused: HTTP 307", 10, "the redirect is shown")
        self.assertEqual(elsewhere.arrivals, [])
        self.receiver.decide = lambda headers: None
        self.start()
        self.span_of(capture)

    def test_a_certificate_that_nobody_vouches_for(self):
        pem = self.dir + "/server.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", pem + ".key", "-out", pem], check=True,
                       stderr=subprocess.DEVNULL)
        with open(pem, "a") as file, open(pem + ".key") as key:
            file.write(key.read())
        secure = Receiver(tls=pem)
        self.addCleanup(secure.close)
        self.start(LOGFIRE_BASE_URL=secure.url, LOGFIRE_TOKEN="not_for_everybody")
        capture = self.accept()
        wait_for(lambda: self.state() == "unreachable: the server's certificate is wrong", 10,
                 "it is refused")
        self.assertEqual(secure.arrivals, [])
        self.start()
        self.span_of(capture)

    def test_a_receiver_that_never_answers(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        clock = Clock(self.dir)
        self.start(LOGFIRE_BASE_URL=f"http://127.0.0.1:{silent.getsockname()[1]}",
                   **clock.environment)
        capture = self.accept()
        connection, _ = silent.accept()
        self.addCleanup(connection.close)
        self.assertTrue(connection.recv(1), "it is asked")
        clock.put_forward(10)
        wait_for(lambda: self.state() == "unreachable: no answer in time", 15, "it is given up")
        self.start()
        self.span_of(capture)

    def test_every_project_has_every_report_once(self):
        down = {"second_token"}
        self.receiver.decide = lambda headers: 503 if headers["Authorization"] in down else None
        self.start(LOGFIRE_TOKEN="first_token, second_token")
        captures = [self.accept(number) for number in range(1, 4)]
        wait_for(lambda: len(self.receiver.spans) == 3, 10, "the first project has them")
        self.assertEqual(self.metric(REPORTS, outcome="delivered"), 0)
        self.crashd.stop()
        down.clear()
        self.start(LOGFIRE_TOKEN="second_token,first_token")
        self.wait_for_metric(REPORTS, 3, outcome="delivered")
        got = [(headers["Authorization"], span.trace_id)
               for headers, span in zip(self.receiver.headers, self.receiver.spans)]
        self.assertEqual(sorted(got), sorted((token, capture.trace.hex()) for capture in captures
                                             for token in ("first_token", "second_token")))

    def test_what_was_accepted_before_a_kill_is_not_sent_again(self):
        """crashd records the acceptance first; the kill came before it removed the report."""
        self.receiver.decide = lambda headers: 503
        self.start()
        self.accept()
        wait_for(lambda: self.state() == "refused: HTTP 503", 10, "it waits")
        self.crashd.kill()
        state = self.dir + "/state/crashd"
        (report,) = os.listdir(state + "/reports")
        with open(state + "/delivered", "ab") as file:
            file.write(bytes.fromhex(report.split(".")[0]))
        self.receiver.decide = lambda headers: None
        self.start()
        self.span_of(self.accept(2))
        self.wait_for_metric("korone_crashd_reports_pending", 0)
        self.assertEqual(len(self.receiver.spans), 1)

    def test_old_reports_are_sent_as_of_now(self):
        self.start()
        capture = crash("exit").of_update(1)
        capture.started_ns = capture.ended_ns = time.time_ns() - 24 * 3600 * 10**9
        self.report(capture)
        span = self.span_of(capture)
        self.assertLess(abs(time.time_ns() - span.end_ns), 60 * 10**9)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(capture.ended_ns // 10**9))
        self.assertEqual(span.attributes["crash.occurred_at"], when)

    def test_no_secret_in_any_field_gets_out(self):
        secrets = ("pylf_v1_eu_PLANTEDplantedPLANTED", "123456789:AAPLANTEDplantedPLANTEDplanted_abcdefg",
                   "postgresql://korone:PLANTED@db/korone", "password=PLANTED",
                   "Bearer PLANTEDplantedPLANTEDplanted")
        fields = ("process", "pool", "host", "program_version", "thread", "message", "module",
                  "handler", "file", "function")
        self.start(LOGFIRE_TOKEN="OWN_TOKEN_PLANTED_1234567890")
        number = 0
        for secret in (*secrets, "OWN_TOKEN_PLANTED_1234567890"):
            for way in ("segv", "exit"):
                number += 1
                capture = crash(way).of_update(number, update={
                    "update_id": number, "message": {"text": f"look: {secret}",
                                                     "list": [secret, {"password": "PLANTED"}]}})
                for field in fields:
                    setattr(capture, field, f"x {secret} y")
                self.report(capture)
                span = self.span_of(capture)
                self.assertEqual(span.attributes["telegram.update_id"], number)
        text = b"".join(self.receiver.bodies).decode()
        where = text.find("PLANTED")
        self.assertEqual(where, -1, text[max(0, where - 200):where + 50])
        self.assertNotIn("PLANTED", self.crashd.log())
        self.assertNotIn("environ", text)
