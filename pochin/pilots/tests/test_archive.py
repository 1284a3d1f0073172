"""A pilot from the archive: entered after the fact, marked for ever, never green."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from conftest import COUNTED, PLAN, on
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.lab.protocol import Protocol
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle import slots
from pochin.pilots.lifecycle.guards import beginning, deciding, judging, planning, stopping
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


@shows(beginning.window_is_past)
def test_only_a_trial_that_is_over_comes_from_the_archive(cast):
    ahead = {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 3, 2)}
    words = {"by": cast.mila, "title_ru": "Кукуруза", "sponsor": cast.nina, "at": on(3, 2)}

    with refused(beginning.window_is_past):
        lifecycle.enter_from_archive(cast.city, **ahead, **words)
    pilot = lifecycle.enter_from_archive(cast.city, **PAST, **words)

    assert (pilot.is_archive, pilot.state) == (True, State.DESIGN)


THE_ARCHIVE = "/pilots/archive/city/"


def test_days_in_the_wrong_order_are_told_in_words(cast, signed_in):
    given = {"title_ru": "Кукуруза", "purpose": "prove", "sponsor": cast.nina.pk,
             "starts_on": "30.09.1876", "ends_on": "01.05.1876"}  # fmt: skip
    page = signed_in(cast.mila).post(THE_ARCHIVE, given).content.decode()

    assert "The last day is before the first. Check both." in page
    assert "pilot_ends_after" not in page


def test_a_decision_is_not_due_on_a_day_that_is_past(maize, cast, signed_in):
    page = signed_in(cast.vera).get(f"/pilots/{maize.number}/appoint/").content.decode()
    assert 'name="vendor_manager"' not in page

    people = {"manager": cast.lev, "methodologist": cast.mila, "analyst": cast.mila,
              "decision_owner": cast.kira}  # fmt: skip
    with pytest.raises(Refused, match="decision date is past"):
        lifecycle.appoint(
            maize, by=cast.vera, decision_date=date(2026, 3, 1), at=on(3, 2), **people
        )
    # Whoever only changes the people keeps a date that has passed meanwhile.
    lifecycle.appoint(maize, by=cast.vera, decision_date=date(2026, 6, 1), at=on(7, 1), **people)


@pytest.mark.parametrize("stranger", ["lev", "kira", "anna", "ulyana"])
def test_the_centre_enters_archives(stranger, cast):
    with pytest.raises(Forbidden):
        lifecycle.enter_from_archive(
            cast.city, by=getattr(cast, stranger), title_ru="Кукуруза", at=on(3, 2), **PAST
        )


def test_two_signatures_open_an_archive_without_a_vendor(opened):
    assert opened.state == State.RUNNING
    assert opened.locked_plan().protocol.archive


def test_the_way_to_its_readings_stands_on_its_page(opened, lev, signed_in):
    page = signed_in(lev).get(f"/pilots/{opened.number}/").content.decode()

    assert f'href="/measurements/{opened.number}/"' in page


def test_when_its_data_are_whole_the_analyst_is_waited_for(opened, cast):
    assert {turn.holder for turn in turns.of(opened)} == {f"person@{cast.lev.pk}"}

    lifecycle.note_data(opened, by=SYSTEM, data=COUNTED, at=on(3, 2))

    assert {turn.holder for turn in turns.of(opened)} == {f"person@{cast.mila.pk}"}


def test_its_data_close_as_soon_as_they_are_there(evaluated):
    assert evaluated.state == State.EVALUATION
    assert evaluated.data_sha256 == COUNTED.sha256


@shows(judging.archive_is_not_green)
def test_an_archive_is_never_green(evaluated, cast):
    finding = {
        "verdict": "meets", "sha256": "f" * 64, "data_sha256": evaluated.data_sha256,
        "plan_sha256": evaluated.locked_plan().sha256,
    }  # fmt: skip

    with refused(judging.archive_is_not_green):
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


@shows(deciding.is_not_from_archive)
def test_an_archive_is_not_extended(evaluated, pilot_at, cast):
    Pilot.objects.filter(pk=evaluated.pk).update(
        state="awaiting", result_sha256="f" * 64, verdict="promising", colour="amber"
    )
    live = pilot_at("awaiting")
    more = {"ends_on": date(2026, 6, 14), "decide_on": date(2026, 7, 1), "to_learn": "Лето"}

    for pilot in (Pilot.objects.get(pk=evaluated.pk), live):
        grounds = pilot_at.grounds(pilot, **more)
        if pilot.is_archive:
            with refused(deciding.is_not_from_archive):
                lifecycle.settle(
                    pilot, outcome="extend", grounds=grounds, by=cast.kira, at=on(5, 6)
                )
        else:
            lifecycle.settle(pilot, outcome="extend", grounds=grounds, by=cast.kira, at=on(5, 6))

    assert live.state == State.RUNNING


# What makes no sense of a trial that is over ----------------------------------------------------

HELD_NOW = {
    "suspend": {"reason": "Дым"},
    "end_early": {"rule": "force majeure", "reason": "Дым"},
    "add_milestone": {"words": "Монтаж", "due_on": date(2026, 4, 1)},
    "add_risk": {"words": "Отключат свет", "weight": "high"},
}


def offered(pilot, *people):
    """The names of the moves that any of them is offered."""
    return {a.move.name for who in people for a in lifecycle.life.actions(who, pilot)}


@shows(stopping.trial_is_held_now)
@pytest.mark.parametrize("name", HELD_NOW)
def test_what_belongs_to_a_run_is_not_done_to_a_trial_that_is_over(name, opened, running, cast):
    move = lifecycle.life.moves[name]
    who = next(one for one in (cast.lev, cast.kira) if move.who(one, opened))

    assert name not in offered(opened, who)
    assert name in offered(running, who)
    with refused(stopping.trial_is_held_now):
        lifecycle.life.make(name, opened, by=who, at=on(3, 2), **HELD_NOW[name])
    lifecycle.life.make(name, running, by=who, at=on(4, 1), **HELD_NOW[name])


@shows(stopping.trial_is_held_now)
def test_no_incident_is_reported_of_a_trial_that_is_over(opened, running, cast, signed_in):
    said = {"severity": "minor", "happened_at": on(3, 1), "words": "Дым", "by": cast.lev}

    with refused(stopping.trial_is_held_now):
        lifecycle.report(opened, at=on(3, 2), **said)
    lifecycle.report(running, at=on(4, 1), **said)

    browser = signed_in(cast.lev)
    for pilot, status in ((opened, 404), (running, 200)):
        way = reverse("pilots:report", args=[pilot.number])
        assert (way in browser.get(f"/pilots/{pilot.number}/log/").content.decode()) == (
            status == 200
        )
        assert browser.get(way).status_code == status


def test_all_that_is_offered_of_a_trial_that_is_over(opened, cast):
    people = [cast.vera, cast.lev, cast.mila, cast.kira, cast.nina, cast.semyon]

    taking = offered(opened, *people)
    lifecycle.note_data(opened, by=SYSTEM, data=COUNTED, at=on(3, 2))
    lifecycle.keep_time(on(3, 2))
    opened.refresh_from_db()
    closed = offered(opened, *people)
    lifecycle.begin_evaluation(opened, by=cast.mila, at=on(3, 2))
    judged = offered(opened, *people)

    kept = {"put_into_words", "log", "set_budget"}
    assert taking == kept | {"explain_gaps", "close_data", "cancel", "note_cost"}
    assert closed == kept | {"begin_evaluation", "note_cost"}
    assert judged == kept | {"hand_over", "comment"}


@pytest.mark.parametrize("who", ["lev", "vera"])
def test_no_site_is_asked_once_the_plan_is_locked(who, opened, cast, offices, signed_in):
    browser, way = signed_in(getattr(cast, who)), f"/pilots/{opened.number}/sites/"
    days = {"starts_on": "16.03.2026", "ends_on": "26.04.2026"}

    page = browser.get(opened.get_absolute_url()).content.decode()
    sent = browser.post(way, {"site": offices[0].number, **days})

    assert "Ask sites" not in page
    assert "no site was asked" in page
    assert "Ask one more site" not in browser.get(way).content.decode()
    assert sent.status_code == 409
    assert str(slots.pilot_takes_sites.sentence) in sent.content.decode()
    assert not opened.slots.exists()


def test_while_the_plan_is_written_sites_may_be_named(maize, lev, signed_in):
    assert "Ask sites" in signed_in(lev).get(maize.get_absolute_url()).content.decode()


@shows(slots.slot_is_of_a_trial_held_now)
def test_a_site_of_a_trial_that_is_over_has_no_consent_to_sign(
    maize, pilot_at, cast, offices, signed_in
):
    slot = lifecycle.propose_site(maize, by=cast.lev, site=offices[0], at=on(3, 2), **PAST)
    lifecycle.agree(slot, by=cast.semyon, at=on(3, 2))
    lifecycle.write_plan(maize, by=cast.lev, protocol=Protocol.parse(PAIRS), at=on(3, 2))
    lifecycle.edit(maize, by=cast.lev, baseline_words="Пары растений", at=on(3, 2))
    lifecycle.submit_plan(maize, by=cast.lev, at=on(3, 2))
    lifecycle.sign_plan(maize, by=cast.mila, at=on(3, 2))
    lifecycle.sign_plan(maize, by=cast.nina, at=on(3, 2))
    slot = maize.slots.get()
    live = pilot_at("preparation").slots.first()

    names = {a.move.name for a in lifecycle.slot_life.actions(cast.semyon, slot)}
    acts = signed_in(cast.semyon).get("/pilots/acts/").content.decode()

    assert names == {"decline"}
    assert not turns.of(slot).exists()
    assert maize.code not in acts
    with refused(slots.slot_is_of_a_trial_held_now):
        lifecycle.confirm(slot, by=cast.semyon, at=on(3, 4))
    lifecycle.confirm(live, by=cast.semyon, at=on(3, 4))


@shows(deciding.nothing_is_run_yet)
def test_what_never_ran_here_is_given_up_and_what_runs_is_not(opened, running, cast):
    told = {"code": "not_decidable", "tried": "Кукуруза", "why": "Тетради утеряны"}

    assert "cancel" not in offered(running, cast.kira, cast.nina)
    with refused(deciding.nothing_is_run_yet):
        lifecycle.cancel(running, by=cast.kira, at=on(4, 1), **told)
    lifecycle.cancel(opened, by=cast.kira, at=on(3, 3), **told)

    assert opened.state == State.CANCELLED
    assert not turns.of(opened).exists()


@shows(planning.archive_decision_is_owned)
@pytest.mark.parametrize("lacks", ["decision_owner", "decision_date"])
def test_a_decision_on_an_archive_is_owned_before_its_plan_is_locked(lacks, maize, cast):
    lifecycle.write_plan(maize, by=cast.lev, protocol=Protocol.parse(PAIRS), at=on(3, 2))
    lifecycle.edit(maize, by=cast.lev, baseline_words="Пары растений", at=on(3, 2))
    owner, day = maize.decision_owner, maize.decision_date

    Pilot.objects.filter(pk=maize.pk).update(**{lacks: None})
    with refused(planning.archive_decision_is_owned):
        lifecycle.submit_plan(maize, by=cast.lev, at=on(3, 2))
    Pilot.objects.filter(pk=maize.pk).update(decision_owner=owner, decision_date=day)
    lifecycle.submit_plan(maize, by=cast.lev, at=on(3, 2))
    lifecycle.sign_plan(maize, by=cast.mila, at=on(3, 2))
    Pilot.objects.filter(pk=maize.pk).update(**{lacks: None})
    # Taken away again meanwhile: the last signature would open the trial.
    with refused(planning.archive_decision_is_owned):
        lifecycle.sign_plan(maize, by=cast.nina, at=on(3, 2))
    Pilot.objects.filter(pk=maize.pk).update(decision_owner=owner, decision_date=day)

    assert lifecycle.sign_plan(maize, by=cast.nina, at=on(3, 2)).state == State.RUNNING


@shows(deciding.vendor_can_rework)
def test_without_a_company_nothing_is_sent_to_rework(evaluated, pilot_at, cast):
    Pilot.objects.filter(pk=evaluated.pk).update(
        state="awaiting", result_sha256="f" * 64, verdict="promising", colour="amber"
    )
    old, live = Pilot.objects.get(pk=evaluated.pk), pilot_at("awaiting")
    given = {"outcome": "rework", "by": cast.kira, "at": on(5, 6)}

    with refused(deciding.vendor_can_rework):
        lifecycle.settle(old, grounds=pilot_at.grounds(old, to_learn="Лето"), **given)
    lifecycle.settle(live, grounds=pilot_at.grounds(live, to_learn="Лето"), **given)
    follower = lifecycle.follow_up(live, by=cast.vera, at=on(5, 7))

    assert (live.state, follower.organisation) == (State.REWORK, cast.amber)


def test_a_pilot_sent_to_rework_before_is_not_followed_without_a_company(
    evaluated, cast, signed_in
):
    Pilot.objects.filter(pk=evaluated.pk).update(state="rework", outcome="rework")
    old = Pilot.objects.get(pk=evaluated.pk)

    with refused(deciding.vendor_can_rework):
        lifecycle.follow_up(old, by=cast.vera, at=on(5, 7))

    page = signed_in(cast.vera).get(old.get_absolute_url()).content.decode()
    assert reverse("pilots:follow", args=[old.number]) not in page


@pytest.mark.parametrize(
    ("outcome", "is_offered"),
    [("scale", True), ("stop", True), ("extend", False), ("rework", False)],
)
def test_what_may_ever_be_decided_of_a_trial_without_a_company(outcome, is_offered, evaluated):
    assert lifecycle.may_end_in(evaluated, outcome) is is_offered
