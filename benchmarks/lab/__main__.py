"""Time the lab beside other libraries and write the table of ratios.

.venv-oracles/bin/python -m benchmarks.lab            all rows, docs/benchmarks/lab.md
.venv-oracles/bin/python -m benchmarks.lab permut     only rows with this word, nothing written
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# One thread for everybody: processor time then is the time somebody waits.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402

from benchmarks.lab.oracles.base import version  # noqa: E402
from benchmarks.lab.rows import ROWS, Row  # noqa: E402
from benchmarks.lab.timing import seconds  # noqa: E402

OUT = Path(__file__).parents[2] / "docs" / "benchmarks" / "lab.md"
LIBRARIES = (
    "statsmodels",
    "linearmodels",
    "pyfixest",
    "wildboottest",
    "tea-tasting",
    "pysyncon",
    "diff-diff",
    "gsdesign",
    "scipy",
    "numpy",
    "pandas",
)
HEAD = """# The lab beside other libraries

Written by `.venv-oracles/bin/python -m benchmarks.lab` (`make oracles` installs the environment).
Both sides get the same input and one thread; the least processor time of several calls counts,
the first, which loads and compiles, aside. “Times ours” above 1 means that the lab is faster.
Ratios are to be compared, not milliseconds: those are of the machine that ran the command.
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("word", nargs="?", default="", help="only rows with this in their question")
    options = parser.parse_args(arguments)
    lines, slower = [], []
    for place, make in enumerate(ROWS):
        if options.word and options.word not in make.__name__:
            continue
        one = make(np.random.default_rng(20260101 + place))
        for line, is_slower in told(one):
            lines.append(line)
            slower += [line] * is_slower
            print(line, flush=True)
    if options.word:
        return 0
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    top = "| question | input | ours, ms | beside | theirs, ms | times ours |"
    table = [top, "|---|---|---:|---|---:|---:|", *lines]
    notes = [f"Python {sys.version.split()[0]}, {versions}."]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("\n".join([HEAD, *table, "", *NOTES, "", *notes, ""]), encoding="utf-8")
    print(f"{len(lines)} comparisons; slower than a library in {len(slower)}.")
    return 1 if slower else 0


NOTES: list[str] = []


def told(one: Row) -> list[tuple[str, bool]]:
    """The lines of a question, and whether a library is faster there."""
    if one.note:
        NOTES.append(f"- {one.question}: {one.note}.")
    ours = seconds(one.ours)
    lines = []
    for name, call in one.others.items():
        theirs = seconds(call)
        line = (
            f"| {one.question} | {one.size} | {ours * 1e3:.3g} | {name} | {theirs * 1e3:.3g} "
            f"| {theirs / ours:.3g} |"
        )
        lines.append((line, theirs < ours and not name.startswith("bare")))
    return lines


if __name__ == "__main__":
    sys.exit(main())
