#!/usr/bin/python3
"""Writes the seeds of tests/fuzz: valid inputs for each decoder, made without our own encoders, so
that they also pin down the formats. Needs Debian's python3-msgpack. Run it after changing a format
and commit the result."""
import base64
import json
import pathlib
import struct
import zlib

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


# A head (common/piece.h), then what the host reads.
PIECE = b"\xc1\1\2\0\0\0\0\0" + struct.pack("<Qqq", 12345, -1002147483648001, 7) + b"work"
ORDERS = b"".join(pack(order) for order in ([0, 60000, PIECE], [1, -1002147483648001, 12345], [2, 7], [3, -5], [4, 7]))

MESSAGES = {
    "pool_hello": [1, 1, 1, 1, SESSION, 7, "pool", "host", "0.1.0", 42, 0xFFFFFF, [1, 300, 2**64 - 1]],
    "welcome": [1, 2, 1, 0, SESSION, 99, None],
    "welcome_refused": [1, 2, 1, 3, SESSION, 99, "full"],
    "pool_beat": [1, 3, SESSION, 64, 1000, 2, 3, 4, 5, 6, [[7, 2, 1500, 1, 12345], [8, 1, 0, 0, 0]]],
    "beat_answer": [1, 4, SESSION, 99],
    "updates": [2, 5, SESSION, [
        [1, TRACE, 1000, 0, 0, 1, 2**64 - 1, 12, 1700000000, pack({"update_id": 1000})],
        [2, TRACE, -1, 12, 33, 2, 5, 70000, 0, b""]]],
    "verdicts": [1, 6, SESSION, 64, [
        [1, 1, 0], [2, 1, 1], [3, 2, 2, 4], [4, 3, 3], [5, 4, 4, 60000, b"work"]]],
    "verdicts_ordering": [3, 6, SESSION, 64, [[1, 1, 0, ORDERS], [2, 2, 1, ORDERS]]],
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
    write("record", "said", b"abcdefgh:1 2 5,6 3,4")
    write("record", "named_call", pack([-100, 0, False, False, "sendMessage", "{}", [], 0,
                                        [1, "korone:said:x", "abcdefgh:1", 0, 600]]))
    write("record", "incident_2", pack([2, *incident[1:], 4503599627370495, 12, "bc"]))
    write("record", "incident_3", pack([3, *incident[1:], 4503599627370495, 12, "bc", b"\x93work"]))
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
    write("body", "message", '{"chat_id":-100,"text":"a\\n\u00e9","b":[1,{"c":null}],"d":true}'.encode())
    write("body", "spaces", b' { "chat_id" : "5" , "e" : 1.5 } ')
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


def chat_messages():
    here = {"message_id": 5, "date": 1, "chat": GROUP}
    reply = {**here, "from": USER, "text": "😀 see", "entities": [
        {"type": "text_link", "offset": 3, "length": 3, "url": "https://example.org"},
        {"type": "text_mention", "offset": 0, "length": 2, "user": USER}]}
    whole = {**here, "from": USER, "sender_chat": GROUP, "caption": "c", "edit_date": 2, "media_group_id": "7",
             "caption_entities": [{"type": "date_time", "offset": 0, "length": 1, "unix_time": 5,
                                   "date_time_format": "r"}],
             "photo": [{"file_id": "p", "file_unique_id": "u", "width": 90, "height": 90}],
             "has_media_spoiler": True, "reply_to_message": reply, "quote": {"text": "see", "position": 3},
             "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "X"},
             "reply_markup": {"inline_keyboard": [[{"text": "A", "url": "https://example.org"}]]}}
    elsewhere = {**here, "video_note": {"file_id": "v", "length": 240, "duration": 9},
                 "external_reply": {"origin": {"type": "channel", "chat": {"id": -7, "type": "channel"},
                                               "message_id": 3, "date": 1}, "voice": {"file_id": "v"}}}
    blocks = [{"type": "heading", "text": ["a", {"type": "bold", "text": {"type": "url", "text": "b", "url": "u"}}]},
              {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "paragraph", "text": "c"}]}]},
              {"type": "table", "cells": [[{"text": "d"}, {}]], "caption": "e"},
              {"type": "photo", "photo": [{"file_id": "p"}], "caption": {"text": "f", "credit": "g"}}]
    rich = {**here, "rich_message": {"blocks": blocks}}
    for name, message in (("whole", whole), ("elsewhere", elsewhere), ("rich", rich)):
        write("chat_message", name, json.dumps(message, ensure_ascii=False).encode())
        write("kept", name, json.dumps(message, ensure_ascii=False).encode() + "\0Ann 😀".encode())
    written = {**here, "text": "Hi\n[A](buttonurl://example.org) [B](buttonurl:https://b.org/x:same)\nbye", "entities": [
        {"type": "bold", "offset": 0, "length": 40}, {"type": "italic", "offset": 70, "length": 3}]}
    write("kept", "written", json.dumps(written).encode() + b"\0Ann")
    kept = {"kept": 1, "text": "Hi {first} {mention} {username} 😀 of {chat}, {count}: {rules}", "entities": [
        ["bold", 0, 5], ["text_link", 11, 9, "https://example.org"], ["date_time", 32, 2, "wD", 5]],
        "media": ["photo", "AgAC", True], "buttons": [["{last}", "https://example.org", 0]]}
    write("kept", "value", json.dumps(kept, ensure_ascii=False).encode() + b"\0<b>\xff</b>")


