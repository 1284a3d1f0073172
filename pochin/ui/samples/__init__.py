"""Invented values that show every component in every state, for the page `/ui/`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from pochin.ui import formats, parts
from pochin.ui.samples.fields import forms_of
from pochin.ui.samples.lists import NEEDS, EmptySample, SampleList
from pochin.ui.samples.people import people
from pochin.ui.samples.pictures import pictures
from pochin.ui.samples.words import two
from pochin.ui.samples.work import moving

STATUSES = [400, 403, 404, 409, 413, 429, 500, 503]


def samples(request: HttpRequest) -> dict[str, Any]:
    """Everything the page of components shows."""
    now = timezone.now()
    return {
        "now": now,
        "earlier": now - dt.timedelta(hours=2, minutes=14),
        "today": now.date(),
        "tones": list(parts.TONES),
        "banner_tones": ["primary", "good", "waiting", "bad", "seal"],
        "statuses": STATUSES,
        "fact_pairs": [
            (two("2,4 млн", "2.4 million"), two("возвратов за год", "returns a year")),
            (formats.percent(0.048), two("отправлений из малых отделений", "of items from small offices")),
            (formats.money(310_000_000, short=True), two("прямые потери, оценка ±40 млн", "direct losses, ±40 million")),
        ],
        "definition_pairs": [
            (two("Метод", "Method"), two("Разность долей по сменам, ошибки по площадкам", "Difference of shares by shift, errors by site")),
            (two("Отпечаток", "Fingerprint"), "7f3a91c0e25d08b4"),
        ],
        "consequences": [
            two("Порог и показатели больше не меняются", "The threshold and the metrics change no more"),
            two("Компания, владелец и методолог получат отпечаток плана", "The company, the owner and the methodologist receive the fingerprint of the plan"),
        ],
        "numbers": ["Н-042", "П-118", "З-483920", "С-031", "Д-567", "N-042", "P-118", "A-90", "C-7", "D-3"],
        "icons": ICONS,
        "empty": [],
        **moving(now),
        **people(now),
        **forms_of(request),
        **pictures(),
        "listing": SampleList(request, NEEDS),
        "no_listing": EmptySample(request, NEEDS),
    }  # fmt: skip


ICONS = [
    "check", "triangle-alert", "lock", "clock", "download", "search", "printer", "x", "plus",
    "pencil", "eye", "award", "menu", "minus", "arrow-up-down", "users", "bell", "calendar",
    "file-text", "upload", "paperclip", "info", "chevron-down", "history", "log-out", "moon",
    "sun", "monitor", "globe", "undo-2", "message-square", "circle-check", "circle-x", "ban",
    "flag", "building-2", "map-pin", "key-round", "shield-check", "settings", "user", "bookmark",
]  # fmt: skip
