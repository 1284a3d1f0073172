"""Published results: the centre asks, the company agrees, then everybody reads; or nobody does."""

from __future__ import annotations

from functools import partial

import pytest
from django.test import Client
from django.utils import translation

from conftest import on, plain, plan_for
from pochin.core.lifecycle import Refused
from pochin.core.models import Turn
from pochin.core.policy import Forbidden
from pochin.decisions import lifecycle
from pochin.decisions import results as told
from pochin.decisions.models import PublicationState, PublishedResult
from pochin.evaluations.models import Evaluation
from pochin.pilots.models import Amendment, Plan
from pochin.pilots.tests.showing import shows

results = lifecycle.results
shown = partial(shows, room="decisions")


def decide(pilot, kira, outcome="scale", words="Работает."):
    decision = lifecycle.prepare(pilot, by=kira, at=on(5, 6), outcome=outcome, words=words)
    return lifecycle.sign(decision, by=kira, at=on(5, 6))


@pytest.fixture
def decided(judged, kira):
    return decide(judged(), kira)


@pytest.fixture
def asked(decided, vera):
    return results.ask(
        decided, by=vera, words_ru="Стало быстрее.", words_en="It got faster.", at=on(5, 7)
    )


def guest(language="en"):
    browser = Client()
    browser.cookies["pochin_language"] = language
    return browser


def published(asked, cast):
    return results.agree(asked, by=cast.anna, at=on(5, 8))


@shown(results.number_was_not_withheld, "passes")
@shown(results.pilot_is_public, "passes")
@shown(results.nothing_is_published, "passes")
def test_what_the_company_agreed_to_is_read_by_everybody(asked, cast):
    told = published(asked, cast)

    spoken = (("en", "It got faster.", "Decision"), ("ru", "Стало быстрее.", "Решение"))
    for language, words, decided in spoken:
        page = guest(language).get(told.get_absolute_url()).content.decode()
        listed = guest(language).get("/decisions/results/").content.decode()
        assert words in page
        assert told.get_absolute_url() in listed
        assert f"{decided}: " in listed


def test_before_the_company_agrees_nobody_outside_reads_it(asked, cast, signed_in):
    absent = guest().get("/decisions/results/777/1/")

    hidden = guest().get(asked.get_absolute_url())

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert signed_in(cast.gleb).get(asked.get_absolute_url()).status_code == 404
    assert asked.get_absolute_url() not in guest().get("/decisions/results/").content.decode()


def test_those_inside_read_what_is_asked_for(asked, cast, signed_in):
    pages = [signed_in(p).get(asked.get_absolute_url()) for p in (cast.vera, cast.artem)]

    assert [page.status_code for page in pages] == [200, 200]
    assert "It got faster." in pages[1].content.decode()


def test_the_observer_is_not_told_that_the_company_was_asked(asked, decided, cast, signed_in):
    page = decided.get_absolute_url()
    assert asked.get_absolute_url() in signed_in(cast.kira).get(page).content.decode()
    assert asked.get_absolute_url() not in signed_in(cast.viktor).get(page).content.decode()

    published(asked, cast)

    assert asked.get_absolute_url() in signed_in(cast.viktor).get(page).content.decode()


def test_the_company_holds_the_turn(asked, cast):
    holders = Turn.objects.open().filter(clock="result publication").values_list("holder")
    assert [h for (h,) in holders] == [f"sign@org-{cast.amber.pk}"]


@pytest.mark.parametrize("who", ["vera", "kira"])
def test_the_coordinator_or_the_decision_owner_asks(who, decided, cast):
    assert results.ask(decided, by=getattr(cast, who), at=on(5, 7)).state == PublicationState.ASKED


@pytest.mark.parametrize("stranger", ["anna", "artem", "lev", "nina", "ulyana", "gleb", "zakhar"])
def test_nobody_else_asks(stranger, decided, cast):
    with pytest.raises(Forbidden):
        results.ask(decided, by=getattr(cast, stranger), at=on(5, 7))


@pytest.mark.parametrize("stranger", ["vera", "kira", "gleb", "lev"])
def test_nobody_agrees_for_the_company(stranger, asked, cast):
    with pytest.raises(Forbidden):
        results.agree(asked, by=getattr(cast, stranger), at=on(5, 8))


def test_the_company_may_decline_and_is_not_asked_silently_again(asked, decided, cast):
    told = results.decline(asked, by=cast.anna, reason="Рано.", at=on(5, 8))

    assert told.state == PublicationState.DECLINED
    assert guest().get(told.get_absolute_url()).status_code == 404
    assert results.ask(decided, by=cast.vera, at=on(5, 9)).number == 2


@shown(results.reason_is_written)
def test_a_published_result_can_be_withdrawn_with_a_reason(asked, cast, vera):
    told = published(asked, cast)

    with pytest.raises(Refused, match="Write why"):
        results.withdraw(told, by=vera, reason=" ", at=on(5, 9))
    told = results.withdraw(told, by=vera, reason="Ошибка в данных.", at=on(5, 9))

    assert guest().get(told.get_absolute_url()).status_code == 404
    assert told.get_absolute_url() not in guest().get("/decisions/results/").content.decode()


