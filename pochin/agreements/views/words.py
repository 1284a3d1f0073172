"""Pages of the words of an agreement: clauses, annexes, versions, papers, templates."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements import diffing, lifecycle, printing
from pochin.agreements.forms.agreement import AnnexForm, ClauseForm, DocumentForm, TemplateForm
from pochin.agreements.lifecycle import templates
from pochin.agreements.models import Agreement, AgreementKind, PaperTemplate
from pochin.agreements.policy import writer
from pochin.agreements.views.agreements import crumbs, find
from pochin.core.lifecycle import Refused
from pochin.files import kinds
from pochin.files.intake import receive
from pochin.files.serving import attachment, serve
from pochin.participants.models import Programme
from pochin.ui import access
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _of(agreement: Agreement, label: Any) -> list[Link]:
    [first] = crumbs()
    return [first, Link(label=agreement.code, url=agreement.get_absolute_url()), Link(label=label)]


@access.shows(Agreement)
def clause(
    request: HttpRequest, programme: str, number: int, place: int | None = None
) -> HttpResponse:
    """Write a clause, or write it anew."""
    agreement = find(request.user, programme, number)
    lifecycle.life.moves["write_clause"].who.demand(request.user, agreement)
    there = agreement.clauses.filter(place=place).first() if place else None
    if place and there is None:
        raise Http404
    last = agreement.clauses.order_by("-place").first()
    initial = {} if there else {"place": last.place + 1 if last else 1}
    form = ClauseForm(request.POST or None, instance=there, initial=initial, agreement=agreement)
    if form.is_valid():
        with said_on(form):
            lifecycle.write_clause(agreement, by=request.user, **form.cleaned_data)
            return redirect(agreement)
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Clause"),
        sub=agreement,
        crumbs=_of(agreement, _("Clause")),
        back=agreement.get_absolute_url(),
    )


def _upload(request: HttpRequest, agreement: Agreement, form: Any, label: Any) -> HttpResponse:
    return page(
        request,
        "agreements/document.html",
        form=form,
        title=label,
        sub=agreement,
        save=label,
        crumbs=_of(agreement, label),
        back=agreement.get_absolute_url(),
    )


def _received(request: HttpRequest, form: Any, accept: frozenset[str] = kinds.DOCUMENTS) -> Any:
    upload = form.cleaned_data["document"]
    return receive(upload, by=request.user, at=timezone.now(), accept=accept)


@access.shows(Agreement)
def put_document(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Put in the paper to be signed."""
    agreement = find(request.user, programme, number)
    lifecycle.life.moves["put_document"].who.demand(request.user, agreement)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with said_on(form):
            file = _received(request, form)
            return redirect(lifecycle.put_document(agreement, by=request.user, document=file))
    return _upload(request, agreement, form, _("Put in the document"))


