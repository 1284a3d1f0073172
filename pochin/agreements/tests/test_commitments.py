"""Commitments: promised with the words, reported with evidence, confirmed by the other side."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from conftest import NOON
from pochin.agreements import lifecycle
from pochin.agreements.lifecycle import amendments, commitments
from pochin.agreements.models import Agreement, Commitment, CommitmentState, with_risk
from pochin.agreements.tasks import keep_commitments
from pochin.agreements.tests.conftest import PROMISE
from pochin.core import turns
from pochin.core.calendar import MOSCOW, after, between
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.participants.models import Person, RoleHeld, Seat


@pytest.fixture
def reported(active, cast):
    commitments.add_evidence(active, by=cast.vera, words="Акт № 2", at=NOON)
    return commitments.report(active, by=cast.vera, completion="complete", words="Всё.", at=NOON)


def sees(reader):
    return Commitment.objects.visible_to(reader).exists()


def test_it_is_seen_with_its_agreement(promise, cast):
    assert [sees(p) for p in (cast.vera, cast.anna)] == [True, False]


def test_it_is_part_of_what_is_signed(draft, promise, cast):
    before = draft.fingerprint()
    commitments.edit(
        promise, by=cast.vera, at=NOON, owes=cast.post, to=cast.amber, **{**PROMISE, "target": 25}
    )

    assert draft.fingerprint() != before


def test_in_force_it_is_under_way_until_its_own_day(active, cast):
    [turn] = turns.of(active)

    assert (active.state, turn.holder) == ("active", f"coordinator@{cast.city.pk}")
    assert turn.due_at == active.due_at


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"due_on": date(2026, 2, 1)}, "due before it begins"),
        ({"starts_on": date(2026, 1, 1)}, "begins before the term of the agreement"),
        ({"due_on": date(2027, 1, 1)}, "due after the agreement ends"),
    ],
)
def test_days_that_do_not_fit_get_one_sentence(changes, why, draft, cast):
    with pytest.raises(Refused, match=why):
        commitments.plan(
            draft, by=cast.vera, at=NOON, owes=cast.post, to=cast.amber, **{**PROMISE, **changes}
        )
    assert not draft.commitments.exists()


def test_it_is_between_two_different_parties(draft, cast):
    with pytest.raises(Refused, match="Granite is not a party"):
        commitments.plan(draft, by=cast.vera, at=NOON, owes=cast.granite, to=cast.post, **PROMISE)
    with pytest.raises(Refused, match="are the same"):
        commitments.plan(draft, by=cast.vera, at=NOON, owes=cast.post, to=cast.post, **PROMISE)


def test_once_signed_nothing_is_added_or_changed_by_hand(active, cast):
    with pytest.raises(Refused, match="by an amendment"):
        commitments.plan(
            active.agreement, by=cast.vera, at=NOON, owes=cast.post, to=cast.amber, **PROMISE
        )


def test_nothing_is_claimed_without_evidence(active, cast):
    with pytest.raises(Refused, match="no evidence yet"):
        commitments.report(active, by=cast.vera, completion="limited", words="Да.", at=NOON)


@pytest.mark.parametrize("stranger", ["anna", "gleb", "kira", "artem"])
def test_only_who_owes_it_reports(stranger, active, cast):
    with pytest.raises(Forbidden, match="the side that owes it"):
        commitments.add_evidence(active, by=getattr(cast, stranger), words="Акт", at=NOON)


def test_the_other_side_confirms(reported, cast):
    commitments.confirm(reported, by=cast.anna, at=NOON)

    assert (reported.state, reported.completion) == (CommitmentState.COMPLETE, "complete")
    assert (reported.confirmed_by, reported.is_by_silence) == (cast.anna, False)


@pytest.mark.parametrize("stranger", ["vera", "gleb", "artem", "kira"])
def test_nobody_confirms_their_own_sides(stranger, reported, cast):
    with pytest.raises(Forbidden, match="the other side"):
        commitments.confirm(reported, by=getattr(cast, stranger), at=NOON)


def test_who_acts_for_both_sides_confirms_nothing(reported, cast):
    """Vera coordinates the centre, which owes it, and has a seat at Amber, to which it is owed."""
    Seat.objects.create(
        person=cast.vera, organisation=cast.amber, may_edit=True, since=date(2026, 1, 1)
    )

    with pytest.raises(Forbidden, match="the other side"):
        commitments.confirm(reported, by=Person.objects.get(pk=cast.vera.pk), at=NOON)


def test_the_department_confirms_through_its_observer(active, cast):
    """Viktor observes for the department; with a seat there he answers for it."""
    Seat.objects.create(person=cast.viktor, organisation=cast.amber, since="2026-01-01")
    viktor = Person.objects.get(pk=cast.viktor.pk)
    commitments.add_evidence(active, by=cast.vera, words="Акт", at=NOON)
    commitments.report(active, by=cast.vera, completion="complete", words="Всё.", at=NOON)

    assert commitments.confirm(active, by=viktor, at=NOON).state == "complete"


def test_a_report_on_the_way_is_agreed_with_and_goes_on(active, cast):
    commitments.add_evidence(active, by=cast.vera, words="Акт", at=NOON)
    commitments.report(
        active, by=cast.vera, completion="limited", words="12 из 20.", value=Decimal(12), at=NOON
    )
    with pytest.raises(Refused, match="does not say that it is complete"):
        commitments.confirm(active, by=cast.anna, at=NOON)
    commitments.accept_report(active, by=cast.anna, at=NOON)

    assert (active.state, active.completion, active.value) == ("active", "limited", 12)


def test_a_dispute_keeps_what_was_agreed_before(reported, cast):
    commitments.dispute(reported, by=cast.anna, reason="Пилотов было 18.", at=NOON)

    assert (reported.state, reported.completion) == ("active", "not_started")


def aged(commitment, days):
    """The report is so many working days old."""
    at = timezone.now()
    while between(at, timezone.now()) < days:
        at -= timedelta(days=1)
    Commitment.objects.filter(pk=commitment.pk).update(
        reported_at=at, due_on=timezone.localdate() + timedelta(days=60)
    )


def test_silence_confirms_after_two_reminders(reported):
    states = []
    for days in (4, 5, 9, 10, 14, 16):
        aged(reported, days)
        keep_commitments.func()
        reported.refresh_from_db()
        states.append((reported.reminders, reported.state))

    assert states == [
        (0, "reported"), (1, "reported"), (1, "reported"), (2, "reported"), (2, "reported"),
        (2, "complete"),
    ]  # fmt: skip
    assert (reported.is_by_silence, reported.confirmed_by) == (True, None)


def test_the_whole_of_the_last_day_is_left_to_the_other_side(reported):
    """Fifteen working days after Monday 2 March 2026, with a holiday between, is 24 March."""
    type(reported).objects.update(reported_at=NOON, reminders=2)
    reported.refresh_from_db()
    [turn] = turns.of(reported)
    last = timezone.localdate(turn.due_at)
    morning = datetime.combine(last, time(0, 15), MOSCOW)

    assert last == date(2026, 3, 24)
    assert not commitments.silence_lasted.holds(reported, at=morning)
    assert not commitments.silence_lasted.holds(reported, at=turn.due_at)
    assert commitments.silence_lasted.holds(reported, at=morning + timedelta(days=1))


def test_who_is_asked_is_told_what_silence_means(reported, cast, signed_in):
    page = signed_in(cast.anna).get(reported.get_absolute_url()).content.decode()

    assert "silence counts as agreement" in page


def test_silence_without_reminders_confirms_nothing(reported):
    late = after(NOON, 20)

    with pytest.raises(Refused, match="was not reminded twice"):
        commitments.confirm_by_silence(reported, by=SYSTEM, at=late)


def test_it_is_late_by_itself_and_said_once(active):
    today = timezone.localdate()
    assert not active.is_overdue(date(2026, 6, 30))
    Commitment.objects.update(due_on=today - timedelta(days=1), starts_on=date(2020, 1, 1))

    assert [keep_commitments.func(), keep_commitments.func()] == [1, 0]
    assert Commitment.objects.overdue(today).get().overdue_noted_on == today


def test_a_late_commitment_puts_its_agreement_at_risk(active):
    def at_risk(on):
        return with_risk(Agreement.objects.all(), on).get().is_at_risk

    assert [at_risk(on) for on in (date(2026, 5, 1), date(2026, 6, 15), date(2026, 7, 1))] == [
        False,
        True,
        True,
    ]


def test_it_reminds_of_its_day_once_a_day(active):
    today = timezone.localdate()
    Commitment.objects.update(due_on=today + timedelta(days=7), starts_on=date(2020, 1, 1))

    assert [keep_commitments.func(), keep_commitments.func()] == [1, 0]


def test_the_other_side_reminds_once_a_day(active, cast):
    commitments.remind(active, by=cast.anna, at=NOON)

    with pytest.raises(Refused, match="reminded of today"):
        commitments.remind(active, by=cast.anna, at=NOON)
    commitments.remind(active, by=cast.anna, at=NOON + timedelta(days=1))


def test_what_is_counted_is_not_entered_by_hand(active, cast):
    Commitment.objects.update(counter="pilots_started")
    with pytest.raises(Refused, match="counted from the registers"):
        commitments.report(
            active, by=cast.vera, completion="limited", words="12", value=Decimal(12), at=NOON
        )


@pytest.fixture
def proposal(active, cast):
    return amendments.propose(
        active.agreement, by=cast.anna, commitment=active, changes={"target": "25"},
        reason="Кластер вырос.", at=NOON,
    )  # fmt: skip


def test_an_amendment_signed_by_all_changes_what_was_promised(
    proposal, active, cast, olga, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        amendments.sign(proposal, by=cast.anna, organisation=cast.amber, at=NOON)
    active.refresh_from_db()
    assert active.target == 20

    with django_capture_on_commit_callbacks(execute=True):
        amendments.sign(proposal, by=olga, organisation=cast.post, at=NOON)

    proposal.refresh_from_db()
    active.refresh_from_db()
    assert (proposal.state, active.target) == ("applied", 25)
    assert active.agreement.versions.count() == 2


def test_an_amendment_waits_for_those_who_have_not_signed(proposal, cast):
    amendments.sign(proposal, by=cast.anna, organisation=cast.amber, at=NOON)

    assert [t.holder for t in turns.of(proposal)] == [f"sign@org-{cast.post.pk}"]
    with pytest.raises(Refused, match="You have already signed for your side"):
        amendments.sign(proposal, by=cast.anna, organisation=cast.amber, at=NOON)


def test_one_person_does_not_sign_an_amendment_for_both_sides(proposal, cast, olga):
    Seat.objects.create(
        person=cast.anna, organisation=cast.post, may_sign=True, since=date(2026, 1, 1)
    )
    both = Person.objects.get(pk=cast.anna.pk)
    amendments.sign(proposal, by=both, organisation=cast.amber, at=NOON)

    with pytest.raises(Refused, match="signed for another party already"):
        amendments.sign(proposal, by=both, organisation=cast.post, at=NOON)
    assert amendments.sign(proposal, by=olga, organisation=cast.post, at=NOON).pk


def test_what_is_complete_is_amended_no_more(reported, cast):
    commitments.confirm(reported, by=cast.anna, at=NOON)

    with pytest.raises(Refused, match="over; it cannot be changed any more"):
        amendments.propose(
            reported.agreement, by=cast.anna, commitment=reported, changes={"target": "25"},
            reason="Поздно.", at=NOON,
        )  # fmt: skip


@pytest.mark.parametrize(("due_on", "is_late_still"), [("2026-07-04", True), ("2026-07-05", False)])
def test_a_later_day_makes_it_late_no_more(
    due_on, is_late_still, active, cast, olga, django_capture_on_commit_callbacks
):
    """It was due on 30 June and is amended on 5 July."""
    at = datetime(2026, 7, 5, 9, tzinfo=UTC)
    commitments.note_overdue(active, by=SYSTEM, at=at - timedelta(days=4))
    with django_capture_on_commit_callbacks(execute=True):
        change = amendments.propose(
            active.agreement, by=cast.anna, commitment=active, changes={"due_on": due_on},
            reason="Лето.", at=at,
        )  # fmt: skip
        amendments.sign(change, by=cast.anna, organisation=cast.amber, at=at)
        amendments.sign(change, by=olga, organisation=cast.post, at=at)

    active.refresh_from_db()
    assert (active.overdue_noted_on is not None) is is_late_still


@pytest.mark.parametrize(
    ("value", "said"), [(0, "not_started"), (1, "limited"), (13, "limited"), (14, "substantial")]
)
def test_seven_tenths_of_what_was_promised_are_substantial(value, said, active):
    commitments.count(active, by=SYSTEM, value=Decimal(value), href="/pilots/", at=NOON)

    assert active.completion == said


def test_a_declined_amendment_changes_nothing(proposal, active, olga):
    amendments.decline(proposal, by=olga, reason="Нет.", at=NOON)

    active.refresh_from_db()
    assert (proposal.state, active.target) == ("declined", 20)


@pytest.mark.parametrize("stranger", ["gleb", "kira", "artem", "lev"])
def test_only_parties_propose_amendments(stranger, active, cast):
    with pytest.raises(Forbidden):
        amendments.propose(
            active.agreement, by=getattr(cast, stranger), commitment=active,
            changes={"target": "1"}, reason="Так.", at=NOON,
        )  # fmt: skip


def test_both_sides_withdraw_it(active, cast, olga, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        change = amendments.propose(
            active.agreement, by=cast.vera, commitment=active, changes={}, reason="Нет.", at=NOON
        )
        amendments.sign(change, by=cast.anna, organisation=cast.amber, at=NOON)
        amendments.sign(change, by=olga, organisation=cast.post, at=NOON)

    active.refresh_from_db()
    assert active.state == CommitmentState.WITHDRAWN


def test_another_commitment_is_added_by_an_amendment(
    active, cast, olga, django_capture_on_commit_callbacks
):
    changes = {
        "owes": str(cast.amber.pk), "to": str(cast.post.pk), "kind": "event",
        "text_ru": "Провести день открытых дверей", "starts_on": "2026-03-01",
        "due_on": "2026-05-01",
    }  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        change = amendments.propose(
            active.agreement, by=cast.vera, changes=changes, reason="Договорились.", at=NOON
        )
        amendments.sign(change, by=cast.anna, organisation=cast.amber, at=NOON)
        amendments.sign(change, by=olga, organisation=cast.post, at=NOON)

    added = active.agreement.commitments.get(number=2)
    assert (added.owes, added.due_on, added.state) == (cast.amber, date(2026, 5, 1), "active")


@pytest.mark.parametrize(("begins", "state"), [("2026-03-06", "active"), ("2026-03-07", "planned")])
def test_what_is_added_begins_by_the_day_in_moscow(
    begins, state, active, cast, olga, django_capture_on_commit_callbacks
):
    """The last signature comes at half past ten in the evening of 5 March, UTC."""
    changes = {
        "owes": str(cast.amber.pk), "to": str(cast.post.pk), "kind": "event",
        "text_ru": "Провести день открытых дверей", "starts_on": begins, "due_on": "2026-05-01",
    }  # fmt: skip
    late = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)
    with django_capture_on_commit_callbacks(execute=True):
        change = amendments.propose(
            active.agreement, by=cast.vera, changes=changes, reason="Договорились.", at=NOON
        )
        amendments.sign(change, by=cast.anna, organisation=cast.amber, at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        amendments.sign(change, by=olga, organisation=cast.post, at=late)

    assert active.agreement.commitments.get(number=2).state == state


def test_an_amendment_cannot_make_it_due_before_the_signatures(active, cast):
    with pytest.raises(Refused, match="due before"):
        amendments.propose(
            active.agreement, by=cast.vera, commitment=active, changes={"due_on": "2026-02-01"},
            reason="Так.", at=NOON,
        )  # fmt: skip


def test_what_was_terminated_owes_nothing(active, cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.terminate(active.agreement, by=cast.kira, reason="Так.", at=NOON)

    active.refresh_from_db()
    assert active.state == CommitmentState.ENDED


def test_what_ended_with_its_agreement_says_so_and_by_which_side(
    active, cast, signed_in, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.terminate(active.agreement, by=cast.anna, reason="Так.", at=NOON)

    page = signed_in(cast.vera).get(active.get_absolute_url()).text
    assert "ended with the agreement" in page
    assert "by Amber, on " in page
    assert "both sides" not in page


def test_what_was_signed_stays_as_it_was_after_the_end(
    active, cast, django_capture_on_commit_callbacks
):
    """Its commitments are part of the words; they end with it, and the words keep them."""
    before = active.agreement.fingerprint()
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.terminate(active.agreement, by=cast.kira, reason="Так.", at=NOON)

    assert active.agreement.fingerprint() == before


def test_a_lawyer_acts_for_the_centre(active, cast):
    RoleHeld.objects.create(
        person=cast.gleb, programme=cast.city, code="lawyer", since="2026-01-01"
    )
    gleb = Person.objects.get(pk=cast.gleb.pk)

    commitments.add_evidence(active, by=gleb, words="Акт", at=NOON)

    assert active.evidence.get().added_by == gleb
