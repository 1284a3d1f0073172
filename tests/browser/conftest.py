"""The demonstration, served by the real server, and people who use it in a real Chromium.

The tables never forget, so nothing is flushed between tests: the world is made once, and every
test uses things no other test touches.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from pochin.cli.serve import command
from tests.browser.steps import leading_to
from tools import prepared

CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30_000  # milliseconds; a busy machine is slow, not broken

# Somebody who writes beside the signer of Optika; the demonstration has one person a company.
COLLEAGUE = """
from datetime import date
from pochin.participants.models import Organisation, Person, Seat
lis = Person.objects.create(email="vera@demo.example", name_ru="Вера Лис", name_en="Vera Lis")
optika = Organisation.objects.get(inn="9900000017")
Seat.objects.create(person=lis, organisation=optika, may_edit=True, since=date(2026, 1, 1))
"""


def pytest_collection_modifyitems(items):
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in here:
        item.add_marker(pytest.mark.browser)
        if not CHROMIUM.exists():
            reason = f"NOT TESTED IN A BROWSER: there is no {CHROMIUM} on this machine"
            item.add_marker(pytest.mark.skip(reason=reason))


def _run(environment: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, *words], env=environment, cwd=ROOT, check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A folder with the filled demonstration, and the environment that points to it.

    `POCHIN_BROWSER_HOME` names a folder made by an earlier run, to begin sooner.
    """
    home = tmp_path_factory.mktemp("house") / "home"
    if ready := os.environ.get("POCHIN_BROWSER_HOME"):
        shutil.copytree(ready, home)
    else:
        home.mkdir()
        shutil.copy(prepared.sqlite_file(), home / "db.sqlite3")
    port = _free_port()
    given = {name: value for name, value in os.environ.items() if not name.startswith("POCHIN_")}
    url = f"http://127.0.0.1:{port}"
    environment = {**given, "POCHIN_HOME": str(home), "POCHIN_DEMO": "1", "POCHIN_URL": url}
    _run(environment, "-m", "pochin.cli", "demo", "--prepare-only")
    _run(environment, "-m", "pochin.cli", "manage", "shell", "-c", COLLEAGUE)
    return SimpleNamespace(home=home, environment=environment, port=port, url=url)


@pytest.fixture(scope="session")
def site(house):
    """The address of the running product."""
    server = subprocess.Popen(
        command("127.0.0.1", house.port, workers=1, threads=4), env=house.environment, cwd=ROOT
    )
    try:
        _wait_for(house.url, server)
        yield house.url
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(url: str, server: subprocess.Popen) -> None:
    for _attempt in range(300):
        assert server.poll() is None, "the server ended before it answered"
        try:
            urllib.request.urlopen(f"{url}/needs/", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not answer")


@pytest.fixture
def ask(house):
    """Reads or changes the database beside the server: ``ask("SELECT …", …)`` gives the rows."""

    def run(words: str, *values):
        with sqlite3.connect(house.home / "db.sqlite3", timeout=20) as database:
            return database.execute(words, values).fetchall()

    return run


@pytest.fixture
def shell(house):
    """Makes moves beside the server, in its own words: ``shell("from pochin…")``."""
    return lambda words: _run(house.environment, "-m", "pochin.cli", "manage", "shell", "-c", words)


@pytest.fixture
def work(house):
    """Lets the worker do what waits for it: ``work()``."""
    return lambda: _run(house.environment, "-m", "pochin.cli", "worker", "--once")


@pytest.fixture(scope="session")
def chromium():
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


def _sign_in(context: BrowserContext, site: str, email: str) -> None:
    context.request.get(f"{site}/demo/")
    token = next(one["value"] for one in context.cookies() if one["name"] == "csrftoken")
    form = {"email": email, "csrfmiddlewaretoken": token}
    answer = context.request.post(
        f"{site}/demo/enter/", form=form, headers={"Referer": f"{site}/demo/"}
    )
    assert answer.status == 200, f"nobody enters as {email}"


@pytest.fixture
def enter(chromium, site):
    """A page in a browser of this person's own: ``enter("optika", language="ru")``."""
    expect.set_options(timeout=PATIENCE)
    open_ones = []

    def open_page(who: str = "", language: str = "en", **options) -> Page:
        context = chromium.new_context(base_url=site, reduced_motion="reduce", **options)
        open_ones.append(context)
        cookie = {"name": "pochin_language", "value": language, "url": site}
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if who:
            _sign_in(context, site, f"{who}@demo.example")
        return page

    yield open_page
    for context in open_ones:
        for page in context.pages:  # shown only when the test failed
            print(page.url, page.locator("main").inner_text(timeout=2000)[:1500], sep="\n")
        context.close()


class Keyboard:
    """Hands that have no mouse: everything is reached by Tab."""

    FARTHEST = 250

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, css: str) -> None:
        """Go on with Tab until what this selector names is in focus."""
        for _step in range(self.FARTHEST):
            if self.page.evaluate("css => document.activeElement.matches(css)", css):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"the keyboard does not reach {css} on {self.page.url}")

    def press(self, css: str, key: str = "Enter") -> None:
        self.reach(css)
        self.page.keyboard.press(key)

    def follow(self, css: str) -> None:
        """Press a link or a button that leads to another page."""
        self.reach(css)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, name: str, words: str) -> None:
        self.reach(f"[name={name}]")
        self.page.keyboard.insert_text(words)

    def choose(self, name: str, value: str) -> None:
        """Choose a radio button: Tab to the group, arrows inside it."""
        self.reach(f"[name={name}]")
        self.page.keyboard.press("Space")
        for _step in range(20):
            if self.page.evaluate("() => document.activeElement.value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"the arrows do not reach {value} in {name} on {self.page.url}")


@pytest.fixture
def keyboard():
    """Hands on the keyboard of a page: ``keyboard(page)``."""
    return Keyboard


def _make(page, address, move, **given):
    """Open the form of a move from the page of its thing, fill it in and send it."""
    page.goto(address)
    button = page.locator(leading_to(move)).first
    with page.expect_navigation():
        button.click()
    if not given:
        if page.url != address:  # what cannot be undone asks once more
            page.locator("main form button").last.click()
        page.wait_for_url(address)
        return
    page.wait_for_url(re.compile(rf"/{move}/(\?.*)?$"))
    for name, value in given.items():
        field = page.locator(f"main [name={name}]").first
        kind = field.get_attribute("type")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        elif kind == "file":
            field.set_input_files([value])
        elif kind == "radio":
            page.check(f"main [name={name}][value='{value}']")
        elif kind == "checkbox":
            page.check(f"main [name={name}]")
        else:
            field.fill(value)
    page.locator("main form button").last.click()
    page.wait_for_url(address)


@pytest.fixture
def make():
    """Makes a move as a hand does: ``make(page, address, "classify", code="8471")``."""
    return _make
