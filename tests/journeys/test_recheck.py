"""Years later: an evaluation computed anew from the rows it was judged on, by a command."""

import pytest

from conftest import on
from pochin.cli import main
from pochin.evaluations import lifecycle
from pochin.evaluations.models import Evaluation
from pochin.measurements.models import Moment


@pytest.fixture
def computed(measured, mila):
    return lifecycle.compute(measured(), by=mila, at=on(4, 30))


def test_what_was_judged_is_equal_in_every_digit(computed, capsys):
    assert main(["recheck", str(computed.pilot.number)]) == 0

    told = capsys.readouterr().out
    assert "rows at version" in told
    assert "Equal: " in told


def test_a_result_that_was_changed_is_named(computed, capsys):
    computed.result["metrics"][0]["effect"]["estimate"] += 0.001
    Evaluation.objects.filter(pk=computed.pk).update(result=computed.result)

    assert main(["recheck", str(computed.pilot.number)]) == 1
    assert "differs: .metrics[0].effect.estimate" in capsys.readouterr().out


def test_a_pilot_without_evaluations_gets_one_sentence(measured, capsys):
    assert main(["recheck", "999"]) == 2
    assert capsys.readouterr().err == "pochin recheck: Pilot P-999 has no such evaluation.\n"


def test_moments_are_compared_with_the_rows(measured, capsys):
    pilot = measured()

    assert main(["check-moments", str(pilot.number)]) == 0
    assert "equal; the largest relative difference" in capsys.readouterr().out

    Moment.objects.update(mean=1e6)
    assert main(["check-moments", str(pilot.number)]) == 1
    assert "differ; the largest relative difference" in capsys.readouterr().out
