#!/usr/bin/python3
"""A model of the autoscaler of deploy/kubernetes/components/keda: whether it flaps, and how far it lags.

    autoscale.py          prints a table
    autoscale.py --draw   also draws docs/autoscale.svg (make autoscale-picture)

The queries, thresholds and behaviour are read from the manifest; the decisions are those of the
HorizontalPodAutoscaler as https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
describes them, which KEDA uses. What a pool does is measured (docs/scaling.md). One step is a second.
"""

import math
import os
import re
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
MANIFEST = os.path.join(HERE, "../deploy/kubernetes/components/keda/scaledobject.yaml")
PICTURE = os.path.join(HERE, "autoscale.svg")

# Measured: tests/bench/scaling.py and tests/deploy/test_kubernetes.py.
CHILDREN = 64
SERVICE_S = 0.05
START_S = 4       # of the pod's container, until it is ready
DRAIN_S = 2       # until it is gone; while a handler runs, 40 s at most
# Assumed: what a cluster adds until a container starts, and the interval of its Prometheus.
SCHEDULE_S = 15
SCRAPE_S = 15
SYNC_S = 15       # of the autoscaler (--horizontal-pod-autoscaler-sync-period)
TOLERANCE = 0.1   # the same, --horizontal-pod-autoscaler-tolerance
CAPACITY = CHILDREN / SERVICE_S


class Autoscaler:
    def __init__(self, spec):
        self.least, self.most = spec["minReplicaCount"], spec["maxReplicaCount"]
        behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        self.up, self.down = behavior["scaleUp"], behavior["scaleDown"]
        self.thresholds = [float(one["metadata"]["threshold"]) for one in spec["triggers"]]
        self.windows = [int(re.search(r"\[(\d+)s\]", one["metadata"]["query"])[1])
                        for one in spec["triggers"]]
        self.recommended, self.changes = [], []  # (when, replicas), (when, difference)

    def limit(self, rules, now, replicas, sign):
        """How far the policies let it go now: by each from where its period began."""
        found = []
        for policy in rules["policies"]:
            recent = sum(change for when, change in self.changes
                         if when > now - policy["periodSeconds"] and change * sign > 0)
            began = replicas - recent
            step = policy["value"]
            if policy["type"] == "Percent":
                step = math.ceil(began * step / 100)
            found.append(began + sign * step)
        return (max if sign > 0 else min)(found)

    def decide(self, now, replicas, sums):
        wanted = []
        for value, threshold in zip(sums, self.thresholds):
            close = abs(1 - value / (threshold * replicas)) <= TOLERANCE
            wanted.append(replicas if close else math.ceil(value / threshold))
        self.recommended.append((now, max(wanted)))
        window = self.down["stabilizationWindowSeconds"]
        self.recommended = [one for one in self.recommended if one[0] > now - window or one[0] == now]
        desired = max(wanted)
        if desired < replicas:
            desired = min(replicas, max(count for _, count in self.recommended))
        if desired > replicas:
            desired = max(replicas, min(desired, self.limit(self.up, now, replicas, 1)))
        elif desired < replicas:
            desired = min(replicas, max(desired, self.limit(self.down, now, replicas, -1)))
        desired = min(self.most, max(self.least, desired))
        if desired != replicas:
            self.changes.append((now, desired - replicas))
        return desired


def run(spec, arrivals):
    """A row for each second: (arrivals a second, ready pools, replicas, updates that wait, pods that
    still have a place on a node)."""
    scaler = Autoscaler(spec)
    replicas = scaler.least
    coming, going, waiting, rows = [], [], 0.0, []
    samples = []  # (when, waiting, busy)
    ready = replicas
    for now, rate in enumerate(arrivals):
        ready += sum(at == now for at in coming)
        coming = [at for at in coming if at > now]
        done = min(waiting + rate, ready * CAPACITY)
        waiting += rate - done
        if now % SCRAPE_S == 0:
            samples.append((now, waiting, min(ready * CHILDREN, done * SERVICE_S)))
        # Between two scrapes, as it may well be.
        if now % SYNC_S == 7:
            sums = [max(sample[1 + index] for sample in samples if sample[0] > now - window)
                    for index, window in enumerate(scaler.windows)]
            new = scaler.decide(now, replicas, sums)
            coming += [now + SCHEDULE_S + START_S] * max(0, new - replicas)
            # What has not come yet goes first, then what is ready.
            gone = max(0, replicas - new)
            early = min(gone, len(coming))
            coming = coming[:len(coming) - early]
            # One that drains takes nothing more.
            ready -= gone - early
            going += [now + DRAIN_S] * (gone - early)
            replicas = new
        going = [at for at in going if at > now]
        rows.append((rate, ready, replicas, waiting, replicas + len(going)))
    return rows


