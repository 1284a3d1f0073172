"""A decision to scale opens a deal with what the plan promised, once."""

import pytest

from conftest import NOON, on
from pochin.core import reactions
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.deals import lifecycle
from pochin.deals.models import Deal
from pochin.decisions import lifecycle as decisions


def test_a_signed_decision_to_scale_opens_a_deal(decided, cast):
    pilot = decided.pilot

    assert (decided.state, decided.code, decided.seller) == ("intention", "D-001", cast.amber)
    assert (decided.buyer, decided.decided_at) == (pilot.need.unit, on(5, 6))
    assert decided.decision.pilot == pilot


def test_it_holds_what_the_plan_promised_and_the_pilot_measured(decided):
    said = decided.promised
    result = decided.pilot.evaluations.get().result["metrics"][0]["effect"]

    assert (said["metric"], said["unit"], said["threshold"]) == ("delay", "min", 1.0)
    assert (said["direction"], said["sites"]) == ("lower", 12)
    assert said["measured"]["estimate"] == result["estimate"]
    assert said["measured"]["low"] < said["measured"]["estimate"] < said["measured"]["high"]


def test_the_same_entry_again_opens_nothing(decided):
    reactions.catch_up(at=on(5, 6))
    lifecycle.open_for(decided.decision, by=SYSTEM, at=on(5, 7))

    assert Deal.objects.count() == 1


def test_a_decision_to_stop_opens_nothing(judged, cast, django_capture_on_commit_callbacks):
    pilot = judged(effect=0.0)
    with django_capture_on_commit_callbacks(execute=True):
        decision = decisions.prepare(
            pilot, by=cast.kira, outcome="stop", words="Не работает.", at=on(5, 6)
        )
        decisions.sign(decision, by=cast.kira, at=on(5, 6))

    assert (decision.state, Deal.objects.count()) == ("signed", 0)


def test_conditions_of_the_decision_come_with_it(judged, cast, django_capture_on_commit_callbacks):
    pilot = judged()
    with django_capture_on_commit_callbacks(execute=True):
        decision = decisions.prepare(
            pilot, by=cast.kira, outcome="scale_conditions", words="Да.",
            conditions="Сначала север.", at=on(5, 6),
        )  # fmt: skip
        decisions.sign(decision, by=cast.kira, at=on(5, 6))

    assert Deal.objects.get().conditions == "Сначала север."


def test_a_deal_of_a_decision_needs_no_exception(decided, cast):
    deal = lifecycle.set_terms(decided, by=cast.vera, at=on(5, 7))

    assert (deal.state, deal.manager) == ("terms", cast.vera)


def test_without_a_decision_it_needs_a_recorded_exception(bare, cast):
    with pytest.raises(Refused) as refused:
        lifecycle.set_terms(bare, by=cast.vera, at=NOON)
    lifecycle.record_exception(bare, by=cast.kira, reason="Поручение.", at=NOON)
    lifecycle.set_terms(bare, by=cast.vera, at=NOON)

    assert str(refused.value) == (
        "There is neither a decision to scale in force nor a recorded exception."
    )
    assert (bare.state, bare.exception_by) == ("terms", cast.kira)


@pytest.mark.parametrize("stranger", ["vera", "anna", "rita", "lev"])
def test_only_a_decision_owner_records_an_exception(stranger, bare, cast):
    with pytest.raises(Forbidden):
        lifecycle.record_exception(bare, by=getattr(cast, stranger), reason="Так.", at=NOON)


def test_a_seller_who_is_no_member_does_not_sell(excepted, cast):
    cast.amber.memberships.update(state="excluded")

    with pytest.raises(Refused, match="not an admitted member"):
        lifecycle.set_terms(excepted, by=cast.vera, at=NOON)


@pytest.mark.parametrize("stranger", ["anna", "gleb", "boris", "lev", "rita", "viktor"])
def test_only_the_buyers_people_open_one(stranger, cast):
    with pytest.raises(Forbidden):
        lifecycle.begin(
            cast.city, by=getattr(cast, stranger), at=NOON, title_ru="Весы",
            buyer=cast.post, seller=cast.amber,
        )  # fmt: skip


def test_numbers_count_up_within_a_programme(cast):
    deals = [
        lifecycle.begin(programme, by=by, at=NOON, title_ru="Весы", buyer=cast.post,
                        seller=cast.granite)
        for programme, by in ((cast.city, cast.vera), (cast.region, cast.ulyana),
                              (cast.city, cast.vera))
    ]  # fmt: skip

    assert [deal.number for deal in deals] == [1, 1, 2]
