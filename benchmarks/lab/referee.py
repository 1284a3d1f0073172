"""Try to break what the guides of the lab promise, with awkward data of known truth.

.venv/bin/python -m benchmarks.lab.referee            print the tables
.venv/bin/python -m benchmarks.lab.referee --write    docs/benchmarks/referee.md
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.lab.charges import CHARGES
from benchmarks.lab.charges.base import RUNS, Charge, Row

OUT = Path(__file__).parents[2] / "docs" / "benchmarks" / "referee.md"
HEAD = f"""# What the lab promises, attacked

Written by `python -m benchmarks.lab.referee --write`; `--only 5` makes one of its sections. Each
charge takes a promise of the [guides](../lab/README.md) and tries to break it with data nobody
would choose: few sites, heavy tails, zeros, ties, sites of very unequal size, one that dominates,
readings that are missing because of what they would have said, seasons, neighbours that are
touched too. Errors of the first kind are held to 5 %, coverage to 95 %; {RUNS:,} made-up pilots
unless the row says otherwise, so that a share of 5 % has a standard error of
{100 * (0.05 * 0.95 / RUNS) ** 0.5:.1f} points. A row is *kept* while it lies within three standard
errors of what is promised. *Told* is the share of pilots in which the lab says by itself that
something is wrong; where a promise cannot be kept, that is what counts. Rows without a promise
stand for comparison.
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {OUT.name}")
    parser.add_argument("--only", help="the number of one charge")
    options = parser.parse_args(arguments)
    lines = [HEAD.rstrip()]
    for number, charge in enumerate(CHARGES, 1):
        if options.only and int(options.only) != number:
            continue
        for line in told(number, charge):
            lines.append(line)
            print(line, flush=True)
    if options.write:
        OUT.write_text("\n".join(lines) + "\n", "utf-8")
    return 0


def told(number: int, charge: Charge) -> Iterator[str]:
    """One charge as a section of the page."""
    yield from ("", f"## {number}. {charge.promise}", "", charge.attack, "")
    yield from (
        "| data | method | quantity | observed | promised | | told |",
        "|---|---|---|---:|---:|---|---:|",
    )
    for row in charge.rows(np.random.default_rng(20261130 + number)):
        yield _line(row)
    yield from ("", charge.finding)


def _line(row: Row) -> str:
    told_words = "" if row.told is None else f"{row.told:.0%}"
    promised = "" if row.promised is None else f"{row.promised:.1%}"
    return (
        f"| {row.data} | {row.method} | {row.quantity} | {row.observed:.1%} | {promised} | "
        f"{row.verdict} | {told_words} |"
    )


if __name__ == "__main__":
    raise SystemExit(main())
