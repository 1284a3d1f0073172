"""Certificates: issued when the conditions hold, checked by anybody, revoked with a reason."""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import translation

from conftest import on, plain
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.decisions import certificates, lifecycle
from pochin.decisions.lifecycle import certificates as conditions
from pochin.decisions.models import Certificate, CertificateState, by_number
from pochin.papers.tests import reading
from pochin.pilots.tests.showing import shows

shown = partial(shows, room="decisions")


def decide(pilot, kira, **given):
    decision = lifecycle.prepare(
        pilot, by=kira, at=on(5, 6), **{"outcome": "scale", "words": "Работает.", **given}
    )
    return lifecycle.sign(decision, by=kira, at=on(5, 6))


@pytest.fixture
def decided(judged, kira):
    return decide(judged(), kira)


@pytest.fixture
def certificate(decided, vera):
    return lifecycle.issue(decided, by=vera, at=on(5, 7))


def guest(language="en"):
    """A browser in which nobody has signed in."""
    browser = Client()
    browser.cookies["pochin_language"] = language
    return browser


# Issuing ---------------------------------------------------------------------------------------


@shown(conditions.is_decided, "passes")
@shown(conditions.threshold_was_passed, "passes")
@shown(conditions.company_knows_the_result, "passes")
@shown(conditions.plan_came_before_the_data, "passes")
@shown(conditions.no_certificate_is_valid, "passes")
@pytest.mark.parametrize("who", ["vera", "kira"])
def test_the_coordinator_or_the_decision_owner_issues(who, decided, cast):
    issued = lifecycle.issue(decided, by=getattr(cast, who), at=on(5, 7))

    assert issued.state == CertificateState.VALID
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", issued.number)


@pytest.mark.parametrize("stranger", ["anna", "lev", "mila", "nina", "ulyana", "gleb", "zakhar"])
def test_nobody_else_issues(stranger, decided, cast):
    with pytest.raises(Forbidden):
        lifecycle.issue(decided, by=getattr(cast, stranger), at=on(5, 7))


@shown(conditions.is_decided, "refuses")
def test_what_is_not_signed_is_not_certified(judged, kira, vera):
    prepared = lifecycle.prepare(judged(), by=kira, at=on(5, 6), outcome="scale", words="Работает.")

    with pytest.raises(Refused, match="not decided yet"):
        lifecycle.issue(prepared, by=vera, at=on(5, 7))


def test_a_pilot_that_goes_on_is_not_certified(judged, kira, vera, konstantin):
    decision = lifecycle.prepare(
        judged(), by=kira, at=on(5, 6), outcome="rework", words="Ещё раз.", to_learn="Зимой"
    )
    decision = (
        lifecycle.sign(decision, by=kira, at=on(5, 6))
        if lifecycle.agrees_with_verdict.holds(decision)
        else lifecycle.countersign(
            lifecycle.sign_first(decision, by=kira, at=on(5, 6)), by=konstantin, at=on(5, 6)
        )
    )

    with pytest.raises(Refused, match="not decided yet"):
        lifecycle.issue(decision, by=vera, at=on(5, 7))


@shown(conditions.threshold_was_passed, "refuses")
def test_what_did_not_pass_its_threshold_is_not_certified(judged, kira, vera):
    decision = decide(judged(effect=0.0), kira, outcome="stop", words="Не вышло.")

    with pytest.raises(Refused, match="did not pass the threshold"):
        lifecycle.issue(decision, by=vera, at=on(5, 7))


@shown(conditions.company_knows_the_result, "refuses")
def test_what_the_company_was_not_shown_is_not_certified(decided, vera):
    type(decided.evaluation).objects.filter(pk=decided.evaluation_id).update(state="replaced")
    decided.evaluation.refresh_from_db()

    with pytest.raises(Refused, match="has not been shown the result"):
        lifecycle.issue(decided, by=vera, at=on(5, 7))


@shown(conditions.plan_came_before_the_data, "refuses")
def test_a_trial_from_the_archive_is_not_certified(decided, vera):
    decided.pilot.is_archive = True

    with pytest.raises(Refused, match="written after the data"):
        lifecycle.issue(decided, by=vera, at=on(5, 7))


@shown(conditions.no_certificate_is_valid, "refuses")
def test_a_pilot_has_one_valid_certificate(certificate, decided, vera):
    with pytest.raises(Refused, match="valid certificate already"):
        lifecycle.issue(decided, by=vera, at=on(5, 8))

    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(
            pilot=certificate.pilot, decision=decided, document={}, sha256="", issued_by=vera,
            issued_at=on(5, 8),
        )  # fmt: skip


