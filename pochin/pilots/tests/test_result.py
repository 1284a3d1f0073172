"""From the evaluation to the decision: handing over, commenting, deciding, closing."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from conftest import on, plain
from pochin.core import journal, turns
from pochin.core.lifecycle import Refused, to_do
from pochin.core.policy import SYSTEM, Forbidden
from pochin.participants.models import Conflict, Person
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle.guards import closing, deciding, judging
from pochin.pilots.models import Comment, Pilot, State
from pochin.pilots.tests.showing import refused, shows


@pytest.fixture
def evaluated(pilot_at):
    return pilot_at("evaluation")


@pytest.fixture
def handed_over(evaluated, pilot_at, mila):
    return lifecycle.hand_over(
        evaluated, by=mila, finding=pilot_at.finding(evaluated), at=on(4, 30)
    )


@pytest.fixture
def awaiting(pilot_at):
    return pilot_at("awaiting")


@pytest.fixture
def decide(awaiting, pilot_at, kira):
    def make(outcome, **changes):
        grounds = pilot_at.grounds(awaiting, **changes)
        return lifecycle.settle(awaiting, outcome=outcome, grounds=grounds, by=kira, at=on(5, 6))

    return make


def paint(pilot, colour):
    Pilot.objects.filter(pk=pilot.pk).update(colour=colour)


@shows(judging.result_is_of_these_data)
def test_a_result_of_other_data_is_not_handed_over(evaluated, pilot_at, mila):
    stale = pilot_at.finding(evaluated, data_sha256="0" * 64)

    with refused(judging.result_is_of_these_data):
        lifecycle.hand_over(evaluated, by=mila, finding=stale, at=on(4, 30))
    lifecycle.hand_over(evaluated, by=mila, finding=pilot_at.finding(evaluated), at=on(4, 30))

    assert evaluated.verdict == "meets"


@shows(judging.result_follows_the_plan)
def test_a_result_by_another_plan_is_not_handed_over(evaluated, pilot_at, mila):
    other = pilot_at.finding(evaluated, plan_sha256="0" * 64)

    with refused(judging.result_follows_the_plan):
        lifecycle.hand_over(evaluated, by=mila, finding=other, at=on(4, 30))
    lifecycle.hand_over(evaluated, by=mila, finding=pilot_at.finding(evaluated), at=on(4, 30))

    assert evaluated.result_sha256 == "f" * 64


@shows(closing.analyst_is_independent)
def test_an_analyst_with_a_tie_that_came_later_does_not_hand_over(evaluated, pilot_at, mila, amber):
    finding = pilot_at.finding(evaluated)
    Conflict.objects.create(person=mila, organisation=amber, ground="family")

    assert not closing.analyst_is_independent.stands(evaluated, {})
    with pytest.raises(Forbidden):
        lifecycle.hand_over(
            evaluated, by=Person.objects.get(pk=mila.pk), finding=finding, at=on(4, 30)
        )
    with refused(closing.analyst_is_independent):  # even with the hats of before
        lifecycle.hand_over(evaluated, by=mila, finding=finding, at=on(4, 30))
    Conflict.objects.all().delete()
    lifecycle.hand_over(evaluated, by=mila, finding=finding, at=on(4, 30))

    assert evaluated.result_at == on(4, 30)


@shows(judging.result_is_handed_over)
def test_there_is_nothing_to_comment_on_before_the_result(evaluated, pilot_at, anna, mila):
    with refused(judging.result_is_handed_over):
        lifecycle.comment(evaluated, by=anna, is_dissent=False, words="", at=on(4, 29))
    lifecycle.hand_over(evaluated, by=mila, finding=pilot_at.finding(evaluated), at=on(4, 30))
    lifecycle.comment(evaluated, by=anna, is_dissent=False, words="", at=on(4, 30))

    assert Comment.objects.get().side == "vendor"


def test_who_only_comments_is_not_asked_to_evaluate(evaluated, pilot_at, mila):
    assert to_do(evaluated) == "Evaluate by the plan"

    lifecycle.hand_over(evaluated, by=mila, finding=pilot_at.finding(evaluated), at=on(4, 30))

    assert to_do(evaluated) == "The result is there: comment on it"
    assert to_do(evaluated, "awaiting") == "Decide about the pilot"


@shows(judging.dissent_has_words)
def test_an_objection_has_words_and_stays_on_record(handed_over, anna):
    with refused(judging.dissent_has_words):
        lifecycle.comment(handed_over, by=anna, is_dissent=True, words=" ", at=on(5, 4))
    lifecycle.comment(handed_over, by=anna, is_dissent=True, words="Сбой часов", at=on(5, 4))

    said = Comment.objects.get()
    assert (said.is_dissent, said.words) == (True, "Сбой часов")


@shows(judging.comments_are_open)
def test_comments_are_taken_for_ten_working_days(handed_over, anna):
    last = handed_over.comments_until

    with refused(judging.comments_are_open):
        lifecycle.comment(handed_over, by=anna, is_dissent=False, words="", at=on(6, 1))
    lifecycle.comment(handed_over, by=anna, is_dissent=False, words="", at=last)

    assert last.astimezone().date() >= date(2026, 5, 15)


@shows(judging.sides_had_their_say)
def test_silence_until_the_last_day_is_no_objection(handed_over):
    with refused(judging.sides_had_their_say):
        lifecycle.life.make("agree_results", handed_over, by=SYSTEM, at=on(5, 4))
    made = lifecycle.keep_time(on(6, 1))
    handed_over.refresh_from_db()

    assert made == 1
    assert handed_over.state == State.AWAITING


@shows(judging.sides_had_their_say, "passes")
@shows(judging.result_is_handed_over, "passes")
def test_when_all_have_spoken_the_owner_is_asked_at_once(handed_over, semyon, anna, nina, kira):
    for side in (semyon, anna):
        lifecycle.comment(handed_over, by=side, is_dissent=False, words="", at=on(5, 4))
    before = handed_over.state
    lifecycle.comment(handed_over, by=nina, is_dissent=False, words="", at=on(5, 4))

    assert (before, handed_over.state) == (State.EVALUATION, State.AWAITING)
    assert turns.of(handed_over).get().holder == f"person@{kira.pk}"
    verbs = [entry.verb.partition(".")[2] for entry in journal.of(handed_over)]
    assert verbs[-3:] == ["comment", "agree_results", "await_decision"]


def test_those_who_have_spoken_are_no_longer_waited_for(handed_over, cast, semyon, anna, nina):
    before = {turn.holder for turn in turns.of(handed_over)}
    lifecycle.comment(handed_over, by=semyon, is_dissent=False, words="", at=on(5, 4))
    after = {turn.holder for turn in turns.of(handed_over)}

    assert before - after == {f"person@{semyon.pk}"}
    assert after == {f"edit@org-{cast.amber.pk}", f"person@{nina.pk}"}


def test_words_on_an_earlier_result_are_not_words_on_this_one(handed_over, anna):
    lifecycle.comment(handed_over, by=anna, is_dissent=False, words="", at=on(5, 4))
    assert ("vendor", None) not in judging.silent_sides(handed_over)

    handed_over.result_sha256 = "e" * 64

    assert ("vendor", None) in judging.silent_sides(handed_over)


@pytest.mark.parametrize("stranger", ["vera", "lev", "kira", "artem", "gleb"])
def test_only_the_sides_comment(stranger, handed_over, cast):
    with pytest.raises(Forbidden):
        lifecycle.comment(
            handed_over, by=getattr(cast, stranger), is_dissent=False, words="", at=on(5, 4)
        )


@shows(deciding.verdict_was_shown)
def test_a_decision_stands_on_the_result_that_was_shown(decide, awaiting):
    with refused(deciding.verdict_was_shown):
        decide("scale", result_sha256="0" * 64)
    decide("scale")

    assert awaiting.state == State.SCALE


@shows(deciding.scaling_without_green_is_seconded)
@pytest.mark.parametrize("outcome", ["scale", "scale_conditions"])
def test_scaling_without_green_takes_a_second_person(outcome, decide, awaiting, konstantin):
    paint(awaiting, "amber")
    conditions = {"conditions": "После замены датчиков"}

    for lacking in ({}, {"seconded_by": konstantin, "words": ""}):
        with refused(deciding.scaling_without_green_is_seconded):
            decide(outcome, **conditions, **lacking)
    decide(outcome, seconded_by=konstantin, words="Нужно срочно", **conditions)

    assert awaiting.outcome == outcome


@shows(deciding.scaling_without_green_is_seconded, "refuses")
@pytest.mark.parametrize("second", ["kira", "lev", "mila", "nina", "vera", "boris", "anna"])
def test_not_everybody_may_sign_second(second, decide, awaiting, cast):
    paint(awaiting, "amber")

    with refused(deciding.scaling_without_green_is_seconded):
        decide("scale", seconded_by=getattr(cast, second))


@pytest.mark.parametrize("part", ["manager", "analyst", "methodologist", "owner of the need"])
def test_who_has_a_part_in_the_pilot_does_not_second_it(part, awaiting, konstantin, kira):
    assert lifecycle.may_second(awaiting, konstantin, first=kira)

    if part == "owner of the need":
        type(awaiting.need).objects.update(owner=konstantin)
    else:
        Pilot.objects.update(**{part: konstantin})

    fresh = Pilot.objects.get(pk=awaiting.pk)
    assert not lifecycle.may_second(fresh, konstantin, first=kira)


def test_a_second_person_with_a_tie_does_not_count(awaiting, konstantin, kira, amber):
    Conflict.objects.create(person=konstantin, organisation=amber, ground="family")

    assert not lifecycle.may_second(awaiting, konstantin, first=kira)


@shows(deciding.stopping_at_green_is_seconded)
def test_stopping_after_green_takes_a_second_person(decide, awaiting, konstantin):
    with refused(deciding.stopping_at_green_is_seconded):
        decide("stop")
    decide("stop", seconded_by=konstantin)

    assert awaiting.state == State.STOP


@shows(deciding.stopping_at_green_is_seconded, "passes")
@pytest.mark.parametrize("colour", ["amber", "red", "grey"])
def test_stopping_without_green_is_the_owners_own(colour, decide, awaiting):
    paint(awaiting, colour)
    decide("stop")

    assert awaiting.state == State.STOP


@shows(deciding.panel_has_voted)
def test_an_expensive_pilot_goes_before_the_committee(decide, awaiting, lev):
    budget = {"source": "post", "planned": 10_000_001, "spent": 0}
    lifecycle.set_budget(awaiting, by=lev, at=on(5, 5), **budget)

    with refused(deciding.panel_has_voted):
        decide("scale")
    decide("scale", panel=True)

    assert awaiting.state == State.SCALE


@shows(deciding.panel_has_voted, "passes")
def test_up_to_the_limit_the_owner_decides_alone(decide, awaiting, lev):
    lifecycle.set_budget(
        awaiting, by=lev, source="post", planned=lifecycle.PANEL_LIMIT, spent=0, at=on(5, 5)
    )
    decide("scale")

    assert awaiting.state == State.SCALE


@shows(deciding.conditions_are_written)
def test_conditions_are_written_down(decide, awaiting):
    with refused(deciding.conditions_are_written):
        decide("scale_conditions", conditions=" ")
    decide("scale_conditions", conditions="Датчики второй версии")

    assert awaiting.state == State.SCALE_WITH_CONDITIONS
    assert awaiting.conditions == "Датчики второй версии"


MORE = {"ends_on": date(2026, 6, 14), "decide_on": date(2026, 7, 1), "to_learn": "Летний поток"}


@shows(deciding.extension_has_days)
@pytest.mark.parametrize(
    "days",
    [
        {"ends_on": None},
        {"decide_on": None},
        {"ends_on": date(2026, 4, 26)},
        {"ends_on": date(2026, 5, 5)},
        {"decide_on": date(2026, 6, 14)},
    ],
)
def test_an_extension_names_a_later_end_and_a_decision_after_it(days, decide, awaiting):
    with refused(deciding.extension_has_days):
        decide("extend", **(MORE | days))
    decide("extend", **MORE)

    assert awaiting.state == State.RUNNING
    assert (awaiting.ends_on, awaiting.decision_date) == (MORE["ends_on"], MORE["decide_on"])


@shows(deciding.extension_has_days)
def test_an_extension_to_the_day_on_which_the_run_ends_anyway_is_none(decide, awaiting):
    Pilot.objects.update(ends_on=MORE["ends_on"])

    with refused(deciding.extension_has_days):
        decide("extend", **MORE)
    decide("extend", **(MORE | {"ends_on": date(2026, 6, 15)}))

    assert awaiting.ends_on == date(2026, 6, 15)


@shows(deciding.says_what_will_be_learnt)
@pytest.mark.parametrize(("outcome", "state"), [("extend", "running"), ("rework", "rework")])
def test_it_is_said_what_will_be_learnt(outcome, state, decide, awaiting):
    with refused(deciding.says_what_will_be_learnt):
        decide(outcome, **(MORE | {"to_learn": ""}))
    decide(outcome, **MORE)

    assert awaiting.state == state


@shows(deciding.extensions_are_left)
def test_a_pilot_is_extended_at_most_twice(decide, awaiting):
    Pilot.objects.update(extensions=2)

    with refused(deciding.extensions_are_left):
        decide("extend", **MORE)
    Pilot.objects.update(extensions=1)
    decide("extend", **MORE)

    assert awaiting.extensions == 2


def test_an_extension_hides_the_result_again(decide, awaiting):
    decide("extend", **MORE)

    assert (awaiting.verdict, awaiting.colour, awaiting.result_sha256) == ("", "", "")
    assert awaiting.data_sha256 == ""
    assert awaiting.takes_readings


def test_the_database_allows_no_third_extension(awaiting):
    with pytest.raises(IntegrityError), transaction.atomic():
        Pilot.objects.update(extensions=3)


@pytest.mark.parametrize("stranger", ["vera", "lev", "mila", "konstantin", "anna", "nina"])
def test_only_the_owner_decides(stranger, awaiting, pilot_at, cast):
    with pytest.raises(Forbidden):
        lifecycle.settle(
            awaiting,
            outcome="scale",
            grounds=pilot_at.grounds(awaiting),
            by=getattr(cast, stranger),
            at=on(5, 6),
        )


def settle_what_is_owed(pilot, by):
    for check in pilot.checks.filter(done_at__isnull=True):
        lifecycle.tick(pilot, by=by, check=check, at=on(5, 7))


@shows(deciding.lessons_are_filled)
@pytest.mark.parametrize("outcome", ["scale", "stop"])
def test_the_lessons_close_the_pilot(outcome, decide, awaiting, konstantin, lev):
    decide(outcome, seconded_by=konstantin)

    settle_what_is_owed(awaiting, lev)
    with refused(deciding.lessons_are_filled):
        lifecycle.life.make("close", awaiting, by=SYSTEM, at=on(5, 7))
    lifecycle.tell_lesson(awaiting, by=lev, tried="Сортировщик", why="Быстрее", at=on(5, 7))

    assert awaiting.state == State.CLOSED
    assert awaiting.outcome == outcome


@shows(deciding.nothing_is_owed)
def test_a_pilot_is_closed_when_nothing_is_owed(decide, awaiting, lev):
    decide("scale")
    lifecycle.tell_lesson(awaiting, by=lev, tried="Сортировщик", why="Быстрее", at=on(5, 7))
    owed = list(awaiting.checks.filter(done_at__isnull=True).order_by("number"))

    with refused(deciding.nothing_is_owed):
        lifecycle.life.make("close", awaiting, by=SYSTEM, at=on(5, 7))
    for check in owed[:-1]:
        lifecycle.tick(awaiting, by=lev, check=check, at=on(5, 8))
    before = awaiting.state
    lifecycle.tick(awaiting, by=lev, check=owed[-1], at=on(5, 9))

    assert [check.kind for check in owed] == ["equipment", "personal", "access"]
    assert (before, awaiting.state) == (State.SCALE, State.CLOSED)


def test_an_extension_leaves_nothing_owed_yet(decide, awaiting):
    decide("extend", **MORE)

    assert not awaiting.checks.filter(done_at__isnull=True).exists()


def test_the_page_says_what_is_owed_after_the_run(decide, awaiting, lev, signed_in):
    before = plain(signed_in(lev).get(awaiting.get_absolute_url()))
    decide("scale")
    after = plain(signed_in(lev).get(awaiting.get_absolute_url()))

    assert "Equipment is returned" not in before
    assert "After the run" in after
    assert "Equipment is returned" in after


@shows(deciding.lesson_is_told, "refuses")
def test_an_empty_lesson_is_none(decide, awaiting, lev):
    decide("scale")

    with refused(deciding.lesson_is_told):
        lifecycle.tell_lesson(awaiting, by=lev, tried="Сортировщик", why=" ", at=on(5, 7))


def test_a_reworked_solution_is_tried_by_a_pilot_of_its_own(decide, awaiting, vera):
    decide("rework", **MORE)
    after = lifecycle.follow_up(awaiting, by=vera, at=on(9, 1))

    assert (after.follows, after.state) == (awaiting, State.PROPOSED)
    assert after.plan() is None


def test_only_a_reworked_pilot_is_followed(decide, awaiting, vera):
    decide("scale")

    with pytest.raises(Refused):
        lifecycle.follow_up(awaiting, by=vera, at=on(9, 1))


@pytest.mark.parametrize(
    ("outcome", "colour", "against"),
    [
        ("scale", "green", False),
        ("scale", "amber", True),
        ("scale_conditions", "grey", True),
        ("stop", "green", True),
        ("stop", "red", False),
        ("extend", "green", False),
        ("rework", "green", False),
    ],
)
def test_what_goes_against_the_verdict(outcome, colour, against):
    assert lifecycle.opposes(outcome, colour) is against
