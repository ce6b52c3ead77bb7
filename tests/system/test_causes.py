"""What went wrong is in the log of the process that suffers it, with its cause."""

import unittest

from korone import Korone, SystemTest, free_port, wait_for


class CallsTest(SystemTest):
    def test_a_refusal_is_logged_with_what_telegram_says(self):
        alice = self.korone.person("Alice")
        self.korone.simulator.control("faults", {
            "method": "sendMessage", "mode": "error", "status": 400, "times": 1})
        alice.says("/ping")
        line = wait_for(lambda: self.line("call failed"), 10, "it is logged")
        self.assertIn("method=sendMessage outcome=refused code=400 why=\"Bad Request\"", line)

    def line(self, message):
        return next((line for line in self.korone.pool.log().splitlines() if message in line), None)


class ProxyTest(unittest.TestCase):
    def test_a_dead_proxy_is_named(self):
        korone = Korone(start=False)
        self.addCleanup(korone.close)
        proxy = f"127.0.0.1:{free_port()}"
        for process in (korone.ingress, korone.pool):
            process.environment["http_proxy"] = f"http://user:hunter2@{proxy}"
            process.start()
        for process in (korone.ingress, korone.pool):
            wait_for(lambda: f"through the proxy {proxy}" in process.log(), 20,
                     f"{process.name} names it")
            wait_for(lambda: f"through the proxy {proxy}" in process.get("/readyz")[1], 5,
                     f"readiness of {process.name} names it")
            self.assertNotIn("hunter2", process.log())


if __name__ == "__main__":
    unittest.main()
