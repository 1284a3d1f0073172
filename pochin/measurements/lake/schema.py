"""What a row of the store holds."""

from __future__ import annotations

import pyarrow as pa

# The readings of `intake`, and which batch they came with.
STORED = pa.schema(
    [
        ("batch", pa.int32()),
        ("line", pa.int64()),
        ("unit", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("day", pa.date32()),
        ("period", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("denominator", pa.float64()),
        ("subject", pa.string()),
        ("event_id", pa.string()),
    ]
)
NOWHERE = -1  # the version of a store that was never written


class Overtaken(Exception):
    """The store changed since it was looked at; look again and decide anew."""
