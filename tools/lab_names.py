"""Write the list of public names of the lab: `python tools/lab_names.py`."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import pochin.lab as lab  # noqa: E402

PAGE = ROOT / "docs" / "lab" / "names.md"

HEAD = """# Names

Everything `from pochin.lab import …` offers, by the module it lives in. Written by
`python tools/lab_names.py` from the code itself. Designs without a lot
(`DifferenceInDifferences`, `SyntheticControl`, `InterruptedSeries`) have the names of their
estimators and are in `pochin.lab.design`; boundaries and confidence sequences one by one are in
`pochin.lab.sequential`.
"""


def parameters(thing: Any) -> str:
    """Names of what is given, keyword-only ones behind a star; empty for errors."""
    if isinstance(thing, type) and issubclass(thing, Exception):
        return ""
    names, starred = [], False
    for one in inspect.signature(thing).parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            names, starred = [*names, "*"], True
        names.append(f"**{one.name}" if one.kind is one.VAR_KEYWORD else one.name)
    return ", ".join(names)


def source(thing: Any) -> str:
    """The first work named under Source: authors and year."""
    told = re.search(r"Source:\n\s+(.+?\(?\d{4}\)?)", inspect.getdoc(thing) or "", re.DOTALL)
    return " ".join(told.group(1).split()).replace("|", "\\|") if told else ""


def first_line(thing: Any) -> str:
    """What it is, in one line."""
    return (inspect.getdoc(thing) or "").split("\n", 1)[0].replace("|", "\\|")


def page() -> str:
    """The whole page."""
    by_module: dict[str, list[str]] = {}
    for name in lab.__all__:
        thing = getattr(lab, name)
        given = parameters(thing)
        call = f"`{name}({given})`" if given else f"`{name}`"
        module = thing.__module__.removeprefix("pochin.lab.")
        row = f"| {call} | {first_line(thing)} | {source(thing)} |"
        by_module.setdefault(module, []).append(row)
    parts = [HEAD]
    for module in sorted(by_module):
        rows = "\n".join(by_module[module])
        parts.append(f"## {module}\n\n| name | what it is | source |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