@access.shows(Agreement)
def add_annex(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Add a file that belongs to the agreement."""
    agreement = find(request.user, programme, number)
    lifecycle.life.moves["add_annex"].who.demand(request.user, agreement)
    form = AnnexForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with said_on(form):
            titles = {name: form.cleaned_data[name] for name in ("title_ru", "title_en")}
            file = _received(request, form)
            return redirect(lifecycle.add_annex(agreement, by=request.user, file=file, **titles))
    return _upload(request, agreement, form, _("Add an annex"))


@access.shows(Agreement)
def document(request: HttpRequest, programme: str, number: int) -> HttpResponseBase:
    """The paper that is signed, as an attachment."""
    agreement = find(request.user, programme, number)
    if agreement.document is None:
        raise Http404
    return serve(agreement.document)


@access.shows(Agreement)
def annex(request: HttpRequest, programme: str, number: int, place: int) -> HttpResponseBase:
    """One annex, as an attachment."""
    agreement = find(request.user, programme, number)
    found = agreement.annexes.select_related("file").filter(place=place).first()
    if found is None:
        raise Http404
    return serve(found.file)


@access.shows(Agreement)
def paper(request: HttpRequest, programme: str, number: int, name: str) -> HttpResponse:
    """The agreement as PDF or DOCX in one language."""
    agreement = find(request.user, programme, number)
    language, _dot, kind = name.partition(".")
    if language not in ("ru", "en") or kind not in ("pdf", "docx"):
        raise Http404
    made, media = (
        (printing.print_pdf, "application/pdf") if kind == "pdf" else (printing.print_docx, DOCX)
    )
    answer = HttpResponse(made(agreement, language), content_type=media)
    with translation.override(language):
        answer["Content-Disposition"] = attachment(f"{agreement.code}-{name}")
    answer["Cache-Control"] = "private, no-store"
    return answer


@access.shows(Agreement)
def versions(request: HttpRequest, programme: str, number: int) -> HttpResponse:
    """Two versions side by side, word by word; for those inside."""
    agreement = visible_or_404(
        Agreement.objects.inside(request.user).select_related("programme"),
        request.user,
        programme__code=programme,
        number=number,
    )
    kept = {v.number: v for v in agreement.versions.order_by("number").select_related("made_by")}
    if not kept:
        raise Http404
    after = _picked(request, "to", kept, max(kept))
    before = _picked(request, "from", kept, max((n for n in kept if n < after), default=after))
    told = diffing.parts(kept[before].content, kept[after].content)
    return page(
        request,
        "agreements/versions.html",
        agreement=agreement,
        kept=list(kept.values()),
        before=before,
        after=after,
        told=told,
        changed=sum(part.is_changed for part in told),
        crumbs=_of(agreement, _("Versions")),
    )


def _picked(request: HttpRequest, name: str, kept: dict[int, Any], usual: int) -> int:
    asked = request.GET.get(name, "")
    if not asked:
        return usual
    if not asked.isascii() or not asked.isdigit() or int(asked[:6]) not in kept:
        raise Http404
    return int(asked)


@access.shows(PaperTemplate)
def paper_templates(request: HttpRequest, programme: str) -> HttpResponse:
    """The templates of papers in DOCX: what is in use, what may be named, a new one."""
    under = visible_or_404(Programme, request.user, code=programme)
    writer.demand(request.user, under)
    form = TemplateForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            _put_in(request, under, form)
        except Refused as refusal:
            form.add_error("document", str(refusal))
        else:
            return redirect("agreements:templates", programme=under.code)
    in_use = PaperTemplate.objects.visible_to(request.user).filter(programme=under, is_in_use=True)
    return page(
        request,
        "agreements/templates.html",
        programme=under,
        form=form,
        in_use=in_use.select_related("file", "put_in_by").order_by("kind", "language"),
        known=printing.MEANINGS.items(),
        crumbs=crumbs(_("Templates of papers")),
        status=422 if form.errors else 200,
    )


def _put_in(request: HttpRequest, programme: Programme, form: Any) -> None:
    file = _received(request, form, frozenset({"docx"}))
    templates.put_in(
        programme,
        by=request.user,
        kind=form.cleaned_data["kind"],
        language=form.cleaned_data["language"],
        file=file,
        at=timezone.now(),
    )


@access.shows(PaperTemplate)
def paper_template(
    request: HttpRequest, programme: str, kind: str, language: str
) -> HttpResponseBase:
    """The template in use, to be edited and put in again."""
    under = visible_or_404(Programme, request.user, code=programme)
    writer.demand(request.user, under)
    if kind not in AgreementKind.values or language not in ("ru", "en"):
        raise Http404
    mine = PaperTemplate.objects.visible_to(request.user).filter(
        programme=under, kind=kind, language=language, is_in_use=True
    )
    chosen = mine.select_related("file").first()
    if request.method == "POST":
        if chosen is None:
            raise Refused(_t("The shipped template is in use already."))
        templates.go_back(chosen, by=request.user)
        return redirect("agreements:templates", programme=under.code)
    if chosen is not None:
        return serve(chosen.file)
    answer = HttpResponse(printing.shipped(language), content_type=DOCX)
    answer["Content-Disposition"] = attachment(f"{kind}-{language}.docx")
    return answer
