"""What each block of a pilot's page is filled with; the page of a whole case uses them too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement
from pochin.core import turns
from pochin.core.models import Signature
from pochin.participants.policy import may_have
from pochin.pilots import lifecycle, money, plan_words, policy, wording
from pochin.pilots.models import (
    AFTER_THE_RUN,
    OVER,
    PUBLIC_STATES,
    Outcome,
    Pilot,
    Plan,
    SiteSlot,
    signed_sides,
)
from pochin.pilots.shown import SIDES, marks, stages, versions_of_plan
from pochin.ui import formats, parts, pieces
from pochin.ui.at_once import at_once
from pochin.ui.tones import state_badge


def lists_of(pilot: Pilot, user: Any) -> dict[str, QuerySet]:
    """The short lists of what belongs to a pilot, by name."""
    plans = pilot.plans.order_by("-version")
    signed = Signature.objects.filter(
        kind=ContentType.objects.get_for_model(Plan),
        what="plan",
        thing_id__in=pilot.plans.values("pk"),
    )
    lists = {
        "locked": plans.filter(locked_at__isnull=False)[:1],
        "plan": plans.filter(amendment__isnull=True)[:1],
        "signatures": signed.select_related("by").order_by("at"),
        "slots": pilot.slots.select_related("site").order_by("site__number"),
        "remarks": pilot.remarks.select_related("by").order_by("-at")[:20],
        "amendments": pilot.amendments.order_by("number"),
        "budget": pilot.budget.order_by("source"),
        "paid": pilot.paid_items.all(),
        "milestones": pilot.milestones.order_by("due_on"),
        "risks": pilot.risks.order_by("number"),
        "checks": pilot.checks.select_related("done_by").order_by("number"),
        "comments": pilot.comments.select_related("by", "slot__site").order_by("at"),
        "incidents": pilot.incidents.order_by("-number")[:5],
        "log": pilot.log.select_related("by", "slot__site").order_by("-at")[:5],
        "lessons": pilot.lessons.select_related("by").order_by("at"),
        "turns": turns.of(pilot),
        # Named only to who may open them.
        "agreement": Agreement.objects.visible_to(user)
        .filter(pk=pilot.agreement_id)
        .select_related("programme"),
        "follows": Pilot.objects.visible_to(user).filter(pk=pilot.follows_id),
    }
    if may_have(user, "sites"):
        lists[f"kept by {user.pk}"] = pilot.slots.kept_by(user)
    return lists


def read(pilot: Pilot, user: Any, further: Mapping[str, QuerySet] | None = None) -> None:
    """Read what a page shows of a pilot in one question; `pilot.held` has it from then on.

    Args:
        pilot: The pilot of a page that changes nothing.
        user: Who reads.
        further: Lists of the rooms above, by name.
    """
    held = at_once({**lists_of(pilot, user), **(further or {})})
    known: dict[int, Plan] = {}
    for name in ("locked", "plan"):
        held[name] = [known.setdefault(plan.pk, plan) for plan in held[name]]
    for plan in known.values():
        plan.signed = [
            one
            for one in held["signatures"]
            if one.thing_id == plan.pk and one.sha256 == plan.sha256
        ]
    pilot.held = held


def head_part(pilot: Pilot, *, result: Any = "") -> dict[str, Any]:
    """The head, the stages and the marks that every page of a pilot repeats.

    Args:
        result: What everybody may read of it, for those who are not told when it was computed.
    """
    return {
        "pilot": pilot,
        "meta": _meta(pilot),
        "steps": stages(pilot, result=result),
        "marks": list(marks(pilot)),
        "state_tag": state_badge(pilot),
        "seen_words": seen_words(pilot),
    }


def seen_words(pilot: Pilot) -> str:
    """Who sees the page, in a few words."""
    if pilot.is_public and pilot.state in PUBLIC_STATES:
        return _t("Its people see everything, others only the register")
    return _t("Only the people of the pilot see it")


def public_part(pilot: Pilot, *, result: Any = "") -> dict[str, Any]:
    """What the public register shows: when a plan was locked and what was changed in it since, but
    not the plan; no people, and of results what was published.
    """
    rows: list[tuple[Any, Any]] = [(_("Purpose"), pilot.get_purpose_display())]
    if pilot.solution is not None:
        link = parts.link(pilot.solution, pilot.solution.get_absolute_url(), css="")
        rows.append((_("Solution"), link))
    if pilot.starts_on and pilot.ends_on:
        rows.append((_("Days of the run"), _span(pilot)))
    versions = versions_of_plan(pilot)
    return {**head_part(pilot, result=result), "facts_list": rows, "versions": versions}


def observed_part(pilot: Pilot) -> dict[str, Any]:
    """What the observer of the department sees besides: who decides, until when, by which plan."""
    public = public_part(pilot)
    rows = [
        *public["facts_list"],
        (_("Decision owner"), pilot.decision_owner),
        (_("Decision by"), parts.day(pilot.decision_date)),
    ]
    if pilot.outcome:
        rows.append((_("Decided"), pilot.get_outcome_display()))
    return {**public, "facts_list": rows, "plan": pilot.locked_plan()}


def design_part(pilot: Pilot, user: Any, locked: Any) -> dict[str, Any]:
    """Chapter 1: the question, the threshold, the sites, the plan and its signatures.

    Of a pilot that was `read`.
    """
    plan, held = locked or pilot.plan(), pilot.held
    told = wording.of(pilot).plan(plan.protocol) if plan else None
    return {
        "plan": plan,
        "metric_rows": plan_words.metric_rows(told) if told else [],
        "plan_rows": list(plan_words.rows_of(told, brief=True))[:6] if told else [],
        "signature_rows": signature_rows(pilot, plan) if plan else [],
        "slots": [one for one in held["slots"] if one.state != "released" or one.took_part],
        "remarks": held["remarks"],
        "amendments": held["amendments"],
        "team_rows": _team(pilot),
        "facts_list": _facts(pilot),
        "budget": held["budget"],
        "costs": money.cost_rows(pilot, locked),
        "milestones": held["milestones"],
        "risks": held["risks"],
        "may_write": lifecycle.life.moves["write_plan"].is_open_to(user, pilot),
        "may_sign": lifecycle.life.moves["sign_plan"].is_open_to(user, pilot),
        "acts": acts_awaited(pilot, user),
        "may_amend": may_amend(pilot, user),
        "falls_short": locked is not None and locked.falls_short(),
        "may_place": may_ask_sites(pilot, user),
        "offers": _offers(pilot, user),
    }


def observation_part(pilot: Pilot, user: Any, locked: Any) -> dict[str, Any]:
    """Chapter 2: the checklist, what arrived, incidents, the log. Never a value of an arm.

    Of a pilot that was `read`.
    """
    may_tick = lifecycle.life.moves["tick"].is_open_to(user, pilot)
    held, comments = pilot.held, pilot.held["comments"]
    return {
        "checks": [one for one in held["checks"] if one.kind not in AFTER_THE_RUN],
        "owed": [one for one in held["checks"] if one.kind in AFTER_THE_RUN],
        "may_tick": may_tick,
        "arrived": arrived_words(pilot),
        "look_words": look_words(pilot, locked),
        "incidents": held["incidents"],
        "may_report": may_report(pilot, user),
        "log": held["log"],
        "spoken": [one for one in comments if one.is_dissent or one.words],
        "silent": [one for one in comments if not (one.is_dissent or one.words)],
        "lessons": held["lessons"],
    }


def _offers(pilot: Pilot, user: Any) -> dict[str, bool]:
    """Which of the moves that are offered beside what they change are open to the reader."""
    names = ("appoint", "link_agreement", "set_budget", "note_cost", "add_milestone",
             "reach_milestone", "add_risk", "add_check")  # fmt: skip
    offers = {name: lifecycle.life.moves[name].is_open_to(user, pilot) for name in names}
    return offers | {"follow": _may_follow(pilot, user)}


def _may_follow(pilot: Pilot, user: Any) -> bool:
    has_vendor = pilot.organisation_id is not None
    return pilot.outcome == Outcome.REWORK and has_vendor and policy.coordinator(user, pilot)


def may_amend(pilot: Pilot, user: Any) -> bool:
    """Whether the user may propose to change the locked plan now."""
    in_time = pilot.state in lifecycle.life.moves["take_amendment"].starts
    return in_time and lifecycle.amendment_life.moves["amend"].who(user, pilot)


def may_report(pilot: Pilot, user: Any) -> bool:
    """Whether the user may report an incident of this pilot now."""
    move = lifecycle.incident_life.moves["report"]
    return pilot.state not in OVER and move.who(user, pilot) and move.fits(pilot)


def may_ask_sites(pilot: Pilot, user: Any) -> bool:
    """Whether the user may ask one more site to take part."""
    return policy.designer(user, pilot) and lifecycle.pilot_takes_sites.stands(pilot, {})


def _meta(pilot: Pilot) -> list[Any]:
    rows: list[Any] = []
    if pilot.organisation is not None:
        rows.append((_("Vendor"), pilot.organisation))
    if pilot.need is not None:
        rows.append((_("Need"), parts.link(pilot.need.code, pilot.need.get_absolute_url(), css="")))
    rows.append((_("Programme"), pilot.programme))
    return rows


def _span(pilot: Pilot) -> str:
    return f"{formats.day(pilot.starts_on)} – {formats.day(pilot.ends_on)}"


def _team(pilot: Pilot) -> list[tuple[Any, Any]]:
    nobody = _t("not named yet")
    rows = [
        (_("Sponsor"), pilot.sponsor),
        (_("Decision owner"), pilot.decision_owner),
        (
            _("Decision by"),
            parts.day(pilot.decision_date) if pilot.decision_date else _t("no date yet"),
        ),
        (_("Pilot manager"), pilot.manager),
        (_("Methodologist"), pilot.methodologist),
        (_("Analyst"), pilot.analyst),
        (_("The vendor's manager"), pilot.vendor_manager),
    ]
    return [(label, value or nobody) for label, value in rows]


def _facts(pilot: Pilot) -> list[tuple[Any, Any]]:
    rows: list[tuple[Any, Any]] = [(_("Purpose"), pilot.get_purpose_display())]
    if pilot.solution is not None:
        word = _t("version")
        said = f"{pilot.solution} · {word} {pilot.solution_frozen.get('version', 1)}"
        rows.append((_("Solution"), parts.link(said, pilot.solution.get_absolute_url(), css="")))
    if pilot.starts_on and pilot.ends_on:
        rows.append((_("Days of the run"), _span(pilot)))
    rows += [
        (_("Agreement"), parts.link(one, one.get_absolute_url(), css=""))
        for one in pilot.held["agreement"]
    ]
    if pilot.regime:
        rows.append((_("Experimental legal regime"), pilot.regime))
    rows += [
        (_("Follows"), parts.link(one.code, one.get_absolute_url()))
        for one in pilot.held["follows"]
    ]
    if pilot.waiver:
        rows.append((_("Why it is tried although it may not decide"), pilot.waiver))
    if pilot.baseline_words:
        rows.append((_("Baseline data"), pilot.baseline_words))
    if pilot.outcome:
        rows.append((_("Decided"), pilot.get_outcome_display()))
    if pilot.conditions:
        rows.append((_("Conditions"), pilot.conditions))
    return rows


def signature_rows(pilot: Pilot, plan: Any) -> list[pieces.Signature]:
    """Who has signed this version of the plan, and who is waited for."""
    signed = signed_sides(plan)
    rows = []
    for side in lifecycle.sides_wanted(pilot):
        found = signed.get(side)
        rows.append(
            pieces.Signature(
                name=found.by if found else SIDES[side],
                role=SIDES[side] if found else "",
                state="signed" if found else "waiting",
                at=found.at if found else None,
                fingerprint=plan.sha256[:12] if found else "",
            )
        )
    return rows


def left_rows(slot: SiteSlot) -> list[tuple[Any, Any]]:
    """When a site left the pilot for good, and what that has to do with the solution."""
    if slot.left_on is None:
        return []
    return [
        (_("Last day at the site"), formats.day(slot.left_on)),
        (_("Why it left"), slot.get_left_because_display()),
    ]


def acts_awaited(pilot: Pilot, user: Any) -> int:
    """How many acts of sites of this pilot wait for the user's signature."""
    if not policy.keeper(user, pilot):
        return 0
    kept = pilot.at_hand(f"kept by {user.pk}", pilot.slots.kept_by(user))
    return sum(slot.is_act_awaited_in(pilot) for slot in kept)


def arrived_words(pilot: Pilot) -> str:
    """How much of what the plan expects has arrived: counts, never values."""
    data = lifecycle.Completeness.of(pilot.data)
    if not pilot.data:
        return ""
    said = _t("%(received)s of %(expected)s expected readings of the run") % {
        "received": formats.number(data.received), "expected": formats.number(data.expected),
    }  # fmt: skip
    if data.baseline_expected:
        said += "; " + _t("%(received)s of %(expected)s of the baseline") % {
            "received": formats.number(data.baseline_received),
            "expected": formats.number(data.baseline_expected),
        }
    return said


def look_words(pilot: Pilot, plan: Any) -> str:
    """When a result may be looked at, by the plan that binds."""
    if plan is None or pilot.is_archive or pilot.result_at is not None:
        return ""
    if pilot.early_reason:  # the days of the plan no longer come
        return ""
    ahead = [day for day in plan.look_days() if day > timezone.localdate()]
    if not ahead:
        return ""
    return _t("The estimate appears from %(day)s on, as the plan says.") % {
        "day": formats.day(ahead[0])
    }
