"""Looking at a slice of the readings and taking it out as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pochin.core.lifecycle import Refused
from pochin.measurements import readings, slices
from pochin.measurements.forms import SliceForm
from pochin.measurements.lake import LostVersion
from pochin.measurements.views.tabs import tabs
from pochin.pilots.models import Pilot, Plan
from pochin.pilots.shown import marks
from pochin.ui import access
from pochin.ui.shortcuts import page, visible_or_404

KINDS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


def _found(request: HttpRequest, number: int) -> tuple[Pilot, Plan]:
    pilot = visible_or_404(Pilot.objects.inside(request.user), request.user, number=number)
    plan = pilot.locked_plan()
    if plan is None:
        raise Http404
    return pilot, plan


@access.shows(Pilot)
def preview(request: HttpRequest, pilot: int) -> HttpResponse:
    """The first rows of a slice, whence each came, and what the slice amounts to."""
    subject, plan = _found(request, pilot)
    now = timezone.now()
    form = SliceForm(request.GET, plan=plan, states=slices.states(subject))
    shown: dict[str, Any] = {}
    if form.is_valid():
        wanted, snapshot = form.wanted()
        seen = slices.sight(subject, request.user, at=now, plan=plan, snapshot=snapshot)
        count = slices.count(subject, seen, wanted, snapshot)
        rows = slices.preview(subject, seen, wanted, count=count)
        shown = {
            "seen": seen, "count": count, "rows": rows, "files": _files(rows),
            "amounts": slices.amounts(subject, plan, seen, wanted) if snapshot is None else [],
            "given": {name: value for name, value in request.GET.items() if name in form.fields},
        }  # fmt: skip
    return page(
        request, "measurements/slice.html", status=200 if form.is_valid() else 422, pilot=subject,
        marks=marks(subject), form=form, plan=plan, tabs=tabs(subject, "slice"),
        units=sorted(form.units)[:500], look_day=readings.look_day(subject, plan), **shown,
    )  # fmt: skip


def _files(rows: list[slices.Row]) -> list[Any]:
    """The files the shown rows came in, each once."""
    return list({row.batch.number: row.batch for row in rows}.values())


@access.shows(Pilot)
@require_POST
def take_out(request: HttpRequest, pilot: int) -> StreamingHttpResponse:
    """All rows of a slice as CSV or Parquet; who took them is written down."""
    subject, plan = _found(request, pilot)
    now, kind = timezone.now(), request.POST.get("kind", "")
    form = SliceForm(request.POST, plan=plan, states=slices.states(subject))
    if kind not in KINDS or not form.is_valid():
        raise Refused(_("This slice is not known. Choose it anew and download it."))
    wanted, snapshot = form.wanted()
    seen = slices.sight(subject, request.user, at=now, plan=plan, snapshot=snapshot)
    if seen.is_empty:
        raise Refused(
            _("Nobody sees values before the look day of the plan; until then only counts.")
        )
    rows = slices.take_out(subject, seen, wanted, kind, by=request.user, at=now)
    answer = StreamingHttpResponse(_begun(rows), content_type=KINDS[kind])
    name = f"readings-{subject.number}-v{seen.version}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _begun(rows: Iterator[bytes]) -> Iterator[bytes]:
    """The file after its first block is there: what cannot be read is said, not half sent."""
    try:
        first = next(rows, b"")
    except (LostVersion, FileNotFoundError):
        raise Refused(_("This state of the readings cannot be read any more.")) from None

    def whole() -> Iterator[bytes]:
        yield first
        yield from rows

    return whole()
