"""The build: what it asks pkg-config for, under the names that distributions have, what it links, and
what it says of what is missing.

pkg-config sees made-up modules only, each with flags that name it, and nothing is compiled. A person
who has no library at all must learn which ones to install, from one message.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

from simulator import BIN

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Modules of pkg-config and the packages of Debian that have them.
LINKED = {
    "libzmq": "libzmq3-dev", "libcurl": "libcurl4-openssl-dev", "hiredis": "libhiredis-dev",
    "libpq": "libpq-dev", "jansson": "libjansson-dev", "libmicrohttpd": "libmicrohttpd-dev",
    "libdw": "libdw-dev", "libelf": "libelf-dev", "libcrypto": "libssl-dev", "zlib": "zlib1g-dev",
    "libpcre2-8": "libpcre2-dev",
}
MSGPACK_NAMES = ("msgpack", "msgpack-c")  # until Debian 12 and Ubuntu 24.04, and after them
MSGPACK_PACKAGE = "libmsgpack-dev"
# What compiles or links: tests/run has no other.
GOALS = ("all", "unit-tests", "module-tests", "fuzz", "bench", "{build}/tests/korone-victim",
         "{build}/tests/korone-worker-misbehave", "{build}/tests/confined")


def run(*command, **environment):
    inherited = {name: value for name, value in os.environ.items()
                 if name not in ("MAKEFLAGS", "MFLAGS", "PKG_CONFIG_PATH")}
    return subprocess.run(command, cwd=ROOT, env={**inherited, "LC_ALL": "C", **environment},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


class BuildTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-build-")
        self.addCleanup(directory.cleanup)
        self.modules = pathlib.Path(directory.name, "modules")
        self.build = pathlib.Path(directory.name, "build")
        self.modules.mkdir()
        self.provide(*LINKED, "cmocka")

    def provide(self, *names):
        for name in names:
            (self.modules / f"{name}.pc").write_text(
                f"Name: {name}\nDescription: made up\nVersion: 99\n"
                f"Cflags: -I/made-up/{name}\nLibs: -lmade-up-{name}\n")

    def withdraw(self, *names):
        for name in names:
            (self.modules / f"{name}.pc").unlink()

    def make(self, *arguments, **environment):
        return run("make", f"BUILD={self.build}", *arguments,
                   PKG_CONFIG_LIBDIR=str(self.modules), **environment)

    def commands(self):
        """Those of a whole build: [(what is made, the command)]."""
        made = self.make("-n", *(goal.format(build=self.build) for goal in GOALS))
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        lines = [line.split() for line in made.stdout.replace("\\\n", " ").splitlines()]
        return [(words[words.index("-o") + 1], words) for words in lines if "-o" in words]

    def refused(self, *arguments, **environment):
        """What is said by a build that ends before its first object."""
        made = self.make(*arguments, **environment)
        self.assertEqual(made.returncode, 2, made.stdout + made.stderr)
        self.assertEqual(list(self.build.rglob("*.o")), [])
        message = made.stderr.splitlines()[0]
        self.assertIn("Missing", message)
        for line in made.stderr.splitlines()[1:]:  # of make -j: the others end as well
            self.assertRegex(line, "Waiting for unfinished jobs|Missing")
        return message


class MsgpackTest(BuildTest):
    """Packing is all in its headers: only the test that compares with its unpacker links it."""

    def assert_built_with(self, name):
        commands = self.commands()
        compiled = [words for made, words in commands if made.endswith(".o")]
        self.assertGreater(len(compiled), 200)
        for words in compiled:
            self.assertIn(f"-I/made-up/{name}", words)
        linked = {os.path.basename(made): words for made, words in commands
                  if not made.endswith((".o", ".so"))}
        self.assertIn("korone-worker", linked)
        self.assertIn("bench_recorder", linked)
        with_msgpack = {made: [word for word in words if word.startswith("-lmade-up-msgpack")]
                        for made, words in linked.items() if "msgpack" in " ".join(words)}
        self.assertEqual(with_msgpack, {"test_pack": [f"-lmade-up-{name}"]})

    def test_it_is_found_under_each_of_its_names(self):
        for name in MSGPACK_NAMES:
            with self.subTest(name=name):
                self.provide(name)
                self.assert_built_with(name)
                self.withdraw(name)

    def test_the_newer_name_counts_where_both_exist(self):
        self.provide(*MSGPACK_NAMES)
        self.assert_built_with("msgpack-c")

    def test_no_program_loads_it(self):
        for program in pathlib.Path(BIN).iterdir():
            with self.subTest(program=program.name):
                needed = [line for line in run("readelf", "-d", str(program)).stdout.splitlines()
                          if "(NEEDED)" in line]
                self.assertIn("libc.so", "".join(needed))
                self.assertNotIn("msgpack", "".join(needed))


class MissingTest(BuildTest):
    def setUp(self):
        super().setUp()
        self.provide("msgpack")

    def test_a_missing_library_is_named_with_its_package(self):
        for name, package in {**LINKED, "msgpack": MSGPACK_PACKAGE}.items():
            with self.subTest(name=name):
                self.withdraw(name)
                words = self.refused("-j2", "all").replace(".", " ").split()
                self.provide(name)
                named = [word for word in words
                         if word in {*LINKED, *LINKED.values(), *MSGPACK_NAMES, MSGPACK_PACKAGE}]
                self.assertEqual(named, [name, package])

    def test_all_that_is_missing_is_named_at_once(self):
        self.withdraw(*LINKED, "msgpack", "cmocka")
        for goal in ("all", "unit-tests", "module-tests", "fuzz"):
            with self.subTest(goal=goal):
                message = self.refused(goal)
                for word in (*LINKED, *LINKED.values(), "msgpack", MSGPACK_PACKAGE):
                    self.assertIn(word, message)

    def test_what_only_tests_use_is_missing_for_tests_only(self):
        self.withdraw("cmocka")
        self.assertEqual(self.make("-n", "all").returncode, 0)
        message = self.refused("unit-tests")
        self.assertIn("cmocka", message)
        self.assertIn("libcmocka-dev", message)

    def test_without_pkg_config_it_is_what_is_missing(self):
        nothing = self.modules / "pkg-config"
        nothing.write_text("#!/bin/sh\nexit 127\n")
        nothing.chmod(0o755)
        message = self.refused("all", PATH=f"{self.modules}:{os.environ['PATH']}")
        self.assertIn("pkg-config", message)
        self.assertNotIn("libzmq", message)

    def test_what_compiles_nothing_needs_no_library(self):
        self.withdraw(*LINKED, "msgpack", "cmocka")
        self.build.mkdir()
        for arguments in (["help"], ["-n", "format", "check-format"], ["clean"]):
            with self.subTest(arguments=arguments):
                made = self.make(*arguments)
                self.assertEqual((made.returncode, made.stderr), (0, ""))
                self.assertNotEqual(made.stdout, "")
        self.assertFalse(self.build.exists(), "clean has removed it")


class PackagesTest(unittest.TestCase):
    """deploy/packages.sh, which deploy/up, tests/run and the Dockerfile install from."""

    def sourced(self, script, **environment):
        return run("bash", "-euo", "pipefail", "-c", f". deploy/packages.sh; {script}", **environment)

    def test_every_library_is_in_the_lists(self):
        listed = self.sourced('echo "${BUILD_PACKAGES[@]}"').stdout.split()
        self.assertLessEqual({"pkg-config", *LINKED.values(), MSGPACK_PACKAGE}, set(listed))
        self.assertIn("libcmocka-dev", self.sourced('echo "${TEST_PACKAGES[@]}"').stdout.split())

    def test_what_another_package_provides_is_installed(self):
        with tempfile.TemporaryDirectory(prefix="korone-dpkg-") as directory:
            pathlib.Path(directory, "status").write_text("\n".join(
                f"Package: {name}\nStatus: install ok {status}\nVersion: 1\nArchitecture: all\n"
                f"Maintainer: Nobody <nobody@example.org>\nDescription: made up\n{more}"
                for name, status, more in (
                    ("libmsgpack-c-dev", "installed",
                     "Provides: libother-dev, libmsgpack-dev (= 6.0.1-3)\n"),
                    ("libgone", "config-files", "Provides: libgone-dev\n"))))
            for name, installed in (("libmsgpack-c-dev", True), ("libmsgpack-dev", True),
                                    ("libother-dev", True), ("libmsgpack", False),
                                    ("libgone", False), ("libgone-dev", False)):
                with self.subTest(name=name):
                    said = self.sourced(f"is_installed {name} && echo yes || echo no",
                                        DPKG_ADMINDIR=directory)
                    self.assertEqual((said.stdout, said.stderr), ("yes\n" if installed else "no\n", ""))
