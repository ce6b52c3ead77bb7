"""A raid on a group: a flood of people who join and write while the group's own people talk, pools
are killed at random, and Telegram is far and strict. What must be true in the end is judged in the
simulator's world, person by person and message by message.

All that happens follows from the seed, but for what the bot does meanwhile: who has been muted
cannot write, and who has been banned cannot press a button.
"""

import collections
import random
import signal
import statistics
import time

from korone import is_child, wait_for
from simulator import Person

TICK_S = 0.05
SETTLE_S = 60      # after the last join
DELAY_MS = 30      # to Telegram and back
FLOOD_MESSAGES, FLOOD_S = 5, 10
GREETING = "I am a person"
RAID_SAID = "Many join at once. For now nobody gets in."

Size = collections.namedtuple(
    "Size", "members joins captchas messages flooders offenders words seconds press_s pools kills others")
SMALL = Size(members=200, joins=60, captchas=30, messages=240, flooders=2, offenders=2, words=6,
             seconds=5, press_s=(1, 4), pools=2, kills=2, others=5)
FULL = Size(members=50000, joins=5000, captchas=900, messages=20000, flooders=30, offenders=20,
            words=300, seconds=60, press_s=(3, 25), pools=3, kills=8, others=100)

# Where other people ask the bot something meanwhile.
def others_of(size):
    return {"rate": max(2, size.others // 10), "count": 0, "pings": 100, "chats": size.others,
            "people": size.others * 2, "spread": "turns"}


class Raid:
    def __init__(self, korone, size, seed):
        self.korone, self.size, self.random = korone, size, random.Random(seed)
        self.simulator = korone.simulator
        self.schedule = []  # (second, number, deed, what becomes of its answer)
        self.joined = []    # ids, in the order in which they joined
        self.invited = set()
        self.passing = set()  # who presses the button until they may write
        self.written = {}     # message id → (person, kind)
        self.own = collections.defaultdict(list)  # messages of each flooder, in order
        self.greeting = None  # the message with the button
        self.restricted, self.let_in = set(), {}
        self.again = []       # who was restricted after having been let in
        self.kills = []
        self.last_join = None
        self.calls = []

    # --- before it ---------------------------------------------------------------------------------

    def deeds(self, deeds):
        answers = []
        for begin in range(0, len(deeds), 1000):
            answers += self.simulator.control("several", {"deeds": deeds[begin:begin + 1000]})["answers"]
        return answers

    def people(self, name, count):
        return [answer["id"] for answer in
                self.deeds([{"do": "person", "first_name": f"{name}{n}"} for n in range(count)])]

    def prepare(self):
        size, korone = self.size, self.korone
        self.admin, self.second = self.people("Admin", 2)
        self.residents = self.people("Resident", size.members)
        self.raiders = self.people("Raider", size.joins)
        self.guests = self.people("Guest", 10)
        self.group = self.simulator.control("chat", {
            "title": "Everybody", "type": "supergroup",
            "members": [self.admin, self.second, *self.residents]})["id"]
        for who in ({"bot": True}, {"person": self.second, "by": self.admin}):
            self.simulator.control("member", {"chat": self.group, "status": "administrator",
                                              **who})
        self.choose()
        self.simulator.control("delay", {"ms": DELAY_MS})
        self.simulator.control("limits", {"strict": True})
        self.simulator.control("crowd", others_of(size))
        for number in range(2, size.pools + 1):
            korone.add_pool(f"worker{number}")
        self.pools = [process for process in korone.processes if process.name.startswith("worker")]

    def choose(self):
        """By commands, as an administrator does."""
        alice = Person(self.simulator, self.admin, {})
        for command in ("/set captcha.on on", f"/set flood.messages {FLOOD_MESSAGES}",
                        f"/set flood.seconds {FLOOD_S}s", f"/set raid.joins {self.size.captchas}",
                        "/block cheap pills\n*bonus*casino*", "/block mute 1h crypto giveaway",
                        f"/approve {self.residents[0]}"):
            alice.says(command, chat=self.group)
            self.korone.bot.does(lambda call: call["method"] == "sendMessage"
                                 and call["chat_id"] == self.group and not call["error_code"],
                                 f"answer {command}")

    # --- what happens ------------------------------------------------------------------------------

    def plan(self):
        size, when = self.size, self.random
        talkers = iter(when.sample(self.residents[1:], size.flooders + size.offenders + size.words))
        self.flooders = [next(talkers) for _ in range(size.flooders)]
        self.offenders = [next(talkers) for _ in range(size.offenders)]
        others = [next(talkers) for _ in range(size.words)]
        self.raid_words = 0
        for raider, at in zip(self.raiders, sorted(when.uniform(0, size.seconds)
                                                   for _ in self.raiders)):
            self.add(at, {"do": "do", "kind": "join", "from": raider, "chat": self.group}, "join", raider)
            if when.random() < 0.1:
                self.passing.add(raider)
                self.add(at + when.uniform(*size.press_s), None, "press", raider)
            for _ in range(3):
                self.says(at + when.expovariate(1), raider, when.choice(
                    ("buy cheap pills", "hello all", "see my channel")), "raider")
        for guest in self.guests:
            self.add(when.uniform(0, size.seconds), {
                "do": "invite", "from": self.admin, "chat": self.group, "person": guest}, "invite",
                guest)
            self.says(size.seconds + 1, guest, "thank you", "stays")
        for person in self.flooders:
            begin = when.uniform(0, size.seconds - 4)
            for n in range(12):
                self.says(begin + n * 0.25, person, f"look {n}", "flood")
        for person in self.offenders:
            self.says(when.uniform(0, size.seconds), person, "a crypto giveaway!", "goes")
        for person in others:
            self.says(when.uniform(0, size.seconds), person,
                      when.choice(("CHEAP pills?", "megabonuscasino7 now", "сheap рills")), "goes")
        # Whom rules leave alone.
        for person in (self.admin, self.second, self.residents[0]):
            for n in range(8):
                self.says(when.uniform(0, size.seconds), person, f"no cheap pills {n}", "stays")
        self.talk(size.messages - len(self.flooders) * 12 - len(others) - len(self.offenders))
        self.schedule.sort(key=lambda item: item[:2])

    def talk(self, count):
        """Of the group's own people nobody says more than the limit in the time."""
        busy = {*self.flooders, *self.offenders, self.residents[0]}
        quiet = [person for person in self.residents if person not in busy]
        most = -(-count // len(quiet))
        gap = FLOOD_S / FLOOD_MESSAGES + 1
        begins = {person: self.random.uniform(0, max(0.1, self.size.seconds - most * gap))
                  for person in quiet[:count]}
        for n in range(count):
            person = quiet[n % len(quiet)]
            self.says(begins[person] + n // len(quiet) * gap, person, f"good evening {n}", "stays")

    def add(self, at, deed, kind, person):
        self.schedule.append((at, len(self.schedule), deed, kind, person))

    def says(self, at, person, text, kind):
        self.add(at, {"do": "say", "from": person, "chat": self.group, "text": text}, kind, person)

    # --- while it happens --------------------------------------------------------------------------

    def run(self):
        size, waiting = self.size, collections.deque(self.schedule)
        self.started = time.monotonic()
        kills = sorted(self.random.uniform(1, size.seconds * 0.9) for _ in range(size.kills))
        while waiting or not self.is_settled():
            now = time.monotonic() - self.started
            while kills and kills[0] <= now:
                kills.pop(0)
                self.kill()
            self.start_killed(now)
            due = []
            while waiting and waiting[0][0] <= now:
                due.append(waiting.popleft())
            self.do(due, now)
            self.watch(now)
            for person, at in list(self.let_in.items()):
                if at is not None and at <= now:
                    self.press(person, now)
            time.sleep(max(0, TICK_S - (time.monotonic() - self.started - now)))

    def do(self, due, now):
        for item in [item for item in due if item[3] == "press"]:
            self.let_in[item[4]] = now
        due = [item for item in due if item[2]]
        if not due:
            return
        for (_, _, _, kind, person), answer in zip(due, self.deeds([item[2] for item in due])):
            if kind == "join":
                assert "error" not in answer, answer
                self.joined.append(person)
                self.last_join = now
            elif kind == "invite":
                assert "error" not in answer, answer
                self.invited.add(person)
            elif "error" in answer:
                assert kind in ("raider", "flood", "goes"), (kind, answer)
            else:
                self.written[answer["message_id"]] = (person, kind)
                if kind == "flood":
                    self.own[person].append(answer["message_id"])

    def watch(self, now):
        """What the bot did in the group."""
        for call in self.korone.bot.calls():
            if call["chat_id"] != self.group:
                continue
            self.calls.append((now, call["method"], call["error_code"], call["text"],
                               call["message_id"], call["parameters"]))
            if call["method"] == "sendMessage" and call["error_code"] == 0 \
                    and GREETING in str(call["parameters"].get("reply_markup")):
                self.greeting = call["message_id"]

    def press(self, person, now):
        """Whoever still cannot write tries again: the bot may not have come to their joining yet."""
        self.let_in[person] = now + 3
        if self.greeting is None or person not in self.joined_set():
            return
        self.deeds([{"do": "press", "from": person, "chat": self.group,
                     "message_id": self.greeting, "button": GREETING}])

    def joined_set(self):
        if len(getattr(self, "known", ())) != len(self.joined):
            self.known = set(self.joined)
        return self.known

    def kill(self):
        """A whole pool, its sender or one of its children."""
        alive = [pool for pool in self.pools if pool.process.poll() is None]
        what = self.random.choice(("pool", "pool", "sender", "child"))
        if not alive:
            return
        pool = self.random.choice(alive)
        pid = pool.pid
        if what == "sender":
            pid = pool.status().get("sender_pid")
        elif what == "child":
            children = [child for child in pool.children() if is_child(child)]
            pid = self.random.choice(children) if children else None
        if not pid:
            return
        if what == "pool":
            pool.kill()
        else:
            try:
                pool.kill_child(pid, signal.SIGKILL)
            except ProcessLookupError:
                return
        self.kills.append((round(time.monotonic() - self.started, 1), pool.name, what))

    def start_killed(self, now):
        for pool in self.pools:
            if pool.process.poll() is not None and now > getattr(pool, "back", 0):
                if hasattr(pool, "back"):
                    pool.start()
                    del pool.back
                else:
                    pool.back = now + self.random.uniform(0.2, 3)

    # --- what is true then -------------------------------------------------------------------------

    def look(self):
        self.members = {member["id"]: member for member in
                        self.simulator.control(f"members?chat={self.group}")["members"]}
        self.left = {number for number, by_bot, _ in
                     self.simulator.control(f"messages?chat={self.group}")["messages"]
                     if not by_bot}

    def kept_out(self):
        """(who waits for the captcha, who is banned, who has passed), as it must be."""
        first = self.joined[:self.size.captchas]
        passed = [person for person in first if person in self.passing]
        return ([person for person in first if person not in self.passing],
                self.joined[self.size.captchas:], passed)

    def faults(self):
        """What is not as it must be, by kind."""
        self.look()
        waiting, banned, passed = self.kept_out()
        must_not_write = [*waiting, *self.offenders, *self.flooders]
        plain = [*passed, *self.invited]

        def status(person):
            return self.members.get(person, {"status": "member", "may_write": True})

        touched = {*waiting, *banned, *self.offenders, *self.flooders, *passed, self.admin,
                   self.second}
        return {
            "not restricted": [person for person in must_not_write
                               if status(person)["status"] != "restricted"
                               or status(person)["may_write"]],
            "not banned": [person for person in banned if status(person)["status"] != "kicked"],
            "not let in": [person for person in plain if status(person)["status"] != "member"],
            "touched": [person for person in self.members if person not in touched],
            "stays": sorted(self.must_go() & self.left),
            "is gone": sorted(self.must_stay() - self.left),
        }

    def must_go(self):
        """Of who passes the captcha it may be either way: it depends on when they passed."""
        gone = {number for number, (person, kind) in self.written.items()
                if kind == "goes" or (kind == "raider" and person not in self.passing)}
        for numbers in self.own.values():
            gone.update(numbers[FLOOD_MESSAGES:])
        return gone

    def must_stay(self):
        kept = {number for number, (_, kind) in self.written.items() if kind == "stays"}
        for numbers in self.own.values():
            kept.update(numbers[:FLOOD_MESSAGES])
        return kept

    def is_settled(self):
        now = time.monotonic() - self.started
        if now < self.size.seconds + 2 or now < getattr(self, "look_again", 0):
            return False
        self.look_again = now + 1
        self.found = self.faults()
        self.settled = now - self.last_join
        return not any(self.found.values()) or self.settled > SETTLE_S

    def finish(self):
        """When nothing waits any more."""
        for pool in self.pools:
            if pool.process.poll() is not None:
                pool.start()
            pool.wait_until_ready()
        self.simulator.control("crowd", {"running": False})
        wait_for(lambda: self.korone.ingress.metric("korone_ingress_inflight_updates") == 0, 120,
                 "all is handled")
        self.watch(time.monotonic() - self.started)
        self.at_the_end = self.faults()

    def about(self, number):
        """A person or a message, for whoever reads a failure."""
        if number in self.written:
            return self.written[number], self.members.get(self.written[number][0])
        place = self.joined.index(number) if number in self.joined else None
        return {"joined as": place, "is": self.members.get(number), "calls": [
            (round(at, 1), method, error, given.get("permissions", "")[:40])
            for at, method, error, _, _, given in self.calls
            if given.get("user_id") == str(number)]}

    # --- how often ---------------------------------------------------------------------------------

    def said(self, about):
        return [call for call in self.calls if call[1] == "sendMessage" and call[2] == 0
                and about in str(call[3]) + str(call[5])]

    def doubled(self):
        """What must be done once."""
        greetings = [at for at, *_ in self.said(GREETING)]
        close = [(a, b) for a, b in zip(greetings, greetings[1:]) if b - a < 15]
        return {"raid": len(self.said(RAID_SAID)) - 1, "greetings": close,
                "restricted again": self.restricted_again()}

    def restricted_again(self):
        """Who was let in by the button, and muted after that."""
        let_in, again = set(), []
        for _, method, error, _, _, given in self.calls:
            if method != "restrictChatMember" or error:
                continue
            person = int(given["user_id"])
            if "can_send_photos" in given["permissions"]:
                let_in.add(person)
            elif person in let_in:
                again.append(person)
        return again

    def report(self):
        pings = self.simulator.statistics()["pings"]
        calls = collections.Counter((method, error) for _, method, error, *_ in self.calls)
        minutes = collections.Counter(int(at // 60) for at, method, error, *_ in self.calls
                                      if method == "sendMessage" and error == 0)
        return {"joins": len(self.joined), "messages": len(self.written),
                "settled after the last join": round(self.settled, 1),
                "others' answers": f"{pings['answered']}, p50 {pings['p50_us'] / 1000:.1f} ms, "
                                   f"p99 {pings['p99_us'] / 1000:.1f} ms",
                "calls": dict(calls), "messages of the bot a minute": dict(minutes),
                "kills": self.kills}
