"""The life of a decision on a pilot.

prepared → signed; against the verdict: prepared → second → signed; before that → withdrawn
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.decisions.models import Decision, State, Vote
from pochin.decisions.policy import committee, owner, second
from pochin.evaluations.models import released
from pochin.participants.policy import Role, person_hat, role_hat
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot
from pochin.pilots.models import State as PilotState

# A committee has voted when so many have and more are for than against.
FEWEST_VOTES = 2

life: Lifecycle[Decision] = Lifecycle(
    "decisions",
    State,
    ends=frozenset({State.SIGNED, State.WITHDRAWN}),
)
life.waits(
    State.PREPARED,
    on=lambda decision: person_hat(decision.owner_id),
    owner=Role.DIRECTOR.label,
    clock="signature",
    days=5,
    words=_("Sign the decision"),
)
life.waits(
    State.SECOND,
    on=lambda decision: [
        *role_hat(Role.COMMITTEE, decision),
        *role_hat(Role.DIRECTOR, decision),
    ],
    owner=_("a committee member or another decision owner"),
    clock="signature",
    days=5,
    words=_("Give the second signature, or do not"),
)


@guard(_("The pilot does not wait for a decision."))
def pilot_awaits(pilot: Pilot) -> bool:
    return pilot.state == PilotState.AWAITING


@guard(_("The result has not been shown yet."))
def result_is_shown(pilot: Pilot) -> bool:
    shown = released(pilot)
    return shown is not None and shown.sha256 == pilot.result_sha256


@guard(_("A decision is already being prepared; withdraw it first."))
def none_is_at_work(pilot: Pilot) -> bool:
    return not pilot.decisions.filter(state__in=[State.PREPARED, State.SECOND]).exists()


@guard(_("Write why."))
def words_are_written(pilot: Pilot, *, words: str) -> bool:
    return bool(words.strip())


@guard(_("The decision goes against the verdict: it needs a second signature."))
def agrees_with_verdict(decision: Decision) -> bool:
    return not pilots.opposes(decision.outcome, decision.evaluation.colour)


@guard(_("The decision agrees with the verdict: one signature is enough."))
def goes_against_verdict(decision: Decision) -> bool:
    return pilots.opposes(decision.outcome, decision.evaluation.colour)


@guard(_("The words no longer are those that were prepared; withdraw and prepare anew."))
def words_are_whole(decision: Decision) -> bool:
    return decision.is_whole


@guard(_("The pilot no longer waits for a decision on this result."))
def still_stands(decision: Decision) -> bool:
    pilot = decision.pilot
    return pilot.state == PilotState.AWAITING and pilot.result_sha256 == decision.evaluation.sha256


@guard(_("You have voted already."))
def has_not_voted(decision: Decision, *, by: Any) -> bool:
    return not decision.votes.filter(by_id=by.pk).exists()


@life.birth(
    State.PREPARED,
    who=owner,
    label=_("Prepare the decision"),
    done=_("The decision was prepared"),
    guards=[pilot_awaits, result_is_shown, none_is_at_work, words_are_written],
)
def prepare(
    pilot: Pilot,
    *,
    by: Any,
    outcome: str,
    words: str,
    conditions: str = "",
    ends_on: date | None = None,
    decide_on: date | None = None,
    to_learn: str = "",
    at: datetime = NOW,
) -> Decision:
    """Choose, and write why; nothing binds before it is signed."""
    evaluation = released(pilot)
    assert evaluation is not None, "the guards ask for a result"
    decision = Decision(
        pilot=pilot,
        number=pilot.decisions.count() + 1,
        evaluation=evaluation,
        owner_id=by.pk,
        owner_email=by.email,
        outcome=outcome,
        words=words,
        conditions=conditions,
        ends_on=ends_on,
        decide_on=decide_on,
        to_learn=to_learn,
        prepared_at=at,
    )
    decision.sha256 = decision.fingerprint()
    return decision


@life.move(
    State.PREPARED,
    to=State.SIGNED,
    who=owner,
    label=_("Sign the decision"),
    done=_("The decision was signed"),
    guards=[words_are_whole, still_stands, agrees_with_verdict],
    is_final=True,
)
def sign(decision: Decision, *, by: Any, at: datetime = NOW) -> None:
    """Sign these words over this result; the pilot goes on by them at once."""
    _put_signature(decision, by, "owner", at)
    _settle(decision, at)


@life.move(
    State.PREPARED,
    to=State.SECOND,
    who=owner,
    label=_("Sign against the verdict"),
    done=_("Signed against the verdict: a second signature is awaited"),
    guards=[words_are_whole, still_stands, goes_against_verdict],
    is_final=True,
)
def sign_first(decision: Decision, *, by: Any, at: datetime = NOW) -> None:
    """Sign a decision against the verdict; it binds when another eligible person signs too."""
    _put_signature(decision, by, "owner", at)


@life.move(
    State.SECOND,
    to=State.SIGNED,
    who=second,
    label=_("Give the second signature"),
    done=_("The second signature was given"),
    guards=[words_are_whole, still_stands],
    is_final=True,
)
def countersign(decision: Decision, *, by: Any, at: datetime = NOW) -> None:
    """Sign the same words as the second person; the pilot goes on by them at once."""
    decision.seconded_by = by
    _put_signature(decision, by, "second", at)
    _settle(decision, at)


@life.move(
    State.SECOND,
    to=State.WITHDRAWN,
    who=second,
    label=_("Refuse the second signature"),
    done=_("The second signature was refused; decide anew"),
)
def decline(decision: Decision, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Not sign, and say why; the owner decides anew."""


@life.move(
    State.PREPARED,
    State.SECOND,
    to=State.WITHDRAWN,
    who=owner,
    label=_("Withdraw"),
    done=_("The decision was withdrawn before it was signed"),
)
def withdraw(decision: Decision, *, by: Any, at: datetime = NOW) -> None:
    """Take it back before it binds, to write another one."""


@life.move(
    State.PREPARED,
    to=STAY,
    who=committee,
    label=_("Vote"),
    done=_("A member of the committee voted"),
    guards=[has_not_voted],
)
def vote(decision: Decision, *, by: Any, is_for: bool, note: str = "", at: datetime = NOW) -> None:
    """Say yes or no as a member of the committee, where the money asks for it."""
    Vote.objects.create(decision=decision, by_id=by.pk, is_for=is_for, words=note, at=at)


def panel_agrees(decision: Decision) -> bool:
    """Whether enough of the committee have voted and more are for than against."""
    voices = list(decision.votes.values_list("is_for", flat=True))
    return len(voices) >= FEWEST_VOTES and sum(voices) * 2 > len(voices)


def _put_signature(decision: Decision, by: Any, role: str, at: datetime) -> None:
    signatures.sign(decision, what="decision", by=by, role=role, sha256=decision.sha256, at=at)


def _settle(decision: Decision, at: datetime) -> None:
    """Make the pilot's own move; its guards may still refuse, and then nothing is signed."""
    decision.signed_at = at
    grounds = pilots.Decided(
        sha256=decision.sha256,
        result_sha256=decision.evaluation.sha256,
        words=decision.words,
        seconded_by=decision.seconded_by,
        panel=panel_agrees(decision),
        conditions=decision.conditions,
        ends_on=decision.ends_on,
        decide_on=decision.decide_on,
        to_learn=decision.to_learn,
    )
    if decision.pilot.decision_owner_id != decision.owner_id:
        raise Refused(_t("The decision owner of the pilot has changed; prepare the decision anew."))
    pilots.settle(
        decision.pilot, outcome=decision.outcome, grounds=grounds, by=decision.owner, at=at
    )
