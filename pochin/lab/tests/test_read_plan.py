"""Reading plans: what is one, what is not, and one sentence for each fault."""

import json
import random
from importlib import resources

import jsonschema
import numpy as np
import pytest

from pochin.lab.canonical import canonical, diff, load_json
from pochin.lab.plan_grammar import PLAN, json_schema
from pochin.lab.plan_rules import faults
from pochin.lab.protocol import PlanFaults, Protocol
from pochin.lab.result import DataError, DesignError, ProtocolViolation, SchemaMismatch
from pochin.lab.seeds import seed_commitment
from pochin.lab.tests.plans import DELAY, KINDS, QUEUE, WEEKS, alternate, offices, plan


@pytest.mark.parametrize("kind", KINDS)
def test_a_complete_plan_of_each_kind_is_read(kind):
    protocol = Protocol.parse(plan(kind))

    assert protocol.kind == kind
    assert protocol.primary.code == "delay"
    assert [metric.code for metric in protocol.guardrails] == ["complaints"]
    assert len(protocol.period_ids) == 6


def sentences(document):
    return [str(fault) for fault in faults(document)]


def without(document, *path):
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return document


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (without(plan(), "metrics", 0, "threshold"), "metrics[0].threshold is missing."),
        (without(plan(), "metrics", 1, "margin"), "metrics[1].margin is missing."),
        (without(plan(), "question"), "question is missing."),
        (plan(question=""), "question is empty; write it or leave it out."),
        (plan(archive="yes"), "archive is 'yes'; it must be true or false."),
        (plan(colour="red"), "colour is not a field of the plan."),
        (
            plan(metrics=[DELAY | {"threshold": -1}]),
            "metrics[0].threshold is -1; it must be at least 0.",
        ),
        (
            plan(metrics=[DELAY | {"threshold": True}]),
            "metrics[0].threshold is True; it must be a number.",
        ),
        (
            plan(metrics=[DELAY | {"direction": "up"}]),
            "metrics[0].direction is 'up'; it must be one of: higher, lower.",
        ),
        (
            plan(metrics=[DELAY | {"kind": "ratio"}]),
            "metrics[0].denominator is missing.",
        ),
        (plan(metrics=[QUEUE]), "metrics holds no primary metric; name the one that decides."),
        (plan(metrics=[DELAY, QUEUE, QUEUE]), "metrics[1].code “complaints” stands twice."),
        (
            plan(metrics=[DELAY, DELAY | {"code": "queue"}]),
            "analysis.multiplicity must be holm, because there are 2 primary metrics.",
        ),
        (
            plan(analysis={"method": "paired"}),
            "analysis.method is “paired”, but a design of kind “parallel” takes: unit-means, "
            "unit-means-welch, unit-means-adjusted, cr2.",
        ),
        (
            plan(analysis={"looks": {"spending": "pocock", "at": [0.5, 0.5, 1]}}),
            "analysis.looks.at must grow from look to look.",
        ),
        (
            plan(periods=WEEKS | {"wash_in": 4}),
            "periods.wash_in leaves nothing of the run to be measured.",
        ),
        (
            plan(periods={"ids": ["a", "b"], "baseline": 1, "run": 2}),
            "periods.ids lists 2 periods, but baseline and run make 3.",
        ),
        (
            plan(periods=WEEKS | {"start": "2026-02-30"}),
            "periods.start is not a day from which these periods count.",
        ),
        (
            plan(periods=WEEKS | {"exclude": ["2026-01-01"]}),
            "periods.exclude[0] is “2026-01-01”, which is not a period.",
        ),
        (
            plan(
                value={"currency": "RUB", "horizon_years": 3}
                | {name: {"low": 1, "mid": 2, "high": 3} for name in ("per_unit", "volume")}
            ),
            "cost is missing; value and cost come together.",
        ),
        (
            plan("pairs", assignment={"method": "pairs", "units": offices(3, pair="one")}),
            "assignment.units: pair “one” has 3 units; a pair has two.",
        ),
        (
            plan(
                "pairs",
                assignment={"method": "pairs", "units": offices(2, pair="a", arm="control")},
            ),
            "assignment.units: pair “a” must have one unit in each arm.",
        ),
        (
            plan(assignment={"method": "complete", "units": offices(4, arm="control")}),
            "assignment.units are all in one arm; there is nothing to compare.",
        ),
        (
            plan("synthetic-control", periods=WEEKS | {"baseline": 1}),
            "periods.baseline is 1; a design of kind “synthetic-control” needs at least 2.",
        ),
        ([], "The plan is a list; it must be a table."),
        (None, "The plan is nothing; it must be a table."),
        (plan(question=float("nan")), "The document holds a number too large to be kept exactly."),
        (plan(question="\ud800"), "The document holds a broken character; write it again."),
        (plan(question=object()), "The document holds a object, which JSON cannot."),
    ],
)
def test_each_fault_has_one_sentence_that_names_its_place(document, expected):
    assert sentences(document) == [expected]


