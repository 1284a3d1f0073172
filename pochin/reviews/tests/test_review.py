"""Asking experts, reading blind, deciding on enough reviews."""

from dataclasses import replace

import pytest

from conftest import CRITERIA, NOON, hand_in_all, said
from pochin.applications import lifecycle as applications
from pochin.applications.models import Application, Attachment
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.files.models import File
from pochin.participants.lifecycle import programmes
from pochin.participants.models import Conflict, Person, Programme, RoleHeld, Seat
from pochin.reviews import lifecycle
from pochin.reviews.models import Assignment, Review, State, blind, blind_copy


@pytest.fixture
def offered(screening, vera, boris):
    return lifecycle.offer(screening, by=vera, expert=boris, part="technology", at=NOON)


def test_a_tied_expert_is_not_asked(screening, vera, boris, amber):
    Conflict.objects.create(person=boris, organisation=amber, ground="contract")

    with pytest.raises(Refused, match="conflict of interest"):
        lifecycle.offer(screening, by=vera, expert=boris, part="technology", at=NOON)


def test_a_rejected_declaration_does_not_keep_away(screening, vera, boris, amber):
    Conflict.objects.create(person=boris, organisation=amber, ground="contract", state="rejected")

    asked = lifecycle.offer(screening, by=vera, expert=boris, part="technology", at=NOON)

    assert asked.state == State.OFFERED


def test_the_owner_of_the_need_does_not_review(screening, vera, nina, city):
    RoleHeld.objects.create(person=nina, programme=city, code="expert")

    with pytest.raises(Refused, match="owner of the need"):
        lifecycle.offer(screening, by=vera, expert=nina, part="technology", at=NOON)


def test_declaring_a_tie_ends_the_assignment_and_wipes_the_draft(offered, boris, amber):
    lifecycle.accept(offered, by=boris, at=NOON)
    lifecycle.keep_draft(offered, {"reason_benefit": "мысли"}, by=boris)

    lifecycle.declare(offered, by=boris, ground="rivalry", reason="работал", at=NOON)

    kept = Assignment.objects.get()
    assert (kept.state, kept.draft) == (State.CONFLICTED, {})
    assert Conflict.objects.get().organisation == amber


def test_reviews_of_others_open_after_ones_own(in_review, boris, elena):
    first, second = in_review.assignments.order_by("pk")
    lifecycle.hand_in(first, by=boris, at=NOON, **said())
    assert list(Review.objects.visible_to(elena)) == []

    lifecycle.hand_in(second, by=elena, at=NOON, **said(score=3))

    assert Review.objects.visible_to(elena).count() == 2


def test_a_review_that_was_returned_closes_the_others_until_it_is_handed_in_anew(
    reviewed, cast, boris, elena
):
    own = reviewed.assignments.get(expert=boris)
    lifecycle.give_back(own, by=cast.vera, reason="Мало слов.", at=NOON)
    assert [review.assignment for review in Review.objects.visible_to(boris)] == [own]
    assert Review.objects.visible_to(elena).count() == 1

    lifecycle.hand_in(own, by=boris, at=NOON, **said())

    assert Review.objects.visible_to(boris).count() == 3  # both of his own, and Elena's


def test_the_name_of_a_document_does_not_tell_its_author(screening, boris):
    attached = screening.attachments.get()
    File.objects.update(name="Amber offer.txt")

    copy = blind_copy(Attachment.objects.get(pk=attached.pk), by=boris, at=NOON)

    assert copy.name == "document.txt"


def test_a_tie_that_came_later_closes_what_the_others_said(reviewed, boris, elena, amber):
    assert Review.objects.visible_to(boris).count() == 2
    Seat.objects.create(person=boris, organisation=amber, since=NOON.date())
    tied = Person.objects.get(pk=boris.pk)

    [own] = Review.objects.visible_to(tied)
    assert own.assignment.expert == boris
    assert Review.objects.visible_to(elena).count() == 2
    with pytest.raises(Refused, match="conflict of interest"):
        lifecycle.revise(own.assignment, by=tied, why_changed="x", at=NOON, **said(score=1))


def test_who_owes_a_review_reads_the_others_after_it_whatever_they_are_besides(
    in_review, boris, elena, city
):
    for role in ("coordinator", "committee"):
        RoleHeld.objects.create(person=elena, programme=city, code=role, since=NOON.date())
    both = Person.objects.get(pk=elena.pk)
    first, second = in_review.assignments.order_by("pk")
    lifecycle.hand_in(first, by=boris, at=NOON, **said())
    assert list(Review.objects.visible_to(both)) == []
    with pytest.raises(Refused, match="review this application yourself"):
        lifecycle.decide(in_review, by=both, is_accepted=True, reason="…", at=NOON)

    lifecycle.hand_in(second, by=both, at=NOON, **said(score=3))

    assert Review.objects.visible_to(both).count() == 2
    in_review.refresh_from_db()
    assert lifecycle.decide(in_review, by=both, is_accepted=True, reason="…", at=NOON).decided_at


