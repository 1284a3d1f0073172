"""Published data sets, read where they lie; tests skip, and say so, where they are absent."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]


def stats_file(name: str) -> Path:
    """A file below `stats` in the folder of data sets."""
    folder = Path(os.environ.get("POCHIN_DATA", ROOT / ".." / "shared" / "data"))
    path = folder / "stats" / name
    if not path.exists():
        pytest.skip(f"PUBLISHED FIGURES NOT CHECKED: {path} is absent; set POCHIN_DATA")
    return path


def columns(name: str, *, separator: str = ",", decimal: str = ".") -> dict[str, np.ndarray]:
    """The columns of a data set; numbers where all are numbers or empty, else text."""
    with stats_file(name).open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=separator))
    return {key: _column([row[key] for row in rows], decimal) for key in rows[0]}


def _column(values: list[str], decimal: str) -> np.ndarray:
    given = [one.replace(decimal, ".") for one in values]
    try:
        return np.array([float(one) if one not in ("", "NA") else np.nan for one in given])
    except ValueError:
        return np.array(values)
