"""The tables that are printed, and what they say about the aims."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from benchmarks.web.load import EMPTY, FRAME, Load

if TYPE_CHECKING:
    from benchmarks.web.rounds import Taken
    from benchmarks.web.scales import Scale

AIM_TIMES_FRAME, AIM_QUERIES, AIM_BYTES, AIM_FLAT = 3.0, 12, 60 * 1024, 1.3
AIM_OF_EMPTY = 6650 / 300  # a list may cost so many empty views
AIM_FIRST_LOAD = 120 * 1024

# The figures of one scale, as they are kept.
Run = dict[str, Any]


def run(scale: Scale, found: dict[str, Taken], memory: list[float]) -> Run:
    """What came of all rounds at one scale; `costs` keeps the turns, to be compared with others."""
    rows = []
    for name, page in scale.pages.items():
        taken = found[name]
        middle = Load.median(taken.loads)
        rows.append({
            **page,
            **{figure: getattr(middle, figure) for figure in Load.__slots__},
            "spent": statistics.median(taken.costs),
            "times_frame": _middle_ratio(taken.costs, taken.frames),
            "costs": taken.costs,
        })  # fmt: skip
    frames = [cost for taken in found.values() for cost in taken.frames]
    return {"rows": rows, "frames": frames, "counts": scale.counts, "memory": memory,
            "first_load": scale.first_load}  # fmt: skip


def tables(runs: list[Run]) -> str:
    """All tables as Markdown, one for each scale, then what grew from the first to the last."""
    parts = [_table(one) for one in runs]
    if len(runs) > 1:
        parts.append(_growth(runs[0], runs[-1]))
    parts.append(_aims(runs))
    return "\n\n".join(parts)


def page(told: str, command: str, cores: int, load: float) -> str:
    """The page of the documentation: what was run, where, and what came of it."""
    return (
        "# Pages: what one answer costs, and whether it stays so\n\n"
        f"Measured by `{command}` on {cores} cores; the load when it began was {load:.1f}. The "
        "servers of all scales run beside each other, and a page is asked in short bursts, right "
        "after the empty page of the same server and right before or after itself at the other "
        "scale. Multiples and growth compare processor time within such a turn (medians of all "
        "turns), so a machine that is slower in one minute than in the next spoils them little; "
        "answers a second and their times depend on what else the machine does. The same reader "
        "asks for the same page again and again: whatever a process keeps between answers "
        "(menus, words, rows that read the same) is warm, as it is for rows that many look at.\n\n"
        f"{told}\n"
    )


def _table(run: Run) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in run["counts"].items())
    empty = next(row for row in run["rows"] if row["name"] == EMPTY)
    light, heavy = run["memory"]
    low, middle, high = statistics.quantiles(run["frames"], n=4)
    lines = [
        f"### {counts}",
        "",
        f"Memory of the largest process: {light:.0f} MB at first, {heavy:.0f} MB after the load. "
        f"First load of the list of applications: {run['first_load'] / 1024:.0f} KB. "
        f"The empty page, in {len(run['frames'])} bursts in between, cost {middle:.2f} ms, in half "
        f"of them from {low:.2f} to {high:.2f} ms.",
        "",
        "| page | requests/s | p50 ms | p95 ms | p99 ms | server ms | × empty page | × empty view "
        "| queries | KB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in run["rows"]:
        who = f" ({row['reader']})" if row["reader"] and row["name"] != FRAME else ""
        lines.append(
            f"| {row['name']}{who} | {row['rate']:.0f} | {row['p50']:.1f} | {row['p95']:.1f} "
            f"| {row['p99']:.1f} | {row['spent']:.2f} | {row['times_frame']:.2f} "
            f"| {row['spent'] / empty['spent']:.1f} | {row['queries']} "
            f"| {row['bytes'] / 1024:.1f} |"
        )
    return "\n".join(lines)


def _growth(small: Run, large: Run) -> str:
    """How much more an answer costs at the last scale than at the first."""
    lines = [
        "### Growth",
        "",
        "Processor time of the server for one answer at the largest scale by that at the smallest, "
        "measured one after the other, the middle of all turns. The empty page and the empty "
        "views read nothing that grows: how far they are from 1.00 is how far a figure may be off. "
        "The smallest fill holds a thousand of whatever is listed, so that whole pages are "
        "compared with whole pages.",
        "",
        "| page | rows shown | smallest, ms | largest, ms | growth |",
        "|---|--:|--:|--:|--:|",
    ]
    for before, after, growth in _pairs(small, large):
        rows = f"{before['shown']} and {after['shown']}"
        lines.append(
            f"| {after['name']} | {rows} | {before['spent']:.2f} | {after['spent']:.2f} "
            f"| {growth:.2f} |"
        )
    return "\n".join(lines)


def _pairs(small: Run, large: Run) -> list[tuple[Any, Any, float]]:
    """Each page at both scales, and the middle of what it grew by in each round."""
    after = {row["name"]: row for row in large["rows"]}
    return [
        (row, after[row["name"]], _middle_ratio(after[row["name"]]["costs"], row["costs"]))
        for row in small["rows"]
        if row["name"] in after
    ]


def _middle_ratio(over: list[float], under: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def _aims(runs: list[Run]) -> str:
    """What misses an aim, by name."""
    last = runs[-1]
    empty = next(row for row in last["rows"] if row["name"] == EMPTY)
    missed = []
    for row in last["rows"]:
        views = row["spent"] / empty["spent"]
        if row["name"].startswith("list"):
            if row["times_frame"] > AIM_TIMES_FRAME:
                missed.append(f"{row['name']}: {row['times_frame']:.2f} × the empty page")
            if views > AIM_OF_EMPTY:
                missed.append(f"{row['name']}: {views:.1f} × the empty view")
        if row["queries"] > AIM_QUERIES:
            missed.append(f"{row['name']}: {row['queries']} queries")
        if row["bytes"] > AIM_BYTES:
            missed.append(f"{row['name']}: {row['bytes'] / 1024:.1f} KB")
    if len(runs) > 1:
        missed += [
            f"{after['name']}: {growth:.2f} × from the smallest to the largest"
            for _before, after, growth in _pairs(runs[0], last)
            if growth > AIM_FLAT
        ]
    if last["first_load"] > AIM_FIRST_LOAD:
        missed.append(f"first load: {last['first_load'] / 1024:.0f} KB")
    if not missed:
        return "### Aims\n\nAll met."
    return "### Aims\n\nMissed:\n\n" + "\n".join(f"- {line}" for line in missed)
