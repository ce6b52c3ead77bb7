#!/usr/bin/python3
"""deploy/kubernetes without a cluster: tests/kubernetes/main.py prints TAP.

Rendered by kubectl, and by render.py, which must come to the same; every object typed strictly
against the API (with node, by fetch and tsc); the policies against the arrows of the picture in
ARCHITECTURE.md; pods as the restricted Pod Security Standard wants them; and that what names
another thing (ports, Secrets, Services, accounts) names one that is there.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(1, os.path.join(HERE, "../system"))

from render import (KUBERNETES, ROOT, by_kubectl, by_ourselves, containers, has_kubectl,  # noqa: E402
                    load_all, read, render)

OVERLAYS = ("overlays/try", "overlays/production")
RENDERED = ("base", "keys/deal", "keys/replace", "keys/retire", *OVERLAYS)
# What no overlay uses, with the base.
COMPONENTS = ("hpa", "logfire", "webhook")
SCHEMAS = os.path.join(ROOT, "build/kubernetes")
MODELS = {"keda.sh": "@kubernetes-models/keda",
          "monitoring.coreos.com": "@kubernetes-models/prometheus-operator"}
PART_OF, COMPONENT = "app.kubernetes.io/part-of", "app.kubernetes.io/component"
DAEMONS = {"ingress", "worker", "recorder", "crashd"}
STORE_PORTS = {5432, 6379, 6380}


def with_components(directory):
    """The path of an overlay in `directory`, with the base and all of COMPONENTS."""
    to = os.path.relpath(KUBERNETES, os.path.realpath(directory))
    with open(directory + "/kustomization.yaml", "w") as file:
        json.dump({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
                   "resources": [to + "/base"],
                   "components": [f"{to}/components/{name}" for name in COMPONENTS]}, file)
    return directory


def all_objects():
    seen = {}
    with tempfile.TemporaryDirectory() as directory:
        for name in (*RENDERED, with_components(directory)):
            for one in by_ourselves(name):
                seen.setdefault(json.dumps(one, sort_keys=True), one)
    return list(seen.values())


def pods(objects):
    return [one for one in objects if one["kind"] in ("Deployment", "StatefulSet", "Job")]


def of_kind(objects, kind):
    return [one for one in objects if one["kind"] == kind]


def name_of(one):
    return one["metadata"]["name"]


def component_of(one):
    return one["spec"]["template"]["metadata"]["labels"][COMPONENT]


class Rendering(unittest.TestCase):
    maxDiff = None

    @staticmethod
    def index(objects):
        return {(one["kind"], name_of(one)): {key: value for key, value in one.items()
                                             if value != {}} for one in objects}

    @unittest.skipUnless(has_kubectl(), "no kubectl: rendered by tests/kubernetes/render.py only")
    def test_kubectl_renders_the_same(self):
        with tempfile.TemporaryDirectory() as directory:
            for name in (*RENDERED, with_components(directory)):
                with self.subTest(name):
                    self.assertEqual(self.index(by_ourselves(name)), self.index(by_kubectl(name)))

    def test_every_component_is_rendered(self):
        used = {os.path.basename(one) for name in OVERLAYS for one in
                yaml.safe_load(read(f"{KUBERNETES}/{name}/kustomization.yaml"))["components"]}
        self.assertEqual(used | set(COMPONENTS), set(os.listdir(KUBERNETES + "/components")))

    def test_every_file_is_used(self):
        listed = {os.path.join(KUBERNETES, "components/hpa/adapter-rules.yaml")}
        for path in glob.glob(KUBERNETES + "/**/kustomization.yaml", recursive=True):
            parsed = yaml.safe_load(read(path))
            directory = os.path.dirname(path)
            names = parsed.get("resources", []) + [
                name for one in parsed.get("configMapGenerator", []) for name in one.get("files", [])]
            listed |= {path, *(os.path.normpath(os.path.join(directory, name)) for name in names)}
        for path in glob.glob(KUBERNETES + "/**/*.yaml", recursive=True):
            self.assertIn(path, listed)

    def test_copies_are_as_the_originals(self):
        rules = load_all(read(KUBERNETES + "/components/monitoring/rules.yaml"))[0]
        self.assertEqual(rules["spec"], load_all(read(ROOT + "/deploy/monitoring/alerts.yml"))[0],
                         "make kubernetes-rules")
        self.assertEqual(read(KUBERNETES + "/components/stores/roles.sh"),
                         read(ROOT + "/deploy/postgres-roles.sh"))


@unittest.skipUnless(shutil.which("npm"), "no npm: the API's types were not fetched")
class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([HERE + "/fetch"], check=True)

    @staticmethod
    def typed(one):
        group, _, version = one["apiVersion"].rpartition("/")
        package = MODELS.get(group, "kubernetes-models")
        path = f"{package}/{group + '/' if group else ''}{version}/{one['kind']}"
        return (f'import type {{ I{one["kind"]} }} from "{path}";\n'
                f'const one: I{one["kind"]} = {json.dumps(one, indent=1)};\nexport default one;\n')

    def judge(self, objects):
        """What tsc says; a literal may not have a field that its type does not have."""
        with tempfile.TemporaryDirectory(dir=SCHEMAS) as directory:
            for number, one in enumerate(objects):
                with open(f"{directory}/{number}-{name_of(one)}.mts", "w") as file:
                    file.write(self.typed(one))
            done = subprocess.run(
                [SCHEMAS + "/node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck",
                 "--module", "nodenext", "--moduleResolution", "nodenext",
                 *glob.glob(directory + "/*.mts")], capture_output=True, text=True)
            return done.stdout + done.stderr

    def test_every_object_is_typed(self):
        self.assertEqual(self.judge(all_objects()), "")

    def test_what_is_wrong_is_found(self):
        def worker():
            return next(one for one in by_ourselves("base") if one["kind"] == "Deployment"
                        and name_of(one) == "korone-worker")

        for break_it, said in (
                (lambda one: one["spec"].update(replica=2), "replica"),
                (lambda one: one["spec"].update(replicas="2"), "string"),
                (lambda one: one["spec"].pop("selector"), "selector"),
                (lambda one: containers(one)[0].update(livenesProbe={}), "livenesProbe")):
            one = worker()
            break_it(one)
            self.assertIn(said, self.judge([one]))


class Security(unittest.TestCase):
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/, restricted, and more."""

    VOLUMES = {"configMap", "emptyDir", "projected", "secret", "persistentVolumeClaim"}

    def each(self):
        for one in pods(all_objects()):
            with self.subTest(f"{one['kind']} {name_of(one)}"):
                yield one, one["spec"]["template"]["spec"]

    def test_pods_are_restricted(self):
        for _, spec in self.each():
            context = spec["securityContext"]
            self.assertIs(context["runAsNonRoot"], True)
            self.assertNotEqual(context["runAsUser"], 0)
            self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertFalse({"hostNetwork", "hostPID", "hostIPC"} & set(spec))
            for volume in spec.get("volumes", []):
                self.assertTrue((set(volume) - {"name"}) <= self.VOLUMES, volume)

    def test_containers_are_restricted(self):
        for one, _ in self.each():
            for container in containers(one):
                context = container["securityContext"]
                self.assertEqual(context, {"allowPrivilegeEscalation": False,
                                           "readOnlyRootFilesystem": True,
                                           "capabilities": {"drop": ["ALL"]}})
                self.assertIn("memory", container["resources"]["limits"])
                self.assertLessEqual({"cpu", "memory"}, set(container["resources"]["requests"]))
                self.assertFalse(any("hostPort" in port for port in container.get("ports", [])))

    def test_only_the_one_who_writes_secrets_has_a_token(self):
        for one, spec in self.each():
            self.assertIs(spec["automountServiceAccountToken"], False)
            self.assertIs(spec["enableServiceLinks"], False)
            with_token = [container["name"] for container in containers(one)
                          if any("serviceaccount" in mount["mountPath"]
                                 for mount in container["volumeMounts"])]
            self.assertEqual(with_token, ["apply"] if one["kind"] == "Job" else [])
        for account in of_kind(all_objects(), "ServiceAccount"):
            self.assertIs(account["automountServiceAccountToken"], False)

    def test_limits_are_those_of_compose(self):
        services = yaml.safe_load(read(ROOT + "/deploy/compose.yaml"))["services"]
        for one, _ in self.each():
            component = component_of(one)
            if component not in DAEMONS:
                continue
            limit = containers(one)[0]["resources"]["limits"]["memory"]
            compose = services[component]["mem_limit"]
            self.assertEqual(limit, compose.upper() + "i")


