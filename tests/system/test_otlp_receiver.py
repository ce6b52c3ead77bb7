"""The receiver that judges reports must itself refuse what OTLP does not allow."""

import copy
import json
import unittest
import urllib.error
import urllib.request

from otlp import Receiver

GOOD = {"resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "korone"}}]},
    "scopeSpans": [{"scope": {"name": "korone"}, "spans": [{
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
        "name": "update", "kind": 5, "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": "1544712661000000000", "status": {"code": 2, "message": "x"},
        "attributes": [{"key": "a", "value": {"intValue": "1"}},
                       {"key": "b", "value": {"arrayValue": {"values": [{"boolValue": True}]}}}],
        "events": [{"name": "exception", "timeUnixNano": "1544712660500000000",
                    "attributes": [{"key": "exception.stacktrace",
                                    "value": {"stringValue": "#0 f at f.c:1"}}]}],
    }]}]}]}


class ReceiverTest(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def post(self, body, kind="application/json", path="/v1/traces"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        request = urllib.request.Request(self.receiver.url + path, body, {"Content-Type": kind})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def test_a_good_request_is_taken(self):
        self.assertEqual(self.post(GOOD), 200)
        span = self.receiver.wait_for_span()
        self.assertEqual(span.trace_id, "5b8efff798038103d269b633813fc60c")
        self.assertEqual(span.attributes, {"a": 1, "b": [True]})
        self.assertEqual(span.stacktrace, "#0 f at f.c:1")

    def test_bad_spans_are_refused(self):
        for name, change in {
            "an unknown key": {"spanName": "x"}, "snake case": {"trace_id": "00"},
            "an id in base64": {"traceId": "W47/95gDgQPSabYzgT/GDA=="},
            "a short id": {"traceId": "5b8e"}, "an id of zeros": {"spanId": "0" * 16},
            "an enum by name": {"kind": "SPAN_KIND_CONSUMER"}, "an unknown enum": {"kind": 77},
            "a number for a 64-bit integer": {"startTimeUnixNano": 1544712660000000000},
            "an end before the start": {"endTimeUnixNano": "1"}, "no name": {"name": ""},
            "an attribute twice": {"attributes": [{"key": "a", "value": {"stringValue": "1"}}] * 2},
            "a text that is a number": {"name": 5}, "an object for a list": {"events": {}},
        }.items():
            bad = copy.deepcopy(GOOD)
            bad["resourceSpans"][0]["scopeSpans"][0]["spans"][0].update(change)
            self.assertEqual(self.post(bad), 400, name)
        self.assertEqual(self.receiver.spans, [])

    def test_bad_bodies_and_paths_are_refused(self):
        self.assertEqual(self.post(b"{"), 400)
        self.assertEqual(self.post(b'{"resourceSpans":[],"resourceSpans":[]}'), 400)
        self.assertEqual(self.post(b"\x0a\x05\x01", "application/x-protobuf"), 400)
        self.assertEqual(self.post(GOOD, "text/plain"), 415)
        self.assertEqual(self.post(GOOD, path="/v1/spans"), 404)

    def test_planned_faults_come_first(self):
        self.receiver.plan = [503]
        self.assertEqual(self.post(GOOD), 503)
        self.assertEqual(self.post(GOOD), 200)


if __name__ == "__main__":
    unittest.main()
