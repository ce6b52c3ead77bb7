#!/usr/bin/python3
"""Redis that only speaks TLS, through stunnel, as docs/scaling.md has it for Debian 12's hiredis."""

import os
import shutil
import signal
import subprocess
import unittest

from korone import Korone, OPERATOR_ID, free_port, wait_for
from stores import redis_server, unprivileged


class Encrypted:
    """The second Redis of a deployment, with a certificate, and the proxy that leads to it."""

    def __init__(self, directory):
        self.dir, self.port, self.tls_port = directory, free_port(), free_port()
        self.processes = []
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                        "/CN=redis.example.org", "-addext", "subjectAltName=DNS:redis.example.org",
                        "-keyout", self.dir + "/key", "-out", self.dir + "/certificate"],
                       check=True, capture_output=True)
        os.chmod(self.dir + "/key", 0o644)
        with open(self.dir + "/stunnel.conf", "w") as file:
            file.write(f"foreground = yes\npid =\n[redis]\nclient = yes\n"
                       f"accept = 127.0.0.1:{self.port}\nconnect = 127.0.0.1:{self.tls_port}\n"
                       f"CAfile = {self.dir}/certificate\nverifyChain = yes\n"
                       f"checkHost = redis.example.org\nsni = redis.example.org\n")
        self.start_redis()
        self.start(shutil.which("stunnel4") or "stunnel", self.dir + "/stunnel.conf")

    def start(self, *command):
        process = subprocess.Popen([*unprivileged(), *command], cwd=self.dir,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def start_redis(self):
        self.redis = self.start(
            redis_server(self.dir), "--port", "0", "--tls-port", str(self.tls_port), "--bind",
            "127.0.0.1", "--tls-cert-file", self.dir + "/certificate", "--tls-key-file",
            self.dir + "/key", "--tls-auth-clients", "no", "--requirepass", "hunter2", "--save", "")

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()


class RedisTlsTest(unittest.TestCase):
    def test_through_a_proxy(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        os.chmod(korone.dir, 0o755)
        os.mkdir(korone.dir + "/redis")
        os.chmod(korone.dir + "/redis", 0o777)
        encrypted = Encrypted(korone.dir + "/redis")
        self.addCleanup(encrypted.close)
        for process in (korone.recorder, korone.pool):
            process.environment["REDIS_URL"] = f"redis://:hunter2@127.0.0.1:{encrypted.port}/0"
        korone.start()
        operator = korone.simulator.person("Olga", id=OPERATOR_ID)
        operator.says("/ping 1")
        korone.bot.says("pong 1", chat=operator.id)
        # Another server takes over at the address, and knows nothing.
        encrypted.redis.send_signal(signal.SIGKILL)
        encrypted.redis.wait()
        encrypted.start_redis()
        wait_for(lambda: korone.recorder.is_ready() and korone.pool.is_ready(), 30,
                 "both use the new one")
        alice = korone.person("Alice")
        alice.says("/ping 2")
        korone.bot.says("pong 2", chat=alice.id)
        korone.recorder.has(alice)


if __name__ == "__main__":
    unittest.main()
