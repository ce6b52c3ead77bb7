#!/usr/bin/python3
"""The recorder's speed, as ratios from one run on one cluster with the usual, durable settings.

    make bench-recorder [PEOPLE=200000] [ROUNDS=3]

bench_recorder plays ingress; the stores and baselines are driven from here. Each round has its own
stores; a figure is the median over the rounds, a goal the median of each round's ratio. Prints a
table and writes build/bench-recorder.json. Next to the wall-clock time it shows the CPU time of
everything involved, which a machine busy with other things does not distort.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../system"))
import privileged  # noqa: E402
from stores import Stores, unprivileged, wait_for  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
PEOPLE = int(sys.argv[2])
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SINGLE_ROWS = 5000
UPSERT = """INSERT INTO single AS t VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET
(username, first_name, last_name, language_code) = (excluded.username, excluded.first_name,
excluded.last_name, excluded.language_code)"""


class DurableStores(Stores):
    """Postgres with its default settings, except for its directory."""

    def start_postgres(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "30", "-l", self.dir + "/pg.log", "-o",
                 f"-c listen_addresses='' -c unix_socket_directories={self.dir}", "start")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Bench:
    def __init__(self, stores, directory):
        self.stores, self.directory = stores, directory
        endpoint = f"ipc://{directory}/sightings"
        self.player = subprocess.Popen([f"{BUILD}/tests/bench_recorder", endpoint, str(PEOPLE)],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       bufsize=1)
        self.recorder = subprocess.Popen(
            [f"{BUILD}/bin/korone-recorder"], stderr=open(f"{directory}/log", "w"),
            env={"KORONE_RUN_DIR": directory, "KORONE_STATE_DIR": directory + "/state",
                 "KORONE_HEALTH_LISTEN": "127.0.0.1:0", "KORONE_PRIVACY_KEY": "a privacy key for the bench",
                 "DATABASE_URL": stores.database_url, "REDIS_URL": stores.redis_url,
                 **({"KORONE_RECORDER_BATCH_ROWS": os.environ["ROWS"]}
                    if "ROWS" in os.environ else {})})
        self.figures = {"people": PEOPLE}

    def close(self):
        self.player.stdin.close()
        self.recorder.terminate()
        self.recorder.wait()
        self.player.wait()

    def wal(self):
        return int(self.stores.query("SELECT pg_current_wal_lsn() - '0/0'")[0][0])

    def processes(self):
        backend = self.stores.query("SELECT pid FROM pg_stat_activity WHERE application_name = "
                                    "'korone-recorder'")[0][0]
        return {"recorder": self.recorder.pid, "postgres": backend,
                "redis": self.stores.redis_process.pid, "player": self.player.pid}

    def phase(self, name, passes, percent):
        """Sightings per second, and for each sighting: bytes of WAL, microseconds of CPU by
        process."""
        wal = self.wal()
        before = {key: cpu_seconds(pid) for key, pid in self.processes().items()}
        self.player.stdin.write(f"{passes} {percent}\n")
        count, seconds = self.player.stdout.readline().split()
        self.figures[name] = round(int(count) / float(seconds))
        self.figures[name + "_wal"] = round((self.wal() - wal) / int(count), 1)
        self.figures[name + "_cpu_us"] = {
            key: (cpu_seconds(pid) - before[key]) * 1e6 / int(count)
            for key, pid in self.processes().items()}

    def rows(self):
        self.player.stdin.write("rows\n")
        rows = []
        while (line := self.player.stdout.readline()) != "end\n":
            rows.append(line)
        return rows

    def create_like_users(self, name):
        """LIKE copies columns, indexes and constraints, but not the fill factor."""
        options = self.stores.query("SELECT array_to_string(reloptions, ', ') FROM pg_class "
                                    "WHERE oid = 'users'::regclass")[0][0]
        self.stores.query(f"CREATE TABLE {name} (LIKE users INCLUDING ALL) WITH ({options})")

    def copy(self):
        """Raw COPY of the same rows into the same table, all at once."""
        path = self.directory + "/rows"
        with open(path, "w") as file:
            file.writelines(self.rows())
        self.create_like_users("copied")
        connection = self.stores.connect()
        pids = (connection.get_backend_pid(), os.getpid())
        with open(path) as file:
            started, cpu = time.monotonic(), sum(map(cpu_seconds, pids))
            connection.cursor().copy_expert("COPY copied FROM STDIN", file)
            self.figures["copy"] = round(PEOPLE / (time.monotonic() - started))
            self.figures["copy_cpu_us"] = {
                "postgres and client": (sum(map(cpu_seconds, pids)) - cpu) * 1e6 / PEOPLE}
        connection.close()

    def single(self):
        """One upsert per transaction."""
        self.create_like_users("single")
        connection = self.stores.connect()
        cursor = connection.cursor()
        rows = [[None if field == "\\N" else field for field in row.rstrip("\n").split("\t")]
                for row in self.rows()[:SINGLE_ROWS]]
        started = time.monotonic()
        for row in rows:
            cursor.execute(UPSERT, row)
        self.figures["single"] = round(SINGLE_ROWS / (time.monotonic() - started))
        connection.close()

    def pss(self):
        rollup = privileged.read(self.recorder.pid, "smaps_rollup")
        self.figures["pss_kb"] = int(re.search(r"^Pss: +(\d+)", rollup, re.M)[1])

    def redis_bytes(self):
        return self.stores.redis().info("memory")["used_memory"]

    def run(self):
        wait_for(lambda: "active: " in open(self.directory + "/log").read(), 30, "it is active")
        memory = self.redis_bytes()
        self.copy()
        self.phase("new", 1, 0)
        self.figures["redis_per_person"] = round((self.redis_bytes() - memory) / PEOPLE, 1)
        self.phase("unchanged", 5, 0)
        self.phase("warm", 5, 5)
        self.phase("changed", 1, 100)
        self.phase("changed_again", 1, 100)
        self.single()
        self.pss()
        return self.figures


GOALS = [
    ("warm: 95 % unchanged, sightings/s", "warm", lambda f: 400_000, True),
    ("warm: WAL bytes per sighting", "warm_wal", lambda f: 20, False),
    ("all unchanged, sightings/s", "unchanged", None, True),
    ("raw COPY, rows/s", "copy", None, True),
    ("all new, sightings/s", "new", lambda f: max(f["copy"] / 2, 40 * f["single"]), True),
    ("all changed, sightings/s", "changed", lambda f: max(f["copy"] / 2, 40 * f["single"]), True),
    ("all changed again, sightings/s", "changed_again",
     lambda f: max(f["copy"] / 2, 40 * f["single"]), True),
    ("one upsert per transaction, rows/s", "single", None, True),
    ("recorder PSS, kB", "pss_kb", lambda f: 20_000, False),
    ("Redis bytes per person", "redis_per_person", lambda f: 30, False),
]


def run_round():
    stores = DurableStores()
    with tempfile.TemporaryDirectory(prefix="korone-bench-", dir="/tmp") as directory:
        try:
            bench = Bench(stores, directory)
            try:
                return bench.run()
            finally:
                bench.close()
        finally:
            stores.close()


def median(values):
    """Also for tables of values."""
    if isinstance(values[0], dict):
        return {key: median([value[key] for value in values]) for key in values[0]}
    middle = statistics.median(values)
    return round(middle, 2) if middle < 100 else round(middle)


def main():
    rounds = [run_round() for _ in range(ROUNDS)]
    figures = {key: median([found[key] for found in rounds]) for key in rounds[0]}
    for label, key, goal, at_least in GOALS:
        share = goal and statistics.median(found[key] / goal(found) for found in rounds)
        met = "" if not goal else "ok" if (share >= 1) == at_least else f"MISSED: {share:.0%}"
        wanted = goal and statistics.median(goal(found) for found in rounds)
        print(f"{label:38} {figures[key]:>10,}  {'' if not goal else f'goal {wanted:,.0f}':16} {met}")
    for phase in ("unchanged", "warm", "copy", "new", "changed"):
        cpu = figures[phase + "_cpu_us"]
        print(f"CPU us per sighting, {phase}: {sum(cpu.values()):.2f} of",
              *(f"{key} {value}" for key, value in cpu.items()))
    with open(f"{BUILD}/bench-recorder.json", "w") as file:
        json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