@shown(conditions.revocation_has_words, "passes")
def test_after_a_revocation_another_is_issued(certificate, decided, vera):
    lifecycle.revoke(certificate, by=vera, reason="Ошибка в названии.", at=on(5, 8))

    again = lifecycle.issue(decided, by=vera, at=on(5, 9))

    assert again.number != certificate.number


# What it says ----------------------------------------------------------------------------------


def test_it_says_what_was_shown(certificate, decided):
    said, evaluation = certificate.document, decided.evaluation
    effect = evaluation.result["metrics"][0]["effect"]

    assert said["result"]["estimate"] == effect["estimate"]
    assert said["result"]["intervals"] == effect["intervals"]
    assert said["plan_sha256"] == evaluation.plan.sha256
    assert said["result_sha256"] == evaluation.sha256
    assert len(said["pilot"]["sites"]) == 12
    assert (said["pilot"]["from"], said["pilot"]["until"]) == ("2026-03-30", "2026-04-26")
    assert said["company"]["en"] == "Amber"
    assert certificate.is_whole


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "Сертификат пилотных испытаний"), ("en", "Certificate of pilot testing")],
)
def test_the_paper_is_one_sheet_with_its_number_and_prints(certificate, language, words):
    paper = certificates.pdf(certificate, language=language)

    said = reading.words(paper)
    assert words in said
    assert certificate.number in said
    # A paper is read in other years too.
    assert "2026" in said
    assert certificate.document["plan_sha256"] in said.replace(" ", "")
    assert ("1 из 1" if language == "ru" else "1 of 1") in said
    assert certificate.document["check"] in said.replace(" ", "")
    assert b"pdfaid" in paper


# Checking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "en"])
def test_anybody_with_the_number_sees_that_it_is_valid(certificate, language):
    browser = guest(language)

    answer = browser.get(certificate.get_absolute_url())

    page = answer.content.decode()
    assert answer.status_code == 200
    assert (
        "Этот сертификат действует" if language == "ru" else "This certificate is valid"
    ) in page
    assert certificate.document["key"] in page
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_a_revoked_one_says_why_and_is_not_handed_out(certificate, vera):
    lifecycle.revoke(certificate, by=vera, reason="Ошибка в названии.", at=on(5, 8))
    browser = guest()

    page = browser.get(certificate.get_absolute_url()).content.decode()

    assert "was revoked" in page
    assert "Ошибка в названии." in page
    for name in ("certificate.json", "certificate-ru.pdf", "certificate-en.pdf"):
        assert browser.get(f"{certificate.get_absolute_url()}{name}").status_code == 404


def test_an_unknown_number_looks_like_any_absent_page(certificate):
    browser = guest()

    unknown = browser.get("/decisions/check/0000-0000/")
    absent = browser.get("/decisions/check/0000-0000/certificate-en.pdf")

    assert (unknown.status_code, absent.status_code) == (404, 404)
    assert plain(unknown) == plain(absent)


def test_a_number_is_looked_up_as_people_type_it(certificate):
    browser = guest()
    typed = certificate.number.lower().replace("-", " ")

    found = browser.get("/decisions/check/", {"number": typed})
    missed = browser.get("/decisions/check/", {"number": "0000-0000"})

    assert found["Location"] == certificate.get_absolute_url()
    assert missed.status_code == 404
    assert "No certificate has this number" in missed.content.decode()


def test_a_kept_document_that_was_changed_is_not_called_valid(certificate):
    certificate.document["result"]["estimate"] -= 1
    certificate.save()

    page = guest().get(certificate.get_absolute_url()).content.decode()

    assert "This certificate is valid" not in page
    assert "no longer carries its seal" in page


def test_strangers_find_no_certificate_without_its_number(certificate, cast):
    names = ["anna", "artem", "vera", "kira", "gleb", "ulyana", "zakhar", "boris"]

    seen = [n for n in names if Certificate.objects.visible_to(getattr(cast, n)).exists()]

    assert seen == ["anna", "artem", "vera", "kira"]
    assert by_number("") is None


# Revoking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stranger", ["anna", "lev", "mila", "gleb", "ulyana"])
def test_only_who_may_issue_may_revoke(stranger, certificate, cast):
    with pytest.raises(Forbidden):
        lifecycle.revoke(certificate, by=getattr(cast, stranger), reason="Так.", at=on(5, 8))


@shown(conditions.revocation_has_words, "refuses")
def test_a_revocation_has_words(certificate, vera):
    with pytest.raises(Refused, match="Write why"):
        lifecycle.revoke(certificate, by=vera, reason=" ", at=on(5, 8))


