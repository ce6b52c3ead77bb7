"""An OTLP/HTTP receiver for traces that accepts only what the protocol allows.

It judges by the protocol's own definition as Debian packages it (fetched by tests/fetch-otlp), with
protobuf's Python runtime, without any code of CKorone. JSON is checked by the rules of the OTLP
specification, "JSON Protobuf Encoding": lowerCamelCase keys, hex ids, enums as numbers, 64-bit
integers as decimal texts; unknown keys, which a receiver may ignore, are refused here because a
sender has no reason to send them.
"""

import base64
import gzip
import http.server
import importlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import types

from google.protobuf import json_format, message_factory

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
ID_KEYS = {"traceId", "spanId", "parentSpanId"}


class Refused(Exception):
    """Why a request is not OTLP."""


def load_request_type():
    directory = ROOT + "/build/otlp"
    if not os.path.isdir(directory):
        subprocess.run([ROOT + "/tests/fetch-otlp"], check=True)
    sys.path.append(directory)
    try:
        importlib.import_module("google.protobuf.internal.builder")
    except ImportError:
        # Ubuntu 22.04 has protobuf 3.12. What protoc makes since 3.20 asks this module for classes.
        builder = sys.modules["google.protobuf.internal.builder"] = types.ModuleType("builder")
        builder.BuildMessageAndEnumDescriptors = lambda *_: None
        builder.BuildTopDescriptorsAndMessages = lambda *_: None
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service
    if hasattr(service, "ExportTraceServiceRequest"):
        return service.ExportTraceServiceRequest
    return message_factory.MessageFactory().GetPrototype(
        service.DESCRIPTOR.message_types_by_name["ExportTraceServiceRequest"])


Request = load_request_type()


def check_scalar(field, value, at):
    kind = field.cpp_type
    if field.enum_type:
        if type(value) is not int or value not in field.enum_type.values_by_number:
            raise Refused(f"{at}: an enum is a known number")
    elif field.type == field.TYPE_BYTES:
        if not isinstance(value, str):
            raise Refused(f"{at}: bytes are a text")
        if field.json_name in ID_KEYS:
            if not re.fullmatch("([0-9a-fA-F]{2})*", value):
                raise Refused(f"{at}: ids are hex")
            return base64.b64encode(bytes.fromhex(value)).decode()
        base64.b64decode(value, validate=True)
    elif kind in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64):
        if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,20}", value):
            raise Refused(f"{at}: 64-bit integers are decimal texts")
    elif kind in (field.CPPTYPE_INT32, field.CPPTYPE_UINT32):
        if type(value) is not int:
            raise Refused(f"{at}: not an integer")
    elif kind == field.CPPTYPE_STRING:
        if not isinstance(value, str):
            raise Refused(f"{at}: not a text")
    elif kind == field.CPPTYPE_BOOL:
        if not isinstance(value, bool):
            raise Refused(f"{at}: not a boolean")
    elif not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Refused(f"{at}: not a number")
    return value


def check_object(descriptor, value, at="$"):
    """The same with ids in base64, which protobuf's own JSON parser expects."""
    if not isinstance(value, dict):
        raise Refused(f"{at}: not an object")
    fields = {field.json_name: field for field in descriptor.fields}
    out = {}
    for key, item in value.items():
        field = fields.get(key)
        if field is None:
            raise Refused(f"{at}.{key}: unknown key")
        one = (lambda x, p, f=field: check_object(f.message_type, x, p) if f.message_type
               else check_scalar(f, x, p))
        if field.label == field.LABEL_REPEATED:
            if not isinstance(item, list):
                raise Refused(f"{at}.{key}: not an array")
            out[key] = [one(x, f"{at}.{key}[{i}]") for i, x in enumerate(item)]
        else:
            out[key] = one(item, f"{at}.{key}")
    return out


def refuse_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise Refused("a key twice in one object")
    return dict(pairs)


def parse_json(body):
    data = json.loads(body.decode("utf-8"), object_pairs_hook=refuse_duplicates,
                      parse_constant=lambda word: (_ for _ in ()).throw(Refused(word)))
    return json_format.ParseDict(check_object(Request.DESCRIPTOR, data), Request())


def parse_protobuf(body):
    message = Request.FromString(body)
    if message.ByteSize() != len(body):
        raise Refused("unknown fields, or not the canonical encoding")
    return message


def check_attributes(attributes, where):
    keys = [attribute.key for attribute in attributes]
    if "" in keys or len(keys) != len(set(keys)):
        raise Refused(f"{where}: an attribute's key is empty or there twice")


def check_span(span):
    """What the protocol's comments require beyond the encoding."""
    if len(span.trace_id) != 16 or not any(span.trace_id):
        raise Refused("trace_id must be 16 bytes, not all zero")
    if len(span.span_id) != 8 or not any(span.span_id):
        raise Refused("span_id must be 8 bytes, not all zero")
    if len(span.parent_span_id) not in (0, 8):
        raise Refused("parent_span_id must be 8 bytes or none")
    if not span.name:
        raise Refused("a span without a name")
    if span.start_time_unix_nano == 0 or span.end_time_unix_nano < span.start_time_unix_nano:
        raise Refused("the times of a span")
    check_attributes(span.attributes, span.name)
    for link in span.links:
        if len(link.trace_id) != 16 or not any(link.trace_id):
            raise Refused("the trace_id of a link must be 16 bytes, not all zero")
        if len(link.span_id) != 8 or not any(link.span_id):
            raise Refused("the span_id of a link must be 8 bytes, not all zero")
    for event in span.events:
        if not event.name or event.time_unix_nano == 0:
            raise Refused("an event without a name or a time")
        check_attributes(event.attributes, event.name)


