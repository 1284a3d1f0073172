"""A solution on its way into the catalogue, and out of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import NOON
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.participants.models import Guest, Membership
from pochin.solutions import lifecycle
from pochin.solutions.models import Solution, State
from pochin.solutions.tasks import FRESH_DAYS, ask_for_refresh


def sees(reader):
    return Solution.objects.visible_to(reader).exists()


def test_a_draft_is_seen_by_its_company_alone(scales, cast):
    people = [cast.anna, cast.artem, cast.gleb, cast.vera, cast.rita, Guest()]

    assert [sees(p) for p in people] == [True, True, False, False, False, False]


def test_when_submitted_the_staff_of_the_programme_sees_it(submitted, cast):
    people = [cast.anna, cast.vera, cast.rita, cast.ulyana, cast.gleb, cast.boris, Guest()]

    assert [sees(p) for p in people] == [True, True, True, False, False, False, False]


def test_in_the_catalogue_everybody_sees_it(listed, cast):
    assert [sees(p) for p in (cast.gleb, cast.boris, Guest())] == [True, True, True]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"about_ru": ""}, "The description says nothing of what the solution is and changes."),
        ({"trl": None}, "The level of readiness, the price model or the use of personal data"),
        ({"personal_data": ""}, "The level of readiness, the price model or the use of personal"),
    ],
)
def test_an_unfinished_description_is_not_submitted(change, why, scales, anna):
    lifecycle.edit(scales, by=anna, at=NOON, **change)

    with pytest.raises(Refused, match=why):
        lifecycle.submit(scales, by=anna, at=NOON)


def test_who_is_no_member_describes_nothing(cast):
    with pytest.raises(Refused, match="not a member of “Region” yet"):
        lifecycle.begin(cast.amber, by=cast.anna, programme=cast.region, at=NOON, name_ru="Весы")


def test_a_suspended_member_does_not_enter_the_catalogue(submitted, vera):
    Membership.objects.filter(organisation=submitted.organisation).update(state="suspended")

    with pytest.raises(Refused, match="The organisation is not a member"):
        lifecycle.put_in_catalogue(submitted, by=vera, at=NOON)


@pytest.mark.parametrize("stranger", ["artem", "gleb", "vera"])
def test_only_its_editors_write_and_submit(stranger, scales, cast):
    who = getattr(cast, stranger)
    for move in ("edit", "submit"):
        with pytest.raises(Forbidden, match="only by those who edit for the organisation"):
            lifecycle.life.make(move, scales, by=who, at=NOON)


@pytest.mark.parametrize("stranger", ["anna", "ulyana", "kira", "lev"])
def test_only_a_coordinator_puts_it_in_the_catalogue(stranger, submitted, cast):
    with pytest.raises(Forbidden, match="only by a coordinator"):
        lifecycle.put_in_catalogue(submitted, by=getattr(cast, stranger), at=NOON)


def test_what_was_submitted_is_not_edited_until_taken_back(submitted, anna):
    with pytest.raises(Refused, match="already “submitted”"):
        lifecycle.edit(submitted, by=anna, at=NOON, name_ru="Иные весы")

    assert lifecycle.take_back(submitted, by=anna, at=NOON).state == State.DRAFT


def test_a_returned_solution_leaves_the_catalogue_with_the_reason(listed, vera):
    lifecycle.give_back(listed, by=vera, reason="Нет цены", at=NOON)

    assert (listed.state, listed.reasons, sees(Guest())) == (State.DRAFT, "Нет цены", False)


def test_an_edit_in_the_catalogue_is_a_new_version(listed, anna):
    before = (listed.snapshot(), listed.fingerprint())

    lifecycle.edit(listed, by=anna, at=NOON, price_ru="1 млн ₽")

    assert (listed.version, listed.snapshot()["price_ru"]) == (2, "1 млн ₽")
    assert (before[0]["version"], before[0]["price_ru"]) == (1, "")
    assert listed.fingerprint() != before[1]


def test_an_edit_of_a_draft_and_an_empty_edit_are_none(scales, anna, cast):
    lifecycle.edit(scales, by=anna, at=NOON, price_ru="1 млн ₽")
    lifecycle.submit(scales, by=anna, at=NOON)
    lifecycle.put_in_catalogue(scales, by=cast.vera, at=NOON)
    lifecycle.edit(scales, by=anna, at=NOON, price_ru="1 млн ₽")

    assert scales.version == 1


def test_half_a_year_without_a_word_asks_for_a_refresh(listed, anna):
    now = timezone.now()
    Solution.objects.update(confirmed_at=now - timedelta(days=FRESH_DAYS - 1))
    assert ask_for_refresh.func() == 0
    Solution.objects.update(confirmed_at=now - timedelta(days=FRESH_DAYS + 1))
    assert ask_for_refresh.func() == 1
    listed.refresh_from_db()
    assert (listed.state, sees(Guest())) == (State.STALE, True)
    assert [t.holder for t in turns.of(listed)] == [f"edit@org-{listed.organisation_id}"]

    lifecycle.confirm(listed, by=anna, at=now)

    assert (listed.state, ask_for_refresh.func()) == (State.LISTED, 0)


def test_only_the_clock_asks_for_a_refresh(listed, cast):
    with pytest.raises(Forbidden, match="only by the system"):
        lifecycle.fall_due(listed, by=cast.vera, at=NOON)

    assert lifecycle.fall_due(listed, by=SYSTEM, at=NOON).state == State.STALE


def test_an_archived_solution_is_seen_by_its_company_and_the_staff(listed, cast):
    lifecycle.archive(listed, by=cast.anna, at=NOON)

    assert [sees(p) for p in (cast.anna, cast.vera, cast.gleb, Guest())] == [
        True, True, False, False,
    ]  # fmt: skip


def test_the_snapshot_names_everything_that_is_shown(listed):
    hidden = {"id", "organisation", "programme"}
    shown = {f.name for f in Solution._meta.fields if f.editable} - hidden

    assert set(listed.snapshot()) == {"solution", "version"} | shown
