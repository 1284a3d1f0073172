"""Saying something about a thing: kept beside it, told to those who are named."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext as _

from pochin.coordination import reach
from pochin.coordination.models import Remark
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.participants.models import Person

VERB = "coordination.say"


def about(thing: models.Model) -> models.QuerySet[Remark]:
    """What was said about a thing, oldest first."""
    kind = ContentType.objects.get_for_model(thing)
    return Remark.objects.filter(kind=kind, thing_id=thing.pk).order_by("at", "pk")


@transaction.atomic
def say(
    thing: models.Model, *, by: Any, text: str, told: Iterable[Person] = (), at: datetime
) -> Remark:
    """Say something to everybody whom the thing concerns; those named get a notice.

    Raises:
        Forbidden: The thing does not concern who speaks.
        Refused: Somebody is named who may not read it.
    """
    if not reach.concerns(thing, by):
        raise Forbidden(_("This may be done only by those who may read it."))
    named = list(told)
    if not all(reach.concerns(thing, person) for person in named):
        raise Refused(_("Only people who may read it can be named. Your text is kept."))
    remark = Remark.objects.create(thing=thing, by_id=by.pk, at=at, text=text)
    remark.told.set(named)
    # The words stay out of the journal: they are the conversation's, not the thing's.
    journal.write(
        VERB, thing, by=by, at=at, before=getattr(thing, "state", ""),
        facts={"told": sorted(person.pk for person in named)},
    )  # fmt: skip
    return remark
