"""The build: what it asks pkg-config for, under the distributions' names, what it links, and what
it says about missing libraries.

pkg-config sees only made-up modules, each with flags that name it, and nothing is compiled. Someone
without any of the libraries must learn from one message which ones to install.
"""

import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tarfile
import tempfile
import unittest

from simulator import BIN

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r"^VERSION +:= (\S+)$", (ROOT / "Makefile").read_text(), re.M)[1]
# Modules of pkg-config and the packages of Debian that have them.
LINKED = {
    "libzmq": "libzmq3-dev", "libcurl": "libcurl4-openssl-dev", "hiredis": "libhiredis-dev",
    "libpq": "libpq-dev", "jansson": "libjansson-dev", "libmicrohttpd": "libmicrohttpd-dev",
    "libdw": "libdw-dev", "libelf": "libelf-dev", "libcrypto": "libssl-dev", "zlib": "zlib1g-dev",
    "libpcre2-8": "libpcre2-dev", "libidn2": "libidn2-dev", "libutf8proc": "libutf8proc-dev",
}
MSGPACK_NAMES = ("msgpack", "msgpack-c")  # up to Debian 12 and Ubuntu 24.04, and after them
MSGPACK_PACKAGE = "libmsgpack-dev"
# What compiles or links: tests/run does nothing else.
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
        """Those of a whole build: [(what is built, the command)]."""
        made = self.make("-n", *(goal.format(build=self.build) for goal in GOALS))
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        lines = [line.split() for line in made.stdout.replace("\\\n", " ").splitlines()]
        return [(words[words.index("-o") + 1], words) for words in lines if "-o" in words]

    def refused(self, *arguments, **environment):
        """What a build that ends before its first object prints."""
        made = self.make(*arguments, **environment)
        self.assertEqual(made.returncode, 2, made.stdout + made.stderr)
        self.assertEqual(list(self.build.rglob("*.o")), [])
        message = made.stderr.splitlines()[0]
        self.assertIn("Missing", message)
        for line in made.stderr.splitlines()[1:]:  # of make -j: the others end as well
            self.assertRegex(line, "Waiting for unfinished jobs|Missing")
        return message


class MsgpackTest(BuildTest):
    """Packing is entirely in its headers: only the test that compares with its unpacker links
    it."""

    def assert_built_with(self, name):
        commands = self.commands()
        compiled = [words for made, words in commands if made.endswith(".o")]
        self.assertGreater(len(compiled), 200)
        for words in compiled:
            self.assertIn(f" -isystem /made-up/{name} ", " ".join(words))
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


MAIN = ("#include <stdio.h>\n"
        "int main(int argc, char **argv)\n{{\n\tputs(argv[argc > 1]);\n\treturn {};\n}}\n")


