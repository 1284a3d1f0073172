"""What a result page reads: moments kept beside the rows, for a million rows and for a billion.

The moments are filled in bulk: they are relational rows, and how many there are depends on files,
units, periods and metrics, never on how many readings stand behind them.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

import numpy as np

from benchmarks.lake.common import UNITS, plan, timed

SIZES = (1_000_000, 100_000_000, 1_000_000_000)
DAYS = 56  # a file a day for eight weeks
ROUNDS = 7


def fill(pilot: int, rows: int) -> list[list[Any]]:
    """Moments as so many readings leave them, in daily files; what the pilot's data are."""
    from django.utils import timezone

    from pochin.measurements.models import Batch, Moment

    rng, each = np.random.default_rng(pilot), rows // DAYS
    batches = Batch.objects.bulk_create(
        Batch(pilot_id=pilot, number=n, file_id=1, sha256=f"{pilot}-{n}", sent_by_id=1,
              sent_at=timezone.now(), state="accepted", received=each, accepted=each,
              quarantined=0, duplicates=0, store_version=n, rows_sha256=f"{n:064}")
        for n in range(1, DAYS + 1)
    )  # fmt: skip
    share = max(each // (len(UNITS) * 2), 1)
    moments = [
        Moment(batch=batch, unit=unit, period=period, metric=metric, n=share,
               mean=float(rng.normal(30, 1)), m2=share * 25.0)
        for batch in batches
        for period in [str(np.datetime64("2026-03-16") + (batch.number - 1) // 7 * 7)]
        for unit in UNITS
        for metric in ("delay", "complaints")
    ]  # fmt: skip
    Moment.objects.bulk_create(moments, batch_size=2_000)
    return [[batch.number, batch.rows_sha256, True] for batch in batches]


def report() -> list[str]:
    """The table; the database is one of its own, made before."""
    from django.db import connection

    from pochin.lab.evaluate import evaluate_plan
    from pochin.measurements import readings
    from pochin.pilots.models import Pilot

    # The rows around a batch (its file, its sender) are not what is measured.
    connection.disable_constraint_checking()
    protocol = plan()
    said = ["| readings behind it | rows of moments | ms for the moments | ms to evaluate |",
            "|---|---|---|---|"]  # fmt: skip
    for pilot, rows in enumerate(SIZES, 1):
        batches = fill(pilot, rows)

        def moments(pilot: int = pilot, batches: list[list[Any]] = batches) -> Any:
            columns = readings._kept(Pilot(pk=pilot), batches, protocol)
            return readings._table(columns, protocol, [])

        table = moments()
        read = statistics.median(timed(moments)[0] for _round in range(ROUNDS))
        judged = statistics.median(
            timed(partial(evaluate_plan, protocol, table))[0] for _round in range(3)
        )
        count = DAYS * len(UNITS) * 2
        said.append(f"| {rows:,} | {count:,} | {read * 1000:.0f} | {judged * 1000:.0f} |")
    return [*said, ""]
