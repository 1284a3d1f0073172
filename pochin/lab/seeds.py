"""Seeds, committed before the lot is drawn, and the same lots from them everywhere."""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

PREFIX = b"pochin-seed/1\n"
GUESSED = 6
"""Digits of the longest numbers that are all tried; with the dates it takes a second or two."""
SHORT = 12
"""Digits that a patient person tries through within hours."""
YEARS = range(1940, 2040)
"""Years of the dates that are tried."""


def seed_commitment(seed: str) -> str:
    """What is published before the lot: the SHA-256 that only this seed gives.

    Args:
        seed: The drawn number, any text.

    Returns:
        64 hexadecimal digits.

    Source:
        Blum, M. (1983). SIGACT News 15, 23–27 (coin flipping by commitment).

    Example:
        >>> seed_commitment("17-03-42")[:16]
        '8552c256a5c69d73'
    """
    return hashlib.sha256(PREFIX + seed.encode()).hexdigest()


def seed_matches(seed: str, commitment: str) -> bool:
    """Whether the seed shown afterwards is the one that was committed."""
    return seed_commitment(seed) == commitment.lower()


def new_seed() -> str:
    """A seed of 128 random bits: behind its commitment nobody finds it by trying.

    >>> len(new_seed()), new_seed() == new_seed()
    (32, False)
    """
    return secrets.token_hex(16)


@lru_cache(maxsize=256)
def guessed(commitment: str) -> str | None:
    """What is behind a commitment, where anybody finds it by trying.

    Args:
        commitment: 64 hexadecimal digits.

    Returns:
        A whole number of at most `GUESSED` digits, or a date, as it was written; None where it
        is neither.

    Example:
        >>> guessed(seed_commitment("0417")), guessed(seed_commitment("17 March, 4:20, red ball"))
        ('0417', None)
    """
    wanted, sha256 = bytes.fromhex(commitment), hashlib.sha256
    for seed in itertools.chain(_numbers(), _dates()):
        if sha256(PREFIX + seed).digest() == wanted:
            return seed.decode()
    return None


def _numbers() -> Iterator[bytes]:
    for digits in range(1, GUESSED + 1):
        for number in range(10**digits):
            yield b"%0*d" % (digits, number)


def _dates() -> Iterator[bytes]:
    """Days as people write them; six digits in a row are among the numbers."""
    day, last = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
    while day <= last:
        y, m, d = day.year, day.month, day.day
        yield from (b"%d%02d%02d" % (y, m, d), b"%02d%02d%d" % (d, m, y), b"%02d%02d%d" % (m, d, y))
        for between in (b".", b"-", b"/", b" "):
            yield b"%d%b%02d%b%02d" % (y, between, m, between, d)
            for year in (b"%d" % y, b"%02d" % (y % 100)):
                yield b"%02d%b%02d%b%b" % (d, between, m, between, year)
                yield b"%d%b%d%b%b" % (d, between, m, between, year)
                yield b"%02d%b%02d%b%b" % (m, between, d, between, year)
        day += timedelta(days=1)


def is_short(seed: str) -> bool:
    """Whether a number that was told is a date or has so few digits that trying finds it.

    >>> [is_short(one) for one in ("20270315", "15.03.2027", "17 March, 4:20, red ball")]
    [True, True, False]
    """
    digits = re.sub(r"[\s./_-]", "", seed)
    return digits.isdigit() and len(digits) <= SHORT


def generator(seed: str, *, bound_to: str = "") -> np.random.Generator:
    """The generator a seed stands for, bound to a plan's hash so that neither moves alone.

    Args:
        seed: The drawn number or public beacon, any text.
        bound_to: SHA-256 of the locked plan.

    Source:
        O'Neill, M. E. (2014). PCG. Harvey Mudd College, HMC-CS-2014-0905.

    Example:
        >>> int(generator("17").integers(10)) == int(generator("17").integers(10))
        True
    """
    digest = hashlib.sha256(f"pochin-generator/1\n{bound_to}\n{seed}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def below(bound: int, rng: np.random.Generator) -> int:
    """A uniform whole number in [0, bound).

    From raw words on purpose: numpy keeps those streams for ever, but not those of its methods,
    and a lot must come out the same in twenty years.
    """
    limit = 2**64 - 2**64 % bound
    while (word := int(rng.bit_generator.random_raw())) >= limit:
        pass
    return word % bound


def shuffled(values: Sequence[Any] | np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The values in an order drawn by lot (Durstenfeld's shuffle), reproducible for ever."""
    out = np.array(values)
    for i in range(len(out) - 1, 0, -1):
        j = below(i + 1, rng)
        out[[i, j]] = out[[j, i]]
    return out