def day(seconds=7200):
    """A day in two hours, from a tenth of 20 pools' work to all of it and back."""
    return [CAPACITY * 20 * (0.55 - 0.45 * math.cos(2 * math.pi * at / seconds)) * 0.66
            for at in range(seconds)]


def burst(seconds=2400):
    """Out of nothing what 16 pools can do, for ten minutes."""
    return [CAPACITY * (16 if 300 <= at < 900 else 0.5) for at in range(seconds)]


def beats(seconds=2400):
    """Every three minutes 40 s of what six pools can do: the worst case for flapping."""
    return [CAPACITY * (6 if at % 180 < 40 else 0.4) for at in range(seconds)]


def backlog(seconds=2400):
    """After an hour without the network: 100,000 updates at once."""
    return [100000 if at == 300 else CAPACITY * 0.6 for at in range(seconds)]


SCENARIOS = {"a day in two hours": day(), "16 pools' work out of nothing": burst(),
             "bursts of 40 s every 3 minutes": beats(), "100,000 updates at once": backlog()}


def judge(rows):
    """What went wrong: reversals within five minutes, seconds with work that waits, the longest wait."""
    replicas = [row[2] for row in rows]
    changes = [(at, after - before) for at, (before, after)
               in enumerate(zip(replicas, replicas[1:])) if after != before]
    flaps = sum(first < 0 < second and later - earlier < 300
                for (earlier, first), (later, second) in zip(changes, changes[1:]))
    return {"flaps": flaps, "changes": len(changes), "most": max(row[4] for row in rows),
            "waiting_s": sum(row[3] > 0 for row in rows),
            "longest_s": max(row[3] / (row[1] * CAPACITY) for row in rows)}


def polyline(values, top, width, left, height, base, css):
    step = width / (len(values) - 1)
    points = " ".join(f"{left + at * step:.1f},{base - value / top * height:.1f}"
                      for at, value in enumerate(values) if at % 10 == 0)
    return f'<polyline class="{css}" points="{points}"/>'


def draw(results):
    width, height, left, gap = 620, 110, 50, 60
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="700" '
           f'height="{len(results) * (height + gap) + 20}" font-family="DejaVu Sans, sans-serif" '
           'font-size="11">',
           '<style>svg{background:#fff}polyline{fill:none;stroke-width:1.5}.need{stroke:#888}'
           '.pools{stroke:#1f6feb}.wait{stroke:#c62828}line{stroke:#ccc}</style>']
    for number, (name, rows) in enumerate(results.items()):
        base = 40 + height + number * (height + gap)
        top = max(max(row[2] for row in rows), max(row[0] / CAPACITY for row in rows
                                                   if row[0] < 50000)) * 1.1
        out.append(f'<text x="{left}" y="{base - height - 8}" font-weight="bold">{name}</text>')
        for value in range(0, math.ceil(top) + 1, max(1, math.ceil(top / 4))):
            y = base - value / top * height
            if value <= top:
                out.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}"/>'
                           f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{value}</text>')
        out.append(f'<text x="{left + width}" y="{base + 14}" text-anchor="end">'
                   f'{len(rows) // 60} minutes</text>')
        waits = [min(row[3] / CAPACITY, top) for row in rows]
        out += [polyline([min(row[0] / CAPACITY, top) for row in rows], top, width, left, height,
                         base, "need"),
                polyline(waits, top, width, left, height, base, "wait"),
                polyline([row[2] for row in rows], top, width, left, height, base, "pools")]
    out.append('<text x="50" y="14">grey: pools whose work arrives; blue: pools; red: what waits, in '
               'seconds of one pool</text></svg>')
    return "\n".join(out) + "\n"


def results():
    with open(MANIFEST) as file:
        spec = yaml.safe_load(file)["spec"]
    return {name: run(spec, arrivals) for name, arrivals in SCENARIOS.items()}


def main():
    found = results()
    print(f"{'':34}{'changes':>9}{'flaps':>7}{'most':>6}{'waiting, s':>12}{'longest, s':>12}")
    for name, rows in found.items():
        one = judge(rows)
        print(f"{name:34}{one['changes']:>9}{one['flaps']:>7}{one['most']:>6}"
              f"{one['waiting_s']:>12}{one['longest_s']:>12.1f}")
    if "--draw" in sys.argv:
        with open(PICTURE, "w") as file:
            file.write(draw(found))


if __name__ == "__main__":
    main()