def slugs():
    """What is tried, then the bytes."""
    values = b":-5:caf\xc3\xa9/7"
    coded = base64.urlsafe_b64encode(values[1:]).rstrip(b"=")
    for number, data in enumerate((b"button" + values, b"step:" + coded + b"-99999999999",
                                   pack(-5) + pack("caf\u00e9") + pack(7), b"work" + values,
                                   b"button" + values + b"AAAAAAAA", b"alone" + values, coded,
                                   b"page:%d:%.16s/%lld")):
        write("slug", f"try_{number}", bytes([number]) + data)
    write("slug", "job", b"\3/job:1:2:0:1:0:1:1767225600:-1001:sent=5,blocked=-1,")


def fields():
    """A value of each type, behind the number of the type."""
    for number, text in enumerate(("$", "all for one", "-7", "yes", "90s", "Green", "delete+mute 2h, ban",
                                   "one two  one", "-1001234567890", "10:30pm")):
        write("field", f"type_{number}", bytes([number]) + text.encode())
        write("field", f"off_{number}", bytes([number]) + b"off")


MODULE_COMMANDS = ("/settings", "/exportsettings", "/importsettings", "/copysettings -100", "/followsettings -100", "/set", "/set x", "/reset", "/reset x",
                   "/cancel", "/disable ping", "/enable ping", "/disabled", "/disableable", "/help", "/help ping",
                   "/lang", "/op_event", "/op_stats", "/ping", "/privacy", "/export", "/forgetme",
                   "/rememberme", "/start", "/id", "/info", "/info @ann", "/info 123456789", "/adminlist",
                   "/admincache", "words")
ADMINS = [{"status": "creator", "user": USER, "is_anonymous": False},
          {"status": "administrator", "user": {"id": 7, "is_bot": False, "first_name": ""},
           "can_restrict_members": True, "custom_title": "\u202e"}]
MODULE_ANSWERS = ({"ok": True, "result": ADMINS}, {"ok": True, "result": ADMINS[0]}, {"ok": True, "result": []},
                  {"ok": True, "result": {"user": 5}}, {"ok": True},
                  {"ok": False, "error_code": 400, "description": "Bad Request: member list is inaccessible"},
                  {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 5}})


def modules():
    """Kind, flags, status of the answer, its body, NUL, the update."""
    for number, command in enumerate(MODULE_COMMANDS):
        answer = MODULE_ANSWERS[number % len(MODULE_ANSWERS)]
        status = 0 if answer["ok"] else 2
        chat = GROUP if number % 3 else {"id": USER["id"], "type": "private"}
        message = {"message_id": 5, "date": 1, "chat": chat, "from": USER, "text": command,
                   "entities": [{"type": "bot_command", "offset": 0, "length": len(command.split()[0])}],
                   "reply_to_message": {"message_id": 4, "date": 1, "chat": chat, "from": dict(USER, id=9)}}
        update = json.dumps({"update_id": 1, "message": message}).encode()
        write("modules", f"command_{number}", bytes([0, 0, status]) + json.dumps(answer).encode() + b"\0" + update)


