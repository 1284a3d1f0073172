"""What an administrator looks at first: are the journal, the queue and the copies in order."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.core.models import Entry
from pochin.jobs import readings
from pochin.ui import formats, parts
from pochin.ui.pieces import Check

# A signed head of the journal older than this is said aloud.
FRESH = timedelta(days=2)
LEAST_SPACE = 2_000_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Health:
    """The sentence on top and the checks under it."""

    sentence: str
    checks: list[Check]


def health(*, at: datetime) -> Health:
    """The state of the installation in a handful of lines."""
    checks = [_checkpoint(at), _queue(at), _failures(at), _space()]
    bad = sum(check.tone != "good" for check in checks)
    if bad:
        words = ngettext("%(n)d check needs you", "%(n)d checks need you", bad) % {"n": bad}
    else:
        words = _("All checks are green")
    return Health(words, checks)


def _checkpoint(at: datetime) -> Check:
    files = sorted(Path(settings.CHECKPOINTS).glob("*.json"))
    if not files:
        return Check(text=_("The head of the journal was never signed"), tone="waiting")
    said = json.loads(files[-1].read_text())
    signed = datetime.fromisoformat(said["time"])
    newest = Entry.objects.order_by("-pk").values_list("at", flat=True).first()
    is_behind = at - signed > FRESH and newest is not None and newest > signed
    text = _("The head of the journal was signed %(when)s over %(n)s entries") % {
        "when": formats.ago(signed, at),
        "n": formats.number(said["count"]),
    }
    return Check(text=text, tone="waiting" if is_behind else "good")


def _queue(at: datetime) -> Check:
    found: Any = readings.figures(at=at)
    stuck = found.oldest_due is not None and found.oldest_due > timedelta(minutes=10)
    text = _("Background work: %(due)d due, %(running)d running, %(done)d done in a day") % {
        "due": found.due,
        "running": found.running,
        "done": found.done_last_day,
    }
    note = _("The oldest job has waited for more than ten minutes: is the worker running?")
    return Check(text=_to_jobs(text), note=note if stuck else "",
                 tone="waiting" if stuck else "good")  # fmt: skip


def _to_jobs(text: str) -> Any:
    return parts.link(text, reverse("jobs:index"), css="")


def _failures(at: datetime) -> Check:
    failed = readings.figures(at=at).failed
    if not failed:
        return Check(text=_("No job has failed"), tone="good")
    text = ngettext("%(n)d job has failed", "%(n)d jobs have failed", failed) % {"n": failed}
    return Check(text=_to_jobs(text), tone="bad")


def _space() -> Check:
    disk = shutil.disk_usage(settings.HOME)
    text = _("Free space: %(free)s of %(total)s") % {
        "free": formats.size(disk.free),
        "total": formats.size(disk.total),
    }
    return Check(text=text, tone="good" if disk.free > LEAST_SPACE else "bad")
