#!/usr/bin/python3
"""Writes the seeds of tests/fuzz: valid inputs for each decoder, made without our own encoders, so
that they also pin down the formats. Needs Debian's python3-msgpack. Run it after changing a format
and commit the result."""
import json
import pathlib
import struct

import msgpack

SEEDS = pathlib.Path(__file__).parent / "seeds"
SESSION = 0xFEDCBA9876543210
TRACE = bytes(range(16))


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def write(target, name, data):
    directory = SEEDS / target
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(data)


MESSAGES = {
    "pool_hello": [1, 1, 1, 1, SESSION, 7, "pool", "host", "0.1.0", 42, 0xFFFFFF, [1, 300, 2**64 - 1]],
    "welcome": [1, 2, 1, 0, SESSION, 99, None],
    "welcome_refused": [1, 2, 1, 3, SESSION, 99, "full"],
    "pool_beat": [1, 3, SESSION, 64, 1000, 2, 3, 4, 5, 6, [[7, 2, 1500, 1, 12345], [8, 1, 0, 0, 0]]],
    "beat_answer": [1, 4, SESSION, 99],
    "updates": [1, 5, SESSION, [
        [1, TRACE, 1000, 0, 0, 1, 2**64 - 1, 12, pack({"update_id": 1000})],
        [2, TRACE, -1, 12, 1, 2, 5, 70000, b""]]],
    "verdicts": [1, 6, SESSION, 64, [
        [1, 1, 0], [2, 1, 1], [3, 2, 2, 4], [4, 3, 3], [5, 4, 4, 60000, b"work"]]],
    "verdicts_stored": [1, 7, SESSION, 5],
    "migrated": [1, 10, [-5, -1002147483648001]],
    "cooldowns": [1, 8, [[0, 3000], [-1002147483648001, 60000]]],
    "bye": [1, 9, SESSION],
    "recorder_hello": [1, 20, 1, 1, SESSION, "host", "0.1.0", 42],
    "recorder_beat": [1, 21, SESSION, 4096, 1000, True, "ready", "refused: no", 10, 9],
    "sightings": [1, 22, SESSION, [
        [0, 2**52, 3, 1700000000, "ann", "Ann", None, "pt-br"],
        [1, -1002147483648001, 1, 1700000000, None, "Title", "supergroup"],
        [2, -5, 1, 1700000000, -1005]]],
    "sightings_stored": [1, 23, SESSION, 4096, [[0, 1, 2], [2, -5, 1]]],
    "capture": [1, 30, TRACE, b"capture"],
    "capture_stored": [1, 31, TRACE],
}

USER = {"id": 123456789, "is_bot": False, "first_name": "Ann", "last_name": "Ä\U0001f600",
        "username": "ann", "language_code": "de"}
GROUP = {"id": -1002147483648001, "type": "supergroup", "title": "Group \"x\"", "is_forum": True}
BASIC = {"id": -4711, "type": "group", "title": "Small"}
TEXT = {"message_id": 5, "date": 1700000000, "chat": GROUP, "from": USER, "text": "/ping a\n\t\\",
        "message_thread_id": 7, "is_topic_message": True,
        "entities": [{"type": "bot_command", "offset": 0, "length": 5}]}
MEMBER = {"chat": GROUP, "from": USER, "date": 1,
          "old_chat_member": {"status": "left", "user": USER},
          "new_chat_member": {"status": "member", "user": USER}}
