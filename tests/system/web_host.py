"""A host of the web that behaves in every bad way there is, on an address of loopback.

    host = WebHost()
    host.url("good.test", "/json")    "http://good.test:PORT/json"; its name is in TEST_NAMES
    host.seen                         what it was asked: (address, method, path, headers, body)

What a path does is a method of Handler: /redirect?to=URL, /bomb, …"""

import gzip
import http.server
import json
import socket
import socketserver
import threading
import urllib.parse
import zlib

WAIT_S = 60


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.do("")

    def do_POST(self):
        self.do(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def do_CONNECT(self):
        """As a proxy, whose every tunnel leads back here."""
        self.server.host.seen.append((self.server.server_address[0], self.command, self.path, dict(self.headers), ""))
        self.send_response(200)
        self.end_headers()

    def do(self, body):
        host = self.server.host
        parts = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(parts.query))
        self.body = body
        host.seen.append((self.server.server_address[0], self.command, self.path, dict(self.headers), body))
        try:
            getattr(self, parts.path.strip("/"))()
        except OSError:
            self.close_connection = True

    def answer(self, body, status=200, type="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", len(body))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def json(self):
        self.answer(json.dumps({"value": f"hello {len(self.server.host.seen)}"}).encode())

    def list(self):
        """What a test has put there: lines, or one of the others here."""
        way = self.server.host.list
        if isinstance(way, str):
            self.query = {"status": {"code": "503"}, "redirect": {"to": self.server.host.url("private.test", "/list")}}.get(way, {})
            getattr(self, way)()
        else:
            self.answer(way, type="text/csv")

    def post(self):
        """What a test has put there under this number: bytes, JSON, or one of the others here."""
        way = self.server.host.posts[self.query["number"]]
        if isinstance(way, str):
            self.query = {"status": {"code": "503"}, "redirect": {"to": self.server.host.url("private.test", "/json")}}.get(way, {})
            getattr(self, way)()
        else:
            self.answer(way if isinstance(way, bytes) else json.dumps(way).encode())

    def short(self):
        """Less than it says."""
        self.send_response(200)
        self.send_header("Content-Length", 1000000)
        self.end_headers()
        self.wfile.write(b"1\n2\n3\n")
        self.close_connection = True

    def page(self):
        self.answer(b"<html>no JSON</html>", type="text/html")

    def broken(self):
        self.answer(b'{"value": "hel')

    def deep(self):
        self.answer(b"[" * 500000)

    def status(self):
        self.answer(b'{"value": "x"}', int(self.query["code"]))

    def busy(self):
        self.answer(b"{}", 429, Retry_After="60")

    def redirect(self):
        self.answer(b"", int(self.query.get("code", 302)), Location=self.query["to"])

    def around(self):
        self.answer(b"", 302, Location=self.path)

    def echo(self):
        """All that came, as many APIs repeat in their errors."""
        self.answer(json.dumps({"value": f"{self.command} {self.path} {dict(self.headers)} {self.body}"}).encode())

    def bytes(self):
        """As many as are asked for, and more than fit into one part."""
        self.answer(bytes(range(256)) * (int(self.query["count"]) // 256), type="application/octet-stream")

    def repeat(self):
        """What came, often, and so at the borders of parts."""
        self.answer(b"".join(b"x" * (16384 - i) + self.path.encode() for i in range(0, 64, 2)))

    def zipped(self):
        self.answer(gzip.compress(b'{"value": "unpacked"}'), Content_Encoding="gzip")

    def bomb(self):
        """A gigabyte in a megabyte."""
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(packer.compress(b'{"value": "'))
        for _ in range(1024):
            self.wfile.write(packer.compress(bytes(1 << 20)))
        self.wfile.write(packer.flush())
        self.close_connection = True

    def endless(self):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        while not self.server.host.closed.is_set():
            self.wfile.write(b" " * 65536)

    def endless_zip(self):
        """Empty blocks (RFC 1951, 3.2.4), which unpack to nothing."""
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(gzip.compress(b"")[:10])
        while not self.server.host.closed.is_set():
            self.wfile.write(b"\0\0\0\xff\xff" * 10000)

    def large(self):
        """It says so at once."""
        self.send_response(200)
        self.send_header("Content-Length", 1 << 40)
        self.end_headers()

    def head(self):
        """Headers without an end."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.host.closed.is_set():
            self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    def drip(self):
        """A byte now and then."""
        self.send_response(200)
        self.send_header("Content-Length", 1000)
        self.end_headers()
        while not self.server.host.closed.wait(0.2):
            self.wfile.write(b" ")
            self.wfile.flush()

    def hold(self):
        """Says nothing until it is told to."""
        self.server.host.held.set()
        self.server.host.go.wait(WAIT_S)
        self.json()

    def holdbusy(self):
        """The same, and then that it is asked too much."""
        self.server.host.go.wait(WAIT_S)
        self.busy()

    def drop(self):
        self.connection.shutdown(socket.SHUT_RDWR)

    def nonsense(self):
        self.wfile.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
        self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # the client went away


class WebHost:
    def __init__(self, *addresses):
        """At the same port of each address; of the first by itself 127.0.0.1."""
        self.seen, self.held, self.go, self.closed = [], threading.Event(), threading.Event(), threading.Event()
        self.servers, self.port, self.list, self.posts = [], 0, b"", {}
        for address in addresses or ("127.0.0.1",):
            server = Server((address, self.port), Handler)
            server.host, self.port = self, server.server_address[1]
            self.servers.append(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def url(self, name, path):
        return f"http://{name}:{self.port}{path}"

    def paths(self, address=None):
        return [path for at, _, path, _, _ in self.seen if address in (None, at)]

    def close(self):
        self.closed.set()
        self.go.set()
        for server in self.servers:
            server.shutdown()
            server.server_close()
