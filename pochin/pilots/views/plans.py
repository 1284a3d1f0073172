"""Pages of a pilot's plan: reading, writing, signing, checking its fingerprint, amending."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.lab.canonical import load_json, sha256
from pochin.lab.protocol import PlanFaults, Protocol
from pochin.lab.result import LabError
from pochin.pilots import (
    beyond_form,
    feasibility,
    lab_words,
    lifecycle,
    noticing,
    plan_words,
    policy,
    wording,
)
from pochin.pilots.balancing import balance_of
from pochin.pilots.forms import AmendForm, PlanForm, PlanUploadForm, VerifyForm
from pochin.pilots.lab_words import faults
from pochin.pilots.models import Amendment, Pilot, Plan, SeenData
from pochin.pilots.power_words import Power, power_of
from pochin.pilots.views.pages import amendment_of, find
from pochin.pilots.views.parts import head_part, may_amend, signature_rows
from pochin.ui import access
from pochin.ui.shortcuts import page, visible_or_404


def _plan(user: Any, number: int, version: int | None) -> Plan:
    """The version asked for; without one, the plan that binds, else the draft."""
    plans = (
        Plan.objects.visible_to(user)
        .filter(pilot__number=number)
        .select_related("pilot__programme", "pilot__need", "pilot__organisation")
    )
    if version is not None:
        return visible_or_404(plans, user, version=version)
    ordered = plans.order_by("version")
    found = ordered.filter(locked_at__isnull=False).last() or ordered.last()
    if found is None:
        raise Http404
    return found


@access.shows(Plan)
def plan_page(request: HttpRequest, number: int, version: int | None = None) -> HttpResponse:
    """A version of the plan, to be read: by people, and with its fingerprint."""
    plan = _plan(request.user, number, version)
    pilot = plan.pilot
    guesses = feasibility.Guesses.of(plan.guesses)
    told = wording.of(pilot)
    power = power_of(plan.protocol, guesses).told(told.plan(plan.protocol))
    return page(
        request,
        "pilots/plan.html",
        plan=plan,
        rows=list(plan_words.rows_of(told.plan(plan.protocol))),
        metric_rows=plan_words.metric_rows(told.plan(plan.protocol)),
        is_reworded=told.changes(plan.content),
        may_word=lifecycle.life.moves["put_into_words"].is_open_to(request.user, pilot),
        unit_rows=unit_rows(plan),
        power=power,
        noticed=_noticed(pilot, plan.protocol, guesses, power),
        balance=balance_of(plan.protocol, pilot.slots.select_related("site")),
        signature_rows=signature_rows(pilot, plan),
        versions=pilot.plans.order_by("version"),
        may_write=lifecycle.life.moves["write_plan"].is_open_to(request.user, pilot),
        may_sign=lifecycle.life.moves["sign_plan"].is_open_to(request.user, pilot),
        amendments=list(pilot.amendments.order_by("number")),
        may_amend=may_amend(pilot, request.user),
        **head_part(pilot),
    )


def unit_rows(plan: Plan) -> list[dict[str, Any]]:
    """The sites of a plan with their names and what each gets."""
    titles = {str(slot.site.number): slot.site for slot in plan.pilot.slots.select_related("site")}
    arms = {"treatment": _t("with the solution"), "control": _t("comparison")}
    return [
        {
            "unit": unit["unit"],
            "site": titles.get(unit["unit"]),
            "gets": arms.get(unit.get("arm", ""))
            or unit.get("sequence")
            or (_t("in turns") if "schedule" in unit else _t("to be drawn")),
            "group": unit.get("pair") or unit.get("stratum") or "",
        }
        for unit in plan.protocol.units
    ]


@access.shows(Plan)
def document(request: HttpRequest, number: int, version: int | None = None) -> HttpResponse:
    """The exact bytes of a plan, as they are signed."""
    plan = _plan(request.user, number, version)
    answer = HttpResponse(plan.canonical.encode(), content_type="application/json")
    name = f"plan-{number}-v{plan.version}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@access.shows(Pilot)
def write(request: HttpRequest, number: int) -> HttpResponse:
    """Write the plan by a form; the power is shown before it is kept."""
    pilot = find(request.user, number)
    lifecycle.life.moves["write_plan"].who.demand(request.user, pilot)
    form = PlanForm(request.POST or None, pilot=pilot)
    power = balance = found = None
    known = pilot.plan()
    kept = None if form.is_bound else known
    if kept is not None:
        guesses = feasibility.Guesses.of(kept.guesses)
        power = power_of(kept.protocol, guesses)
        found = _noticed(pilot, kept.protocol, guesses, power)
    if form.is_valid():
        protocol = _read(form)
        if protocol is not None:
            guesses = form.guesses()
            power = power_of(protocol, guesses)
            balance = balance_of(protocol, form.slots)
            found = _noticed(pilot, protocol, guesses, power)
            if "keep" in request.POST:
                lifecycle.write_plan(
                    pilot, by=request.user, protocol=_promising(form, protocol, power),
                    guesses=guesses.to_dict() if guesses else {},
                )  # fmt: skip
                messages.success(request, _t("The plan is kept."))
                return redirect("pilots:plan", pilot.number)
    return page(
        request, "pilots/plan_form.html", "power", form=form, power=power,
        balance=balance, noticed=found, not_shown=_not_shown(known), **head_part(pilot),
        status=422 if form.is_bound and form.errors else 200,
    )  # fmt: skip


def _not_shown(plan: Plan | None) -> str:
    """What a plan from a file says beyond the questions of the form."""
    places = beyond_form.lost(plan.content) if plan is not None else []
    return ", ".join(sorted({faults.place_of(place) for place in places}))


def _read(form: PlanForm) -> Protocol | None:
    """The plan the form stands for; what is wrong with it is told on the form."""
    try:
        return Protocol.parse(form.document())
    except PlanFaults as problem:
        for fault in problem.faults[:50]:
            form.add_error(None, faults.fault_of(fault))
    except LabError as problem:
        form.add_error(None, lab_words.reason(str(problem)))
    return None


def _promising(form: PlanForm, protocol: Protocol, power: Power) -> Protocol:
    """The plan with what it promises to detect written into it."""
    if power.found is None or power.found.promised is None:
        return protocol
    promised = {
        "detectable": power.found.promised,
        "planned_std_error": float(f"{power.found.std_error:.4g}"),
    }
    return Protocol.parse(form.document(**promised))


@access.shows(Pilot)
def upload(request: HttpRequest, number: int) -> HttpResponse:
    """Take a plan in as a document."""
    pilot = find(request.user, number)
    lifecycle.life.moves["write_plan"].who.demand(request.user, pilot)
    form = PlanUploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        lifecycle.write_plan(pilot, by=request.user, protocol=form.cleaned_data["protocol"])
        messages.success(request, _t("The plan is kept."))
        return redirect("pilots:plan", pilot.number)
    caption = _("A plan from a file")
    return page(
        request, "pilots/form.html", form=form, pilot=pilot, caption=caption,
        status=422 if form.is_bound else 200,
    )  # fmt: skip


@access.shows(Pilot)
def sign(request: HttpRequest, number: int) -> HttpResponse:
    """Read once more what is signed, its fingerprint, and sign."""
    pilot = find(request.user, number)
    move = lifecycle.life.moves["sign_plan"]
    move.who.demand(request.user, pilot)
    if request.method == "POST":
        lifecycle.sign_plan(pilot, by=request.user, read=request.POST.get("read", ""))
        messages.success(request, _t("You have signed the plan."))
        return redirect("pilots:plan", pilot.number)
    plan = pilot.plan()
    if plan is None:
        raise Http404
    plan.pilot = pilot
    guesses = feasibility.Guesses.of(plan.guesses)
    power = power_of(plan.protocol, guesses)
    return page(
        request,
        "pilots/sign.html",
        plan=plan,
        rows=list(plan_words.rows_of(plan.protocol)),
        metric_rows=plan_words.metric_rows(plan.protocol),
        unit_rows=unit_rows(plan),
        power=power,
        noticed=_noticed(pilot, plan.protocol, guesses, power),
        balance=balance_of(plan.protocol, pilot.slots.select_related("site")),
        signature_rows=signature_rows(pilot, plan),
        obstacles=_obstacles(request.user, pilot),
        is_late=pilot.state not in move.starts,
        side=policy.plan_side(request.user, pilot),
        **head_part(pilot),
    )


def _obstacles(user: Any, pilot: Pilot) -> list[str]:
    found = lifecycle.life.actions(user, pilot)
    return [words_ for a in found if a.move.name == "sign_plan" for words_ in a.obstacles]


@access.shows(Plan)
def verify(request: HttpRequest, number: int) -> HttpResponse:
    """Compare a plan somebody has with the one that binds here."""
    plan = _plan(request.user, number, None)
    form = VerifyForm(request.POST or None, request.FILES or None)
    theirs = trouble = ""
    if form.is_valid():
        theirs, trouble = _fingerprint(form.cleaned_data)
    return page(
        request, "pilots/verify.html", plan=plan, form=form, theirs=theirs, trouble=trouble,
        is_equal=bool(theirs) and theirs == plan.sha256, **head_part(plan.pilot),
    )  # fmt: skip


def _fingerprint(given: dict[str, Any]) -> tuple[str, str]:
    """The fingerprint of what was given, or why it has none."""
    file, text = given.get("file"), given.get("text", "").strip()
    if file is None and len(text) == 64 and set(text.lower()) <= set("0123456789abcdef"):
        return text.lower(), ""
    try:
        return sha256(load_json(file.read() if file is not None else text)), ""
    except LabError as problem:
        return "", _t(str(problem))


# Amendments -----------------------------------------------------------------------------------


@access.shows(Pilot)
def amendments(request: HttpRequest, number: int) -> HttpResponse:
    """Every change of the locked plan, made or declined."""
    pilot = find(request.user, number)
    found = pilot.amendments.select_related("proposed_by", "plan").order_by("number")
    return page(
        request,
        "pilots/amendments.html",
        amendments=found,
        may_amend=may_amend(pilot, request.user),
        **head_part(pilot),
    )


@access.shows(Pilot)
def amend(request: HttpRequest, number: int) -> HttpResponse:
    """Propose to change the locked plan."""
    pilot = find(request.user, number)
    plan = pilot.locked_plan()
    if plan is None or not may_amend(pilot, request.user):
        raise Http404
    form = AmendForm(
        request.POST or None, request.FILES or None, plan=plan, periods=plan.periods_until_the_end()
    )
    if form.is_valid():
        given = form.cleaned_data
        return redirect(
            lifecycle.amend(pilot, by=request.user, protocol=given["protocol"], why=given["why"])
        )
    return page(
        request, "pilots/amend.html", form=form, plan=plan,
        is_after=lifecycle.seen_data(pilot, timezone.now()) == SeenData.AFTER,
        **head_part(pilot), status=422 if form.is_bound else 200,
    )  # fmt: skip


@access.shows(Amendment)
def amendment_page(request: HttpRequest, number: int, amendment: int) -> HttpResponse:
    """One amendment: what changes, why, whether data had been seen, who signed."""
    found = amendment_of(request.user, number, amendment)
    return page(
        request,
        "pilots/amendment.html",
        amendment=found,
        changes=[
            {
                "place": faults.place_of(change["path"]),
                "before": faults.value_of(change["before"]),
                "after": faults.value_of(change["after"]),
            }
            for change in found.changes
        ],
        signature_rows=signature_rows(found.pilot, found.plan),
        actions=lifecycle.amendment_life.actions(request.user, found),
        story=journal.of(found),
        **head_part(found.pilot),
    )


TONES = {"block": "bad", "warn": "waiting", "info": "neutral"}


def _noticed(
    pilot: Pilot, protocol: Protocol, guesses: feasibility.Guesses | None, power: Power
) -> list[tuple[str, str]]:
    """What was noticed in a plan before its lock, in words, each with its tone."""
    more = power.found.flags if power.found else ()
    found = noticing.before_start(pilot, protocol, guesses=guesses, more=more)
    return [(lab_words.flag_of(flag), TONES[flag.severity]) for flag in found]
