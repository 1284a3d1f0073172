"""Changing a locked plan: with a reason, by all sides, visible for ever."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from ninja.testing import TestClient

from conftest import NOON, on, plain, plan_for
from pochin.core import journal, turns
from pochin.core.policy import SYSTEM
from pochin.lab import plan_grammar
from pochin.pilots import lifecycle, noticing
from pochin.pilots.api import router
from pochin.pilots.forms import AmendForm
from pochin.pilots.lab_words import faults
from pochin.pilots.lifecycle import records as r
from pochin.pilots.models import Amendment, State
from pochin.pilots.tests.showing import refused, shows


@pytest.fixture
def changed(pilot_at):
    return plan_for(pilot_at.offices, question="Does the sorter shorten the delay by a minute?")


@pytest.fixture
def proposed(running, changed, lev):
    return lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=on(4, 1))


def sign_all(amendment, cast, at):
    for signer in (cast.mila, cast.nina, cast.anna):
        lifecycle.sign_amendment(amendment, by=signer, at=at)


@shows(r.plan_may_be_amended)
def test_a_plan_is_amended_between_the_lock_and_the_results(pilot_at, changed, lev):
    for state in ("plan_review", "awaiting"):
        with refused(r.plan_may_be_amended):
            lifecycle.amend(pilot_at(state), by=lev, protocol=changed, why="Опечатка", at=on(5, 5))
    pilot = pilot_at("preparation")
    amendment = lifecycle.amend(pilot, by=lev, protocol=changed, why="Опечатка", at=on(3, 4))

    assert amendment.state == "proposed"


@shows(r.no_amendment_is_open)
def test_one_amendment_at_a_time(proposed, running, pilot_at, cast, lev):
    second = plan_for(pilot_at.offices, question="Why?")

    with refused(r.no_amendment_is_open):
        lifecycle.amend(running, by=lev, protocol=second, why="Ещё", at=on(4, 2))
    sign_all(proposed, cast, on(4, 2))
    lifecycle.amend(running, by=lev, protocol=second, why="Ещё", at=on(4, 3))

    assert running.amendments.count() == 2


@shows(r.amendment_has_a_reason)
def test_an_amendment_has_a_reason(running, changed, lev):
    with refused(r.amendment_has_a_reason):
        lifecycle.amend(running, by=lev, protocol=changed, why=" ", at=on(4, 1))
    amendment = lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=on(4, 1))

    assert amendment.reason == "Опечатка"


@shows(r.something_changes)
def test_an_amendment_changes_something(running, pilot_at, changed, lev):
    with refused(r.something_changes):
        lifecycle.amend(running, by=lev, protocol=pilot_at.protocol, why="Просто", at=on(4, 1))
    amendment = lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=on(4, 1))

    assert [change["path"] for change in amendment.changes] == ["question"]


@shows(r.amendment_is_signed)
def test_it_binds_when_all_sides_have_signed(proposed, running, cast, changed):
    for signer in (cast.mila, cast.nina):
        lifecycle.sign_amendment(proposed, by=signer, at=on(4, 2))
    with refused(r.amendment_is_signed):
        lifecycle.amendment_life.make("approve", proposed, by=SYSTEM, at=on(4, 2))
    before = running.locked_plan().version
    lifecycle.sign_amendment(proposed, by=cast.anna, at=on(4, 3))

    assert (before, running.locked_plan().version) == (1, 2)
    assert running.locked_plan().sha256 == changed.sha256
    assert running.plans.filter(locked_at__isnull=False).count() == 2
    assert [e.verb for e in journal.of(running)][-1] == "pilots.take_amendment"


@shows(r.has_not_signed_amendment)
def test_one_person_signs_an_amendment_once(proposed, mila, nina):
    lifecycle.sign_amendment(proposed, by=mila, at=on(4, 2))

    with refused(r.has_not_signed_amendment):
        lifecycle.sign_amendment(proposed, by=mila, at=on(4, 2))
    lifecycle.sign_amendment(proposed, by=nina, at=on(4, 2))

    assert [turn.holder for turn in turns.of(proposed)] == [
        f"sign@org-{proposed.pilot.organisation_id}"
    ]


@shows(r.amendment_is_in_time)
def test_an_amendment_is_not_signed_after_the_results_are_agreed(proposed, running, cast):
    type(running).objects.filter(pk=running.pk).update(state=State.AWAITING)

    with refused(r.amendment_is_in_time):
        lifecycle.sign_amendment(Amendment.objects.get(), by=cast.mila, at=on(5, 6))
    type(running).objects.filter(pk=running.pk).update(state=State.EVALUATION)
    sign_all(Amendment.objects.get(), cast, on(5, 6))

    assert Amendment.objects.get().state == "approved"


@pytest.mark.parametrize(("moment", "seen"), [(on(4, 26), "before"), (on(4, 27), "after")])
def test_it_is_noted_whether_data_had_been_seen(moment, seen, running, changed, lev):
    amendment = lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=moment)

    assert amendment.seen_data == seen


def test_a_declined_amendment_stays_on_record(proposed, running, mila):
    lifecycle.decline_amendment(proposed, by=mila, reason="Порог не трогаем", at=on(4, 2))

    assert running.amendments.get().state == "declined"
    assert running.locked_plan().version == 1


def test_a_decided_amendment_cannot_be_rewritten(proposed, mila):
    lifecycle.decline_amendment(proposed, by=mila, reason="Порог не трогаем", at=on(4, 2))

    with pytest.raises(DatabaseError, match="as it was decided"), transaction.atomic():
        Amendment.objects.update(reason="Другое")


def test_another_window_moves_the_days_of_the_pilot(running, pilot_at, cast, lev):
    periods = {"start": "2026-03-16", "length": "week", "baseline": 2, "run": 6}
    longer = plan_for(pilot_at.offices, periods=periods)
    amendment = lifecycle.amend(running, by=lev, protocol=longer, why="Мало данных", at=on(4, 1))
    sign_all(amendment, cast, on(4, 2))
    running.refresh_from_db()

    assert running.ends_on.isoformat() == "2026-05-10"


@pytest.fixture
def asking(running):
    """A function that answers the questions of an amendment as they stand, but for what is given.

    Answers with the form.
    """
    plan = running.locked_plan()

    def ask(**answers):
        form = AmendForm(plan=plan)
        said = {name: form[name].initial for name in form.places} | {"why": "Потому что"} | answers
        return AmendForm({k: v for k, v in said.items() if v is not None}, plan=plan)

    return ask


def test_the_plan_is_changed_by_answers_in_words(asking, running):
    form = asking(question="Быстрее ли?", run="6", stop_reasons="пожар\n\nнаводнение")
    assert form.is_valid(), form.errors

    changes = running.locked_plan().protocol.diff(form.cleaned_data["protocol"])

    assert {change.path for change in changes} == {
        "question", "periods.run", "stop_reasons[0]", "stop_reasons[1]"
    }  # fmt: skip
    assert form.cleaned_data["protocol"].document["stop_reasons"] == ["пожар", "наводнение"]


def test_answers_left_as_they_are_change_nothing(asking, running):
    form = asking()
    assert form.is_valid(), form.errors

    assert form.cleaned_data["protocol"].sha256 == running.locked_plan().sha256


def test_a_wrong_answer_is_told_and_nothing_is_proposed(asking):
    form = asking(run="0")

    assert not form.is_valid()
    assert list(form.errors) == ["run"]


def test_a_whole_plan_rules_over_the_answers(asking, changed):
    form = asking(text=changed.canonical.decode(), run="99")
    assert form.is_valid(), form.errors

    assert form.cleaned_data["protocol"].sha256 == changed.sha256


def test_every_part_of_a_plan_has_a_name_in_words():
    source = Path(plan_grammar.__file__).read_text()
    named = set(re.findall(r'^\s+"\*?([a-z_]+)":', source, re.MULTILINE))

    assert named - faults.PLACES.keys() == set()


def test_what_changes_is_read_in_words(running, asking, lev, signed_in):
    form = asking(max_share="15")
    assert form.is_valid(), form.errors
    amendment = lifecycle.amend(
        running, by=lev, protocol=form.cleaned_data["protocol"], why="Сбой", at=on(4, 1)
    )

    page = signed_in(lev, "ru").get(amendment.get_absolute_url()).content.decode()

    assert "пропущенные измерения: наибольшая доля: 0,15" in page
    assert "max_share" not in page


MORE = {"ends_on": date(2026, 5, 24), "decide_on": date(2026, 7, 1), "to_learn": "Лето."}


@pytest.fixture
def extended(pilot_at, cast):
    pilot = pilot_at("awaiting")
    grounds = pilot_at.grounds(pilot, **MORE)
    return lifecycle.settle(pilot, outcome="extend", grounds=grounds, by=cast.kira, at=on(5, 6))


def test_an_extended_run_that_its_plan_does_not_cover_is_told(extended, lev, signed_in):
    page = signed_in(lev).get(extended.get_absolute_url()).content.decode()

    assert "what comes later does not count until all sides sign a longer plan" in page
    assert "Extended until 24\xa0May" in page


def test_a_plan_that_covers_its_run_says_nothing_of_the_kind(running, lev, signed_in):
    page = signed_in(lev).get(running.get_absolute_url()).content.decode()

    assert "what comes later does not count" not in page


def test_the_amendment_of_an_extended_run_offers_the_periods_that_are_needed(extended):
    plan = extended.locked_plan()

    assert AmendForm(plan=plan, periods=plan.periods_until_the_end())["run"].initial == 8


def test_an_amendment_does_not_shorten_what_a_decision_extended(extended, cast):
    plan = extended.locked_plan()
    other = plan.protocol.parse(dict(plan.content, question="Иначе?"))
    amendment = lifecycle.amend(extended, by=cast.lev, protocol=other, why="Опечатка", at=on(5, 7))
    sign_all(amendment, cast, at=on(5, 8))

    extended.refresh_from_db()
    assert extended.ends_on == MORE["ends_on"]


def test_a_longer_plan_covers_the_extended_run(extended, cast):
    plan = extended.locked_plan()
    periods = dict(plan.content["periods"], run=plan.periods_until_the_end())
    longer = plan.protocol.parse(dict(plan.content, periods=periods))
    amendment = lifecycle.amend(extended, by=cast.lev, protocol=longer, why="Лето", at=on(5, 7))
    sign_all(amendment, cast, at=on(5, 8))

    extended.refresh_from_db()
    assert extended.ends_on == MORE["ends_on"]
    assert not extended.locked_plan().falls_short()


def longer(extended, **changes):
    plan = extended.locked_plan()
    periods = dict(plan.content["periods"], run=plan.periods_until_the_end())
    return plan.protocol.parse(dict(plan.content, periods=periods, **changes))


def test_whoever_amends_an_extended_pilot_has_seen_its_result(extended, cast):
    amendment = lifecycle.amend(
        extended, by=cast.lev, protocol=longer(extended), why="Лето", at=on(5, 7)
    )

    assert amendment.seen_data == "after"


def test_the_length_a_decision_asked_for_does_not_spoil_the_result(extended, cast):
    late = lifecycle.amend(
        extended, by=cast.lev, protocol=longer(extended), why="Лето", at=on(5, 7)
    )
    sign_all(late, cast, at=on(5, 8))
    extended.refresh_from_db()

    facts = noticing.facts_of(extended, extended.locked_plan())

    assert (facts.amended_late, facts.extended) == ("", 1)
    assert [one.severity for one in facts.flags() if one.code == "looks-unplanned"] == ["warn"]


def test_a_threshold_changed_along_with_the_length_does(extended, cast):
    metrics = [dict(one) for one in extended.locked_plan().content["metrics"]]
    metrics[0]["threshold"] = 0.5
    late = lifecycle.amend(
        extended, by=cast.lev, protocol=longer(extended, metrics=metrics), why="Лето", at=on(5, 7)
    )
    sign_all(late, cast, at=on(5, 8))
    extended.refresh_from_db()

    assert noticing.facts_of(extended, extended.locked_plan()).amended_late == "metrics"


@pytest.mark.parametrize(("who", "offered"), [("lev", True), ("anna", False), ("kira", False)])
def test_a_locked_plan_says_where_an_amendment_is_proposed(who, offered, running, cast, signed_in):
    page = signed_in(getattr(cast, who)).get(running.get_absolute_url()).content.decode()

    assert (reverse("pilots:amend", args=[running.number]) in page) is offered


def test_an_amended_plan_keeps_what_was_supposed_of_the_readings(pilot_at, changed, lev):
    pilot, guesses = pilot_at("design"), {"sd": 2.0}
    pilot_at.write(pilot)
    lifecycle.write_plan(pilot, by=lev, protocol=pilot_at.protocol, guesses=guesses, at=NOON)
    lifecycle.submit_plan(pilot, by=lev, at=NOON)
    pilot_at.sign(pilot)
    amendment = lifecycle.amend(pilot, by=lev, protocol=changed, why="Опечатка", at=on(3, 4))

    assert amendment.plan.guesses == guesses


def read_by_a_guest(pilot, language="en"):
    browser = Client()
    browser.cookies["pochin_language"] = language
    return plain(browser.get(pilot.get_absolute_url()))


def test_everybody_reads_in_the_register_that_a_plan_was_changed(proposed, running, cast, changed):
    first = running.locked_plan().sha256
    before = read_by_a_guest(running)
    sign_all(proposed, cast, on(4, 2))
    after = read_by_a_guest(running)

    assert first in before
    assert "Amendment" not in before
    assert changed.sha256 not in before
    assert "Amendment 1" in after
    assert "before outcome data were seen" in after
    assert "What changed: question" in after
    assert first in after
    assert changed.sha256 in after
    assert "Поправка 1" in read_by_a_guest(running, "ru")


def test_the_register_names_what_changed_and_not_its_words(proposed, running, cast):
    sign_all(proposed, cast, on(4, 2))

    told = read_by_a_guest(running)

    assert "shorten the delay" not in told
    assert "Опечатка" not in told
    assert not any(str(name) in told for name in (cast.lev, cast.mila, cast.nina, cast.anna))


def test_a_declined_amendment_does_not_stand_in_the_register(proposed, running, mila):
    lifecycle.decline_amendment(proposed, by=mila, reason="Порог не трогаем", at=on(4, 2))

    assert "Amendment" not in read_by_a_guest(running)


@pytest.mark.parametrize(("moment", "is_marked"), [(on(4, 26), False), (on(4, 27), True)])
def test_a_plan_changed_after_the_data_is_marked_on_every_page(
    moment, is_marked, running, changed, lev, cast, signed_in
):
    late = lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=moment)
    sign_all(late, cast, moment)

    pages = [read_by_a_guest(running)]
    pages += [plain(signed_in(lev).get(running.get_absolute_url() + end)) for end in ("", "sites/")]

    words = "The plan was changed on"
    assert [words in page for page in pages] == [is_marked] * 3


# The API ---------------------------------------------------------------------------------------


def versions(pilot, reader):
    answer = TestClient(router).get(f"{pilot.number}/plan/versions", user=reader)
    assert answer.status_code == 200
    return answer.json()


def test_programs_read_every_version_that_bound_and_those_inside_why(proposed, running, cast):
    first = running.locked_plan()
    assert [one["amendment"] for one in versions(running, cast.gleb)] == [0]

    sign_all(proposed, cast, on(4, 2))
    everybodys, own = versions(running, cast.gleb), versions(running, cast.lev)

    assert [one["sha256"] for one in everybodys] == [first.sha256, proposed.plan.sha256]
    assert [one["amendment"] for one in everybodys] == [0, proposed.number]
    assert everybodys[0]["seen_data"] is None
    assert everybodys[1]["seen_data"] == proposed.seen_data
    assert everybodys[1]["places"] == own[1]["places"] != []
    assert (everybodys[1]["reason"], everybodys[1]["changes"]) == (None, None)
    assert own[1]["reason"] == "Опечатка"
    assert [one["path"] for one in own[1]["changes"]] == [c["path"] for c in proposed.changes]


def test_versions_of_a_pilot_one_may_not_see_are_absent(pilot_at, cast):
    pilot = pilot_at("design")
    path = f"{pilot.number}/plan/versions"

    assert TestClient(router).get(path, user=cast.gleb).status_code == 404
    assert TestClient(router).get(path, user=cast.vera).json() == []