class Names(unittest.TestCase):
    """What names something names one that is there."""

    def setUp(self):
        self.objects = render("overlays/try")
        self.services = {name_of(one): one["spec"] for one in of_kind(self.objects, "Service")}

    def test_ports_and_probes(self):
        for one in pods(self.objects):
            for container in containers(one):
                named = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    how = container.get(probe, {})
                    for kind in ("httpGet", "tcpSocket"):
                        if kind in how:
                            self.assertIn(how[kind]["port"], named)
                if "health" in named:
                    listen = next(entry["value"] for entry in container["env"]
                                  if entry["name"] == "KORONE_HEALTH_LISTEN")
                    self.assertEqual(listen, f"0.0.0.0:{named['health']}")
                    self.assertLessEqual({"startupProbe", "livenessProbe", "readinessProbe"},
                                         set(container))

    def test_endpoints_are_services_with_that_port(self):
        found = 0
        for one in pods(self.objects):
            for container in containers(one):
                for entry in container.get("env", []):
                    match = re.match(r"\w+://(korone-[\w-]+):(\d+)$", entry.get("value", ""))
                    if match:
                        ports = [port["port"] for port in self.services[match[1]]["ports"]]
                        self.assertIn(int(match[2]), ports)
                        found += 1
        self.assertEqual(found, 6)

    def test_services_select_pods_that_have_the_port(self):
        for name, spec in self.services.items():
            matching = [one for one in pods(self.objects) if spec["selector"].items()
                        <= one["spec"]["template"]["metadata"]["labels"].items()]
            for port in spec["ports"]:
                self.assertTrue(any(port["targetPort"] == named["name"] for one in matching
                                    for container in containers(one)
                                    for named in container.get("ports", [])), (name, port))

    def test_volumes_accounts_and_secrets(self):
        accounts = {name_of(one) for one in of_kind(self.objects, "ServiceAccount")}
        made = {name_of(one) for one in self.objects if one["kind"] in ("Secret", "ConfigMap")}
        made |= {f"korone-keys-{name}" for name in DAEMONS}
        for one in pods(self.objects):
            spec = one["spec"]["template"]["spec"]
            if "serviceAccountName" in spec:
                self.assertIn(spec["serviceAccountName"], accounts)
            volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
            claims = {claim["metadata"]["name"]
                      for claim in one["spec"].get("volumeClaimTemplates", [])}
            used = {mount["name"] for container in containers(one)
                    for mount in container["volumeMounts"]}
            self.assertEqual(used, set(volumes) | claims)
            for volume in volumes.values():
                if "secret" in volume:
                    self.assertIn(volume["secret"]["secretName"], made)

    def test_secrets_of_the_programs_are_files_that_are_mounted(self):
        for one in pods(self.objects):
            for container in containers(one):
                mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
                for entry in container.get("env", []):
                    if entry["name"].endswith("_FILE"):
                        self.assertIn(os.path.dirname(entry["value"]), mounts)

    def test_what_there_is_one_of_holds_up_no_drain(self):
        budgets = {name_of(one) for one in of_kind(self.objects, "PodDisruptionBudget")}
        self.assertEqual(budgets, {"korone-recorder", "korone-worker"})

    def test_both_autoscalers_ask_the_same(self):
        keda = load_all(read(KUBERNETES + "/components/keda/scaledobject.yaml"))[0]["spec"]
        hpa = load_all(read(KUBERNETES + "/components/hpa/autoscaler.yaml"))[0]["spec"]
        rules = load_all(read(KUBERNETES + "/components/hpa/adapter-rules.yaml"))[0]["rules"]
        self.assertEqual(keda["advanced"]["horizontalPodAutoscalerConfig"]["behavior"],
                         hpa["behavior"])
        self.assertEqual([(one["metadata"]["query"], one["metadata"]["threshold"])
                          for one in keda["triggers"]],
                         [(rule["metricsQuery"], metric["external"]["target"]["averageValue"])
                          for rule, metric in zip(rules["external"], hpa["metrics"])])
        self.assertEqual([rule["name"]["as"] for rule in rules["external"]],
                         [metric["external"]["metric"]["name"] for metric in hpa["metrics"]])