def lists():
    """Of people, as other bots write them."""
    write("feds", "table", b'name,"user_id",reason\n"a ""b"", c\nd",5000001,x\ny;z,-1001000000777,\n')
    write("feds", "plain", b"\xef\xbb\xbf5000001\r\n\r\n5000001.0\r\nx\r\n")
    write("feds", "lines", b'{"user_id": 5000001, "reason": "a \\"]"}\n{"id": "5000002"}\n')
    write("feds", "wrapped", b'{"by": {"id": 1}, "bans": [5000001, {"user": {"id": 5000002}}, null]}')


def strangers():
    """What comes from outside to ingress, recorder, children, crashd and koronectl."""
    update = b'{"update_id":1,"message":{"message_id":5,"date":1,"chat":{"id":1,"type":"private"}}}'
    head = b"POST /hook HTTP/1.1\r\nHost: bot.example\r\n"
    secret = b"X-Telegram-Bot-Api-Secret-Token: hook-secret\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(update)
    write("webhook", "update", b"\0" + head + secret + length + update)
    write("webhook", "parts", b"\0" + head + b"\xff" + secret + length + b"\xff" + update)
    write("webhook", "full", b"\7" + head + secret + length + update)
    write("webhook", "chunks", b"\0" + head + secret + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
          % (len(update), update))
    write("webhook", "two", b"\0" + (head + secret + length + update) * 2)
    write("webhook", "stranger", b"\0" + head.replace(b"POST", b"GET") + b"\r\n")
    write("webhook", "expects", b"\0" + head + secret + b"Expect: 100-continue\r\n" + length + update)
    run = b"$21\r\nrun_id:0123456789ab\r\n\r\n"
    known = b"$-1\r\n+OK\r\n+OK\r\n+OK\r\n$32\r\n" + b"0" * 32 + b"\r\n+OK\r\n"
    write("resp", "recorder", b"\0" + run + known + b"*1\r\n$8\r\n12345678\r\n" * 3 + b"*-1\r\n")
    write("resp", "recorder_refused", b"\0-NOAUTH Authentication required.\r\n")
    write("resp", "child", b"\1$2\r\n17\r\n*4\r\n$1\r\n5\r\n$2\r\n18\r\n$3\r\nall\r\n$2\r\n17\r\n"
          b"$5\r\nvalue\r\n+OK\r\n:12\r\n+OK\r\n:1\r\n:2\r\n:1\r\n$2\r\n17\r\n")
    write("resp", "child_moved", b"\1-MOVED 3999 127.0.0.1:6381\r\n")
    write("resp", "child_three", b"\1%2\r\n$3\r\nall\r\n,1.5\r\n#t\r\n_\r\n~1\r\n=7\r\ntxt:abc\r\n")
    settings = (b"TELEGRAM_BOT_TOKEN=123456:abcdefghijklmnopqrstuvwxyzabcdefghi\n# comment\nexport KORONE_POOL_MAX='4'\n"
                b"DATABASE_URL=postgres://user:password@host/db\nREDIS_URL=redis://:password@host:6379/1\n"
                b"KORONE_PRIVACY_KEY=\"0123456789abcdef0123456789abcdef\"\r\nKORONE_RUN_DIR=/run/korone\n")
    for program in range(5):
        write("env", f"program_{program}", bytes([program]) + settings)
    write("env", "mark", b"\0\xef\xbb\xbf" + settings)
    write("env", "strange", b"\0=\nKORONE_SPOOL_MAX_BYTES=9999999999G\nKORONE_OPERATORS=1,,x,-5\nno\n")
    for name, status, body in (("accepted", 1, b"{}"), ("partial", 1, b'{"partialSuccess":{"rejectedSpans":"1",'
                               b'"errorMessage":"no"}}'), ("snake", 1, b'{"partial_success":{"rejected_spans":1}}'),
                               ("status", 5, b'{"code":3,"message":"bad"}'), ("detail", 7, b'{"detail":[{"msg":"x"}]}'),
                               ("page", 1, b"<html>")):
        write("otlp", name, bytes([status]) + body)
    koronectl()