def test_the_database_keeps_a_revoked_one_revoked(certificate, vera):
    lifecycle.revoke(certificate, by=vera, reason="Ошибка.", at=on(5, 8))

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(state="valid")


# In the browser --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "en"])
def test_it_is_issued_and_revoked_by_pages(decided, vera, signed_in, language):
    browser = signed_in(vera, language)
    address = f"{decided.get_absolute_url()}certificate/"
    assert address in browser.get(decided.get_absolute_url()).content.decode()

    looked = browser.get(address)
    issued = browser.post(address)

    assert "<svg" in looked.content.decode()
    assert not looked.content.decode().partition("<main")[2].count("style=")
    page = browser.get(issued["Location"]).content.decode()
    revoke = f"{issued['Location']}revoke/"
    assert revoke in page
    assert browser.post(revoke, {"reason": ""}).status_code == 422
    assert browser.post(revoke, {"reason": "Ошибка."})["Location"] == issued["Location"]
    assert Certificate.objects.get().state == CertificateState.REVOKED


def test_the_company_takes_it_and_may_not_revoke_it(certificate, anna, signed_in):
    browser = signed_in(anna)

    page = browser.get(certificate.get_absolute_url()).content.decode()
    paper = browser.get(f"{certificate.get_absolute_url()}certificate-en.pdf")

    assert "revoke/" not in page
    assert paper.content.startswith(b"%PDF-")
    assert (
        browser.post(f"{certificate.get_absolute_url()}revoke/", {"reason": "x"}).status_code == 403
    )


# Both languages --------------------------------------------------------------------------------


def test_the_metric_stands_in_english_where_the_need_names_it_so(decided, vera):
    need, said = decided.pilot.need, decided.evaluation.result
    row = next(one for one in said["metrics"] if one["metric"]["role"] == "primary")
    row["metric"] |= {"name": need.metric_ru, "unit": need.metric_unit_ru}
    need.metric_en, need.metric_unit_en = "Waiting time", "minutes"
    decided.pilot.wording = None

    document = certificates.document(decided, number="0000-0000", at=on(5, 7))

    with translation.override("en"):
        assert certificates.finding(document).startswith("Waiting time changed by")
        assert "minutes" in certificates.finding(document)
    with translation.override("ru"):
        assert certificates.finding(document).startswith(need.metric_ru)


def test_a_metric_the_need_does_not_name_keeps_the_words_of_the_plan(decided):
    decided.pilot.need.metric_en = "Something else"

    document = certificates.document(decided, number="0000-0000", at=on(5, 7))

    assert "name_en" not in document["metric"]


@pytest.mark.parametrize(("own", "other"), [("ru", "en"), ("en", "ru")])
def test_the_words_beside_the_plan_stand_on_the_certificate_in_both_languages(own, other, decided):
    both = {"ru": "Задержка посылки", "en": "Delay of a parcel"}
    row = next(one for one in decided.evaluation.result["metrics"]
               if one["metric"]["role"] == "primary")  # fmt: skip
    row["metric"]["name"] = both[own]
    decided.pilot.wording = [both]

    document = certificates.document(decided, number="0000-0000", at=on(5, 7))

    assert (document["metric"]["name"], document["metric"][f"name_{other}"]) == (
        both[own], both[other],
    )  # fmt: skip
    for language, name in both.items():
        with translation.override(language):
            assert certificates.metric_name(document["metric"]) == name


def test_whoever_guesses_numbers_waits_even_for_a_right_one(certificate):
    """The number is the key: it is looked for no faster than people mistype."""
    browser, held = guest(), certificate.get_absolute_url()
    guesses = [browser.get(f"/decisions/check/0000-{n:04}/").status_code for n in range(29)]
    missed = browser.get("/decisions/check/", {"number": "0000-0000"}).status_code
    assert {*guesses, missed} == {404}

    told = [browser.get(path).status_code for path in (held, f"{held}certificate.json")]
    asked = browser.get("/decisions/check/", {"number": certificate.number}).status_code

    assert [*told, asked] == [429, 429, 429]
    assert browser.get(held, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_whoever_reads_certificates_does_not_wait(certificate):
    browser, held = guest(), certificate.get_absolute_url()

    assert {browser.get(held).status_code for _time in range(40)} == {200}


def test_a_pilot_without_a_company_has_nobody_to_certify(decided, vera):
    decided.pilot.organisation = None

    with pytest.raises(Refused, match="The company has not been shown the result"):
        lifecycle.issue(decided, by=vera, at=on(5, 7))
