"""The life of a batch of readings: how it is sent, what can happen to it, the work on it."""

from pochin.measurements.lifecycle.moves import (
    Known,
    awaits_confirmation,
    check,
    columns_are_known,
    confirm,
    known,
    life,
    look_at,
    map_columns,
    readings_are_taken,
    receive,
    reopen,
    stop,
    withdraw,
)
from pochin.measurements.lifecycle.sending import LIMIT, send
from pochin.measurements.lifecycle.work import take_in, tidy

__all__ = [
    "LIMIT",
    "Known",
    "awaits_confirmation",
    "check",
    "columns_are_known",
    "confirm",
    "known",
    "life",
    "look_at",
    "map_columns",
    "readings_are_taken",
    "receive",
    "reopen",
    "send",
    "stop",
    "take_in",
    "tidy",
    "withdraw",
]
