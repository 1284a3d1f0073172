"""Readings after the pilot: sent, taken in or refused, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.core.policy import system
from pochin.deals import following
from pochin.deals.following import Taken
from pochin.deals.lifecycle.rollouts import FOLLOWED, has_a_metric, rollout_life
from pochin.deals.models import FollowedDay, FollowUp, RollOut
from pochin.deals.policy import keeper
from pochin.files.models import File


class Known(Refused):
    """These very bytes came before; `follow_up` is what became of them."""

    def __init__(self, follow_up: FollowUp) -> None:
        super().__init__(_t("This very file was already sent; nothing was changed."))
        self.follow_up = follow_up


class Overtaken(Refused):
    """Another file brought some of the same days while this one was read."""

    def __init__(self) -> None:
        super().__init__(
            _t("Another file with some of the same days came in at this moment. Send yours again.")
        )


@rollout_life.move(
    *FOLLOWED,
    to=STAY,
    who=keeper,
    label=_("Send readings after the pilot"),
    done=_("Readings after the pilot were sent"),
    guards=[has_a_metric],
)
def send_readings(
    roll_out: RollOut, *, by: Any, kept: dict[str, Any], taken: Taken | None, at: datetime = NOW
) -> None:
    """Keep readings of the pilot's metric from after it; count the benefit anew, or let a worker.

    Args:
        kept: What is kept of the file.
        taken: What became of its rows; None where a worker is to look through them.
    """
    RollOut.objects.select_for_update().get(pk=roll_out.pk)
    known = roll_out.follow_ups.standing().filter(sha256=kept["sha256"]).first()
    if known is not None:
        raise Known(known)
    sent = FollowUp.objects.create(
        roll_out=roll_out, number=roll_out.follow_ups.count() + 1,
        file=File.objects.create(uploaded_by_id=by.pk, uploaded_at=at, **kept),
        sha256=kept["sha256"], sent_by_id=by.pk, sent_at=at,
    )  # fmt: skip
    if taken is not None:
        if not taken.cells:
            raise Refused(_t("No row of the file could be taken in, so nothing was kept."))
        _stand(roll_out, sent, taken, at)


@rollout_life.move(
    *FOLLOWED,
    to=STAY,
    who=system,
    label=_("Take readings in"),
    done=_("The readings after the pilot were taken in"),
)
def take_in_readings(
    roll_out: RollOut, *, by: Any, follow_up: FollowUp, taken: Taken, at: datetime = NOW
) -> None:
    """A worker has looked through the rows: let them count, or say why none could be taken in."""
    RollOut.objects.select_for_update().get(pk=roll_out.pk)
    waiting = roll_out.follow_ups.waiting().filter(pk=follow_up.pk).first()
    if waiting is None:
        return  # it was withdrawn meanwhile, or another worker was quicker
    if taken.cells:
        _stand(roll_out, waiting, taken, at)
        return
    _note_rows(waiting, taken)
    waiting.refused_at, waiting.problem = at, {"code": "nothing_good"}
    waiting.save()


@rollout_life.move(
    *FOLLOWED,
    to=STAY,
    who=system,
    label=_("Refuse readings"),
    done=_("The readings after the pilot were not taken in"),
)
def refuse_readings(
    roll_out: RollOut, *, by: Any, follow_up: FollowUp, problem: dict[str, Any],
    at: datetime = NOW,
) -> None:  # fmt: skip
    """The file as a whole cannot be read; say why, so that its sender can put it right."""
    waiting = roll_out.follow_ups.waiting().filter(pk=follow_up.pk)
    waiting.update(refused_at=at, problem=problem)


@rollout_life.move(
    *FOLLOWED,
    to=STAY,
    who=keeper,
    label=_("Withdraw readings"),
    done=_("The readings after the pilot were withdrawn"),
)
def withdraw_readings(
    roll_out: RollOut, *, by: Any, follow_up: FollowUp, reason: str, at: datetime = NOW
) -> None:
    """Let a file of readings no longer count, and say why."""
    standing = roll_out.follow_ups.standing().filter(pk=follow_up.pk)
    if not standing.update(withdrawn_at=at, withdrawn_by=by, reason=reason):
        raise Refused(_t("These readings were withdrawn already."))
    following.count_anew(roll_out, at)


def _note_rows(sent: FollowUp, taken: Taken) -> None:
    sent.received, sent.accepted, sent.set_aside = taken.received, taken.accepted, taken.set_aside
    sent.by_reason, sent.faults = dict(taken.by_reason), taken.faults


def _stand(roll_out: RollOut, sent: FollowUp, taken: Taken, at: datetime) -> None:
    """Let the rows of a file count from now on."""
    if not taken.cells.keys().isdisjoint(following.told(roll_out)):
        raise Overtaken
    days = [day for _site, day in taken.cells]
    _note_rows(sent, taken)
    sent.sites = len({site for site, _day in taken.cells})
    sent.first_day, sent.last_day, sent.taken_at = min(days), max(days), at
    sent.save()
    FollowedDay.objects.bulk_create(
        (FollowedDay(follow_up=sent, site=site, day=day, total=total, base=base)
         for (site, day), (total, base) in sorted(taken.cells.items())),
        batch_size=1_000,
    )  # fmt: skip
    following.count_anew(roll_out, at)
