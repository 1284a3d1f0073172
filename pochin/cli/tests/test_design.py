"""What a plan can show, told on the command line before anybody signs it."""

import json

import pytest

from pochin.cli import main
from pochin.cli.design import balance
from pochin.lab.design import design_of_plan
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import KINDS, offices, plan


def designed(tmp_path, capsys, document, *options):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document))
    assert main(["design", str(file), "--sd", "2", *options]) == 0
    return capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_every_design_is_told_with_its_finding_first_and_its_colours(kind, tmp_path, capsys):
    told = designed(tmp_path, capsys, plan(kind)).splitlines()

    assert told[0].startswith(("Shows an effect of", "Whatever the effect"))
    assert "if the truth is           is seen   green   amber   red" in told
    assert [line.split(" (")[0] for line in told if line.startswith(("no effect", "twice"))] == [
        "no effect", "twice",
    ]  # fmt: skip


@pytest.mark.django_db
def test_looks_and_guardrails_are_told(tmp_path, capsys):
    document = plan(analysis={"looks": {"spending": "pocock", "at": [0.5, 1.0]}})

    told = designed(tmp_path, capsys, document, "--guard", "complaints=0.14")

    assert "The plan looks at the data 2 times" in told
    assert told.count("guardrail complaints worse by") == 3
    assert "take it that these guardrails hold" not in told
    assert "take it that these guardrails hold" in designed(tmp_path, capsys, document)


def told_power(told):
    """The power at each guess of the ICC, and how often an effect that is not there is seen."""
    lines = told.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("ICC ")) + 1
    none = next(line for line in lines if line.startswith("no effect"))
    return [float(line.split()[1]) for line in lines[first : first + 3]], float(none.split()[-4])


@pytest.mark.django_db
def test_power_is_that_of_the_plans_own_level(tmp_path, capsys):
    guess = ("--icc", "0.2", "0.3", "0.4")
    strict, usual, loose = (
        told_power(designed(tmp_path, capsys, plan(analysis={"level": level}), *guess))
        for level in (0.99, 0.95, 0.8)
    )
    lab = design_of_plan(Protocol.parse(plan(analysis={"level": 0.8})))
    threshold = Protocol.parse(plan()).primary.threshold
    expected = lab.power(
        threshold, sd=2.0, icc=(0.2, 0.3, 0.4), cac=0.8, cluster_size=50, alpha=0.2
    )

    assert strict[0] < usual[0] < loose[0]
    assert loose[0] == pytest.approx(expected.power.tolist(), abs=0.005)
    assert strict[1] <= 0.03 <= 0.15 <= loose[1]


@pytest.mark.django_db
def test_a_floor_on_the_level_itself_is_low_enough(tmp_path, capsys):
    """Nine comparison units allow a p-value of exactly 1/10."""
    document = plan("synthetic-control")
    units = document["assignment"]["units"]
    kept = [one for one in units if "treated_from" in one or one.get("arm") == "treatment"][:1]
    kept += [one for one in units if one not in kept][:9]
    document["assignment"]["units"] = kept

    reached, missed = (
        designed(tmp_path, capsys, document | {"analysis": {"level": level}})
        for level in (0.9, 0.91)
    )

    assert "Whatever the effect" not in reached
    assert "Whatever the effect" in missed


@pytest.mark.parametrize("given", ["complaints", "complaints=x", "complaints=0", "other=1"])
def test_a_guardrail_that_cannot_be_is_refused(given, tmp_path, capsys):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan()))

    assert main(["design", str(file), "--sd", "2", "--guard", given]) == 2
    assert f"--guard {given} must be the code of a guardrail" in capsys.readouterr().err


@pytest.mark.django_db
def test_the_floor_of_one_treated_unit_is_said(tmp_path, capsys):
    told = designed(tmp_path, capsys, plan("synthetic-control"))

    assert "One site gets the solution and 11 are compared with it" in told


def test_the_balance_of_a_drawn_lot_is_told():
    def unit(i):
        return {"size": float(i % 2), "age": float(i)}

    units = offices(12, arm=lambda i: "treatment" if i % 2 else "control", covariates=unit)
    drawn = Protocol.parse(plan(assignment={"method": "complete", "units": units}))

    assert balance(drawn) == [
        "as drawn: units with the solution 6, without 6",
        "as drawn: age differs by +0.28 standard deviations",
        "as drawn: size differs by +1.91 standard deviations",
    ]


@pytest.mark.django_db
def test_a_constrained_lot_says_what_stays_and_how_alike_it_makes_the_arms(tmp_path, capsys):
    units = offices(12, covariates=lambda i: {"size": float(i * i)})
    rules = {"method": "constrained", "balance": ["size"], "units": units}

    told = designed(tmp_path, capsys, plan(assignment=rules))

    assert "balanced: 104 of 924 possible assignments stay\n" in told
    assert "parallel, 12 units, 104 assignments could be drawn" in told
    assert "smallest two-sided p-value possible: 0.01923" in told
    most = Protocol.parse(plan(assignment=rules)).best_balanced.kept_at_most[0]
    assert f"balanced: size differs by up to {most:.2f} standard deviations, by a fair" in told


def test_before_the_lot_there_is_no_balance():
    drawn = Protocol.parse(plan(assignment={"method": "complete", "units": offices(12)}))

    assert balance(drawn) == []


@pytest.mark.parametrize(("option", "value"), [("--icc", "nan"), ("--cac", "inf"),
                                               ("--readings", "nan"), ("--sd", "inf")])  # fmt: skip
def test_what_nobody_can_reckon_with_is_refused(option, value, tmp_path, capsys):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan()))

    assert main(["design", str(file), "--sd", "2", option, value]) == 2

    told = f"pochin design: {option} must be a number that can be reckoned with.\n"
    assert capsys.readouterr().err == told


def test_no_database_is_needed(new_home, tmp_path):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan()))

    done = new_home().run("design", str(file), "--sd", "2")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Shows an effect of")
