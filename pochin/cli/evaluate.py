"""Judge readings by a plan on this machine: the finding, the table, the flags."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pochin.cli import Fault, plans, ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", help="plan.json in the format pochin-plan/1")
    parser.add_argument("readings", help="readings: .csv, .xlsx, .parquet or .jsonl")
    parser.add_argument("--seed", help="the drawn number, where the plan only committed to one")
    parser.add_argument("--json", metavar="FILE", help="write the result as a document")


def run(args: argparse.Namespace) -> int:
    """Status 0: evaluated; 2: bad input; 3: a check of the data withholds the result."""
    ready()
    from pochin.lab.evaluate import evaluate_plan
    from pochin.lab.result import LabError

    protocol = plans.read(args.plan)
    table, faults = read(Path(args.readings), protocol)
    for fault in faults[:20]:
        print(f"line {fault.line}: {fault.reason}", file=sys.stderr)
    try:
        found = evaluate_plan(protocol, table, seed=args.seed)
    except LabError as error:
        raise Fault(f"The result cannot be computed: {error}") from error
    print(found.summary())
    if args.json:
        document = json.dumps(found.to_dict(), ensure_ascii=False, indent=1)
        Path(args.json).write_text(document, encoding="utf-8")
    return 3 if found.blocked else 0


def read(path: Path, protocol: Any) -> tuple[Any, list[Any]]:
    """The readings of a file as moments by unit, period and metric, and the rows left out."""
    import numpy as np
    import pyarrow as pa

    from pochin.lab.moments import MomentTable
    from pochin.measurements import intake
    from pochin.measurements.expectations import Expectation

    if not path.is_file():
        raise Fault(f"There is no file {path}.")
    expect, parts, faults = Expectation.of(protocol), [], []
    try:
        dialect = intake.look(path, name=path.name).dialect
        for raw in intake.read(path, dialect):
            checked = intake.check(raw, expect, decimal=dialect.decimal, now=datetime.now(UTC))
            parts.append(checked.readings)
            faults += checked.faults
    except intake.Unreadable as error:
        raise Fault(f"{path} cannot be read as readings ({error.code}).") from error
    rows = pa.concat_tables(parts) if parts else None
    if rows is None or not rows.num_rows:
        raise Fault(f"{path} holds no reading that fits the plan.")
    keys = [
        rows[name].to_numpy(zero_copy_only=False).astype(str)
        for name in ("unit", "period", "metric")
    ]
    table = MomentTable(
        *keys,
        np.ones(rows.num_rows, np.int64),
        rows["value"].to_numpy(zero_copy_only=False).astype(np.float64),
        np.zeros(rows.num_rows),
    )
    return table, faults
