"""Whatever a person reaches by following links is whole, down to the narrowest phone."""

from __future__ import annotations

import re
from collections import deque

import pytest
from playwright.sync_api import Error

MOST = 90
# Letters and digits of one thing: pages that differ by these alone are one kind of page.
ONE_OF_MANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]{4}-[0-9A-Z]{4}|\d+")
# What a template lets through when a value is missing or was not written out.
UNWRITTEN = re.compile(r"%\(\w+\)|\{\{|\bnan\b|\bNaN\b|undefined|\[object|<function|&lt;|&amp;")
LINKS = "() => [...document.querySelectorAll('a[href^=\"/\"]')].map(a => a.getAttribute('href'))"
LOOK = """() => {
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  return {
    wider: document.scrollingElement.scrollWidth - document.documentElement.clientWidth,
    titles: document.querySelectorAll('h1').length,
    twice: ids.filter((id, n) => ids.indexOf(id) !== n),
    words: document.body.innerText,
  };
}"""


def kind(address: str) -> str:
    return ONE_OF_MANY.sub("#", address.split("?")[0]) + ("?" if "?" in address else "")


def opens(page, address: str) -> bool:
    """Whether a page stands there; a file to be kept is none, and the browser calls it an error."""
    try:
        answer = page.goto(address)
    except Error:
        return False
    return "text/html" in answer.headers.get("content-type", "")


def faults_of(page) -> list[str]:
    look = page.evaluate(LOOK)
    found = []
    if look["wider"] > 0:
        found.append(f"scrolls sideways by {look['wider']} px")
    if look["titles"] != 1:
        found.append(f"has {look['titles']} titles")
    if look["twice"]:
        found.append(f"says twice {look['twice'][:3]}")
    if unwritten := UNWRITTEN.search(look["words"]):
        found.append(f"shows {unwritten[0]}")
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("who", "language"),
    [("", "en"), ("kotova", "ru"), ("optika", "ru"), ("vlasova", "en"), ("larina", "en")],
)
def test_every_page_one_comes_to_by_links_is_whole(enter, who, language):
    page = enter(who, language, viewport={"width": 320, "height": 640})
    faults: dict[str, list[str]] = {}
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on(
        "response",
        lambda answer: answer.status >= 400 and failed.append(f"{answer.status} {answer.url}"),
    )
    ahead, known = deque(["/"]), {kind("/")}
    walked = 0

    while ahead and walked < MOST:
        address = ahead.popleft()
        if not opens(page, address):
            continue
        walked += 1
        if found := faults_of(page) + failed:
            faults[address] = found
        failed.clear()
        for link in page.evaluate(LINKS):
            if kind(link) not in known and not link.startswith("/static/"):
                known.add(kind(link))
                ahead.append(link.split("#")[0])

    assert faults == {}
    assert walked > 30
