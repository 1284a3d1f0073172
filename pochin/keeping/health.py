"""What whoever runs the installation looks at first, each in a sentence with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from pochin.core.models import Entry
from pochin.jobs import readings as jobs
from pochin.keeping import readings
from pochin.keeping.models import Backup
from pochin.ui import formats
from pochin.ui.pieces import Check

# A signed head of the journal older than this is said aloud; and so is a backup.
FRESH = timedelta(days=2)
LEAST_SPACE = 2_000_000_000  # bytes
LONG_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Group:
    """Checks of one subject."""

    title: Any
    checks: list[Check]


@dataclass(frozen=True, slots=True)
class Health:
    """The sentence on top and the checks under it, by subject."""

    sentence: str
    groups: list[Group]

    @property
    def checks(self) -> list[Check]:
        return [check for group in self.groups for check in group.checks]


def health(*, at: datetime) -> Health:
    """The state of the installation in a dozen lines."""
    groups = [
        Group(_l("Background work"), list(_work(at))),
        Group(_l("Letters"), list(_letters(at))),
        Group(_l("Copies"), list(_copies(at))),
        Group(_l("Space"), list(_space())),
    ]
    bad = sum(check.tone != "good" for group in groups for check in group.checks)
    if bad:
        words = ngettext("%(n)d check needs you", "%(n)d checks need you", bad) % {"n": bad}
    else:
        words = _("All checks are green")
    return Health(words, groups)


def standing(*, at: datetime) -> str:
    """That nobody does the background work, for those whose things stand still; else nothing."""
    since = readings.standing_since(at=at)
    if since is None:
        return ""
    return _(
        "Background work has stood still since %(when)s: readings are not taken in, letters do not"
        " leave, dates are not watched. Nothing is lost; tell whoever runs the installation."
    ) % {"when": formats.moment(since)}


def _work(at: datetime) -> Iterator[Check]:
    yield _worker(readings.worker(at=at), at)
    found = jobs.figures(at=at)
    text = _("%(due)d jobs due, %(running)d running, %(done)d done in a day") % {
        "due": found.due,
        "running": found.running,
        "done": found.done_last_day,
    }
    waits = found.oldest_due is not None and found.oldest_due > LONG_WAIT
    note = _("The oldest has waited for longer than ten minutes.") if waits else ""
    yield Check(text=text, note=note, tone="waiting" if waits else "good")
    if not found.failed:
        yield Check(text=_("No job has failed"), tone="good")
        return
    text = ngettext("%(n)d job has failed", "%(n)d jobs have failed", found.failed)
    note = _("Why, and the button “Begin again”, stand on the page of background work.")
    yield Check(text=text % {"n": found.failed}, note=note, tone="bad")


def _worker(found: readings.Worker, at: datetime) -> Check:
    start = _(
        "Start “%(command)s”, and let the machine start it after a restart. What waits is then"
        " done."
    ) % {"command": "pochin worker"}
    if found.looked_at is None and not found.running:
        return Check(text=_("No worker has ever run here"), note=start, tone="bad")
    if found.is_standing:
        text = _("No worker has run since %(when)s") % {"when": formats.moment(found.looked_at)}
        return Check(text=text, note=start, tone="bad")
    if not found.running:
        text = _("A worker is there; it last ended a piece of work %(when)s")
        when = formats.ago(found.worked_at, at) if found.worked_at else _("never")
        return Check(text=text % {"when": when}, tone="good")
    job = found.running[0]
    since = job.attempted_at or at
    is_long = at - since > readings.LONG
    text = _("A worker is at work: %(job)s, begun %(when)s") % {
        "job": job.name,
        "when": formats.ago(since, at),
    }
    note = _("That is long. Look at it on the page of background work; it can be stopped there.")
    return Check(text=text, note=note if is_long else "", tone="waiting" if is_long else "good")


def _letters(at: datetime) -> Iterator[Check]:
    found = readings.mail()
    said = _("The mail server said: %(words)s") % {"words": found.problem} if found.problem else ""
    if found.is_late(at):
        text = ngettext(
            "%(n)d letter waits, the oldest since %(when)s",
            "%(n)d letters wait, the oldest since %(when)s",
            found.waiting,
        )
        words = {"n": found.waiting, "when": formats.moment(found.oldest)}
        yield Check(text=text % words, note=said, tone="bad")
    elif found.problem:
        yield Check(text=_("The last letters did not leave"), note=said, tone="waiting")
    else:
        yield Check(text=_("Letters leave in time"), tone="good")
    if found.given_up:
        text = ngettext("%(n)d letter was given up", "%(n)d letters were given up", found.given_up)
        note = _("Put right what the mail server complained of, then try them again.")
        yield Check(text=text % {"n": found.given_up}, note=note, tone="bad")


def _copies(at: datetime) -> Iterator[Check]:
    yield _checkpoint(at)
    if settings.DEMO:
        return
    last = Backup.objects.order_by("-made_at").first()
    how = _("“%(command)s” writes one while people work; let the machine do it every night.")
    how %= {"command": "pochin backup"}
    if last is None:
        yield Check(text=_("No backup was ever made"), note=how, tone="waiting")
        return
    text = _("The last backup was made %(when)s, %(size)s") % {
        "when": formats.ago(last.made_at, at),
        "size": formats.size(last.size),
    }
    is_old = at - last.made_at > FRESH
    yield Check(text=text, note=how if is_old else "", tone="waiting" if is_old else "good")


def _checkpoint(at: datetime) -> Check:
    files = sorted(Path(settings.CHECKPOINTS).glob("[0-9]*.json"))
    how = _("A worker signs it every hour; “%(command)s” does it now.")
    how %= {"command": "pochin checkpoint"}
    if not files:
        text = _("The head of the journal was never signed")
        return Check(text=text, note=how, tone="waiting")
    try:
        said = json.loads(files[-1].read_text())
        signed, count = datetime.fromisoformat(said["time"]), int(said["count"])
    except (OSError, ValueError, KeyError, TypeError):
        text = _("The last checkpoint of the journal cannot be read")
        note = _("“%(command)s” names it; bring it back from a copy of the folder.")
        note %= {"command": "pochin check"}
        return Check(text=text, note=note, tone="bad")
    newest = Entry.objects.order_by("-pk").values_list("at", flat=True).first()
    is_behind = at - signed > FRESH and newest is not None and newest > signed
    text = _("The head of the journal was signed %(when)s over %(n)s entries") % {
        "when": formats.ago(signed, at),
        "n": formats.number(count),
    }
    return Check(text=text, note=how if is_behind else "", tone="waiting" if is_behind else "good")


def _space() -> Iterator[Check]:
    for disk in readings.disks():
        where = ", ".join(str(path) for path in disk.holds)
        text = _("Free space: %(free)s of %(total)s") % {
            "free": formats.size(disk.free),
            "total": formats.size(disk.total),
        }
        tone, note = "good", where
        if disk.free <= LEAST_SPACE:
            tone = "bad"
            note = _("%(where)s: make room before nothing can be written.") % {"where": where}
        if disk.is_closed:
            tone = "bad"
            note = _("%(where)s: this account cannot write there.") % {"where": where}
        yield Check(text=text, note=note, tone=tone)
    size = formats.size(readings.database_size())
    yield Check(text=_("The database takes %(size)s") % {"size": size}, tone="good")
