#!/usr/bin/python3
"""Makes the two pictures of the README again: a conversation in the playground, and the system's page.

    make screenshots      needs what tests/run browser needs
"""

import base64
import os

from browser import ROOT, Page, resize, wait_for
from test_system_page import BreakTest, SystemPage

DOCS = os.path.join(ROOT, "docs")


def save(driver, name):
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "webp", "quality": 80})
    with open(f"{DOCS}/{name}.webp", "wb") as file:
        file.write(base64.b64decode(picture["data"]))
    print(f"docs/{name}.webp")


def playground(case):
    """Two people and the bot in a group."""
    bob = case.korone.person("Bob", username="bob", language="en")
    carla = case.korone.person("Carla", username="carla", language="pt-br")
    for title in ("Chess club", "Neighbours", "Família"):
        group = case.korone.chat(title, members=[carla, bob], bot="member")
        bob.says("See you on Saturday?", chat=group)
    group = case.korone.chat("Friends", members=[case.alice, bob, carla], bot="administrator")
    page = Page(case.driver, case.simulator.url).open(group, case.alice.id)
    carla.says("Is the bot awake?", chat=group)
    bob.says("/ping hello everybody", chat=group)
    page.message("pong hello everybody")
    case.alice.says("/language", chat=group)
    page.message("answer in")
    page.menu("Is the bot awake?", "React", "👍")
    page.find(".reactions button")
    page.type("/pri")
    page.find("#offers button", "/privacy")
    save(case.driver, "playground")


def system(case):
    """With a crowd, after something was killed."""
    case.simulator.control("crowd", {"rate": 30, "people": 30, "chats": 6, "pings": 60})
    page = SystemPage(case.driver, case.url).open()
    case.alice.says("/op_crash segv")
    page.find("#incidents tr", "write_to_null")
    page.wait(lambda: case.driver.execute_script("document.querySelector('#pools details').open = true; return true"), "the pool is opened")
    page.find("#pools td", "idle")
    wait_for(lambda: case.driver.execute_script("return document.querySelector('polyline')?.points.length > 25"), 120, "the graphs")
    save(case.driver, "system")


def main():
    BreakTest.setUpClass()
    try:
        case = BreakTest()
        resize(case.driver, 1120, 700)
        playground(case)
        resize(case.driver, 1120, 860)
        system(case)
    finally:
        BreakTest.doClassCleanups()


if __name__ == "__main__":
    main()
