"""What a document `pochin-plan/1` may hold, field by field."""

from __future__ import annotations

from typing import Any

from pochin.lab.schema import (
    ByKind,
    Choice,
    Number,
    NumbersByName,
    Several,
    Table,
    Text,
    When,
    YesNo,
    whole,
)

SCHEMA = "pochin-plan/1"
PURPOSES = ("learn", "prove", "demonstrate", "prepare-roll-out")
ARMS = ("control", "treatment")

METHODS = {
    "parallel": ("unit-means", "unit-means-welch", "unit-means-adjusted", "cr2"),
    "pairs": ("paired", "paired-weighted"),
    "individual": ("welch", "cuped", "lin"),
    "stepped-wedge": ("mixed-model", "vertical"),
    "switchback": ("block-pairs",),
    "difference-in-differences": ("difference-in-differences", "group-time"),
    "synthetic-control": ("synthetic-control", "synthetic-difference"),
    "interrupted-series": ("segmented-regression",),
}
"""The methods a plan may name, by kind of design; the first is the default."""

ASSIGNED_BY = {
    "parallel": ("complete", "stratified", "constrained"),
    "pairs": ("pairs",),
    "individual": ("complete", "hash"),
    "stepped-wedge": ("sequences",),
    "switchback": ("blocks",),
    "difference-in-differences": ("observed",),
    "synthetic-control": ("observed",),
    "interrupted-series": ("observed",),
}
"""How units may come into arms, by kind of design."""

CHOSEN_BY = ("all", "drawn", "willing", "baseline", "other")
"""How the units came into the pilot at all; "baseline": because their numbers were bad."""

