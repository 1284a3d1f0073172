"""Which files of a version may hold the rows that are asked for, by what its log says of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def may_hold(
    told: pa.Table, *, batches: Iterable[int] | None = None, days: tuple[date, date] | None = None
) -> set[str]:
    """The names of files that are not known to hold nothing of it.

    Args:
        told: What the log says of each file: `path`, `min.…`, `max.…` and `null_count.…`.
        batches: The numbers of batches that are asked for.
        days: The first and the last day that are asked for, beside rows without a day.
    """
    fits = np.ones(told.num_rows, bool)
    if batches is not None:
        least, most = _ends(told, "batch")
        among = np.unique(np.fromiter(batches, np.int64))
        fits &= np.searchsorted(among, most, "right") > np.searchsorted(among, least)
        fits |= _is_untold(told, "batch")
    if days is not None:
        least, most = _ends(told, "day")
        first, last = (day.toordinal() - _EPOCH for day in days)
        fits &= (least <= last) & (most >= first) | _is_untold(told, "day")
    return set(told["path"].filter(pa.array(fits)).to_pylist())


_EPOCH = date(1970, 1, 1).toordinal()


def _ends(told: pa.Table, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most a file holds, as whole numbers; 0 where the log says nothing."""
    least, most = (told[f"{end}.{name}"].cast(pa.int32()).fill_null(0) for end in ("min", "max"))
    return least.to_numpy(), most.to_numpy()


def _is_untold(told: pa.Table, name: str) -> np.ndarray:
    """Of which files the log does not say everything about a column; also what is empty counts."""
    untold = pc.not_equal(told[f"null_count.{name}"], 0).fill_null(True)
    for end in ("min", "max"):
        untold = pc.or_(untold, told[f"{end}.{name}"].is_null())
    return np.array(untold)