def value_of(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(item) for item in any_value.array_value.values]
    if kind == "kvlist_value":
        return attributes_of(any_value.kvlist_value.values)
    return getattr(any_value, kind) if kind else None


def attributes_of(attributes):
    return {attribute.key: value_of(attribute.value) for attribute in attributes}


class Span:
    """A received span with plain values."""

    def __init__(self, resource, span):
        self.resource = attributes_of(resource.attributes)
        self.trace_id, self.span_id = span.trace_id.hex(), span.span_id.hex()
        self.parent_span_id = span.parent_span_id.hex()
        self.name, self.kind, self.status = span.name, span.kind, span.status.code
        self.start_ns, self.end_ns = span.start_time_unix_nano, span.end_time_unix_nano
        self.attributes = attributes_of(span.attributes)
        self.links = [(link.trace_id.hex(), link.span_id.hex()) for link in span.links]
        self.events = {event.name: attributes_of(event.attributes) for event in span.events}

    @property
    def stacktrace(self):
        return self.events.get("exception", {}).get("exception.stacktrace", "")


class Server(http.server.ThreadingHTTPServer):
    """Knows how many connections have not ended."""

    def __init__(self, *arguments):
        self.connections, self.changed = 0, threading.Condition()
        super().__init__(*arguments)

    def count(self, more):
        with self.changed:
            self.connections += more
            self.changed.notify_all()

    def process_request(self, request, client_address):
        self.count(1)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        super().shutdown_request(request)
        self.count(-1)

    def handle_error(self, *_):
        """A client may be killed, or not trust us."""


class Receiver:
    """`plan` holds what to answer before accepting: a status, "drop" to close the connection, or
    (status, headers, body). `decide`, if set, is called first with the request's headers and
    returns the same, or None. `tls` is a certificate and key for HTTPS."""

    def __init__(self, tls=None):
        self.spans, self.refused, self.headers, self.plan = [], [], [], []
        self.decide = lambda headers: None
        self.arrivals = []  # (monotonic time, status)
        self.bodies = []    # accepted, unpacked
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # an answer is two writes: else 40 ms each time

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self, body)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
            self.url = f"https://localhost:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def take(self, handler, body):
        kind = handler.headers.get("Content-Type", "").split(";")[0].strip()
        parsers = {"application/json": parse_json, "application/x-protobuf": parse_protobuf}
        with self.changed:
            planned = self.decide(handler.headers)
            if planned is None and self.plan:
                planned = self.plan.pop(0)
        if planned == "drop":
            handler.close_connection = True
            return
        if isinstance(planned, tuple):
            status, headers, answer = planned
            self.answer(handler, status, kind, answer, headers)
        elif planned:
            self.answer(handler, planned, kind, b"", {"Retry-After": "1"})
        elif handler.path != "/v1/traces":
            self.answer(handler, 404, kind, b"")
        elif kind not in parsers:
            self.answer(handler, 415, kind, b"")
        else:
            self.judge(handler, kind, parsers[kind], body)

    def judge(self, handler, kind, parse, body):
        try:
            if handler.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            message = parse(body)
            spans = [Span(rs.resource, span) for rs in message.resource_spans
                     for ss in rs.scope_spans for span in ss.spans]
            for rs in message.resource_spans:
                check_attributes(rs.resource.attributes, "resource")
                for ss in rs.scope_spans:
                    for span in ss.spans:
                        check_span(span)
        except Exception as error:  # whatever is wrong with it, tell the sender
            with self.changed:
                self.refused.append(f"{type(error).__name__}: {error}")
                self.changed.notify_all()
            self.answer(handler, 400, kind, b"{}" if "json" in kind else b"")
            return
        with self.changed:
            self.spans += spans
            self.bodies.append(body)
            self.headers.append(dict(handler.headers))
            self.changed.notify_all()
        self.answer(handler, 200, kind, b"{}" if "json" in kind else b"")

    def answer(self, handler, status, kind, body, more=None):
        self.arrivals.append((time.monotonic(), status))
        handler.send_response(status)
        handler.send_header("Content-Type", kind or "text/plain")
        handler.send_header("Content-Length", str(len(body)))
        for key, value in (more or {}).items():
            handler.send_header(key, value)
        handler.end_headers()
        handler.wfile.write(body)

    def wait_for_span(self, wanted=lambda span: True, timeout=20, what="a span"):
        """The first received span for which wanted(span) is true."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                if self.refused:
                    raise AssertionError("no OTLP: " + self.refused[0])
                for span in self.spans:
                    if wanted(span):
                        return span
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"not within {timeout} s: {what}; received: "
                                         f"{[span.name for span in self.spans]}")
                self.changed.wait(left)

    def wait_until_left(self, timeout=20):
        """Once its client has ended: waits until everything it sent has been judged."""
        with socket.create_connection(self.server.server_address) as last:
            last.sendall(b"GET / HTTP/1.0\r\n\r\n")
            last.makefile().read()  # those queued before it are accepted
        with self.server.changed:
            if not self.server.changed.wait_for(lambda: self.server.connections == 0, timeout):
                raise AssertionError("somebody is still connected")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
