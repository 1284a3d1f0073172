"""Pages of pilots: the list, the pilot, its sites, its log, its moves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.participants.models import Programme, programmes_named
from pochin.participants.policy import Role, programmes
from pochin.pilots import lifecycle, policy
from pochin.pilots.forms import (
    MOVE_FORMS,
    ArchiveForm,
    CloseIncidentForm,
    EditForm,
    IncidentForm,
    LeaveForm,
    LogForm,
    PilotForm,
    SlotForm,
)
from pochin.pilots.listing import InsideListing, PilotListing
from pochin.pilots.models import (
    Amendment,
    Incident,
    Pilot,
    Reach,
    SiteSlot,
    SlotState,
    State,
)
from pochin.pilots.views.parts import (
    acts_awaited,
    design_part,
    head_part,
    left_rows,
    may_ask_sites,
    may_report,
    observation_part,
    observed_part,
    public_part,
    read,
)
from pochin.ui import access, formats
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge

NAMES = ("name_ru", "name_en")
RELATED = (
    "programme__centre", "need", "organisation", "solution", "sponsor", "decision_owner",
    "manager", "methodologist", "analyst", "vendor_manager",
)  # fmt: skip

# The move that leads on from each state: its button is the strong one.
NEXT_STEP: dict[str, str] = {
    State.PROPOSED: "begin_design",
    State.DESIGN: "submit_plan",
    State.PREPARATION: "begin_baseline",
    State.BASELINE: "start",
    State.RUNNING: "close_data",
    State.SUSPENDED: "resume",
    State.ENDED_EARLY: "close_data",
    State.EVALUATION: "comment",
}
# Moves that are offered beside what they change, or belong to the rooms above.
ELSEWHERE = (
    "edit write_plan put_into_words sign_plan log hand_over begin_evaluation scale "
    "scale_with_conditions extend rework stop appoint link_agreement set_budget note_cost "
    "add_milestone reach_milestone add_risk add_check tick"
)


def find(user: Any, number: int) -> Pilot:
    """A pilot the reader sees all of; for others it has no inner pages."""
    return visible_or_404(Pilot.objects.inside(user).select_related(*RELATED), user, number=number)


@access.shows(Pilot, public=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """The pilots the reader may see, newest first."""
    user = request.user
    pilots = Pilot.objects.visible_to(user).with_reach(user)
    kind = InsideListing if user.is_authenticated else PilotListing
    proposes = programmes(user, Role.COORDINATOR)
    enters = programmes(user, Role.COORDINATOR, Role.METHODOLOGIST)
    under = sorted(programmes_named(user, enters))
    return kind(request, pilots).respond(
        "pilots/index.html",
        propose_in=[programme for programme in under if programme.pk in proposes],
        archive_in=under,
    )


@access.shows(Pilot, public=True)
def pilot_page(request: HttpRequest, number: int) -> HttpResponse:
    """One pilot: for those inside its idea and its run, for others what the register shows."""
    user = request.user
    pilots = Pilot.objects.with_reach(user).select_related(*RELATED)
    pilot = visible_or_404(pilots, user, number=number)
    if pilot.reach == Reach.PUBLIC:
        return page(request, "pilots/public.html", **public_part(pilot))
    if pilot.reach == Reach.OBSERVER:
        return page(request, "pilots/observed.html", **observed_part(pilot))
    read(pilot, user)
    locked = pilot.locked_plan()
    return page(
        request,
        "pilots/page.html",
        actions=lifecycle.life.actions(user, pilot),
        main=NEXT_STEP.get(pilot.state, ""),
        elsewhere=ELSEWHERE,
        story=journal.of(pilot),
        may_edit=lifecycle.life.moves["edit"].is_open_to(user, pilot),
        **head_part(pilot),
        **design_part(pilot, user, locked),
        **observation_part(pilot, user, locked),
    )


# Proposing and editing ------------------------------------------------------------------------


@access.shows(Programme)
def begin(request: HttpRequest, programme: str) -> HttpResponse:
    """Propose a pilot on the initiative of a sponsor."""
    under = visible_or_404(Programme, request.user, code=programme)
    if under.pk not in programmes(request.user, Role.COORDINATOR):
        raise Http404
    form = PilotForm(request.POST or None, programme=under)
    if form.is_valid():
        return redirect(lifecycle.propose(under, by=request.user, **form.cleaned_data))
    return page(request, "pilots/form.html", form=form, programme=under, caption=_("New pilot"))


@access.shows(Programme)
def archive(request: HttpRequest, programme: str) -> HttpResponse:
    """Enter a trial that is over."""
    under = visible_or_404(Programme, request.user, code=programme)
    if under.pk not in programmes(request.user, Role.COORDINATOR, Role.METHODOLOGIST):
        raise Http404
    form = ArchiveForm(request.POST or None, programme=under)
    if form.is_valid():
        return redirect(lifecycle.enter_from_archive(under, by=request.user, **form.cleaned_data))
    caption = _("A pilot from the archive")
    return page(request, "pilots/form.html", form=form, programme=under, caption=caption,
                is_archive=True)  # fmt: skip


@access.shows(Pilot)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change what is said about a pilot."""
    pilot = find(request.user, number)
    lifecycle.life.moves["edit"].who.demand(request.user, pilot)
    form = EditForm(request.POST or None, instance=pilot)
    if form.is_valid():
        fresh = Pilot.objects.get(pk=pilot.pk)
        return redirect(lifecycle.edit(fresh, by=request.user, **form.cleaned_data))
    return page(request, "pilots/form.html", form=form, pilot=pilot, caption=pilot.title)


