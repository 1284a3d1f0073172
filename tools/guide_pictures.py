"""Draw the pictures of the lab's guides from what the guides themselves compute.

``POCHIN_DATA=… python tools/guide_pictures.py`` runs docs/lab/*.md on the real data and writes
docs/lab/pictures/*.svg with the product's own charts; with ``--check`` it only says which
pictures a guide names and nobody has drawn.
"""

from __future__ import annotations

import doctest
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GUIDES = ROOT / "docs" / "lab"
PLACE = GUIDES / "pictures"
NAMED = re.compile(r"!\[[^\]]*\]\(pictures/([\w-]+\.svg)\)")


@dataclass(frozen=True)
class Picture:
    """A picture of a guide.

    Attributes:
        guide: Name of the page.
        name: Name of the file.
        after: The line of the guide after which the result to draw is there.
        kind: Which of the product's pictures.
        result, lot: Names of the result, and of its randomisation test where there is one.
        unit, threshold, direction: Of the metric, as a plan would have them.
        periods, baseline: Ids of the periods and how many lie before the start.
    """

    guide: str
    name: str
    after: str
    kind: str
    result: str = "fit"
    lot: str = ""
    unit: str = "1"
    threshold: float = 0.0
    direction: str = "higher"
    periods: tuple[Any, ...] = ()
    baseline: int = 0


PICTURES = (
    Picture("README", "parallel-chance.svg", "test.p_value", "chance", lot="test",
            direction="lower", threshold=0.2),
    Picture("README", "parallel-analyses.svg", "test.p_value", "others", lot="test",
            direction="lower", threshold=0.2),
    Picture("stepped-wedge", "wedge-exposure.svg", 'row["exposure"]', "curve", threshold=0.3),
    Picture("switchback", "switchback-burn-in.svg", "fit.curve", "curve", threshold=0.5),
    Picture("quasi-experiments", "event-study.svg", 'fit.values["pre_test"]', "curve",
            direction="lower", threshold=0.05),
    Picture("quasi-experiments", "twin-gap.svg", "SyntheticControl().fit", "curve",
            unit="packs", direction="lower", threshold=10.0,
            periods=tuple(range(31)), baseline=19),
)  # fmt: skip


def drawn() -> Iterator[tuple[str, str]]:
    """Names and SVG of all pictures."""
    for guide in dict.fromkeys(one.guide for one in PICTURES):
        wanted = [one for one in PICTURES if one.guide == guide]
        yield from _of_guide(guide, wanted)


def _of_guide(guide: str, wanted: list[Picture]) -> Iterator[tuple[str, str]]:
    text = (GUIDES / f"{guide}.md").read_text(encoding="utf-8")
    known: dict[str, Any] = {}
    left = list(wanted)
    for example in doctest.DocTestParser().get_examples(text):
        _run(example.source, known)
        for one in [one for one in left if one.after in example.source]:
            if known.get(one.result) is not None and _has(known[one.result], one.kind):
                left.remove(one)
                yield one.name, draw(one, known)
        if not left:
            return
    raise SystemExit(f"{guide}: nothing to draw for {', '.join(one.name for one in left)}")


def _run(source: str, known: dict[str, Any]) -> None:
    """One example of a guide; what it prints is the business of another test."""
    try:
        code = compile(source, "guide", "eval")
    except SyntaxError:
        exec(compile(source, "guide", "exec"), known)
    else:
        eval(code, known)


def _has(fit: Any, kind: str) -> bool:
    return kind != "curve" or bool(getattr(fit, "curve", ()))


def draw(one: Picture, known: dict[str, Any]) -> str:
    """A picture as a file of its own."""
    from django.utils.translation import override  # noqa: PLC0415

    from pochin.evaluations import pictures  # noqa: PLC0415
    from pochin.papers.drawings import drawings  # noqa: PLC0415

    row = {
        "metric": {
            "unit": one.unit,
            "direction": one.direction,
            "threshold": one.threshold,
            "scale": "absolute",
        },
        "effect": known[one.result].to_dict(),
        "lot": known[one.lot].to_dict() if one.lot else None,
        "sensitivity": [],
    }
    plan: Any = SimpleNamespace(period_ids=one.periods, baseline=one.baseline)
    with override("en"):
        markup = {
            "chance": lambda: pictures.chance(row),
            "others": lambda: pictures.others(row, {}),
            "curve": lambda: pictures.curve(row, plan)[1],
        }[one.kind]()
    found = drawings(str(markup))
    if not found:
        raise SystemExit(f"{one.name}: the product draws nothing of this result")
    return found[0]["svg"] + "\n"


def undrawn() -> list[str]:
    """Pictures that a guide names and that are not there, and files no guide names."""
    named = {name for page in GUIDES.glob("*.md") for name in NAMED.findall(page.read_text())}
    there = {file.name for file in PLACE.glob("*.svg")}
    return sorted(named ^ there)


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
    if "--check" not in sys.argv:
        import django  # noqa: PLC0415

        django.setup()
        data = Path(os.environ.get("POCHIN_DATA", ROOT.parent / "shared" / "data"))
        os.chdir(data / "stats")
        PLACE.mkdir(exist_ok=True)
        for name, svg in drawn():
            (PLACE / name).write_text(svg, encoding="utf-8")
            print(f"docs/lab/pictures/{name}")
    print(*(f"{name}: named and not drawn, or drawn and not named" for name in undrawn()), sep="\n")
    return 1 if undrawn() else 0


if __name__ == "__main__":
    sys.exit(main())
