"""What looks, guardrails and several primary metrics do to a plan, before it starts."""

import pytest
from django.urls import reverse

from pochin.lab.protocol import Protocol
from pochin.pilots.feasibility import Guesses
from pochin.pilots.power_words import power_of
from pochin.pilots.tests.test_plan_kinds import KINDS, OBSERVED, asked, in_russian, redrawn, twelve
from pochin.pilots.tests.test_plan_pages import in_design, levs

__all__ = ["in_design", "in_russian", "levs", "twelve"]  # the fixtures of the form


def test_looks_of_the_plan_cost_power_and_the_reader_is_told_what(twelve, levs):
    once = asked(levs, twelve, "parallel").context["power"]
    answer = asked(levs, twelve, "parallel", spending="pocock", look_at="50")
    power = answer.context["power"]

    assert power.found.paid == pytest.approx(1.05, abs=0.01)
    assert power.found.promised == pytest.approx(once.found.promised * power.found.paid, rel=1e-3)
    assert power.found.power[1] < once.found.power[1]
    assert power.trial.tried.scenarios[0].found <= 0.09  # 5 % and the noise of 400 tries
    assert power.trial.tried.scenarios[-1].early > 0.5 > power.trial.tried.scenarios[0].early
    page = answer.content.decode()
    assert "Просмотров данных по плану: 2." in page
    assert "Просмотров данных по плану" not in asked(levs, twelve, "parallel").content.decode()


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in OBSERVED])
def test_every_lot_can_be_looked_at_twice(kind, twelve, levs):
    given = {"spending": "obrien-fleming", "look_at": "50", "run": "8"}

    power = asked(levs, twelve, kind, **given).context["power"]

    assert power.trouble == ""
    assert power.trial.tried.scenarios[0].found <= 0.09


def test_ranks_cannot_be_looked_at_early_and_the_reader_is_told(twelve, levs):
    given = {"spending": "obrien-fleming", "look_at": "50"}

    power = asked(levs, twelve, "synthetic-control", **given).context["power"]

    assert power.trouble == "Этот способ не даёт величины, по которой можно смотреть раньше срока."


def test_a_guardrails_chance_is_told_and_green_waits_for_it(twelve, levs):
    given = {"threshold": "0,5", "guard1_margin": "0,05"}
    sure = asked(levs, twelve, "parallel", **given)
    answer = asked(levs, twelve, "parallel", guard1_sd="0,14", **given)
    free, power = sure.context["power"], answer.context["power"]
    none, margin, twice = power.trial.guard_rows

    assert free.trial.guard_rows == []
    assert "будто эти ограничительные показатели выдержаны" in free.trial.unguarded_words
    assert power.trial.unguarded_words == ""
    assert none["held"] > 0.3
    assert margin["held"] <= 0.09
    assert twice["harmed"] == pytest.approx(none["held"], abs=0.1)
    assert 0 < power.trial.tried.scenarios[-1].green < free.trial.tried.scenarios[-1].green
    assert "Что скажут ограничительные показатели" in answer.content.decode()


def test_a_guardrails_spread_is_kept_with_the_plan(twelve, levs):
    asked(levs, twelve, "parallel", guard1_sd="0,14", keep="yes")

    page = levs.get(reverse("pilots:write_plan", args=[twelve.number]))

    assert twelve.plan().guesses["guards"] == {"complaints": 0.14}
    assert page.context["form"]["guard1_sd"].value() == "0,14"


# Looks by the lot ----------------------------------------------------------------------------

BY_LOT = {"spending": "randomization", "look_at": "50"}


def test_looks_by_the_lot_cost_what_the_lot_costs(twelve, levs):
    eight = {f"in_{one.site.number}": "" for one in sites_of(twelve)[8:]}
    few = asked(levs, twelve, "parallel", **BY_LOT, **eight)
    many = asked(levs, twelve, "parallel", **BY_LOT)

    # Of 70 outcomes two may stop; of 924 there are enough.
    assert few.context["power"].found.paid > 1.15
    assert many.context["power"].found.paid == pytest.approx(1.0, abs=0.03)
    assert "судит сам жребий. За это эффект должен быть на" in few.content.decode()
    assert "судит сам жребий. Эффект замечают примерно так же часто" in many.content.decode()


