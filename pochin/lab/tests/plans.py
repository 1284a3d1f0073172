"""Plans for the tests: one of each kind, complete, small, made to be changed."""

from __future__ import annotations

import copy
from typing import Any

WEEKS = {"start": "2026-03-02", "length": "week", "baseline": 2, "run": 4}

DELAY = {
    "code": "delay",
    "role": "primary",
    "kind": "mean",
    "direction": "lower",
    "unit": "min",
    "threshold": 1.0,
}

QUEUE = {
    "code": "complaints",
    "role": "guardrail",
    "kind": "proportion",
    "direction": "lower",
    "unit": "1",
    "margin": 0.01,
}


def offices(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Units 101, 102, …; each field is a function of the position, or a value for all."""
    return [
        {"unit": str(101 + i)}
        | {name: given(i) if callable(given) else given for name, given in fields.items()}
        for i in range(count)
    ]


def alternate(i: int) -> str:
    return "treatment" if i % 2 else "control"


def plan(kind: str = "parallel", **changes: Any) -> dict[str, Any]:
    """A complete plan of a kind, with whole parts exchanged."""
    document: dict[str, Any] = {
        "schema": "pochin-plan/1",
        "question": "Does the sorter shorten the delay of parcels?",
        "purpose": "prove",
        "estimand": {"target": "unit-average"},
        "unit": "post office",
        "design": {"kind": kind},
        "periods": WEEKS,
        "metrics": [DELAY, QUEUE],
        "decision": {"scope": "network"},
    }
    return copy.deepcopy(document | _ASSIGNED[kind] | changes)


_ASSIGNED: dict[str, dict[str, Any]] = {
    "parallel": {"assignment": {"method": "complete", "units": offices(12, arm=alternate)}},
    "pairs": {
        "assignment": {
            "method": "pairs",
            "units": offices(16, arm=alternate, pair=lambda i: f"pair {i // 2}"),
        }
    },
    "individual": {"assignment": {"method": "hash"}},
    "stepped-wedge": {
        "design": {
            "kind": "stepped-wedge",
            "sequences": [
                {"name": "first", "from": "2026-03-16"},
                {"name": "second", "from": "2026-03-23"},
                {"name": "third", "from": "2026-03-30", "skip": ["2026-03-02"]},
            ],
        },
        "assignment": {
            "method": "sequences",
            "units": offices(9, sequence=lambda i: ("first", "second", "third")[i % 3]),
        },
    },
    "switchback": {
        "design": {"kind": "switchback", "block": 2, "burn_in": 1},
        "assignment": {
            "method": "blocks",
            "units": offices(
                6, schedule=lambda i: [0, 0, 1, 1, 0, 0] if i % 2 else [0, 0, 0, 0, 1, 1]
            ),
        },
    },
    "difference-in-differences": {
        "assignment": {"method": "observed", "units": offices(12, arm=alternate)}
    },
    "synthetic-control": {
        "assignment": {
            "method": "observed",
            "units": offices(12, arm=lambda i: "control" if i else "treatment"),
        }
    },
    "interrupted-series": {
        "assignment": {"method": "observed", "units": offices(1, arm="treatment")}
    },
}

KINDS = tuple(_ASSIGNED)
