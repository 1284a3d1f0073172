"""From the idea of a pilot to its locked plan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.applications.models import Application
from pochin.core import numbers, signatures, tongue
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.core.policy import SYSTEM, system
from pochin.lab.protocol import Protocol
from pochin.participants.models import Organisation, Person, Programme
from pochin.pilots import wording
from pochin.pilots.lifecycle.course import life
from pochin.pilots.lifecycle.guards import beginning, planning
from pochin.pilots.models import BEFORE_RUNNING, Pilot, Remark, State, keep_plan
from pochin.pilots.policy import (
    archivist,
    coordinator,
    designer,
    manager,
    methodologist,
    plan_side,
    plan_signer,
)


@life.birth(
    State.PROPOSED,
    who=system | coordinator,
    label=_("Propose a pilot of an accepted application"),
    done=_("The pilot was proposed by an accepted application"),
    guards=[beginning.application_is_accepted],
)
def propose_from(application: Application, *, by: Any, at: datetime = NOW) -> Pilot:
    """An application was accepted; its solution is to be tried."""
    solution = application.solution
    versions = application.versions.order_by("-number")
    russian, english = tongue.both(application.title)
    frozen = versions[0].content.get("solution") if versions else None
    return Pilot(
        programme=application.programme,
        number=numbers.following("pilot"),
        title_ru=russian,
        title_en="" if english == russian else english,
        need=application.need,
        organisation=application.organisation,
        solution=solution,
        solution_frozen=frozen or (solution.snapshot() if solution else {}),
        sponsor=application.need.owner,
        vendor_manager=application.contact,
        proposed_at=at,
        is_demonstration=application.is_demonstration,
    )


def open_for(application: Application, *, by: Any, at: datetime = NOW) -> Pilot:
    """The pilot of an accepted application: the one there is, or a new one."""
    with transaction.atomic():
        # The row lock makes two that come at once wait for each other.
        Application._base_manager.select_for_update().get(pk=application.pk)
        pilot = Pilot.objects.filter(applications=application).first()
        if pilot is None:
            pilot = propose_from(application, by=by, at=at)
            pilot.applications.add(application)
    return pilot


@life.birth(
    State.PROPOSED,
    who=coordinator,
    label=_("Propose a pilot"),
    done=_("The pilot was proposed"),
    guards=[beginning.initiative_has_sponsor],
)
def propose(
    programme: Programme,
    *,
    by: Any,
    sponsor: Person | None,
    organisation: Organisation,
    at: datetime = NOW,
    **fields: Any,
) -> Pilot:
    """Try a solution on the initiative of a sponsor, without an application."""
    solution = fields.get("solution")
    return Pilot(
        programme=programme,
        number=numbers.following("pilot"),
        sponsor=sponsor,
        organisation=organisation,
        solution_frozen=solution.snapshot() if solution else {},
        proposed_at=at,
        **fields,
    )


@life.birth(
    State.DESIGN,
    who=archivist,
    label=_("Enter a pilot from the archive"),
    done=_("The pilot was entered from the archive"),
    guards=[beginning.window_is_past],
)
def enter_from_archive(
    programme: Programme,
    *,
    by: Any,
    starts_on: date,
    ends_on: date,
    at: datetime = NOW,
    **fields: Any,
) -> Pilot:
    """Enter a trial that is over; for ever it is said that its plan came after the data."""
    return Pilot(
        programme=programme,
        number=numbers.following("pilot"),
        is_archive=True,
        starts_on=starts_on,
        ends_on=ends_on,
        proposed_at=at,
        **fields,
    )


# The plan ------------------------------------------------------------------------------------


@life.move(
    *BEFORE_RUNNING,
    to=STAY,
    who=coordinator,
    label=_("Name the people and the decision date"),
    done=_("The people and the decision date were named"),
    guards=[
        beginning.duties_are_separate,
        beginning.people_are_untied,
        beginning.people_hold_their_roles,
    ],
)
def appoint(
    pilot: Pilot,
    *,
    by: Any,
    manager: Person | None,
    methodologist: Person | None,
    analyst: Person | None,
    decision_owner: Person | None,
    vendor_manager: Person | None = None,
    decision_date: date | None = None,
    at: datetime = NOW,
) -> None:
    """Say who manages, who checks, who computes, who decides and until when."""
    is_new_date = decision_date is not None and decision_date != pilot.decision_date
    if is_new_date and decision_date < timezone.localdate(at):  # type: ignore[operator]
        raise Refused(_t("The decision date is past already. Name a day that is still to come."))
    pilot.manager, pilot.methodologist = manager, methodologist
    pilot.analyst, pilot.decision_owner = analyst, decision_owner
    pilot.vendor_manager = vendor_manager or pilot.vendor_manager
    pilot.decision_date = decision_date or pilot.decision_date


@life.move(
    *BEFORE_RUNNING, to=STAY, who=designer, label=_("Edit"), done=_("The description was changed")
)
def edit(pilot: Pilot, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change what is said about the pilot; the locked plan stays as it is."""
    for name, value in fields.items():
        setattr(pilot, name, value)