def test_all_faults_are_told_at_once_and_the_first_is_the_error():
    broken = without(without(plan(), "question"), "metrics", 0, "threshold")

    with pytest.raises(PlanFaults, match=r"^question is missing\.$") as refused:
        Protocol.parse(broken)

    assert [fault.path for fault in refused.value.faults] == ["question", "metrics[0].threshold"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "The file is not JSON; export the plan again."),
        (b"\xff\xfe", "The file is not JSON; export the plan again."),
        ('{"a": NaN}', "The document holds NaN, which is not a number."),
        ('{"a": 1, "a": 2}', "The field “a” is written twice; keep one."),
        ("1" * 5000, "The file is not JSON; export the plan again."),
        ("[" * 100_000, "The document is nested more than 30 levels deep."),
    ],
)
def test_text_that_is_no_document_is_refused_in_one_sentence(text, expected):
    with pytest.raises(SchemaMismatch) as refused:
        Protocol.from_json(text)

    assert str(refused.value) == expected


# Canonical bytes.


def test_the_hash_does_not_depend_on_order_spacing_or_the_way_numbers_are_written():
    document = plan()
    text = json.dumps(dict(reversed(document.items())), indent=3, ensure_ascii=True)
    text = text.replace('"threshold": 1.0', '"threshold": 10e-1')

    assert Protocol.from_json(text).sha256 == Protocol.parse(document).sha256


def test_the_hash_depends_on_every_value():
    one, other = plan(), plan(metrics=[DELAY | {"threshold": 1.0000000000000002}, QUEUE])

    assert Protocol.parse(one).sha256 != Protocol.parse(other).sha256


