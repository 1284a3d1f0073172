"""Judge readings by a plan on this machine: the finding, the table, the flags, the report."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pochin.cli import Fault, plans, ready

LANGUAGES = ("ru", "en")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", help="plan.json in the format pochin-plan/1")
    parser.add_argument("readings", help="readings: .csv, .xlsx, .parquet or .jsonl")
    parser.add_argument("--seed", help="the drawn number, where the plan only committed to one")
    parser.add_argument(
        "--locked", metavar="SHA256", default="", help="fingerprint of the plan that was locked"
    )
    parser.add_argument(
        "--covariates",
        metavar="FILE",
        help="what is known of the units, as a table with the columns unit, name, value",
    )
    parser.add_argument("--json", metavar="FILE", help="write the result as a document")
    parser.add_argument("--html", metavar="FILE", help="write the report as one page")
    parser.add_argument("--pdf", metavar="FILE", help="write the report as PDF/A")
    parser.add_argument(
        "--lang", choices=LANGUAGES, default="ru", help="language of the report (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Status 0: evaluated; 2: bad input; 3: a check of the data withholds the result."""
    ready()
    import pochin
    from pochin.lab.evaluate import evaluate_plan
    from pochin.lab.result import LabError

    protocol = plans.read(args.plan)
    known = covariates(Path(args.covariates), protocol) if args.covariates else {}
    path = Path(args.readings)
    table, faults, rows = read(path, protocol)
    for fault in faults[:20]:
        print(f"line {fault.line}: {fault.reason}", file=sys.stderr)
    try:
        found = evaluate_plan(
            protocol,
            table,
            seed=args.seed,
            locked=args.locked,
            code_version=pochin.__version__,
        )
    except LabError as error:
        raise Fault(f"The result cannot be computed: {error}") from error
    print(found.summary())
    result = found.to_dict()
    if args.json:
        _keep(args.json, json.dumps(result, ensure_ascii=False, indent=1).encode())
    if args.html or args.pdf:
        _report(args, protocol, result, known, rows, len(faults))
    return 3 if found.blocked else 0


def _report(
    args: argparse.Namespace,
    protocol: Any,
    result: dict[str, Any],
    known: dict[str, dict[str, float]],
    rows: int,
    left_out: int,
) -> None:
    """Write the report of a result in the language that was asked for."""
    from django.utils.translation import gettext, override

    from pochin.core import signatures
    from pochin.evaluations import report
    from pochin.ui import formats

    again = ["pochin", "evaluate", Path(args.plan).name, Path(args.readings).name]
    if args.seed:
        again += ["--seed", args.seed]
    if args.covariates:
        again += ["--covariates", Path(args.covariates).name]
    with override(args.lang):
        context = report.Context(
            title=protocol.document["question"],
            facts=[
                (gettext("Plan"), Path(args.plan).name),
                (gettext("Readings"), Path(args.readings).name),
            ],
            readings=gettext("%(rows)s taken, %(left_out)s left out")
            % {"rows": formats.number(rows), "left_out": formats.number(left_out)},
            data_sha256=hashlib.sha256(Path(args.readings).read_bytes()).hexdigest(),
            result_sha256=signatures.fingerprint(result),
            covariates=known,
            again=[" ".join(again)],
        )
    now = datetime.now(UTC)
    told = report.assemble(protocol, result, context, language=args.lang, at=now)
    if args.html:
        _keep(args.html, report.html(told).encode())
    if args.pdf:
        attached = {"result.json": json.dumps(result, ensure_ascii=False, indent=1)}
        _keep(args.pdf, report.pdf(told, attached=attached))


def _keep(name: str, content: bytes) -> None:
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        raise Fault(f"{name} cannot be written.") from error


def covariates(path: Path, protocol: Any) -> dict[str, dict[str, float]]:
    """What is known of the units by name; what the plan holds already must be the same."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Fault(f"{path} cannot be read as text in UTF-8.") from error
    sign = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    rows = list(csv.DictReader(lines, delimiter=sign))
    if not rows or not {"unit", "name", "value"} <= set(rows[0]):
        raise Fault(f"{path} needs the columns unit, name and value.")
    planned = {unit["unit"]: unit.get("covariates", {}) for unit in protocol.units}
    found: dict[str, dict[str, float]] = {}
    for line, row in enumerate(rows, 2):
        unit, name = (str(row[key] or "").strip() for key in ("unit", "name"))
        try:
            value = float("".join(str(row["value"]).split()).replace(",", "."))
        except ValueError:
            raise Fault(f"{path}, line {line}: “{row['value']}” is not a number.") from None
        if unit not in planned:
            raise Fault(f"{path}, line {line}: the plan knows no unit “{unit}”.")
        if name in planned[unit] and planned[unit][name] != value:
            raise Fault(
                f"{path}, line {line}: “{name}” of “{unit}” is {planned[unit][name]:g} in the "
                f"plan and {value:g} here."
            )
        found.setdefault(name, {})[unit] = value
    return found


def read(path: Path, protocol: Any) -> tuple[Any, list[Any], int]:
    """The readings of a file as moments, the rows left out, and how many were taken."""
    import pyarrow as pa

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
    return reduced(rows, protocol), faults, rows.num_rows


def reduced(rows: Any, protocol: Any) -> Any:
    """Rows as moments by unit, period and metric, as the plan's metrics want them."""
    import numpy as np

    from pochin.lab.moments import MomentTable

    unit, period, metric = (
        rows[name].to_numpy(zero_copy_only=False).astype(str)
        for name in ("unit", "period", "metric")
    )
    value = rows["value"].to_numpy(zero_copy_only=False).astype(np.float64)
    below = rows["denominator"].to_numpy(zero_copy_only=False).astype(np.float64)
    for one in protocol.metrics:
        if one.cap is not None:
            value = np.where(metric == one.code, np.minimum(value, one.cap), value)
    # A quantile of a unit and period is one number, known once.
    for one in protocol.metrics:
        if one.kind != "quantile":
            continue
        own = metric == one.code
        cells = np.char.add(np.char.add(unit[own], "\x1f"), period[own])
        names, place = np.unique(cells, return_inverse=True)
        values = [
            float(np.quantile(value[own][place == n], one.quantile or 0.5))
            for n in range(len(names))
        ]
        keys = [name.split("\x1f") for name in names.tolist()]
        unit = np.concatenate([unit[~own], [key[0] for key in keys]])
        period = np.concatenate([period[~own], [key[1] for key in keys]])
        below = np.concatenate([below[~own], np.ones(len(names))])
        value = np.concatenate([value[~own], values])
        metric = np.concatenate([metric[~own], np.full(len(names), one.code)])
    ones, zeros = np.ones(len(value), np.int64), np.zeros(len(value))
    if not any(one.two_part for one in protocol.metrics):
        return MomentTable(unit, period, metric, ones, value, zeros)
    two_part = [one.code for one in protocol.metrics if one.two_part]
    below = np.where(np.isin(metric, two_part), below, 1.0)
    return MomentTable(unit, period, metric, ones, value, zeros, below, zeros, zeros)
