"""What may be chosen in a plan, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = {
    "parallel": _("some sites with the solution, some without, at the same time"),
    "pairs": _("pairs of similar sites, one of each with the solution"),
    "stepped-wedge": _("all sites, one group after another"),
    "switchback": _("on and off in turns at every site"),
    "individual": _("single parcels or people"),
    "difference-in-differences": _("chosen sites before and after, beside others"),
    "synthetic-control": _("one chosen site beside a mixture of others"),
    "interrupted-series": _("before and after at one site"),
}
KINDS_OF_SEVERAL = {"synthetic-control": _("chosen sites beside a mixture of others")}
METRIC_KINDS = {
    "mean": _("mean"),
    "proportion": _("share"),
    "ratio": _("ratio of two sums"),
    "rate": _("rate"),
    "quantile": _("quantile"),
}
DIRECTIONS = {"higher": _("more is better"), "lower": _("less is better")}
LENGTHS = {"hour": _("hour"), "day": _("day"), "week": _("week"), "month": _("month")}
SCOPES = {"network": _("roll-out to the network"), "next-stage": _("the next stage only")}
ROLES = {
    "primary": _("primary"), "secondary": _("secondary"), "guardrail": _("guardrail")
}  # fmt: skip
LOTS = {
    "complete": _("by lot among all sites"),
    "stratified": _("by lot within groups"),
    "constrained": _("by lot among balanced assignments"),
    "pairs": _("by lot within each pair"),
    "hash": _("by lot for each parcel or person"),
    "sequences": _("by lot among the starts"),
    "blocks": _("by lot for each two blocks of time"),
    "observed": _("chosen, not drawn"),
}
DRAWS = {
    "free": _("among all assignments; within groups where groups are named"),
    "constrained": _("only among the assignments that balance the sites best"),
}
COMPARISONS = {
    "never-treated": _("units that never get the solution"),
    "not-yet-treated": _("units that have not got the solution yet"),
}
CHOSEN_BY = {
    "all": _("all there are"),
    "drawn": _("drawn from a list"),
    "willing": _("those that were willing"),
    "baseline": _("because their numbers were bad"),
    "other": _("otherwise"),
}
SPENDING = {
    "obrien-fleming": _("strict early, lenient late"),
    "pocock": _("equally strict at every look"),
    "randomization": _("by the lot itself, for few sites"),
}
SOURCES = {
    "post": _("the reading of the post's own people"),
    "vendor": _("the reading of the vendor"),
}
TARGETS = {
    "unit-average": _("the average over sites"),
    "participant-average": _("the average over parcels or people"),
    "treated-average": _("the average over the sites with the solution"),
}

METHODS = {
    "unit-means": _("means of sites, Student's test"),
    "unit-means-welch": _("means of sites, Welch's test"),
    "unit-means-adjusted": _("means of sites, sharpened by the baseline"),
    "cr2": _("least squares with errors alike within sites"),
    "paired": _("differences within pairs"),
    "paired-weighted": _("differences within pairs weighted by size"),
    "mixed-model": _("mixed model, error by whole sites"),
    "vertical": _("comparison within periods, by lot"),
    "block-pairs": _("differences within pairs of blocks"),
    "welch": _("means of people, Welch's test"),
    "cuped": _("means of people, sharpened by their past"),
    "lin": _("means of people with interactions"),
    "difference-in-differences": _("difference in differences"),
    "group-time": _("difference in differences by group and time"),
    "synthetic-control": _("a mixture of other sites"),
    "synthetic-difference": _("a mixture of other sites and earlier periods"),
    "segmented-regression": _("a step in the series"),
}

ROLL_OUT = {
    "meets": _("if the threshold is met"),
    "promising": _("if the threshold is met or the result is promising"),
}
