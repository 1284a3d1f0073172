"""Background work, for those who keep the installation running: what waits, runs and failed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from pochin.jobs import queue, readings
from pochin.jobs.listing import JobListing, state_tag
from pochin.jobs.models import LIVE, Job, State
from pochin.ui import access, formats, parts
from pochin.ui.shortcuts import page, visible_or_404


@access.shows(Job)
def index(request: HttpRequest) -> HttpResponseBase:
    """The queue at a glance, what failed, what comes by the clock, and every job."""
    jobs = Job.objects.visible_to(request.user)
    user: Any = request.user
    if "administrator" not in user.hats:
        raise Http404
    now = timezone.now()
    figures = readings.figures(at=now)
    return JobListing(request, jobs).respond(
        "jobs/index.html",
        figures=figures,
        age=formats.ago(now - figures.oldest_due, now) if figures.oldest_due else "",
        lines=[(line, formats.ago(line.oldest, now)) for line in readings.lines()],
        running=readings.running()[:20],
        failures=readings.failures()[:10],
        slots=readings.slots(at=now),
    )


def _job(user: Any, key: str) -> Job:
    try:
        return visible_or_404(Job, user, pk=UUID(key))
    except ValueError:
        raise Http404 from None


@access.shows(Job)
def job_page(request: HttpRequest, key: str) -> HttpResponse:
    """One job: how far it is, who had it, why it failed."""
    job = _job(request.user, key)
    rows: list[tuple[Any, Any]] = [
        (_("Queue"), job.queue),
        (_("Attempts"), f"{job.attempts} / {job.attempts_allowed}"),
        (_("Asked for"), parts.exact_time(job.enqueued_at)),
        (_("Not before"), parts.exact_time(job.run_after)),
    ]
    rows += [(label, parts.exact_time(at)) for label, at in (
        (_("Last begun"), job.attempted_at), (_("Ended"), job.finished_at),
    ) if at]  # fmt: skip
    if job.workers:
        rows.append((_("Workers"), ", ".join(dict.fromkeys(job.workers))))
    return page(
        request, "jobs/job.html", job=job, state_tag=state_tag(job), facts_list=rows,
        share=round((job.share or 0) * 100), errors=job.errors[::-1],
        may_stop=job.state in LIVE and not job.is_cancel_asked,
        may_begin_again=job.state in (State.FAILED, State.CANCELLED),
    )  # fmt: skip


@access.shows(Job)
@require_POST
def stop(request: HttpRequest, key: str) -> HttpResponse:
    """Take a job out of the queue, or ask it to stop at its next step."""
    queue.cancel(_job(request.user, key), at=timezone.now())
    messages.success(request, _t("The work will stop. What it has done stays done."))
    return redirect("jobs:job", key=key)


@access.shows(Job)
@require_POST
def again(request: HttpRequest, key: str) -> HttpResponse:
    """Put a job that failed or was stopped back into the queue."""
    queue.again(_job(request.user, key), at=timezone.now())
    messages.success(request, _t("The work is back in the queue."))
    return redirect("jobs:job", key=key)
