"""The certificate of a pilot goes with the export project; a revoked one is seen by everybody."""

import pytest

from conftest import NOON, on
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.decisions import lifecycle as decisions
from pochin.exports import lifecycle
from pochin.exports.models import Project


@pytest.fixture
def certificate(judged, cast):
    pilot = judged()
    decision = decisions.prepare(
        pilot, by=cast.kira, at=on(5, 6), outcome="scale", words="Работает."
    )
    decisions.sign(decision, by=cast.kira, at=on(5, 6))
    return decisions.issue(decision, by=cast.vera, at=on(5, 7))


@pytest.fixture
def proven(idea, certificate, cast):
    return lifecycle.attach_certificate(idea, by=cast.anna, certificate=certificate, at=on(5, 8))


def revoke(certificate, cast):
    return decisions.revoke(certificate, by=cast.vera, reason="Весы были сломаны.", at=on(5, 9))


def test_the_company_attaches_its_certificate_in_the_browser(idea, certificate, cast, signed_in):
    anna, url = signed_in(cast.anna), idea.get_absolute_url()
    offered = anna.get(f"{url}attach_certificate/").content.decode()
    anna.post(f"{url}attach_certificate/", {"certificate": certificate.number})
    page = anna.get(url).content.decode()

    assert certificate.number in offered
    assert Project.objects.get().certificate == certificate
    assert certificate.get_absolute_url() in page
    assert "valid" in page


@pytest.mark.parametrize("reader", ["vera", "viktor", "ksenia"])
def test_readers_of_the_project_get_the_number(
    reader, proven, certificate, ksenia, cast, signed_in
):
    browser = signed_in(ksenia if reader == "ksenia" else getattr(cast, reader))

    assert certificate.number in browser.get(proven.get_absolute_url()).content.decode()


@pytest.mark.parametrize("stranger", ["artem", "gleb", "vera", "kira"])
def test_nobody_else_attaches_it(stranger, idea, certificate, cast):
    with pytest.raises(Forbidden):
        lifecycle.attach_certificate(
            idea, by=getattr(cast, stranger), certificate=certificate, at=on(5, 8)
        )


def test_a_helper_is_offered_only_certificates_of_pilots_they_may_read(
    idea, certificate, ksenia, signed_in
):
    url = f"{idea.get_absolute_url()}attach_certificate/"
    answer = signed_in(ksenia).post(url, {"certificate": certificate.number})

    assert answer.status_code == 422
    assert certificate.number not in signed_in(ksenia).get(url).content.decode()


def test_a_rivals_certificate_is_no_proof(certificate, cast):
    rival = lifecycle.begin(
        cast.city, by=cast.gleb, organisation=cast.granite, title_ru="Весы", form="goods", at=NOON
    )
    with pytest.raises(Refused, match="no valid certificate"):
        lifecycle.attach_certificate(rival, by=cast.gleb, certificate=certificate, at=on(5, 8))


def test_a_revoked_certificate_is_no_proof(idea, certificate, cast):
    revoke(certificate, cast)

    with pytest.raises(Refused, match="no valid certificate"):
        lifecycle.attach_certificate(idea, by=cast.anna, certificate=certificate, at=on(5, 10))


def test_a_revocation_is_shown_and_written_down(
    proven, certificate, cast, signed_in, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        revoke(certificate, cast)
    page = signed_in(cast.anna).get(proven.get_absolute_url()).content.decode()

    assert "The certificate this project leans on was revoked" in page
    assert "Весы были сломаны." in page
    assert [e.verb for e in journal.of(proven)].count("exports.lose_certificate") == 1


def test_nobody_but_the_system_notes_a_revocation(proven, cast):
    with pytest.raises(Forbidden):
        lifecycle.lose_certificate(proven, by=cast.anna, reason="Так.", at=on(5, 9))
    assert lifecycle.lose_certificate(proven, by=SYSTEM, reason="Так.", at=on(5, 9))


def test_buyers_are_not_spoken_to_with_a_revoked_certificate(
    preparing, certificate, cast, django_capture_on_commit_callbacks
):
    for line in ("certificates", "localisation", "prices", "translation", "rights", "payment",
                 "logistics"):  # fmt: skip
        lifecycle.note_ready(preparing, by=cast.anna, line=line, evidence="Есть.", at=NOON)
    lifecycle.attach_certificate(preparing, by=cast.anna, certificate=certificate, at=on(5, 8))
    revoke(certificate, cast)
    preparing.refresh_from_db()

    with pytest.raises(Refused, match="was revoked: attach another one, or take it off"):
        lifecycle.find_market(preparing, by=cast.anna, at=on(5, 10))
    lifecycle.take_certificate_off(preparing, by=cast.anna, at=on(5, 10))
    lifecycle.find_market(preparing, by=cast.anna, at=on(5, 10))

    assert preparing.state == "contact"


def test_what_is_not_there_is_not_taken_off(idea, cast):
    with pytest.raises(Refused, match="No certificate is attached"):
        lifecycle.take_certificate_off(idea, by=cast.anna, at=NOON)