class TreeTest(BuildTest):
    """The Makefile on a made-up tree with a few files, which is really built."""

    PROGRAMS = ("ingress", "workers", "recorder", "crashd", "koronectl", "simulator")

    def setUp(self):
        super().setUp()
        for name in (*LINKED, "cmocka", "msgpack"):
            (self.modules / f"{name}.pc").write_text(
                f"Name: {name}\nDescription: made up\nVersion: 99\n")
        self.tree = self.modules.parent
        self.write("Makefile", (ROOT / "Makefile").read_text())
        self.write("common/shared.h", "extern int shared;\n")
        self.write("common/shared.c", '#include "common/shared.h"\nint shared = 3;\n')
        self.write("common/database/rows.c", "int rows = 4;\n")
        self.write("botapi/table.c", "int table = 5;\n")
        for folder in self.PROGRAMS:
            self.write(f"{folder}/main.c", MAIN.format("argc == 0"))
            self.write(f"{folder}/part.h", "int part(void);\n")
            self.write(f"{folder}/part.c", f'#include "{folder}/part.h"\n'
                       "int part(void)\n{\n\treturn 1;\n}\n")

    def write(self, path, text):
        (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
        (self.tree / path).write_text(text)

    def make(self, *arguments, **environment):
        return super().make("-C", str(self.tree), *arguments, **environment)

    def build_all(self, *arguments):
        """What was rebuilt: {path below the build's directory}."""
        before = self.built()
        made = self.make("-j2", "all", *arguments)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        return {path for path, time in self.built().items() if before.get(path) != time}

    def built(self):
        made = (*self.build.rglob("*.[oa]"), *self.build.glob("bin/*"))
        return {str(path.relative_to(self.build)): path.stat().st_mtime_ns for path in made}

    def is_up_to_date(self, *arguments):
        return self.make("-q", *arguments).returncode == 0

    def test_a_build_without_changes_does_nothing(self):
        self.assertIn("bin/korone-ingress", self.build_all())
        self.assertTrue(self.is_up_to_date())
        self.assertEqual(self.build_all(), set())
        # They do not change an object: tests/run uses the first, deploy/up does not.
        self.assertTrue(self.is_up_to_date("all", "WERROR=1"))
        self.assertTrue(self.is_up_to_date("all", "DESTDIR=/elsewhere", "PREFIX=/usr", "V=1"))

    def test_other_flags_make_every_object_and_program_again(self):
        everything = self.build_all()
        self.assertEqual(set(self.built()), everything)
        for flags in (["EXTRA_CFLAGS=-DX='\"a, b\"'"], ["EXTRA_LDFLAGS=-Wl,-z,defs"], ["OPT=-O1"]):
            with self.subTest(flags=flags):
                self.assertFalse(self.is_up_to_date(*flags))
                self.assertEqual(self.build_all(*flags), everything)
                self.assertTrue(self.is_up_to_date(*flags))
        self.assertEqual(self.build_all(), everything, "and back")

    def test_another_version_of_a_library_makes_everything_again(self):
        everything = self.build_all()
        self.write("modules/libzmq.pc", "Name: libzmq\nDescription: made up\nVersion: 100\n"
                   "Cflags: -DANOTHER\n")
        self.assertEqual(self.build_all(), everything)

    def test_what_is_built_is_installed_without_the_libraries(self):
        self.build_all()
        self.withdraw(*LINKED, "msgpack", "cmocka")
        self.assertTrue(self.is_up_to_date())

    def test_daemons_have_their_man_pages_in_section_8(self):
        made = self.make("install", f"DESTDIR={self.tree}/destination", "PREFIX=/usr")
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        pages = self.tree / "destination/usr/share/man"
        self.assertEqual({str(page.relative_to(pages)) for page in pages.rglob("*.*")}, {
            "man1/koronectl.1", "man8/korone-ingress.8", "man8/korone-worker.8",
            "man8/korone-recorder.8", "man8/korone-crashd.8"})
        for page in pages.rglob("*.*"):
            self.assertEqual(page.read_text(), "--man\n")
        self.assertTrue(self.is_up_to_date())

    def test_korone_picture_and_korone_html_are_commands_where_their_libraries_are(self):
        for name in ("pangocairo", "libpng", "libjpeg", "libwebp", "libxml-2.0"):
            (self.modules / f"{name}.pc").write_text(
                f"Name: {name}\nDescription: made up\nVersion: 99\n")
        self.write("picture/main.c", MAIN.format("0"))
        self.write("picture/part.c", "int picture = 6;\n")
        self.write("html/main.c", MAIN.format("0"))
        self.write("html/part.c", "int html = 7;\n")
        places = {f"usr/{place}" for name in ("korone-picture", "korone-html")
                  for place in (f"bin/{name}", f"share/man/man1/{name}.1")}
        self.assertLessEqual(places, set(self.install("prefix=/usr")))
        shutil.rmtree(self.tree / "destination")
        self.assertFalse(places & set(self.install("prefix=/usr", "PICTURE=no")))

    def install(self, *arguments, goal="install"):
        destination = self.tree / "destination"
        made = self.make(goal, f"DESTDIR={destination}", *arguments)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        return {str(path.relative_to(destination)): path.stat().st_mode & 0o7777
                for path in destination.rglob("*")}

    def test_directories_are_those_of_the_gnu_standards(self):
        installed = self.install("prefix=/usr", "bindir=/b", "sbindir=/s", "mandir=/m")
        self.assertLessEqual({"b/koronectl", "s/korone-ingress", "s/korone-worker",
                              "s/korone-recorder", "s/korone-crashd", "m/man1/koronectl.1"},
                             set(installed))
        self.assertNotIn("b/korone-ingress", installed)

    def test_modes_do_not_depend_on_the_umask(self):
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        for path, mode in self.install("prefix=/usr").items():
            is_program = "bin/" in path
            with self.subTest(path=path):
                self.assertEqual(mode, 0o755 if is_program or
                                 (self.tree / "destination" / path).is_dir() else 0o644)

    def test_uninstall_leaves_no_file(self):
        self.assertIn("usr/sbin/korone-worker", self.install("prefix=/usr"))
        self.install("prefix=/usr", goal="uninstall")
        left = [path for path in (self.tree / "destination").rglob("*") if not path.is_dir()]
        self.assertEqual(left, [])

    def test_flags_of_the_user_come_last(self):
        for where in ("arguments", "environment"):
            flags = {"CPPFLAGS": "-DPART=1", "CFLAGS": "-O1 -Wno-unused", "LDFLAGS": "-Wl,-z,defs"}
            arguments = [f"{name}={value}" for name, value in flags.items()]
            with self.subTest(where=where):
                self.write("crashd/part.c", '#include "crashd/part.h"\n'
                           "int part(void)\n{\n\treturn PART;\n}\n")
                made = (self.make("-n", "V=1", "all", *arguments) if where == "arguments"
                        else self.make("-n", "V=1", "all", **flags))
                self.assertEqual((made.returncode, made.stderr), (0, ""))
                compiled = next(line for line in made.stdout.splitlines() if "crashd/part.o" in line
                                and " -c " in line)
                self.assertIn(" -std=c17 ", compiled)
                self.assertRegex(compiled, " -DPART=1 .* -O2 .* -O1 -Wno-unused -MMD")
                linked = next(line for line in made.stdout.splitlines()
                              if " -o " in line and "bin/korone-crashd" in line)
                self.assertRegex(linked, " -pie .* -Wl,-z,defs -o")

    def test_another_pkg_config_is_asked(self):
        self.write("cross-pkg-config", '#!/bin/sh\nflags=$(pkg-config "$@") || exit\n'
                   'echo "$flags" | sed s/made-up/crossed/g\n')
        (self.tree / "cross-pkg-config").chmod(0o755)
        self.provide(*LINKED)
        made = self.make("-n", "V=1", "all", f"PKG_CONFIG={self.tree}/cross-pkg-config")
        self.assertIn("-isystem /crossed/libzmq", made.stdout)
        self.assertNotIn("made-up", made.stdout)

    def test_what_is_too_old_or_unknown_is_named_before_anything_is_compiled(self):
        (self.modules / "libzmq.pc").write_text("Name: libzmq\nDescription: x\nVersion: 4.1.9\n")
        self.assert_refused("Too old: libzmq 4.1.9 (needs 4.2)")
        self.provide("libzmq")
        (self.modules / "libpq.pc").write_text("Name: libpq\nDescription: x\nVersion: 13.23\n")
        self.assert_refused("Too old: libpq 13.23 (needs 14)")
        self.provide("libpq")
        self.assert_refused("compiles for riscv64-linux-gnu; CKorone runs on Linux, on x86_64 and "
                            "aarch64", self.compiler("riscv64-linux-gnu", ""))
        self.assert_refused("No compiler: no-such-cc does not run; gcc 10 or clang 14 or later is "
                            "needed", "CC=no-such-cc")

    def test_a_compiler_that_is_too_old_is_named_before_anything_is_compiled(self):
        machine = "x86_64-linux-gnu"
        for answer, words in (
                ("9 __clang_major__ 444", "compiler is gcc 9; gcc 10 or clang 14 or later is needed"),
                ("4 13 444", "compiler is clang 13; gcc 10 or clang 14 or later is needed"),
                ("10 __clang_major__ SYS_landlock_create_ruleset", "glibc 2.34 or musl 1.2.3, and "
                 "Linux 5.13 or later are needed"),
                ("", "Missing: the headers of the C library (libc6-dev)")):
            with self.subTest(answer):
                self.assert_refused(words, self.compiler(machine, answer))
        for answer in ("10 __clang_major__ 444", "4 14 444", "100 __clang_major__ 444"):
            with self.subTest(answer):
                made = self.make("-n", "all", self.compiler(machine, answer))
                self.assertEqual((made.returncode, made.stderr), (0, ""))

    def compiler(self, machine, answer):
        """One that compiles for a machine, and whose preprocessor says that."""
        self.write("compiler", "#!/bin/sh\ncase \"$*\" in\n"
                   f"*-dumpmachine*) echo {machine} ;;\n*-E*) echo '{answer}' ;;\nesac\n")
        (self.tree / "compiler").chmod(0o755)
        return f"CC={self.tree}/compiler"

    def assert_refused(self, words, *arguments):
        made = self.make("all", *arguments)
        self.assertEqual(made.returncode, 2)
        self.assertIn(words, made.stderr)
        self.assertEqual(list(self.build.rglob("*.o")), [])

    def test_a_header_makes_what_includes_it_again(self):
        self.build_all()
        self.write("crashd/part.h", "int part(void);\nextern int more;\n")
        self.assertEqual(self.build_all(), {"obj/crashd/part.o", "lib/libcrashd.a",
                                            "bin/korone-crashd"})

    def test_a_file_that_is_gone_is_gone_from_its_archive(self):
        self.write("workers/old.c", "int old = 2;\n")
        self.build_all()
        (self.tree / "workers/old.c").unlink()
        self.assertEqual(self.build_all(), {"lib/libworkers.a", "bin/korone-worker"})
        self.assertNotIn("old.o", run("ar", "t", str(self.build / "lib/libworkers.a")).stdout)

    def test_files_of_one_name_in_folders_of_any_depth(self):
        for number, folder in enumerate(("workers", "workers/host", "workers/host/deep/er"), 1):
            self.write(f"{folder}/utf8.c", f"int utf8_{number} = {number};\n")
        self.write("workers/main.c", "extern int utf8_1, utf8_2, utf8_3;\n" +
                   MAIN.format("utf8_1 + utf8_2 + utf8_3"))
        self.assertIn("obj/workers/host/deep/er/utf8.o", self.build_all())
        self.assertEqual(run(str(self.build / "bin/korone-worker")).returncode, 6)

    def test_a_folder_that_is_a_component_belongs_to_no_other(self):
        self.write("common/inner/inner.c", "int inner = 1;\n")
        self.build_all()
        self.assertIn("inner.o", run("ar", "t", str(self.build / "lib/libcommon.a")).stdout)
        self.write("common/inner/main.c", MAIN.format("0"))
        made = self.make("all", "DIR_recorder=common/inner")
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.assertNotIn("inner.o", run("ar", "t", str(self.build / "lib/libcommon.a")).stdout)
        self.assertIn("inner.o", run("ar", "t", str(self.build / "lib/librecorder.a")).stdout)

    def test_other_flags_make_the_fuzzers_again(self):
        self.write("tests/fuzz.mk", (ROOT / "tests/fuzz.mk").read_text())
        self.write("tests/fuzz/fuzz_part.c",
                   "int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);\n"
                   "int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)\n"
                   "{\n\treturn data == 0 && size > 0;\n}\n")
        fuzzer, member = self.build / "fuzz/fuzz_part", self.build / "fuzz/obj/crashd/part.o"
        made = self.make("fuzz")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertTrue(self.is_up_to_date("fuzz", "WERROR=1"))
        before = [path.stat().st_mtime_ns for path in (fuzzer, member)]
        made = self.make("fuzz", "FUZZ_ONE=-fsanitize=address")
        self.assertEqual(made.returncode, 0, made.stderr)
        for path, time in zip((fuzzer, member), before):
            self.assertGreater(path.stat().st_mtime_ns, time)
        self.assertTrue(self.is_up_to_date("fuzz", "FUZZ_ONE=-fsanitize=address"))

    def test_compile_commands_name_every_file_and_its_command(self):
        run("git", "init", "-q", str(self.tree))
        self.write("tests/unit/test_part.c", "")
        made = self.make("compile_commands.json", "CC=gcc", "EXTRA_CFLAGS=-DTEXT='\"a\\\\b, c\"'")
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        commands = json.loads((self.tree / "compile_commands.json").read_text())
        self.assertEqual({command["file"] for command in commands},
                         {str(path.relative_to(self.tree)) for path in self.tree.rglob("*.c")})
        for command in commands:
            self.assertEqual(command["directory"], str(self.tree))
            words = shlex.split(command["command"])
            self.assertEqual(words[0], "gcc")
            self.assertEqual(words[-2:], ["-c", command["file"]])
            self.assertIn('-DTEXT="a\\\\b, c"', words)
            self.assertIn(f'-DKORONE_VERSION="{VERSION}"', words)


class ManualTest(unittest.TestCase):
    """What the programs print with --man; the Makefile has the same sections."""

    def test_the_section_is_8_for_daemons_and_1_for_commands(self):
        for program in sorted(pathlib.Path(BIN).iterdir()):
            if program.name == "korone-botapi-sim":
                continue
            with self.subTest(program=program.name):
                section = 1 if program.name in ("koronectl", "korone-picture", "korone-html") else 8
                page = run(str(program), "--man").stdout.splitlines()
                self.assertRegex(page[0], f'^.TH {program.name.upper()} {section} "" "CKorone [0-9.]+"')
                self.assertIn(".SH SEE ALSO", page)

    def test_there_is_one_version(self):
        for program in sorted(pathlib.Path(BIN).iterdir()):
            with self.subTest(program=program.name):
                self.assertIn(f" {VERSION}\n", run(str(program), "--version").stdout)
        labels = re.findall(r'image.version="(.*)"', (ROOT / "deploy/Dockerfile").read_text())
        self.assertEqual(labels, [VERSION] * 3)
        package = re.match(r"korone \((.*)\)", (ROOT / "debian/changelog").read_text())[1]
        self.assertEqual(package, VERSION)
        production = (ROOT / "deploy/kubernetes/overlays/production/kustomization.yaml").read_text()
        self.assertEqual(re.findall(r"newTag: (.*) }", production), [VERSION])

    def test_another_folder_gives_the_same_tree(self):
        """A copy of the sources elsewhere, without git, under another umask and time zone."""
        with tempfile.TemporaryDirectory(prefix="korone-again-") as directory:
            again = pathlib.Path(directory, "again")
            copied = run("bash", "-c", 'mkdir "$1" && git ls-files -z | tar -c --null -T - | '
                         'tar -x -C "$1"', "-", str(again))
            self.assertEqual((copied.returncode, copied.stderr), (0, ""))
            (again / "git").write_text("#!/bin/sh\necho git was called >&2\nexit 1\n")
            (again / "git").chmod(0o755)
            # What is built here is not built again, under tests that run it: with its compiler, and its
            # directory as it was named then.
            build = os.path.relpath(pathlib.Path(BIN).resolve().parent, ROOT)
            compiler = (ROOT / build / "flags").read_text().split(" -I.")[0]
            self.assertEqual(run("make", "-q", "all", f"CC={compiler}", BUILD=build).returncode, 0)
            trees = []
            for folder, mask in ((ROOT, "022"), (again, "077")):
                destination = f"{directory}/installed{len(trees)}"
                made = run("bash", "-c", 'umask "$1"; shift; exec "$@"', "-", mask, "make", "-s",
                           f"-j{os.cpu_count()}", "-C", str(folder), "install", "prefix=/usr",
                           f"DESTDIR={destination}", f"CC={compiler}",
                           BUILD=build if folder == ROOT else "build", TZ="Asia/Tokyo",
                           PATH=f"{again}:{os.environ['PATH']}")
                self.assertEqual((made.returncode, made.stderr), (0, ""))
                trees.append(self.tree(destination))
            self.assertIn("usr/sbin/korone-worker", trees[0])
            self.assertEqual(*({path: mode for path, (mode, _) in tree.items()} for tree in trees))
            for path, (_, content) in trees[0].items():
                self.assertTrue(content == trees[1][path][1], path)

    def tree(self, directory):
        """{path: (mode, content)}"""
        paths = [path for path in pathlib.Path(directory).rglob("*") if not path.is_dir()]
        return {str(path.relative_to(directory)): (path.stat().st_mode, path.read_bytes())
                for path in paths}

    def test_the_tarball_has_what_is_checked_in_and_is_the_same_each_time(self):
        with tempfile.TemporaryDirectory(prefix="korone-dist-") as directory:
            tarballs = []
            for build in ("first", "second"):
                made = run("make", "-s", "dist", f"BUILD={directory}/{build}", "CC=no-such-cc")
                self.assertEqual((made.returncode, made.stderr), (0, ""))
                tarballs.append(pathlib.Path(directory, build, f"korone-{VERSION}.tar.gz"))
            self.assertEqual(*(tarball.read_bytes() for tarball in tarballs))
            with tarfile.open(tarballs[0]) as tar:
                files = {member.name for member in tar if not member.isdir()}
        checked_in = run("git", "ls-tree", "-r", "--name-only", "HEAD").stdout.splitlines()
        self.assertEqual(files, {f"korone-{VERSION}/{path}" for path in checked_in})

    def test_units_name_the_page_of_what_they_run(self):
        units = list((ROOT / "deploy/systemd").glob("*.service"))
        self.assertGreater(len(units), 3)
        for unit in units:
            with self.subTest(unit=unit.name):
                text = unit.read_text()
                program = re.search(r"@sbindir@/([a-z-]+)", text)[1]
                self.assertIn(f"\nDocumentation=man:{program}(8) ", text)


class WorkflowsTest(unittest.TestCase):
    """.github/workflows, as far as it can be read: what they run is here, too."""

    def commands(self):
        for workflow in sorted((ROOT / ".github/workflows").glob("*.yml")):
            for command in re.findall(r"^ +(?:- )?run: (.*)$", workflow.read_text(), re.M):
                yield workflow.name, command

    def test_every_script_and_file_is_there(self):
        named = [word for _, command in self.commands() for word in command.split()
                 if re.match(r"(\./)?(\.ci|tests|deploy)/", word)]
        self.assertGreater(len(named), 5)
        for path in named:
            self.assertTrue((ROOT / path).is_file(), path)

    def test_every_part_is_one_of_the_tests(self):
        text = (ROOT / ".github/workflows/tests.yml").read_text()
        lists = [command.removeprefix("tests/run ") for _, command in self.commands()
                 if command.startswith("tests/run ") and "$" not in command]
        lists += re.findall("parts: ([^}]*)", text)
        parts = {word for words in lists for word in words.split()}
        self.assertLessEqual({"unit", "modules", "system", "stores", "arm64"}, parts)
        known = re.findall(r"^PARTS\w*=\((.*)\)$", (ROOT / "tests/run").read_text(), re.M)
        self.assertLessEqual(parts, set(" ".join(known).split()))

    def test_what_the_readme_promises_is_tried(self):
        text = (ROOT / ".github/workflows/tests.yml").read_text()
        for image in ("debian:bookworm", "debian:trixie", "ubuntu:22.04", "ubuntu:24.04"):
            self.assertIn(f'"{image}"', text)


class ImageTest(unittest.TestCase):
    def test_every_folder_of_the_programs_goes_into_the_image(self):
        taken = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines()
                 if line.startswith("!")}
        folders = {path.relative_to(ROOT).parts[0] for path in ROOT.glob("*/**/*.c")}
        self.assertLessEqual(folders - {"tests", "build"}, taken)


