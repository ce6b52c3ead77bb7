#!/usr/bin/python3
"""The systemd units as `make install` installs them, run by systemd in a container."""

import json
import time
import unittest

from deployment import OPERATOR_ID, run
from hostile import AGAINST_ALL, AGAINST_PROCESSES
from simulator import TOKEN
from stores import wait_for

NAME = "korone-test-units"
UNITS = ("crashd", "recorder", "ingress", "worker")
USERS = tuple("korone-" + unit for unit in UNITS)
# Who may connect; "" binds it.
ENDPOINTS = {"updates": {"ingress", "worker"}, "sightings": {"ingress", "recorder"},
             "crashes": {"crashd", "ingress", "recorder", "worker"}}
ALL_UNITS = (*UNITS, "worker@12")
DATABASE_URL = "postgresql:///korone?host=/run/postgresql&user=korone"
SETTINGS = {
    "bot_token": TOKEN,
    "database_url_recorder": DATABASE_URL,
    "database_url_worker": DATABASE_URL,
    "redis_url": "redis://127.0.0.1:6379/0",
    "privacy_key": "a privacy key for the tests of the units",
    "korone.env": f"TELEGRAM_API_URL=http://127.0.0.1:8081\nKORONE_OPERATORS={OPERATOR_ID}",
}


