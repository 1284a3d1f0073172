"""Controls that forms of many rooms ask with."""

from __future__ import annotations

from django import forms


def area(rows: int = 5) -> forms.Textarea:
    """Room for several lines of text."""
    return forms.Textarea(attrs={"rows": rows})
