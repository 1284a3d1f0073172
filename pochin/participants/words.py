"""The words for hats: who is meant by the holder of a turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pochin.participants.models import Organisation, Person
from pochin.participants.policy import Role
from pochin.ui.at_once import at_once
from pochin.ui.quick import asked

RIGHTS = {"view", "edit", "sign", "tie"}


@dataclass(frozen=True, slots=True)
class Called:
    """People or organisations with these keys, as far as they are named."""

    keys: tuple[str, ...]

    def __call__(self, things: QuerySet) -> QuerySet:
        email = ("email",) if things.model is Person else ()
        return things.filter(pk__in=self.keys).only("name_ru", "name_en", *email)


def _called(people: tuple[str, ...], orgs: tuple[str, ...]) -> list[dict[str, str]]:
    """The names of people and of organisations, by their keys."""
    wanted = ((Person.objects.all(), Called(people)), (Organisation.objects.all(), Called(orgs)))
    if people and orgs:
        both = at_once({str(n): put(things) for n, (things, put) in enumerate(wanted)})
        found = [both["0"], both["1"]]
    else:
        found = [asked(things, put) for things, put in wanted]
    return [{str(one.pk): str(one) for one in things} for things in found]


def holder_words(holders: Iterable[str]) -> dict[str, str]:
    """What to call each holder: a name, a role, an organisation; at most one query."""
    parted = {holder: holder.partition("@") for holder in holders}
    people = {w for hat, _at, w in parted.values() if hat == "person"}
    orgs = {w.removeprefix("org-") for hat, _at, w in parted.values() if hat in RIGHTS}
    names, companies = _called(tuple(sorted(people)), tuple(sorted(orgs)))
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
