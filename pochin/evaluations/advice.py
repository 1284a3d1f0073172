"""What to do about a result that is withheld: it follows the cause, not the rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _l

# Too little was compared: no file can change that.
FEW = ("lot-too-small", "few-treated", "series-too-short", "empty-arm")
# The world was not as the comparison supposes.
UNLIKE = ("twin-does-not-follow", "series-wanders", "counts-autocorrelated", "not-estimable")
# Sites did not do as the lot said, or not all stayed.
STRAYED = ("crossover", "comparison-treated", "dropout-differs", "twin-trial")
# Somebody decided otherwise than the plan says.
OTHERWISE = (
    "exclusion-unregistered",
    "metric-changed",
    "plan-amended-late",
    "plan-changed",
    "looks-unplanned",
    "stop-reason-unknown",
)

FINDINGS = {
    FEW: _l("The result is withheld: too little was compared to show anything."),
    UNLIKE: _l("The result is withheld: the method of the plan cannot answer with these data."),
    STRAYED: _l("The result is withheld: the sites did not work as the plan says."),
    OTHERWISE: _l("The result is withheld: something was decided otherwise than the plan says."),
}
DATA = _l("The result is withheld: a check of the data failed.")
ADVICE = {
    FEW: _l(
        "Sending readings again changes nothing: with so few units no outcome could have been told "
        "from chance. Describe what was seen without calling it an effect, and plan the next pilot "
        "with more of them."
    ),
    UNLIKE: _l(
        "Look for mistakes in the files first: they can look like this. If the readings are right, "
        "the comparison itself does not hold here; the next pilot needs another one, best by lot."
    ),
    STRAYED: _l(
        "Check the marks of who worked with the solution: where a mark is wrong, correct it at its "
        "source and send it again. If the sites really worked otherwise, no file puts that right; "
        "write down why, so that the next pilot prevents it."
    ),
    OTHERWISE: _l(
        "The readings are not the cause. Go back to what the plan says, or have the change agreed "
        "by all sides where the plan allows one; what was decided after outcomes were seen cannot "
        "be proved by the same outcomes."
    ),
}
SEND_AGAIN = _l(
    "Find the cause, put the readings right at their source and send them again; the same locked "
    "plan is then computed anew."
)
KEPT = _l(
    "The cause and what was done stay in the history. If it cannot be put right, the pilot ends "
    "without a result, and its lesson is written down."
)


def causes(result: Mapping[str, Any]) -> set[str]:
    """The codes of the flags that block a result."""
    flags = [*result["flags"], *(f for m in result["metrics"] for f in m["effect"]["flags"])]
    return {one["code"] for one in flags if one["severity"] == "block"}


def finding(result: Mapping[str, Any]) -> str:
    """Why nothing is shown, in one sentence; the gravest cause where there are several."""
    found = causes(result)
    return str(next((said for codes, said in FINDINGS.items() if found & {*codes}), DATA))


def what_now(result: Mapping[str, Any]) -> list[str]:
    """What to do, a paragraph for each kind of cause; what is kept stands last."""
    found = causes(result)
    said = [str(words) for codes, words in ADVICE.items() if found & {*codes}]
    if found - {code for codes in ADVICE for code in codes} or not said:
        said.append(str(SEND_AGAIN))
    return [*said, str(KEPT)]