@pytest.mark.parametrize(
    ("number", "text"),
    [
        # RFC 8785, appendix B.
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (1e21, "1e+21"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (333333333.33333325, "333333333.33333325"),
        (-1.5, "-1.5"),
        (1424953923781206.2, "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_the_standard_prints_them(number, text):
    assert canonical(number).decode() == text


def test_names_are_sorted_by_utf16_as_the_standard_says():
    document = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}

    assert list(json.loads(canonical(document)).values()) == [2, 4, 6, 7, 1, 5, 3]


def test_canonical_bytes_read_back_are_the_same_bytes():
    rng = np.random.default_rng(11)
    numbers = (10.0 ** rng.uniform(-300, 300, 2000) * rng.choice([-1, 1], 2000)).tolist()

    assert canonical(load_json(canonical(numbers))) == canonical(numbers)


def test_a_locked_plan_is_known_by_its_hash():
    protocol = Protocol.parse(plan())

    assert protocol.require(protocol.sha256.upper()) is protocol
    with pytest.raises(ProtocolViolation, match="not the plan that was locked"):
        protocol.require("0" * 64)


def test_a_plan_cannot_be_changed_behind_its_hash():
    document = plan()
    protocol = Protocol.parse(document)
    before = protocol.sha256

    document["metrics"][0]["threshold"] = 99

    assert Protocol.parse(protocol.document).sha256 == before


# Differences.


def test_changes_are_told_by_name_not_by_position():
    before = plan()
    after = plan(metrics=[QUEUE | {"margin": 0.02}, DELAY | {"code": "waiting"}], archive=True)

    assert [(change.path, change.kind) for change in diff(before, after)] == [
        ("metrics[delay]", "removed"),
        ("metrics[complaints].margin", "changed"),
        ("metrics[waiting]", "added"),
        ("archive", "added"),
    ]
    assert diff(before, plan()) == []


def test_true_is_not_one_when_plans_are_compared():
    assert [change.path for change in diff({"a": True}, {"a": 1})] == ["a"]


# What the plan says about lots and periods.


def test_the_lot_comes_out_the_same_from_the_committed_number():
    units = offices(12)
    rules = {"method": "complete", "units": units, "seed_commitment": seed_commitment("17-03-42")}
    protocol = Protocol.parse(plan(assignment=rules))

    drawn = protocol.assignment("17-03-42")

    assert drawn.sha256 == Protocol.parse(plan(assignment=rules)).assignment("17-03-42").sha256
    assert drawn.arms.sum() == 6
    assert drawn.n_admissible == 924
    with pytest.raises(ProtocolViolation, match="not the one that was committed"):
        protocol.assignment("17-03-43")
    with pytest.raises(ProtocolViolation, match="not been drawn"):
        protocol.assignment()


def test_a_listed_assignment_must_be_what_its_seed_gives():
    bound = "ab" * 32
    rules = {"method": "complete", "units": offices(12), "seed": "7", "bound_to": bound}
    drawn = Protocol.parse(plan(assignment=rules)).assignment()
    words = ("control", "treatment")
    honest = offices(12, arm=lambda i: words[drawn.arms[i]])
    forged = offices(12, arm=lambda i: words[1 - drawn.arms[i]])

    assert Protocol.parse(plan(assignment=rules | {"units": honest})).assignment().arms.sum() == 6
    with pytest.raises(ProtocolViolation, match="not the one its seed gives"):
        Protocol.parse(plan(assignment=rules | {"units": forged})).assignment()


@pytest.mark.parametrize(
    ("kind", "rules", "admissible"),
    [
        ("parallel", {"method": "stratified", "units": offices(12, stratum=alternate)}, 400),
        ("pairs", {"method": "pairs", "units": offices(16, pair=lambda i: str(i // 2))}, 256),
        ("stepped-wedge", {"method": "sequences", "units": offices(9)}, 1680),
        ("switchback", {"method": "blocks", "units": offices(6)}, 64),
    ],
)
def test_every_randomised_kind_is_drawn_from_its_own_set(kind, rules, admissible):
    assert Protocol.parse(plan(kind, assignment=rules)).assignment("5").n_admissible == admissible


def test_a_constrained_lot_is_drawn_among_the_balanced():
    units = offices(12, covariates=lambda i: {"size": float(i)})
    rules = {"method": "constrained", "balance": ["size"], "units": units, "seed": "5"}
    document = plan(assignment=rules, design={"kind": "parallel", "keep": 0.2})

    drawn = Protocol.parse(document).assignment()

    difference = abs(np.arange(12)[drawn.arms == 1].mean() - np.arange(12)[drawn.arms == 0].mean())
    assert drawn.n_admissible < 924 * 0.35
    assert difference < 1


def test_wash_in_and_excluded_periods_are_not_measured():
    periods = WEEKS | {"wash_in": 1, "exclude": ["2026-03-30"]}
    drawn = Protocol.parse(plan(periods=periods)).assignment()

    assert drawn.schedule[:2].tolist() == [[0, 0, -1, 0, -1, 0], [0, 0, -1, 1, -1, 1]]
    assert Protocol.parse(plan(periods=periods)).run_ids == ("2026-03-23", "2026-04-06")


def test_wash_in_of_a_wedge_is_each_units_own():
    drawn = Protocol.parse(plan("stepped-wedge", periods=WEEKS | {"wash_in": 1})).assignment()

    assert drawn.schedule[:3].tolist() == [
        [0, 0, -1, 1, 1, 1],
        [0, 0, 0, -1, 1, 1],
        [-1, 0, 0, 0, -1, 1],
    ]


def test_sequences_follow_their_steps_and_gaps():
    drawn = Protocol.parse(plan("stepped-wedge")).assignment()

    assert drawn.schedule[:3].tolist() == [
        [0, 0, 1, 1, 1, 1],
        [0, 0, 0, 1, 1, 1],
        [-1, 0, 0, 0, 1, 1],
    ]
    assert drawn.n_admissible == 1680


# The JSON Schema, and documents nobody meant.


def test_the_published_schema_is_the_one_the_checks_are_made_of():
    text = resources.files("pochin.lab").joinpath("plan.schema.json").read_text("utf-8")

    assert json.loads(text) == json_schema()
    jsonschema.Draft202012Validator.check_schema(json_schema())


class Vandal:
    """Breaks documents, the same way for the same seed."""

    SCRAPS = (
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**400,
        float("inf"),
        float("nan"),
        "",
        "x" * 3000,
        [],
        {},
        [[]],
        {"": {}},
        "\ud800",
        "2026-02-31",
        "%(x)s %",
        1e308,
        2**63,
        -0.0,
        1.0,
    )

    def __init__(self, seed):
        self.random = random.Random(seed)

    def break_(self, document):
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            document = self._once(document)
        return document

    def _once(self, document):
        inner, path = document, []
        while isinstance(inner, dict | list) and inner and self.random.random() < 0.8:
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            path.append((inner, self.random.choice(keys)))
            inner = inner[path[-1][1]]
        if not path:
            return self.random.choice(self.SCRAPS)
        holder, key = path[-1]
        match self.random.randrange(5):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[self.random.choice(["kind", "units", "at", "a.b", "%s"])] = holder.pop(key)
            case 2 if isinstance(holder, list):
                holder.append(holder[key])
            case _:
                holder[key] = self._scrap(holder[key])
        return document

    def _scrap(self, value):
        if isinstance(value, int | float) and abs(value) < 1e9 and self.random.random() < 0.5:
            return value * self.random.choice([-1, 0, 2, 0.5, 1e6, 1e300])
        if isinstance(value, str) and self.random.random() < 0.5:
            return value + self.random.choice("x1 -я")
        return self.random.choice(self.SCRAPS)


def answer(document):
    """None where the plan is read and its lot drawn, else the sentence of the refusal."""
    try:
        Protocol.parse(document).assignment("7")
    except (DataError, ProtocolViolation, DesignError) as refused:
        return str(refused)
    return None


def test_ten_thousand_broken_plans_are_read_or_refused_in_one_sentence():
    vandal = Vandal(2026)

    answers = [answer(vandal.break_(plan(KINDS[i % len(KINDS)]))) for i in range(10_000)]

    refusals = [sentence for sentence in answers if sentence is not None]
    assert [one for one in refusals if "\n" in one or not one.endswith(".")] == []
    assert 7_000 < len(refusals) < 9_900


def test_schema_and_checks_agree_on_the_structure_of_broken_plans():
    check = jsonschema.Draft202012Validator(json_schema())
    vandal, good = Vandal(7), 0
    for i in range(1500):
        document = vandal.break_(plan(KINDS[i % len(KINDS)]))
        try:
            document = json.loads(canonical(document))
        except SchemaMismatch:
            continue
        ours = list(PLAN.faults(document, ""))
        assert (not ours) == check.is_valid(document), ours
        good += not ours

    assert 50 < good < 1200