def test_one_site_more_may_let_a_small_lot_spend_what_it_could_not(twelve, levs):
    eight = {f"in_{one.site.number}": "" for one in sites_of(twelve)[8:]}
    found = asked(levs, twelve, "parallel", **BY_LOT, **eight).context["power"].found
    normal = asked(levs, twelve, "parallel", spending="obrien-fleming", look_at="50", **eight)

    now, after = (one.detectable for one in found.grown[:2])
    by_boundaries = [one.detectable for one in normal.context["power"].found.grown[:2]]
    assert now / after > 1.1 * by_boundaries[0] / by_boundaries[1]


def test_what_the_lot_does_not_look_at_is_said(twelve, levs):
    page = asked(levs, twelve, "parallel", **BY_LOT, baseline="4", adjust="on").content.decode()

    assert "не глядя на их значения до начала" in page
    assert "не глядя" not in asked(levs, twelve, "parallel", **BY_LOT).content.decode()


def sites_of(pilot):
    return list(pilot.slots.select_related("site").order_by("site__number"))


# Several primary metrics ---------------------------------------------------------------------

STEAM = {
    "code": "steam", "name": "Пар", "role": "primary", "kind": "mean", "direction": "higher",
    "unit": "t", "threshold": 2.0,
}  # fmt: skip


def with_steam(protocol, **analysis):
    document = redrawn(protocol.document)
    metrics = [document["metrics"][0], STEAM, *document["metrics"][1:]]
    analysis = document.get("analysis", {}) | {"multiplicity": "holm"} | analysis
    return Protocol.parse(document | {"metrics": metrics, "analysis": analysis})


def test_every_primary_metric_is_tried_out_and_any_and_all(twelve, levs):
    one = asked(levs, twelve, "parallel").context["power"]
    guesses = Guesses(sd=2.0, icc=(0.05,), cac=(0.8,), readings=5.0, guards={"steam": 3.0})

    two = power_of(with_steam(one.protocol), guesses)
    rows = {row["name"]: row["seen"] for row in two.trial.primary_rows}

    assert list(rows)[1:] == ["Пар", "хотя бы один", "все сразу"]
    none, threshold, twice = (
        {name: seen[k] for name, seen in rows.items()} for k in range(3)
    )  # fmt: skip
    assert none["хотя бы один"] <= 0.09  # 5 % and the noise of 400 tries
    for told in (threshold, twice):
        assert told["все сразу"] <= min(told.values()) + 1e-9
        assert told["хотя бы один"] == max(told.values())
    assert two.trial.rows[0]["found"] == none["хотя бы один"]
    said = " ".join(two.trial.primary_words)
    assert "делят ошибку по правилу Холма" in said
    assert "хотя бы один замечают в" in said
    # Half of the error is all that one metric may count on.
    alone = power_of(one.protocol, guesses)
    assert two.found.power[0] < alone.found.power[0]
    assert two.found.promised > alone.found.promised
    assert (alone.trial.primary_rows, alone.trial.primary_words) == ([], [])


def test_a_primary_metric_of_which_nothing_is_supposed_is_named(twelve, levs):
    one = asked(levs, twelve, "parallel").context["power"]
    guesses = Guesses(sd=2.0, icc=(0.05,), cac=(0.8,), readings=5.0)

    trial = power_of(with_steam(one.protocol), guesses).trial

    assert trial.primary_words[-1].endswith("ничего не замечают: Пар.")
    assert trial.primary_rows[-1]["seen"] == [0.0, 0.0, 0.0]


def test_looks_watch_each_primary_metric_at_its_share(twelve, levs):
    one = asked(levs, twelve, "parallel", spending="pocock", look_at="50").context["power"]
    guesses = Guesses(sd=2.0, icc=(0.05,), cac=(0.8,), readings=5.0, guards={"steam": 3.0})

    trial = power_of(with_steam(one.protocol), guesses).trial

    assert "первый замеченный эффект завершает пилот" in trial.primary_words[0]
    assert trial.rows[0]["found"] <= 0.09