def koronectl():
    """Command, status of HTTP, the answer."""
    incident = {"fingerprint": "00" * 32, "title": "SIGSEGV in f (a.c:1)", "type": "SIGSEGV", "count": 3,
                "first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:00:00Z", "references": ["ab" * 16],
                "function": "f", "file": "a.c", "line": 1, "process": "child", "module": "ping", "version": "1"}
    report = {"occurred": "x", "reference": "ab" * 16, "pool": "p\u202e", "host": "h", "pid": 5, "attempt": 1,
              "version": "1", "handler": "/ping", "traceback": "#0 f\n#1 g\n", "update": {"a": "\u001b[31m"}}
    backlog = {"updates": 5, "ready": 1, "in_hand": 2, "waiting_work": 0, "lanes": 2,
               "ages": [{"from_s": 60, "updates": 2}], "longest": [{"lane": "-100", "waiting": 1, "in_hand": 1,
                                                                    "oldest_ms": 70000, "held": True}]}
    child = {"pid": 7, "state": "busy", "since_ms": 5, "seq": 9}
    pool = {"name": "p\u00e4", "host": "h", "pid": 4, "state": "ready", "since_ms": 1000, "version": "1",
            "children": [child], "credit": 5, "handled": 8, "crashed": 0, "in_hand": 1}
    recorder = {"host": "h", "pid": 3, "version": "1", "state": "active", "since_ms": 1, "postgres": "ready",
                "redis": "ready", "sightings": 1, "written": 1}
    status = {"pid": 1, "state": "polling", "since_ms": 5, "uptime_ms": 5, "version": "1", "pools": [pool],
              "recorders": [recorder], "backlog": 3, "spool_bytes": 9, "token_pause_ms": 500, "intake": "polling"}
    person = {"user": {"id": 7, "first_name": "A\u202e", "a\u009b": None}, "objected": True,
              "settings": [{"module": "m", "key": "k\u001b", "value": "x"}, {"value": {"a": 1}}]}
    for name, command, value in (("incidents", 0, {"incidents": [incident]}), ("raw", 1, {"incidents": [incident]}),
                                 ("incident", 2, {"incident": incident, "report": report}),
                                 ("forgotten", 2, {"incident": incident, "report": None}), ("backlog", 4, backlog),
                                 ("pieces", 5, {"set_aside": [{"number": 1, "why": "x", "bytes": 5}]}),
                                 ("piece", 6, {"update_id": 1}), ("drain", 7, {"held": True}), ("status", 8, status),
                                 ("status_raw", 9, status), ("health", 10, {"ready": False}),
                                 ("person", 11, person), ("person_raw", 12, person), ("forget", 13, True)):
        write("koronectl", name, bytes([command, 0]) + json.dumps(value, ensure_ascii=False).encode())
        write("koronectl", name + "_away", bytes([command, 1]) + b"no answer\x1b")


def child():
    """Steps: see tests/fuzz/fuzz_child.c."""
    failure = pack(["ping", "/ping", "ping.c", "answer", 7, "why"])
    call = pack(["sendMessage", 7, b"{}", None])
    given = b"\1\1"
    verdict = b"\2\x09" + bytes([len(call)]) + call + bytes([0]) + bytes([0])
    write("child", "handles", given + verdict)
    write("child", "fails", given + b"\2\x01" + b"\0\0" + bytes([len(failure)]) + failure)
    write("child", "puts_off", given + b"\2\x02\0\3\x92\x03\x01\0")
    write("child", "asks", given + b"\3\0" + bytes([len(call)]) + call + b"\6")
    write("child", "releases", given + b"\x4c\0" + given + verdict)
    write("child", "leaves", given + b"\7" + given)
    write("child", "breaks", b"\5\x08\xff\xff\xff\xff\1\0\0\0")


