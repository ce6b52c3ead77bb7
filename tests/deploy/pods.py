"""Pods of deploy/kubernetes in the tests' own Docker Engine: each as kubelet would run it, with a container
that holds the pod's network, its securityContext, limits, probes and volumes, and the rules of the
NetworkPolicies inside of that network. One node; nothing schedules, restarts of a pod are the test's."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from deployment import run
from stores import wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "../kubernetes"))

from render import by_ourselves  # noqa: E402  # pylint: disable=wrong-import-position

COMPONENT = "app.kubernetes.io/component"
# Users of the official images; the stand-ins have names for theirs.
STAND_INS = {"postgres": "postgres", "redis": "redis"}


class Volume:
    """A directory of the node, with the owner and mode that kubelet gives it."""

    def __init__(self, path, group, mode):
        self.path = path
        os.makedirs(path, exist_ok=True)
        os.chown(path, 0, group)
        os.chmod(path, mode)


def write_projected(path, files, group, mode):
    """As kubelet's atomic writer does: links to a directory that is changed at once."""
    data = tempfile.mkdtemp(prefix="..", dir=path)
    os.chown(data, 0, group)
    os.chmod(data, 0o2755)
    for name, text in files.items():
        with open(f"{data}/{name}", "w") as file:
            file.write(text)
        os.chown(f"{data}/{name}", 0, group)
        os.chmod(f"{data}/{name}", mode)
    os.symlink(os.path.basename(data), path + "/..new")
    os.rename(path + "/..new", path + "/..data")
    for name in files:
        if not os.path.islink(f"{path}/{name}"):
            os.symlink(f"..data/{name}", f"{path}/{name}")
    for name in os.listdir(path):
        if not name.startswith("..") and name not in files:
            os.unlink(f"{path}/{name}")


