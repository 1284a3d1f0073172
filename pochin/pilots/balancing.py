"""What is known of sites before a pilot: by it a lot can be balanced, and arms compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.lab.protocol import Protocol
from pochin.participants import regions
from pochin.pilots.pairing import SIZES
from pochin.sites.models import Site, SiteKind
from pochin.ui import formats

BALANCE = {
    "size": _("size in the register"),
    "kind": _("kind of site"),
    "region": _("region"),
    "place": _("place on the map"),
    "before": _("value before the pilot, written beside each site below"),
}
PLACE = ("latitude", "longitude")


def known_of(
    sites: Sequence[Site], wanted: Sequence[str], before: Mapping[int, float]
) -> list[dict[str, float]]:
    """The covariates of each site; what is alike everywhere cannot be balanced and is left out.

    Args:
        sites: Those that take part.
        wanted: Of `BALANCE`.
        before: Value of the metric before the pilot, by the number of the site.
    """
    columns: dict[str, list[float]] = {}
    for what in wanted:
        columns |= _columns(what, sites, before)
    told: dict[str, np.ndarray] = {}
    for name, values in columns.items():
        column = np.array(values, float)
        if np.isfinite(column).any():
            # What the register does not know of one site is taken as usual.
            column = np.where(np.isfinite(column), column, np.nanmean(column))
            if column.std() > 0:
                told[name] = column
    return [{name: round(float(v[i]), 6) for name, v in told.items()} for i in range(len(sites))]


def _columns(
    what: str, sites: Sequence[Site], before: Mapping[int, float]
) -> dict[str, list[float]]:
    if what == "size":
        return {"size": [SIZES.get(site.size, np.nan) for site in sites]}
    if what == "before":
        return {"before": [before.get(site.number, np.nan) for site in sites]}
    if what == "place":
        return {name: [_number(getattr(site, name)) for site in sites] for name in PLACE}
    groups = sorted({getattr(site, what) for site in sites} - {""})
    # Of two groups one number tells all; of more each but the last has its own.
    return {
        f"{what}:{group}": [float(getattr(site, what) == group) for site in sites]
        for group in groups[: max(1, len(groups) - 1)]
    }


def _number(value: object) -> float:
    return np.nan if value is None else float(str(value))


def kept_of(names: Sequence[str]) -> list[str]:
    """The questions that covariates of a plan answer, of `BALANCE`, each once.

    >>> kept_of(["size", "kind:hub", "kind:office", "latitude", "longitude", "parcels"])
    ['size', 'kind', 'place']
    """
    found = ["place" if one in PLACE else one.partition(":")[0] for one in names]
    return [one for one in dict.fromkeys(found) if one in BALANCE]


def words_of(name: str) -> str:
    """What a covariate of a plan is called; a name of another's own stays as it is."""
    what, _colon, group = name.partition(":")
    if what == "kind" and group in SiteKind.values:
        return str(SiteKind(group).label)
    if what == "region" and group:
        return str(regions.name(group)) or name
    plain = {
        "size": _t("size"),
        "before": _t("value before the pilot"),
        "latitude": _t("latitude"),
        "longitude": _t("longitude"),
    }
    return plain.get(name, name)


def constraint_of(protocol: Protocol) -> list[dict[str, Any]]:
    """What a constrained lot balances: by a fair lot, at most among what stays, and as drawn.

    Differences are told in standard deviations of the sites.
    """
    best = protocol.best_balanced
    if best is None:
        return []
    arms = np.array([unit.get("arm", "") == "treatment" for unit in protocol.units])
    drawn = 0 < arms.sum() < len(arms)
    rows = []
    names = protocol.document["assignment"]["balance"]
    for name, usual, most in zip(names, best.usual, best.kept_at_most, strict=True):
        values = protocol.covariate(name)
        spread = float(values.std(ddof=1))
        away = float(values[arms].mean() - values[~arms].mean()) / spread if drawn else None
        rows.append({
            "what": words_of(name),
            "usual": formats.number(float(usual), places=2),
            "most": formats.number(float(most), places=2),
            "drawn": formats.DASH if away is None else formats.number(away, places=2),
        })  # fmt: skip
    return rows


def balance_of(protocol: Protocol, slots: Iterable[Any]) -> list[dict[str, Any]]:
    """How the sites of each arm are alike, by what the register knows; empty before the lot."""
    arms = {unit["unit"]: unit["arm"] for unit in protocol.units if "arm" in unit}
    if len(set(arms.values())) < 2:
        return []
    sites = {str(slot.site.number): slot.site for slot in slots}
    rows = [{**_counts(arms, dict.fromkeys(arms, ""))[0], "what": _t("all")}]
    known = {
        _t("kind"): {unit: str(site.get_kind_display()) for unit, site in sites.items()},
        _t("size"): {unit: str(site.get_size_display()) for unit, site in sites.items()
                     if site.size},
        _t("region"): {unit: site.region_name for unit, site in sites.items() if site.region},
    }  # fmt: skip
    for name, values in known.items():
        if len(set(values.values())) > 1:
            rows += [{**row, "what": f"{name}: {row['what']}"} for row in _counts(arms, values)]
    return rows


def _counts(arms: dict[str, str], values: dict[str, str]) -> list[dict[str, Any]]:
    found = Counter((values[unit], arm) for unit, arm in arms.items() if unit in values)
    return [
        {
            "what": value,
            "treatment": found[value, "treatment"],
            "control": found[value, "control"],
        }
        for value in sorted({value for value, _arm in found})
    ]
