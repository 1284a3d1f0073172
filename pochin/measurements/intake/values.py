"""Cells as numbers and moments, column by column: what cannot be one is marked, not raised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
SPACES = "[ \u00a0\u202f]"
# Days in Russian order become ISO: 2.3.2026 9:05 → 2026-03-02 09:05.
RUSSIAN = (
    (r"^(\d)\.", r"0\1."),
    (r"^(\d\d)\.(\d)\.", r"\1.0\2."),
    (r"^(\d\d)\.(\d\d)\.(\d\d)($|[ T,])", r"\1.\2.20\3\4"),
    (r"^(\d\d)\.(\d\d)\.(\d{4})", r"\3-\2-\1"),
    (r"^(\d{4}-\d\d-\d\d)[T,]? ?(\d):", r"\1 0\2:"),
    (r"^(\d{4}-\d\d-\d\d)(, ?| +|T)(\d\d:)", r"\1 \3"),
)
DAY = r"(1[6-9]|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
CLOCK = r"[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
ZONE = r"(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)"
ISO = rf"^{DAY}({CLOCK}{ZONE}?)?$"

_SPACE, _BEYOND_ASCII = 32, 128
_IN_NUMBERS = np.isin(np.arange(256), np.frombuffer(b"0123456789.+-eE", np.uint8))

US = pa.timestamp("us")
UTC = pa.timestamp("us", tz="UTC")

# Where a change of the clock is looked for among quarters of an hour, which is quicker than to
# look every moment up.
QUARTER = 900_000_000
FEW = 5_000
LONG = 2 * FEW * QUARTER
STEADY_SINCE = 315_532_800_000_000  # 1980: before, clocks were changed at odd moments too

# How exactly a cell says when.
NOT, DATE, NAIVE, EXACT = 0, 1, 2, 3


def trimmed(column: pa.Array) -> pa.Array:
    """Text without spaces around; what is not there is empty."""
    if not pa.types.is_string(column.type):
        column = _as_text(column)
    if column.null_count:
        column = column.fill_null("")
    return pc.utf8_trim_whitespace(column) if _may_have_edges(column) else column


def _may_have_edges(column: pa.Array) -> bool:
    """Whether a cell begins or ends with what may be a space; read from the bytes alone."""
    offsets, data = spans(column)
    first, last = offsets[:-1], offsets[1:]
    written = last > first
    if not written.all():
        first, last = first[written], last[written]
    ends = np.concatenate([data[first], data[last - 1]])
    return bool(((ends <= _SPACE) | (ends >= _BEYOND_ASCII)).any())


def spans(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Where each text begins and ends, shape (R + 1,), and the bytes of all, as they lie."""
    _valid, places, data = column.buffers()
    offsets = np.frombuffer(places, np.int32)[column.offset :][: len(column) + 1]
    return offsets, np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):
        whole = pc.equal(column, pc.round(column))
        texts = column.cast(pa.string())
        if pc.all(whole.fill_null(True)).as_py():
            return column.cast(pa.int64(), safe=False).cast(pa.string())
        return texts
    return column.cast(pa.string())


def numbers(column: pa.Array, decimal: str) -> tuple[np.ndarray, np.ndarray]:
    """The column as floats, shape (R,), NaN where empty; and which cells are neither.

    >>> numbers(pa.array(["1 234,5", "", "x"]), ",")
    (array([1234.5,    nan,    nan]), array([False, False,  True]))
    """
    if not pa.types.is_string(column.type):
        return _typed_numbers(column)
    column = column.fill_null("") if column.null_count else column
    if decimal == ",":
        column = pc.replace_substring(column, ",", ".")
    plain = _of_digits(column)
    try:
        values = _floats(column, plain)
    except pa.ArrowInvalid:  # such as 1-2
        plain = pc.match_substring_regex(column, NUMBER)
        values = _floats(column, plain)
    if pc.all(plain).as_py():
        return values, ~np.isfinite(values)
    return _numbers_among_others(column, plain, values)


