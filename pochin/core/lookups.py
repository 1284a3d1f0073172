"""Asking which rows hold one of several numbers, whatever numbers were typed."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerField
from django.db.models.lookups import In

LEAST, GREATEST = -(1 << 63), (1 << 63) - 1


@IntegerField.register_lookup
class Among(In):
    """A number that no column can hold stands in no row, as the framework says of `=` already."""

    def get_prep_lookup(self) -> Any:
        values = super().get_prep_lookup()
        if not isinstance(values, list):
            return values  # another question, answered by the database itself
        return [v for v in values if not isinstance(v, int) or LEAST <= v <= GREATEST]
