"""The tables that are printed, and what they say about the aims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EMPTY, FRAME = "empty view", "empty page"
AIM_TIMES_FRAME, AIM_QUERIES, AIM_BYTES, AIM_FLAT = 3.0, 12, 60 * 1024, 1.3
AIM_OF_EMPTY = 6650 / 300  # a list may cost so many empty views
AIM_FIRST_LOAD = 120 * 1024


def read(kept: Path) -> dict[str, Any]:
    """The figures of one run."""
    return json.loads(kept.read_text())


def tables(runs: list[dict[str, Any]]) -> str:
    """All tables as Markdown, one for each scale, then what grew from the first to the last."""
    parts = [_table(run) for run in runs]
    if len(runs) > 1:
        parts.append(_growth(runs[0], runs[-1]))
    parts.append(_aims(runs))
    return "\n\n".join(parts)


def page(told: str, command: str, cores: int, load: float) -> str:
    """The page of the documentation: what was run, where, and what came of it."""
    return (
        "# Pages: what one answer costs, and whether it stays so\n\n"
        f"Measured by `{command}` on {cores} cores; the load when it began was {load:.1f}, so the "
        "machine did other work meanwhile: compare multiples of the empty page and of the empty "
        "view, which come from processor time of the same run, not answers a second.\n\n"
        f"{told}\n"
    )


def _table(run: dict[str, Any]) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in run["counts"].items())
    rows = {row["name"]: row for row in run["rows"]}
    empty, frame = rows[EMPTY], rows[FRAME]
    light, heavy = run["memory"]
    lines = [
        f"### {counts}",
        "",
        f"Memory of the largest process: {light:.0f} MB at first, {heavy:.0f} MB after the load. "
        f"First load of the list of applications: {run['first_load'] / 1024:.0f} KB.",
        "",
        "| page | requests/s | p50 ms | p95 ms | p99 ms | server ms | × empty page | × empty view "
        "| queries | KB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in run["rows"]:
        who = f" ({row['reader']})" if row["reader"] and row["name"] != FRAME else ""
        lines.append(
            f"| {row['name']}{who} | {row['rate']:.0f} | {row['p50']:.1f} | {row['p95']:.1f} "
            f"| {row['p99']:.1f} | {row['spent']:.2f} | {row['spent'] / frame['spent']:.2f} "
            f"| {row['spent'] / empty['spent']:.1f} | {row['queries']} "
            f"| {row['bytes'] / 1024:.1f} |"
        )
    return "\n".join(lines)


def _growth(small: dict[str, Any], large: dict[str, Any]) -> str:
    """How much more an answer costs at the last scale than at the first, in empty pages."""
    lines = [
        "### Growth",
        "",
        "Processor time of the server for one answer, as a multiple of the empty page of the "
        "same run. The smallest fill holds a thousand of whatever is listed, so that whole pages "
        "are compared with whole pages.",
        "",
        "| page | rows shown | smallest | largest | growth |",
        "|---|--:|--:|--:|--:|",
    ]
    shown = [{row["name"]: row["shown"] for row in run["rows"]} for run in (small, large)]
    for name, before, after in _pairs(small, large):
        rows = f"{shown[0][name]} and {shown[1][name]}"
        lines.append(f"| {name} | {rows} | {before:.2f} | {after:.2f} | {after / before:.2f} |")
    return "\n".join(lines)


def _pairs(small: dict[str, Any], large: dict[str, Any]) -> list[tuple[str, float, float]]:
    spent = [{row["name"]: row["spent"] for row in run["rows"]} for run in (small, large)]
    return [
        (name, spent[0][name] / spent[0][FRAME], spent[1][name] / spent[1][FRAME])
        for name in spent[0]
        if name in spent[1]
    ]


def _aims(runs: list[dict[str, Any]]) -> str:
    """What misses an aim, by name."""
    last = runs[-1]
    rows = {row["name"]: row for row in last["rows"]}
    missed = []
    for row in last["rows"]:
        times = row["spent"] / rows[FRAME]["spent"]
        views = row["spent"] / rows[EMPTY]["spent"]
        if row["name"].startswith("list"):
            if times > AIM_TIMES_FRAME:
                missed.append(f"{row['name']}: {times:.2f} × the empty page")
            if views > AIM_OF_EMPTY:
                missed.append(f"{row['name']}: {views:.1f} × the empty view")
        if row["queries"] > AIM_QUERIES:
            missed.append(f"{row['name']}: {row['queries']} queries")
        if row["bytes"] > AIM_BYTES:
            missed.append(f"{row['name']}: {row['bytes'] / 1024:.1f} KB")
    if len(runs) > 1:
        missed += [
            f"{name}: {after / before:.2f} × from the smallest to the largest"
            for name, before, after in _pairs(runs[0], last)
            if after / before > AIM_FLAT
        ]
    if last["first_load"] > AIM_FIRST_LOAD:
        missed.append(f"first load: {last['first_load'] / 1024:.0f} KB")
    if not missed:
        return "### Aims\n\nAll met."
    return "### Aims\n\nMissed:\n\n" + "\n".join(f"- {line}" for line in missed)
