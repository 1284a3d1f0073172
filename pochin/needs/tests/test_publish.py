"""A need on its way to the public."""

from datetime import timedelta

import pytest

from conftest import NOON, SPRING
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.needs import lifecycle
from pochin.needs.models import Need, State
from pochin.participants.models import Guest


def test_the_owner_signs_before_the_centre_approves(need_in_check, nina, vera):
    with pytest.raises(Refused, match="owner has not signed"):
        lifecycle.approve(need_in_check, by=vera, at=NOON)

    lifecycle.sign(need_in_check, by=nina, at=NOON)
    lifecycle.approve(need_in_check, by=vera, at=NOON)

    assert need_in_check.state == State.APPROVED


def test_a_change_of_text_undoes_the_signature(need_in_check, nina, vera):
    lifecycle.sign(need_in_check, by=nina, at=NOON)
    lifecycle.edit(need_in_check, by=nina, at=NOON, problem_ru="Стало хуже.")

    with pytest.raises(Refused, match="owner has not signed"):
        lifecycle.approve(need_in_check, by=vera, at=NOON)


@pytest.mark.parametrize("stranger", ["vera", "kira", "anna", "boris"])
def test_only_the_owner_signs(stranger, need_in_check, cast):
    with pytest.raises(Forbidden, match="only by the owner of the need"):
        lifecycle.sign(need_in_check, by=getattr(cast, stranger), at=NOON)


def test_a_need_without_a_metric_stays_a_draft(city, nina, post):
    draft = lifecycle.begin(
        city, by=nina, at=NOON, unit=post, owner=nina, title_ru="Очередь", problem_ru="Долго"
    )

    with pytest.raises(Refused, match="no metric"):
        lifecycle.submit(draft, by=nina, at=NOON)


def test_a_lawyer_or_decision_owner_checks_the_text_first(need_in_check, nina, vera, kira):
    lifecycle.sign(need_in_check, by=nina, at=NOON)
    lifecycle.approve(need_in_check, by=vera, at=NOON)
    lifecycle.set_window(need_in_check, by=vera, at=NOON, opens_at=NOON, closes_at=SPRING)

    with pytest.raises(Refused, match="lawyer"):
        lifecycle.publish(need_in_check, by=vera, at=NOON)
    lifecycle.confirm_text(need_in_check, by=kira, at=NOON)
    lifecycle.publish(need_in_check, by=vera, at=NOON)

    assert need_in_check.state == State.PUBLISHED


def test_guests_see_needs_only_once_published(need_in_check, need):
    shown = Need.objects.visible_to(Guest())

    assert list(shown) == [need]


def test_the_deadline_moves_only_later(need, vera):
    with pytest.raises(Refused, match="only to a later time"):
        lifecycle.extend(need, by=vera, at=NOON, closes_at=SPRING - timedelta(1), reason="…")

    lifecycle.extend(need, by=vera, at=NOON, closes_at=SPRING + timedelta(5), reason="Праздники")

    assert need.closes_at == SPRING + timedelta(5)


def test_the_intake_does_not_close_early(need, vera):
    with pytest.raises(Refused, match="promised to stay open"):
        lifecycle.close_intake(need, by=vera, at=NOON)


def test_who_asked_is_told_to_nobody(need, anna, gleb, nina):
    question = lifecycle.ask(need, by=anna, text="Какие весы?", at=NOON)

    assert list(need.questions.visible_to(gleb)) == []
    lifecycle.answer(question, by=nina, answer="Платформенные.", at=NOON)
    assert list(need.questions.visible_to(gleb)) == [question]
