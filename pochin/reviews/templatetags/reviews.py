"""Words of criteria in templates."""

from __future__ import annotations

from typing import Any

from django import template

from pochin.participants.models import in_reader_language

register = template.Library()


@register.simple_tag
def pair_of_row(row: dict[str, Any]) -> str:
    """The name of a criterion in the language of the page."""
    return in_reader_language(row["ru"], row["en"])
