"""The act of a delivery: what both sides signed, as a paper, and as bytes to be checked."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from conftest import NOON, on
from pochin.core import signatures
from pochin.core.lifecycle import Refused
from pochin.deals import acts, lifecycle
from pochin.deals.tests.conftest import approve_all
from pochin.deals.tests.test_deliver import accept, hand_over
from pochin.participants.models import Organisation


@pytest.fixture
def bound(terms, nikita, olga, approvers, cast):
    """A contract in force with a delivery of a hundred and twenty-two roubles."""
    lifecycle.plan_delivery(
        terms, by=nikita, words="Первая волна", due_on=date(2026, 3, 5), amount=Decimal("122.00"),
        at=NOON,
    )  # fmt: skip
    lifecycle.ask_approvals(terms, by=nikita, approvers=approvers, at=NOON)
    approve_all(terms)
    lifecycle.sign(terms, by=olga, at=on(3, 4))
    return lifecycle.sign(terms, by=cast.anna, at=on(3, 5))


@pytest.fixture
def accepted(bound, cast, nikita):
    hand_over(bound, cast)
    accept(bound, nikita)
    return bound.deliveries.select_related("handed_by", "accepted_by").get()


def test_a_sum_of_a_delivery_is_signed_with_the_terms(terms, nikita):
    lifecycle.plan_delivery(terms, by=nikita, words="Волна", at=NOON)
    without = terms.fingerprint()
    lifecycle.remove_delivery(terms, by=nikita, delivery=terms.deliveries.get(), at=NOON)

    lifecycle.plan_delivery(terms, by=nikita, words="Волна", amount=Decimal("5.00"), at=NOON)

    assert terms.fingerprint() != without


def test_each_side_signs_what_it_said(accepted, cast, nikita):
    signed = [(s.what, s.role, s.by, s.sha256) for s in signatures.of(accepted)]

    assert signed == [
        ("handing over", "seller", cast.anna, accepted.act["handed_over_sha256"]),
        ("acceptance", "buyer", nikita, accepted.sha256),
    ]


@pytest.mark.parametrize(("hour", "day"), [(20, "2026-03-05"), (22, "2026-03-06")])
def test_the_act_names_the_day_of_the_contract_as_it_was_in_moscow(hour, day, accepted):
    accepted.deal.signed_at = on(3, 5, hour)

    with timezone.override("Asia/Vladivostok"):
        assert acts.content(accepted)["signed_on"] == day


def test_the_paper_carries_the_very_bytes_that_were_signed(accepted):
    attached = acts.attached(accepted)["act.json"]

    assert hashlib.sha256(attached.encode()).hexdigest() == accepted.sha256
    said = json.loads(attached)
    assert (said["number"], said["on"], said["sum"][0]) == ("А-1", "2026-03-09", "122.00")


def test_a_signed_act_stays_as_it_was_signed(accepted, cast):
    Organisation.objects.filter(pk=cast.amber.pk).update(name_ru="Новое имя", full_name_ru="")
    again = type(accepted).objects.select_related("deal__seller").get(pk=accepted.pk)

    printed = acts.laid_out(again, "ru")

    assert "Новое имя" not in str(printed["parties"])
    assert printed["print"] == accepted.sha256


@pytest.mark.parametrize(
    ("language", "title", "late", "paid"),
    [
        ("ru", "Акт сдачи-приёмки № А-1", "на 1 день позже срока", "К оплате за это: 122"),
        ("en", "Acceptance act No. А-1", "1 day late", "To be paid for it: ₽122"),
    ],
)
def test_the_paper_says_who_what_when_and_for_how_much(language, title, late, paid, accepted):
    printed = acts.laid_out(accepted, language)

    assert printed["heading"] == title
    assert late in printed["table"]["rows"][0][3]
    assert paid in printed["amounts"]
    assert len(printed["signatures"]) == 2
    assert printed["hand"] == []


def test_before_the_acceptance_it_is_a_draft_to_be_signed_by_hand(bound, cast):
    hand_over(bound, cast)
    delivery = bound.deliveries.get()

    printed = acts.laid_out(delivery, "ru")

    assert printed["heading"].startswith("Проект акта")
    assert (printed["print"], len(printed["hand"]), len(printed["signatures"])) == ("", 2, 1)
    assert acts.attached(delivery) == {}


def test_what_was_returned_once_stands_in_the_act(bound, cast, nikita):
    hand_over(bound, cast)
    lifecycle.return_delivery(
        bound, by=nikita, delivery=bound.deliveries.get(), reason="Нет паспортов", at=on(3, 7)
    )
    hand_over(bound, cast, day=8)
    accept(bound, nikita)

    assert "Нет паспортов" in acts.laid_out(bound.deliveries.get(), "ru")["remarks"][1]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_both_sides_open_it_as_pdf(language, accepted, cast, nikita, signed_in):
    address = f"{accepted.deal.get_absolute_url()}deliveries/1/act-{language}.pdf"

    for reader in (cast.anna, nikita):
        answer = signed_in(reader, language).get(address)
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert signed_in(cast.gleb, language).get(address).status_code == 404


def test_before_anything_is_handed_over_there_is_no_act(bound, cast, signed_in):
    url = bound.get_absolute_url()
    browser = signed_in(cast.anna, "ru")

    assert browser.get(f"{url}deliveries/1/act-ru.pdf").status_code == 404
    assert "/act-ru.pdf" not in browser.get(url).text
    hand_over(bound, cast)
    assert f"{url}deliveries/1/act-ru.pdf" in browser.get(url).text


def test_an_act_in_another_language_is_not_there(accepted, cast, signed_in):
    url = accepted.deal.get_absolute_url()

    assert signed_in(cast.anna).get(f"{url}deliveries/1/act-de.pdf").status_code == 404


def test_a_refused_acceptance_signs_nothing(bound, nikita):
    with pytest.raises(Refused):
        accept(bound, nikita)

    assert not signatures.of(bound.deliveries.get()).exists()


def test_the_number_of_the_act_is_proposed(bound, cast, nikita, signed_in):
    hand_over(bound, cast)
    page = signed_in(nikita).get(f"{bound.get_absolute_url()}accept_delivery/").text

    assert f'value="{bound.contract or bound.code}-1"' in page
