"""The words for hats: who is meant by the holder of a turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
        found = [asked(things, put) if put.keys else [] for things, put in wanted]
    return [{str(one.pk): str(one) for one in things} for things in found]


def holder_words(holders: Iterable[str]) -> dict[str, str]:
    """What to call each holder: a name, a role, an organisation; at most one query."""
    known = set(holders)
    return _told(known, *_called(*_keys(known)))


def lists_for(holders: Iterable[str]) -> dict[str, QuerySet]:
    """What must be read to name these holders, for a page that asks it together with more."""
    people, orgs = _keys(holders)
    return {
        "people": Called(people)(Person.objects.all()),
        "companies": Called(orgs)(Organisation.objects.all()),
    }


def words_from(holders: Iterable[str], found: Mapping[str, list[Any]]) -> dict[str, str]:
    """What to call each holder, by what `lists_for` has found."""
    lists = (found["people"], found["companies"])
    return _told(holders, *({str(one.pk): str(one) for one in things} for things in lists))


def _keys(holders: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys of the people and of the organisations among these holders."""
    parted = [holder.partition("@") for holder in holders]
    people = {where for hat, _at, where in parted if hat == "person"}
    orgs = {where.removeprefix("org-") for hat, _at, where in parted if hat in RIGHTS}
    return tuple(sorted(people)), tuple(sorted(orgs))


def _told(
    holders: Iterable[str], names: Mapping[str, str], companies: Mapping[str, str]
) -> dict[str, str]:
    roles = dict(Role.choices)
    words = {}
    for holder in holders:
        hat, _at, where = holder.partition("@")
        if hat == "person":
            words[holder] = names.get(where, _("a person who has left"))
        elif hat in RIGHTS:
            words[holder] = companies.get(where.removeprefix("org-"), holder)
        else:
            words[holder] = str(roles.get(hat, hat))
    return words
