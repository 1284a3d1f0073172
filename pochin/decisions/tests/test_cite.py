"""A published result is cited: by its lasting address, its day and its fingerprint."""

import hashlib
import json

from conftest import on
from pochin.decisions import citing, lifecycle
from pochin.decisions.tests.test_publish import asked, decided, guest, published
from pochin.lab.canonical import canonical

__all__ = ["asked", "decided"]  # fixtures
results = lifecycle.results


def call(path):
    return guest().get(f"/api/results{path}")


def test_programs_read_the_numbers_and_the_document_its_fingerprint_stands_for(asked, cast):
    told = published(asked, cast)
    (row,) = call("").json()["items"]
    whole = call(f"/{told.pilot.number}/{told.number}").json()

    assert row == {name: value for name, value in whole.items() if name in row}
    assert hashlib.sha256(canonical(whole["document"])).hexdigest() == whole["sha256"]
    assert whole["words_en"] == "It got faster."
    interval = next(one for one in told.document["result"]["intervals"] if one["level"] == 0.95)
    assert (row["low"], row["high"]) == (interval["low"], interval["high"])
    assert row["low"] <= row["estimate"] <= row["high"]
    assert (row["pilot"], row["outcome"]) == (told.pilot.number, "scale")


def test_what_is_only_asked_for_is_not_there_and_what_was_withdrawn_no_more(asked, cast):
    assert call("").json()["items"] == []
    told = published(asked, cast)
    assert call(f"?verdict={told.verdict}").json()["items"] != []
    assert call("?verdict=other").json()["items"] == []

    results.withdraw(told, by=cast.vera, reason="Описка в плане.", at=on(5, 9))

    assert call("").json()["items"] == []
    assert call(f"/{told.pilot.number}/{told.number}").status_code == 404


def test_the_page_gives_address_fingerprint_and_entry(asked, cast, settings):
    settings.SITE_URL = "https://centre.example"
    told = published(asked, cast)
    page = guest().get(told.get_absolute_url()).text

    assert f"https://centre.example{told.get_absolute_url()}" in page
    assert told.sha256 in page
    assert f"@misc{{pochin-pilot-{told.pilot.number}-result-{told.number}," in page
    assert "date = {2026-05-08}" in page


def test_before_it_is_published_nothing_is_cited(asked, cast, signed_in):
    assert citing.bibtex(asked) == ""
    assert "@misc" not in signed_in(cast.vera).get(asked.get_absolute_url()).text


def test_no_word_of_a_title_is_a_command_of_the_list_of_references(asked, cast):
    told = published(asked, cast)
    told.document["pilot"] |= {"ru": r"50 % {a}_b & \c", "en": r"50 % {a}_b & \c"}

    assert r"50 \% \{a\}\_b \& \textbackslash{}c" in citing.bibtex(told)


def test_the_document_is_the_same_in_both_languages(asked, cast):
    told = published(asked, cast)
    path = f"/api/results/{told.pilot.number}/{told.number}"
    answers = [guest().get(path, headers={"Accept-Language": one}).json() for one in ("ru", "en")]

    assert json.dumps(answers[0]) == json.dumps(answers[1])
