"""How an agreement ended before its term, in words: by which side, and when."""

from __future__ import annotations

from django.utils.translation import gettext as _t

from pochin.agreements.models import Agreement
from pochin.ui import formats


def ended(agreement: Agreement) -> str:
    """By which side an agreement was ended, and when; empty where it was not."""
    if agreement.terminated_on is None:
        return ""
    day = formats.day(agreement.terminated_on)
    if agreement.ended_for is None:
        return day
    return _t("by %(side)s, on %(day)s") % {"side": agreement.ended_for, "day": day}
