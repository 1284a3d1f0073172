"""Every check raises its flag when it must and keeps silent when it must."""

import ast
import pathlib

import numpy as np
import pytest

from pochin.lab import design_checks as before
from pochin.lab import flags
from pochin.lab.covariate_constrained import constrained
from pochin.lab.randomize import paired
from pochin.lab.seeds import generator
from pochin.lab.tests.flags_of_plans import OF_PLANS, UNITS, protocol
from pochin.lab.tests.flags_of_readings import OF_READINGS
from pochin.lab.tests.plans import DELAY, QUEUE, plan

CASES = [*OF_PLANS, *OF_READINGS]


@pytest.mark.parametrize(
    ("code", "severity", "raised", "silent"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES]
)
def test_the_flag_is_raised_when_it_must_be_and_not_otherwise(code, severity, raised, silent):
    found = {one.code: one for one in raised()}

    assert found[code].severity == severity
    assert "%(" not in str(found[code])
    assert code not in {one.code for one in silent()}


def lab_calls():
    """Codes and severities written in the lab's own code, by call of `flag` or `Flag`."""
    folder = pathlib.Path(flags.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if "tests" in path.parts or path.name in ("flags.py", "result.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(node, "func", None), "id", "")
            if name in ("flag", "Flag") and isinstance(node.args[0], ast.Constant):
                severity = node.args[1] if name == "Flag" and len(node.args) > 1 else None
                yield path.name, node.args[0].value, getattr(severity, "value", None)


def test_every_flag_the_lab_raises_is_in_the_catalogue_and_no_graver_than_it_says():
    order = ("info", "warn", "block")

    for file, code, severity in lab_calls():
        kind = flags.CATALOGUE.get(code)
        assert kind, f"{file} raises {code}; describe it in flags.py"
        if severity:
            assert order.index(severity) <= order.index(kind.severity), f"{file}: {code}"


def test_every_check_of_this_lab_has_its_two_sides_here():
    own = {"quality.py", "design_checks.py", "evaluation_checks.py", "unsaid.py"}
    shown = {case[0] for case in CASES} | {"several-primaries"}

    assert {code for file, code, _ in lab_calls() if file in own} - shown == set()


def test_the_catalogue_names_each_code_once_and_its_moment():
    codes = [kind.code for kind in flags.KINDS]

    assert len(codes) == len(set(codes))
    assert all(set(kind.moments) <= set(flags.MOMENTS) and kind.moments for kind in flags.KINDS)
    assert flags.CATALOGUE["srm"].stops == "the look"
    assert flags.CATALOGUE["few-units"].stops == ""


def test_a_flag_outside_the_catalogue_cannot_be_raised():
    with pytest.raises(ValueError, match="in the catalogue"):
        flags.flag("bad-luck")


def test_two_primaries_need_holm():
    two = [DELAY, DELAY | {"code": "other"}, QUEUE]
    both = protocol(metrics=two, analysis={"multiplicity": "holm"})

    assert before._metrics(both.primaries, "none")[0].code == "several-primaries"
    assert before._metrics(both.primaries, "holm") == []


def test_the_plan_and_its_lot_are_checked_together():
    read = protocol(assignment={"method": "complete", "units": plan()["assignment"]["units"][:6]})

    found = [one.code for one in before.plan(read, read.assignment())]

    assert found == [
        "seed-not-committed", "share-of-what", "no-missing-limit", "no-maturity",
        "no-stop-reasons", "lot-too-small", "few-units",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["pairs", "individual", "switchback", "synthetic-control"])
def test_every_kind_of_plan_can_be_checked(kind):
    read = protocol(kind=kind)
    drawn = read.assignment("7") if read.randomized and not read.assigned else read.assignment()

    assert all(one.code in flags.CATALOGUE for one in before.plan(read, drawn))


def test_pairs_and_constrained_lots_part_every_two_units():
    pairs = paired(UNITS, np.arange(12) // 2, rng=generator("1"))
    kept = constrained(UNITS, 6, np.arange(12.0), rng=generator("1"))

    assert before.parted(pairs) == before.parted(kept) == []
