"""Drawn statistics counted in bins, so that a picture of chance travels with a result."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def histogram(drawn: np.ndarray, own: float, bins: int = 41) -> dict[str, Any]:
    """What chance alone would give, counted in bins of equal width around zero.

    An odd number of bins and edges a little beyond the ends keep values off the edges, so that
    other machines count the same.

    >>> histogram(np.array([-1.0, 0.0, 0.0, 1.0]), 1.0, bins=3)["counts"]
    [1, 2, 1]
    """
    sizes = np.abs(drawn)
    far = float(sizes.max(initial=0.0))
    if not math.isfinite(far):
        far = float(sizes.max(initial=0.0, where=np.isfinite(sizes)))
    far = max(far, abs(own) if math.isfinite(own) else 0.0) or 1.0
    edges = np.linspace(-1.0137, 1.0137, bins + 1) * far
    held = np.clip(drawn, edges[0], edges[-1])
    place = ((held - edges[0]) * (bins / (edges[-1] - edges[0]))).astype(np.intp)
    counts = np.bincount(np.minimum(place, bins - 1), minlength=bins)
    observed = float(np.clip(own, edges[0], edges[-1]))
    return {"edges": edges.tolist(), "counts": counts.tolist(), "observed": observed}
