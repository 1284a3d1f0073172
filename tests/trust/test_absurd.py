"""Every form, filter and door for programs is given what nobody in their senses writes.

Days of the year 1 and 9999, numbers no column holds, NULs, lone surrogates, very long words: each
is worth a sentence, none breaks a page. Nothing that is sent here stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from django.utils import timezone

from pochin.api import api
from pochin.participants import tokens
from tests.trust.conftest import Browsers
from tests.trust.forms_of import Form, absurd, encoded, forms_of, sent
from tests.trust.test_matrix import Places, named, undone

# Between them they are shown every form there is.
READERS = ("vera", "anna", "lev", "mila", "kira", "boris", "elena", "nina", "semyon", "zakhar")
# They end the session, change only the reader's own browser, or lead to other sites.
LEFT_OUT = ("/language/", "/theme/", "/accounts/", "/demo/", "http")
Ways = Callable[[Form], Iterator[dict[str, str]]]
URLENCODED = "application/x-www-form-urlencoded"


def shown_to(who: str, browsers: Browsers, places: Places) -> Iterator[tuple[str, Form]]:
    """Every form this reader is shown on a page of the city's story, with its address."""
    browser = browsers[who]
    browser.raise_request_exception = False
    for name, words, view in named():
        path = places("own", name, words, view)
        answer = browser.get(path)
        if answer.status_code != 200 or "html" not in answer.get("Content-Type", ""):
            continue
        for form in forms_of(answer.content.decode()):
            action = form.action.partition("#")[0] or path
            if form.written and not action.startswith(LEFT_OUT):
                yield action, form


def kind_of(action: str, form: Form) -> tuple[str, ...]:
    """What makes two forms the same: their address without numbers, and their fields."""
    fields = sorted({one.name for one in form.written})
    return (form.method, re.sub(r"\d+", "0", action), *fields)


def send(browser, form: Form, action: str, changed: dict[str, str]) -> int:
    """The status of the answer; whatever was done is undone."""
    said = encoded(sent(form, changed))
    with undone():
        if form.method == "get":
            return browser.get(f"{action.partition('?')[0]}?{said}").status_code
        return browser.generic("POST", action, said, content_type=URLENCODED).status_code


def variants(form: Form) -> Iterator[dict[str, str]]:
    """All fields absurd at once, each time in another way; as often as the richest has ways."""
    ways = {one.name: absurd(one) for one in form.written if one.kind != "file"}
    for turn in range(max((len(way) for way in ways.values()), default=0)):
        yield {name: way[turn % len(way)] for name, way in ways.items()}


def one_at_a_time(form: Form) -> Iterator[dict[str, str]]:
    """One field absurd, the others as somebody would fill them in."""
    for one in form.written:
        if one.kind != "file":
            yield from ({one.name: value} for value in absurd(one))


def broken(browsers: Browsers, places: Places, ways: Ways) -> tuple[list[str], int]:
    """What answered with a fault of ours, and how many kinds of form were tried."""
    found, seen = [], set()
    for who in READERS:
        for action, form in list(shown_to(who, browsers, places)):
            if (kind := kind_of(action, form)) in seen:
                continue
            seen.add(kind)
            for changed in ways(form):
                if send(browsers[who], form, action, changed) >= 500:
                    said = ", ".join(f"{name}={value[:20]!a}" for name, value in changed.items())
                    found.append(f"{who} {form.method} {action}: {said[:200]}")
    return found, len(seen)


@pytest.fixture
def places(world, addressing):
    return Places(world, addressing)


def test_no_form_and_no_filter_breaks_when_all_of_it_is_absurd(browsers, places):
    found, tried = broken(browsers, places, variants)

    assert found == []
    assert tried >= 120


@pytest.mark.slow
def test_no_form_and_no_filter_breaks_when_one_field_is_absurd(browsers, places):
    found, tried = broken(browsers, places, one_at_a_time)

    assert found == []
    assert tried >= 120


WORDS = ["9" * 19, "9" * 400, "-1", "0001-01-01", "9999-12-31", "%00", "я" * 3_000, "%ED%A0%80",
         "NaN", "' OR 1=1 --"]  # fmt: skip


def test_no_address_breaks_whatever_stands_in_it(browsers, places):
    """Each word of an address in turn; what cannot be is absent."""
    browser, found = browsers["vera"], []
    browser.raise_request_exception = False
    for name, words, view in named():
        path = places("own", name, words, view)
        pieces = path.split("/")
        for place in range(2, len(pieces) - 1) if words else ():
            for word in WORDS:
                tried = [
                    *pieces[:place],
                    word if "%" in word else quote(word),
                    *pieces[place + 1 :],
                ]
                with undone():
                    status = browser.get("/".join(tried)).status_code
                if status >= 500:
                    found.append(f"{name} {tried[:120]}")

    assert found == []


def test_no_door_for_programs_breaks(browsers, cast, city_story):
    """Path and query of every operation, and bodies that are no body."""
    secret = tokens.issue(cast.vera, name="absurd", at=timezone.now())[1]
    browser, found, tried = browsers["guest"], [], 0
    browser.raise_request_exception = False
    bodies = [b"", b"\0", b'{"a": "\\ud800"}', b"[" * 5_000, json.dumps({"at": 1e308}).encode()]
    for address, ways in api.get_openapi_schema()["paths"].items():
        for method, said in ways.items():
            names = [one["name"] for one in said.get("parameters", []) if one["in"] == "query"]
            for word in WORDS:
                raw = word if "%" in word else quote(word)
                path = re.sub(r"\{[^}]*\}", lambda _m, raw=raw: raw, address)
                query = "&".join(f"{name}={raw}" for name in names)
                for body in bodies if method != "get" else [b""]:
                    tried += 1
                    with undone():
                        answer = browser.generic(
                            method.upper(), f"{path}?{query}", body,
                            content_type="application/json",
                            headers={"Authorization": f"Bearer {secret}"},
                        )  # fmt: skip
                    if answer.status_code >= 500:
                        found.append(f"{method} {path[:80]}?{query[:80]} {body[:20]!r}")

    assert found == []
    assert tried >= 100
