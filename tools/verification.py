"""Compute every published figure anew, ask independent libraries, and write both tables.

python tools/verification.py            needs the data sets; POCHIN_DATA says where they are
make oracles                            the same where the libraries are installed
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import pkgutil
import sys
import warnings
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import pochin.lab.tests as tests  # noqa: E402
from benchmarks.lab.oracles.base import load, version  # noqa: E402
from pochin.lab.tests.figures import FIGURES, Figure  # noqa: E402

HEAD = """# Published figures and independent libraries

Every figure others have published that this lab recomputes. Written by
`python tools/verification.py`; the same list is a test. A figure is met when it agrees to half a
unit of the last digit printed, or within the distance in the last column where the printed figure
is itself rounded input, or simulated, or the place where another program's search stopped short of
the optimum that is reckoned exactly here.
"""


def main(arguments: list[str] | None = None) -> int:
    """Compute, write, and answer 1 if a figure is not met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "lab" / "verification.md")
    options = parser.parse_args(arguments)
    for module in pkgutil.iter_modules(tests.__path__):
        if module.name.startswith("figures_"):
            importlib.import_module(f"{tests.__name__}.{module.name}")
    rows, missed, absent = [], 0, 0
    for source, group in itertools.groupby(sorted(FIGURES, key=_by_source), key=_by_source):
        rows += ["", f"## {source}", "", *TABLE]
        for one in group:
            ours = computed(one)
            absent += ours is None
            missed += ours is not None and not one.met_by(ours)
            rows.append(line(one, ours))
    told = f"{len(FIGURES)} figures; not met: {missed}; data set absent: {absent}."
    agreed, parted = agreements()
    rows += agreed
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("\n".join([HEAD, told, *rows, ""]), encoding="utf-8")
    print(told)
    return 1 if missed or absent or parted else 0


ROUNDING = 1e-12
"""Differences below this change with the machine's way of adding up, so they are not told apart."""

LIBRARIES = """## Independent libraries

The same questions asked of the lab and of other libraries on random inputs, by `make oracles`.
The largest relative difference over all inputs is shown beside the one allowed; what lies within
1e-12 is the rounding of doubles. Where a library differs by more, the reason stands below.

| library | version | question | quantity | inputs | largest difference | within |
|---|---|---|---|---:|---:|---:|"""


def agreements() -> tuple[list[str], int]:
    """The table of agreement, and how many quantities differ by more than allowed."""
    rows, notes, parted = ["", *LIBRARIES.splitlines()], [], 0
    for one in load():
        about = f"| {one.library} | {version(one.library) or 'absent'} | {one.question} |"
        if version(one.library) is None:
            rows.append(f"{about} | | | {one.within:g} |")
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = one.farthest()
        for quantity, far in found.items():
            parted += not far <= one.within
            told = f"{far:.1e}" if far >= ROUNDING else f"≤ {ROUNDING:g}"
            rows.append(f"{about} {quantity} | {one.runs} | {told} | {one.within:g} |")
        if one.why:
            notes.append(f"- {one.library}, {one.question}: {one.why}.")
    return [*rows, "", *notes], parted


TABLE = ("| method | quantity | published | ours | met | within |", "|---|---|---:|---:|---|---:|")


def _by_source(one: Figure) -> str:
    return one.source


def computed(one: Figure) -> float | None:
    """Our number, or None where its data set is absent."""
    try:
        return float(one.ours())
    except BaseException as reason:
        # A skip of the test runner is how a missing data set is told.
        if type(reason).__name__ == "Skipped":
            return None
        raise


def line(one: Figure, ours: float | None) -> str:
    """One figure as a row; two digits more than were printed."""
    digits = max(0, -int(Decimal(one.published).as_tuple().exponent)) + 2
    told = "absent" if ours is None else f"{ours:.{digits}f}"
    met = "" if ours is None else "yes" if one.met_by(ours) else "**no**"
    within = "" if one.within is None else f"{one.within:g}"
    return f"| {one.method} | {one.quantity} | {one.published} | {told} | {met} | {within} |"


if __name__ == "__main__":
    sys.exit(main())
