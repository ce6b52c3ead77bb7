"""What `kubectl apply -k` would send: by kubectl where there is one, and by ourselves, as far as
deploy/kubernetes uses kustomize. Names of generated ConfigMaps and Secrets are without their hash."""

import copy
import os
import re
import shutil
import subprocess

import yaml

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
KUBERNETES = os.path.join(ROOT, "deploy/kubernetes")
CLUSTER_WIDE = {"Namespace"}
KNOWN = {"apiVersion", "kind", "namespace", "resources", "components", "patches", "images",
         "configMapGenerator", "secretGenerator"}
HASHED = re.compile(r"^(korone[a-z-]*)-[a-z0-9]{10}$")


class Loader(yaml.SafeLoader):
    """As Go's YAML 1.2 reader for what matters here: 0440 is octal, yes and no are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def load_all(text):
    return [document for document in yaml.load_all(text, Loader) if document]


def read(path):
    with open(path) as file:
        return file.read()


def kustomization(directory):
    parsed = load_all(read(os.path.join(directory, "kustomization.yaml")))[0]
    if unknown := set(parsed) - KNOWN:
        raise ValueError(f"{directory}: this renderer does not know {', '.join(sorted(unknown))}")
    return parsed


def find(objects, kind, name):
    for one in objects:
        if (one["kind"], one["metadata"]["name"]) == (kind, name):
            return one
    raise KeyError(f"{kind} {name}")


def patch(target, steps):
    """RFC 6902, of which add and remove are used."""
    for step in steps:
        *path, last = step["path"].strip("/").split("/")
        at = target
        for part in path:
            at = at[int(part) if isinstance(at, list) else part]
        if step["op"] == "remove":
            del at[int(last) if isinstance(at, list) else last]
        elif isinstance(at, list):
            at.insert(len(at) if last == "-" else int(last), step["value"])
        else:
            at[last] = step["value"]


def generate(objects, directory, kind, one):
    data = dict(literal.split("=", 1) for literal in one.get("literals", []))
    data.update({file: read(os.path.join(directory, file)) for file in one.get("files", [])})
    if one.get("behavior") == "merge":
        find(objects, kind, one["name"])["data"].update(data)
        return
    made = {"apiVersion": "v1", "kind": kind, "metadata": {"name": one["name"]}, "data": data}
    objects.append({**made, "type": "Opaque"} if kind == "Secret" else made)


def containers(one):
    spec = one.get("spec", {}).get("template", {}).get("spec", {})
    return spec.get("initContainers", []) + spec.get("containers", [])


def set_images(objects, images):
    for one in objects:
        for container in containers(one):
            for image in images:
                if container["image"].split(":")[0] == image["name"]:
                    container["image"] = f"{image['newName']}:{image['newTag']}"


def set_namespace(objects, namespace):
    for one in objects:
        if one["kind"] not in CLUSTER_WIDE:
            one["metadata"]["namespace"] = namespace
        for subject in one.get("subjects", []):
            subject["namespace"] = namespace


def accumulate(directory, objects):
    """Adds to the objects; a component changes what is there, a resource is by itself."""
    parsed = kustomization(directory)
    own = [] if parsed["kind"] == "Kustomization" else objects
    for name in parsed.get("resources", []):
        path = os.path.normpath(os.path.join(directory, name))
        if os.path.isdir(path):
            accumulate(path, own)
        else:
            own += load_all(read(path))
    for name in parsed.get("components", []):
        accumulate(os.path.normpath(os.path.join(directory, name)), own)
    for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for one in parsed.get(key, []):
            generate(own, directory, kind, one)
    for one in parsed.get("patches", []):
        patch(find(own, one["target"]["kind"], one["target"]["name"]),
              load_all(one["patch"])[0])
    set_images(own, parsed.get("images", []))
    if "namespace" in parsed:
        set_namespace(own, parsed["namespace"])
    if own is not objects:
        objects += own


def by_ourselves(name):
    objects = []
    accumulate(os.path.join(KUBERNETES, name), objects)
    return copy.deepcopy(objects)  # what an anchor shares is no longer shared


def without_hashes(value):
    if isinstance(value, dict):
        return {key: without_hashes(part) for key, part in value.items()}
    if isinstance(value, list):
        return [without_hashes(part) for part in value]
    match = HASHED.match(value) if isinstance(value, str) else None
    return match[1] if match else value


def decode_secrets(objects):
    import base64
    for one in objects:
        if one["kind"] == "Secret":
            one["data"] = {key: base64.b64decode(value).decode()
                           for key, value in one["data"].items()}
    return objects


def has_kubectl():
    return shutil.which("kubectl") is not None


def by_kubectl(name):
    done = subprocess.run(["kubectl", "kustomize", os.path.join(KUBERNETES, name)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(f"kubectl kustomize {name}: {done.stderr}")
    return decode_secrets(without_hashes(load_all(done.stdout)))


def render(name):
    return by_kubectl(name) if has_kubectl() else by_ourselves(name)
