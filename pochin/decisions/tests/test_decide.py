"""Signing a decision: the right people, over the right bytes, once."""

from datetime import date
from functools import partial

import pytest
from django.db import DatabaseError, transaction

from conftest import on, person, plain
from pochin.core import signatures
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.decisions import lifecycle
from pochin.decisions.lifecycle import moves as conditions
from pochin.decisions.models import Decision, State
from pochin.participants.models import Conflict, Person, RoleHeld
from pochin.pilots.models import Pilot
from pochin.pilots.models import State as PilotState
from pochin.pilots.tests.showing import shows

shown = partial(shows, room="decisions")


def prepare(pilot, by, **given):
    return lifecycle.prepare(
        pilot, by=by, at=on(5, 6), **{"outcome": "scale", "words": "Работает.", **given}
    )


@shown(conditions.pilot_awaits, "passes")
@shown(conditions.result_is_shown, "passes")
@shown(conditions.none_is_at_work, "passes")
@shown(conditions.words_are_written, "passes")
@shown(conditions.agrees_with_verdict, "passes")
@shown(conditions.words_are_whole, "passes")
@shown(conditions.still_stands, "passes")
def test_a_decision_with_the_verdict_needs_one_signature(judged, kira):
    decision = lifecycle.sign(prepare(judged(), kira), by=kira, at=on(5, 6))

    decision.pilot.refresh_from_db()
    assert decision.pilot.state == PilotState.SCALE
    assert decision.pilot.decision_sha256 == decision.sha256
    assert signatures.of(decision).get().by == kira


@pytest.mark.parametrize("stranger", ["lev", "mila", "vera", "anna", "konstantin", "nina"])
def test_only_the_named_owner_prepares(stranger, judged, cast):
    with pytest.raises(Forbidden, match="only by the decision owner"):
        prepare(judged(), getattr(cast, stranger))


@shown(conditions.agrees_with_verdict, "refuses")
def test_against_the_verdict_one_signature_is_not_enough(judged, kira):
    decision = prepare(judged(), kira, outcome="stop", words="Дорого.")

    with pytest.raises(Refused, match="needs a second signature"):
        lifecycle.sign(decision, by=kira, at=on(5, 6))

    assert decision.pilot.state == PilotState.AWAITING


@shown(conditions.goes_against_verdict, "passes")
def test_the_second_signature_comes_from_another_eligible_person(judged, kira, konstantin):
    decision = prepare(judged(), kira, outcome="stop", words="Дорого.")
    lifecycle.sign_first(decision, by=kira, at=on(5, 6))

    with pytest.raises(Forbidden):
        lifecycle.countersign(decision, by=kira, at=on(5, 6))
    lifecycle.countersign(decision, by=konstantin, at=on(5, 7))

    decision.pilot.refresh_from_db()
    assert decision.pilot.state == PilotState.STOP
    assert [s.by for s in signatures.of(decision)] == [kira, konstantin]


@pytest.mark.parametrize("stranger", ["lev", "mila", "nina", "anna", "vera", "ulyana"])
def test_who_ran_the_pilot_does_not_sign_second(stranger, judged, cast):
    decision = prepare(judged(), cast.kira, outcome="stop", words="Дорого.")
    lifecycle.sign_first(decision, by=cast.kira, at=on(5, 6))

    with pytest.raises(Forbidden):
        lifecycle.countersign(decision, by=getattr(cast, stranger), at=on(5, 7))


def test_scaling_what_was_not_shown_needs_two(judged, kira):
    decision = prepare(judged(effect=0.0), kira)

    with pytest.raises(Refused, match="needs a second signature"):
        lifecycle.sign(decision, by=kira, at=on(5, 6))


