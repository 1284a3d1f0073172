"""The words for hats: who is meant by the holder of a turn."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from pochin.participants.models import Organisation, Person
from pochin.participants.policy import Role
from pochin.ui.at_once import at_once

RIGHTS = {"view", "edit", "sign", "tie"}


def holder_words(holders: Iterable[str]) -> dict[str, str]:
    """What to call each holder: a name, a role, an organisation; at most one query."""
    parted = {holder: holder.partition("@") for holder in holders}
    people = {w for hat, _at, w in parted.values() if hat == "person"}
    orgs = {w.removeprefix("org-") for hat, _at, w in parted.values() if hat in RIGHTS}
    found = at_once({
        "people": Person.objects.filter(pk__in=people),
        "companies": Organisation.objects.filter(pk__in=orgs),
    })  # fmt: skip
    names, companies = (
        {str(one.pk): str(one) for one in found[kind]} for kind in ("people", "companies")
    )
    roles = dict(Role.choices)
    words = {}
    for holder, (hat, _at, where) in parted.items():
        if hat == "person":
            words[holder] = names.get(where, _("a person who has left"))
        elif hat in RIGHTS:
            words[holder] = companies.get(where.removeprefix("org-"), holder)
        else:
            words[holder] = str(roles.get(hat, hat))
    return words
