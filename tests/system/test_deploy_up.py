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


class CheckoutTest(unittest.TestCase):
    """In a copy whose deploy/up comes as far as the ports and finds one taken."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="korone-test-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.directory)
        os.chmod(self.directory, 0o755)  # nobody can reach it, so that .run is in it
        shutil.copytree(ROOT + "/deploy", self.directory + "/deploy")
        self.other = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.other.close)
        self.port = self.other.getsockname()[1]

    def deploy(self, *command):
        return subprocess.run([self.directory + "/deploy/" + command[0], *command[1:]], capture_output=True, text=True,
                              timeout=60, check=False,
                              env={**os.environ, "SIM_PORT": str(self.port), "KORONE_HEALTH_LISTEN": "127.0.0.1:0",
                                   "TELEGRAM_BOT_TOKEN": "", "TELEGRAM_BOT_TOKEN_FILE": ""})

    def test_a_port_that_somebody_has_is_named(self):
        """Another bot's state would be shown as this one's."""
        done = self.deploy("up", "--detach")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"deploy/up: port {self.port} is in use", done.stderr)
        self.assertFalse(os.path.exists(self.directory + "/build"))

    def test_a_pid_of_before_a_power_cut_is_nobody(self):
        """By now it is another process's, which is neither taken for ours nor stopped."""
        with subprocess.Popen(["sleep", "60"]) as stranger:
            self.addCleanup(stranger.kill)
            os.mkdir(self.directory + "/.run")
            for name in ("ingress", "worker"):
                with open(f"{self.directory}/.run/{name}.pid", "w") as file:
                    file.write(f"{stranger.pid}\n")
            self.assertIn(f"port {self.port} is in use", self.deploy("up", "--detach").stderr)
            done = self.deploy("down")
            self.assertEqual((done.returncode, done.stdout), (0, "Stopped.\n"), done.stderr)
            self.assertIsNone(stranger.poll(), "it still runs")
            self.assertEqual([name for name in os.listdir(self.directory + "/.run") if name.endswith(".pid")], [])
            stranger.kill()


if __name__ == "__main__":
    unittest.main()