@shown(conditions.words_are_whole, "refuses")
@pytest.mark.parametrize(
    "change",
    [
        {"words": "Другие слова."}, {"outcome": "stop"}, {"conditions": "После весны"},
        {"ends_on": date(2026, 9, 1)}, {"decide_on": date(2026, 9, 2)}, {"to_learn": "Зима"},
        {"owner_email": "other@example.org"}, {"number": 7},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_anything_else_under_the_signature_is_refused(change, judged, kira):
    decision = prepare(judged(), kira)
    Decision.objects.filter(pk=decision.pk).update(**change)

    with pytest.raises(Refused, match="no longer are those that were prepared"):
        lifecycle.sign(decision, by=kira, at=on(5, 6))


@pytest.mark.parametrize("name", ["verdict", "colour", "result", "plan", "data"])
def test_what_the_decision_stands_on_is_signed_with_it(name, judged, kira):
    decision = prepare(judged(), kira)
    evaluation = decision.evaluation
    said = evaluation.result["decision"]
    held = {
        "verdict": lambda: said.update(verdict="harm"),
        "colour": lambda: said.update(colour="grey"),
        "result": lambda: setattr(evaluation, "sha256", "0"),
        "plan": lambda: setattr(evaluation.plan, "sha256", "0"),
        "data": lambda: setattr(evaluation.snapshot, "sha256", "0"),
    }
    assert decision.is_whole

    held[name]()

    assert not decision.is_whole


def test_the_database_keeps_a_signed_decision(judged, kira):
    decision = lifecycle.sign(prepare(judged(), kira), by=kira, at=on(5, 6))

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(words="Иначе.")

    assert Decision.objects.get().words == "Работает."


@shown(conditions.words_are_written, "refuses")
def test_words_are_asked_for(judged, kira):
    with pytest.raises(Refused, match="Write why"):
        prepare(judged(), kira, words=" ")


def test_an_extension_names_its_days_and_what_it_will_show(judged, kira):
    pilot = judged(effect=0.0)
    given = {"outcome": "extend", "to_learn": "Пик сезона", "ends_on": date(2026, 6, 30),
             "decide_on": date(2026, 7, 31)}  # fmt: skip

    lifecycle.sign(prepare(pilot, kira, **given), by=kira, at=on(5, 6))

    pilot.refresh_from_db()
    assert pilot.state == PilotState.RUNNING
    assert pilot.extensions == 1
    assert pilot.decision_date == date(2026, 7, 31)


def test_an_extension_without_days_is_refused_and_nothing_is_signed(judged, kira):
    decision = prepare(judged(effect=0.0), kira, outcome="extend", to_learn="Пик")

    with pytest.raises(Refused):
        lifecycle.sign(decision, by=kira, at=on(5, 6))

    decision.refresh_from_db()
    assert decision.state == State.PREPARED
    assert not signatures.of(decision).exists()


@shown(conditions.none_is_at_work, "refuses")
def test_one_decision_at_a_time(judged, kira):
    pilot = judged()
    prepare(pilot, kira)

    with pytest.raises(Refused, match="already being prepared"):
        prepare(pilot, kira, outcome="stop")


def test_a_withdrawn_one_makes_room_for_another(judged, kira):
    pilot = judged()
    lifecycle.withdraw(prepare(pilot, kira, outcome="stop"), by=kira, at=on(5, 6))

    assert prepare(pilot, kira).state == State.PREPARED


def test_before_it_is_signed_only_those_who_judge_see_it(judged, cast):
    decision = prepare(judged(), cast.kira)
    names = ["kira", "konstantin", "rita", "lev", "mila", "anna", "nina", "vera", "gleb", "viktor"]

    before = [n for n in names if Decision.objects.visible_to(getattr(cast, n)).exists()]
    lifecycle.sign(decision, by=cast.kira, at=on(5, 6))
    after = [n for n in names if Decision.objects.visible_to(getattr(cast, n)).exists()]

    assert before == ["kira", "konstantin", "rita"]
    assert after == [n for n in names if n != "gleb"]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_kira_decides_in_the_browser(judged, kira, signed_in, language):
    pilot = judged()
    browser = signed_in(kira, language)
    prepare_url = f"/decisions/{pilot.number}/new/"
    assert browser.get(prepare_url).status_code == 200

    sheet = browser.post(prepare_url, {"outcome": "scale", "words": "Работает."}).url
    assert browser.get(sheet).status_code == 200
    browser.post(f"{sheet}sign/")

    pilot.refresh_from_db()
    assert pilot.state == PilotState.SCALE


def test_a_hidden_decision_and_none_look_the_same(judged, cast, signed_in):
    decision = prepare(judged(), cast.kira)
    browser = signed_in(cast.anna)
    hidden = browser.get(decision.get_absolute_url())
    absent = browser.get(decision.get_absolute_url().replace("/1/", "/7/"))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))


@shown(conditions.pilot_awaits, "refuses")
def test_nothing_is_decided_before_the_pilot_waits_for_it(measured, kira):
    with pytest.raises(Refused, match="does not wait for a decision"):
        prepare(measured(), kira)


@shown(conditions.result_is_shown, "refuses")
def test_nothing_is_decided_on_a_result_that_was_not_shown(judged, kira):
    pilot = judged()
    pilot.evaluations.update(state="replaced")

    with pytest.raises(Refused, match="has not been shown yet"):
        prepare(pilot, kira)


@shown(conditions.goes_against_verdict, "refuses")
def test_a_decision_with_the_verdict_asks_for_no_second(judged, kira):
    with pytest.raises(Refused, match="one signature is enough"):
        lifecycle.sign_first(prepare(judged(), kira), by=kira, at=on(5, 6))


@shown(conditions.still_stands, "refuses")
def test_a_decision_on_an_older_result_is_not_signed(judged, kira):
    decision = prepare(judged(), kira)
    Pilot.objects.filter(pk=decision.pilot_id).update(result_sha256="0" * 64)
    decision.pilot.refresh_from_db()

    with pytest.raises(Refused, match="no longer waits for a decision on this result"):
        lifecycle.sign(decision, by=kira, at=on(5, 6))


@shown(conditions.has_not_voted)
def test_a_member_of_the_committee_votes_once(judged, kira, konstantin):
    decision = prepare(judged(), kira)
    lifecycle.vote(decision, by=konstantin, is_for=True, at=on(5, 6))

    with pytest.raises(Refused, match="voted already"):
        lifecycle.vote(decision, by=konstantin, is_for=False, at=on(5, 7))

    assert decision.votes.get().is_for


