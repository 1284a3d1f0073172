"""Time what “Compute the result” waits for: plans of every kind and method, ever larger.

python -m benchmarks.lab.judging              # --write makes docs/benchmarks/judging.md
python -m benchmarks.lab.judging --only cr2   # one method
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from benchmarks.lab.timing import seconds  # noqa: E402
from pochin.lab.evaluate import evaluate_plan  # noqa: E402
from pochin.lab.moments import MomentTable  # noqa: E402
from pochin.lab.plan_grammar import METHODS  # noqa: E402
from pochin.lab.protocol import Protocol  # noqa: E402
from pochin.lab.result import LabError  # noqa: E402
from pochin.lab.tests.plans import DELAY, QUEUE, offices, plan  # noqa: E402

OUT = Path(__file__).parents[2] / "docs" / "benchmarks" / "judging.md"
# Units, periods and metrics: a usual pilot, a large one, and one beyond any that was asked for.
SIZES = ((24, 12, 4), (200, 26, 10))
HEAD = """# How long a result takes to be computed

Written by `python -m benchmarks.lab.judging --write`: processor time of one evaluation in one
thread, with everything that follows from the plan (main analysis, lot, second analyses, course,
picture of chance) over a table of moments that is read already. From 300 units times metrics on
(100 for stepped wedges and synthetic controls) a worker computes the result and its page
refreshes itself (`pochin/evaluations/tasks.py`).

| kind | method | units | periods | metrics | seconds |
|---|---|---:|---:|---:|---:|"""


def metrics(count: int) -> list[dict[str, Any]]:
    """One primary, one guardrail, the rest beside them."""
    more = [DELAY | {"code": f"more{i}", "role": "secondary"} for i in range(count - 2)]
    for one in more:
        one.pop("threshold")
    return [DELAY, QUEUE, *more]


def _blocks(rng: np.random.Generator, couples: int) -> list[int]:
    """Couples of blocks of two periods, each in an order drawn."""
    first = [int(one) for one in rng.integers(2, size=couples)]
    return [arm for one in first for arm in (one, one, 1 - one, 1 - one)]


def document(kind: str, method: str, units: int, periods: int, count: int) -> dict[str, Any]:
    """The plan of a size."""
    baseline = max(2, periods // 3)
    weeks = {"start": "2024-01-01", "length": "week", "baseline": baseline,
             "run": periods - baseline}  # fmt: skip
    changes: dict[str, Any] = {
        "periods": weeks, "metrics": metrics(count), "analysis": {"method": method},
    }  # fmt: skip
    given = plan(kind)["assignment"]
    if kind in ("parallel", "difference-in-differences"):
        arm = ["control", "treatment"]
        changes["assignment"] = given | {"units": offices(units, arm=lambda i: arm[i % 2])}
    elif kind == "pairs":
        arm = ["control", "treatment"]
        changes["assignment"] = given | {
            "units": offices(units, arm=lambda i: arm[i % 2], pair=lambda i: f"pair {i // 2}")
        }
    elif kind == "synthetic-control":
        changes["assignment"] = given | {
            "units": offices(units, arm=lambda i: "control" if i else "treatment")
        }
    elif kind == "stepped-wedge":
        ids = Protocol.parse(plan(periods=weeks)).period_ids[baseline:]
        steps = [ids[i * len(ids) // 5] for i in range(1, 5)]
        changes["periods"] = weeks
        changes["design"] = {
            "kind": kind, "sequences": [{"name": f"s{i}", "from": at} for i, at in enumerate(steps)]
        }  # fmt: skip
        changes["assignment"] = given | {"units": offices(units, sequence=lambda i: f"s{i % 4}")}
    elif kind == "switchback":
        rng = np.random.default_rng(1)
        blocks = weeks["run"] // 4
        rows = [[0] * baseline + _blocks(rng, blocks) for _unit in range(units)]
        changes["periods"] = weeks | {"run": blocks * 4}
        changes["assignment"] = given | {"units": offices(units, schedule=lambda i: rows[i])}
    return plan(kind, **changes)


def table(protocol: Protocol, units: int) -> MomentTable:
    """Readings of every metric in every cell; people assigned by hash are units themselves."""
    rng = np.random.default_rng(20_260_101)
    names = [one["unit"] for one in protocol.units] or ["control", "treatment"]
    cells = [(u, t, m) for m in protocol.metrics for u in names for t in protocol.period_ids]
    unit, period, metric = zip(*[(u, t, m.code) for u, t, m in cells], strict=True)
    office = dict(zip(names, rng.normal(0, 2, len(names)), strict=True))
    mean = np.array([30 + office[u] for u in unit]) + rng.normal(0, 1, len(unit))
    shares = np.array([m.kind == "proportion" for _u, _t, m in cells])
    mean = np.where(shares, np.clip(mean / 300, 0, 1), mean)
    n = np.full(len(unit), 50)
    m2 = np.where(shares, n * mean * (1 - mean), 80.0)
    return MomentTable(unit, period, metric, n, mean, m2)


def lines(only: str) -> Any:
    for kind, methods in METHODS.items():
        for method in methods:
            if only and only not in (kind, method):
                continue
            for units, periods, count in SIZES:
                told = [kind, method, units, periods, count]
                try:
                    protocol = Protocol.parse(document(kind, method, units, periods, count))
                    given = table(protocol, units)
                    took = (
                        f"{seconds(lambda: evaluate_plan(protocol, given), at_least=0, most=2):.2f}"  # noqa: B023
                    )
                except LabError as refused:
                    took = f"refused: {refused}"
                yield "| " + " | ".join([str(one) for one in told] + [took]) + " |"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a kind or a method")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/judging.md")
    options = parser.parse_args(arguments)
    found = []
    for line in lines(options.only):
        print(line, flush=True)
        found.append(line)
    if options.write:
        OUT.write_text("\n".join([HEAD, *found, ""]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