class Policies(unittest.TestCase):
    """The picture in ARCHITECTURE.md is docs/processes.dot."""

    PLACES = {"telegram_gives": "outside", "telegram_takes": "outside", "logfire": "outside",
              "parent": "worker", "sender": "worker", "fetcher": "worker", "child": "worker",
              "nursery": "worker", "spool": "ingress"}

    def drawn(self):
        text = re.sub(r"//.*", "", read(ROOT + "/docs/processes.dot"))
        arrows = set()
        for first, second in re.findall(r"^\s*(\w+) -> (\w+)", text, re.M):
            firsts = DAEMONS if first == "all" else {first}
            for one in firsts:
                pair = frozenset(self.PLACES.get(name, name) for name in (one, second))
                if len(pair) == 2:
                    arrows.add(pair)
        # The fetcher asks other hosts, which have no arrow of their own; so does the sender.
        return arrows

    @staticmethod
    def components(selector):
        labels = selector.get("matchLabels", {})
        if COMPONENT in labels:
            return {labels[COMPONENT]}
        for expression in selector.get("matchExpressions", []):
            if expression["key"] == COMPONENT:
                return set(expression["values"])
        return set(DAEMONS)

    def peers(self, peers, ports):
        """Components, "stores" or "outside"."""
        if peers is None:
            self.assertLessEqual(ports, STORE_PORTS)
            return {"stores"}
        found = set()
        for peer in peers:
            if "podSelector" in peer:
                found |= self.components(peer["podSelector"])
            elif "ipBlock" in peer:
                private = peer["ipBlock"]["except"]
                self.assertTrue("10.0.0.0/8" in private or "fc00::/7" in private)
                found.add("outside")
        return found

    def allowed(self, objects, direction):
        """{(who speaks first, to whom, port)}"""
        found = set()
        key, peers_key = ("egress", "to") if direction == "Egress" else ("ingress", "from")
        for policy in of_kind(objects, "NetworkPolicy"):
            spec = policy["spec"]
            if name_of(policy) == "korone-default":
                continue
            self.assertIn(direction, spec["policyTypes"])
            for rule in spec.get(key, []):
                ports = {port["port"] for port in rule["ports"]}
                for here in self.components(spec["podSelector"]):
                    for there in self.peers(rule.get(peers_key), ports):
                        pair = (here, there) if direction == "Egress" else (there, here)
                        found |= {(*pair, port) for port in ports}
        return found

    def test_base_allows_the_arrows_and_nothing_else(self):
        egress = self.allowed(by_ourselves("base"), "Egress")
        self.assertEqual({frozenset(arrow[:2]) for arrow in egress}, self.drawn())

    def test_both_ends_agree(self):
        base = by_ourselves("base")
        inside = {arrow for arrow in self.allowed(base, "Egress") if set(arrow[:2]) <= DAEMONS}
        self.assertEqual(inside, self.allowed(base, "Ingress"))

    def test_ports_are_bound_by_whom_they_lead_to(self):
        base = by_ourselves("base")
        bound = {(component_of(one), port["containerPort"]) for one in pods(base)
                 for container in containers(one) for port in container["ports"]}
        for _, there, port in self.allowed(base, "Ingress"):
            self.assertIn((there, port), bound)

    def test_everybody_is_closed_by_default(self):
        default = next(one for one in of_kind(by_ourselves("base"), "NetworkPolicy")
                       if name_of(one) == "korone-default")["spec"]
        self.assertEqual(default["podSelector"], {"matchLabels": {PART_OF: "korone"}})
        self.assertEqual(default["policyTypes"], ["Ingress", "Egress"])
        self.assertNotIn("ingress", default)
        self.assertEqual({port["port"] for rule in default["egress"] for port in rule["ports"]},
                         {53})
        for one in pods(all_objects()):
            self.assertEqual(one["spec"]["template"]["metadata"]["labels"][PART_OF], "korone")


if __name__ == "__main__":
    unittest.main()
