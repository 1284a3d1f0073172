"""A place on its way to the status of a site, and away from it."""

from datetime import date

import pytest

from conftest import NOON
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.sites import lifecycle
from pochin.sites.models import Site, State, black_outs_between


@pytest.mark.parametrize(
    ("without", "why"),
    [
        ({"responsible": None}, "No responsible person is named."),
        ({"instruction": ""}, "The safety instruction is missing."),
        ({"consent_by": None, "consent_at": None}, "The head of the unit has not consented."),
    ],
)
def test_the_status_asks_for_three_things(without, why, ready, vera):
    Site.objects.filter(pk=ready.pk).update(**without)

    with pytest.raises(Refused) as refused:
        lifecycle.give_status(ready, by=vera, at=NOON)

    assert str(refused.value) == why


def test_with_all_three_the_status_is_given(ready, vera):
    assert lifecycle.give_status(ready, by=vera, at=NOON).state == State.HAS_STATUS


@pytest.mark.parametrize("stranger", ["ulyana", "semyon", "anna", "kira", "zakhar"])
def test_only_the_coordinator_of_its_programme_gives_the_status(stranger, ready, cast):
    with pytest.raises(Forbidden, match="only by a coordinator of the programme"):
        lifecycle.give_status(ready, by=getattr(cast, stranger), at=NOON)


@pytest.mark.parametrize("stranger", ["vera", "semyon", "anna", "nina"])
def test_only_the_head_of_the_unit_consents(stranger, checked, cast):
    with pytest.raises(Forbidden, match="only by the head of the unit"):
        lifecycle.consent(checked, by=getattr(cast, stranger), at=NOON)


def test_a_place_of_nobody_is_consented_to_by_nobody(checked, head, cast):
    Site.objects.filter(pk=checked.pk).update(owner=None)

    with pytest.raises(Forbidden, match="only by the head of the unit"):
        lifecycle.consent(checked, by=head, at=NOON)


@pytest.mark.parametrize("name", ["vera", "lev"])
def test_coordinators_and_pilot_managers_nominate(name, cast):
    site = lifecycle.nominate(
        cast.city, by=getattr(cast, name), at=NOON, kind="route", name_ru="Маршрут 7"
    )

    assert (site.state, site.number < 100_000) == (State.NOMINATED, True)


@pytest.mark.parametrize("stranger", ["anna", "ulyana", "boris", "kira"])
def test_nobody_else_nominates(stranger, cast):
    with pytest.raises(Forbidden, match="only by a coordinator or pilot manager"):
        lifecycle.nominate(
            cast.city, by=getattr(cast, stranger), at=NOON, kind="route", name_ru="Маршрут 7"
        )


def test_an_index_is_nominated_once(nominated, vera, city):
    with pytest.raises(Refused, match="The postcode 101000 is already in the register"):
        lifecycle.nominate(
            city, by=vera, at=NOON, kind="office", name_ru="Другое", postcode="101000"
        )


def test_a_place_is_checked_into_ones_own_programme(nominated, vera, region):
    with pytest.raises(Refused, match="in which you are a coordinator"):
        lifecycle.check(nominated, by=vera, programme=region, at=NOON)


def test_any_coordinator_checks_a_place_from_a_register(cast):
    loose = Site.objects.create(number=644001, postcode="644001", kind="office", name_ru="Омск")

    lifecycle.check(loose, by=cast.ulyana, programme=cast.region, at=NOON)

    assert (loose.state, loose.programme) == (State.CHECKED, cast.region)


def test_whose_turn_it_is_on_the_way_to_the_status(nominated, cast, head):
    def holder():
        return [turn.holder for turn in turns.of(nominated)]

    coordinator = [f"coordinator@{cast.city.pk}"]
    assert holder() == coordinator
    lifecycle.check(nominated, by=cast.vera, programme=cast.city, at=NOON)
    assert holder() == [f"sign@org-{cast.post.pk}"]
    lifecycle.consent(nominated, by=head, at=NOON)
    assert holder() == coordinator


@pytest.mark.parametrize("name", ["vera", "semyon"])
def test_its_keepers_suspend_and_resume(name, site, cast):
    who = getattr(cast, name)
    lifecycle.suspend(site, by=who, reason="Ремонт", at=NOON)
    assert (site.state, site.reasons) == (State.SUSPENDED, "Ремонт")

    lifecycle.resume(site, by=who, at=NOON)

    assert (site.state, site.reasons) == (State.HAS_STATUS, "")


