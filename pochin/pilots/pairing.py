"""Sites in pairs by how alike they are in the register."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pochin.lab.covariate_constrained import optimal_pairs
from pochin.sites.models import Site, SizeClass

SIZES = {size: float(place) for place, size in enumerate(SizeClass.values)}


def by_likeness(sites: Sequence[Site]) -> list[str]:
    """The name of each site's pair, “1”, “2”, …: like beside like, near beside near.

    Args:
        sites: An even number of them; what the register does not know of one is taken as usual.

    Raises:
        DesignError: Their number is odd, or there are fewer than two.
    """
    known = [_known(site, sites) for site in sites]
    columns = np.array(known, float).reshape(len(sites), -1)
    usual = [column[np.isfinite(column)].mean() if np.isfinite(column).any() else 0.0
             for column in columns.T]  # fmt: skip
    filled = np.where(np.isfinite(columns), columns, usual)
    return [str(number + 1) for number in optimal_pairs(filled).tolist()]


def _known(site: Site, sites: Sequence[Site]) -> list[float]:
    kinds = sorted({one.kind for one in sites})
    place = [np.nan if value is None else float(value) for value in (site.latitude, site.longitude)]
    return [*(float(site.kind == kind) for kind in kinds), SIZES.get(site.size, np.nan), *place]
