#!/usr/bin/python3
"""Configuration, rules and dashboard of deploy/monitoring against promtool and the code.

Every metric named by a rule or a panel is one that the programs have; Prometheus can parse every
query; every alert fires in one case and stays silent in another (alerts_test.yml).
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
MONITORING = os.path.join(ROOT, "deploy/monitoring")
OURS = ("common", "ingress", "workers", "recorder", "crashd")
# Not label values or names of recording rules.
NAME = re.compile(r"(?<![\w:])(korone_[a-z_]+|process_[a-z_]+)")


def read(path):
    with open(path) as file:
        return file.read()


def promtool(*arguments):
    done = subprocess.run([HERE + "/promtool", *arguments], capture_output=True, text=True,
                          cwd=MONITORING)
    return [] if done.returncode == 0 else [f"promtool {' '.join(arguments)}:\n"
                                            + done.stdout + done.stderr]


def metrics_of_the_code():
    names = set()
    for part in OURS:
        for path in glob.glob(f"{ROOT}/{part}/**/*.c", recursive=True):
            for name in re.findall(r'"((?:korone|process)_[a-z_]+)"', read(path)):
                names.update(name + suffix for suffix in ("", "_bucket", "_sum", "_count"))
    return names | {"korone_build_info", "korone_up_seconds"}


def queries():
    """(where, PromQL) of every panel."""
    dashboard = json.loads(read(MONITORING + "/grafana/korone.json"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m")


def check_queries():
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        # JSON is YAML.
        json.dump({"groups": [{"name": "panels", "rules": [
            {"record": f"panel:{number}", "expr": query}
            for number, (_, query) in enumerate(queries())]}]}, file)
        file.flush()
        return promtool("check", "rules", file.name)


def check_names():
    known = metrics_of_the_code()
    faults = []
    used = [("alerts.yml", line) for line in read(MONITORING + "/alerts.yml").splitlines()
            if "summary:" not in line]
    for where, text in [*used, *queries()]:
        for name in NAME.findall(text):
            if name not in known:
                faults.append(f"{where}: no program has the metric {name}")
    return faults


def check_cases():
    """Each alert has a case in which it fires and one in which it does not."""
    alerts = set(re.findall(r"- alert: (\w+)", read(MONITORING + "/alerts.yml")))
    cases = read(HERE + "/alerts_test.yml")
    fires = set(re.findall(r"alertname: (\w+)\n +exp_alerts:", cases))
    silent = set(re.findall(r"alertname: (\w+) \}", cases))
    return ([f"no case in which {name} fires" for name in sorted(alerts - fires)]
            + [f"no case in which {name} is silent" for name in sorted(alerts - silent)])


def main():
    faults = (promtool("check", "config", "prometheus.yml") + check_queries() + check_names()
              + check_cases() + promtool("test", "rules", HERE + "/alerts_test.yml"))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
