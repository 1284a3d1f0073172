"""How jobs are listed."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.jobs.models import Job, State
from pochin.ui.lists import Column, Filter, Listing
from pochin.ui.parts import badge
from pochin.ui.tones import labelled

TONES = {
    State.WAITING: "neutral",
    State.RUNNING: "primary",
    State.DONE: "quiet",
    State.FAILED: "bad",
    State.CANCELLED: "neutral",
}


def state_tag(job: Job) -> Any:
    """The state of a job as a badge."""
    return badge(job.get_state_display(), tone=TONES[State(job.state)])


class JobListing(Listing):
    name = "jobs"
    sort = "-enqueued_at"
    columns = (
        Column(name="task", label=_("Work"), main=True, cell=lambda job: job.name),
        Column(name="state", label=_("State"), value=labelled("state"),
               cell=state_tag),
        Column(name="attempts", label=_("Attempts"), kind="number"),
        Column(name="enqueued_at", label=_("Asked for"), kind="moment", sort="-enqueued_at"),
        Column(name="run_after", label=_("Not before"), kind="moment", sort="-run_after"),
        Column(name="finished_at", label=_("Ended"), kind="moment", sort="-finished_at"),
    )  # fmt: skip
    filters = (Filter(name="state", label=_("State"), choices=State.choices),)
    empty_title = _("No work has been asked for")

    def href(self, thing: Any) -> str:
        return reverse("jobs:job", args=[thing.pk])