class UnitsTest(unittest.TestCase):
    """deploy/systemd, as far as it can be read; tests/deploy runs it."""

    UNITS = {unit.stem: unit.read_text() for unit in (ROOT / "deploy/systemd").glob("*.service")}
    SYSUSERS = (ROOT / "deploy/systemd/korone.sysusers").read_text()
    TMPFILES = (ROOT / "deploy/systemd/korone.tmpfiles").read_text()

    def values(self, unit, name):
        return re.findall(rf"^{name}=(.*)$", self.UNITS[unit], re.M)

    def groups_of(self, user):
        return set(re.findall(rf"^m +{user} +(\S+)$", self.SYSUSERS, re.M))

    def test_each_program_has_its_own_user_and_directories(self):
        for unit in self.UNITS:
            program = unit.removeprefix("korone-").removesuffix("@")
            instance = "-%i" if unit.endswith("@") else ""
            with self.subTest(unit):
                self.assertEqual(self.values(unit, "User"), [f"korone-{program}"])
                self.assertEqual(self.values(unit, "Group"), [f"korone-{program}"])
                self.assertRegex(self.SYSUSERS, f"(?m)^u korone-{program} ")
                self.assertEqual(self.values(unit, "RuntimeDirectory"),
                                 [f"korone/{program}{instance}"])
                self.assertEqual(self.values(unit, "StateDirectory"),
                                 [f"korone-{program}-%i" if instance else f"korone/{program}"])
                for name in ("RuntimeDirectoryMode", "StateDirectoryMode"):
                    self.assertEqual(self.values(unit, name), ["0700"])

    @unittest.skipUnless(shutil.which("systemd-sysusers"), "no systemd")
    def test_systemd_takes_every_line_of_users_and_groups(self):
        with tempfile.TemporaryDirectory(prefix="korone-sysusers-") as root:
            directory = pathlib.Path(root, "usr/lib/sysusers.d")
            directory.mkdir(parents=True)
            (directory / "korone.conf").write_text(self.SYSUSERS)
            said = run("systemd-sysusers", f"--root={root}", "--dry-run")
        self.assertEqual(said.returncode, 0, said.stderr)
        made = re.findall(r"Creating (user|group) '(\S+)'", said.stdout + said.stderr)
        wanted = {("user", name) for name in re.findall(r"^u (\S+)", self.SYSUSERS, re.M)}
        wanted |= {("group", name) for _, name in wanted}
        wanted |= {("group", name) for name in re.findall(r"^g (\S+)", self.SYSUSERS, re.M)}
        self.assertEqual(set(made), wanted)
        self.assertNotIn("not a valid", said.stderr)

    def test_who_may_connect_is_who_is_told_to(self):
        """Who has an endpoint in its unit binds it, or is in its group; nobody else is."""
        bound_by = {"updates": "ingress", "sightings": "ingress", "crashes": "crashd"}
        for endpoint, server in bound_by.items():
            self.assertRegex(self.TMPFILES, rf"(?m)^d /run/korone-{endpoint} +2750 korone-{server} "
                             rf"+korone-{endpoint}$")
        for unit in self.UNITS:
            program = unit.removeprefix("korone-").removesuffix("@")
            told = set(re.findall(r"^Environment=KORONE_[A-Z]+_ENDPOINT=ipc://%t/(\S+)/socket$",
                                  self.UNITS[unit], re.M))
            bound = {f"korone-{name}" for name, server in bound_by.items() if server == program}
            with self.subTest(unit):
                self.assertLessEqual(bound, told)
                self.assertEqual(told - bound, self.groups_of(f"korone-{program}"))
                writable = {path.removeprefix("%t/") for line in self.values(unit, "ReadWritePaths")
                            for path in line.split()}
                self.assertEqual(writable, bound)

    def test_containers_have_the_limits_of_the_units(self):
        compose = (ROOT / "deploy/compose.yaml").read_text()
        shared = compose[compose.index("x-korone:"):compose.index("x-environment:")]

        def limit(service, pattern):
            own = re.search(rf"(?ms)^  {service}:\n(.*?)\n\n", compose)[1]
            return (re.search(pattern, own) or re.search(pattern, shared))[1]
        for service in ("ingress", "worker", "recorder", "crashd"):
            units = [unit for unit in self.UNITS if unit.startswith(f"korone-{service}")]
            self.assertGreater(len(units), 0)
            for unit in units:
                with self.subTest(unit):
                    self.assertEqual([limit(service, r"mem_limit: (\w+)").upper()],
                                     self.values(unit, "MemoryMax"))
                    self.assertEqual([limit(service, r"pids_limit: (\d+)")],
                                     self.values(unit, "TasksMax"))
                    self.assertEqual([limit(service, r"nofile: (\d+)")],
                                     self.values(unit, "LimitNOFILE"))

    def test_a_pool_of_any_size_fits_into_the_limits(self):
        settings = (ROOT / "common/settings_table.c").read_text()
        largest = int(re.search(r'"KORONE_POOL_MAX".*?RANGE\(1, (\d+)\)', settings)[1])
        calls = int(re.search(r'"KORONE_SEND_INFLIGHT".*?RANGE\(1, (\d+)\)', settings)[1])
        for unit in ("korone-worker", "korone-worker@"):
            # Twice, while one nursery replaces another.
            self.assertGreater(int(self.values(unit, "TasksMax")[0]), 2 * largest + 100)
            self.assertGreater(int(self.values(unit, "LimitNOFILE")[0]),
                               calls + 2 * largest + 1000)
            # A handler that takes all the memory ends alone.
            self.assertEqual(self.values(unit, "OOMPolicy"), ["continue"])

    def test_who_builds_walls_may(self):
        """Landlock's calls are in no group of systemd 252."""
        for unit in ("korone-worker", "korone-worker@", "korone-crashd"):
            allowed = " ".join(self.values(unit, "SystemCallFilter")).split()
            self.assertLessEqual({"landlock_create_ruleset", "landlock_add_rule",
                                  "landlock_restrict_self", "seccomp"}, set(allowed), unit)


