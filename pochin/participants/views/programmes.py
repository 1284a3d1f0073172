"""Pages of programmes: rules, clocks and who holds which role."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pochin.core import journal
from pochin.participants import clocks
from pochin.participants.forms import (
    ClocksForm,
    CriteriaForms,
    LateCriteriaForm,
    ProgrammeForm,
    RoleForm,
)
from pochin.participants.lifecycle import programmes as life_of
from pochin.participants.listing import RoleListing
from pochin.participants.models import (
    ClockChange,
    Membership,
    Programme,
    RoleHeld,
    in_reader_language,
)
from pochin.participants.policy import (
    Role,
    administrator,
    coordinator,
    director,
    programmes,
)
from pochin.participants.views.things import thing_page
from pochin.ui import access, formats, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, said_on, visible_or_404
from pochin.ui.tones import state_badge


def _index_link() -> Link:
    return Link(label=_("Programmes"), url=reverse("participants:programmes"))


def _crumbs(programme: Programme, label: Any = "") -> list[Link]:
    here = Link(label=programme, url=programme.get_absolute_url() if label else "")
    return [_index_link(), here, *([Link(label=label)] if label else [])]


@access.shows(Programme, public=True)
def index(request: HttpRequest) -> HttpResponse:
    """The programmes of the centre."""
    seen = Programme.objects.visible_to(request.user).select_related("centre")
    rows = [(programme, state_badge(programme)) for programme in seen.order_by("-starts_on", "pk")]
    return page(
        request,
        "participants/programmes.html",
        programmes=rows,
        may_begin=administrator(request.user),
    )


@access.shows(Programme, public=True)
def programme_page(request: HttpRequest, code: str) -> HttpResponse:
    """One programme: criteria, quorum, clocks; for its people also the changes."""
    things = Programme.objects.select_related("centre")
    programme = visible_or_404(things, request.user, code=code)
    inside = programme.pk in programmes(request.user) or administrator(request.user)
    changes = ClockChange.objects.visible_to(request.user).filter(programme=programme)
    members = Membership.objects.visible_to(request.user).filter(programme=programme)
    return page(
        request,
        "participants/programme.html",
        programme=programme,
        crumbs=_crumbs(programme),
        facts_list=_facts(programme),
        rules=_rules(programme),
        criteria=[
            (in_reader_language(row["ru"], row.get("en", "")), row["weight"])
            for row in programme.criteria
        ],
        clocks=[(clock, clock.days_in(programme)) for clock in clocks.known()],
        changes=[(change, state_badge(change)) for change in changes.order_by("-number")[:20]],
        has_members=members.exists(),
        actions=life_of.life.actions(request.user, programme),
        main="open_programme",
        may_edit=life_of.life.moves["edit"].is_open_to(request.user, programme),
        may_set_criteria=life_of.life.moves["set_criteria"].is_open_to(request.user, programme),
        set_late=life_of.set_late(programme),
        may_propose=coordinator(request.user, programme),
        inside=inside,
        state_tag=state_badge(programme),
        story=journal.of(programme) if inside else None,
    )


def _rules(programme: Programme) -> list[Any]:
    """What whoever applies agrees to, in sentences that the house itself keeps."""
    reviews = ngettext(
        "At least %(n)d expert reads the application without knowing the company, and gives a "
        "reason for every score.",
        "At least %(n)d experts read the application without knowing the company, and give a "
        "reason for every score.",
        programme.quorum,
    )
    return [
        _("Members of the programme apply, by the day named in the need; until the application is "
          "handed in only your people see it."),
        _("What was handed in does not change: it carries a fingerprint, and you may withdraw it "
          "until it is decided."),
        reviews % {"n": programme.quorum},
        _("Whoever is tied to the company neither reviews nor decides; name the ties you know of."),
        _("A refusal names its reason for every criterion. Every step has its days; a late one is "
          "shown to everybody inside."),
        _("A pilot runs by a plan that three sides sign beforehand; its result is told as it came "
          "out, whether it pleases or not, and is published only with your consent."),
        _("The data of the people you name serve this selection alone."),
    ]  # fmt: skip


def _facts(programme: Programme) -> list[tuple[Any, Any]]:
    rows = [
        (_("Centre"), programme.centre),
        (_("Starts"), parts.day(programme.starts_on)),
        (_("Ends"), programme.ends_on and parts.day(programme.ends_on)),
        (_("Reviews for a decision"), formats.number(programme.quorum)),
        (_("Spread that calls one more"), formats.number(programme.spread_limit)),
    ]
    return [(word, value) for word, value in rows if value]


@access.shows(Programme)
def begin(request: HttpRequest) -> HttpResponse:
    """Prepare a new programme."""
    administrator.demand(request.user)
    return _form(request, None)


@access.shows(Programme)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Set the rules of a programme before it opens."""
    programme = visible_or_404(Programme, request.user, code=code)
    life_of.life.moves["edit"].who.demand(request.user, programme)
    return _form(request, programme)


@access.shows(Programme)
def set_criteria(request: HttpRequest, code: str) -> HttpResponse:
    """Give criteria to a programme that was opened without any."""
    programme = visible_or_404(Programme, request.user, code=code)
    life_of.life.moves["set_criteria"].who.demand(request.user, programme)
    form = LateCriteriaForm(request.POST or None)
    criteria = CriteriaForms(request.POST or None, prefix="criteria")
    if request.method == "POST" and form.is_valid() and criteria.is_valid():
        with said_on(form):
            given = {**form.cleaned_data, "criteria": criteria.criteria()}
            return redirect(life_of.set_criteria(programme, by=request.user, **given))
    label = life_of.life.moves["set_criteria"].label
    return page(
        request,
        "participants/programme_form.html",
        form=form,
        criteria=criteria,
        title=label,
        sub=programme,
        crumbs=_crumbs(programme, label),
        back=programme.get_absolute_url(),
        save=label,
        missing=[] if not programme.criteria else [life_of.has_no_criteria.sentence],
        status=422 if form.is_bound else 200,
    )