SHORT = Text(200)
DAY = Text(10, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2026-03-31")
SHA256 = Text(64, r"^[0-9a-f]{64}$", "64 digits 0-9 and a-f")
CURRENCY = Text(3, r"^[A-Z]{3}$", "RUB")
SHARE = Number(low=0, high=1)
PROPER_SHARE = Number(above=0, below=1)
RANGE = Table({"*low": Number(), "*mid": Number(), "*high": Number(), "source": Text()})

DESIGN = ByKind(
    {
        "parallel": {"treated": whole(1), "keep": Number(above=0, high=1)},
        "pairs": {},
        "individual": {
            "shares": Table({"*control": Number(above=0), "*treatment": Number(above=0)})
        },
        "stepped-wedge": {
            "*sequences": Several(
                Table({"*name": SHORT, "*from": SHORT, "units": whole(1), "skip": Several(SHORT)}),
                least=1,
            )
        },
        "switchback": {
            "*block": whole(1, 10_000),
            "burn_in": whole(0, 10_000),
            "carryover": whole(0, 10_000),
        },
        "difference-in-differences": {
            "comparison": Choice(("never-treated", "not-yet-treated")),
            "anticipation": whole(0, 1000),
        },
        "synthetic-control": {"donors": Several(SHORT)},
        "interrupted-series": {
            "comparators": Several(SHORT),
            "season": whole(2, 1000),
            "harmonics": whole(1, 10),
        },
    }
)

UNIT = Table(
    {
        "*unit": SHORT,
        "arm": Choice(ARMS),
        "stratum": SHORT,
        "pair": SHORT,
        "sequence": SHORT,
        "treated_from": SHORT,
        "schedule": Several(whole(-1, 1)),
        "covariates": NumbersByName(),
    }
)

ASSIGNMENT = Table(
    {
        "*method": Choice(
            tuple(dict.fromkeys(one for some in ASSIGNED_BY.values() for one in some))
        ),
        "units": Several(UNIT),
        "chosen_by": Choice(CHOSEN_BY),
        "balance": Several(SHORT, most=20),
        "seed_commitment": SHA256,
        "seed": SHORT,
        "bound_to": SHA256,
    },
    when=(When("method", ("constrained",), ("balance",)),),
)

PERIODS = Table(
    {
        "ids": Several(SHORT, least=1),
        "start": DAY,
        "length": Choice(("hour", "day", "week", "month")),
        "*baseline": whole(0, 100_000),
        "*run": whole(1, 100_000),
        "wash_in": whole(0, 100_000),
        "maturity_days": Number(low=0, high=3650),
        "zone": SHORT,
        "exclude": Several(SHORT),
    }
)

METRIC = Table(
    {
        "*code": SHORT,
        "name": SHORT,
        "*role": Choice(("primary", "secondary", "guardrail")),
        "*kind": Choice(("mean", "proportion", "ratio", "rate", "quantile")),
        "*direction": Choice(("higher", "lower")),
        "*unit": SHORT,
        "scale": Choice(("absolute", "relative")),
        "threshold": Number(low=0),
        "margin": Number(low=0),
        "cap": Number(),
        "quantile": PROPER_SHARE,
        "denominator": SHORT,
        "definition": Text(),
        "detectable": Number(above=0),
        "planned_std_error": Number(above=0),
    },
    when=(
        When("role", ("primary",), ("threshold",)),
        When("role", ("guardrail",), ("margin",)),
        When("kind", ("ratio", "rate"), ("denominator",)),
        When("kind", ("quantile",), ("quantile",)),
    ),
)

LOOKS = Table(
    {
        "*spending": Choice(
            (
                "obrien-fleming",
                "pocock",
                "hwang-shih-decani",
                "power",
                "randomization",
                "confidence-sequence",
            )
        ),
        "parameter": Number(low=-100, high=100),
        "*at": Several(Number(above=0, high=1), least=1, most=1000),
    },
    when=(When("spending", ("hwang-shih-decani", "power"), ("parameter",)),),
)

ANALYSIS = Table(
    {
        "method": Choice(tuple(one for some in METHODS.values() for one in some)),
        "level": Number(low=0.5, below=1),
        "alternative": Choice(("two-sided", "greater", "less")),
        "weights": Choice(("units", "participants")),
        "covariates": Several(SHORT, most=20),
        "adjust_for_baseline": YesNo(),
        "looks": LOOKS,
        "multiplicity": Choice(("none", "holm", "benjamini-hochberg")),
        "draws": whole(999, 1_000_000),
        "seed": whole(0),
    }
)

DATA_RULES = Table(
    {
        "missing": Table({"max_share": SHARE, "max_difference": SHARE, "rule": Text()}),
        "late": Table({"completeness": SHARE, "rule": Text()}),
        "duplicate": Choice(("refuse", "first", "last")),
        "source": Choice(("post", "vendor")),
        "outlier": Text(),
        "crossover": Table({"max_share": SHARE, "metric": SHORT}),
        "sample_ratio": Table({"alpha": PROPER_SHARE}),
    }
)

VALUE = Table(
    {
        "*currency": CURRENCY,
        "*per_unit": RANGE,
        "*volume": RANGE,
        "*horizon_years": Number(above=0, high=100),
        "discount": Number(low=0, high=1),
        "adoption": Several(SHARE, least=1, most=100),
        "transport": Table({"*low": SHARE, "*mid": SHARE, "*high": SHARE, "source": Text()}),
        "wash_out_loss": Number(low=0),
        "source": Text(),
    }
)

COST = Table(
    {
        "*currency": CURRENCY,
        "*items": Several(
            Table(
                {
                    "*name": SHORT,
                    "*kind": Choice(("capex", "licence", "integration", "training", "running")),
                    "*low": Number(low=0),
                    "*mid": Number(low=0),
                    "*high": Number(low=0),
                    "source": Text(),
                }
            ),
            least=1,
            most=200,
        ),
    }
)

DECISION = Table(
    {
        "level": Number(above=0.5, below=1),
        "*scope": Choice(("network", "next-stage")),
        "by": DAY,
        "extend": Table({"*at_most": whole(0, 10), "units": whole(0), "periods": whole(0)}),
        "roll_out_from": Choice(("meets", "promising")),
        "prior": Table({"*claim": Number(), "share": SHARE, "std_dev": Number(above=0)}),
        "words": Text(),
    }
)

PLAN = Table(
    {
        "*schema": Choice((SCHEMA,)),
        "code": SHORT,
        "*question": Text(),
        "hypothesis": Text(),
        "*purpose": Choice(PURPOSES),
        "archive": YesNo(),
        "*estimand": Table(
            {
                "*target": Choice(("unit-average", "participant-average", "treated-average")),
                "words": Text(),
            }
        ),
        "*unit": SHORT,
        "*design": DESIGN,
        "*assignment": ASSIGNMENT,
        "*periods": PERIODS,
        "*metrics": Several(METRIC, least=1, most=200),
        "analysis": ANALYSIS,
        "data_rules": DATA_RULES,
        "value": VALUE,
        "cost": COST,
        "*decision": DECISION,
        "stop_reasons": Several(SHORT, most=100),
    }
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a plan's structure; the rules between fields are in `Protocol`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "The plan of a pilot, written before the data and locked by its hash.",
        **PLAN.schema(),
    }