class Pod:
    def __init__(self, cluster, owner, name, image=None):
        self.cluster, self.owner, self.name = cluster, owner, name
        self.template = owner["spec"]["template"]
        self.spec = self.template["spec"]
        self.labels = self.template["metadata"]["labels"]
        self.component = self.labels[COMPONENT]
        self.container = self.spec["containers"][0]
        self.image = image or cluster.image(self.container["image"])
        self.dir = f"{cluster.dir}/pods/{name}"
        self.mounts = {}  # volume -> (path, what projects into it)
        self.start()

    # --- volumes ---

    def volume(self, volume):
        group, path = self.spec["securityContext"]["fsGroup"], f"{self.dir}/{volume['name']}"
        if "emptyDir" in volume:
            return Volume(path, group, 0o2777).path
        Volume(path, group, 0o2777)
        self.mounts[volume["name"]] = (path, volume)
        self.project(path, volume)
        return path

    def files_of(self, volume):
        for kind, key in (("secret", "secretName"), ("configMap", "name")):
            if kind in volume:
                one = volume[kind]
                found = self.cluster.data(kind, one[key])
                if found is None and not one.get("optional"):
                    raise AssertionError(f"{self.name}: no {kind} {one[key]}")
                return found or {}, one.get("defaultMode", 0o644)
        files = {}
        for source in volume["projected"]["sources"]:
            data = self.cluster.data("secret", source["secret"]["name"])
            files.update({item["path"]: data[item["key"]] for item in source["secret"]["items"]})
        return files, volume["projected"].get("defaultMode", 0o644)

    def project(self, path, volume):
        files, mode = self.files_of(volume)
        write_projected(path, files, self.spec["securityContext"]["fsGroup"], mode)

    def sync(self):
        """What kubelet does about once a minute; what lacks a key stays as it is."""
        for path, volume in self.mounts.values():
            try:
                self.project(path, volume)
            except KeyError:
                pass

    def claim(self, name):
        return Volume(f"{self.cluster.dir}/claims/{name}-{self.name}",
                      self.spec["securityContext"]["fsGroup"], 0o2775).path

    def volumes(self):
        paths = {volume["name"]: self.volume(volume) for volume in self.spec["volumes"]}
        for claim in self.owner["spec"].get("volumeClaimTemplates", []):
            paths[claim["metadata"]["name"]] = self.claim(claim["metadata"]["name"])
        for mount in self.container["volumeMounts"]:
            yield (f"--volume={paths[mount['name']]}:{mount['mountPath']}"
                   + (":ro" if mount.get("readOnly") else ""))

    # --- the container ---

    def environment(self):
        pairs = {}
        for source in self.container.get("envFrom", []):
            pairs.update(self.cluster.data("configMap", source["configMapRef"]["name"]))
        pairs.update({entry["name"]: entry["value"] for entry in self.container.get("env", [])})
        return [f"--env={name}={value}" for name, value in pairs.items()]

    def user(self):
        context = self.spec["securityContext"]
        return STAND_INS.get(self.component, f"{context['runAsUser']}:{context['runAsGroup']}")

    def start(self):
        aliases = [f"--network-alias={name}" for name in self.cluster.services_of(self.labels)]
        run("docker", "run", "--detach", "--name", self.name + "-net", "--hostname", self.name,
            "--network", self.cluster.network, *aliases, "debian:bookworm-slim", "sleep", "infinity")
        self.address = self.inspect("-net")["NetworkSettings"]["Networks"][
            self.cluster.network]["IPAddress"]
        self.cluster.pods.append(self)
        self.cluster.enforce()
        context = self.container["securityContext"]
        assert context == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                           "capabilities": {"drop": ["ALL"]}}, context
        limits = self.container["resources"]["limits"]
        # Docker's own seccomp profile is what containerd and CRI-O call RuntimeDefault.
        run("docker", "run", "--detach", "--name", self.name, "--network",
            f"container:{self.name}-net", "--restart", "always", "--read-only", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges:true", "--user", self.user(), "--group-add",
            str(self.spec["securityContext"]["fsGroup"]), "--memory",
            limits["memory"].removesuffix("i").lower(), *self.environment(), *self.volumes(),
            self.image, *self.container.get("args", []))

    def inspect(self, suffix=""):
        return json.loads(run("docker", "inspect", self.name + suffix).stdout)[0]

    def pid(self):
        return self.inspect()["State"]["Pid"]

    def net(self, *command, check=True):
        """Inside of the pod's network."""
        return run("nsenter", "--net", f"--target={self.inspect('-net')['State']['Pid']}", *command,
                   check=check)

    def logs(self):
        done = run("docker", "logs", self.name)
        return done.stdout + done.stderr

    def get(self, path, port=None):
        """(status, body); of the health port unless another is named."""
        ports = {one["name"]: one["containerPort"] for one in self.container["ports"]}
        try:
            with urllib.request.urlopen(f"http://{self.address}:{port or ports['health']}{path}",
                                        timeout=3) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError:
            return None, ""

    def is_ready(self):
        probe = self.container["readinessProbe"]
        ports = {one["name"]: one["containerPort"] for one in self.container["ports"]}
        if "httpGet" in probe:
            return self.get(probe["httpGet"]["path"],
                            ports[probe["httpGet"]["port"]])[0] == 200
        if "exec" in probe:
            return run("docker", "exec", self.name, *probe["exec"]["command"],
                       check=False).returncode == 0
        return self.can_reach_self(ports[probe["tcpSocket"]["port"]])

    def can_reach_self(self, port):
        return self.net("bash", "-c", f"</dev/tcp/127.0.0.1/{port}", check=False).returncode == 0

    def can_reach(self, other, port):
        return self.net("timeout", "2", "bash", "-c", f"</dev/tcp/{other.address}/{port}",
                        check=False).returncode == 0

    def kill(self):
        """SIGKILL to its first process; the container starts again in the same pod."""
        before = self.inspect()["RestartCount"]
        os.kill(self.pid(), 9)
        wait_for(lambda: self.inspect()["RestartCount"] > before, 30, f"{self.name} is restarted")

    def delete(self, grace=None):
        """SIGTERM, the time of grace, SIGKILL; what is in emptyDirs is gone. Returns the exit code."""
        seconds = self.spec["terminationGracePeriodSeconds"] if grace is None else grace
        run("docker", "update", "--restart", "no", self.name)
        run("docker", "stop", "--time", str(seconds), self.name, timeout=seconds + 60)
        code = self.inspect()["State"]["ExitCode"]
        self.remove()
        return code

    def remove(self):
        run("docker", "rm", "--force", self.name, self.name + "-net", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)
        if self in self.cluster.pods:
            self.cluster.pods.remove(self)
        self.cluster.enforce()


