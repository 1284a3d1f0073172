"""A file that streams is written after its page is answered, and still for who asked for it."""

import csv
import io
import json
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation


def taken(client, kind, language):
    client.cookies["pochin_language"] = language
    answer = client.get("/needs/", {"file": kind})
    # A server goes on where nobody's language is turned on any more.
    with translation.override("ru" if language == "en" else "en"):
        return b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize(
    ("language", "between", "words"),
    [("en", ",", "taking applications"), ("ru", ";", "приём заявок")],
)
def test_a_table_is_in_the_language_of_its_heads(client, need, language, between, words):
    lines = list(csv.reader(io.StringIO(taken(client, "csv", language)), delimiter=between))

    assert lines[1][1] == (need.title_en if language == "en" else need.title_ru)
    assert words in lines[1]


@pytest.mark.parametrize(
    ("language", "state"), [("en", "taking applications"), ("ru", "приём заявок")]
)
def test_so_is_what_programs_read(client, need, language, state):
    assert state in json.loads(taken(client, "json", language))[0].values()


def test_moments_are_in_the_zone_of_the_reader(signed_in, anna, need):
    type(anna).objects.filter(pk=anna.pk).update(zone="Asia/Vladivostok", language="en")
    answer = signed_in(anna).get("/needs/", {"file": "csv"})
    with timezone.override(ZoneInfo("Europe/Moscow")):
        text = b"".join(answer.streaming_content).decode()

    here = need.closes_at.astimezone(ZoneInfo("Asia/Vladivostok"))
    assert f"{here:%Y-%m-%d %H:%M:%S}" in text
