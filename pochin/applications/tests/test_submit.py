"""Handing an application in, and what is asked before and after."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import ANSWERS, CONSENTS, NOON, SPRING
from pochin.applications import lifecycle
from pochin.applications.models import Application, State
from pochin.applications.sections import SECTIONS, filled
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.needs import lifecycle as needs


def submit(application, by, **changes):
    given = {"consents": CONSENTS, "missing": 0, "at": NOON, **changes}
    return lifecycle.submit(application, by=by, **given)


def test_what_was_handed_in_is_frozen_with_its_fingerprint(draft, anna):
    submit(draft, anna)

    version = draft.versions.get()
    assert version.content["answers"] == ANSWERS
    assert version.content["documents"][0]["name"] == "plan.txt"
    assert len(version.sha256) == 64
    with pytest.raises(Refused, match="can no longer change"):
        lifecycle.keep(draft, "team", {"team": "x"}, revision=1, by=anna, at=NOON)


@pytest.mark.parametrize("stranger", ["gleb", "vera", "boris", "artem"])
def test_only_who_signs_for_the_company_submits(stranger, draft, cast):
    with pytest.raises(Forbidden, match="only by those who sign"):
        submit(draft, getattr(cast, stranger))


def test_a_draft_is_waited_for_until_the_intake_closes(
    draft, need, vera, django_capture_on_commit_callbacks
):
    assert [turn.due_at for turn in turns.of(draft)] == [SPRING]

    later = SPRING + timedelta(days=7)
    with django_capture_on_commit_callbacks(execute=True):
        needs.extend(need, by=vera, closes_at=later, reason="Праздники", at=NOON)
    assert [turn.due_at for turn in turns.of(draft)] == [later]

    with django_capture_on_commit_callbacks(execute=True):
        needs.close_intake(need, by=vera, at=later)
    assert not turns.of(draft).exists()


def test_a_late_submission_keeps_the_draft(draft, anna):
    with pytest.raises(Refused, match="Your draft is saved and only you can see it"):
        submit(draft, anna, at=SPRING)

    assert Application.objects.get().state == State.DRAFT


def test_who_is_late_reads_the_time_in_moscow_wherever_they_are(draft, anna):
    with (
        timezone.override("Asia/Vladivostok"),
        pytest.raises(Refused, match=r"closed at 01\.04\.2026 18:00 Moscow time"),
    ):
        submit(draft, anna, at=SPRING)


def test_the_last_second_is_in_time(draft, anna):
    assert submit(draft, anna, at=SPRING - timedelta(seconds=1)).state == State.SUBMITTED


def test_unfinished_sections_are_not_submitted(draft, anna):
    with pytest.raises(Refused, match="not finished"):
        submit(draft, anna, missing=1)


def test_a_suspended_member_does_not_apply(draft, anna, amber):
    amber.memberships.update(state="suspended")

    with pytest.raises(Refused, match="not an admitted member"):
        submit(draft, anna)


def test_a_section_is_done_when_its_questions_are_answered(draft):
    empty, begun = {}, {**ANSWERS["pilot"], "sites": ""}
    pilot = SECTIONS[3]

    states = [filled(draft, pilot, values) for values in (empty, begun, ANSWERS["pilot"])]

    assert states == ["empty", "begun", "done"]


def test_of_two_writers_the_second_is_told(draft, anna):
    lifecycle.keep(draft, "team", {"team": "first"}, revision=1, by=anna, at=NOON)

    with pytest.raises(lifecycle.Overtaken) as told:
        lifecycle.keep(draft, "team", {"team": "second"}, revision=1, by=anna, at=NOON)

    assert told.value.theirs.values == {"team": "first"}


def test_a_draft_is_seen_by_its_company_alone(draft, cast):
    seen = {
        name: Application.objects.visible_to(getattr(cast, name)).exists()
        for name in ("anna", "artem", "gleb", "vera", "kira", "nina", "rita", "zakhar")
    }

    assert seen == dict.fromkeys(seen, False) | {"anna": True, "artem": True}


def test_a_submitted_one_is_seen_by_the_programme_and_not_by_others(submitted, cast):
    seen = {
        name: Application.objects.visible_to(getattr(cast, name)).exists()
        for name in ("anna", "gleb", "vera", "kira", "nina", "boris", "ulyana", "zakhar", "viktor")
    }

    assert seen == {
        "anna": True, "gleb": False, "vera": True, "kira": True, "nina": True,
        "boris": False, "ulyana": False, "zakhar": False, "viktor": False,
    }  # fmt: skip


def test_questions_stop_the_clock_and_end_after_three(screening, vera, anna):
    for n in range(3):
        lifecycle.ask(screening, by=vera, question=f"{n}?", at=NOON)
        assert turns.of(screening).get().holder == f"edit@org-{screening.organisation_id}"
        lifecycle.answer(screening, by=anna, answer="!", at=NOON)

    with pytest.raises(Refused, match="used up"):
        lifecycle.ask(screening, by=vera, question="4?", at=NOON)


def test_refused_at_screening_says_why(screening, vera):
    lifecycle.refuse_at_screening(screening, by=vera, code="off_topic", reason="Мимо", at=NOON)

    assert (screening.state, screening.reasons) == (State.REFUSED, "Мимо")
