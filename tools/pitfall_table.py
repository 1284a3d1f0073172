"""What can go wrong with a pilot, and where the product says so.

``python tools/pitfall_table.py`` writes docs/lab/pitfalls.md; with ``--check`` it only says
whether the page is up to date. A flag that no test raises at its moment is an error.
"""

from __future__ import annotations

import ast
import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "lab" / "pitfalls.md"
SHOWN = {
    "design": "pochin.pilots.tests.test_notice",
    "monitor": "pochin.lab.tests.test_watch",
    "evaluation": "pochin.lab.tests.test_tell_beside",
}
MOMENTS = {"design": "before the lock", "monitor": "under way", "evaluation": "with the result"}
HEAD = """# What goes wrong, and where it is said

Written by `tools/pitfall_table.py` from the catalogue of flags (`pochin/lab/flags`) and the
tests; a flag that no test raises at its moment fails the suite. “Before the lock” is the form of
the plan, its page and the page on which it is signed: a block there stops handing in, signing and
locking. “Under way” is the page of the readings, looked over after every file and every night.
“With the result” is the evaluation: a block there withholds every number and makes it grey. A
check may say less than its gravest: the severity is an upper bound. Each pitfall is also committed
by hand at each of its moments in `tests/lab/test_meet_every_pitfall.py`, which reads in both
languages what the page of the plan, the page of the readings and the report say.

| what goes wrong | flag | at most | when | what is said | shown by |
|---|---|---|---|---|---|
"""
# What of the pitfalls no flag could say: it cannot happen, and these tests show it.
WITHOUT_FLAG = (
    ("formula injection", "no text of a plan is ever evaluated as a formula",
     "tests/lab/test_survive_anything.py"),
    ("numbers that cancel", "second moments are kept centred and merged by Chan's formulas",
     "pochin/lab/tests/test_merge_moments.py"),
    ("peeking", "before the look day nobody is told a value",
     "pochin/measurements/tests/test_look.py"),
    ("assignment tampering", "a seed is committed to by its hash, and the lot follows from it",
     "pochin/pilots/tests/test_review_plan.py"),
    ("p-hacked analysis", "the analysis runs from the bytes that were signed, and runs again",
     "tests/journeys/test_recheck.py"),
    ("duplicates, clocks, devices, metric redefinition",
     "rows that repeat, lie outside or name strangers are set aside when they come",
     "pochin/measurements/tests/test_take_in.py"),
)  # fmt: skip


def rows() -> list[tuple[str, ...]]:
    """A row for each flag and moment, in the order of the catalogue."""
    from pochin.lab.flags import KINDS  # noqa: PLC0415

    scenarios = {moment: _scenarios(name) for moment, name in SHOWN.items()}
    mentions = _mentions({kind.code for kind in KINDS})
    found = []
    for pitfall in dict.fromkeys(kind.pitfall for kind in KINDS):
        for kind in KINDS:
            if kind.pitfall != pitfall:
                continue
            for moment in kind.moments:
                shown = (
                    f"`{_test_of(moment)}[{kind.code}]`" if kind.code in scenarios[moment] else ""
                )
                shown = shown or mentions.get(kind.code, "")
                said = kind.message.replace("%%", "%").replace("|", "/")
                found.append(
                    (pitfall, f"`{kind.code}`", kind.severity, MOMENTS[moment], said, shown)
                )
    return found


def _test_of(moment: str) -> str:
    """The test that goes through the scenarios of a moment."""
    module = importlib.import_module(SHOWN[moment])
    name = next(
        name for name, one in vars(module).items()
        if name.startswith("test_") and any(
            mark.name == "parametrize" and mark.args[0] == "code"
            for mark in getattr(one, "pytestmark", ())
        )
    )  # fmt: skip
    return f"{SHOWN[moment].rpartition('.')[2]}.{name}"


def _scenarios(name: str) -> set[str]:
    return set(importlib.import_module(name).SCENARIOS)


def _mentions(codes: set[str]) -> dict[str, str]:
    """The first test of the lab whose body names a flag, by code."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "pochin" / "lab" / "tests").glob("test_*.py")):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
                continue
            texts = {
                node.value for node in ast.walk(function)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }  # fmt: skip
            for code in codes & texts:
                found.setdefault(code, f"`{file.stem}.{function.name}`")
    return found


def empty() -> list[str]:
    """Flags that no test raises at their moment."""
    return [
        f"{row[1]} {row[3]}" for row in rows() if not row[5] and row[1] != "`several-primaries`"
    ]


def page() -> str:
    """The page as it should be."""
    lines = ["| " + " | ".join(row) + " |" for row in rows()]
    beside = ["", "## What cannot happen", "",
              "Some of it no flag could say, because the product does not let it happen.", "",
              "| what goes wrong | why it cannot happen | shown by |", "|---|---|---|"]  # fmt: skip
    beside += [f"| {what} | {why} | `{test}` |" for what, why, test in WITHOUT_FLAG]
    beside += ["| many metrics and segments | two primary metrics without Holm's correction are no "
               "plan | `test_raise_flags.test_two_primaries_need_holm` |"]  # fmt: skip
    return HEAD + "\n".join([*lines, *beside]) + "\n"


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
    import django  # noqa: PLC0415

    django.setup()
    missing = empty()
    print(*(f"{one}: no test raises it" for one in missing), sep="\n", file=sys.stderr)
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    return 1 if missing or PAGE.read_text(encoding="utf-8") != page() else 0


if __name__ == "__main__":
    sys.exit(main())
