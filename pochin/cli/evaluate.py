"""Judge readings by a plan on this machine: the finding, the table, the flags, the report."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pochin.cli import Fault, named, plans, readings, ready

LANGUAGES = ("ru", "en")
MINOR = 100  # a plan counts money in hundredths


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
    parser.add_argument(
        "--costs",
        metavar="FILE",
        help="costs that became known, as a table with the columns item, amount, currency: the "
        "money is reckoned with them instead of the plan's guesses",
    )
    parser.add_argument(
        "--facts",
        metavar="FILE",
        help="result.json of an earlier run, or of a bundle: what it knew beside the readings "
        "(costs, an early end, neighbours) is taken over",
    )
    parser.add_argument("--json", metavar="FILE", help="write the result as a document")
    parser.add_argument(
        "--bundle",
        metavar="FILE",
        help="write plan, reduced data and result as one archive for “pochin verify”",
    )
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
    facts = facts_of(Path(args.facts)) if args.facts else facts_of(None)
    if args.costs:
        facts = replace(facts, paid={**facts.paid, **costs(Path(args.costs), protocol)})
    taken = readings.read(Path(args.readings), protocol)
    facts = replace(facts, set_aside=taken.set_aside)
    for sentence in taken.said:
        print(sentence, file=sys.stderr)
    if taken.left_out > len(taken.said):
        print(f"{taken.left_out} rows were left out in all.", file=sys.stderr)
    try:
        found = evaluate_plan(
            protocol,
            taken.table,
            seed=args.seed,
            facts=facts,
            locked=args.locked,
            code_version=pochin.__version__,
        )
    except LabError as error:
        raise Fault(f"The result cannot be computed: {error}") from error
    result = found.to_dict()
    print(_finding(result, protocol))
    for line in _numbers(found):
        print(line)
    for line in (*_told(protocol, facts.paid), *_hanging(result, protocol)):
        print(line)
    if args.json:
        _keep(args.json, json.dumps(result, ensure_ascii=False, indent=1).encode())
    if args.bundle:
        _bundle(args, protocol, result, taken)
    if args.html or args.pdf:
        _report(args, protocol, result, known, taken)
    return 3 if found.blocked else 0


def _finding(result: dict[str, Any], protocol: Any) -> str:
    """The finding in one sentence, as the page of a result has it."""
    from pochin.evaluations import advice, main_finding, words

    if words.blocked(result):
        return str(advice.finding(result))
    return str(main_finding.primary(result, protocol).sentence)


def _numbers(found: Any) -> list[str]:
    """The decision, each metric, and what was noticed as the product says it: sums in roubles."""
    from pochin.pilots import lab_words

    lines = [found.decision.summary()]
    for one in found.metrics:
        lines += [f"{one.metric.code} ({one.metric.role})", one.effect.summary()]
        if (judged := one.judged) is not None:
            bounds = f"{judged.lower:.4g} to {judged.upper:.4g}"
            lines.append(
                f"judged: improvement by the bounds of the rule {bounds}, line {judged.line:g}: "
                f"{judged.finding}"
            )
    noticed = [(flag.severity, lab_words.flag_of(flag)) for flag in found.flags]
    return lines + [f"[{severity}] {said}" for severity, said in noticed]


def _told(protocol: Any, paid: Mapping[str, float]) -> list[str]:
    """A line for each cost that stands in the place of a guess."""
    items = protocol.document.get("cost", {"items": []})
    return [
        f"known cost of “{one['name']}”: {paid[one['name']] / MINOR:,.2f} {items['currency']}, "
        f"guessed {one['low'] / MINOR:,.2f} to {one['high'] / MINOR:,.2f}"
        for one in items["items"]
        if one["name"] in paid
    ]


def _hanging(result: dict[str, Any], protocol: Any) -> list[str]:
    """What the net value hangs on, the widest first; nothing where no money is told."""
    from pochin.evaluations import report, words

    return [] if words.blocked(result) else report.hanging_lines(protocol, result)


def _bundle(
    args: argparse.Namespace, protocol: Any, result: dict[str, Any], taken: readings.Taken
) -> None:
    """Write the archive in which anybody computes the result anew."""
    from pochin.evaluations import bundle

    if args.locked and args.locked != protocol.sha256:
        raise Fault("No bundle is written: the plan is not the one that was locked.")
    path = Path(args.readings)
    data = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "taken": taken.count,
        "left_out": taken.left_out,
    }
    content = bundle.of_files(
        protocol, taken.table, result,
        name=Path(args.plan).stem, data=data, seed=args.seed, at=datetime.now(UTC),
    )  # fmt: skip
    _keep(args.bundle, content)


def _report(
    args: argparse.Namespace,
    protocol: Any,
    result: dict[str, Any],
    known: dict[str, dict[str, float]],
    taken: readings.Taken,
) -> None:
    """Write the report of a result in the language that was asked for."""
    from django.utils.translation import gettext, override

    from pochin.core import signatures
    from pochin.evaluations import report
    from pochin.ui import formats

    again = ["pochin", "evaluate", Path(args.plan).name, Path(args.readings).name]
    again += ["--seed", args.seed] if args.seed else []
    for option in ("covariates", "costs", "facts"):
        if given := getattr(args, option):
            again += [f"--{option}", Path(given).name]
    with override(args.lang):
        context = report.Context(
            title=protocol.document["question"],
            facts=[
                (gettext("Plan"), Path(args.plan).name),
                (gettext("Readings"), Path(args.readings).name),
            ],
            readings=gettext("%(rows)s taken, %(left_out)s left out")
            % {"rows": formats.number(taken.count), "left_out": formats.number(taken.left_out)},
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
        why = (error.strerror or str(error)).lower()
        raise Fault(f"{name} cannot be written: {why}.") from error


# What is known beside the readings -----------------------------------------------------------


def covariates(path: Path, protocol: Any) -> dict[str, dict[str, float]]:
    """What is known of the units by name; what the plan holds already must be the same."""
    planned = {unit["unit"]: unit.get("covariates", {}) for unit in protocol.units}
    found: dict[str, dict[str, float]] = {}
    for line, row in named.rows(path, "unit", "name", "value"):
        unit, name = row["unit"], row["name"]
        value = _number(path, line, row["value"])
        if unit not in planned:
            raise Fault(f"{path}, line {line}: the plan knows no unit “{unit}”.")
        if name in planned[unit] and planned[unit][name] != value:
            raise Fault(
                f"{path}, line {line}: “{name}” of “{unit}” is {planned[unit][name]:g} in the "
                f"plan and {value:g} here."
            )
        found.setdefault(name, {})[unit] = value
    return found


def costs(path: Path, protocol: Any) -> dict[str, float]:
    """What items of the plan's cost model turned out to cost, in its minor units, by name."""
    model = protocol.document.get("cost")
    if not model:
        raise Fault("The plan reckons no money, so no cost can be noted.")
    planned, currency = [one["name"] for one in model["items"]], model["currency"]
    found: dict[str, float] = {}
    for line, row in named.rows(path, "item", "amount", "currency"):
        item, where = row["item"], f"{path}, line {line}"
        if item not in planned:
            raise Fault(f"{where}: the plan has no cost “{item}”; it has {', '.join(planned)}.")
        if item in found:
            raise Fault(f"{where}: the cost of “{item}” stands here already.")
        if row["currency"].upper() != currency:
            raise Fault(f"{where}: the plan reckons in {currency}, not in “{row['currency']}”.")
        amount = _number(path, line, row["amount"])
        if amount < 0:
            raise Fault(f"{where}: a cost cannot be below zero.")
        found[item] = round(amount * MINOR, 2)
    return found


def _number(path: Path, line: int, words: str) -> float:
    try:
        return named.number(words)
    except ValueError:
        raise Fault(f"{path}, line {line}: “{words}” is not a number.") from None


def facts_of(path: Path | None) -> Any:
    """What a result knew beside its readings; nothing where none is named."""
    from pochin.lab.facts import Facts

    if path is None:
        return Facts()
    try:
        said = json.loads(named.text(path))
    except (ValueError, RecursionError) as error:
        raise Fault(f"{path} is not a JSON document.") from error
    if not isinstance(said, dict) or said.get("schema") != "pochin-result/1":
        raise Fault(f"{path} is not a result of the format pochin-result/1.")
    try:
        return Facts.of(said.get("facts"))
    except (TypeError, ValueError, AttributeError) as error:
        raise Fault(f"The facts of {path} are not those a result holds.") from error
