"""Reductions of rows: Ibis expressions, the same for every engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pochin.measurements.lake.sketches import LOG, OFFSET

TEXTS = ("unit", "period", "metric")
MOMENTS = (*TEXTS, "n", "mean", "m2", "den_n", "den_mean", "den_m2", "den_co")
QUANTILES = ("unit", "period", "n", "value")
SKETCH = (*TEXTS, "bin", "n")
COUNTS = ("unit", "period", "day", "metric", "n")


def moments(
    rows: Any, caps: Mapping[str, float], *, by: Sequence[str] = (), paired: bool = True
) -> Any:
    """Counts, means, centred second moments; where `paired`, those with the denominator too."""
    import ibis

    value = rows.value
    if caps:
        bounds = [(rows.metric == code, ibis.least(value, cap)) for code, cap in caps.items()]
        value = ibis.cases(*bounds, else_=value)
    rows = rows.mutate(counted=value)
    keys = [*by, *TEXTS]
    alone = {
        "n": rows.count(),
        "mean": rows.counted.mean(),
        "m2": rows.counted.var(how="pop") * rows.count(),
    }
    if not paired:
        nothing = ibis.null("float64")
        return (
            rows.group_by(keys)
            .agg(**alone)
            .mutate(
                den_n=ibis.literal(0, "int64"), den_mean=nothing, den_m2=nothing, den_co=nothing
            )
            .order_by(keys)
        )
    given = rows.denominator.notnull()
    return (
        rows.group_by(keys)
        .agg(
            **alone,
            den_n=given.sum().fill_null(0),
            den_mean=rows.denominator.mean(),
            den_m2=rows.denominator.var(how="pop") * given.sum(),
            den_co=rows.counted.cov(rows.denominator, where=given, how="pop") * given.sum(),
        )
        .order_by(keys)
    )


def quantiles(rows: Any, metric: str, share: float) -> Any:
    """A quantile of one metric, exactly."""
    rows = rows.filter(rows.metric == metric)
    keys = ["unit", "period"]
    return rows.group_by(keys).agg(n=rows.count(), value=rows.value.quantile(share)).order_by(keys)


def sketch(rows: Any, metrics: Iterable[str], *, by: Sequence[str] = ()) -> Any:
    """How many values of these metrics lie in each bin of `sketches`."""
    import ibis

    rows = rows.filter(rows.metric.isin(list(metrics)))
    power = (rows.value.abs().log() / LOG).floor().cast("int64") + OFFSET
    placed = ibis.cases((rows.value > 0, power), (rows.value < 0, -power), else_=0)
    rows = rows.mutate(bin=placed)
    keys = [*by, *TEXTS, "bin"]
    return rows.group_by(keys).agg(n=rows.count()).order_by(keys)


def counts(rows: Any, *, by: Sequence[str] = ()) -> Any:
    """How many readings there are; never what they say."""
    keys = [*by, "unit", "period", "day", "metric"]
    return rows.group_by(keys).agg(n=rows.count()).order_by(keys)


def nothing(names: Iterable[str]) -> dict[str, np.ndarray]:
    """The answer of a reduction over no rows."""
    whole = dict.fromkeys(("n", "den_n", "bin", "batch"), np.int64)
    kinds: dict[str, Any] = {"day": "datetime64[D]", **whole, **dict.fromkeys(TEXTS, object)}
    return {name: np.array([], kinds.get(name, "f8")) for name in names}
