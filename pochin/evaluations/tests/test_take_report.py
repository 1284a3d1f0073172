"""The report in the product: who takes it when, and what it says there."""

from __future__ import annotations

import pytest

from conftest import on, plain
from pochin.evaluations import lifecycle, report, reporting
from pochin.evaluations.tests.test_report import AT, made_up, told
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.facts import Facts


@pytest.fixture
def computed(measured, mila):
    return lifecycle.compute(measured(), by=mila, at=on(4, 30))


ADDRESSES = [f"report-{language}.{kind}" for language in ("ru", "en") for kind in ("html", "pdf")]


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_report_is_taken_from_the_page_of_the_result(computed, mila, signed_in, name):
    browser = signed_in(mila)
    assert (
        f"{computed.get_absolute_url()}{name}"
        in browser.get(computed.get_absolute_url()).content.decode()
    )

    answer = browser.get(f"{computed.get_absolute_url()}{name}")

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="report-1-1-{name[7:]}"'
    assert answer.content.startswith(b"%PDF-" if name.endswith("pdf") else b"<!doctype html>")


@pytest.mark.parametrize("name", ADDRESSES)
def test_before_the_release_only_the_analyst_has_it(computed, cast, signed_in, name):
    address = f"{computed.get_absolute_url()}{name}"

    for stranger in ("kira", "anna", "lev", "gleb", "viktor", "zakhar"):
        browser = signed_in(getattr(cast, stranger))
        absent = browser.get(address.replace("/1/1/", "/1/9/"))
        hidden = browser.get(address)
        assert (hidden.status_code, plain(hidden)) == (404, plain(absent)), stranger


def test_after_the_release_the_sides_have_it(computed, cast, mila, signed_in):
    lifecycle.release(computed, by=mila, at=on(4, 30))
    address = f"{computed.get_absolute_url()}report-en.html"

    seen = [
        name
        for name in ("kira", "anna", "nina", "semyon", "gleb", "ulyana", "viktor")
        if signed_in(getattr(cast, name)).get(address).status_code == 200
    ]

    assert seen == ["kira", "anna", "nina", "semyon"]


def test_it_says_so_until_the_sides_have_seen_it(computed, mila):
    before = reporting.of(computed, language="en", at=AT)
    lifecycle.release(computed, by=mila, at=on(4, 30))
    computed.refresh_from_db()
    after = reporting.of(computed, language="en", at=AT)

    assert (before.notices, after.notices) == (["Not shown to the sides yet."], [])


def test_it_holds_every_fingerprint_and_the_way_to_compute_it_again(computed):
    page = report.html(reporting.of(computed, language="en", at=AT))

    for print_ in (computed.plan.sha256, computed.snapshot.sha256, computed.sha256):
        assert print_ in page
    assert "pochin verify pilot-1-1.zip" in page


def test_the_page_of_a_result_shows_the_same_pictures(computed, mila, signed_in):
    page = signed_in(mila).get(computed.get_absolute_url()).content.decode()

    for heading in ("How the estimate settled", "What chance alone would give", "Every unit",
                    "The same question by other analyses"):  # fmt: skip
        assert f">{heading}<" in page


@pytest.mark.parametrize(
    ("crossed", "is_told"), [(("101", "102", "105", "106"), True), ((), False)]
)
def test_another_pilot_at_the_same_sites_is_told_of(crossed, is_told):
    protocol, table = made_up("parallel")
    facts = Facts(crossed={"P-007": crossed})

    found = told(protocol, evaluate_plan(protocol, table, facts=facts))

    headings = [section.heading for section in found.sections]
    assert ("Other pilots at the same sites" in headings) == is_told
    assert ("P-007" in report.html(found)) == is_told
    assert report.pdf(found).startswith(b"%PDF-")
