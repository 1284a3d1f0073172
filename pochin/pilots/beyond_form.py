"""What a plan from a file says beyond the questions of the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pochin.pilots import plan_answers, planning

# Drawn or reckoned anew whenever the form is kept.
MADE_ANEW = {"arm", "sequence", "schedule", "seed", "bound_to", "detectable", "planned_std_error"}


def lost(document: Mapping[str, Any]) -> list[str]:
    """Places of a plan from a file that would be gone, or otherwise, once the form is kept."""
    answers = plan_answers.answers_of(document)
    if "start" not in answers or answers["length"] == "hour":
        return ["periods"]
    by = document["decision"].get("by")
    answers |= {
        "purpose": document["purpose"],
        "archive": document.get("archive"),
        "decide_by": date.fromisoformat(by) if by else None,
        "seed": "",
    }
    return list(
        _unlike(document, planning.build(answers, plan_answers.takings_of(document).values()))
    )


def _unlike(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Places of `before` that are not the same in `after`."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in before.keys() - MADE_ANEW:
            place = f"{path}.{name}" if path else name
            if name not in after:
                yield place
            else:
                yield from _unlike(before[name], after[name], place)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _unlike(one, other, path)
    elif before != after:
        yield path