class HardeningTest(unittest.TestCase):
    """What makes a fault harder to exploit, in the programs that were linked."""

    program = BIN + "/korone-ingress"

    def shown(self, *options):
        return run("readelf", "-W", *options, self.program).stdout

    def flags(self):
        return pathlib.Path(BIN, "../flags").read_text().split()

    def test_the_strongest_that_the_compiler_has(self):
        flags = self.flags()
        compiler = list(itertools.takewhile(lambda word: not word.startswith("-"), flags))
        version = int(run(*compiler, "-dumpversion").stdout.split(".")[0])
        new = "clang" in compiler[-1] or version >= 12
        self.assertIn(f"-D_FORTIFY_SOURCE={3 if new else 2}", flags)
        self.assertEqual(any(flag.startswith("-ftrivial-auto-var-init=") for flag in flags), new)

    def test_each_has_an_effect(self):
        headers, dynamic, symbols = self.shown("-l"), self.shown("-d"), self.shown("-s")
        self.assertRegex(headers, r"GNU_STACK .* RW ")
        self.assertIn("GNU_RELRO", headers)
        self.assertRegex(dynamic, r"FLAGS_1.*NOW.*PIE")
        self.assertIn("__stack_chk_fail", symbols)
        self.assertIn("__snprintf_chk", symbols)
        properties = self.shown("-n")
        for flag, property in (("-fcf-protection", "IBT"), ("-mbranch-protection", "BTI")):
            if any(word.startswith(flag) for word in self.flags()):
                self.assertIn(property, properties)


