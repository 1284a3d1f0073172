"""Why a design cannot be reckoned with, in the reader's language; “{}” stands for a number."""

from __future__ import annotations

from django.utils.translation import gettext_noop

REASONS = (
    gettext_noop("Each arm needs two subjects, or spread is unknown."),
    gettext_noop("Each arm needs two units, or spread is unknown."),
    gettext_noop("The plan lists no subjects; say how many are expected."),
    gettext_noop("A comparison needs a treated unit and two others."),
    gettext_noop("Differences need a period before and a period after."),
    gettext_noop("A mixture needs three donors or more."),
    gettext_noop("A mixture needs periods before and after."),
    gettext_noop("The series is too short for its level, trend and season."),
    gettext_noop("The step cannot be told from trend and season here."),
    gettext_noop("Every sequence needs the same periods and at least one unit."),
    gettext_noop("A sequence takes the solution away again; use a switchback."),
    gettext_noop("A wedge needs two sequences; else time and solution are one."),
    gettext_noop("Nothing of a block is left after the burn-in; use longer blocks."),
    gettext_noop("Two pairs of blocks do not fit; use more days or shorter blocks."),
    gettext_noop("Two blocks of {} do not fit into the periods of the run."),
    gettext_noop("The effect cannot be told from the periods in this schedule."),
    gettext_noop("{} of {} units leave an arm empty; each arm needs one."),
    gettext_noop("These strata leave nothing to the lot; join some of them."),
    gettext_noop("{} units cannot be paired; leave one out or add one."),
    gettext_noop("The lot has not been drawn yet; enter the drawn number."),
    gettext_noop("The drawn number is not the one that was committed before."),
    gettext_noop("The listed assignment is not the one its seed gives."),
    gettext_noop("This method gives nothing that interim looks could be held on."),
    gettext_noop("Looks by the lot itself need units that lots part into two arms."),
    gettext_noop("At the first look fewer than two pairs of blocks have been held."),
    gettext_noop("At the first look the series is too short to be judged."),
    gettext_noop("Units “{}” and “{}” would always be together; keep more assignments."),
    gettext_noop("The listed assignment is not among the best balanced ones."),
    gettext_noop("A covariate is missing for a unit, so balance cannot be kept."),
)
