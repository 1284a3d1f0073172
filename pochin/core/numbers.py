"""Numbers that people read: counted up, or random where counting would tell too much."""

from __future__ import annotations

import secrets

from django.db import models, transaction

from pochin.core.models import Counter
from pochin.core.tongue import language


@transaction.atomic
def following(name: str) -> int:
    """The next number under this name; never given twice."""
    Counter.objects.get_or_create(name=name)
    counter = Counter.objects.select_for_update().get(name=name)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def random(model: type[models.Model], *, digits: int = 6, field: str = "number") -> int:
    """A number of that many digits which no other thing of the model has."""
    low = 10 ** (digits - 1)
    while True:
        number = low + secrets.randbelow(9 * low)
        if not model._base_manager.filter(**{field: number}).exists():
            return number


# The letter before a number, in Russian and in English, and how many digits are written at least.
LETTERS = {
    "need": ("Н", "N", 3),
    "pilot": ("П", "P", 3),
    "application": ("З", "A", 6),
    "agreement": ("С", "C", 3),
    "deal": ("Д", "D", 3),
    "export": ("Э", "X", 3),
    "task": ("Т", "T", 3),
}


def reread(code: str) -> str:
    """A number as the reader's language writes it: “P-003” for «П-003» on English pages.

    Example:
        >>> reread("room 3")
        'room 3'
    """
    letter, _dash, digits = code.partition("-")
    for kind, (russian, english, least) in LETTERS.items():
        if letter in (russian, english) and digits.isdigit() and len(digits) >= least:
            return written(kind, int(digits))
    return code


def written(kind: str, number: int) -> str:
    """A number as people read it: «Н-042» on Russian pages, “N-042” on English ones."""
    russian, english, digits = LETTERS[kind]
    letter = english if language() == "en" else russian
    return f"{letter}-{number:0{digits}}"
