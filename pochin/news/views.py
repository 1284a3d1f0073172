"""Pages of news: the list, one piece with its discussion, writing, taking in a saved page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.files.serving import serve
from pochin.news import lifecycle, readers
from pochin.news.forms import (
    CoverForm,
    DiscussForm,
    LinkForm,
    PieceForm,
    RemarkForm,
    SavedPageForm,
    ScheduleForm,
)
from pochin.news.listing import EditorListing, PieceListing
from pochin.news.models import Piece, Remark, State
from pochin.news.policy import editor, teller
from pochin.participants.models import Programme, ProgrammeState
from pochin.participants.policy import Role, programmes
from pochin.ui import access, formats, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge

# The move that changes the text in each state.
WRITES = {
    State.DRAFT: "edit",
    State.REVIEW: "revise",
    State.SCHEDULED: "revise",
    State.PUBLISHED: "correct",
}
# The move that leads on from each state: its button is the strong one.
NEXT_STEP: dict[str, str] = {State.DRAFT: "submit", State.REVIEW: "publish"}


@access.shows(Piece, public=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """The news the reader may see, the latest first."""
    user = request.user
    found = Piece.objects.visible_to(user)
    writes = _may_write_in(user)
    kind = EditorListing if writes else PieceListing
    return kind(request, found).respond(
        "news/index.html", begin_in=writes, language=formats.language()
    )


def _may_write_in(user: Any) -> list[Programme]:
    """The open programmes in which the reader may write news."""
    if not user.is_authenticated:
        return []
    under = Programme.objects.visible_to(user).filter(state=ProgrammeState.OPEN).order_by("code")
    return [one for one in under if teller(user, Piece(programme=one))]


@access.shows(Piece, public=True)
def piece_page(request: HttpRequest, number: int) -> HttpResponse:
    """One piece: its text, its source, what it is about, the discussion."""
    piece = _find(request.user, number)
    readers.note(request, piece)
    user, now = request.user, timezone.now()
    inside = piece.author_id == user.pk or piece.programme_id in programmes(
        user, Role.COORDINATOR, Role.AUDITOR
    )
    edits = editor(user, piece)
    return page(
        request,
        "news/page.html",
        piece=piece,
        lead=piece.told("lead"),
        alt=piece.told("alt"),
        inside=inside,
        edits=edits,
        may_write=_may_write(user, piece),
        is_discussed=piece.is_discussed(now),
        said=_said(user, piece),
        about=_about(user, piece),
        actions=lifecycle.life.actions(user, piece),
        story=journal.of(piece) if inside else None,
        main=NEXT_STEP.get(State(piece.state), ""),
        meta=_meta(piece),
        facts_list=_facts(piece),
        state_tag=state_badge(piece),
        language=formats.language(),
        site_url=settings.SITE_URL.rstrip("/"),
    )


def _find(user: Any, number: int) -> Piece:
    things = Piece.objects.select_related("programme", "author", "cover")
    return visible_or_404(things, user, number=number)


def _may_write(user: Any, piece: Piece) -> bool:
    move = lifecycle.life.moves.get(WRITES.get(State(piece.state), ""))
    return move is not None and move.is_open_to(user, piece)


def _said(user: Any, piece: Piece) -> list[tuple[Remark, Any]]:
    found = piece.remarks.visible_to(user).select_related("by", "piece").order_by("number")
    return [(remark, state_badge(remark)) for remark in found]


def _about(user: Any, piece: Piece) -> list[Any]:
    """The things the news is about, as far as this reader may open them; a query for each kind."""
    keys: dict[Any, list[int]] = {}
    for mention in piece.mentions.select_related("kind").order_by("pk"):
        keys.setdefault(mention.kind.model_class(), []).append(mention.thing_id)
    return [
        thing
        for model, wanted in keys.items()
        if model is not None
        for thing in model.objects.visible_to(user).filter(pk__in=wanted).order_by("pk")
    ]


def _meta(piece: Piece) -> list[Any]:
    rows: list[Any] = [str(piece.get_rubric_display())]
    if piece.published_at:
        rows.append(parts.exact_time(piece.published_at))
    if piece.is_borrowed and piece.source_url:
        rows.append((_("Source"), parts.link(piece.source, piece.source_url, css="")))
    if piece.is_demonstration:
        rows.append(_("Written for the demonstration."))
    return rows


def _facts(piece: Piece) -> list[tuple[Any, Any]]:
    rows: list[tuple[Any, Any]] = []
    if piece.happened_on:
        rows.append((_("When it happened"), parts.day(piece.happened_on)))
    if piece.corrected_at:
        rows.append((_("Corrected"), parts.exact_time(piece.corrected_at)))
    if piece.state == State.SCHEDULED:
        rows.append((_("Goes out"), parts.exact_time(piece.publish_at)))
    if piece.state == State.PUBLISHED and piece.views:
        rows.append((_("Read"), formats.number(piece.views)))
    return rows


@access.shows(Programme)
def begin(request: HttpRequest, programme: str) -> HttpResponse:
    """Write a new piece of news."""
    under = _programme(request, programme)
    form = PieceForm(request.POST or None)
    if form.is_valid():
        return redirect(lifecycle.begin(under, by=request.user, **form.cleaned_data))
    return page(
        request, "news/form.html", form=form, programme=under, status=422 if form.is_bound else 200
    )


def _programme(request: HttpRequest, code: str) -> Programme:
    under = visible_or_404(Programme, request.user, code=code)
    lifecycle.life.moves["begin"].who.demand(request.user, Piece(programme=under))
    return under


@access.shows(Programme)
def take_in(request: HttpRequest, programme: str) -> HttpResponse:
    """Make a draft of a page saved from another site."""
    under = _programme(request, programme)
    form = SavedPageForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        found = form.read()
        told: dict[str, Any] = {
            "title": found.title,
            "lead": found.text.partition("\n\n")[0][:400],
            "body": found.text,
        }
        piece = lifecycle.begin(
            under,
            by=request.user,
            rubric=found.rubric,
            **{f"{name}_{found.language}": words for name, words in told.items()},
            happened_on=found.happened_on,
            is_borrowed=True,
            source=found.source,
            source_url=found.source_url,
        )
        if found.source_url:
            messages.success(request, _t("The draft is made. Check the text and its source."))
        else:
            messages.warning(request, _t("The draft is made. Now give the address of its source."))
        return redirect("news:edit", piece.number)
    return page(
        request,
        "news/import.html",
        form=form,
        programme=under,
        status=422 if form.is_bound else 200,
    )


@access.shows(Piece)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change the text: of a draft, of what is checked, or of what is already read."""
    piece = _find(request.user, number)
    name = WRITES.get(State(piece.state), "edit")
    lifecycle.life.moves[name].who.demand(request.user, piece)
    form = PieceForm(request.POST or None, instance=piece)
    if form.is_valid():
        fresh = _find(request.user, number)
        return redirect(lifecycle.life.make(name, fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "news/form.html",
        form=form,
        piece=piece,
        programme=piece.programme,
        status=422 if form.is_bound else 200,
    )


@access.shows(Piece, public=True)
def picture(request: HttpRequest, number: int) -> FileResponse:
    """The picture over the news."""
    piece = _find(request.user, number)
    if piece.cover is None:
        raise Http404
    return serve(piece.cover, name=f"news-{piece.number}.{piece.cover.kind}")


@access.shows(Piece)
def say(request: HttpRequest, number: int) -> HttpResponse:
    """Say something about the news."""
    piece = _find(request.user, number)
    form = RemarkForm(request.POST or None)
    if form.is_valid():
        remark = lifecycle.say(piece, by=request.user, **form.cleaned_data)
        messages.success(request, _t("Your remark is kept. The editor looks at it first."))
        return redirect(remark)
    return page(request, "news/say.html", form=form, piece=piece)


def _remark(user: Any, number: int, remark: int) -> Remark:
    piece = visible_or_404(Piece, user, number=number)
    return visible_or_404(Remark.objects.filter(piece=piece), user, number=remark)


act = acting(
    lifecycle.life,
    Piece,
    is_public=True,
    forms={
        "set_cover": CoverForm,
        "link": LinkForm,
        "give_back": ReasonForm,
        "schedule": ScheduleForm,
        "discuss": DiscussForm,
        "withdraw": ReasonForm,
    },
)
act_on_remark = acting(
    lifecycle.remarks,
    Remark,
    find=_remark,
    is_public=True,
    forms={"hide": ReasonForm},
    many=("show", "hide"),
)
