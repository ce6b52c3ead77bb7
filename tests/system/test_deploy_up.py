"""deploy/show.sh: what deploy/up shows holds up nobody. And what it refuses before it builds anything."""

import os
import shutil
import socket
import subprocess
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
# What the loop of deploy/up does, and what it does at the end.
SCRIPT = r"""
. deploy/show.sh
trap 'show echo stopping; touch "$1/stopped"; stop_showing; exit 0' TERM
for turn in $(seq 5); do
    show echo "line $turn"
    touch "$1/turn$turn"
done
while sleep 1 & wait $!; do :; done
"""


class ShowTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-test-", dir="/tmp")
        self.addCleanup(directory.cleanup)
        self.dir = directory.name

    def run_script(self, output):
        script = subprocess.Popen(["bash", "-c", SCRIPT, "-", self.dir], cwd=ROOT, stdout=output)
        self.addCleanup(script.kill)
        return script

    def wait_for(self, name, script):
        while not os.path.exists(f"{self.dir}/{name}"):
            self.assertIsNone(script.poll())
            self.ticks = getattr(self, "ticks", 0) + 1
            self.assertLess(self.ticks, 600, f"{name} is not reached")
            try:
                script.wait(0.1)
            except subprocess.TimeoutExpired:
                pass

    def test_an_output_that_nobody_reads_holds_up_nothing(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, bytes(4096))
        except BlockingIOError:
            os.set_blocking(writer, True)
        script = self.run_script(writer)
        os.close(writer)
        self.wait_for("turn5", script)
        script.terminate()
        self.assertEqual(script.wait(20), 0)
        self.assertTrue(os.path.exists(self.dir + "/stopped"))

    def test_one_that_is_read_gets_everything_in_order(self):
        reader, writer = os.pipe()
        script = self.run_script(writer)
        os.close(writer)
        self.wait_for("turn5", script)
        script.terminate()
        self.assertEqual(script.wait(20), 0)
        with open(reader) as output:
            self.assertEqual(output.read(), "".join(f"line {turn}\n" for turn in range(1, 6))
                             + "stopping\n")


class PortTest(unittest.TestCase):
    def test_a_port_that_somebody_has_is_named(self):
        """Another bot's state would be shown as this one's."""
        with tempfile.TemporaryDirectory(prefix="korone-test-", dir="/tmp") as directory, \
                socket.create_server(("127.0.0.1", 0)) as other:
            os.chmod(directory, 0o755)  # nobody can reach it, so that .run is in it
            shutil.copytree(ROOT + "/deploy", directory + "/deploy")
            port = other.getsockname()[1]
            done = subprocess.run([directory + "/deploy/up", "--detach"], capture_output=True, text=True, timeout=60,
                                  check=False,
                                  env={**os.environ, "SIM_PORT": str(port), "KORONE_HEALTH_LISTEN": "127.0.0.1:0",
                                       "TELEGRAM_BOT_TOKEN": "", "TELEGRAM_BOT_TOKEN_FILE": ""})
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"deploy/up: port {port} is in use", done.stderr)
            self.assertFalse(os.path.exists(directory + "/build"))


if __name__ == "__main__":
    unittest.main()
