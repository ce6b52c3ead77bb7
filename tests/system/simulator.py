"""korone-botapi-sim as tests see it: people who say things, and what the bot answers."""

import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from stores import wait_for

BIN = os.environ.get("BIN_DIR",
                     os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/bin"))
TOKEN = "42:TEST-token-of-the-Bot-API-simulator"


def request(url, body=None, timeout=70, content_type="application/json"):
    """(status, JSON of the answer)"""
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    wanted = urllib.request.Request(url, body, {"Content-Type": content_type} if body else {})
    try:
        with urllib.request.urlopen(wanted, timeout=timeout) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def multipart(fields, files):
    """(body, content type); `files` is {name: (file name, bytes)}"""
    body = b""
    for name, value in fields.items():
        text = value if isinstance(value, str) else json.dumps(value)
        body += (f'--Bound\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n').encode()
    for name, (file_name, data) in files.items():
        body += (f'--Bound\r\nContent-Disposition: form-data; name="{name}"; '
                 f'filename="{file_name}"\r\nContent-Type: application/x-test\r\n\r\n').encode()
        body += data + b"\r\n"
    return body + b"--Bound--\r\n", "multipart/form-data; boundary=Bound"


class Said:
    def __init__(self, update_id, message_id, chat_id):
        self.update_id, self.message_id, self.chat_id = update_id, message_id, chat_id


class Person:
    def __init__(self, simulator, number, fields):
        self.simulator, self.id, self.fields = simulator, number, fields

    def says(self, text, chat=None, **more):
        return self.act("say", chat, text=text, **more)

    def does(self, kind, chat=None, **more):
        return self.act("do", chat, kind=kind, **more)

    def presses(self, message_id, data, chat=None):
        return self.act("press", chat, message_id=message_id, data=data)

    def act(self, control, chat, **body):
        body["from"] = self.id
        if chat is not None:
            body["chat"] = chat
        answer = self.simulator.control(control, body)
        return Said(answer["update_id"], answer["message_id"], answer["chat_id"])

    def blocks_the_bot(self):
        self.simulator.control("block", {"person": self.id})


class Bot:
    """The bot's calls since this object was created, in order."""

    def __init__(self, simulator):
        self.simulator, self.next = simulator, simulator.control("statistics")["journal_next"]

    def calls(self, wait_ms=0):
        query = urllib.parse.urlencode({"since": self.next, "wait_ms": wait_ms})
        answer = self.simulator.control("sent?" + query)
        self.next = answer["next"]
        return answer["calls"]

    def history(self):
        """All calls that the simulator remembers."""
        calls, since = [], 0
        while True:
            answer = self.simulator.control(f"sent?since={since}")
            if not answer["calls"]:
                return calls
            calls, since = calls + answer["calls"], answer["next"]

    def does(self, wanted, what, timeout=20):
        """The next call for which wanted(call) is true; earlier calls are skipped."""
        deadline, passed = time.monotonic() + timeout, []
        while time.monotonic() < deadline:
            calls = self.calls(int(max(1, min(1000, (deadline - time.monotonic()) * 1000))))
            for call in calls:
                if wanted(call):
                    # What follows it is for the next query.
                    self.next = call["index"] + 1
                    return call
                passed.append((call["method"], call["text"], call["error_code"]))
        raise AssertionError(f"the bot did not, within {timeout} s: {what}; it did: {passed}")

    def says(self, text, chat=None, timeout=20):
        """Waits until the bot has said exactly this (in the chat, if given)."""
        return self.does(lambda call: call["method"] == "sendMessage" and call["text"] == text
                         and call["error_code"] == 0 and chat in (None, call["chat_id"]),
                         f"say {text!r}", timeout)

    def says_something(self, about, chat=None, timeout=20):
        """Waits until the bot has said something that contains the text."""
        return self.does(lambda call: call["method"] == "sendMessage" and about in call["text"]
                         and call["error_code"] == 0 and chat in (None, call["chat_id"]),
                         f"say something with {about!r}", timeout)


class Simulator:
    def __init__(self, *options, log=None, environment=None, token=TOKEN):
        self.log = log or subprocess.DEVNULL
        self.dir = tempfile.TemporaryDirectory(prefix="korone-sim-", dir="/tmp")
        path = self.dir.name + "/port"
        self.process = subprocess.Popen(
            [os.path.join(BIN, "korone-botapi-sim"), "--port", "0", "--port-file", path,
             *(["--token", token] if token else []), *options],
            stdout=self.log, stderr=self.log, env=environment)
        wait_for(lambda: os.path.exists(path) or self.process.poll() is not None, 10,
                 "the simulator listens")
        with open(path) as file:
            self.port = int(file.read())
        self.url, self.token = f"http://127.0.0.1:{self.port}", token

    def control(self, name, body=None):
        status, answer = request(f"{self.url}/control/{name}", body)
        if status != 200:
            raise AssertionError(f"control {name}: {answer}")
        return answer

    def call(self, method, body=None, **keywords):
        """(status, answer) of a call made like a bot."""
        return request(f"{self.url}/bot{self.token}/{method}", body, **keywords)

    def person(self, first_name, **fields):
        fields["first_name"] = first_name
        return Person(self, self.control("person", fields)["id"], fields)

    def chat(self, title, type="supergroup", members=(), **fields):
        fields.update(title=title, type=type, members=[member.id for member in members])
        return self.control("chat", fields)["id"]

    def statistics(self):
        return self.control("statistics")

    def actors(self):
        """(people, chats) that may be recorded: those who acted, and the groups it happened in."""
        people = [p for p in self.control("people")["people"] if p["acted"] and not p["bot"]]
        chats = [c for c in self.control("chats")["chats"] if c["acted"] and not c["migrated_to"]
                 and c["type"] in ("group", "supergroup")]
        return people, chats

    def close(self):
        self.process.terminate()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.dir.cleanup()
        return code