def orders():
    """The first byte is the decoder: see tests/fuzz/fuzz_orders.c."""
    write("orders", "orders", b"\0" + ORDERS)
    write("orders", "piece", b"\1" + PIECE)
    write("orders", "replies", b"\2" + pack([2, [0, b"call", 1, b"call"], ORDERS]))
    write("orders", "replies_alone", b"\2" + pack([2, [0, b"call"], None]))
    write("orders", "former_replies", b"\2" + pack([1, [0, b"call"], 900, b"later"]))


def fetches():
    """The first byte is the decoder: see tests/fuzz/fuzz_fetch.c."""
    write("fetch", "request", b"\0" + pack(["web", "https://a.org/x?q=1", b"a=1", ["Accept: */*"]]))
    write("fetch", "answer", b"\1" + pack([1, 404, 60, "a.org", "text/html", b"<html>"]))
    write("fetch", "hosts", b"\2" + pack([["web", "*.a.org", 8443, "KORONE_A_KEY", "", "X-Key: "],
                                          ["web", "any", 0, "", "", ""]]))
    write("fetch", "allowed", b"\3127.0.0.1:8080, [::1]:80")
    for name, url in (("plain", "https://c.org/x?y#z"), ("key", "https://a.org/?k=1"),
                      ("below", "https://x.B.org.:8443/a%2fb"), ("login", "https://u:p@c.org/"),
                      ("number", "http://0x7f.1/"), ("six", "http://[::ffff:127.0.0.1]:80/")):
        write("fetch", "url_" + name, b"\4" + url.encode())
    for name, value in (("text", "a & b=c/d?e#f%41"), ("dots", ".."), ("whole", "https://a.org/ä?b"),
                        ("label", "de-1"), ("odd", "\\@\x01\x7f")):
        write("url", name, value.encode())


def web():
    """Requests of our pages, and of others'."""
    requests = {
        "page": "GET / HTTP/1.1\r\nHost: 127.0.0.1:9100\r\n\r\n",
        "stream": "GET /page/stream?chat=1001 HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n\r\n",
        "deed": "POST /deed HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nContent-Length: 32\r\n\r\n"
                '{"word":"0a1b","deed":"ingress"}',
        "foreign": "POST /control/say HTTP/1.1\r\nHost: simulator:1\r\nOrigin: null\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2\r\n{}\r\n0\r\n\r\n",
    }
    for name, request in requests.items():
        write("web", name, request.encode())


def programs():
    """What a program asks its proxy for, and what a child asks a keeper to run."""
    for name, head in (("tunnel", "CONNECT a.org:443 HTTP/1.1\r\nHost: a.org:443\r\n\r\n"),
                       ("get", "GET http://a.org/x?y=1 HTTP/1.1\r\nHost: b.org\r\nProxy-Connection: Keep-Alive\r\n"
                               "Accept: */*\r\n\r\n"),
                       ("post", "POST http://A.org:80/ HTTP/1.0\r\nContent-Length: 1\r\n\r\nz"),
                       ("other", "GET http://a.org@b.org/ HTTP/1.1\r\n\r\n"),
                       ("folded", "GET http://a.org/ HTTP/1.1\r\nA: b\r\n c\r\n\r\n")):
        write("proxy", name, head.encode())
    for name, request in (("good", {"words": ["sh", "-c", "true"], "output": True, "web": True}),
                          ("other", {"module": 1, "words": ["cat"]}), ("hostless", {"module": 1, "web": True, "words": ["cat"]}),
                          ("foreign", {"words": ["rm"]}), ("long", {"seconds": 1 << 62, "words": ["sh"]}),
                          ("large", {"megabytes": 1 << 62, "words": ["sh"]}), ("odd", {"module": -1, "words": [1]})):
        write("keeper", name, json.dumps({"module": 0, "seconds": 30, "megabytes": 256, **request}).encode())


