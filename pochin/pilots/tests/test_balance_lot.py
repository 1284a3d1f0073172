"""A lot drawn among balanced assignments: chosen in the form, kept, signed with its numbers."""

import pytest
from django.urls import reverse

from pochin.pilots import balancing, beyond_form, lifecycle
from pochin.pilots.tests.test_plan_kinds import asked, in_russian, twelve
from pochin.pilots.tests.test_plan_pages import in_design, levs
from pochin.sites.models import Site

__all__ = ["in_design", "in_russian", "levs", "twelve"]  # the fixtures of the form

SIZES = ["small"] * 5 + ["medium"] * 4 + ["large"] * 3


@pytest.fixture
def unlike(twelve):
    """Twelve sites of three sizes, the large ones few."""
    slots = twelve.slots.select_related("site").order_by("site__number")
    for slot, size in zip(slots, SIZES, strict=True):
        slot.site.size = size
        slot.site.save(update_fields=["size"])
    return twelve


def balanced(levs, pilot, **changes):
    given = {"draw": "constrained", "balance": ["size"], **changes}
    return asked(levs, pilot, "parallel", **given)


def before(pilot, value=lambda i: str(10 + i * i), leave=0):
    slots = pilot.slots.select_related("site").order_by("site__number")
    return {
        f"before_{slot.site.number}": value(i)
        for i, slot in enumerate(slots) if i >= leave
    }  # fmt: skip


def test_the_form_draws_among_the_assignments_that_balance_the_sites(unlike, levs):
    shown = balanced(levs, unlike, stays="20")
    power = shown.context["power"]
    best = power.protocol.best_balanced

    assert power.protocol.document["assignment"]["method"] == "constrained"
    assert power.protocol.design["keep"] == 0.2
    assert power.found.lots == len(best.kept) < 924 / 4
    assert power.found.floor == 2 / len(best.kept)
    arms = power.protocol.assignment().arms
    assert (best.kept == arms).all(axis=1).any()
    [row] = power.constraint_rows
    assert row["what"] == "размер"
    assert float(row["most"].replace(",", ".")) < float(row["usual"].replace(",", "."))
    page = shown.content.decode()
    assert "Всего возможно распределений: 924" in page
    assert "Насколько похожи будут группы" in page


def test_a_balanced_plan_is_kept_and_shown_again_as_it_was(unlike, levs):
    given = {"draw": "constrained", "balance": ["size", "before"], "stays": "20"}
    answer = asked(levs, unlike, "parallel", keep="yes", **given, **before(unlike))
    first = unlike.slots.select_related("site").order_by("site__number").first().site
    content = unlike.plan().content

    form = levs.get(reverse("pilots:write_plan", args=[unlike.number])).context["form"]

    assert answer.status_code == 302
    assert content["assignment"]["balance"] == ["before", "size"]
    assert content["assignment"]["units"][0]["covariates"] == {"size": 0.0, "before": 10.0}
    # Anybody can draw the same lot again, among the same assignments.
    assert unlike.plan().protocol.assignment("424242").admissible is not None
    assert form["draw"].value() == "constrained"
    assert form["balance"].value() == ["before", "size"]
    assert form["stays"].value() == "20"
    assert form[f"before_{first.number}"].value() == "10"


def test_a_plan_with_a_balanced_lot_loses_nothing_in_the_form(unlike, levs):
    power = balanced(levs, unlike, balance=["size", "kind", "before"], **before(unlike)).context[
        "power"
    ]

    assert beyond_form.lost(power.protocol.document) == []


def test_the_plan_page_tells_what_the_lot_balances(unlike, levs, lev):
    power = balanced(levs, unlike).context["power"]
    lifecycle.write_plan(
        unlike, by=lev, protocol=power.protocol, guesses={"sd": 2.0, "icc": [0.05]}
    )

    page = levs.get(reverse("pilots:plan", args=[unlike.number])).content.decode()
    form = levs.get(reverse("pilots:write_plan", args=[unlike.number])).context["form"]

    assert "похожи по признакам: размер; остаются самые похожие 10" in page
    assert "Всего возможно распределений: 924" in page
    assert form["draw"].value() == "constrained"
    assert form["balance"].value() == ["size"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"balance": []}, "Отметьте, в чём группы должны быть похожи."),
        ({"balance": ["region"]}, "В отмеченном площадки не различаются, уравнивать нечего."),
    ],
)
def test_what_cannot_be_balanced_is_told_at_its_question(given, told, unlike, levs):
    Site.objects.update(region="77")

    answer = balanced(levs, unlike, **given)

    assert answer.status_code == 422
    assert answer.context["form"].errors["balance"] == [told]


def test_sites_without_a_value_from_before_are_named(unlike, levs):
    answer = balanced(levs, unlike, balance=["before"], **before(unlike, leave=2))
    first = unlike.slots.select_related("site").order_by("site__number").first().site

    assert answer.status_code == 422
    [told] = answer.context["form"].errors["balance"]
    assert str(first) in told
    # What was typed stands there still.
    assert answer.context["form"][f"before_{first.number}"].value() is None
    assert 'value="14"' in answer.content.decode()


def test_a_lot_that_is_too_tight_is_noticed_before_it_is_kept(unlike, levs):
    few = balanced(levs, unlike, balance=["before"], stays="5", **before(unlike))
    many = balanced(levs, unlike, balance=["before"], stays="50", **before(unlike))

    assert any("трёх четвертях" in words for words, _tone in few.context["noticed"])
    assert not any("трёх четвертях" in words for words, _tone in many.context["noticed"])


def test_a_lot_in_which_two_sites_never_part_is_refused_in_words(unlike, levs):
    answer = balanced(levs, unlike, balance=["before"], stays="0.5", **before(unlike))

    assert answer.status_code == 422
    [told] = answer.context["form"].non_field_errors()
    assert told.startswith("Единицы ")
    assert told.endswith("оставьте бо́льшую долю распределений.")


def test_what_the_register_does_not_know_is_taken_as_usual(offices):
    one, other, third = offices[:3]
    one.size, other.size, third.size = "small", "", "large"

    known = balancing.known_of([one, other, third], ["size"], {})

    assert [row["size"] for row in known] == [0.0, 1.0, 2.0]


def test_each_kind_of_site_but_the_last_has_a_number_of_its_own(offices):
    for office, kind in zip(offices, ("hub", "office", "office"), strict=False):
        office.kind = kind

    known = balancing.known_of(offices[:3], ["kind"], {})

    assert [sorted(row.values()) for row in known] == [[1.0], [0.0], [0.0]]