@pytest.mark.parametrize("stranger", ["anna", "kira", "lev", "ulyana"])
def test_nobody_else_suspends(stranger, site, cast):
    with pytest.raises(Forbidden, match="only by the responsible person of the site"):
        lifecycle.suspend(site, by=getattr(cast, stranger), reason="Так", at=NOON)


def test_a_deputy_suspends_until_released(site, cast):
    lifecycle.add_deputy(site, by=cast.semyon, person=cast.nina, at=NOON)
    lifecycle.suspend(site, by=cast.nina, reason="Авария", at=NOON)
    lifecycle.resume(site, by=cast.semyon, at=NOON)

    lifecycle.release_deputy(site, by=cast.semyon, person=cast.nina, at=NOON)

    with pytest.raises(Forbidden):
        lifecycle.suspend(site, by=cast.nina, reason="Авария", at=NOON)


def test_a_deputy_names_no_other_deputy(site, cast):
    lifecycle.add_deputy(site, by=cast.semyon, person=cast.nina, at=NOON)

    with pytest.raises(Forbidden, match="only by the responsible person"):
        lifecycle.add_deputy(site, by=cast.nina, person=cast.lev, at=NOON)


def test_a_deputy_is_added_and_released_once(site, cast):
    lifecycle.add_deputy(site, by=cast.semyon, person=cast.nina, at=NOON)
    with pytest.raises(Refused, match="already a deputy"):
        lifecycle.add_deputy(site, by=cast.semyon, person=cast.nina, at=NOON)
    lifecycle.release_deputy(site, by=cast.semyon, person=cast.nina, at=NOON)

    with pytest.raises(Refused, match="not a deputy"):
        lifecycle.release_deputy(site, by=cast.semyon, person=cast.nina, at=NOON)


@pytest.mark.parametrize("name", ["vera", "head"])
def test_the_centre_or_the_head_withdraws(name, site, cast, head):
    who = head if name == "head" else cast.vera

    assert lifecycle.withdraw(site, by=who, reason="Закрыто", at=NOON).state == State.WITHDRAWN


@pytest.mark.parametrize("stranger", ["semyon", "ulyana", "anna"])
def test_nobody_else_withdraws(stranger, site, cast):
    with pytest.raises(Forbidden):
        lifecycle.withdraw(site, by=getattr(cast, stranger), reason="Закрыто", at=NOON)


@pytest.mark.parametrize(
    ("first", "last", "touched"),
    [(1, 9, False), (1, 10, True), (12, 12, True), (20, 25, True), (21, 25, False)],
)
def test_black_out_days_touch_the_days_they_share(first, last, touched, site, semyon):
    lifecycle.black_out(
        site, by=semyon, starts_on=date(2026, 12, 10), ends_on=date(2026, 12, 20),
        why_ru="Пик", at=NOON,
    )  # fmt: skip

    found = black_outs_between(site, date(2026, 12, first), date(2026, 12, last))

    assert found.exists() == touched


def test_black_out_days_end_after_they_begin(site, semyon):
    with pytest.raises(Refused, match="must not be before the first"):
        lifecycle.black_out(
            site, by=semyon, starts_on=date(2026, 12, 10), ends_on=date(2026, 12, 9),
            why_ru="Пик", at=NOON,
        )  # fmt: skip


def test_black_out_days_are_lifted_once(site, semyon):
    day = date(2026, 12, 10)
    lifecycle.black_out(site, by=semyon, starts_on=day, ends_on=day, why_ru="Пик", at=NOON)
    number = site.black_outs.get().number
    lifecycle.lift_black_out(site, by=semyon, number=number, at=NOON)

    with pytest.raises(Refused, match="already lifted"):
        lifecycle.lift_black_out(site, by=semyon, number=number, at=NOON)


def test_a_series_is_named_once(site, semyon):
    given = {"code": "queue", "name_ru": "Очередь", "frequency": "day", "since": NOON.date()}
    lifecycle.add_feed(site, by=semyon, at=NOON, **given)

    with pytest.raises(Refused, match="already gives a series called queue"):
        lifecycle.add_feed(site, by=semyon, at=NOON, **given)
