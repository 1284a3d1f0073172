"""What is noticed in a plan before its lock: every check, on plans as the product holds them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.translation import override

from conftest import NOON, PLAN, on, plan_for
from pochin.lab.flags import CATALOGUE, DESIGN
from pochin.lab.protocol import Protocol
from pochin.lab.seeds import seed_commitment
from pochin.pilots import feasibility, lifecycle, noticing
from pochin.pilots.lifecycle.guards import planning
from pochin.pilots.models import Pilot, SiteSlot
from pochin.pilots.tests.showing import refused, shows

SOUND = {"periods": {"start": "2026-03-16", "length": "week", "baseline": 2, "run": 4}}
GUESSES = feasibility.Guesses(sd=2.0, icc=(0.02, 0.05, 0.1), readings=200.0)


@pytest.fixture
def design(pilot_at, offices):
    """A pilot in design that asked all twelve offices."""
    pilot_at.offices = list(offices)
    pilot = pilot_at("design")
    for office in offices:
        pilot_at.slot(pilot, office)
    return pilot


def plan(offices, kind="parallel", units=None, **changes):
    """A plan of a kind over these offices; `units` adds fields to each by its position."""
    rows = [{"unit": str(site.number)} | ((units or _arms)(i)) for i, site in enumerate(offices)]
    lots = {"parallel": "complete", "switchback": "blocks", "stepped-wedge": "sequences",
            "individual": "hash"}  # fmt: skip
    design = {"kind": kind} | changes.pop("design", {})
    rules = {"method": lots.get(kind, "observed")} | changes.pop("assignment", {})
    if kind != "individual":
        rules["units"] = rows
    return Protocol.parse({**PLAN, "design": design, "assignment": rules, **SOUND, **changes})


def _arms(i):
    return {"arm": "treatment" if i % 2 else "control"}


def _one(i):
    return {"arm": "control" if i else "treatment"}


def _balance(i):
    return {**_arms(i), "covariates": {"load": 10.0 * (i % 2) + i / 100}}


def _sizes(i):
    return {"covariates": {"load": float(i * i)}}


def _group_of_its_own(i):
    """Two offices that form a group and both got the solution: no lot could part them."""
    arms = {"arm": "treatment" if i < 6 else "control"}
    return {**arms, "stratum": "small" if i < 2 else "large"}


def _treated(_i):
    return {"arm": "treatment"}


def _undrawn(_i):
    return {}


def _sequence(i):
    return {"sequence": "ab"[i % 2]}


WEDGE = {"sequences": [{"name": "a", "from": "2026-03-30"}, {"name": "b", "from": "2026-04-06"}]}
MONEY = {
    "value": {"currency": "RUB", "per_unit": {"low": 1, "mid": 2, "high": 3},
              "volume": {"low": 1, "mid": 1, "high": 1}, "horizon_years": 1},
    "cost": {"currency": "RUB", "items": [
        {"name": "sorter", "kind": "capex", "low": 5, "mid": 5, "high": 5}]},
}  # fmt: skip
SAID = {
    "data_rules": {"missing": {"max_share": 0.1}},
    "metrics": [PLAN["metrics"][0], PLAN["metrics"][1] | {"denominator": "parcels handed over"}],
}
"""What the plan of the tests leaves unsaid."""
LOOKS = {"looks": {"spending": "obrien-fleming", "at": [0.25, 1.0]}}
SKEWED = feasibility.Guesses(sd=2.0, readings=10.0, skew=9.0)
HANGS = feasibility.Guesses(sd=2.0, icc=(0.001, 0.05, 0.3), readings=200.0)
UNEVEN = feasibility.Guesses(sd=2.0, readings=200.0, size_cv=0.6)
# Eight weeks of days from a Monday: 5 periods of the run are not whole weeks.
DAYS = {"start": "2026-03-16", "length": "day", "baseline": 14, "run": 12}
MAY = {"start": "2026-04-13", "length": "week", "baseline": 2, "run": 4}


def with_power(protocol, guesses):
    """What the reckoning of the power notices by itself."""
    return {"guesses": guesses, "more": feasibility.judge(protocol, guesses).flags}


SCENARIOS = {
    "lot-too-small": lambda o: (plan(o[:4], design={"treated": 2}), {}),
    "few-units": lambda o: (plan(o[:8], design={"treated": 4}), {}),
    "wrong-unit": lambda o: (plan(o, "individual", unit="Отделение"), {}),
    "power-hangs-on-icc": lambda o: (
        plan(o), with_power(plan(o), HANGS)),
    "low-power": lambda o: (
        plan(o), with_power(plan(o), feasibility.Guesses(sd=20.0, readings=50.0))),
    "sizes-unequal": lambda o: (plan(o), {"guesses": UNEVEN}),
    "arms-unequal": lambda o: (
        plan(o, units=lambda i: {"arm": "control" if i % 3 else "treatment"},
             design={"treated": 4}), {}),
    "small-arm": lambda o: (
        plan(o, units=lambda i: {"arm": "control" if i > 1 else "treatment"},
             design={"treated": 2}), {}),
    "units-bound": lambda o: (
        plan(o, units=_group_of_its_own, assignment={"method": "stratified"}), {}),
    "lot-too-tight": lambda o: (
        plan(o, units=_sizes, assignment={"method": "constrained", "balance": ["load"]},
             design={"keep": 0.05}), {}),
    "imbalance": lambda o: (plan(o, units=_balance), {}),
    "seed-not-committed": lambda o: (plan(o), {}),
    "seed-guessable": lambda o: (
        plan(o, units=_undrawn, assignment={"seed_commitment": seed_commitment("0417")}), {}),
    "no-run-in": lambda o: (
        plan(o, periods={**SOUND["periods"], "baseline": 0}), {}),
    "neighbours": lambda o: (plan(o), {"near": True}),
    "block-too-short": lambda o: (
        plan(o, "switchback", units=_undrawn, design={"block": 1, "carryover": 1}), {}),
    "carryover-unsaid": lambda o: (
        plan(o, "switchback", units=_undrawn, design={"block": 2}), {}),
    "burn-in-too-short": lambda o: (
        plan(o, "switchback", units=_undrawn, design={"block": 2, "carryover": 1}), {}),
    "share-of-what": lambda o: (plan(o), {}),
    "no-missing-limit": lambda o: (plan(o), {}),
    "no-maturity": lambda o: (plan(o), {}),
    "shares-unsaid": lambda o: (plan(o, "individual", unit="посылка"), {}),
    "no-stop-reasons": lambda o: (plan(o, stop_reasons=[]), {}),
    "cost-without-range": lambda o: (plan(o, **MONEY), {}),
    "trends-unseen": lambda o: (
        plan(o, "difference-in-differences", periods={**SOUND["periods"], "baseline": 1}), {}),
    "few-periods-before": lambda o: (plan(o, "synthetic-control", units=_one), {}),
    "series-too-short": lambda o: (
        plan(o[:1], "interrupted-series", units=_treated), {}),
    "broken-weeks": lambda o: (plan(o, periods=DAYS), {}),
    "calendar-event": lambda o: (plan(o, periods=MAY), {}),
    "trend-only-by-model": lambda o: (plan(o, "stepped-wedge", units=_sequence, design=WEDGE), {}),
    "no-room-for-looks": lambda o: (plan(o[:8], design={"treated": 4}, analysis=LOOKS), {}),
    "chosen-by-baseline": lambda o: (
        plan(o[:1], "interrupted-series", units=_treated,
             assignment={"chosen_by": "baseline"}), {}),
    "few-treated": lambda o: (plan(o, "synthetic-control", units=_one), {}),
    "no-comparator": lambda o: (
        plan(o[:1], "interrupted-series", units=_treated), {}),
    "twin-trial": lambda o: (plan(o), {"twin": True}),
    "skewed": lambda o: (
        plan(o, "individual", unit="посылка"),
        with_power(plan(o, "individual", unit="посылка"), SKEWED)),
}  # fmt: skip


@pytest.mark.parametrize("code", SCENARIOS)
def test_what_can_go_wrong_is_noticed_before_the_lock(code, design, offices, pilot_at):
    protocol, more = SCENARIOS[code](offices)
    if more.pop("near", False):
        for site in offices:
            site.latitude, site.longitude = Decimal("55.75"), Decimal("37.61")
            site.save()
    if more.pop("twin", False):
        SiteSlot.objects.update(twin_words="")
        _twin(pilot_at, offices)

    found = noticing.before_start(design, protocol, **more)

    assert code in [one.code for one in found]


def _twin(pilot_at, offices):
    other = pilot_at("design")
    slot = lifecycle.propose_site(
        other, by=pilot_at.cast.lev, site=offices[0], at=NOON,
        starts_on=date(2026, 3, 16), ends_on=date(2026, 4, 26),
    )  # fmt: skip
    SiteSlot.objects.filter(pk=slot.pk).update(state="agreed")
    return other


def test_a_sound_plan_is_let_alone(design, offices):
    protocol = plan(
        offices, assignment={"seed": "7", "chosen_by": "willing"},
        periods={"start": "2026-06-15", "length": "week", "baseline": 2, "run": 4,
                 "maturity_days": 2}, **SAID,
    )  # fmt: skip

    assert [str(one) for one in noticing.before_start(design, protocol, guesses=GUESSES)] == []


def test_every_flag_of_this_moment_has_a_scenario():
    raised_here = {code for code, kind in CATALOGUE.items() if DESIGN in kind.moments}

    # Two primary metrics without a correction are a fault of the plan before any check of it.
    assert raised_here == set(SCENARIOS) | {"several-primaries"}


def test_sites_that_lie_close_are_noticed_before_the_lot_may_part_them(design, offices):
    for site in offices[:2]:
        site.latitude, site.longitude = Decimal("55.75"), Decimal("37.61")
        site.save()

    [found] = [
        one
        for one in noticing.before_start(design, plan(offices, units=_undrawn))
        if one.code == "neighbours"
    ]

    assert str(found).startswith("1 pair of units lies within 1 km of each other")


def test_a_twin_with_a_word_why_is_told_and_does_not_block(design, offices, pilot_at):
    other = _twin(pilot_at, offices)

    [found] = [
        one for one in noticing.before_start(design, plan(offices)) if one.code == "twin-trial"
    ]

    assert (found.severity, found.evidence["units"]) == ("info", 1)
    # The other pilot is not in the public register yet, so it is not named.
    assert other.code not in str(found)


def test_a_holiday_hits_both_arms_and_is_told_by_its_name(design, offices):
    with override("ru"):
        found = noticing.before_start(design, plan(offices, periods=MAY))

    told = {one.at: one for one in found if one.code == "calendar-event"}
    assert {one.severity for one in told.values()} == {"info"}
    assert "Праздник Весны и Труда" in str(told["2026-04-27"])


@shows(planning.nothing_blocks_the_plan)
def test_a_plan_that_a_check_blocks_is_neither_handed_in_nor_signed(design, offices, pilot_at, lev):
    small = plan_for(offices[:4])
    lifecycle.write_plan(design, by=lev, protocol=small, at=NOON)

    with refused(planning.nothing_blocks_the_plan):
        lifecycle.submit_plan(design, by=lev, at=NOON)
    lifecycle.write_plan(design, by=lev, protocol=plan_for(offices), at=NOON)
    lifecycle.submit_plan(design, by=lev, at=NOON)
    pilot_at.sign(design)

    assert design.is_locked


def test_a_block_that_came_later_stops_the_signature(design, offices, pilot_at, lev, mila):
    lifecycle.write_plan(design, by=lev, protocol=plan_for(offices), at=NOON)
    lifecycle.submit_plan(design, by=lev, at=NOON)
    SiteSlot.objects.update(twin_words="")
    _twin(pilot_at, offices)

    with refused(planning.nothing_blocks_the_plan):
        lifecycle.sign_plan(design, by=mila, at=on(3, 3))


@pytest.mark.parametrize(("language", "said"), [("ru", "Что замечено"), ("en", "What was noticed")])
def test_the_pages_of_the_plan_say_what_was_noticed(
    language, said, design, offices, lev, signed_in
):
    lifecycle.write_plan(design, by=lev, protocol=plan_for(offices[:4]), at=NOON)

    page = signed_in(lev, language).get(reverse("pilots:plan", args=[design.number]))

    assert said in page.content.decode()
    tones = [tone for _words, tone in page.context["noticed"]]
    assert tones == sorted(tones, key=["bad", "waiting", "neutral"].index)
    assert tones[0] == "bad"


@pytest.mark.parametrize("is_public", [True, False])
def test_a_result_knows_where_another_public_pilot_brought_its_solution(pilot_at, is_public):
    pilot, other = pilot_at("running"), pilot_at("running")
    Pilot.objects.filter(pk=other.pk).update(is_public=is_public)
    for own, there in zip(pilot.slots.order_by("pk"), other.slots.order_by("pk"), strict=True):
        SiteSlot.objects.filter(pk=own.pk).update(
            site=there.site, starts_on=there.starts_on, ends_on=there.ends_on
        )

    crossed = noticing.facts_of(pilot, pilot.locked_plan()).crossed

    units = other.locked_plan().protocol.units
    treated = tuple(sorted(one["unit"] for one in units if one["arm"] == "treatment"))
    assert crossed == ({other.code: treated} if is_public else {})


def test_what_a_result_must_tell_is_read_from_the_house(pilot_at, offices, lev):
    offices[0].latitude, offices[0].longitude = Decimal("55.750000"), Decimal("37.610000")
    offices[1].latitude, offices[1].longitude = Decimal("55.754000"), Decimal("37.610000")
    for office in offices[:2]:
        office.save()
    pilot = pilot_at("running")
    lifecycle.set_budget(
        pilot, by=lev, source="post", planned=Decimal(100), spent=Decimal(150), at=on(4, 2)
    )
    lifecycle.end_early(
        pilot, by=pilot_at.cast.kira, rule="a person was hurt", reason="Упала полка.", at=on(4, 13)
    )

    facts = noticing.facts_of(pilot, pilot.locked_plan())

    assert facts.ended_at == 0.5
    assert facts.end_reason == "a person was hurt"
    assert facts.costs == {"post": (15_000.0, 10_000.0)}
    assert facts.distances == {"101001": pytest.approx(0.445, abs=0.001)}