@pytest.mark.parametrize(
    ("voices", "agrees"),
    [("", False), ("+", False), ("++", True), ("+-", False), ("++-", True), ("+--", False)],
)
def test_the_committee_agrees_when_two_have_voted_and_more_are_for(
    voices, agrees, judged, kira, city
):
    decision = prepare(judged(), kira)
    for number, voice in enumerate(voices):
        member = person(f"member{number}")
        RoleHeld.objects.create(
            person=member, programme=city, code="committee", since=date(2026, 1, 1)
        )
        lifecycle.vote(decision, by=member, is_for=voice == "+", at=on(5, 6))

    assert lifecycle.panel_agrees(decision) is agrees


def test_a_member_of_the_committee_tied_to_the_company_does_not_vote(
    judged, kira, konstantin, amber
):
    decision = prepare(judged(), kira)
    Conflict.objects.create(person=konstantin, organisation=amber, ground="family")

    with pytest.raises(Forbidden):
        lifecycle.vote(decision, by=Person.objects.get(pk=konstantin.pk), is_for=True, at=on(5, 6))
    assert not decision.votes.exists()


@pytest.mark.parametrize("name", ["kira", "lev", "mila", "nina"])
def test_who_decides_or_ran_the_pilot_does_not_vote_though_in_the_committee(
    name, judged, cast, konstantin
):
    decision, both = prepare(judged(), cast.kira), getattr(cast, name)
    RoleHeld.objects.create(
        person=both, programme=cast.city, code="committee", since=date(2026, 1, 1)
    )

    with pytest.raises(Forbidden, match="committee who ran nothing of the pilot"):
        lifecycle.vote(decision, by=Person.objects.get(pk=both.pk), is_for=True, at=on(5, 6))
    assert lifecycle.vote(decision, by=konstantin, is_for=True, at=on(5, 6)).votes.count() == 1


def test_what_one_owner_prepared_the_next_one_does_not_sign(judged, kira, city):
    decision, dina = prepare(judged(), kira), person("dina")
    RoleHeld.objects.create(person=dina, programme=city, code="director", since=date(2026, 1, 1))
    Pilot.objects.filter(pk=decision.pilot_id).update(decision_owner=dina)
    decision = Decision.objects.get(pk=decision.pk)

    with pytest.raises(Refused, match="decision owner of the pilot has changed"):
        lifecycle.sign(decision, by=dina, at=on(5, 7))
    assert not signatures.of(decision).exists()
    lifecycle.withdraw(decision, by=dina, at=on(5, 7))
    assert lifecycle.sign(prepare(decision.pilot, dina), by=dina, at=on(5, 7)).state == "signed"


def test_the_form_offers_what_may_be_decided_and_asks_for_no_more(judged, kira, signed_in):
    pilot = judged(effect=0.0)
    browser, way = signed_in(kira), f"/decisions/{pilot.number}/new/"
    live = browser.get(way).content.decode()
    Pilot.objects.filter(pk=pilot.pk).update(extensions=2)
    twice = browser.get(way).content.decode()

    assert 'value="extend"' in live
    assert 'name="ends_on"' in live
    assert 'value="extend"' not in twice
    assert 'name="ends_on"' not in twice
    assert 'name="to_learn"' in twice
    assert browser.post(way, {"outcome": "extend", "words": "Пик"}).status_code == 422


@pytest.mark.parametrize(
    ("ends", "decide", "why"),
    [
        ("01.01.2020", "01.02.2020", "The run is extended to a day after"),
        ("01.03.2999", "01.03.2999", "The decision comes after the last day of the run."),
    ],
)
def test_an_extension_into_the_past_is_told_before_it_is_signed(
    ends, decide, why, pilot_at, kira, signed_in
):
    pilot = pilot_at("awaiting")
    given = {"outcome": "extend", "words": "Пик", "to_learn": "Осень", "ends_on": ends,
             "decide_on": decide}  # fmt: skip

    page = signed_in(kira).post(f"/decisions/{pilot.number}/new/", given)

    assert (page.status_code, why in page.content.decode()) == (422, True)
    assert not Decision.objects.exists()


def test_before_signing_the_choice_and_its_words_are_read(judged, kira, signed_in):
    pilot = judged()
    decision = lifecycle.prepare(pilot, by=kira, outcome="scale", words="Работает.", at=on(5, 6))

    page = signed_in(kira).get(f"{decision.get_absolute_url()}sign/").text

    for words in (pilot.code, ">scale<", "Работает.", decision.sha256):
        assert words in page
    assert "Conditions" not in page


@pytest.mark.parametrize(("extensions", "is_refused"), [(1, False), (2, True)])
def test_a_third_extension_is_not_offered_and_the_form_says_why(
    extensions, is_refused, judged, kira, signed_in
):
    pilot = judged()
    Pilot.objects.filter(pk=pilot.pk).update(extensions=extensions)

    page = plain(signed_in(kira).get(f"/decisions/{pilot.number}/new/"))

    assert ('value="extend"' in page) is not is_refused
    assert ("A pilot may be extended at most twice." in page) is is_refused
