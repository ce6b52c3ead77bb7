"""A real browser on the playground: Chromium without a window, driven by WebDriver.

    class ChatTest(BrowserTest):
        def test_ping(self):
            self.page.say("/ping 1")
            self.page.wait_for_text("pong 1")

Each class has a bot with its simulator; each test opens a page. A test fails for any error in the
browser's console, too.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(HERE, "../system"))

from korone import BIN, Korone  # noqa: E402
from stores import unprivileged, wait_for  # noqa: E402

AXE = os.path.join(ROOT, "build/axe/node_modules/axe-core/axe.min.js")
WAIT_S = 20
PICTURES = os.path.join(ROOT, "build/test-logs/browser")
# The browser says so of each answer that is not 200; what the page does then is tested.
EXPECTED = ("Failed to load resource",)


def start_driver(directory, width=1280, height=800, dark=False, extra=()):
    """A browser with a profile of its own, in `directory`; as nobody when root runs the tests."""
    os.makedirs(directory, exist_ok=True)
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    # Its sandbox needs namespaces that a container may not give; it only sees our own pages.
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--user-data-dir={directory}/profile", "--hide-scrollbars",
                     f"--window-size={width},{height}", "--lang=en-GB", *extra):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(driver_command(directory), log_path=f"{directory}/chromedriver.log")
    driver = webdriver.Chrome(service=service, options=options)
    resize(driver, width, height)
    if dark:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    return driver


def driver_command(directory):
    """The driver's path; when root runs the tests, of a script that starts it as nobody."""
    path = shutil.which("chromedriver")
    if os.getuid() != 0:
        return path
    shutil.chown(directory, "nobody", "nogroup")
    script = f"{directory}/chromedriver"
    with open(script, "w") as file:
        file.write("#!/bin/sh\nHOME=%s exec %s %s \"$@\"\n" % (directory, " ".join(unprivileged()), path))
    os.chmod(script, 0o755)
    return script


def resize(driver, width, height):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})


class Page:
    """The playground as somebody sees it."""

    def __init__(self, driver, url):
        self.driver, self.url = driver, url

    def open(self, chat=None, me=None):
        self.driver.get(self.url + "/page/icon.svg")  # of this origin, and without the page's script
        if me:
            self.driver.execute_script("sessionStorage.setItem('me', arguments[0])", str(me))
        self.driver.get(self.url + "/" + (f"#chat={chat}" if chat else ""))
        self.wait(lambda: self.all("#chats button"), "the chats")
        return self

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def find(self, selector, text=None, within=None, timeout=WAIT_S):
        """The last element that is shown and has the text."""
        def look():
            root = within or self.driver
            found = [e for e in root.find_elements(By.CSS_SELECTOR, selector)
                     if e.is_displayed() and (text is None or text in self.text_of(e))]
            return found[-1] if found else None
        return self.wait(look, f"{selector} {text or ''}", timeout)

    def wait(self, condition, what, timeout=WAIT_S):
        def carefully():
            try:
                return condition()
            except (StaleElementReferenceException, NoSuchElementException):
                return None  # drawn again meanwhile
        return wait_for(carefully, timeout, what)

    def text_of(self, element):
        return element.get_property("textContent") or ""

    def press(self, selector, text=None, within=None):
        self.wait(lambda: self.try_press(selector, text, within), f"{selector} {text or ''} can be pressed")

    def try_press(self, selector, text, within):
        element = self.find(selector, text, within)
        try:
            element.click()
        except WebDriverException as error:
            if "intercepted" in str(error) or "not clickable" in str(error):
                return None
            raise
        return True

    def type(self, text):
        """Lines are typed as with shift."""
        field = self.find("#write")
        for i, line in enumerate(text.split("\n")):
            if i:
                field.send_keys(Keys.SHIFT, Keys.ENTER)
            if all(ord(c) < 0x10000 for c in line):
                field.send_keys(line)
            else:  # the driver types no characters beyond the basic plane
                self.driver.execute_script(
                    "arguments[0].value += arguments[1]; arguments[0].dispatchEvent(new Event('input'))",
                    field, line)
        return field

    def say(self, text):
        self.type(text).send_keys(Keys.ENTER)

    def message(self, text, timeout=WAIT_S):
        return self.find("#messages .bubble, #messages .service p", text, timeout=timeout)

    def row(self, text):
        """The row of a message that has the text itself, and not what it replies to."""
        return self.wait(lambda: next((own.find_element(By.XPATH, "ancestor::*[@data-message]")
                                       for own in reversed(self.all("#messages .bubble > .text"))
                                       if text in self.text_of(own)), None), f"a message {text!r}")

    def menu(self, text, *choices):
        """What to do with a message."""
        row = self.row(text)
        self.driver.execute_script("arguments[0].querySelector('.more').click()", row)
        for choice in choices:
            self.press(".menu button", choice)

    def dialog(self, button=None, **fields):
        """Fills and confirms the dialog."""
        dialog = self.find("dialog[open]")
        for name, value in fields.items():
            field = dialog.find_element(By.NAME, name)
            if field.tag_name == "select":
                field.find_element(By.CSS_SELECTOR, f"option[value='{value}']").click()
            else:
                field.clear()
                field.send_keys(value)
        self.press("dialog[open] button.main", button)
        self.wait(lambda: not self.all("dialog[open]"), "the dialog is closed")

    def pick(self, label, button=None):
        """One of the choices of the dialog."""
        self.press("dialog[open] .choice", label)
        self.dialog(button)

    def attach(self, label, path):
        """A file of one's own; the dialog of the system that would choose it is not the page's."""
        self.driver.execute_script(
            "HTMLInputElement.prototype.click = function () { if (this.type === 'file') { this.id = 'chosen';"
            "document.body.append(this); } else { HTMLElement.prototype.click.call(this); } }")
        self.press(".writer .round[aria-label=Attach]")
        self.press(".menu button", label)
        self.driver.find_element(By.ID, "chosen").send_keys(path)

    def become(self, name):
        self.press("#me")
        self.press(".menu button", "Be somebody else")
        self.pick(name)
        self.find("#me", name)

    def chat(self, title):
        self.press("#chats .title", title)
        self.find("#head", title)

    def open_chat(self, number):
        """The chat, without loading the page again."""
        self.driver.execute_script("location.hash = `chat=${arguments[0]}`", str(number))

    def conversation(self):
        self.press("#copy")
        text = self.find("#conversation").get_property("value")
        self.press("#panel header button")
        return text

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING") and not any(e in entry["message"] for e in EXPECTED)]


