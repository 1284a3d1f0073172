"""The list of applications, the page of one, its documents and its moves."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.applications import lifecycle
from pochin.applications.forms import AnswerForm, AskForm, RefuseForm, ScreenForm
from pochin.applications.listing import ApplicationListing, OwnListing
from pochin.applications.models import READING_ROLES, Application, Attachment, State
from pochin.applications.policy import applicant
from pochin.applications.shown import Task, document_rows, find, sections_of, task_rows, tasks_of
from pochin.core import journal
from pochin.files.serving import serve
from pochin.participants.joining import missing
from pochin.participants.models import in_reader_language
from pochin.participants.policy import programmes
from pochin.ui import access, formats, parts
from pochin.ui.bulk import bulking
from pochin.ui.moves import acting
from pochin.ui.shortcuts import page
from pochin.ui.tones import state_badge


@access.shows(Application)
def index(request: HttpRequest) -> HttpResponseBase:
    """The applications the reader may see, newest first."""
    applications = Application.objects.visible_to(request.user)
    kind = ApplicationListing if programmes(request.user) else OwnListing
    return kind(request, applications).respond("applications/index.html")


@access.shows(Application)
def application_page(request: HttpRequest, number: int) -> HttpResponse:
    """One application: for its writers the task list, for others what was handed in."""
    application = find(request.user, number)
    own = applicant(request.user, application)
    version = application.versions.order_by("-number").first()
    # The task list is for those who still write; nobody else is shown it.
    is_written = own and application.state == State.DRAFT
    tasks = tasks_of(application) if is_written else []
    documents = document_rows(application)
    return page(
        request,
        "applications/page.html",
        application=application,
        own=own,
        version=version,
        sections=sections_of(version) if version else [],
        clarifications=application.clarifications.order_by("number"),
        attachments=documents,
        actions=lifecycle.life.actions(request.user, application),
        story=journal.of(application) if own or programmes(request.user) else None,
        reviewing=_reviewing(request.user, application),
        main=_next_step(application),
        state_tag=state_badge(application),
        meta=_meta(application, own=own),
        facts_list=_facts(application),
        seen_words=_seen(application, own=own),
        may_apply_anew=own
        and application.state in (State.REFUSED, State.WITHDRAWN)
        and application.need.is_open(timezone.now()),
        seen_rule=application.audience(),
        progress=_progress(application, tasks),
        task_rows=task_rows(application, tasks),
        joining=missing(application.organisation, application.programme) if is_written else None,
        document_rows=documents,
        feedback_rows=[
            {"name": told(row), "reason": row["reason"]} for row in application.feedback
        ],
    )


# The move that leads on from each state: its button is the strong one.
NEXT_STEP: dict[str, str] = {State.SUBMITTED: "start_screening", State.CLARIFICATION: "answer"}


def _next_step(application: Application) -> str:
    """The move whose button is the strong one; empty where the next step is a page."""
    if application.state == State.SCREENING and not application.eligibility:
        return "screen"
    return NEXT_STEP.get(application.state, "")


# What is done with reviews in each state, on a page of their own.
REVIEWING: dict[str, Any] = {
    State.SCREENING: _l("Find experts"),
    State.IN_REVIEW: _l("Reviews and decision"),
    State.ACCEPTED: _l("Reviews"),
    State.REFUSED: _l("Reviews"),
}


def told(row: dict[str, Any]) -> str:
    """The name of a criterion in the reader's language."""
    return in_reader_language(row["ru"], row["en"])


def _reviewing(user: Any, application: Application) -> Any:
    """What the reader does with its reviews; nothing where there are none, or not for them."""
    if application.state == State.REFUSED and application.quorum_at is None:
        return ""  # refused before the experts had spoken
    is_open = application.programme_id in programmes(user, *READING_ROLES)
    return REVIEWING.get(application.state, "") if is_open else ""


def _meta(application: Application, *, own: bool) -> list[tuple[Any, Any]]:
    need = application.need
    link = parts.link(f"{need.code} {need.title}", need.get_absolute_url(), css="")
    return [(_("Need"), link), (_("Company"), application.organisation)]


def _facts(application: Application) -> list[tuple[Any, Any]]:
    rows = [
        (_("Programme"), application.programme),
        (_("Company"), application.organisation),
        (_("Contact"), application.contact),
        (_("Begun"), parts.exact_time(application.begun_at)),
    ]
    if application.submitted_at:
        rows.append((_("Submitted"), parts.exact_time(application.submitted_at)))
    if application.decided_at:
        rows.append((_("Decided"), parts.exact_time(application.decided_at)))
    return rows


def _seen(application: Application, *, own: bool) -> str:
    if application.state == State.DRAFT:
        return _("Only your organisation sees it")
    if not own:
        return _("The applicant and the centre see it")
    return _("Your organisation and the centre see it")


def _progress(application: Application, tasks: list[Task]) -> str:
    done = sum(task.is_done for task in tasks)
    ready = _("%(done)d of %(all)d parts are done.") % {"done": done, "all": len(tasks)}
    closes = application.need.closes_at
    if closes is None:
        return ready
    said = (
        _("Submit until %(moment)s.")
        if application.need.is_open(timezone.now())
        else _("Submissions closed at %(moment)s; the draft is kept and cannot be submitted.")
    )
    return f"{ready} {said % {'moment': formats.moment(closes)}}"


@access.shows(Application)
def document(request: HttpRequest, number: int, sha256: str) -> FileResponse:
    """A document of an application, as an attachment."""
    application = find(request.user, number)
    attached = _attached(application, sha256)
    return serve(attached.file)


act = acting(
    lifecycle.life,
    Application,
    forms={
        "ask": AskForm,
        "answer": AnswerForm,
        "screen": ScreenForm,
        "refuse_at_screening": RefuseForm,
    },
    many=("start_screening", "remind"),
)


def _attached(application: Application, sha256: str) -> Attachment:
    found = application.attachments.select_related("file").filter(file__sha256=sha256).first()
    if found is None:
        raise Http404(_("There is no such document."))
    return found


bulk = bulking(
    lifecycle.life, Application, ("start_screening", "remind"), back="applications:index"
)
