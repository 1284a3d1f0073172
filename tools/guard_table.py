"""The guards of a pilot, its result and its decision, each with the tests that show it.

``python tools/guard_table.py`` writes docs/pilots/guards.md; with ``--check`` it only says
whether the page is up to date. A guard without a test on either side is an error.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "pilots" / "guards.md"
ROOMS = ("pilots", "evaluations", "decisions")
SIDES = ("refuses", "passes")
HEAD = """# The guards of a pilot

Written by `tools/guard_table.py` from the code; a guard without a test on either side fails
the suite. “Refuses” and “passes” name the tests of the room: `pochin/<room>/tests`.

| room | guard | what is said | moves | code | refuses | passes |
|---|---|---|---|---|---|---|
"""


@dataclass
class Row:
    """One guard: where it stands and which tests show it."""

    room: str
    name: str
    sentence: str
    code: str
    moves: list[str] = field(default_factory=list)
    tests: dict[str, list[str]] = field(default_factory=lambda: {side: [] for side in SIDES})

    def line(self) -> str:
        shown = ["<br>".join(self.tests[side]) for side in SIDES]
        cells = [
            self.room, f"`{self.name}`", self.sentence, "<br>".join(self.moves), self.code, *shown,
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"


def rows() -> list[Row]:
    """A row for each guard, in the order of the rooms and of their moves."""
    from django.utils.translation import override  # noqa: PLC0415

    from pochin.core.lifecycle import LIVES  # noqa: PLC0415

    for room in ROOMS:
        importlib.import_module(f"pochin.{room}.lifecycle")
    shown = _shown()
    found: dict[tuple[str, str], Row] = {}
    with override("en"):
        for name, life in sorted(LIVES.items(), key=lambda one: _order(one[0])):
            room = name.partition(".")[0]
            if room not in ROOMS:
                continue
            for move in life.moves.values():
                for guard in move.guards:
                    key = (room, guard.name)
                    row = found.get(key) or Row(
                        room, guard.name, str(guard.sentence), _place(guard.holds, room), [],
                        shown[f"{room}.{guard.name}"],
                    )  # fmt: skip
                    row.moves.append(str(move.label))
                    found[key] = row
    return list(found.values())


def _order(name: str) -> int:
    room = name.partition(".")[0]
    return ROOMS.index(room) if room in ROOMS else len(ROOMS)


def _place(function: object, room: str) -> str:
    module = function.__module__.removeprefix(f"pochin.{room}.").replace(".", "/")
    return f"`{module}.py`"


def _shown() -> dict[str, dict[str, list[str]]]:
    """The tests that say which guard they show, by room, guard and side."""
    shown: dict[str, dict[str, list[str]]] = defaultdict(lambda: {side: [] for side in SIDES})
    for room in ROOMS:
        for file in sorted((ROOT / "pochin" / room / "tests").glob("test_*.py")):
            module = importlib.import_module(f"pochin.{room}.tests.{file.stem}")
            for name, test in vars(module).items():
                for mark in getattr(test, "pytestmark", ()):
                    if mark.name == "guard" and name.startswith("test_"):
                        guard, side = mark.args
                        shown[guard][side].append(f"`{file.stem}.{name}`")
    return shown


def page() -> str:
    """The page as it should be."""
    return HEAD + "\n".join(row.line() for row in rows()) + "\n"


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
    import django  # noqa: PLC0415

    django.setup()
    empty = [f"{row.room}.{row.name}: no test that it {side}" for row in rows() for side in SIDES
             if not row.tests[side]]  # fmt: skip
    print(*empty, sep="\n", file=sys.stderr)
    if "--check" not in sys.argv:
        PAGE.write_text(page())
    return 1 if empty or PAGE.read_text() != page() else 0


if __name__ == "__main__":
    sys.exit(main())
