"""What a result means to whoever offered the solution, in one plain sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _l

# What came out; the words of the database for the verdicts.
CAME_OUT = {
    "meets": _l("What was promised came true."),
    "promising": _l("The signs are good, but what was promised is not proved yet."),
    "no_effect": _l("What was promised is not seen, although it would have been noticed."),
    "inconclusive": _l(
        "The pilot could not tell whether the solution helps; that does not mean that it does not."
    ),
    "harm": _l("Something became worse than the plan allows."),
}
# What came out and what follows from it by the rule of the plan.
FOLLOWS = {
    ("meets", "green"): _l(
        "What was promised came true: by the rule of the plan the solution may be scaled, and the "
        "last word is the decision owner's."
    ),
    ("meets", "amber"): _l(
        "What was promised came true, but for the reasons below the rule of the plan leaves the "
        "next step to the decision owner."
    ),
    ("promising", "amber"): _l(
        "The signs are good, but what was promised is not proved yet: a longer run or rework may "
        "prove it."
    ),
    ("no_effect", "amber"): _l(
        "What was promised is not seen, although it would have been noticed: as it is, the "
        "solution needs rework before it is scaled."
    ),
    ("inconclusive", "amber"): _l(
        "The pilot could not tell whether the solution helps, which does not mean that it does "
        "not: more sites or more days may tell."
    ),
    ("harm", "red"): _l(
        "Something became worse than the plan allows: by the rule of the plan the solution is "
        "stopped, unless two people sign otherwise."
    ),
}
DOES_NOT_PAY = _l(
    "Counted in money the solution costs more than it brings: by the rule of the plan it is "
    "stopped, unless two people sign otherwise."
)
ONLY_A_HINT = _l(
    "The numbers of the past lie beyond the threshold, but the threshold was written after them: "
    "a hint for the next pilot and no proof."
)


def came_out(verdict: str) -> str:
    """What came out, for whoever reads it long after; "" where nothing could be told."""
    return str(CAME_OUT.get(verdict, ""))


def follows(verdict: str, colour: str, *, archive: bool = False) -> str:
    """What came out and what it means now; "" where nothing could be told."""
    if verdict in CAME_OUT and verdict != "harm" and colour == "red":
        return str(DOES_NOT_PAY)
    if verdict == "meets" and archive:
        return str(ONLY_A_HINT)
    return str(FOLLOWS.get((verdict, colour), CAME_OUT.get(verdict, "")))
