"""The plan form with each way of comparing: what it asks, what it can show, what it will say."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from pochin.lab.design import Individual
from pochin.lab.protocol import Protocol
from pochin.pilots import beyond_form, lab_words, lifecycle
from pochin.pilots.feasibility import Guesses, judge
from pochin.pilots.forms.fields import Days, Number, Range
from pochin.pilots.operating_characteristics import operating_characteristics
from pochin.pilots.power_words import power_of
from pochin.pilots.tests.test_plan_pages import ANSWERS, SURE, fill, in_design, levs, write

__all__ = ["in_design", "levs"]  # the fixtures of the form

LONG = {"baseline": "8", "run": "8"}
KINDS = {
    "parallel": {},
    "pairs": {},
    "stepped-wedge": {"steps": "2"},
    "switchback": {"block": "2", "baseline": "0"},
    "individual": {"readings": "100", "baseline": "0"},
    "difference-in-differences": LONG,
    "synthetic-control": LONG,
    "interrupted-series": LONG,
}
OBSERVED = ("difference-in-differences", "synthetic-control", "interrupted-series")


@pytest.fixture
def twelve(pilot_at, in_design, offices):
    """A pilot being designed with twelve sites."""
    for office in offices[4:]:
        pilot_at.slot(in_design, office)
    return in_design


@pytest.fixture(autouse=True)
def in_russian():
    """What a page says is put into words when it is asked, also after the page was made."""
    with translation.override("ru"):
        yield


def with_arms(pilot, kind, treated=1):
    """The first sites get the solution where nobody draws a lot."""
    if kind not in OBSERVED:
        return {}
    sites = [
        slot.site.number for slot in pilot.slots.select_related("site").order_by("site__number")
    ]
    return {
        f"arm_{number}": "treatment" if i < treated else "control"
        for i, number in enumerate(sites)
    }  # fmt: skip


def asked(levs, pilot, kind, **changes):
    """The answer to the form with one way of comparing; nothing is kept."""
    given = {**SURE, "kind": kind, **KINDS[kind], **with_arms(pilot, kind), **changes}
    return levs.post(reverse("pilots:write_plan", args=[pilot.number]), fill(pilot, **given))


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_shows_what_the_decision_will_say_before_anybody_signs(kind, twelve, levs):
    answer = asked(levs, twelve, kind)
    power = answer.context["power"]

    assert answer.status_code == 200
    assert power.trial.rows[0]["if"] == "эффекта нет"
    assert len(power.trial.rows) == 3
    for one in power.trial.tried.scenarios:
        assert one.green + one.amber + one.red == pytest.approx(1)
        assert 0 <= one.found <= 1
    first, threshold, twice = power.trial.tried.scenarios
    assert first.found <= 0.09  # 5 % and the noise of 400 tries
    assert first.found <= threshold.found + 0.02 <= twice.found + 0.04
    # Where no p-value can be small enough nothing is ever seen, and nobody is told how often.
    is_told = "Эффект, которого нет, увидят в" in answer.content.decode()
    assert is_told == (power.found.floor <= 0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_shows_what_more_would_bring(kind, twelve, levs):
    power = asked(levs, twelve, kind).context["power"]
    detectable = [one.detectable for one in power.found.grown]
    units = [row["units"] for row in power.grown]

    assert len(units) >= 2
    assert units == sorted(units)
    assert detectable == sorted(detectable, reverse=True)


def test_a_parcel_is_read_once_however_many_come(twelve, levs):
    found = asked(levs, twelve, "individual").context["power"].found
    alone = Individual(400)  # 100 a period, four periods

    assert found.icc == (0.0,)
    assert found.detectable[0] == pytest.approx(float(alone.mde(0.8, sd=2.0)))


def test_a_parcels_icc_is_no_question(twelve, levs):
    page = asked(levs, twelve, "individual").content.decode()

    assert "Если внутриклассовая корреляция" not in page
    assert "Отправлений или людей" in page


def test_the_floor_of_one_treated_site_is_said(twelve, levs):
    page = asked(levs, twelve, "synthetic-control").content.decode()

    assert "Решение получит одна площадка, с ней сравнивают 11" in page
    assert "1/(11 + 1) = 0,08333" in page


def test_so_few_placebos_decide_nothing(twelve, levs):
    power = asked(levs, twelve, "synthetic-control", scope="next-stage").context["power"]

    assert {(one.green, one.amber, one.red) for one in power.trial.tried.scenarios} == {
        (0.0, 1.0, 0.0)
    }


def test_so_few_placebos_will_tell_no_money_and_the_form_says_so(twelve, levs):
    money = {"value": "100", "volume": "1000", "horizon": "3", "capex": "1", "running": "1"}
    said = "не посчитает денег"

    assert said in asked(levs, twelve, "synthetic-control", **money).content.decode()
    assert said not in asked(levs, twelve, "synthetic-control").content.decode()
    assert said not in asked(levs, twelve, "parallel", **money).content.decode()


def test_several_treated_sites_are_not_called_one(twelve, levs):
    given = with_arms(twelve, "synthetic-control", treated=3)

    page = asked(levs, twelve, "synthetic-control", **given).content.decode()

    assert "Решение получит одна площадка" not in page
    assert "их 3); сравнивают с ними 9" in page


@pytest.mark.parametrize("kind", OBSERVED)
def test_where_people_choose_nobody_speaks_of_a_lot(kind, twelve, levs):
    power = asked(levs, twelve, kind).context["power"]

    assert "ребий" not in power.sentence + power.floor_words
    assert power.trial.colour_words[0].startswith("Без жребия итог не бывает зелёным")
    assert [one.green for one in power.trial.tried.scenarios] == [0.0, 0.0, 0.0]


def test_for_the_next_stage_a_comparison_without_a_lot_may_be_green(twelve, levs):
    given = {"scope": "next-stage", **with_arms(twelve, OBSERVED[0], treated=6)}

    power = asked(levs, twelve, OBSERVED[0], **given).context["power"]

    assert power.trial.tried.scenarios[-1].green > 0.5
    assert not power.trial.colour_words[0].startswith("Без жребия")


def test_the_effect_that_ends_green_in_eight_cases_of_ten_is_told(twelve, levs):
    power = asked(levs, twelve, "parallel").context["power"]
    enough = power.found.green_from
    protocol, guesses = power.protocol, Guesses(sd=2.0, icc=(0.05,), cac=(0.8,), readings=200.0)
    document = {**protocol.document, "metrics": [
        {**one, "threshold": enough / 2} if one["role"] == "primary" else one
        for one in protocol.document["metrics"]
    ]}  # fmt: skip

    assert enough > power.found.threshold
    # Of a plan whose threshold is half as large, “twice the threshold” is that very effect.
    parsed = type(protocol).parse(redrawn(document))
    tried = operating_characteristics(parsed, guesses, runs=2000).scenarios
    assert tried[-1].effect == pytest.approx(enough)
    assert tried[-1].green >= 0.8
    assert f"не меньше {enough:.3g}".replace(".", ",") in power.trial.colour_words[0]


def redrawn(document):
    """Without the lot that was drawn for other words."""
    units = [{"unit": one["unit"]} for one in document["assignment"]["units"]]
    return {**document, "assignment": {"method": "complete", "units": units}}


def test_what_is_told_before_the_lock_keeps_to_the_plans_own_level(twelve, levs):
    page = asked(levs, twelve, "parallel").context["power"]
    document = redrawn(page.protocol.document)
    strict, loose = (
        power_of(
            type(page.protocol).parse({**document, "analysis": {"level": level}}),
            Guesses(sd=2.0, icc=(0.05,), cac=(0.8,), readings=2.0),
        )
        for level in (0.975, 0.8)
    )

    assert strict.found.power[0] < loose.found.power[0]
    assert strict.found.detectable[0] > loose.found.detectable[0]
    seen, unstrictly = (one.trial.tried.scenarios[0].found for one in (strict, loose))
    assert seen < 0.06 < unstrictly
    assert "интервал 97,5\xa0%" in " ".join(strict.trial.colour_words)
    assert "интервал 80\xa0%" in " ".join(loose.trial.colour_words)


def test_money_decides_too_so_no_such_effect_is_told(twelve, levs):
    money = {"value": "100", "volume": "1000", "horizon": "3", "capex": "1", "running": "1"}

    assert asked(levs, twelve, "parallel", **money).context["power"].found.green_from is None


def test_periods_that_are_not_measured_cost_a_wedge_its_precision(twelve, levs):
    given = {"steps": "3", "run": "6"}
    whole = asked(levs, twelve, "stepped-wedge", **given).context["power"].found
    washed = asked(levs, twelve, "stepped-wedge", wash_in="1", **given).context["power"].found
    shorter = asked(levs, twelve, "stepped-wedge", exclude="08.04.2099", **given)

    assert washed.std_error > 1.02 * whole.std_error
    assert shorter.context["power"].found.std_error > 1.02 * whole.std_error


def test_why_a_design_cannot_be_reckoned_with_is_told_in_the_readers_language(twelve, levs):
    told = asked(levs, twelve, "stepped-wedge", exclude="08.04.2099").context["power"].trouble

    assert told.startswith("При таком порядке эффект не отличить от смены периодов")


def test_unequal_arms_are_compared_by_welch_and_the_reader_is_told_why(twelve, levs):
    answer = asked(levs, twelve, "parallel", treated="3")

    assert answer.context["power"].protocol.analysis.method == "unit-means-welch"
    assert "Уэлч" in answer.content.decode()
    assert "Уэлч" not in str(asked(levs, twelve, "parallel").context["noticed"])


def test_a_series_beside_others_reckons_with_them(twelve, levs):
    power = asked(levs, twelve, "interrupted-series").context["power"]

    assert len(power.protocol.design["comparators"]) == 11
    assert "no-comparator" not in [flag.code for flag in power.found.flags]


# Days, numbers -------------------------------------------------------------------------------


def test_periods_that_hold_a_holiday_are_left_out_of_the_plan(twelve, levs):
    kept = asked(levs, twelve, "parallel", exclude="08.04.2099; 10.04.2099", keep="yes")
    page = levs.get(reverse("pilots:write_plan", args=[twelve.number]))

    assert kept.status_code == 302
    assert ANSWERS["start"] == "16.03.2099"
    assert twelve.plan().content["periods"]["exclude"] == ["2099-04-06"]
    assert page.context["form"]["exclude"].value() == "06.04.2099"


def test_days_that_are_none_are_told_at_their_field(twelve, levs):
    answer = asked(levs, twelve, "parallel", exclude="пасха")

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["exclude"]
    assert Days(required=False).clean("") == []


def test_a_day_outside_the_pilot_is_told(twelve, levs):
    assert asked(levs, twelve, "parallel", exclude="01.01.2098").status_code == 422


@pytest.mark.parametrize("words", ["nan", "inf; inf; inf", "1; 2; nan"])
def test_a_range_is_of_numbers(words):
    with pytest.raises(ValidationError):
        Range().clean(words)


def test_large_sums_are_shown_as_they_were_typed():
    with translation.override("ru"):
        assert Number().prepare_value(40_000_000.0) == "40000000"
        assert Range().prepare_value({"low": 1e6, "mid": 1.5e6, "high": 2e7}) == (
            "1000000; 1500000; 20000000"
        )
        assert Number().prepare_value(0.5) == "0,5"
    with translation.override("en"):
        assert Number().prepare_value(0.5) == "0.5"


def test_a_day_in_a_sentence_of_the_lab_is_written_as_people_write_it():
    with translation.override("ru"):
        told = lab_words.told(
            "%(name)s falls into period %(period)s; exclude it in the plan or keep it for ever.",
            {"name": "Новогодние каникулы", "period": "2027-01-04"},
        )
    assert told.startswith(
        "На период с 4\N{NO-BREAK SPACE}января 2027 приходится «Новогодние каникулы»"
    )


def test_what_a_plan_can_show_follows_from_it_alone(twelve, levs):
    power = asked(levs, twelve, "individual").context["power"]
    guesses = Guesses(sd=2.0, icc=(0.3,), readings=100.0, size_cv=0.7)

    assert judge(power.protocol, guesses).detectable == power.found.detectable
    assert write(levs, twelve, kind="individual", baseline="0").context["power"].found is None


# A plan from a file --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_of_the_form_has_nothing_the_form_cannot_show(kind, twelve, levs):
    given = {"value": "100", "volume": "1000", "horizon": "3", "usage_code": "usage",
             "spending": "obrien-fleming", "look_at": "50", "exclude": "08.04.2099"}  # fmt: skip

    kept = asked(levs, twelve, kind, keep="yes", **given)
    page = levs.get(reverse("pilots:write_plan", args=[twelve.number]))

    assert kept.status_code == 302
    assert page.context["not_shown"] == ""
    assert beyond_form.lost(twelve.plan().content) == []


def test_what_the_form_has_no_question_for_is_named_before_it_is_lost(twelve, levs, lev):
    asked(levs, twelve, "parallel", keep="yes", seed="")
    document = twelve.plan().content
    document["analysis"]["draws"] = 999
    document["metrics"].append(
        {"code": "cost", "role": "secondary", "kind": "mean", "direction": "lower", "unit": "₽"}
    )
    lifecycle.write_plan(twelve, by=lev, protocol=Protocol.parse(document))

    page = levs.get(reverse("pilots:write_plan", args=[twelve.number]))

    assert "показатели" in page.context["not_shown"]
    assert "В форме нет вопросов о части этого плана: " in page.content.decode()