class Units(unittest.TestCase):
    def setUp(self):
        run("docker", "rm", "--force", NAME, check=False)
        # What systemd needs for its own sandboxing, and no more.
        run("docker", "run", "--detach", "--name", NAME, "--cap-add", "SYS_ADMIN",
            "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
            "--cgroupns", "private", "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp",
            "korone-systemd:test")
        self.addCleanup(self.finish)
        wait_for(lambda: self.sh("systemctl is-system-running", check=False)
                 in ("running", "degraded"), 60, "systemd has started")

    def finish(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            for line in self.sh("journalctl --no-pager -o cat -n 60", check=False).splitlines():
                print("# " + line)
        run("docker", "rm", "--force", NAME, check=False)

    def sh(self, command, **more):
        return run("docker", "exec", "-i", NAME, "sh", "-c", command, **more).stdout.strip()

    def control(self, name, body=None):
        data = f"-d '{json.dumps(body)}'" if body else ""
        return json.loads(self.sh(f"curl -sS {data} 'http://127.0.0.1:8081/control/{name}'"))

    def says(self, text, answer):
        """Alice says the text; waits for the bot's answer."""
        self.control("say", {"from": OPERATOR_ID, "text": text})
        wait_for(lambda: any(answer in (call["text"] or "")
                             for call in self.control("sent")["calls"]), 20, answer)

    def shows(self, unit, name):
        return self.sh(f"systemctl show --value -p {name} korone-{unit}")

    def make_users_and_directories(self):
        self.sh("systemd-sysusers && systemd-tmpfiles --create korone.conf")

    def write_settings(self):
        self.sh("mkdir -p /etc/korone")
        for name, text in SETTINGS.items():
            self.sh(f"umask 077; cat >/etc/korone/{name}", input=text + "\n")

    def start_what_it_needs(self):
        self.write_settings()
        # Postgres knows who connects by the user of the process.
        self.sh("cd /etc/postgresql/*/main && { echo 'local korone korone,korone_worker peer map=korone'; cat pg_hba.conf; } "
                ">new && cat new >pg_hba.conf && for user in korone korone-recorder korone-worker; do "
                "echo korone $user korone; done >>pg_ident.conf")
        self.sh("systemctl restart postgresql")
        wait_for(lambda: self.sh("su postgres -c 'createuser korone && createdb -O korone korone' "
                                 "&& echo made", check=False) == "made", 20, "a database")
        # Redis' own unit wants user namespaces, which containers may not have.
        self.sh("systemctl stop redis-server; systemd-run --unit test-redis redis-server")
        self.sh("systemd-run --unit test-sim korone-botapi-sim --token " + TOKEN)

    def may(self, user, access, path):
        return self.sh(f"runuser -u {user} -- test -{access} {path} && echo yes", check=False) == "yes"

    def users_who_may(self, access, path):
        return {user.removeprefix("korone-") for user in USERS if self.may(user, access, path)}

    def each_program_is_alone(self):
        for endpoint, programs in ENDPOINTS.items():
            for path in ("socket", "links.key"):
                path = f"/run/korone-{endpoint}/{path}"
                self.assertTrue(self.sh(f"ls {path}"))
                self.assertEqual(self.users_who_may("r", path), programs, path)
            self.assertEqual(self.users_who_may("w", f"/run/korone-{endpoint}/socket"), programs)
            self.assertEqual(len(self.users_who_may("w", f"/run/korone-{endpoint}")), 1)
        for unit in UNITS:
            own = {unit}
            self.assertEqual(self.users_who_may("x", f"/run/korone/{unit}"), own)
            self.assertEqual(self.users_who_may("x", f"/var/lib/korone/{unit}"), own)
        for unit, secret in (("ingress", "bot_token"), ("worker", "bot_token"),
                             ("recorder", "database_url_recorder"), ("worker", "privacy_key")):
            path = f"/run/credentials/korone-{unit}.service/{secret}"
            self.assertEqual(self.users_who_may("r", path), {unit}, path)
        self.assertEqual(self.users_who_may("r", "/etc/korone/bot_token"), set())

    def test_what_systemd_says_of_the_units(self):
        said = self.sh("systemd-analyze verify --man=no /usr/lib/systemd/system/korone-*.service 2>&1")
        self.assertEqual(said, "")
        for unit in ALL_UNITS:
            # In tenths; 20 of 100 is what it calls OK.
            self.sh(f"systemd-analyze security --threshold=20 korone-{unit}")

    def test_run_crash_restart_and_stop(self):
        self.make_users_and_directories()
        self.start_what_it_needs()
        self.sh("systemctl enable --now " + " ".join("korone-" + unit for unit in UNITS))
        self.sh("systemctl start korone-worker@12")
        wait_for(lambda: "yes" in self.sh("koronectl status >/dev/null && echo yes", check=False),
                 30, "all is ready")
        status = json.loads(self.sh("koronectl status --json"))
        self.assertEqual([pool["state"] for pool in status["ingress"]["pools"]], ["ready"] * 2)
        self.control("person", {"id": OPERATOR_ID, "first_name": "Alice"})
        self.says("/ping hello", "pong hello")
        self.says("/op_crash", "Reference:")
        self.reports_the_crash()
        self.each_program_is_alone()
        for command in ("incidents", "backlog", "set-aside list", f"user show {OPERATOR_ID}"):
            self.sh(f"koronectl {command}")

        self.sh("kill -9 $(systemctl show --value -p MainPID korone-ingress)")
        self.says("/ping again", "pong again")
        self.assertEqual(self.shows("ingress", "NRestarts"), "1")
        wait_for(lambda: self.sh("su postgres -c \"psql -d korone -Atc 'SELECT first_name FROM "
                                 "users'\"") == "Alice", 20, "Alice is recorded")

        for unit in ("ingress", "worker", "worker@12", "recorder", "crashd"):
            self.sh(f"systemctl stop korone-{unit}")
            self.assertEqual((unit, self.shows(unit, "Result"), self.shows(unit, "ExecMainStatus")),
                             (unit, "success", "0"))
        # Wrong settings do not lead to endless restarts.
        self.sh("echo KORONE_NO_SUCH=1 >>/etc/korone/korone.env; systemctl start korone-ingress")
        wait_for(lambda: self.shows("ingress", "ActiveState") == "failed", 10, "it is refused")
        self.assertEqual(self.shows("ingress", "ExecMainStatus"), "78")

    def reports_the_crash(self):
        wait_for(lambda: "workers/modules/op_crash.c:" in self.sh(
            "journalctl --no-pager -o cat -u korone-crashd"), 20, "a report with file and line")

    # --- a handler that was taken over (tests/system/modules/hostile.c) ---

    def start_hostile(self):
        self.make_users_and_directories()
        self.start_what_it_needs()
        self.sh("mkdir /etc/systemd/system/korone-worker.service.d && printf '[Service]\\nExecStart="
                "\\nExecStart=/usr/sbin/korone-worker-hostile\\n' "
                ">/etc/systemd/system/korone-worker.service.d/hostile.conf && systemctl daemon-reload")
        self.sh("systemctl start " + " ".join("korone-" + unit for unit in UNITS))
        self.control("person", {"id": OPERATOR_ID, "first_name": "Mallory"})

    def tries(self, *words):
        """What became of it: "worked", or "refused: " and the name of an error."""
        text = " ".join(map(str, words)) + " "

        def answers():
            return [call["text"][len(text):] for call in self.control("sent")["calls"]
                    if (call["text"] or "").startswith(text)]
        self.control("say", {"from": OPERATOR_ID, "text": "/try " + text.strip()})
        return wait_for(answers, 20, text)[-1]

    def is_refused(self, *words):
        with self.subTest(words):
            self.assertRegex(self.tries(*words), "^refused: E(PERM|ACCES|XDEV|ROFS)$")

    def test_a_handler_that_was_taken_over_gets_nowhere(self):
        self.start_hostile()
        credentials = "/run/credentials/korone-worker.service/"
        for path in (*(f"{credentials}{name}" for name in ("bot_token", "database_url_worker")),
                     *(f"/run/korone-{endpoint}/links.key" for endpoint in ENDPOINTS),
                     *self.sh("find /var/lib/korone -type f").split(),
                     "/etc/korone/korone.env", "/etc/shadow", "/etc/hostname"):
            for way in ("read", "write", "remove"):
                self.is_refused(way, path)
        status = json.loads(self.sh("curl -sS http://127.0.0.1:9102/status"))
        for pid in (status["sender_pid"], status["nursery_pid"], status["pid"],
                    self.shows("ingress", "MainPID")):
            for way in AGAINST_PROCESSES:
                if way != "process_vm_readv":  # which is of no use without an address
                    self.is_refused(way, pid)
        for way in AGAINST_ALL:
            self.is_refused(way)
        for endpoint in ENDPOINTS:
            self.is_refused("join", f"/run/korone-{endpoint}/socket")
        for process in ("ingress", "recorder", "crashd"):
            self.is_refused("command", f"/run/korone/{process}/{process}.control", "drain")
        self.is_refused("call", "setWebhook", 0, '{"url":"https://mallory.example/"}')
        # All walls stand, and it goes on working.
        self.assertEqual(self.sh("curl -sS http://127.0.0.1:9102/metrics | grep '^korone_worker_walls' "
                                 "| grep -v ' 1$'", check=False), "")
        self.says("/ping still here", "pong still here")

    # --- from the time when one user ran all ---

    def start_as_one_user(self, unit):
        """As the units did it."""
        names = {"bot_token": "TELEGRAM_BOT_TOKEN_FILE", "redis_url": "REDIS_URL_FILE",
                 "privacy_key": "KORONE_PRIVACY_KEY_FILE", f"database_url_{unit}": "DATABASE_URL_FILE"}
        credentials = [f"-p LoadCredential={name}:/etc/korone/{name} -p Environment="
                       f"{variable}=/run/credentials/old-{unit}.service/{name}"
                       for name, variable in names.items() if name in SETTINGS and unit != "crashd"]
        self.sh(f"systemd-run --unit old-{unit} -p User=korone -p Group=korone -p KillMode=mixed "
                "-p RuntimeDirectory=korone -p RuntimeDirectoryMode=0700 "
                "-p RuntimeDirectoryPreserve=yes -p StateDirectory=korone -p StateDirectoryMode=0700 "
                f"-p EnvironmentFile=/etc/korone/korone.env {' '.join(credentials)} "
                f"$(command -v korone-{unit})")

    def test_upgrade_from_the_one_user(self):
        self.sh("rm -rf /run/korone* /var/lib/korone && echo 'u korone - CKorone' | systemd-sysusers -")
        self.start_what_it_needs()
        for unit in UNITS:
            self.start_as_one_user(unit)
        self.control("person", {"id": OPERATOR_ID, "first_name": "Alice"})
        self.says("/ping hello", "pong hello")
        # A capture that nobody has taken yet, and an update that nobody has handled.
        self.sh("systemctl stop old-crashd")
        self.says("/op_crash", "Reference:")
        self.sh("systemctl stop old-worker")
        self.control("say", {"from": OPERATOR_ID, "text": "/ping waiting"})
        wait_for(lambda: json.loads(self.sh("curl -sS http://127.0.0.1:9101/status"))["backlog"] == 1,
                 20, "it waits")
        self.sh("systemctl stop old-ingress old-recorder")
        self.assertNotEqual(self.sh("find /var/lib/korone/worker -user korone -name 'held-*'"), "")

        self.make_users_and_directories()
        self.sh("systemctl enable --now " + " ".join("korone-" + unit for unit in UNITS))
        wait_for(lambda: any("pong waiting" in (call["text"] or "")
                             for call in self.control("sent")["calls"]), 30, "pong waiting")
        self.reports_the_crash()
        self.assertEqual(self.sh("find /var/lib/korone -user korone"), "")
        for unit in UNITS:
            self.assertEqual(self.sh(f"find /var/lib/korone/{unit} ! -user korone-{unit}"), "")
        wait_for(lambda: "yes" in self.sh("koronectl status >/dev/null && echo yes", check=False),
                 30, "all is ready")
        self.assertIn("op_crash", self.sh("koronectl incidents"))

    # --- how they end ---

    def all_programs_end_with(self, code):
        for name in UNITS:
            self.sh(f"cat >/tmp/new && chmod 755 /tmp/new && mv /tmp/new $(command -v korone-{name})",
                    input=f"#!/bin/sh\necho it runs\nexit {code}\n")

    def runs(self, unit):
        return self.sh(f"journalctl --no-pager -o cat -u korone-{unit}").count("it runs")

    def waits(self, unit):
        """Like one that was refused; nothing else waits for it."""
        wait_for(lambda: (self.shows(unit, "SubState"), self.shows(unit, "Job")) == ("running", ""), 10,
                 f"{unit} waits")

    def is_quick(self, command):
        began = time.monotonic()
        self.sh(command)
        self.assertLess(time.monotonic() - began, 5, command)

    def test_who_is_refused_is_started_again_slowly_and_for_ever(self):
        self.make_users_and_directories()
        self.write_settings()
        self.all_programs_end_with(69)
        began = time.monotonic()
        for unit in ALL_UNITS:
            self.is_quick(f"systemctl start korone-{unit}")
        for count in (1, 2, 3):
            for unit in ALL_UNITS:
                wait_for(lambda: self.runs(unit) == count, 50, f"{unit} runs")  # noqa: B023
            self.assertGreaterEqual(time.monotonic() - began, (count - 1) * 29)
        # A stop takes effect at once, and someone who fixed the cause need not wait.
        for unit in ALL_UNITS:
            self.waits(unit)
            count = self.runs(unit)
            self.is_quick(f"systemctl restart korone-{unit}")
            wait_for(lambda: self.runs(unit) == count + 1, 5, f"{unit} runs at once")  # noqa: B023
            self.waits(unit)
            self.is_quick(f"systemctl stop korone-{unit}")
            self.assertEqual(self.shows(unit, "ActiveState"), "inactive")
        # A program that fails otherwise, immediately each time, is never given up either.
        self.all_programs_end_with(70)
        for unit in ALL_UNITS:
            self.sh(f"systemctl start korone-{unit}")
        for unit in ALL_UNITS:
            wait_for(lambda: int(self.shows(unit, "NRestarts")) > 7, 30, unit)  # noqa: B023
            self.sh(f"systemctl stop korone-{unit}")
        for code in (64, 78):
            self.all_programs_end_with(code)
            for unit in ALL_UNITS:
                # Which may say so itself when the program has ended already.
                self.sh(f"systemctl start korone-{unit}", check=False)
                wait_for(lambda: self.shows(unit, "ActiveState") == "failed", 10,  # noqa: B023
                         f"{unit} is not started again")
                self.assertEqual(self.shows(unit, "ExecMainStatus"), str(code))


if __name__ == "__main__":
    unittest.main()
