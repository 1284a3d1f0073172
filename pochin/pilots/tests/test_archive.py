"""A pilot from the archive: entered after the fact, marked for ever, never green."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from conftest import COUNTED, PLAN, on
from pochin.core.policy import SYSTEM, Forbidden
from pochin.lab.protocol import Protocol
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle import guards as g
from pochin.pilots.models import Pilot, State
from pochin.pilots.tests.showing import refused, shows

PAST = {"starts_on": date(1876, 5, 1), "ends_on": date(1876, 9, 30)}
PAIRS = PLAN | {
    "archive": True,
    "design": {"kind": "pairs"},
    "periods": {"ids": ["summer"], "baseline": 0, "run": 1},
    "metrics": [PLAN["metrics"][0]],
    "assignment": {
        "method": "pairs",
        "units": [
            {"unit": f"{pair}{arm}", "pair": str(pair), "arm": arm}
            for pair in range(3)
            for arm in ("treatment", "control")
        ],
    },
}


@pytest.fixture
def maize(cast):
    """Entered by the methodologist; the centre plays every side but the vendor."""
    pilot = lifecycle.enter_from_archive(
        cast.city, by=cast.mila, title_ru="Кукуруза", sponsor=cast.nina, at=on(3, 2), **PAST
    )
    return lifecycle.appoint(
        pilot, by=cast.vera, at=on(3, 2), manager=cast.lev, methodologist=cast.mila,
        analyst=cast.mila, decision_owner=cast.kira, decision_date=date(2026, 6, 1),
    )  # fmt: skip


@pytest.fixture
def opened(maize, cast):
    lifecycle.write_plan(maize, by=cast.lev, protocol=Protocol.parse(PAIRS), at=on(3, 2))
    lifecycle.edit(maize, by=cast.lev, baseline_words="Пары растений", at=on(3, 2))
    lifecycle.submit_plan(maize, by=cast.lev, at=on(3, 2))
    lifecycle.sign_plan(maize, by=cast.mila, at=on(3, 2))
    return lifecycle.sign_plan(maize, by=cast.nina, at=on(3, 2))


@pytest.fixture
def evaluated(opened, cast):
    lifecycle.note_data(opened, by=SYSTEM, data=COUNTED, at=on(3, 2))
    lifecycle.keep_time(on(3, 2))
    opened.refresh_from_db()
    return lifecycle.begin_evaluation(opened, by=cast.mila, at=on(3, 2))


@shows(g.window_is_past)
def test_only_a_trial_that_is_over_comes_from_the_archive(cast):
    ahead = {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 3, 2)}
    words = {"by": cast.mila, "title_ru": "Кукуруза", "sponsor": cast.nina, "at": on(3, 2)}

    with refused(g.window_is_past):
        lifecycle.enter_from_archive(cast.city, **ahead, **words)
    pilot = lifecycle.enter_from_archive(cast.city, **PAST, **words)

    assert (pilot.is_archive, pilot.state) == (True, State.DESIGN)


@pytest.mark.parametrize("stranger", ["lev", "kira", "anna", "ulyana"])
def test_the_centre_enters_archives(stranger, cast):
    with pytest.raises(Forbidden):
        lifecycle.enter_from_archive(
            cast.city, by=getattr(cast, stranger), title_ru="Кукуруза", at=on(3, 2), **PAST
        )


def test_two_signatures_open_an_archive_without_a_vendor(opened):
    assert opened.state == State.RUNNING
    assert opened.locked_plan().protocol.archive


def test_its_data_close_as_soon_as_they_are_there(evaluated):
    assert evaluated.state == State.EVALUATION
    assert evaluated.data_sha256 == COUNTED.sha256


@shows(g.archive_is_not_green)
def test_an_archive_is_never_green(evaluated, cast):
    finding = {
        "verdict": "meets", "sha256": "f" * 64, "data_sha256": evaluated.data_sha256,
        "plan_sha256": evaluated.locked_plan().sha256,
    }  # fmt: skip

    with refused(g.archive_is_not_green):
        lifecycle.hand_over(
            evaluated, by=cast.mila, finding=lifecycle.Finding(colour="green", **finding)
        )
    lifecycle.hand_over(
        evaluated, by=cast.mila, finding=lifecycle.Finding(colour="amber", **finding)
    )

    assert evaluated.colour == "amber"


def test_not_even_in_the_database(evaluated):
    with pytest.raises(IntegrityError), transaction.atomic():
        Pilot.objects.update(colour="green")


def test_the_mark_cannot_be_taken_away(maize):
    with pytest.raises(DatabaseError, match="marked for ever"), transaction.atomic():
        Pilot.objects.update(is_archive=False)

    assert Pilot.objects.get().is_archive


@shows(g.is_not_from_archive)
def test_an_archive_is_not_extended(evaluated, pilot_at, cast):
    Pilot.objects.filter(pk=evaluated.pk).update(
        state="awaiting", result_sha256="f" * 64, verdict="promising", colour="amber"
    )
    live = pilot_at("awaiting")
    more = {"ends_on": date(2026, 6, 14), "decide_on": date(2026, 7, 1), "to_learn": "Лето"}

    for pilot in (Pilot.objects.get(pk=evaluated.pk), live):
        grounds = pilot_at.grounds(pilot, **more)
        if pilot.is_archive:
            with refused(g.is_not_from_archive):
                lifecycle.settle(
                    pilot, outcome="extend", grounds=grounds, by=cast.kira, at=on(5, 6)
                )
        else:
            lifecycle.settle(pilot, outcome="extend", grounds=grounds, by=cast.kira, at=on(5, 6))

    assert live.state == State.RUNNING
