"""What a plan can show, told on the command line before anybody signs it."""

import json

import pytest

from pochin.cli import main
from pochin.cli.design import balance
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
