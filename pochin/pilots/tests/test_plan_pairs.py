"""Sites that the form pairs: with the nearest, with those of their size; told when odd."""

from decimal import Decimal

import pytest
from django.urls import reverse

from pochin.pilots import pairing
from pochin.pilots.tests.test_plan_kinds import asked, in_russian, twelve
from pochin.pilots.tests.test_plan_pages import SURE, fill, in_design, levs

__all__ = ["in_design", "in_russian", "levs", "twelve"]  # the fixtures of the form


def test_pairs_nobody_named_are_made_by_likeness_and_kept(twelve, levs):
    answer = asked(levs, twelve, "pairs")
    kept = asked(levs, twelve, "pairs", keep="yes")

    assert "Пары похожих площадок по реестру" in answer.content.decode()
    assert kept.status_code == 302
    pairs = [unit["pair"] for unit in twelve.plan().content["assignment"]["units"]]
    assert sorted(pairs) == sorted(list("123456") * 2)


def test_sites_are_paired_with_the_nearest(offices):
    near = [(55.0, 37.0), (60.0, 30.0), (52.0, 60.0)]
    places = [*near, *((latitude + 0.1, longitude - 0.1) for latitude, longitude in near)]
    for office, (latitude, longitude) in zip(offices, places, strict=False):
        office.latitude, office.longitude = Decimal(latitude), Decimal(longitude)

    assert pairing.by_likeness(offices[:6]) == ["1", "2", "3", "1", "2", "3"]


def test_sites_are_paired_with_those_of_their_size(offices):
    for office, size in zip(offices, ("small", "large", "large", "small"), strict=False):
        office.latitude = office.longitude = None
        office.size = size

    assert pairing.by_likeness(offices[:4]) == ["1", "2", "2", "1"]


def test_an_odd_number_of_sites_is_told_in_one_sentence(twelve, levs):
    first = twelve.slots.select_related("site").first().site.number
    given = {**fill(twelve, kind="pairs", **SURE)}
    del given[f"in_{first}"]

    answer = levs.post(reverse("pilots:write_plan", args=[twelve.number]), given)

    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors() == [
        "Отмечено площадок: 11, а в паре их две. Уберите одну или добавьте."
    ]


@pytest.mark.parametrize("kind", ["pairs", "parallel"])
def test_forgotten_groups_are_named_together_in_one_sentence(kind, twelve, levs):
    sites = [slot.site for slot in twelve.slots.select_related("site").order_by("site__number")]
    named = {f"group_{site.number}": "север" for site in sites[:10]}

    told = asked(levs, twelve, kind, **named).context["form"].non_field_errors()

    assert len(told) == 1
    assert str(sites[10]) in told[0]
    assert str(sites[11]) in told[0]