@pytest.mark.parametrize("stranger", ["anna", "gleb", "ulyana", "zakhar", "viktor", "semyon"])
def test_strangers_see_no_review(stranger, reviewed, cast):
    assert list(Review.objects.visible_to(getattr(cast, stranger))) == []
    assert list(Assignment.objects.visible_to(getattr(cast, stranger))) == []


def test_a_coordinator_tied_to_the_applicant_sees_neither(reviewed, vera, amber):
    Conflict.objects.create(person=vera, organisation=amber, ground="family")
    tied = Person.objects.get(pk=vera.pk)

    assert list(Application.objects.visible_to(tied)) == []
    assert list(Review.objects.visible_to(tied)) == []
    assert list(Assignment.objects.visible_to(tied)) == []


def test_the_committee_is_waited_for_when_enough_reviews_are_in(reviewed):
    assert turns.of(reviewed).get().holder == f"committee@{reviewed.programme_id}"


def test_a_decision_needs_a_quorum(in_review, kira):
    with pytest.raises(Refused, match="not enough reviews"):
        lifecycle.decide(in_review, by=kira, is_accepted=True, reason="…", at=NOON)


def test_experts_too_far_apart_call_one_more(in_review, kira, boris, elena):
    first, second = in_review.assignments.order_by("pk")
    lifecycle.hand_in(first, by=boris, at=NOON, **said(score=5))
    lifecycle.hand_in(second, by=elena, at=NOON, **said(score=1))

    with pytest.raises(Refused, match="one more review"):
        lifecycle.decide(in_review, by=kira, is_accepted=True, reason="…", at=NOON)


@pytest.mark.parametrize("stranger", ["vera", "boris", "anna", "ulyana"])
def test_only_the_committee_or_a_decision_owner_decides(stranger, reviewed, cast):
    with pytest.raises(Forbidden):
        lifecycle.decide(
            reviewed, by=getattr(cast, stranger), is_accepted=True, reason="…", at=NOON
        )


def test_a_refusal_explains_every_criterion(reviewed, kira):
    refused = lifecycle.decide(reviewed, by=kira, is_accepted=False, reason="Рано.", at=NOON)

    assert [row["criterion"] for row in refused.feedback] == ["benefit", "readiness", "price"]
    assert refused.feedback[0]["reason"] == "1. Балл 4.\n2. Балл 4."


@pytest.mark.parametrize("lacking", ["words", "criterion"])
def test_a_refusal_that_leaves_a_criterion_without_words_is_refused(lacking, reviewed, kira):
    grounds = lifecycle.grounds_of(reviewed)
    first, *others = grounds.feedback
    told = others if lacking == "criterion" else [first | {"reason": "  "}, *others]

    with pytest.raises(Refused, match="needs a reason for every criterion"):
        applications.refuse(
            reviewed, by=kira, grounds=replace(grounds, feedback=tuple(told)), reason="…", at=NOON
        )
    applications.refuse(reviewed, by=kira, grounds=grounds, reason="Рано.", at=NOON)

    assert reviewed.state == "refused"


def test_a_mind_is_changed_once_and_the_first_version_stays(in_review, boris, elena):
    hand_in_all(in_review)
    assignment = in_review.assignments.get(expert=boris)
    lifecycle.revise(assignment, by=boris, why_changed="Убедили", at=NOON, **said(score=2))

    with pytest.raises(Refused, match="changed once"):
        lifecycle.revise(assignment, by=boris, why_changed="Ещё", at=NOON, **said(score=1))

    scores = [r.scores["benefit"]["score"] for r in assignment.reviews.order_by("number")]
    assert scores == [4, 2]


def test_the_blind_copy_does_not_name_the_company(amber):
    amber.name_ru, amber.full_name_ru = "ООО «Янтарь»", "Общество «Янтарь-Логистика»"
    text = "Мы, янтарь, и наше ООО «Янтарь» (ИНН 7707083893) делаем весы."

    assert blind(text, amber, "***") == "Мы, ***, и наше *** (ИНН ***) делаем весы."


def test_withdrawal_releases_the_experts(in_review, anna, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        applications.withdraw(in_review, by=anna, at=NOON)

    assert set(in_review.assignments.values_list("state", flat=True)) == {State.REPLACED}


def test_without_criteria_a_review_waits_with_its_text_until_they_are_set(
    in_review, boris, vera, city, signed_in
):
    Programme.objects.filter(pk=city.pk).update(criteria=[])
    own = in_review.assignments.get(expert=boris)
    answers = {"confidence": "4", "probability": "60", "recommendation": "accept",
               "closed_note": "Осталось спросить о цене."}  # fmt: skip

    early = signed_in(boris).post(own.get_absolute_url(), answers)

    assert "The programme has no criteria yet" in early.content.decode()
    own.refresh_from_db()
    assert (own.state, own.draft["closed_note"]) == ("accepted", "Осталось спросить о цене.")
    city.refresh_from_db()
    programmes.set_criteria(city, by=vera, criteria=CRITERIA, reason="Забыли", at=NOON)
    own = in_review.assignments.get(expert=boris)
    assert lifecycle.hand_in(own, by=boris, at=NOON, **said()).state == "submitted"
