"""The guards of a pilot, each with its sentence, its code and the tests that show it.

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
TESTS = ROOT / "pochin" / "pilots" / "tests"
SIDES = ("refuses", "passes")
HEAD = """# The guards of a pilot

Written by `tools/guard_table.py` from the code; a guard without a test on either side fails
the suite. “Refuses” and “passes” name the tests in `pochin/pilots/tests`.

| guard | what is said | moves | code | refuses | passes |
|---|---|---|---|---|---|
"""


@dataclass
class Row:
    """One guard: where it stands and which tests show it."""

    name: str
    sentence: str
    code: str
    moves: list[str] = field(default_factory=list)
    tests: dict[str, list[str]] = field(default_factory=lambda: {side: [] for side in SIDES})

    def line(self) -> str:
        shown = ["<br>".join(self.tests[side]) for side in SIDES]
        return f"| `{self.name}` | {self.sentence} | {'<br>'.join(self.moves)} | {self.code} | " + (
            " | ".join(shown) + " |"
        )


def rows() -> list[Row]:
    """A row for each guard, in the order of the moves."""
    from django.utils.translation import override  # noqa: PLC0415

    from pochin.core.lifecycle import LIVES  # noqa: PLC0415
    from pochin.pilots import lifecycle  # noqa: F401, PLC0415

    shown = _shown()
    found: dict[str, Row] = {}
    with override("en"):
        for name, life in LIVES.items():
            if name.partition(".")[0] != "pilots":
                continue
            for move in life.moves.values():
                for guard in move.guards:
                    row = found.get(guard.name) or Row(
                        guard.name, str(guard.sentence), _place(guard.holds), [], shown[guard.name]
                    )
                    row.moves.append(str(move.label))
                    found[guard.name] = row
    return list(found.values())


def _place(function: object) -> str:
    module = function.__module__.removeprefix("pochin.pilots.").replace(".", "/")
    return f"`{module}.py`"


def _shown() -> dict[str, dict[str, list[str]]]:
    """The tests that say which guard they show, by guard and side."""
    shown: dict[str, dict[str, list[str]]] = defaultdict(lambda: {side: [] for side in SIDES})
    for file in sorted(TESTS.glob("test_*.py")):
        module = importlib.import_module(f"pochin.pilots.tests.{file.stem}")
        for name, test in vars(module).items():
            for mark in getattr(test, "pytestmark", ()):
                if mark.name == "guard" and name.startswith("test_"):
                    guard, side = mark.args
                    shown[guard.removeprefix("pilots.")][side].append(f"`{file.stem}.{name}`")
    return shown


def page() -> str:
    """The page as it should be."""
    return HEAD + "\n".join(row.line() for row in rows()) + "\n"


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
    import django  # noqa: PLC0415

    django.setup()
    empty = [f"{row.name}: no test that it {side}" for row in rows() for side in SIDES
             if not row.tests[side]]  # fmt: skip
    print(*empty, sep="\n", file=sys.stderr)
    if "--check" not in sys.argv:
        PAGE.write_text(page())
    return 1 if empty or PAGE.read_text() != page() else 0


if __name__ == "__main__":
    sys.exit(main())
