"""What of a pilot is told: it stops, goes on, ends; its plan changes; a site leaves."""

from datetime import date

import pytest
from django.core import mail
from django.utils import translation

from conftest import NOON, PilotMaker, on
from pochin.core.models import Entry
from pochin.decisions import lifecycle as decisions
from pochin.notices import letters, wording
from pochin.notices.models import Notice
from pochin.participants.models import Person, Seat
from pochin.pilots import lifecycle
from pochin.pilots.models import Pilot

EVERYBODY = {"Anna", "Kira", "Lev", "Mila", "Nina", "Vera"}
STRANGERS = {"Gleb", "Boris", "Ulyana", "Zakhar", "Viktor"}


@pytest.fixture
def lead(cast, offices, agreement, need, remember):
    return PilotMaker(cast, offices[:8], agreement, need, remember)


@pytest.fixture
def running(lead):
    return lead("running")


def told(verb):
    """Who is told about the last entry of this kind, by English name, and in which group."""
    entry = Entry.objects.filter(verb=verb).order_by("pk").last()
    return {person.name_en: str(group) for group, person in letters.told(entry)}


def read_by(person, verb):
    """What the person reads about the last entry of this kind, in English."""
    entry = Entry.objects.filter(verb=verb).order_by("pk").last()
    notice = Notice.objects.create(person=person, entry=entry, group="decision", way="now", at=NOON)
    with translation.override("en"):
        return wording.lines([notice], person)[0]


def test_a_suspension_is_told_to_everybody_who_counts_on_the_pilot(running, semyon):
    lifecycle.suspend(running, by=semyon, reason="Мост закрыт.", at=on(4, 6))

    assert told("pilots.suspend") == dict.fromkeys(EVERYBODY, "decision")


def test_that_it_goes_on_is_told_to_the_same_people(running, lev, semyon):
    lifecycle.suspend(running, by=lev, reason="Мост закрыт.", at=on(4, 6))
    lifecycle.resume(running, by=lev, at=on(4, 7))

    assert told("pilots.resume").keys() == (EVERYBODY | {"Semyon"}) - {"Lev"}
    assert read_by(semyon, "pilots.resume").what == "The run goes on"


def test_who_suspends_gives_a_reason_and_all_insiders_read_it(running, cast, semyon):
    lifecycle.suspend(running, by=semyon, reason="Мост закрыт.", at=on(4, 6))

    line = read_by(cast.anna, "pilots.suspend")

    assert (line.what, line.why) == ("The run was suspended", "Мост закрыт.")
    assert line.url == running.get_absolute_url()


def test_who_left_the_company_meanwhile_reads_no_reason(running, cast, semyon):
    Pilot.objects.update(is_public=True)
    lifecycle.suspend(running, by=semyon, reason="Мост закрыт.", at=on(4, 6))
    Seat.objects.filter(person=cast.anna).update(until=date(2026, 4, 6))

    assert read_by(Person.objects.get(pk=cast.anna.pk), "pilots.suspend").why == ""


def test_an_early_end_names_its_reason_in_a_letter(running, cast):
    lifecycle.end_early(
        running, by=cast.kira, rule=lifecycle.FORCE_MAJEURE, reason="Наводнение.", at=on(4, 6)
    )
    entry = Entry.objects.get(verb="pilots.end_early")
    for notice in letters.note(entry):
        if notice.person == cast.anna:
            letters.send(notice.letters.get())

    [message] = mail.outbox
    assert told("pilots.end_early").keys() == (EVERYBODY | {"Semyon"}) - {"Kira"}
    assert "Наводнение." in message.body
    assert f"{running.get_absolute_url()}\n" in message.body


def test_a_decision_is_told_to_the_company_and_the_sites(lead):
    lead("scale")

    assert told("pilots.scale").keys() == (EVERYBODY | {"Semyon"}) - {"Kira"}


def test_an_extension_is_not_told_as_a_mere_running(lead, cast):
    pilot = lead("awaiting")
    more = {"ends_on": date(2026, 7, 1), "decide_on": date(2026, 8, 1), "to_learn": "Летний поток."}
    lifecycle.settle(
        pilot, outcome="extend", grounds=lead.grounds(pilot, **more), by=cast.kira, at=on(5, 6)
    )

    line = read_by(cast.anna, "pilots.extend")
    assert (line.what, line.why) == ("It was decided to extend the pilot", "Летний поток.")