class PackagesTest(unittest.TestCase):
    """deploy/packages.sh, from which deploy/up, tests/run and the Dockerfile install."""

    def sourced(self, script, **environment):
        return run("bash", "-euo", "pipefail", "-c", f". deploy/packages.sh; {script}", **environment)

    def test_every_library_is_in_the_lists(self):
        listed = self.sourced('echo "${BUILD_PACKAGES[@]}"').stdout.split()
        self.assertLessEqual({"pkg-config", *LINKED.values(), MSGPACK_PACKAGE}, set(listed))
        self.assertIn("libcmocka-dev", self.sourced('echo "${TEST_PACKAGES[@]}"').stdout.split())

    def test_without_apt_get_what_is_there_is_enough(self):
        """With only the commands that the lists name in PATH, and made-up modules."""
        with tempfile.TemporaryDirectory(prefix="korone-elsewhere-") as directory:
            commands = pathlib.Path(directory, "bin")
            commands.mkdir()
            for name in ("gcc", "make", "pkg-config", "msgfmt", "initdb", "valkey-server", "curl",
                         "jq", "gawk", "flock", "ps", "grep", "find", "sort", "tail"):
                (commands / name).symlink_to(shutil.which(name) or "/bin/true")
            for name in (*LINKED, "msgpack-c"):
                pathlib.Path(directory, f"{name}.pc").write_text(
                    f"Name: {name}\nDescription: made up\nVersion: 99\n")
            bash, environment = shutil.which("bash"), {
                "PATH": str(commands), "PKG_CONFIG_LIBDIR": directory}
            script = '. deploy/packages.sh; need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"'
            made = run(bash, "-uc", script, **environment)
            self.assertEqual((made.returncode, made.stdout, made.stderr), (0, "", ""))
            pathlib.Path(directory, "libzmq.pc").unlink()
            (commands / "valkey-server").unlink()
            made = run(bash, "-uc", script, **environment)
            self.assertEqual(made.returncode, 1)
            self.assertEqual([line.split(maxsplit=2)[-2:] if "Debian" not in line else line.split()[-2:]
                              for line in made.stderr.splitlines()[1:]],
                             [["libzmq3-dev", "redis-tools"], ["zeromq-devel", "redis"],
                              ["zeromq-dev", "redis"], ["zeromq", "valkey"]])

    def test_an_unsupported_platform_is_named_before_anything_is_installed(self):
        for system, machine in (("darwin23", "aarch64"), ("linux-gnueabihf", "arm")):
            with self.subTest(system):
                made = self.sourced(f"OSTYPE={system} HOSTTYPE={machine}; apt-get() {{ echo asked; }}; "
                                    "need_packages no-such-package")
                self.assertEqual((made.returncode, made.stdout, made.stderr), (
                    1, "", "CKorone runs on Linux, on x86_64 and aarch64; "
                    f"this system is {system} on {machine}\n"))
        for system in ("linux-gnu", "linux-musl"):
            for machine in ("x86_64", "aarch64"):
                made = self.sourced(f"OSTYPE={system} HOSTTYPE={machine}; need_platform")
                self.assertEqual((made.returncode, made.stderr), (0, ""))

    def test_every_package_has_its_names_elsewhere(self):
        needed = self.sourced('echo "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"').stdout.split()
        rows = [line.split() for line in self.sourced('echo "$ELSEWHERE"').stdout.splitlines() if line]
        self.assertEqual([row[0] for row in rows], needed)
        for row in rows:
            self.assertEqual(len(row), 5, row)

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