UPDATES = {
    "message": {"message": TEXT},
    "edited": {"edited_message": dict(TEXT, reply_to_message=dict(TEXT, message_id=4))},
    "joined": {"message": {"message_id": 6, "date": 1, "chat": BASIC, "from": USER,
                           "new_chat_members": [USER, dict(USER, id=7, is_bot=True)]}},
    "migrated": {"message": {"message_id": 8, "date": 1, "chat": BASIC, "from": USER,
                             "migrate_to_chat_id": -1002147483648001}},
    "migrated_from": {"message": {"message_id": 1, "date": 1, "chat": GROUP, "from": USER,
                                  "migrate_from_chat_id": -4711}},
    "callback": {"callback_query": {"id": "438", "from": USER, "chat_instance": "1", "data": "b:1",
                                    "message": {"message_id": 5, "date": 0, "chat": GROUP}}},
    "inline": {"inline_query": {"id": "9", "from": USER, "query": "q", "offset": ""}},
    "my_member": {"my_chat_member": MEMBER},
    "member": {"chat_member": MEMBER},
    "join_request": {"chat_join_request": {"chat": GROUP, "from": USER, "user_chat_id": 1,
                                           "date": 1}},
    "reaction": {"message_reaction": {"chat": GROUP, "message_id": 5, "user": USER, "date": 1,
                                      "old_reaction": [],
                                      "new_reaction": [{"type": "emoji", "emoji": "\U0001f44d"}]}},
    "poll_answer": {"poll_answer": {"poll_id": "1", "user": USER, "option_ids": [0]}},
    "channel": {"channel_post": {"message_id": 1, "date": 1, "text": "t",
                                 "chat": {"id": -100, "type": "channel", "title": "C"}}},
    "unknown": {"something_new": {"a": [1, 2.5, -0.0, 1e300, 2**63, None, True]}},
}

ANSWERS = {
    "ok": b'{"ok":true,"result":{"message_id":5}}',
    "refused": b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}',
    "flood": b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5",'
             b'"parameters":{"retry_after":5}}',
    "migrated": b'{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded '
                b'to a supergroup chat","parameters":{"migrate_to_chat_id":-1002147483648001}}',
    "html": b"<html><body>502 Bad Gateway</body></html>",
}

JSON_TEXTS = {
    "numbers": b"[0,-0,-1,9223372036854775807,9223372036854775808,-9223372036854775809,1.5,1e-7,1E+9]",
    "escapes": rb'{"a":"\u00e4\ud83d\ude00\ud800 \/\b\f\n\r\t\"\\","":{}}',
    "nested": b"[" * 63 + b"{}" + b"]" * 63,
    "spaces": b' \r\n\t{ "a" : [ true , false , null ] } ',
}


def messages():
    for name, value in MESSAGES.items():
        write("message", name, pack(value))
    incident = [1, TRACE, 12, 1, -1002147483648001, "supergroup", 7, None, "438"]
    write("record", "incident", pack(incident))
    write("record", "incident_2", pack([2, *incident[1:], 4503599627370495, 12, "bc"]))
    for index, sighting in enumerate(MESSAGES["sightings"][3]):
        write("record", f"sighting_{index}", pack(sighting))


def captures():
    maps = (b"55d000000000-55d000001000 r-xp 00001000 08:01 5 /usr/bin/korone-worker\n"
            b"7f0000000000-7f0000020000 r-xp 00000000 08:01 6 /lib/libc.so.6\n"
            b"7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]\n")
    modules = b"55cffffff000 0123456789abcdef\n7f0000000000 00ff\n"
    crash = [1, 0, "child", "pool", "host", "0.1.0", "0123456789abcdef", 42, 11, 1, 0, 8, 42, "main",
             list(range(2**64 - 23, 2**64)), "message", 0x7FFC00000000, 0, bytes(64), None, modules,
             maps, "ping", "answer", None, None, 0, TRACE, 1, 1000, 0, pack({"update_id": 1000}),
             1700000000000000000, 1700000001000000000]
    write("capture", "crash", pack(crash))
    failed = list(crash)
    failed[1], failed[8:15], failed[24:27] = 5, [0, 0, 0, 0, 0, None, [0] * 23], ["ping.c", "answer", 7]
    write("capture", "error", pack(failed))
    arm = [2, 183] + crash[1:]
    arm[15] = list(range(2**64 - 34, 2**64))
    write("capture", "arm64", pack(arm))


