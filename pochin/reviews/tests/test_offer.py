"""Whom one asks for a review, how many at once, and what a review must hold."""

import pytest

from conftest import CONSENTS, NOON, hand_in_all, said
from pochin.applications import lifecycle as applications
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.participants.models import Conflict, Person, RoleHeld
from pochin.reviews import lifecycle


def offer(application, by, expert):
    return lifecycle.offer(application, by=by, expert=expert, part="technology", at=NOON)


@pytest.fixture
def another(cast, need):
    """What Granite offers to the same need, at the stage of screening."""
    made = applications.begin(
        need, by=cast.gleb, organisation=cast.granite, title="Гранит", at=NOON
    )
    applications.submit(made, by=cast.gleb, consents=CONSENTS, missing=0, at=NOON)
    return applications.start_screening(made, by=cast.vera, at=NOON)


@pytest.fixture
def taken(screening, vera, boris):
    """Boris has taken the review upon himself."""
    return lifecycle.accept(offer(screening, vera, boris), by=boris, at=NOON)


def test_an_expert_has_no_more_open_reviews_than_one_may_have(taken, another, cast, monkeypatch):
    monkeypatch.setattr(lifecycle, "CAPACITY", 1)
    with pytest.raises(Refused, match="as many open reviews as one may have"):
        offer(another, cast.vera, cast.boris)
    assert offer(another, cast.vera, cast.elena).state == "offered"

    lifecycle.replace(taken, by=cast.vera, reason="Молчит.", at=NOON)

    assert offer(another, cast.vera, cast.boris).state == "offered"


def test_only_an_expert_of_this_programme_is_asked(screening, vera, lev, region):
    RoleHeld.objects.create(person=lev, programme=region, code="expert", since=NOON.date())
    with pytest.raises(Refused, match="not an expert of the programme"):
        offer(screening, vera, lev)

    RoleHeld.objects.create(
        person=lev, programme=screening.programme, code="expert", since=NOON.date()
    )
    assert offer(screening, vera, lev).expert == lev


def test_nobody_is_asked_twice_nor_before_the_screening(submitted, vera, boris):
    with pytest.raises(Refused, match="not at the stage of review"):
        offer(submitted, vera, boris)
    applications.start_screening(submitted, by=vera, at=NOON)
    asked = offer(submitted, vera, boris)
    lifecycle.decline(asked, by=boris, reason="Некогда.", at=NOON)

    with pytest.raises(Refused, match="already asked about this application"):
        offer(submitted, vera, boris)


def test_a_coordinator_tied_to_the_applicant_asks_nobody(screening, vera, boris, amber):
    Conflict.objects.create(person=vera, organisation=amber, ground="family")

    with pytest.raises(Forbidden, match="without a tie to the applicant"):
        offer(screening, Person.objects.get(pk=vera.pk), boris)


def test_a_tie_that_came_after_the_question_lets_no_review_in(taken, boris, amber):
    Conflict.objects.create(person=boris, organisation=amber, ground="contract")

    with pytest.raises(Refused, match="conflict of interest was declared"):
        lifecycle.hand_in(taken, by=boris, at=NOON, **said())


@pytest.mark.parametrize(
    ("row", "is_whole"),
    [
        ({"score": 0, "reason": "Плохо."}, False),
        ({"score": 1, "reason": "Плохо."}, True),
        ({"score": 5, "reason": "Хорошо."}, True),
        ({"score": 6, "reason": "Хорошо."}, False),
        ({"score": 3, "reason": "  "}, False),
        (None, False),
    ],
)
def test_every_criterion_has_a_score_of_its_scale_and_a_reason(row, is_whole, taken, boris):
    given = said()
    del given["scores"]["price"]
    given["scores"] |= {"price": row} if row else {}

    if is_whole:
        assert lifecycle.hand_in(taken, by=boris, at=NOON, **given).state == "submitted"
        return
    with pytest.raises(Refused, match="needs a score and a reason"):
        lifecycle.hand_in(taken, by=boris, at=NOON, **given)


def test_no_mind_is_changed_after_the_decision(reviewed, cast):
    """Before the reviews are closed by the reaction, the guard alone stands in the way."""
    lifecycle.decide(reviewed, by=cast.kira, is_accepted=True, reason="Полезно.", at=NOON)
    assignment = reviewed.assignments.get(expert=cast.boris)

    with pytest.raises(Refused, match="has been decided"):
        lifecycle.revise(assignment, by=cast.boris, why_changed="Ещё", at=NOON, **said(score=1))
    with pytest.raises(Refused, match="has been decided"):
        lifecycle.give_back(assignment, by=cast.vera, reason="Мало.", at=NOON)


def test_experts_as_far_apart_as_is_allowed_agree(in_review, cast):
    type(cast.city).objects.update(spread_limit=1)
    first, second = in_review.assignments.order_by("pk")
    lifecycle.hand_in(first, by=cast.boris, at=NOON, **said(score=4))
    lifecycle.hand_in(second, by=cast.elena, at=NOON, **said(score=3))
    in_review.refresh_from_db()

    decided = lifecycle.decide(in_review, by=cast.kira, is_accepted=True, reason="Да.", at=NOON)

    assert decided.state == "accepted"


def test_the_committee_waits_until_a_third_settles_what_two_see_otherwise(
    in_review, cast, django_capture_on_commit_callbacks
):
    RoleHeld.objects.create(person=cast.lev, programme=cast.city, code="expert", since=NOON.date())
    third = lifecycle.accept(offer(in_review, cast.vera, cast.lev), by=cast.lev, at=NOON)
    first, second = in_review.assignments.exclude(pk=third.pk).order_by("pk")
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.hand_in(first, by=cast.boris, at=NOON, **said(score=5))
        lifecycle.hand_in(second, by=cast.elena, at=NOON, **said(score=1))
    in_review.refresh_from_db()
    assert (in_review.quorum_at, turns.of(in_review).get().holder) == (
        None, f"coordinator@{cast.city.pk}",
    )  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.hand_in(third, by=cast.lev, at=NOON, **said(score=3))

    in_review.refresh_from_db()
    assert (in_review.quorum_at, turns.of(in_review).get().holder) == (
        NOON, f"committee@{cast.city.pk}",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["kira", "konstantin"])
def test_who_is_tied_to_the_applicant_does_not_decide(name, in_review, cast, amber):
    hand_in_all(in_review)
    judge = getattr(cast, name)
    Conflict.objects.create(person=judge, organisation=amber, ground="family")

    with pytest.raises(Forbidden, match="without a conflict of interest"):
        lifecycle.decide(
            in_review, by=Person.objects.get(pk=judge.pk), is_accepted=True, reason="…", at=NOON
        )
