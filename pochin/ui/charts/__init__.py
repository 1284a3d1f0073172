"""Charts: own SVG from plain values; a sentence as text alternative, the numbers as a table."""

from pochin.ui.charts.counts import (
    Amount,
    Day,
    Promise,
    Stage,
    columns,
    days_strip,
    funnel,
    heat_map,
    promises,
    sparkline,
)
from pochin.ui.charts.curves import catching_up
from pochin.ui.charts.finding import bounds_row, finding
from pochin.ui.charts.forest import Site, forest
from pochin.ui.charts.frame import Hidden, Scale, figure, figures
from pochin.ui.charts.guardrails import Guardrail, guardrails
from pochin.ui.charts.intervals import Bounds, Estimate, axis, interval, key, with_axis
from pochin.ui.charts.lifecycle import Life, Node, Road, lifecycle
from pochin.ui.charts.over_time import Moment, over_time
from pochin.ui.charts.proofs import Bin, permutation, power_curve
from pochin.ui.charts.series import Group, Point, Rung, along, ladder, spread
from pochin.ui.charts.swings import Swing, tornado

__all__ = [
    "Amount", "Bin", "Bounds", "Day", "Estimate", "Group", "Guardrail", "Hidden", "Life",
    "Moment", "Node", "Point", "Promise", "Road", "Rung", "Scale", "Site", "Stage", "Swing",
    "along", "axis", "bounds_row", "catching_up", "columns", "days_strip", "figure", "figures",
    "finding", "forest", "funnel", "guardrails", "heat_map", "interval", "key", "ladder",
    "lifecycle", "over_time", "permutation", "power_curve", "promises", "sparkline", "spread",
    "tornado", "with_axis",
]  # fmt: skip
