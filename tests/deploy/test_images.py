#!/usr/bin/python3
"""What is in the images, and that it runs: `korone` stays small, `korone-full` has the programs that
modules run."""

import json
import os
import re
import tempfile
import unittest

from deployment import run

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
OURS = ("korone-ingress", "korone-worker", "korone-recorder", "korone-crashd", "koronectl")
PROGRAMS = {"korone-picture": "--version", "korone-html": "--version", "ffmpeg": "-version", "ffprobe": "-version"}
OF_PROGRAMS = re.compile(r"korone-picture|korone-html|ffmpeg|ffprobe|fonts?/|lib(xml2|cairo|pango|fontconfig|"
                         r"freetype|harfbuzz|glib|png|jpeg|webp|av(codec|format|filter)|vpx|x26[45])\b")
NEVER = re.compile(r"(^|/)(sh|bash|dash|busybox|apt|dpkg|perl|python[0-9.]*|gcc|cc|make|curl|wget)$|/include/|\.a$")
MEGABYTE = 1000 * 1000


def inspect(image):
    return json.loads(run("docker", "image", "inspect", image + ":test").stdout)[0]


def files(image):
    container = run("docker", "create", image + ":test").stdout.strip()
    try:
        return run("bash", "-c", f"set -o pipefail; docker export {container} | tar -t").stdout.splitlines()
    finally:
        run("docker", "rm", container)


def inside(image, *command, mounts=(), check=True):
    """Run as confined as Compose does."""
    return run("docker", "run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL",
               "--security-opt=no-new-privileges", *(f"--volume={mount}:ro" for mount in mounts), image + ":test",
               *command, check=check).stdout


class Images(unittest.TestCase):
    def test_the_small_one_is_small(self):
        self.assertLess(inspect("korone")["Size"], 50 * MEGABYTE)
        self.assertEqual([name for name in files("korone") if OF_PROGRAMS.search(name)], [])
        self.assertLess(inspect("korone-simulator")["Size"], 50 * MEGABYTE)

    def test_the_full_one_has_the_programs_and_nothing_else(self):
        small, full = set(files("korone")), set(files("korone-full"))
        self.assertEqual(small - full, set())
        self.assertTrue(any(map(OF_PROGRAMS.search, full)))
        self.assertLess(inspect("korone-full")["Size"], 500 * MEGABYTE)
        for program, version in PROGRAMS.items():
            self.assertIn("ersion" if version == "-version" else program, inside("korone-full", program, version))

    def test_the_full_one_has_what_self_contained_programs_load(self):
        """yt-dlp and gallery-dl as one file, with a Python of its own built with an older glibc."""
        names = {os.path.basename(name) for name in files("korone-full")}
        self.assertEqual({"libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1", "libutil.so.1",
                          "libz.so.1", "libresolv.so.2"} - names, set())

    def test_no_image_has_a_shell_or_what_builds(self):
        for image in ("korone", "korone-full", "korone-simulator"):
            self.assertEqual([name for name in files(image) if NEVER.search(name)], [], image)

    def test_labels_and_programs_have_the_version(self):
        with open(ROOT + "/Makefile") as file:
            version = re.search(r"^VERSION *:= *(\S+)$", file.read(), re.M)[1]
        for image in ("korone", "korone-full", "korone-simulator"):
            config = inspect(image)["Config"]
            self.assertEqual(config["Labels"]["org.opencontainers.image.version"], version, image)
            self.assertEqual(config["Labels"]["org.opencontainers.image.licenses"], "Apache-2.0", image)
            self.assertEqual(config["User"], "10001:10001", image)
        for image in ("korone", "korone-full"):
            for program in OURS:
                self.assertEqual(inside(image, program, "--version").split()[-1], version, (image, program))

    def test_a_page_is_read_in_the_container(self):
        """korone-html's own walls, under the engine's."""
        with tempfile.NamedTemporaryFile("w", suffix=".html") as page:
            page.write("<html><h1>A phone</h1><ul class=menu><li><a href=a.php>A</a></ul></html>")
            page.flush()
            os.chmod(page.name, 0o644)
            self.assertEqual(inside("korone-full", "korone-html", "/page", "name=h1:.", "link=ul.menu/li:a@href,a",
                                    mounts=[page.name + ":/page"]), "name\tA phone\nlink\ta.php\tA\n")


class Settings(unittest.TestCase):
    """What a program or module can be told, deploy/.env can tell it in Compose."""

    # Of the container, or in a file of deploy/secrets.
    OF_THE_DEPLOYMENT = {"KORONE_RUN_DIR", "KORONE_STATE_DIR"}

    def passed_on(self):
        composed = json.loads(run("docker", "compose", "-f", ROOT + "/deploy/compose.yaml", "config", "--format",
                                  "json").stdout)
        return {service: {name.removesuffix("_FILE") for name in about.get("environment") or ()}
                for service, about in composed["services"].items()}

    def test_every_setting_of_a_program(self):
        passed_on = self.passed_on()
        for service in ("ingress", "worker", "recorder", "crashd"):
            settings = set(re.findall(r"^  ([A-Z][A-Z0-9_]+)", inside("korone", "korone-" + service, "--help"), re.M))
            self.assertGreater(len(settings), 8)
            self.assertEqual(settings - self.OF_THE_DEPLOYMENT - passed_on[service], set(), service)

    def test_every_key_of_a_module(self):
        keys = set(re.findall(r'"(KORONE_\w+_KEY)"', run("grep", "-rhoE", "--include=*.c", r'"KORONE_\w+_KEY"',
                                                         ROOT + "/workers/modules").stdout))
        self.assertGreater(len(keys), 2)
        self.assertEqual(keys - self.passed_on()["worker"], set())


if __name__ == "__main__":
    unittest.main()