@access.shows(Pilot)
@require_POST
def follow(request: HttpRequest, number: int) -> HttpResponse:
    """Propose the pilot that tries a reworked solution."""
    pilot = find(request.user, number)
    policy.coordinator.demand(request.user, pilot)
    return redirect(lifecycle.follow_up(pilot, by=request.user))


# Sites ----------------------------------------------------------------------------------------


@access.shows(Pilot)
def sites(request: HttpRequest, number: int) -> HttpResponse:
    """The sites of a pilot, and the form that asks one more."""
    pilot = find(request.user, number)
    may_place = may_ask_sites(pilot, request.user)
    if request.method == "POST" and not may_place:
        policy.designer.demand(request.user, pilot)
        raise Refused(str(lifecycle.pilot_takes_sites.sentence))
    first = {"starts_on": pilot.starts_on, "ends_on": pilot.ends_on}
    form = SlotForm(request.POST or None, user=request.user, initial=first) if may_place else None
    if form is not None and form.is_valid():
        lifecycle.propose_site(pilot, by=request.user, **form.cleaned_data)
        messages.success(request, _t("The site is asked."))
        return redirect("pilots:sites", pilot.number)
    slots = pilot.slots.select_related("site", "agreed_by").order_by("site__number", "-pk")
    return page(
        request, "pilots/sites.html", slots=slots, form=form,
        acts=acts_awaited(pilot, request.user), **head_part(pilot),
    )  # fmt: skip


def _slot(user: Any, number: int, site: int) -> SiteSlot:
    slots = SiteSlot.objects.visible_to(user).select_related(
        "site", "pilot__programme", "pilot__need", "pilot__organisation", "agreed_by"
    )
    found = slots.filter(pilot__number=number, site__number=site).order_by("-pk").first()
    if found is None:
        raise Http404
    return found


# What a site does next in each state.
SLOT_STEP: dict[str, str] = {
    SlotState.PROPOSED: "agree",
    SlotState.AGREED: "confirm",
    SlotState.CONFIRMED: "sign_start",
}


@access.shows(SiteSlot)
def slot_page(request: HttpRequest, number: int, site: int) -> HttpResponse:
    """A site's part in a pilot."""
    slot = _slot(request.user, number, site)
    return page(
        request,
        "pilots/slot.html",
        slot=slot,
        actions=lifecycle.slot_life.actions(request.user, slot),
        main=SLOT_STEP.get(slot.state, ""),
        slot_tag=state_badge(slot),
        acts=acts_awaited(slot.pilot, request.user) if slot.is_act_awaited else 0,
        story=journal.of(slot),
        facts_list=[
            (_("Role"), slot.get_role_display()),
            (_("Days"), f"{formats.day(slot.starts_on)} – {formats.day(slot.ends_on)}"),
            (_("Responsible"), slot.site.responsible or _t("not named yet")),
            *left_rows(slot),
        ],
        **head_part(slot.pilot),
    )