def without_modules():
    """Which modules a bot of these tests runs without, for the simulator, as deploy/up says it."""
    said = subprocess.run([BIN + "/korone-worker", "--check-config"], capture_output=True, text=True, check=True, timeout=60, env={
        "TELEGRAM_BOT_TOKEN": f"1:{'x' * 35}", "DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://x",
        "KORONE_PRIVACY_KEY": "a privacy key for system tests"}).stdout
    names = re.findall(r"^# (\w+) is not loaded: ", said, re.MULTILINE)
    return ("--without", ",".join(names)) if names else ()


class BrowserTest(unittest.TestCase):
    settings = {}
    simulator_options = ("--operators", "1001")
    width, height, dark = 1280, 800, False
    browser_options = ()
    worker = None  # another program with other modules

    @classmethod
    def setUpClass(cls):
        cls.korone = cls.make_korone()
        cls.addClassCleanup(cls.korone.close)
        if cls.worker:
            cls.korone.pool.program = cls.worker
        cls.korone.start()
        cls.simulator = cls.korone.simulator
        cls.alice = cls.korone.operator()
        cls.simulator.control("person", {"id": cls.alice.id, "first_name": "Alice", "username": "alice", "language": "en",
                                         "started": True})
        cls.directory = tempfile.mkdtemp(prefix="korone-browser-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.driver = start_driver(cls.directory, cls.width, cls.height, cls.dark, cls.browser_options)
        cls.addClassCleanup(cls.driver.quit)

    @classmethod
    def make_korone(cls):
        return Korone(cls.settings, (*cls.simulator_options, *without_modules()), start=False)

    def setUp(self):
        self.page = Page(self.driver, self.simulator.url).open(self.alice.id, self.alice.id)

    def run(self, result=None):
        """A picture of what was seen is left when a test fails."""
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            os.makedirs(PICTURES, exist_ok=True)
            self.driver.save_screenshot(f"{PICTURES}/{self.id()}.png")

    def tearDown(self):
        self.assertEqual(self.page.console(), [], "the console is clean")

    def axe(self, *passed):
        """No finding that keeps somebody from using the page."""
        with open(AXE) as file:
            self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": file.read()})
        result = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then(done, (error) => done({ violations: [{ id: String(error) }] }))")
        found = [f"{one['id']}: {one.get('help')} {[node['html'][:160] for node in one.get('nodes', [])][:3]}"
                 for one in result["violations"] if one.get("impact", "serious") in ("serious", "critical")]
        self.assertEqual(found, [])


def play(text):
    """Plays a golden conversation with run-modules; returns what it says."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", dir="/tmp") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([os.path.join(ROOT, "build/tests/run-modules"), file.name], capture_output=True, text=True,
                              cwd=ROOT, timeout=60)
    return done.returncode, done.stdout + done.stderr


__all__ = ["ROOT", "BrowserTest", "By", "Keys", "Page", "play", "resize", "start_driver", "wait_for"]