@pytest.mark.parametrize(
    ("severity", "group", "who"),
    [("serious", "decision", EVERYBODY), ("minor", "story", {"Anna"})],
)
def test_a_serious_incident_is_told_to_all_and_a_small_one_to_few(
    running, semyon, severity, group, who
):
    lifecycle.report(
        running, by=semyon, severity=severity, happened_at=on(4, 6), words="Ушиб.", at=on(4, 6)
    )

    found = told("pilots.incident.report")
    assert {name for name, kind in found.items() if kind == group} == who
    assert "Lev" in found  # it is the manager's turn either way
    assert not STRANGERS & found.keys()


def test_an_incident_is_named_with_its_pilot(running, cast, semyon):
    incident = lifecycle.report(
        running, by=semyon, severity="serious", happened_at=on(4, 6), words="Ушиб " * 40,
        at=on(4, 6),
    )  # fmt: skip

    line = read_by(cast.lev, "pilots.incident.report")
    assert line.title.startswith(f"{running.code}, incident 1: Ушиб")
    assert line.title.endswith("…")
    assert line.why.startswith("serious: Ушиб")
    assert line.url == incident.get_absolute_url()


def test_what_was_done_about_an_incident_is_told_to_who_reported_it(running, lev, semyon):
    incident = lifecycle.report(
        running, by=semyon, severity="serious", happened_at=on(4, 6), words="Ушиб.", at=on(4, 6)
    )
    lifecycle.close_incident(incident, by=lev, action="Край обит.", at=on(4, 7))

    assert told("pilots.incident.close_incident") == {"Semyon": "story", "Anna": "story"}
    assert read_by(semyon, "pilots.incident.close_incident").why == "Край обит."


def test_a_site_that_leaves_is_told_to_the_manager_alone(lead, semyon):
    pilot = lead("preparation")
    lifecycle.decline(pilot.slots.first(), by=semyon, reason="Ремонт крыши.", at=on(3, 5))

    assert told("pilots.slot.decline") == {"Lev": "decision"}


def test_an_amendment_that_binds_is_told_to_the_sides_and_the_sites(running, lead, cast):
    changed = dict(running.locked_plan().content, question="Быстрее ли сортировка?")
    amendment = lifecycle.amend(
        running, by=cast.lev, protocol=lead.protocol.parse(changed), why="Опечатка", at=on(4, 1)
    )
    for signer in (cast.mila, cast.nina, cast.anna):
        lifecycle.sign_amendment(amendment, by=signer, at=on(4, 2))

    assert told("pilots.amendment.approve").keys() == {"Anna", "Lev", "Mila", "Nina", "Semyon"}
    line = read_by(cast.lev, "pilots.amendment.approve")
    assert line.title == f"{running.code}, amendment 1 of the plan: {running.title_en}"


def test_a_declined_amendment_is_told_with_the_reason(running, lead, cast):
    changed = dict(running.locked_plan().content, question="Быстрее ли сортировка?")
    amendment = lifecycle.amend(
        running, by=cast.lev, protocol=lead.protocol.parse(changed), why="Опечатка", at=on(4, 1)
    )
    lifecycle.decline_amendment(amendment, by=cast.anna, reason="Не опечатка.", at=on(4, 2))

    assert told("pilots.amendment.decline_amendment").keys() == {"Lev", "Mila", "Nina"}
    assert read_by(cast.lev, "pilots.amendment.decline_amendment").why == "Не опечатка."


def test_a_refused_second_signature_is_told_to_the_owner_with_the_reason(judged, cast):
    decision = decisions.prepare(
        judged(), by=cast.kira, outcome="stop", words="Дорого.", at=on(5, 6)
    )
    decisions.sign_first(decision, by=cast.kira, at=on(5, 6))
    decisions.decline(decision, by=cast.konstantin, reason="Не дорого.", at=on(5, 7))

    assert told("decisions.decline") == {"Kira": "decision"}
    line = read_by(cast.kira, "decisions.decline")
    assert (line.what, line.why) == (
        "The second signature was refused; decide anew",
        "Не дорого.",
    )


def test_that_a_site_left_for_good_is_told_to_who_leads_signs_and_decides(running, cast, semyon):
    slot = running.slots.order_by("site__number").first()
    lifecycle.leave(
        slot, by=semyon, left_on=date(2026, 4, 6), because="other", reason="Закрыли.", at=on(4, 6)
    )

    assert told("pilots.slot.leave") == dict.fromkeys(EVERYBODY - {"Vera"}, "decision")
    line = read_by(cast.lev, "pilots.slot.leave")
    assert (line.what, line.why) == ("The site left the pilot for good", "Закрыли.")
