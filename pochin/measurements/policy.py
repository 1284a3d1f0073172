"""Who is who around the readings of a pilot."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.pilots.policy import analyst, keeper, manager, methodologist, untied, vendor

sender = manager | keeper | methodologist | analyst | vendor
# In whose name a folder may be watched: what others put into it counts as theirs, so neither the
# vendor nor one of the sites may.
watcher = manager | methodologist | analyst


@rule(_("the person who sent the file"))
def _sent_it(user: Any, batch: Any) -> bool:
    return user.pk is not None and batch.sent_by_id == user.pk


own = _sent_it
# Who may stop a file from counting: its sender, or those who answer for the pilot.
remover = _sent_it | manager | methodologist


@rule(_("somebody who did not send the file"))
def _another(user: Any, batch: Any) -> bool:
    return batch.sent_by_id != user.pk


# The site or the post's own people confirm what the vendor declared; never the vendor.
confirmer = (keeper | manager | methodologist) & _another & untied


def acts_for_vendor(user: Any, pilot: Any) -> bool:
    """Whether what this person sends in is the vendor's own statement."""
    return pilot.organisation_id is not None and vendor(user, pilot)


def own_units(user: Any, pilot: Any) -> list[str] | None:
    """The units a person may send readings of; None where there is no limit.

    A site's responsible person speaks for that site only.
    """
    if (manager | methodologist | analyst | vendor)(user, pilot):
        return None
    numbers = pilot.slots.kept_by(user).values_list("site__number", flat=True)
    return sorted(str(number) for number in numbers)