class Cluster:
    """The objects of an overlay; what has no Secret yet gets it from give()."""

    IMAGES = {"korone": "korone:test", "korone-simulator": "korone-simulator:test"}

    def __init__(self, overlay="overlays/try", network="korone-kubernetes"):
        self.dir = tempfile.mkdtemp(prefix="korone-pods-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.objects, self.network, self.pods = by_ourselves(overlay), network, []
        self.given = {}
        self.clean()
        run("docker", "network", "create", network)
        bridge = json.loads(run("docker", "network", "inspect", network).stdout)[0]
        self.node = bridge["IPAM"]["Config"][0]["Gateway"]

    def clean(self):
        """What a killed run left."""
        for name in run("docker", "ps", "--all", "--quiet", "--filter", "name=^korone-").stdout.split():
            run("docker", "rm", "--force", name, check=False)
        run("docker", "network", "rm", self.network, check=False)

    def close(self):
        for pod in list(self.pods):
            pod.remove()
        run("docker", "network", "rm", self.network, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def image(self, name):
        return self.IMAGES.get(name.rsplit(":", 1)[0], name)

    def find(self, kind, name):
        return next(one for one in self.objects
                    if (one["kind"], one["metadata"]["name"]) == (kind, name))

    def data(self, kind, name):
        if kind == "secret" and name in self.given:
            return self.given[name]
        wanted = {"secret": "Secret", "configMap": "ConfigMap"}[kind]
        for one in self.objects:
            if (one["kind"], one["metadata"]["name"]) == (wanted, name):
                return one["data"]
        return None

    def give(self, secrets):
        self.given.update(secrets)
        for pod in self.pods:
            pod.sync()

    def services_of(self, labels):
        return [one["metadata"]["name"] for one in self.objects if one["kind"] == "Service"
                and one["spec"]["selector"].items() <= labels.items()
                and one["metadata"]["name"] != "korone-metrics"]

    def start(self, kind, name, suffix, **more):
        return Pod(self, self.find(kind, name), f"{name}-{suffix}", **more)

    # --- the Job that deals the keys ---

    def deal_keys(self):
        """Its containers up to the one that speaks to the API; returns the Secrets."""
        job = self.find("Job", "korone-keys")["spec"]["template"]["spec"]
        root = f"{self.dir}/job"
        group = job["securityContext"]["fsGroup"]
        keys = Volume(root + "/keys", group, 0o2777).path
        for volume in job["volumes"]:
            if "secret" in volume:
                path = Volume(f"{root}/{volume['name']}", group, 0o2777).path
                write_projected(path, self.data("secret", volume["secret"]["secretName"]) or {},
                                group, volume["secret"]["defaultMode"])
        for container in job["initContainers"]:
            mounts = [f"--volume={root}/{mount['name']}:{mount['mountPath']}"
                      for mount in container["volumeMounts"]]
            environment = [f"--env={one['name']}={one['value']}" for one in container["env"]]
            run("docker", "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL",
                "--security-opt", "no-new-privileges:true", "--user", "10001:10001",
                "--group-add", str(group), "--memory",
                container["resources"]["limits"]["memory"].removesuffix("i").lower(),
                *mounts, *environment, self.image(container["image"]), *container["args"])
        with open(keys + "/secrets.json") as file:
            items = json.load(file)["items"]
        shutil.rmtree(root)
        return {item["metadata"]["name"]: {name: base64.b64decode(value).decode()
                                           for name, value in item["data"].items()}
                for item in items}

    # --- NetworkPolicies ---

    @staticmethod
    def selects(selector, labels):
        if not selector.get("matchLabels", {}).items() <= labels.items():
            return False
        return all(labels.get(one["key"]) in one["values"]
                   for one in selector.get("matchExpressions", []))

    def rules(self, pod, direction):
        """[(address or None: anywhere, port, protocol)], or None: nothing restricts it."""
        key, peers_key = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
        found = None
        for one in self.objects:
            if one["kind"] != "NetworkPolicy" or direction not in one["spec"]["policyTypes"] \
                    or not self.selects(one["spec"]["podSelector"], pod.labels):
                continue
            found = found or []
            for rule in one["spec"].get(key, []):
                for address in self.addresses(rule.get(peers_key)):
                    found += [(address, port["port"], port["protocol"]) for port in rule["ports"]]
        return found

    def addresses(self, peers):
        if peers is None:
            return [None]
        return [other.address for peer in peers if "podSelector" in peer for other in self.pods
                if self.selects(peer["podSelector"], other.labels)]

    def enforce(self):
        """In each pod's network, all at once; the node (its probes) is always let in."""
        for pod in self.pods:
            lines = ["*filter", ":INPUT DROP", ":OUTPUT DROP", ":FORWARD DROP"]
            for chain, direction, place, way in (("INPUT", "Ingress", "s", "i"),
                                                 ("OUTPUT", "Egress", "d", "o")):
                lines += [f"-A {chain} -{way} lo -j ACCEPT",
                          f"-A {chain} -m state --state ESTABLISHED,RELATED -j ACCEPT",
                          f"-A {chain} -{place} {self.node} -j ACCEPT"]
                rules = self.rules(pod, direction)
                if rules is None:
                    lines.append(f"-A {chain} -j ACCEPT")
                for address, port, protocol in rules or []:
                    lines.append(f"-A {chain} " + (f"-{place} {address} " if address else "")
                                 + f"-p {protocol.lower()} --dport {port} -j ACCEPT")
            pid = pod.inspect("-net")["State"]["Pid"]
            subprocess.run(["nsenter", "--net", f"--target={pid}", "iptables-restore"], check=True,
                           input="\n".join([*lines, "COMMIT", ""]), text=True)
