"""Pages of an application: the list, the task list, the sections, the check, the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pochin.applications import lifecycle
from pochin.applications.forms import (
    BY_CODE,
    SECTIONS,
    AnswerForm,
    AskForm,
    BeginForm,
    DocumentForm,
    RefuseForm,
    ScreenForm,
    Section,
    SubmitForm,
    filled,
)
from pochin.applications.listing import ApplicationListing, OwnListing
from pochin.applications.models import (
    READING_ROLES,
    Answer,
    Application,
    Attachment,
    State,
    Version,
)
from pochin.applications.policy import applicant
from pochin.core import journal
from pochin.files.intake import receive
from pochin.files.serving import serve
from pochin.needs.models import Need
from pochin.participants.joining import missing
from pochin.participants.models import in_reader_language
from pochin.participants.policy import programmes
from pochin.ui import access, autosave, formats, parts, pieces
from pochin.ui.bulk import bulking
from pochin.ui.moves import acting
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge


@dataclass(frozen=True, slots=True)
class Task:
    """A section as the task list shows it."""

    section: Section
    number: int
    state: str

    @property
    def is_done(self) -> bool:
        return self.state == "done"


@access.shows(Application)
def index(request: HttpRequest) -> HttpResponse:
    """The applications the reader may see, newest first."""
    applications = Application.objects.visible_to(request.user)
    applications = applications.select_related("need", "organisation")
    kind = ApplicationListing if programmes(request.user) else OwnListing
    return kind(request, applications).respond("applications/index.html")


@access.shows(Application)
def application_page(request: HttpRequest, number: int) -> HttpResponse:
    """One application: for its writers the task list, for others what was handed in."""
    application = _find(request, number)
    own = applicant(request.user, application)
    version = application.versions.order_by("-number").first()
    # The task list is for those who still write; nobody else is shown it.
    is_written = own and application.state == State.DRAFT
    tasks = _tasks(application) if is_written else []
    documents = _document_rows(application)
    return page(
        request,
        "applications/page.html",
        application=application,
        own=own,
        version=version,
        sections=_sections(version) if version else [],
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
        task_rows=_task_rows(application, tasks),
        joining=missing(application.organisation, application.programme) if is_written else None,
        document_rows=documents,
        feedback_rows=[
            {"name": told(row), "reason": row["reason"]} for row in application.feedback
        ],
    )


# The move that leads on from each state: its button is the strong one.
NEXT_STEP = {State.SUBMITTED: "start_screening", State.CLARIFICATION: "answer"}


def _next_step(application: Application) -> str:
    """The move whose button is the strong one; empty where the next step is a page."""
    if application.state == State.SCREENING and not application.eligibility:
        return "screen"
    return NEXT_STEP.get(application.state, "")


# What is done with reviews in each state, on a page of their own.
REVIEWING = {
    State.SCREENING: _l("Find experts"),
    State.IN_REVIEW: _l("Reviews and decision"),
    State.ACCEPTED: _l("Reviews"),
    State.REFUSED: _l("Reviews"),
}
WORDS = {"done": _l("Done"), "begun": _l("In work"), "empty": _l("Not begun")}


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


def _task_rows(application: Application, tasks: list[Task]) -> list[pieces.Task]:
    return [
        pieces.Task(
            title=task.section.title,
            href=_section_url(application, task.section),
            status=WORDS[task.state],
            done=task.is_done,
            tone="waiting" if task.state == "begun" else "neutral",
        )
        for task in tasks
    ]


def _section_url(application: Application, part: Section) -> str:
    if part.form is None:
        return reverse("applications:documents", args=[application.number])
    return reverse("applications:section", args=[application.number, part.code])


def _told_on(attached: Attachment) -> str:
    """What experts may still learn of the author from their copy."""
    left = attached.left_words
    return _("In the copy for experts: %(left)s") % {"left": left} if left else ""


def _document_rows(application: Application) -> list[pieces.FileLine]:
    return [
        pieces.FileLine(
            name=attached.file.name,
            state="ready",
            size=attached.file.size,
            note=_told_on(attached),
            href=reverse("applications:document", args=[application.number, attached.file.sha256]),
        )
        for attached in application.attachments.select_related("file").order_by("pk")
    ]


@access.shows(Need)
def begin(request: HttpRequest, need: int) -> HttpResponse:
    """Start an application in answer to a need."""
    found = visible_or_404(Need, request.user, number=need)
    form = BeginForm(request.POST or None, writer=request.user)
    if form.is_valid():
        return redirect(lifecycle.begin(found, by=request.user, **form.cleaned_data))
    own = list(form.fields["organisation"].queryset[:2])
    return page(
        request,
        "applications/begin.html",
        form=form,
        need=found,
        speaks_for_nobody=not own,
        joining=missing(own[0], found.programme) if len(own) == 1 else None,
    )


@access.shows(Application)
def section(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """Answer one section of a draft; what is typed is kept as it is, finished or not."""
    application = _find_writable(request, number)
    part = BY_CODE.get(code)
    if part is None or part.form is None:
        raise Http404
    kept = Answer.objects.filter(application=application, section=code).first()
    if request.method != "POST":
        form = part.form(initial=kept.values if kept else {})
        return _section_page(request, application, part, form, kept)
    values = {name: request.POST.get(name, "") for name in part.form.base_fields}
    try:
        kept = lifecycle.keep(
            application,
            code,
            values,
            revision=_revision(request),
            by=request.user,
            at=timezone.now(),
        )
    except lifecycle.Overtaken as overtaken:
        return _conflict(request, application, part, values, overtaken.theirs)
    if request.headers.get("X-Autosave"):
        return autosave.saved(kept.revision, kept.edited_at)
    form = part.form(values)
    if form.is_valid() or "later" in request.POST:
        return redirect(application)
    return _section_page(request, application, part, form, kept, status=422)


@access.shows(Application)
def documents(request: HttpRequest, number: int) -> HttpResponse:
    """Add documents to a draft."""
    application = _find_writable(request, number)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with said_on(form):
            file = receive(form.cleaned_data["document"], by=request.user, at=timezone.now())
            lifecycle.attach(application, by=request.user, file=file)
            return redirect("applications:documents", number=number)
    return page(
        request,
        "applications/documents.html",
        application=application,
        form=form,
        attachments=application.attachments.select_related("file").order_by("pk"),
    )


@access.shows(Application)
@require_POST
def remove(request: HttpRequest, number: int, attachment: int) -> HttpResponse:
    """Take a document away from a draft."""
    application = _find_writable(request, number)
    attached = application.attachments.filter(pk=attachment).first()
    if attached is not None:
        lifecycle.detach(application, by=request.user, attachment=attached)
    return redirect("applications:documents", number=number)


@access.shows(Application)
def document(request: HttpRequest, number: int, sha256: str) -> HttpResponse:
    """A document of an application, as an attachment."""
    application = _find(request, number)
    attached = _attached(application, sha256)
    return serve(attached.file)


@access.shows(Application)
def submit(request: HttpRequest, number: int) -> HttpResponse:
    """Check all answers, agree, hand in."""
    application = _find_writable(request, number)
    tasks = _tasks(application)
    form = SubmitForm(request.POST or None, programme=application.programme)
    if form.is_valid():
        lifecycle.submit(
            application,
            by=request.user,
            consents=_consents(form),
            missing=sum(not task.is_done for task in tasks),
        )
        return redirect("applications:receipt", number=number)
    move = lifecycle.life.moves["submit"]
    unfinished = [task for task in tasks if not task.is_done]
    return page(
        request,
        "applications/check.html",
        application=application,
        form=form,
        answer_rows=_answer_rows(application),
        document_rows=_document_rows(application),
        may_sign=move.who(request.user, application),
        unfinished=unfinished,
        joining=missing(application.organisation, application.programme),
        left_words=ngettext(
            "%(n)d part is not finished.", "%(n)d parts are not finished.", len(unfinished)
        )
        % {"n": len(unfinished)},
        status=422 if form.is_bound else 200,
    )


@access.shows(Application)
def receipt(request: HttpRequest, number: int) -> HttpResponse:
    """What was handed in, when, with its fingerprint, and what happens next."""
    application = _find(request, number)
    version = application.versions.order_by("-number").first()
    if version is None:
        raise Http404
    return page(request, "applications/receipt.html", application=application, version=version)


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


def _find(request: HttpRequest, number: int) -> Application:
    found = Application.objects.select_related(
        "need", "organisation", "programme", "contact", "solution"
    )
    return visible_or_404(found, request.user, number=number)


def _find_writable(request: HttpRequest, number: int) -> Application:
    application = _find(request, number)
    lifecycle.writer.demand(request.user, application)
    return application


def _tasks(application: Application) -> list[Task]:
    kept = {answer.section: answer.values for answer in application.answers.all()}
    return [
        Task(section, number, filled(application, section, kept.get(section.code)))
        for number, section in enumerate(SECTIONS, start=1)
    ]


def _sections(version: Version) -> list[tuple[Section, list[tuple[Any, str]]]]:
    return _told(version.content["answers"])


def _answer_rows(application: Application) -> list[tuple[Section, list[pieces.Answer]]]:
    answers = {answer.section: answer.values for answer in application.answers.all()}
    return [
        (
            part,
            [
                pieces.Answer(question=q, answer=a, href=_section_url(application, part))
                for q, a in rows
            ],
        )
        for part, rows in _told(answers)
    ]


def _told(answers: dict[str, dict[str, Any]]) -> list[tuple[Section, list[tuple[Any, str]]]]:
    """The answers as pairs of question and words, section by section."""
    return [
        (part, part.told(answers.get(part.code, {})))
        for part in SECTIONS
        if part.form is not None and part.form.base_fields
    ]


def _section_page(
    request: HttpRequest,
    application: Application,
    part: Section,
    form: Any,
    kept: Answer | None,
    *,
    status: int = 200,
) -> HttpResponse:
    return page(
        request,
        "applications/section.html",
        application=application,
        section=part,
        place=_("Part %(n)d of %(all)d") % {"n": SECTIONS.index(part) + 1, "all": len(SECTIONS)},
        form=form,
        revision=kept.revision if kept else 0,
        kept=kept,
        status=status,
    )


def _conflict(
    request: HttpRequest,
    application: Application,
    part: Section,
    mine: dict[str, Any],
    theirs: Answer,
) -> HttpResponse:
    if request.headers.get("X-Autosave"):
        return autosave.conflict(theirs.revision, theirs.edited_at, theirs.values)
    assert part.form is not None
    rows = [
        (field.label, name, str(theirs.values.get(name, "")), str(mine.get(name, "")))
        for name, field in part.form.base_fields.items()
    ]
    return page(
        request,
        "applications/conflict.html",
        application=application,
        section=part,
        rows=rows,
        theirs=theirs,
        mine=mine,
        status=409,
    )


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("version", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _consents(form: SubmitForm) -> dict[str, Any]:
    return {name: str(field.label) for name, field in form.fields.items()}


def _attached(application: Application, sha256: str) -> Attachment:
    found = application.attachments.select_related("file").filter(file__sha256=sha256).first()
    if found is None:
        raise Http404(_("There is no such document."))
    return found


bulk = bulking(
    lifecycle.life, Application, ("start_screening", "remind"), back="applications:index"
)