@life.move(
    State.PROPOSED,
    to=State.DESIGN,
    who=coordinator,
    label=_("Begin the design"),
    done=_("The design began"),
    guards=[beginning.has_grounds, beginning.manager_is_named],
)
def begin_design(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Let the pilot manager design the trial."""


@life.move(
    State.DESIGN,
    to=STAY,
    who=designer | methodologist,
    label=_("Write the plan"),
    done=_("The plan was written"),
)
def write_plan(
    pilot: Pilot,
    *,
    by: Any,
    protocol: Protocol,
    guesses: dict[str, Any] | None = None,
    at: datetime = NOW,
) -> None:
    """Keep the plan as it is now; signatures under an earlier text do not count for it."""
    plan = keep_plan(pilot, protocol, guesses=guesses or {}, by=by, at=at)
    plan.pilot = pilot
    pilot.wording = wording.joined(wording.of_the_need(pilot.need), pilot.wording or [])
    start, end = plan.run_window()
    if start is not None:
        pilot.starts_on, pilot.ends_on = start, end


@life.move(
    *(state for state in State if state not in (State.PROPOSED, State.CANCELLED)),
    to=STAY,
    who=designer | methodologist,
    label=_("Give the plan's words in both languages"),
    done=_("The plan was put into words in both languages"),
    guards=[planning.plan_is_complete],
)
def put_into_words(
    pilot: Pilot, *, by: Any, pairs: list[dict[str, str]], at: datetime = NOW
) -> None:
    """Say what the texts of the plan are called in the other language; the plan stays as it is."""
    pilot.wording = wording.joined(wording.of_the_need(pilot.need), pairs)


@life.move(
    State.DESIGN,
    to=State.PLAN_REVIEW,
    who=manager,
    label=_("Hand the plan in"),
    done=_("The plan was handed in for the check"),
    guards=[
        planning.plan_is_complete,
        planning.sites_are_agreed,
        planning.is_feasible,
        planning.nothing_blocks_the_plan,
        planning.methodologist_is_named,
        planning.window_is_ahead,
        planning.archive_decision_is_owned,
    ],
)
def submit_plan(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Ask the methodologist to check the plan."""


@life.move(
    State.PLAN_REVIEW,
    to=State.DESIGN,
    who=methodologist,
    label=_("Return with remarks"),
    done=_("The plan was returned with remarks"),
    guards=[planning.remarks_are_written],
)
def return_plan(pilot: Pilot, *, by: Any, remark: str, path: str = "", at: datetime = NOW) -> None:
    """Say what must change before the plan can be locked."""
    Remark.objects.create(
        pilot=pilot, plan=pilot.plan(), path=path, words=remark, by_id=by.pk, at=at
    )


@life.move(
    State.PLAN_REVIEW,
    to=STAY,
    who=plan_signer,
    label=_("Sign the plan"),
    done=_("The plan was signed"),
    guards=[
        planning.has_not_signed_yet,
        planning.signers_are_untied,
        planning.baseline_is_scheduled,
        planning.nothing_blocks_the_plan,
        planning.window_is_ahead,
    ],
    is_final=True,
)
def sign_plan(pilot: Pilot, *, by: Any, read: str = "", at: datetime = NOW) -> None:
    """Sign these bytes; with the last signature the plan is locked and cannot change.

    `read` is the fingerprint of the plan the signer had before them; another one is refused.
    """
    plan = pilot.plan()
    assert plan is not None, "a plan under review exists"
    if not plan.is_whole:
        raise Refused(_t("The plan is not the one that was written; tell the administrator."))
    if read and read != plan.sha256:
        raise Refused(
            _t("The words were changed after you had opened them. Read them anew, then sign.")
        )
    side = plan_side(by, pilot)
    assert side is not None, "the rule lets only the sides sign"
    signatures.sign(plan, what="plan", by=by, role=side, sha256=plan.sha256, at=at)


@life.move(
    State.PLAN_REVIEW,
    to=State.LOCKED,
    who=system,
    label=_("Lock the plan"),
    done=_("The plan is locked: all sides have signed"),
    guards=[
        planning.all_have_signed,
        planning.signers_are_untied,
        planning.baseline_is_scheduled,
        planning.archive_decision_is_owned,
    ],
)
def lock(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """All three sides have signed the same bytes; from here on only amendments, seen for ever."""
    plan = pilot.plan()
    assert plan is not None, "all have signed it"
    plan.locked_at = pilot.locked_at = at
    plan.save()


@life.follows("sign_plan")
def _lock_when_all_signed(pilot: Pilot, at: datetime) -> None:
    if planning.all_have_signed.stands(pilot, {}):
        lock(pilot, by=SYSTEM, at=at)
