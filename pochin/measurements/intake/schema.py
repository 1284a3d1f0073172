"""What a reading is, by which names its columns go, and what may be wrong with it."""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa

# `at` and `day` are empty where the plan's periods have no dates and a row names its period.
READINGS = pa.schema(
    [
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

REQUIRED = ("unit", "at", "metric", "value")
OPTIONAL = ("denominator", "subject", "event_id")
COLUMNS = (*REQUIRED, *OPTIONAL)

# How people head these columns; compared in small letters, without spaces around.
NAMES = {
    "unit": "unit site office единица объект площадка отделение индекс",
    "at": "at time date moment timestamp время дата момент период",
    "metric": "metric показатель метрика",
    "value": "value значение",
    "denominator": "denominator знаменатель",
    "subject": "subject субъект участник",
    "event_id": "event_id event событие ид_события",
}
BY_NAME = {name: column for column, names in NAMES.items() for name in names.split()}


def column_of(head: str) -> str | None:
    """The column of a reading that a heading names, or None.

    >>> column_of(" Показатель "), column_of("note")
    ('metric', None)
    """
    return BY_NAME.get(head.strip().lower().replace(" ", "_"))


class Reason(StrEnum):
    """Why a row is not taken; the sentence for people is in `words`."""

    CELLS = "cells"
    ENCODING = "encoding"
    EMPTY = "empty"
    UNKNOWN_UNIT = "unknown_unit"
    FOREIGN_UNIT = "foreign_unit"
    UNKNOWN_METRIC = "unknown_metric"
    NOT_A_TIME = "not_a_time"
    OUTSIDE = "outside"
    FUTURE = "future"
    NOT_A_NUMBER = "not_a_number"
    IMPOSSIBLE = "impossible"
    NO_DENOMINATOR = "no_denominator"
    NOT_A_ROW = "not_a_row"
    CONTRADICTION = "contradiction"
    DUPLICATE = "duplicate"
    OTHER_SIDE = "other_side"