def _of_digits(column: pa.Array) -> pa.Array:
    """Which cells hold nothing but what numbers are written with; read from the bytes alone."""
    offsets, data = spans(column)
    written = data[offsets[0] : offsets[-1]]
    strange = np.zeros(len(written) + 1, np.int32)
    np.cumsum(~_IN_NUMBERS[written], out=strange[1:])
    at = offsets - offsets[0]
    return pa.array((strange[at[1:]] == strange[at[:-1]]) & (at[1:] > at[:-1]))


def _numbers_among_others(
    column: pa.Array, plain: pa.Array, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where some cells are no plain numbers: those alone are looked at more closely."""
    others = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    cells = pc.utf8_trim_whitespace(column.take(pa.array(others)))
    cells = pc.replace_substring_regex(cells, SPACES, "")
    empty = pc.equal(cells, "").to_numpy(zero_copy_only=False)
    values[others] = _floats(cells, pc.match_substring_regex(cells, NUMBER))
    unread = np.zeros(len(column), bool)
    unread[others] = ~empty
    return values, unread & ~np.isfinite(values) | np.isinf(values)


def _floats(column: pa.Array, sound: pa.Array) -> np.ndarray:
    """The cells that are sound as numbers, NaN for the others."""
    numbers = pc.if_else(sound, column, pa.scalar(None, pa.string())).cast(pa.float64())
    return np.array(numbers.to_numpy(zero_copy_only=False))


def _typed_numbers(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    try:
        values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.full(len(column), np.nan), np.ones(len(column), bool)
    given = column.is_valid().to_numpy(zero_copy_only=False)
    return values, given & ~np.isfinite(values)


@dataclass(frozen=True, slots=True)
class Moments:
    """When, as it is written.

    Attributes:
        us: Microseconds since 1970: of UTC where `form` is EXACT, of the local clock else, (R,).
        form: NOT a moment, a DATE, a NAIVE moment (no zone) or an EXACT one, (R,).
    """

    us: np.ndarray
    form: np.ndarray


def moments(column: pa.Array) -> Moments:
    """The column as moments; days by ISO 8601 or in Russian order."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _typed_moments(column, EXACT if kind.tz else NAIVE)
    if pa.types.is_date(kind):
        return _typed_moments(column, DATE)
    text = trimmed(column)
    return _quickly(text) or _carefully(text)


def _typed_moments(column: pa.Array, form: int) -> Moments:
    target = UTC if form == EXACT else US
    us = column.cast(target, safe=False).cast(pa.int64())
    forms = np.where(column.is_valid().to_numpy(zero_copy_only=False), form, NOT)
    return Moments(us.fill_null(0).to_numpy(zero_copy_only=False), forms.astype(np.int8))


def _quickly(text: pa.Array) -> Moments | None:
    """All cells at once, where all are of one form and in order; None where not."""
    lengths = np.diff(spans(text)[0])
    if not len(lengths) or lengths.min() < len("2026-03-16"):
        return None
    for target, form in ((US, NAIVE), (UTC, EXACT)):
        try:
            us = text.cast(target).cast(pa.int64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            continue
        forms = np.full(len(text), form, np.int8)
        if form == NAIVE:
            forms[lengths == 10] = DATE
        return Moments(us, forms) if _sane(us) else None
    return None


def _sane(us: np.ndarray) -> bool:
    return not len(us) or bool(us.min() >= _year_us(1600) and us.max() < _year_us(2200))


@lru_cache
def _year_us(year: int) -> int:
    return int(np.datetime64(f"{year}-01-01", "us").astype(np.int64))


def _carefully(text: pa.Array) -> Moments:
    """Cell by cell what each is; only what is not ISO already is rewritten."""
    iso = pc.match_substring_regex(text, ISO).to_numpy(zero_copy_only=False)
    us, form = np.zeros(len(text), np.int64), np.zeros(len(text), np.int8)
    _read_iso(text, iso, us, form)
    if not iso.all():
        places = np.flatnonzero(~iso)
        others = text.filter(pa.array(~iso))
        for pattern, order in RUSSIAN:
            others = pc.replace_substring_regex(others, pattern, order)
        fits = pc.match_substring_regex(others, ISO).to_numpy(zero_copy_only=False)
        found_us, found_form = np.zeros(len(others), np.int64), np.zeros(len(others), np.int8)
        _read_iso(others, fits, found_us, found_form)
        us[places], form[places] = found_us, found_form
    return Moments(us, form)


def _read_iso(text: pa.Array, fits: np.ndarray, us: np.ndarray, form: np.ndarray) -> None:
    """Fill in the moments of the cells that fit; a day that does not exist is left out."""
    fits = fits & ~_missing_day(text, fits)
    short = pc.equal(pc.utf8_length(text), 10).to_numpy(zero_copy_only=False)
    zoned = pc.match_substring_regex(text, rf"{ZONE}$").to_numpy(zero_copy_only=False) & ~short
    for chosen, target, kind in (
        (fits & short, US, DATE),
        (fits & ~short & ~zoned, US, NAIVE),
        (fits & zoned, UTC, EXACT),
    ):
        if chosen.any():
            found = text.filter(pa.array(chosen)).cast(target).cast(pa.int64())
            us[chosen], form[chosen] = found.to_numpy(zero_copy_only=False), kind


def _missing_day(text: pa.Array, fits: np.ndarray) -> np.ndarray:
    """Which of the cells that fit name a day their month does not have: 31 February."""
    late = pc.match_substring_regex(text, r"^\d{4}-\d\d-(29|3)").to_numpy(zero_copy_only=False)
    late &= fits
    days = text.filter(pa.array(late))
    year, month, day = (
        pc.utf8_slice_codeunits(days, a, b).cast(pa.int64()).to_numpy(zero_copy_only=False)
        for a, b in ((0, 4), (5, 7), (8, 10))
    )
    first = (year - 1970) * 12 + month - 1
    begins = first.astype("datetime64[M]").astype("datetime64[D]")
    ends = (first + 1).astype("datetime64[M]").astype("datetime64[D]")
    missing = late.copy()
    missing[late] = day > (ends - begins).astype(np.int64)
    return missing


def to_utc(local_us: np.ndarray, zone: str) -> np.ndarray:
    """Moments of a local clock as UTC; an hour that comes twice is its first, one that is skipped
    the one after."""
    return _by_the_clock(local_us, zone, _to_utc)


def to_local(utc_us: np.ndarray, zone: str) -> np.ndarray:
    """Moments of UTC as the local clock shows them."""
    return _by_the_clock(utc_us, zone, _to_local)


def _by_the_clock(
    us: np.ndarray, zone: str, exactly: Callable[[np.ndarray, str], np.ndarray]
) -> np.ndarray:
    """By adding a number, where the clock was not changed between the first and the last moment."""
    if not len(us):
        return us
    first, last = int(us.min()), int(us.max())
    if len(us) < FEW or first < STEADY_SINCE or last - first > LONG:
        return exactly(us, zone)
    # Clocks are changed on the quarters of an hour.
    quarters = np.arange(first // QUARTER, last // QUARTER + 2) * QUARTER
    apart = exactly(quarters, zone) - quarters
    if (apart != apart[0]).any():
        return exactly(us, zone)
    return us + apart[0]


def _to_utc(local_us: np.ndarray, zone: str) -> np.ndarray:
    local = pa.array(local_us, pa.int64()).cast(US)
    exact = pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="latest")
    return exact.cast(pa.int64()).to_numpy(zero_copy_only=False)


def _to_local(utc_us: np.ndarray, zone: str) -> np.ndarray:
    exact = pa.array(utc_us, pa.int64()).cast(UTC).cast(pa.timestamp("us", tz=zone))
    return pc.local_timestamp(exact).cast(pa.int64()).to_numpy(zero_copy_only=False)
