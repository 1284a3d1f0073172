"""Pages of sites: the register, the page, the form, the moves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.participants import zones
from pochin.participants.models import Person, Programme, programmes_named
from pochin.participants.policy import STAFF, Role, auditor, organisations, programmes
from pochin.sites import lifecycle
from pochin.sites.forms import (
    BlackOutForm,
    CheckForm,
    DeputyForm,
    FeedForm,
    InstructForm,
    LiftForm,
    PersonForm,
    SiteForm,
)
from pochin.sites.listing import SiteListing, kind_words
from pochin.sites.models import Site, State
from pochin.sites.policy import deputy, keeper, may_nominate, responsible
from pochin.ui import access, formats, parts
from pochin.ui.moves import ReasonForm, acting, beside
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Site, public=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """The places the reader may see, by region."""
    nominate_in = programmes(request.user, Role.COORDINATOR, Role.PILOT_MANAGER)
    return SiteListing(request, Site.objects.visible_to(request.user)).respond(
        "sites/index.html", nominate_in=programmes_named(request.user, nominate_in)
    )


def _crumbs(label: Any, site: Site | None = None) -> list[Link]:
    links = [Link(label=_("Sites"), url=reverse("sites:index"))]
    if site:
        links.append(Link(label=str(site), url=site.get_absolute_url()))
    return [*links, Link(label=label)]


# The move that leads on from each state: its button is the strong one.
NEXT_STEP: dict[str, str] = {
    State.NOMINATED: "check",
    State.CHECKED: "give_status",
    State.SUSPENDED: "resume",
}


@access.shows(Site, public=True)
def site_page(request: HttpRequest, number: int) -> HttpResponse:
    """One place: where it is, whether pilots can be held, who answers for it."""
    things = Site.objects.select_related("owner", "programme", "responsible")
    things = things.prefetch_related("deputies__person", "black_outs", "feeds")
    site = visible_or_404(things, request.user, number=number)
    inside = _is_inside(request.user, site)
    today = timezone.localdate()
    seen = Site.objects.visible_to(request.user)
    return page(
        request,
        "sites/page.html",
        site=site,
        crumbs=_crumbs(site),
        inside=inside,
        facts_list=_facts(site),
        condition=_condition(site, inside=inside),
        black_outs=sorted(
            (days for days in site.black_outs.all() if days.ends_on >= today),
            key=lambda days: days.starts_on,
        ),
        feeds=sorted(site.feeds.all(), key=lambda feed: feed.code),
        parent=seen.filter(pk=site.parent_id).first() if site.parent_id else None,
        children=seen.filter(parent=site).order_by("number")[:20],
        **_actions(request.user, site),
        main=NEXT_STEP.get(site.state, ""),
        may_edit=lifecycle.life.moves["edit"].is_open_to(request.user, site),
        state_tag=state_badge(site),
        story=journal.of(site) if inside else None,
        may_talk=_may_talk(request.user, site),
    )


BESIDE = {
    "day_actions": ("black_out", "lift_black_out"),
    "feed_actions": ("add_feed",),
    "people_actions": ("appoint", "add_deputy", "release_deputy", "instruct"),
}


def _actions(user: Any, site: Site) -> dict[str, Any]:
    """What may be done, each beside what it is about; nothing to be taken back, no such button."""
    offered = {action.move.name: action for action in lifecycle.life.actions(user, site)}
    offered.pop("edit", None)
    if not site.black_outs.all():
        offered.pop("lift_black_out", None)
    if not _deputies(site):
        offered.pop("release_deputy", None)
    return beside(offered.values(), BESIDE)


def _is_inside(user: Any, site: Site) -> bool:
    """Whether the reader works with this place: names and reasons are for them."""
    if not user.is_authenticated:
        return False
    mine = site.programme_id in programmes(user, *STAFF) or site.owner_id in organisations(user)
    return mine or auditor(user) or keeper(user, site)


def _may_talk(user: Any, site: Site) -> bool:
    """What `Site.objects.inside` answers, of a place that is at hand already."""
    mine = site.programme_id in programmes(user, *STAFF, Role.AUDITOR)
    return mine or site.owner_id in organisations(user) or (responsible | deputy)(user, site)


def _facts(site: Site) -> list[tuple[Any, Any]]:
    where = ""
    if site.latitude is not None and site.longitude is not None:
        where = f"{site.latitude.normalize():f}, {site.longitude.normalize():f}"
    rows = [
        (_("Kind"), kind_words(site)),
        (_("Place"), site.place),
        (_("Address"), parts.pair_of(site, "address")),
        (_("Coordinates"), where),
        (_("Time zone"), zones.name(site.zone)),
        (_("Size"), site.get_size_display()),
        (_("Opening hours"), site.hours),
        (_("Systems in place"), parts.said(site.systems)),
        (_("Restrictions"), parts.pair_of(site, "restrictions")),
        (_("Unit it belongs to"), site.owner),
        (_("In the register since"), site.register_on and formats.day(site.register_on)),
    ]
    return [(word, value) for word, value in rows if value]


def _deputies(site: Site) -> list[Person]:
    return [deputy.person for deputy in site.deputies.all() if deputy.until is None]


def _condition(site: Site, *, inside: bool) -> list[tuple[Any, Any]]:
    """What the status asks for; who it is, only for those who work with the place."""
    yes, no = _("yes"), _("not yet")
    rows = [(_("Pilots at once"), formats.number(site.capacity))]
    if not inside:
        named = yes if site.responsible_id else no
        return [*rows, (_("Responsible person is named"), named)]
    return [
        *rows,
        (_("Programme"), site.programme or "—"),
        (_("Responsible person"), site.responsible or no),
        (_("Deputies"), ", ".join(map(str, _deputies(site))) or "—"),
        (_("Safety instruction"), site.instruction or no),
        (
            _("Consent of the head"),
            parts.exact_time(site.consent_at) if site.consent_at else no,
        ),
    ]


@access.shows(Programme)
def nominate(request: HttpRequest, programme: str) -> HttpResponse:
    """Propose a place for pilots."""
    under = visible_or_404(Programme, request.user, code=programme)
    may_nominate.demand(request.user, under)
    form = SiteForm(request.POST or None)
    if form.is_valid():
        return redirect(lifecycle.nominate(under, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Nominate a place"),
        sub=under,
        save=_("Nominate"),
        crumbs=_crumbs(_("Nominate a place")),
        back=reverse("sites:index"),
    )


@access.shows(Site)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change what is known about a place."""
    site = visible_or_404(Site, request.user, number=number)
    lifecycle.life.moves["edit"].who.demand(request.user, site)
    form = SiteForm(request.POST or None, instance=site)
    if form.is_valid():
        fresh = Site.objects.get(pk=site.pk)
        return redirect(lifecycle.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=site,
        crumbs=_crumbs(_("Edit"), site),
        back=site.get_absolute_url(),
    )


act = acting(
    lifecycle.life,
    Site,
    is_public=True,
    forms={
        "check": CheckForm,
        "appoint": PersonForm,
        "add_deputy": PersonForm,
        "release_deputy": DeputyForm,
        "instruct": InstructForm,
        "suspend": ReasonForm,
        "withdraw": ReasonForm,
        "black_out": BlackOutForm,
        "lift_black_out": LiftForm,
        "add_feed": FeedForm,
    },
)