@shown(results.nothing_is_published, "refuses")
def test_one_result_is_published_once(asked, decided, vera):
    with pytest.raises(Refused, match="published already"):
        results.ask(decided, by=vera, at=on(5, 8))


def test_what_is_not_decided_is_not_published(judged, kira, vera):
    prepared = lifecycle.prepare(judged(), by=kira, at=on(5, 6), outcome="scale", words="Да.")

    with pytest.raises(Refused, match="not decided yet"):
        results.ask(prepared, by=vera, at=on(5, 7))


@shown(results.pilot_is_public, "refuses")
def test_a_pilot_outside_the_register_is_not_published(decided, vera):
    decided.pilot.is_public = False
    decided.pilot.save(update_fields=["is_public"])

    with pytest.raises(Refused, match="public register"):
        results.ask(decided, by=vera, at=on(5, 7))


@shown(results.number_was_not_withheld, "refuses")
def test_a_withheld_number_is_not_published(decided, vera):
    for row in decided.evaluation.result["metrics"]:
        row["effect"]["blocked"] = True

    with pytest.raises(Refused, match="withheld the number"):
        results.ask(decided, by=vera, at=on(5, 7))


def test_neither_sites_nor_the_words_of_the_decision_are_shown_to_everybody(asked, cast):
    told = published(asked, cast)
    page = guest("ru").get(told.get_absolute_url()).content.decode()

    assert "Работает." not in page
    assert "values" not in told.document["result"]


@pytest.mark.parametrize(
    "verdict", ["harm", "meets", "promising", "no-effect-shown", "inconclusive"]
)
def test_every_verdict_can_be_shown(verdict, decided, cast, vera):
    decided.evaluation.result["decision"]["verdict"] = verdict
    told = published(results.ask(decided, by=vera, at=on(5, 7)), cast)

    assert guest().get(told.get_absolute_url()).status_code == 200
    assert (
        told.get_absolute_url()
        in guest().get("/decisions/results/", {"verdict": told.verdict}).content.decode()
    )


def test_the_first_page_and_the_page_of_the_pilot_show_it(asked, cast):
    before = guest().get("/").content.decode()
    told = published(asked, cast)

    assert told.get_absolute_url() not in before
    assert told.get_absolute_url() in guest().get("/").content.decode()
    assert "It got faster." in guest().get(told.pilot.get_absolute_url()).content.decode()


def test_the_chapters_of_the_pilot_name_the_verdict_once_everybody_may_read_it(asked, cast):
    with translation.override("en"):
        verdict = str(told.verdict(asked.document)[0])
    before = guest().get(asked.pilot.get_absolute_url()).content.decode()
    published(asked, cast)
    after = guest().get(asked.pilot.get_absolute_url()).content.decode()

    assert verdict not in before
    assert after.count(verdict) == 2, "in the chapter and over the finding"


def test_publishing_goes_through_the_pages(decided, cast, signed_in):
    base = f"/decisions/{decided.pilot.number}/{decided.number}/"
    browser = signed_in(cast.vera)
    assert f"{base}publish/" in browser.get(base).content.decode()

    made = browser.post(f"{base}publish/", {"words_ru": "Быстрее.", "words_en": ""})
    told = PublishedResult.objects.get()
    signed_in(cast.anna).post(f"{told.get_absolute_url()}agree/")

    assert made.url == told.get_absolute_url()
    assert PublishedResult.objects.get().state == PublicationState.PUBLISHED


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same(rows, asked, cast, django_assert_num_queries):
    told = published(asked, cast)
    for n in range(rows - 1):
        told.pk, told.number, told.state = None, 2 + n, PublicationState.PUBLISHED
        pilot = told.pilot
        pilot.pk, pilot.number = None, 500 + n
        pilot.save(force_insert=True)
        told.pilot = pilot
        told.save(force_insert=True)
    browser = guest()
    browser.get("/decisions/results/")

    with django_assert_num_queries(1):
        assert browser.get("/decisions/results/").status_code == 200


def test_what_is_published_tells_that_the_plan_was_changed(judged, cast):
    pilot = judged()
    first = pilot.locked_plan()
    before = dict(told.facts(told.document(decide(pilot, cast.kira))))
    changed = plan_for(
        [slot.site for slot in pilot.slots.order_by("site__number")], question="Why?"
    )
    later = Plan.objects.create(
        pilot=pilot, version=2, content=changed.document, canonical=changed.canonical.decode(),
        sha256=changed.sha256, written_by=cast.lev, written_at=on(4, 1), locked_at=on(4, 2),
    )  # fmt: skip
    Amendment.objects.create(
        pilot=pilot, number=1, base=first, plan=later, changes=[{"path": "question"}], reason="Да",
        seen_data="before", state="approved", proposed_by=cast.lev, proposed_at=on(4, 1),
        decided_at=on(4, 2),
    )  # fmt: skip
    Evaluation.objects.filter(pilot=pilot).update(plan=later)

    after = dict(told.facts(told.document(pilot.decisions.get())))

    assert "Threshold written down before the start" in before
    assert "Plan changed" not in before
    assert "Threshold written down before the start" not in after
    assert "Threshold by the changed plan" in after
    assert after["Plan changed"].endswith("before outcome data were seen")
    assert after["Plan locked"] == before["Plan locked"]
