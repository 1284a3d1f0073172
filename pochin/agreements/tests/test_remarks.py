"""The parties answer the words they are shown; the centre answers their remarks."""

from datetime import timedelta

import pytest

from conftest import NOON
from pochin.agreements import lifecycle
from pochin.agreements.models import Remark, State
from pochin.agreements.tests.conftest import CLAUSE
from pochin.agreements.tests.test_negotiate import holders, writers
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def proposed(draft, cast):
    lifecycle.write_clause(draft, by=cast.vera, at=NOON, place=1, **CLAUSE)
    return lifecycle.propose(draft, by=cast.vera, at=NOON)


@pytest.fixture
def remarked(proposed, cast):
    return lifecycle.remark(proposed, by=cast.anna, note="Срок мал.", place=1, at=NOON)


def answer(agreement, cast, *, is_taken=True, words=""):
    return lifecycle.answer_remark(
        agreement, by=cast.vera, remark=lifecycle.open_remarks(agreement).first(),
        is_taken=is_taken, answer=words, at=LATER,
    )  # fmt: skip


def test_a_remark_makes_it_the_turn_of_the_centre(remarked, cast):
    [remark] = remarked.remarks.all()
    assert (remark.organisation, remark.place, remark.text) == (cast.amber, 1, "Срок мал.")
    assert (remarked.state, holders(remarked)) == (State.ANSWERED, writers(cast))


def test_only_a_party_makes_remarks(proposed, cast):
    with pytest.raises(Forbidden, match="only by those who act for a party"):
        lifecycle.remark(proposed, by=cast.gleb, note="Нет.", at=NOON)


def test_a_remark_to_a_clause_that_is_not_there_is_refused(proposed, cast):
    with pytest.raises(Refused, match="There is no clause 7"):
        lifecycle.remark(proposed, by=cast.anna, note="Нет.", place=7, at=NOON)


def test_a_party_without_remarks_says_so_and_the_centre_goes_on(
    proposed, cast, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.accept_words(proposed, by=cast.anna, at=NOON)
    proposed.refresh_from_db()

    assert (proposed.state, holders(proposed)) == (State.ANSWERED, writers(cast))
    assert [(r.text, r.is_open) for r in proposed.remarks.all()] == [("", False)]
    asked = lifecycle.ask_approvals(proposed, by=cast.vera, kinds=[], at=LATER)
    assert asked.state == State.APPROVALS


def test_while_a_party_is_silent_the_others_are_waited_for(
    draft, cast, django_capture_on_commit_callbacks
):
    lifecycle.add_party(draft, by=cast.vera, organisation=cast.granite, at=NOON)
    lifecycle.propose(draft, by=cast.vera, at=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.accept_words(draft, by=cast.anna, at=NOON)
    draft.refresh_from_db()

    assert draft.state == State.NEGOTIATION
    assert holders(draft) == [f"edit@org-{cast.granite.pk}"]
    with pytest.raises(Refused, match="Not every party has answered"):
        lifecycle.note_answers(draft, by=SYSTEM, at=NOON)


def test_who_has_answered_is_not_asked_twice(proposed, cast):
    lifecycle.accept_words(proposed, by=cast.anna, at=NOON)

    with pytest.raises(Forbidden, match="a party that has not answered yet"):
        lifecycle.accept_words(proposed, by=cast.anna, at=NOON)


@pytest.mark.parametrize("move", ["ask_approvals", "show_again"])
def test_an_open_remark_is_answered_before_anything_goes_on(move, remarked, cast):
    given = {"kinds": []} if move == "ask_approvals" else {}

    with pytest.raises(Refused, match="Answer every remark first"):
        getattr(lifecycle, move)(remarked, by=cast.vera, at=LATER, **given)

    answer(remarked, cast)
    getattr(lifecycle, move)(remarked, by=cast.vera, at=LATER, **given)


def test_a_remark_that_is_not_taken_keeps_the_reason(remarked, cast):
    answer(remarked, cast, is_taken=False, words="Срок общий для всех.")

    remark = remarked.remarks.get()
    assert (remark.is_taken, remark.answer) == (False, "Срок общий для всех.")


def test_a_remark_is_answered_once(remarked, cast):
    remark = remarked.remarks.get()
    answer(remarked, cast)

    with pytest.raises(Refused, match="no remark to be answered"):
        lifecycle.answer_remark(remarked, by=cast.vera, remark=remark, is_taken=True, at=LATER)


def test_a_second_party_is_heard_while_the_first_is_answered(remarked, cast):
    lifecycle.remark(remarked, by=cast.anna, note="И адрес.", at=LATER)

    assert [r.number for r in lifecycle.open_remarks(remarked)] == [1, 2]
    answer(remarked, cast)
    with pytest.raises(Refused, match="Answer every remark first"):
        lifecycle.show_again(remarked, by=cast.vera, at=LATER)


def test_changed_words_are_shown_again_and_everybody_is_asked_anew(remarked, cast):
    changed = {**CLAUSE, "text_ru": "25 пилотов."}
    lifecycle.write_clause(remarked, by=cast.vera, at=LATER, place=1, **changed)
    answer(remarked, cast)
    lifecycle.show_again(remarked, by=cast.vera, at=LATER)

    assert remarked.state == State.NEGOTIATION
    assert holders(remarked) == [f"edit@org-{cast.amber.pk}"]
    lifecycle.accept_words(remarked, by=cast.anna, at=LATER)
    assert [r.version for r in remarked.remarks.order_by("number")] == [1, 2]


def test_the_page_shows_a_remark_beside_its_clause_and_who_answers(remarked, cast, client):
    client.force_login(cast.vera)
    shown = client.get(remarked.get_absolute_url()).content.decode()

    assert "Срок мал." in shown
    assert "1. Пилоты" in shown
    assert f"{remarked.get_absolute_url()}answer_remark/" in shown


def test_an_answer_that_leaves_the_words_says_why(remarked, cast, client):
    client.force_login(cast.vera)
    address = f"{remarked.get_absolute_url()}answer_remark/"
    remark = Remark.objects.get()

    refused = client.post(address, {"remark": remark.pk, "is_taken": "no"})
    said = client.post(address, {"remark": remark.pk, "is_taken": "no", "answer": "Так в законе."})

    assert (refused.status_code, said.status_code) == (422, 302)
    remark.refresh_from_db()
    assert (remark.is_taken, remark.answered_by) == (False, cast.vera)


def test_a_company_answers_on_its_page(proposed, cast, client):
    client.force_login(cast.anna)
    address = proposed.get_absolute_url()

    shown = client.get(address).content.decode()
    client.post(f"{address}remark/", {"place": "1", "note": "Срок мал."})

    assert f"{address}accept_words/" in shown
    assert [(r.place, r.text) for r in proposed.remarks.all()] == [(1, "Срок мал.")]
