#!/usr/bin/python3
"""What a message that triggers nothing costs a pool, where every rule of a group is on: the CPU of
its children per message and the trips to Postgres and Redis, as these count them. Medians of several
runs, also in build/bench.json.

    modules.py [--messages N] [--runs N]
"""

import argparse
import statistics

from bench import cpu_seconds, is_answered, role, save

from korone import Korone, descendants, wait_for  # noqa: E402

PEOPLE = 2000
BATCH = 500
LOCKS = ("albums animations anonymous audio buttons bots checklists commands contacts dice documents "
         "emoji external forwards games giveaways invites links locations mail mentions paid phones "
         "photos polls rtl spoilers stickers stories videos videonotes voice")
EVERYTHING = ["/lock " + LOCKS, "/set captcha.on on", "/set raid.joins 100", "/set newcomers.seconds 1d",
              "/set newcomers.media on", "/set welcome.on on", "/set joins.ask on",
              "/block " + "\n".join(f"casino{n} bonus" for n in range(200)),
              *(f"/filter freebie{n} an_answer" for n in range(50))]
FLOOD = ["/set flood.messages 100", "/set flood.row 100", "/set flood.repeats 100"]
SCENARIOS = {"nothing chosen": [], "everything": EVERYTHING, "and antiflood": EVERYTHING + FLOOD}


def child_cpu(korone):
    return sum(cpu_seconds(pid) for pid in descendants(korone.pool.pid) if "child" in role(pid))


def postgres_trips(korone):
    """Statements that children have run: each is a transaction. The rest is the recorder's."""
    return korone.stores.query(
        "SELECT coalesce(sum(xact_commit + xact_rollback), 0) FROM pg_stat_database "
        "WHERE datname = 'appdb'")[0][0]


def redis_trips(korone):
    """Commands but for those that scripts run, which are of sorted sets."""
    return sum(row["calls"] for name, row in korone.stores.redis().info("commandstats").items()
               if not name.startswith("cmdstat_z") and name not in ("cmdstat_expire", "cmdstat_info"))


def choose(korone, commands):
    alice = korone.person("Alice")
    people = [korone.person(f"P{n}") for n in range(PEOPLE)]
    group = korone.chat("Everybody", members=[alice, *people])
    korone.simulator.control("member", {"chat": group, "bot": True, "status": "administrator"})
    for command in commands:
        alice.says(command, chat=group)
        korone.bot.does(lambda call: call["method"] == "sendMessage" and not call["error_code"],
                        f"answer {command[:40]}")
    return group, people


def talk(korone, group, people, count, name):
    for begin in range(0, count, BATCH):
        korone.simulator.control("several", {"deeds": [
            {"do": "say", "chat": group, "from": people[n % len(people)].id,
             "text": f"We could take the train at nine and be there before noon, {name} {n}"}
            for n in range(begin, begin + BATCH)]})
    wait_for(lambda: is_answered(korone), 120, "all is taken")
    korone.wait_until_quiet(120)


def run(commands, count):
    korone = Korone({"KORONE_POOL_MIN": "1", "KORONE_POOL_MAX": "1"}, simulator=())
    try:
        group, people = choose(korone, commands)
        talk(korone, group, people, PEOPLE, "warm up")  # people are recorded, settings read
        before = child_cpu(korone), postgres_trips(korone), redis_trips(korone)
        talk(korone, group, people, count, "message")
        after = child_cpu(korone), postgres_trips(korone), redis_trips(korone)
        cpu, postgres, redis = (a - b for a, b in zip(after, before))
        if korone.simulator.control(f"messages?chat={group}")["messages"] == []:
            raise AssertionError("messages were deleted, so no figure counts")
        return {"cpu_us": 1e6 * cpu / count, "postgres": float(postgres) / count,
                "redis": redis / count}
    except BaseException:
        korone.print_logs()
        raise
    finally:
        korone.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=30000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    results = {}
    print(f"\nthe same in a pool, {options.messages:,} messages: CPU of the child, trips of all processes")
    for name, commands in SCENARIOS.items():
        runs = [run(commands, options.messages) for _ in range(options.runs)]
        results[name] = {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        print(f"  {name:<20} {results[name]['cpu_us']:8.1f} µs   Postgres "
              f"{results[name]['postgres']:.3f}   Redis {results[name]['redis']:.3f}", flush=True)
    save({"modules": results})


if __name__ == "__main__":
    main()
