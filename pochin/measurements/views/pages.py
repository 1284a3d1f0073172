"""Pages of readings: what arrived, sending a file, what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.files import store
from pochin.files.serving import attachment
from pochin.measurements import correcting, feeding, flow, lifecycle, readings, taking, words
from pochin.measurements.forms import DialectForm, SendForm
from pochin.measurements.listing import BatchListing, RowListing, rows_of
from pochin.measurements.models import Batch, Crossing, Feed, QuarantineRow, State, Watch
from pochin.measurements.policy import sender, watcher
from pochin.measurements.tasks import progress_of
from pochin.measurements.views.tabs import tabs
from pochin.pilots import lab_words, wording
from pochin.pilots.models import Pilot, Plan
from pochin.pilots.shown import marks
from pochin.ui import access, charts, formats, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge

DOING = {
    "": _("Waiting for its turn"),
    "checking": _("Checking the rows against the plan"),
    "duplicates": _("Looking for readings that are known already"),
    "moments": _("Counting what arrived"),
}
UNITS_SHOWN = 60
UNLIKE_SHOWN = 50


def _pilot(user: Any, number: int) -> Pilot:
    return visible_or_404(Pilot.objects.inside(user), user, number=number)


def _batch(user: Any, pilot: int, number: int) -> Batch:
    found = Batch.objects.select_related("pilot", "file", "sent_by", "confirmed_by")
    return visible_or_404(found, user, pilot__number=pilot, number=number)


@access.shows(Batch)
def index(request: HttpRequest, pilot: int) -> HttpResponseBase:
    """What arrived of what the plan expects, and the files it came in."""
    subject = _pilot(request.user, pilot)
    batches = subject.batches.visible_to(request.user)
    found = batches.select_related("pilot", "file", "sent_by")
    now, plan = timezone.now(), subject.locked_plan()
    return BatchListing(request, found).respond(
        "measurements/index.html",
        pilot=subject,
        marks=marks(subject),
        may_send=sender(request.user, subject) and subject.takes_readings,
        look_day=readings.look_day(subject, plan),
        fresh=readings.freshness(subject, at=now),
        watched=_watched(subject, request.user),
        chart=_chart(subject, plan, now),
        both=_both(subject, request.user),
        tabs=tabs(subject, "index") if plan else [],
        warnings=[
            (batch, words.of_warning(warning))
            for batch, warning in flow.warned(
                batches.filter(state=State.ACCEPTED).exclude(warnings=[]).select_related("pilot")
                .order_by("-number")[:5], most=5
            )
        ],
    )  # fmt: skip


def _watched(pilot: Pilot, user: Any) -> dict[str, Any] | None:
    """When the readings were last looked over, and what was noticed: words with their tones."""
    found = Watch.objects.visible_to(user).filter(pilot=pilot).first()
    if found is None:
        return None
    tones = {"block": "bad", "warn": "waiting", "info": "neutral"}
    return {
        "at": found.at,
        "flags": [
            (lab_words.told(one["message"], one["evidence"]), tones[one["severity"]])
            for one in found.flags
        ],
    }


def _both(pilot: Pilot, user: Any) -> dict[str, Any] | None:
    """What both sides told: whose is used and why; how it differs once the result is told."""
    seen = Crossing.objects.visible_to(user).filter(batch__pilot=pilot).counted()
    pairs = list(seen.select_related("batch__pilot", "batch__file", "used__pilot", "used__file"))
    if not pairs:
        return None
    told = pilot.result_at is not None
    listed = [[pair.batch.number, pair.used.number, pair.rows] for pair in pairs]
    return {
        "words": words.of_both_told({"source": readings.source(pilot), "pairs": listed}),
        "is_told": told,
        "pairs": [
            (pair.batch, pair.used, pair.rows, pair.differing if told else None) for pair in pairs
        ],
        "unlike": [_unlike(row) for pair in pairs for row in pair.unlike][:UNLIKE_SHOWN]
        if told
        else [],
    }


def _unlike(row: dict[str, Any]) -> dict[str, Any]:
    when = row["period"]
    if row["at_us"] is not None:
        when = formats.moment(datetime.fromtimestamp(row["at_us"] / 1_000_000, UTC))
    return {**row, "when": when}


def _chart(pilot: Pilot, plan: Plan | None, now: Any) -> Any:
    """Received against expected by unit and period, as a picture with its table."""
    arrived = readings.arrivals(pilot, at=now, plan=plan)
    if not arrived:
        return ""
    rows = {
        unit: [
            charts.Day(cell.on or now.date(), min(cell.received, cell.expected), cell.expected)
            for cell in cells
        ]
        for unit, cells in list(arrived.items())[:UNITS_SHOWN]
    }
    left = len(arrived) - len(rows)
    note = _t("%(n)d more units are not shown.") % {"n": left} if left else ""
    return charts.heat_map(
        rows,
        title=_t("Received against expected"),
        measure=_t("Metrics that arrived, by site and period of the plan"),
        note=note,
    )


@access.shows(Pilot)
def send(request: HttpRequest, pilot: int) -> HttpResponse:
    """Send a file of readings."""
    subject = _pilot(request.user, pilot)
    sender.demand(request.user, subject)
    form = SendForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        given = form.cleaned_data
        return redirect(
            lifecycle.send(subject, given["file"], by=request.user, origin=given["origin"])
        )
    status = 422 if form.is_bound else 200
    plan, told = subject.locked_plan(), wording.of(subject)
    return page(
        request, "measurements/send.html", status=status, form=form, pilot=subject,
        marks=marks(subject), metrics=told.plan(plan.protocol).metrics if plan else (),
        server=request.build_absolute_uri("/").rstrip("/"),
    )  # fmt: skip


@access.shows(Batch)
def batch_page(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """One file: its first rows before it is taken in, how far the work is, what became of it."""
    batch = _batch(request.user, pilot, number)
    is_own = batch.sent_by_id == request.user.pk
    shown: dict[str, Any] = {}
    if is_own and batch.state == State.RECEIVED:
        form = DialectForm(request.GET or None, thing=batch, user=request.user)
        given = form.cleaned_data if form.is_valid() else {}
        look = lifecycle.look_at(batch, given)
        first = [{words.PARTS[name]: cell for name, cell in row.items()} for row in look.rows]
        shown = {"form": form, "given": given, "look": look, "first_rows": first}
    elif batch.state == State.CHECKING:
        shown = {"work": _work(batch)}
    return page(
        request,
        "measurements/batch.html",
        "work",
        batch=batch,
        marks=marks(batch.pilot),
        is_own=is_own,
        shows_prints=batch.shows_prints_to(request.user),
        state_tag=state_badge(batch),
        actions=lifecycle.life.actions(request.user, batch),
        problem=words.of_problem(batch.problem),
        warnings=[words.of_warning(one) for one in batch.warnings],
        reasons=_reasons(batch),
        set_aside=rows_of(batch, request.user).exists(),
        facts_list=_facts(batch, is_own=is_own),
        story=journal.of(batch),
        **shown,
    )


def _work(batch: Batch) -> dict[str, Any]:
    found = progress_of(batch)
    if found is None or found.is_over:
        return {"share": 0, "doing": DOING[""]}
    doing = DOING.get(found.message, DOING[""])
    return {"share": round((found.share or 0) * 100), "doing": doing}


def _reasons(batch: Batch) -> list[tuple[Any, Any]]:
    titles = words.titles()
    return [
        (titles.get(reason, reason), formats.number(count))
        for reason, count in sorted(batch.by_reason.items(), key=lambda item: -item[1])
    ]


def _facts(batch: Batch, *, is_own: bool) -> list[tuple[Any, Any]]:
    rows: list[tuple[Any, Any]] = [
        (_("Pilot"), parts.link(batch.pilot, batch.pilot.get_absolute_url())),
        (_("Sent by"), batch.sent_by),
        (_("Sent"), parts.exact_time(batch.sent_at)),
        (_("Way"), batch.get_source_display()),
        (_("Size"), formats.size(batch.file.size)),
    ]
    if batch.origin:
        rows.append((_("From which system"), parts.said(batch.origin)))
    if batch.first_day:
        days = f"{formats.day(batch.first_day)} – {formats.day(batch.last_day)}"
        rows.append((_("Days"), days))
    if batch.declared_by_vendor:
        by = batch.confirmed_by
        rows.append((_("Confirmed by"), by or _("nobody yet: the primary metric does not count")))
    if batch.store_version is not None:
        rows.append((_("Version of the store"), batch.store_version))
    return rows


@access.shows(QuarantineRow)
def rows(request: HttpRequest, pilot: int, number: int) -> HttpResponseBase:
    """The rows of a file that were set aside, each with its reason; to be taken out as CSV."""
    batch = _batch(request.user, pilot, number)
    found = rows_of(batch, request.user)
    listed = (batch.quarantined or 0) + (batch.duplicates or 0)
    return RowListing(request, found).respond(
        "measurements/rows.html", batch=batch, marks=marks(batch.pilot), listed=listed,
        most=taking.LISTED,
    )  # fmt: skip


@access.shows(QuarantineRow)
def correct(request: HttpRequest, pilot: int, number: int) -> StreamingHttpResponse:
    """The rows that were set aside as a table like the file, for its sender to put right."""
    batch = _batch(request.user, pilot, number)
    if batch.sent_by_id != request.user.pk:
        raise Http404
    table = correcting.text(batch, rows_of(batch, request.user))
    answer = StreamingHttpResponse(table, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="correct-{pilot}-{number}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@access.shows(Pilot)
def folder(request: HttpRequest, pilot: int) -> HttpResponse:
    """The folder that is watched for a pilot: switched on and off, and what was seen in it."""
    subject = _pilot(request.user, pilot)
    feed = Feed.objects.visible_to(request.user).filter(pilot=subject).first()
    if request.method == "POST":
        if request.POST.get("watch"):
            feeding.watch(subject, by=request.user, at=timezone.now())
        elif feed is not None:
            feeding.rest(feed, by=request.user)
        return redirect("measurements:folder", pilot=pilot)
    seen = feed.seen.select_related("batch__pilot").order_by("-seen_at")[:50] if feed else ()
    return page(
        request, "measurements/folder.html", pilot=subject, marks=marks(subject), feed=feed,
        seen=seen, place=feeding.place(subject),
        tabs=tabs(subject, "folder") if subject.locked_plan() else [],
        may_send=watcher(request.user, subject) and subject.takes_readings,
    )  # fmt: skip


@access.shows(Batch)
def file(request: HttpRequest, pilot: int, number: int) -> FileResponse:
    """The file as it was sent, for its sender."""
    batch = _batch(request.user, pilot, number)
    if batch.sent_by_id != request.user.pk:
        raise Http404
    try:
        answer = FileResponse(
            store.open_bytes(batch.sha256), content_type="application/octet-stream"
        )
    except FileNotFoundError:
        raise Http404 from None
    answer["Content-Disposition"] = attachment(batch.file.name)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


act = acting(
    lifecycle.life,
    Batch,
    find=_batch,
    forms={"check": DialectForm, "withdraw": ReasonForm},
)