def symbolize():
    """The first byte selects a part of a capture: stack, map, build ids, registers, ELF."""
    linker = b"/lib64/ld-linux-x86-64.so.2"
    write("symbolize", "stack", b"\x00" + b"".join(struct.pack("<Q", 0x20000 + 64 * n)
                                                  for n in range(64)))
    write("symbolize", "maps", b"\x01" + b"10000-20000 r--p 00000000 00:00 1 " + linker +
          b"\n20000-90000 r-xp 00010000 00:00 1 " + linker + b" (deleted)\n")
    write("symbolize", "modules", b"\x02" + b"10000 0123456789abcdef\n20000 ff\n")
    write("symbolize", "registers", b"\x03" + struct.pack("<23Q", *range(0x20000, 0x20017)))
    write("symbolize", "arm64", b"\x83" + struct.pack("<34Q", *range(0x20000, 0x20022)))
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 0x80000, 0x80000, 4096)
    frame = struct.pack("<IIQQQQQQ", 0x6474E550, 4, 0x100, 0x100, 0x100, 16, 16, 4)
    note = struct.pack("<IIQQQQQQ", 4, 4, 0x120, 0x120, 0x120, 20, 20, 4)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0x11000, 64, 0, 0, 64, 56, 3, 64, 0, 0)
    elf = (header + load + frame + note).ljust(0x100, b"\0")
    elf += b"\x01\x1b\x03\x3b" + bytes(12) + bytes(16)
    elf += struct.pack("<III", 4, 4, 3) + b"GNU\0" + b"\xaa\xbb\xcc\xdd"
    write("symbolize", "elf", b"\x04" + elf)


def updates():
    elements = []
    for number, (name, update) in enumerate(UPDATES.items()):
        update = {"update_id": 1000 + number, **update}
        text = json.dumps(update, ensure_ascii=number % 2 == 0, separators=(",", ":"))
        elements.append(text)
        for target in ("extract", "cursor", "json", "crashd"):
            write(target, name, pack(update))
        write("transcode", name, text.encode())
    answer = '{"ok":true,"result":[%s]}'
    write("split", "one", (answer % elements[0]).encode())
    write("split", "many", (answer % ",".join(elements[:4])).encode())
    write("split", "none", (answer % "").encode())
    write("split", "broken", (answer % ('{"update_id":1,"message":{"text":"x},' + elements[1])).encode())


def others():
    for name, text in JSON_TEXTS.items():
        write("transcode", name, text)
    for name, text in ANSWERS.items():
        write("answer", name, b"\x01" + text)
        write("answer", name + "_refused", b"\x02" + text)
    for name, value in {"bin": [b"", b"f", b"fo", b"foo"], "wide": [2**64 - 1, -2**63, 1.5, "x" * 300],
                        "map": {"k": {"message": {"chat": {"id": 1}}}}}.items():
        write("cursor", name, pack(value))
        write("json", name, pack(value))
    write("cursor", "ext", b"\xd4\x05\x01")
    write("cursor", "bomb", b"\xdd\xff\xff\xff\xff")
    records = b"".join(struct.pack("BB", len(body), kind) + body
                       for kind, body in ((1, bytes(64)), (3, b"sighting"), (6, bytes(8)), (2, bytes(16))))
    write("spool", "records", records)
    for index, value in enumerate(([[-5, -1005, 1800000100]], {"message": 1800000000, "poll": 1799990000},
                                   None, [1, 2**64 - 1])):
        body = pack(value) if value is not None else b"".join(map(pack, (500000, 1000, 7, 500000, 2000, 0)))
        write("meta", ("joins", "allowed", "seen", "sessions")[index], bytes([index]) + body)
    conflict = b'{"ok":false,"error_code":409,"description":"Conflict: terminated by setWebhook request"}'
    flood = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}'
    hook = b'{"ok":true,"result":{"url":"https://example.org/hook"}}'
    for name, status, body in (("conflict", 4, conflict), ("flood", 5, flood), ("hook", 1, hook),
                               ("html", 7, b"<html>")):
        write("poll", name, bytes([0, status]) + body)
    # number, update id, received, due, lane, trace, kind and counts: see update_record
    update = struct.pack("<Q", 5) + bytes(56) + pack({"update_id": 5})
    kinds = b"".join(bytes([kind, len(body)]) + body
                     for kind, body in ((1, update), (3, pack(MESSAGES["sightings"][3][0])), (2, struct.pack("<QQ", 5, 1)),
                                        (5, b"\x04seen" + pack(500000))))
    write("segments", "records", kinds + kinds)
    for name, text in (("forged", 'x" level=error y="\\\n\x1b[0m'), ("characters", "ä€😀\u202e\u009b"),
                       ("secret", "hunter2-hunter2 123456789:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi")):
        write("log", name, b"\x80" + text.encode())
    write("crashd", "secrets", b"postgres://user:password@host/db 123456789:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi")


if __name__ == "__main__":
    messages()
    captures()
    symbolize()
    updates()
    others()