def _form(request: HttpRequest, programme: Programme | None) -> HttpResponse:
    form = ProgrammeForm(request.POST or None, instance=programme)
    criteria = CriteriaForms(
        request.POST or None,
        initial=programme.criteria if programme else None,
        prefix="criteria",
    )
    if request.method == "POST" and form.is_valid() and criteria.is_valid():
        given = {**form.cleaned_data, "criteria": criteria.criteria()}
        if programme is None:
            return redirect(life_of.begin(by=request.user, **given))
        fresh = Programme.objects.get(pk=programme.pk)
        return redirect(life_of.edit(fresh, by=request.user, **given))
    label = _("Edit") if programme else _("Add a programme")
    return page(
        request,
        "participants/programme_form.html",
        form=form,
        criteria=criteria,
        title=programme or label,
        crumbs=_crumbs(programme, label) if programme else [_index_link(), Link(label=label)],
        back=programme.get_absolute_url() if programme else reverse("participants:programmes"),
    )


act = acting(
    life_of.life,
    Programme,
    lookup="code",
    is_public=True,
    forms={"close": ReasonForm, "reopen": ReasonForm},
)


@access.shows(Programme)
def propose_clocks(request: HttpRequest, code: str) -> HttpResponse:
    """Propose other days for the clocks."""
    programme = visible_or_404(Programme, request.user, code=code)
    coordinator.demand(request.user, programme)
    form = ClocksForm(request.POST or None, programme=programme)
    if form.is_valid():
        return redirect(life_of.propose(programme, by=request.user, **form.given()))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Propose other clocks"),
        sub=_("Working days; a decision owner approves the change."),
        save=_("Propose"),
        crumbs=_crumbs(programme, _("Propose other clocks")),
        back=programme.get_absolute_url(),
    )


def _change(user: Any, code: str, number: int) -> ClockChange:
    things = ClockChange.objects.select_related("programme", "proposed_by", "decided_by")
    return visible_or_404(things, user, programme__code=code, number=number)


def _differences(change: ClockChange) -> list[tuple[str, Any]]:
    """What is done under each clock that would change, with its days before and after."""
    rows = []
    for clock in clocks.known():
        was = change.was.get(clock.name, clock.days)
        now = change.clocks.get(clock.name, clock.days)
        if was != now:
            days = _("%(was)d → %(now)d working days") % {"was": was, "now": now}
            rows.append((clock.words, days))
    return rows


@access.shows(ClockChange)
def change_page(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One proposed change of clocks: what would be different, why, who decides."""
    change = _change(request.user, code, number)
    facts = [
        *_differences(change),
        (_("Proposed by"), change.proposed_by),
        (_("Decided by"), change.decided_by),
    ]
    return thing_page(
        request,
        change,
        life_of.clocks,
        title=_("Change of clocks %(number)d") % {"number": change.number},
        facts=facts,
        words=[(_("Why"), change.why), (_("Reasons"), change.reasons)],
        crumbs=_crumbs(change.programme, change.programme)[:2],
        main="approve",
    )


act_on_change = acting(life_of.clocks, ClockChange, find=_change, forms={"reject": ReasonForm})


@access.shows(RoleHeld)
def roles(request: HttpRequest, code: str) -> HttpResponseBase:
    """Who holds which role in a programme, and who held it."""
    programme = visible_or_404(Programme, request.user, code=code)
    seen = RoleHeld.objects.visible_to(request.user).filter(programme=programme)
    return RoleListing(request, seen.select_related("person", "programme")).respond(
        "participants/roles.html",
        programme=programme,
        crumbs=_crumbs(programme, _("Roles")),
        may_grant=director(request.user, programme) or _may_name_the_first(request.user, programme),
    )


def _may_name_the_first(user: Any, programme: Programme) -> bool:
    return administrator(user) and not programme.roles.held().filter(code=Role.DIRECTOR).exists()


@access.shows(Programme)
def grant(request: HttpRequest, code: str) -> HttpResponse:
    """Give somebody a role in a programme."""
    programme = visible_or_404(Programme, request.user, code=code)
    (director | administrator).demand(request.user, programme)
    form = RoleForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        held = life_of.grant(programme, by=request.user, person=given["person"], code=given["code"])
        return redirect("participants:roles", code=held.programme.code)
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Give a role"),
        sub=programme,
        save=_("Give the role"),
        crumbs=_crumbs(programme, _("Give a role")),
        back=reverse("participants:roles", args=[programme.code]),
    )


@access.shows(RoleHeld)
def role_page(request: HttpRequest, key: str) -> HttpResponse:
    """One role a person holds or held."""
    things = RoleHeld.objects.select_related("person", "programme")
    held = visible_or_404(things, request.user, key=key)
    facts = [
        (_("Person"), held.person),
        (_("Role"), held.get_code_display()),
        (_("Programme"), held.programme),
        (_("Since"), parts.day(held.since)),
        (_("Until"), held.until and parts.day(held.until)),
    ]
    return thing_page(
        request,
        held,
        life_of.roles,
        title=held.person,
        facts=facts,
        crumbs=_crumbs(held.programme, _("Roles"))[:2],
    )


act_on_role = acting(life_of.roles, RoleHeld, lookup="key", forms={"end": ReasonForm})