# 16 x 8 pixels, by Pillow: a progressive JPEG, a lossy and a lossless WebP.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6j"
    "q62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSk"
    "pKSkpKSkpKT/wgARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAVAQEBAAAAAAAAAAAAAAAAAAABAv/a"
    "AAwDAQACEAMQAAABlUJ//8QAFhAAAwAAAAAAAAAAAAAAAAAAAAED/9oACAEBAAEFAlMUz//EABcRAAMBAAAAAAAAAAAAAAAAAAAB"
    "AgP/2gAIAQMBAT8Bytn/xAAWEQEBAQAAAAAAAAAAAAAAAAABAAL/2gAIAQIBAT8BdN//xAAUEAEAAAAAAAAAAAAAAAAAAAAQ/9oA"
    "CAEBAAY/Aj//xAAUEAEAAAAAAAAAAAAAAAAAAAAQ/9oACAEBAAE/IQP/2gAMAwEAAgADAAAAEHP/xAAVEQEBAAAAAAAAAAAAAAAA"
    "AAAAUf/aAAgBAwEBPxCl/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgBAgEBPxBv/8QAFRABAQAAAAAAAAAAAAAAAAAAAGH/2gAI"
    "AQEAAT8Qkk//2Q==")
WEBP = base64.b64decode(
    "UklGRkIAAABXRUJQVlA4IDYAAACwAQCdASoQAAgABABoJbACdAEOuwSAAP7s3gqhGHVX3txbEG3IKAIVrc9Iq63p//rjt0QAAAA=")
WEBP_LOSSLESS = base64.b64decode(
    "UklGRioAAABXRUJQVlA4TB4AAAAvD8ABAJmM6H9sIqL/ASEBYYn/TyV9IAYwJgCpyg4=")


def png(width, height, colour, depth, rows, interlaced=0):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)) +
            (chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", b"\x80") if colour == 3 else b"") +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pictures():
    """The first byte is what is done with it: see tests/fuzz/fuzz_picture.c."""
    def sheet(**parts):
        return b"".join(b"%s %d\n%s\n" % (name.strip("_").encode(), len(value), value)
                        for name, value in parts.items())

    exif = b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    turned = JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + JPEG[2:]
    kinds = {"rgba": png(2, 2, 6, 8, b"\0\xff\0\0\xff\1\2\3\x80" * 2), "grey16": png(1, 1, 0, 16, b"\0\xff\0"),
             "palette": png(5, 1, 3, 2, b"\0\x1b\x40"), "interlaced": png(1, 1, 2, 8, b"\0\1\2\3", 1),
             "jpeg": JPEG, "jpeg_turned": turned, "webp": WEBP, "webp_lossless": WEBP_LOSSLESS}
    for name, data in kinds.items():
        write("picture", name, b"\0" + data)
        write("picture", name + "_reduced", b"\1" + data)
    write("picture", "collage", b"\2" + sheet(columns=b"2", tile=b"", picture=JPEG, line="Björk".encode(),
                                              line_="久石譲".encode(), tile_=b"", line__=b"\xff"))
    write("picture", "captcha", b"\3" + sheet(text=b"K7Qx", seed=b"42"))
    write("picture", "card", b"\4" + sheet(picture=WEBP, label=b"now", title="فيروز".encode(), line=b"a", note=b"b"))


def pages():
    """What is looked for, then the page: see tests/fuzz/fuzz_html.c."""
    page = b"""<!DOCTYPE html><html><head><meta charset=utf-8><script>x="<p>"</script></head><body>
<div class="menu wide"><ul><li id=1><a href='x?a=1&amp;b=2'><img src=y title="A &lt; B"></a><li>two<br>three</ul></div>
<table><tr><th>A</th><td class=ttl>b</td><td class="nfo">&nbsp;c &#128241;</td></tr></table><!-- - --></p></b></html>"""
    for name, wanted in {"rows": b"it=div.menu/li:a@href,img@title,. n=div", "cells": b"r=table/tr:th,td.ttl,td.nfo",
                         "attributes": b"a=li:@id,@none b=script:. c=html:@lang"}.items():
        write("html", name, wanted + b"\0" + page)


if __name__ == "__main__":
    messages()
    captures()
    symbolize()
    updates()
    others()
    modules()
    chat_messages()
    slugs()
    fields()
    strangers()
    lists()
    child()
    orders()
    fetches()
    web()
    programs()
    pictures()
    pages()