# The log and the incidents --------------------------------------------------------------------


@access.shows(Pilot)
def log(request: HttpRequest, number: int) -> HttpResponse:
    """The test log and the incidents, with the form for a new line."""
    pilot = find(request.user, number)
    form = LogForm(request.POST or None, pilot=pilot) if _may_log(request.user, pilot) else None
    if form is not None and form.is_valid():
        lifecycle.log(pilot, by=request.user, **form.cleaned_data)
        return redirect("pilots:log", pilot.number)
    return page(
        request,
        "pilots/log.html",
        form=form,
        may_report=may_report(pilot, request.user),
        entries=pilot.log.select_related("by", "slot__site").order_by("-at"),
        incidents=pilot.incidents.order_by("-number"),
        **head_part(pilot),
    )


def _may_log(user: Any, pilot: Pilot) -> bool:
    return lifecycle.life.moves["log"].is_open_to(user, pilot)


@access.shows(Pilot)
def report(request: HttpRequest, number: int) -> HttpResponse:
    """Report an incident."""
    pilot = find(request.user, number)
    if not may_report(pilot, request.user):
        raise Http404
    now = timezone.localtime().strftime("%d.%m.%Y %H:%M")
    form = IncidentForm(request.POST or None, pilot=pilot, initial={"happened_at": now})
    if form.is_valid():
        return redirect(lifecycle.report(pilot, by=request.user, **form.cleaned_data))
    caption = _("Report an incident")
    return page(
        request, "pilots/form.html", form=form, pilot=pilot, caption=caption, send=caption,
        status=422 if form.is_bound else 200,
    )  # fmt: skip


def _incident(user: Any, number: int, incident: int) -> Incident:
    incidents = Incident.objects.select_related(
        "pilot__programme", "pilot__need", "pilot__organisation", "slot__site", "reported_by"
    )
    return visible_or_404(incidents, user, pilot__number=number, number=incident)


@access.shows(Incident)
def incident_page(request: HttpRequest, number: int, incident: int) -> HttpResponse:
    """One incident: what happened, what was done."""
    found = _incident(request.user, number, incident)
    return page(
        request,
        "pilots/incident.html",
        incident=found,
        actions=lifecycle.incident_life.actions(request.user, found),
        may_suspend=found.is_serious and _is_open(request.user, found.pilot, "suspend"),
        may_resume=_is_open(request.user, found.pilot, "resume"),
        story=journal.of(found),
        **head_part(found.pilot),
    )


def _is_open(user: Any, pilot: Pilot, name: str) -> bool:
    return lifecycle.life.moves[name].is_open_to(user, pilot)


# The moves ------------------------------------------------------------------------------------

act = acting(lifecycle.life, Pilot, is_public=True, forms=MOVE_FORMS)


def _before_leaving(slot: SiteSlot) -> list[str]:
    others = slot.pilot.slots.filter(state=SlotState.USED).exclude(pk=slot.pk).count()
    return [
        ngettext(
            "The run goes on at %(n)d other site.", "The run goes on at %(n)d other sites.", others
        )
        % {"n": others},
        _t("What this one measured stays and counts in the group it was given; the result will say "
           "that it left, when and why."),
    ]  # fmt: skip


act_on_slot = acting(
    lifecycle.slot_life,
    SiteSlot,
    find=_slot,
    forms={"decline": ReasonForm, "leave": LeaveForm},
    many=("agree",),
    told={"leave": _before_leaving},
)
act_on_incident = acting(
    lifecycle.incident_life, Incident, find=_incident, forms={"close_incident": CloseIncidentForm}
)


def amendment_of(user: Any, number: int, amendment: int) -> Amendment:
    amendments = Amendment.objects.select_related(
        "pilot__programme", "pilot__need", "pilot__organisation", "plan", "base", "proposed_by"
    )
    return visible_or_404(amendments, user, pilot__number=number, number=amendment)


act_on_amendment = acting(
    lifecycle.amendment_life,
    Amendment,
    find=amendment_of,
    forms={"decline_amendment": ReasonForm},
)
