"""Days that follow each other: a form refuses a last day before the first."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm


def in_order(form: BaseForm, first: str, last: str, words: Any) -> None:
    """Say at the field of the last day that it lies before the first; unanswered days may stay."""
    begins, ends = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if begins and ends and ends < begins:
        form.add_error(last, words)
