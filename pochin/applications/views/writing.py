"""Writing an application: the task list, the sections, the check, the receipt."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pochin.applications import lifecycle
from pochin.applications.forms import BeginForm, DocumentForm, SubmitForm
from pochin.applications.models import Answer, Application
from pochin.applications.sections import BY_CODE, SECTIONS, Section
from pochin.applications.shown import (
    answer_rows,
    document_rows,
    find,
    find_writable,
    task_rows,
    tasks_of,
)
from pochin.files.intake import receive
from pochin.needs.models import Need
from pochin.participants.joining import missing
from pochin.ui import access, autosave
from pochin.ui.choices import offered
from pochin.ui.shortcuts import page, said_on, visible_or_404


@access.shows(Need)
def begin(request: HttpRequest, need: int) -> HttpResponse:
    """Start an application in answer to a need."""
    found = visible_or_404(Need, request.user, number=need)
    form = BeginForm(request.POST or None, writer=request.user)
    if form.is_valid():
        return redirect(lifecycle.begin(found, by=request.user, **form.cleaned_data))
    own = list(offered(form, "organisation")[:2])
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
    application = find_writable(request.user, number)
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
    application = find_writable(request.user, number)
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
    application = find_writable(request.user, number)
    attached = application.attachments.filter(pk=attachment).first()
    if attached is not None:
        lifecycle.detach(application, by=request.user, attachment=attached)
    return redirect("applications:documents", number=number)


@access.shows(Application)
def submit(request: HttpRequest, number: int) -> HttpResponse:
    """Check all answers, agree, hand in."""
    application = find_writable(request.user, number)
    tasks = tasks_of(application)
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
        answer_rows=answer_rows(application),
        document_rows=document_rows(application),
        may_sign=move.who(request.user, application),
        unfinished=task_rows(application, unfinished),
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
    application = find(request.user, number)
    version = application.versions.order_by("-number").first()
    if version is None:
        raise Http404
    return page(request, "applications/receipt.html", application=application, version=version)


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
