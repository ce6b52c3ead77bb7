"""What operators see of crashes on the machine: koronectl incidents and incident ID."""

import json
import os
import stat
import subprocess

from crashd import BIN, CrashdTest, crash, wait_for


class IncidentsTest(CrashdTest):
    def koronectl(self, *words):
        done = subprocess.run([BIN + "/koronectl", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              env={"KORONE_RUN_DIR": self.dir + "/run"})
        return done.returncode, done.stdout

    def test_incidents(self):
        self.start()
        self.assertEqual(self.koronectl("incidents"), (0, "No crash and no error so far.\n"))
        captures = [crash("segv").of_update(number) for number in (1, 2, 3)]
        captures.append(crash("exit").of_update(4))
        for capture in captures:
            self.report(capture)
            self.span_of(capture)
        status, text = self.koronectl("incidents", "--json")
        incidents = json.loads(text)["incidents"]
        self.assertEqual([incident["count"] for incident in incidents if incident["function"]], [3])
        fault = next(incident for incident in incidents if incident["count"] == 3)
        self.assertEqual((fault["function"], fault["file"]),
                         ("write_to_null", "tests/system/victim.c"))
        self.assertEqual(fault["references"], [c.trace.hex() for c in reversed(captures[:3])])
        self.assertLessEqual(fault["first"], fault["last"])
        status, text = self.koronectl("incidents")
        self.assertEqual(status, 0)
        self.assertIn("in write_to_null (tests/system/victim.c:", text)
        self.assertIn(captures[2].trace.hex(), text)

    def test_the_whole_report_while_it_is_here(self):
        self.receiver.decide = lambda headers: 503
        self.start()
        capture = crash("segv").of_update(77, update={
            "update_id": 77, "message": {"message_id": 1, "date": 1, "text": "what they said"}})
        self.report(capture)
        self.wait_for_metric("korone_crashd_symbolize_seconds_count", 1)
        status, text = self.koronectl("incident", capture.trace.hex())
        self.assertEqual(status, 0, text)
        for part in ("write_to_null (tests/system/victim.c:", "capture_child", "what they said",
                     capture.trace.hex()):
            self.assertIn(part, text)
        self.receiver.decide = lambda headers: None
        self.start()
        self.span_of(capture)
        self.wait_for_metric("korone_crashd_reports_pending", 0)
        status, text = self.koronectl("incident", capture.trace.hex())  # known after a restart
        self.assertEqual(status, 0, text)
        self.assertNotIn("what they said", text)
        self.assertIn("write_to_null", text)
        self.assertIn("Logfire has it", text)
        fingerprint = json.loads(self.koronectl("incidents", "--json")[1])["incidents"][0][
            "fingerprint"]
        self.assertIn("write_to_null", self.koronectl("incident", fingerprint[:8])[1])
        self.assertEqual(self.koronectl("incident", "0" * 32)[0], 69)

    def test_nobody_else_may_ask(self):
        self.start()
        mode = os.stat(self.dir + "/run/crashd.control").st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        self.assertEqual(self.koronectl("incident")[0], 64)
        self.crashd.stop()
        self.assertEqual(self.koronectl("incidents")[0], 69)
