"""Units that left for good during the run: what must be said of them, and what they could hide."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.evaluation_checks import worst_case
from pochin.lab.exposure import dropout
from pochin.lab.methods import Task
from pochin.lab.result import EffectResult, Flag

CODE = "dropout-differs"
LEFT = (
    "%(treatment)d of %(treated)d units with the solution and %(control)d of %(compared)d for "
    "comparison left for good during the run. They are counted in the group they were given, with "
    "the readings there are."
)
BECAUSE = (
    "Left because of the solution, or perhaps because of it: %(count)d. Those that stayed may show "
    "it better than it is."
)
BOUNDS = (
    "Had every reading that is missing since then been as bad, or as good, as the worst and the "
    "best that were seen, the effect would lie between %(low).3g and %(high).3g."
)


def departures(
    left: Mapping[str, tuple[str, str]], assignment: Assignment, *, alpha: float = 0.05
) -> list[Flag]:
    """Tell which units left, and whether more of one arm did.

    Args:
        left: By unit its last day and its reason: "solution", "other" or "unclear".
        assignment: Who was to take part.
        alpha: Below this, the arms lost units so unlike that nothing may be concluded.

    Source:
        Campbell, M. K. et al. (2012). CONSORT for cluster trials. BMJ 345, e5661, item 13.

    Example:
        >>> lot = Assignment([[1], [0], [1], [0]], list("abcd"), [0])
        >>> [one.at for one in departures({"a": ("2026-04-07", "solution")}, lot)]
        ['left', 'left because']
    """
    units = assignment.unit_ids.astype(str)
    gone, treated = np.isin(units, list(left)), assignment.arms == 1
    if not gone.any():
        return []
    evidence = {
        "treatment": int((gone & treated).sum()),
        "treated": int(treated.sum()),
        "control": int((gone & ~treated).sum()),
        "compared": int((~treated).sum()),
    }
    found = [Flag(CODE, "warn", LEFT, evidence, "left")]
    telling = sum(why != "other" for unit, (_day, why) in left.items() if unit in set(units))
    if telling:
        found.append(Flag(CODE, "warn", BECAUSE, {"count": telling}, "left because"))
    if 0 < treated.sum() < len(treated):
        arms = [(int((gone & arm).sum()), int(arm.sum())) for arm in (treated, ~treated)]
        found += [one for one in dropout(*arms, alpha=alpha) if one.blocks]
    return found


def could_hide(task: Task, effect: EffectResult, left: Mapping[str, tuple[str, str]]) -> list[Flag]:
    """How far the effect could be from the truth, whatever the units would have shown later.

    Only where whole arms are compared as they stand, in the unit of the metric; the bounds are of
    the difference of the means of units, between the least and the most that was seen.

    Args:
        task: The primary metric and its readings.
        effect: What was estimated.
        left: The units that left, as in `departures`.

    Source:
        Manski, C. F. (1990). American Economic Review 80, 319–323.
    """
    assignment = task.assignment
    gone = np.isin(assignment.unit_ids.astype(str), list(left))
    if (
        not gone.any()
        or effect.estimate is None
        or effect.scale != "absolute"
        or task.protocol.kind not in ("parallel", "pairs")
    ):
        return []
    panel = task.panel.to_matrix(
        task.metric.code, units=assignment.unit_ids, periods=np.array(task.run)
    )
    seen = np.where(panel.n > 0, panel.Y, np.nan)
    there = np.isfinite(seen).sum(axis=1)
    missing = np.where(gone, len(task.run) - there, 0)
    if not missing.any() or not there.all():
        return []
    bounds = worst_case(
        np.nanmean(seen, axis=1), there, missing, assignment.arms,
        low=float(np.nanmin(seen)), high=float(np.nanmax(seen)),
    )  # fmt: skip
    return [Flag(CODE, "warn", BOUNDS, {"low": bounds.low, "high": bounds.high}, "left unseen")]
