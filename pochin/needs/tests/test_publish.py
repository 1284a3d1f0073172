"""A need on its way to the public."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import NEED, NOON, SPRING, publish
from pochin.core import signatures
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.needs import lifecycle, tasks
from pochin.needs.models import Need, State
from pochin.participants.models import Guest

SECOND = timedelta(seconds=1)


def test_the_owner_signs_before_the_centre_approves(need_in_check, nina, vera):
    with pytest.raises(Refused, match="owner has not signed"):
        lifecycle.approve(need_in_check, by=vera, at=NOON)

    lifecycle.sign(need_in_check, by=nina, at=NOON)
    lifecycle.approve(need_in_check, by=vera, at=NOON)

    assert need_in_check.state == State.APPROVED


@pytest.mark.parametrize(
    "change",
    [{"problem_ru": "Стало хуже."}, {"metric_target": "2.5"}, {"budget": 1}, {"direction": "more"}],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_text_or_metric_undoes_the_signature(change, need_in_check, nina, vera):
    lifecycle.sign(need_in_check, by=nina, at=NOON)
    lifecycle.edit(need_in_check, by=nina, at=NOON, **change)

    with pytest.raises(Refused, match="owner has not signed"):
        lifecycle.approve(need_in_check, by=vera, at=NOON)


@pytest.mark.parametrize("stranger", ["vera", "kira", "anna", "boris"])
def test_only_the_owner_signs(stranger, need_in_check, cast):
    with pytest.raises(Forbidden, match="only by the owner of the need"):
        lifecycle.sign(need_in_check, by=getattr(cast, stranger), at=NOON)


def test_a_signature_of_anybody_but_the_owner_does_not_count(need_in_check, nina, vera):
    said = {"what": "need", "role": "owner", "sha256": need_in_check.fingerprint(), "at": NOON}
    signatures.sign(need_in_check, by=vera, **said)
    assert not need_in_check.is_signed()

    signatures.sign(need_in_check, by=nina, **said)
    assert need_in_check.is_signed()


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


def test_the_deadline_does_not_move_once_it_has_passed(need, vera):
    later = {"closes_at": SPRING + timedelta(5), "reason": "Праздники"}
    with pytest.raises(Refused, match="closing time has passed"):
        lifecycle.extend(need, by=vera, at=SPRING, **later)

    assert lifecycle.extend(need, by=vera, at=SPRING - SECOND, **later).closes_at > SPRING


def test_the_intake_closes_at_its_moment_and_not_before(need, vera):
    with pytest.raises(Refused, match="promised to stay open"):
        lifecycle.close_intake(need, by=vera, at=SPRING - SECOND)

    assert lifecycle.close_intake(need, by=vera, at=SPRING).state == State.SELECTION


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=-1)])
def test_an_intake_closes_after_it_opens(length, need_in_check, nina, vera):
    lifecycle.sign(need_in_check, by=nina, at=NOON)
    lifecycle.approve(need_in_check, by=vera, at=NOON)

    with pytest.raises(Refused, match="must close after it opens"):
        lifecycle.set_window(
            need_in_check, by=vera, opens_at=SPRING, closes_at=SPRING + length, at=NOON
        )
    lifecycle.set_window(
        need_in_check, by=vera, opens_at=SPRING, closes_at=SPRING + SECOND, at=NOON
    )


def test_windows_open_and_close_by_themselves_at_their_minute(cast):
    now = timezone.now()
    windows = {"ahead": (1, 2), "due": (-1, 1), "missed": (-2, -1)}
    needs = {name: publish(cast) for name in [*windows, "over", "running"]}
    for name, (opens, closes) in windows.items():
        Need.objects.filter(pk=needs[name].pk).update(
            state=State.PUBLISHED,
            opens_at=now + timedelta(hours=opens), closes_at=now + timedelta(hours=closes),
        )  # fmt: skip
    for name, closes in (("over", -1), ("running", 1)):
        Need.objects.filter(pk=needs[name].pk).update(
            opens_at=now - timedelta(days=9), closes_at=now + timedelta(hours=closes)
        )

    assert tasks.keep_windows.func() == 2
    assert {name: Need.objects.get(pk=need.pk).state for name, need in needs.items()} == {
        "ahead": "published", "due": "collecting", "missed": "published",
        "over": "selection", "running": "collecting",
    }  # fmt: skip
    assert tasks.keep_windows.func() == 0


def test_questions_are_taken_while_applications_are(need, anna):
    with pytest.raises(Refused, match="while the intake is open"):
        lifecycle.ask(need, by=anna, text="Какие весы?", at=SPRING)

    assert lifecycle.ask(need, by=anna, text="Какие весы?", at=SPRING - SECOND).number == 1


def test_an_answer_leaves_the_public_pages_with_its_need(need, anna, gleb, nina, vera):
    question = lifecycle.ask(need, by=anna, text="Какие весы?", at=NOON)
    lifecycle.answer(question, by=nina, answer="Платформенные.", at=NOON)
    assert all(need.questions.visible_to(reader).exists() for reader in (Guest(), gleb))

    lifecycle.withdraw(need, by=vera, reason="Нашли сами.", at=NOON)

    assert [r for r in (Guest(), gleb) if need.questions.visible_to(r).exists()] == []
    assert list(need.questions.visible_to(nina)) == [question]


def test_a_programme_that_is_not_open_takes_no_need(city, nina, post):
    city.state = "draft"

    with pytest.raises(Refused, match="The programme is not open"):
        lifecycle.begin(city, by=nina, at=NOON, unit=post, owner=nina, **NEED)


def test_who_asked_is_told_to_nobody(need, anna, gleb, nina):
    question = lifecycle.ask(need, by=anna, text="Какие весы?", at=NOON)

    assert list(need.questions.visible_to(gleb)) == []
    lifecycle.answer(question, by=nina, answer="Платформенные.", at=NOON)
    assert list(need.questions.visible_to(gleb)) == [question]
