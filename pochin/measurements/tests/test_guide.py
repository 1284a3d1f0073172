"""Every `curl` of the chapter for integrators does what the chapter says."""

import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from pochin.measurements.tests.conftest import MONDAYS, table, week
from pochin.participants import tokens

CHAPTER = Path(settings.BASE_DIR) / "docs" / "integrators.md"
CALLS = [line for line in CHAPTER.read_text().splitlines() if line.startswith("curl ")]


@pytest.fixture
def secret(lev):
    return tokens.issue(lev, name="feed", at=timezone.now(), may_send=True)[1]


def called(line, *, pilot, secret):
    """What the product answers to the command, and the status the chapter promises."""
    command, _between, status = line.rpartition("#")
    words = shlex.split(command.replace("$TOKEN", secret).replace("$POCHIN", ""))[1:]
    asked = {"method": "GET", "headers": {}, "data": b"", "path": ""}
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _colon, value = words.pop(0).partition(": ")
            asked["headers"][name] = value
        elif word == "-X":
            asked["method"] = words.pop(0)
        elif word == "--data-binary":
            assert words.pop(0) == "@readings.csv"
            asked["data"], asked["method"] = table(*week(MONDAYS[0])), "POST"
        else:
            asked["path"] = re.sub(r"(pilots|measurements)/7\b", rf"\1/{pilot.number}", word)
    kind = asked["headers"].pop("Content-Type", "text/plain")
    answer = Client().generic(
        asked["method"], asked["path"], asked["data"], kind, headers=asked["headers"]
    )
    return answer.status_code, int(status)


def test_every_call_of_the_chapter_is_answered_as_it_says(running, secret):
    answers = [called(line, pilot=running, secret=secret) for line in CALLS]

    assert len(answers) > 15
    for line, (got, promised) in zip(CALLS, answers, strict=True):
        assert got == promised, line
