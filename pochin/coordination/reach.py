"""Whom a thing concerns: who reads and writes what is said about it, whose turns one follows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pochin.core.models import Turn
from pochin.participants.models import Person
from pochin.participants.policy import WORKING_ROLES, organisations, programmes
from pochin.search import finding
from pochin.search.index import declared

# Open to everybody on their pages: what is said about them is for those they concern.
PUBLIC = frozenset({"solutions.solution", "news.piece"})
# Where the sides of a thing stand: by these the people of a conversation are looked for.
SIDES = ("organisation", "owes", "to", "buyer", "seller", "unit", "owner")
# What a thing belongs to; whom that concerns may read what is said about the thing as well.
PARENTS = ("agreement", "pilot", "deal")
# Experts never open an application; what is said about theirs is not for anybody else.
SILENT = frozenset({"reviews.assignment", "participants.conflict"})


def close(model: Any, user: Any) -> models.QuerySet:
    """The things of one kind that concern the reader: not merely open to everybody."""
    if hasattr(model._default_manager.all(), "inside"):
        return model._default_manager.inside(user)
    seen = model._default_manager.visible_to(user)
    if model._meta.label_lower not in PUBLIC:
        return seen
    names = {field.name for field in model._meta.concrete_fields if field.is_relation}
    # An expert judges solutions and reads nothing of what the sides say to each other.
    working = Q(programme__in=programmes(user, *WORKING_ROLES))
    mine = working if "programme" in names else Q(pk__in=[])
    for name in names.intersection(("organisation", "unit")):
        mine |= Q(**{f"{name}__in": organisations(user)})
    if "owner" in names and model._meta.get_field("owner").related_model is Person:
        mine |= Q(owner=user.pk)
    return seen.filter(mine)


def turns(user: Any) -> models.QuerySet:
    """The open turns the reader may follow: their own, and those on what concerns them."""
    kinds = Turn.objects.open().order_by().values_list("kind", flat=True).distinct()
    wanted = Q(pk__in=[])
    for key in kinds:
        model = ContentType.objects.get_for_id(key).model_class()
        if model is None:
            continue
        seen = model._default_manager.visible_to(user)  # type: ignore[attr-defined]
        own = Q(holder__in=user.hats, thing_id__in=seen.values("pk"))
        if model._meta.label_lower not in SILENT:
            own |= Q(thing_id__in=close(model, user).values("pk"))
        wanted |= Q(kind=key) & own
    return Turn.objects.open().filter(wanted)


def said(turns: models.QuerySet, words: str, user: Any) -> models.QuerySet:
    """The turns on things that have these words; a kind with no words of its own is found by
    those of what it belongs to."""
    keys = turns.order_by().values_list("kind", flat=True).distinct()
    kinds: list[tuple[int, Any]] = [
        (key, ContentType.objects.get_for_id(key).model_class()) for key in keys
    ]
    above = {(key, name): model for key, kind in kinds for name, model in _above(kind)}
    sought = {kind for _key, kind in kinds if kind in declared} | set(above.values())
    lists = {model: model._default_manager.visible_to(user) for model in sought}
    found = finding.among(lists, words)
    wanted = Q(pk__in=[])
    for key, kind in kinds:
        if kind in found:
            wanted |= Q(kind=key, thing_id__in=found[kind])
        for name, model in _above(kind):
            if model in found:
                within = kind._base_manager.filter(**{f"{name}__in": found[model]})
                wanted |= Q(kind=key, thing_id__in=within.values("pk"))
    return turns.filter(wanted)


def _above(kind: Any) -> list[tuple[str, Any]]:
    """By which fields a kind that cannot be found itself belongs to one that can."""
    if kind in declared:
        return []
    fields = {field.name: field.related_model for field in kind._meta.concrete_fields}
    return [(name, fields[name]) for name in PARENTS if fields.get(name) in declared]


def parent_of(kind: Any) -> Any:
    """What things of this kind belong to; None where they stand alone."""
    fields = {field.name: field.related_model for field in kind._meta.concrete_fields}
    return next((fields[name] for name in PARENTS if fields.get(name)), None)


def token(thing: models.Model) -> str:
    """The word under which what is said about a thing stands in addresses."""
    return signing.Signer(salt="talk").sign_object([thing._meta.label_lower, thing.pk])


def by_token(word: str, user: Any) -> models.Model | None:
    """The thing behind such a word, if it concerns the reader."""
    try:
        label, key = signing.Signer(salt="talk").unsign_object(word)
    except signing.BadSignature:
        return None
    if label in SILENT:
        return None
    return close(apps.get_model(label), user).filter(pk=key).first()


def by_code(written: str, user: Any) -> models.Model | None:
    """The thing that people call by this number: С-001, П-118, Н-042."""
    asked = re.fullmatch(r"([A-ZА-Я])[-\s]?(\d{1,9})", written.strip().upper())
    if asked is None:
        return None
    for model in declared:
        names = {field.name for field in model._meta.concrete_fields}
        if "number" not in names or not hasattr(model, "code"):
            continue
        seen = model._default_manager.visible_to(user)  # type: ignore[attr-defined]
        for thing in seen.filter(number=int(asked[2])).order_by("pk")[:5]:
            letter, _dash, rest = thing.code.partition("-")
            # What is numbered within another thing, as С-001.3, is not called by that alone.
            if rest.isdigit() and asked[1] in (letter, _latin(letter), _cyrillic(letter)):
                return thing
    return None


LATIN, CYRILLIC = str.maketrans("НПЗСДТ", "NPACDT"), str.maketrans("NPACDT", "НПЗСДТ")


def _latin(code: str) -> str:
    return code.upper().translate(LATIN)


def _cyrillic(code: str) -> str:
    return code.upper().translate(CYRILLIC)


def concerned(thing: Any) -> list[Person]:
    """The people who may read what is said about the thing, by name."""
    return [p for p in _candidates(thing) if concerns(thing, p)]


def concerns(thing: Any, person: Any) -> bool:
    """Whether the thing concerns the person: they may read what is said about it."""
    return close(type(thing), person).filter(pk=thing.pk).exists()


def _candidates(thing: Any) -> Iterable[Person]:
    """Those with a role in the programme of the thing, a seat at one of its sides, or a part in it.

    What belongs to another thing, as an amendment to its agreement, concerns the people of that.
    """
    wanted, at, passed = Q(pk__in=[]), thing, set()
    while at is not None and (type(at), at.pk) not in passed:
        wanted |= _around(at)
        passed.add((type(at), at.pk))
        at = _parent(at)
    return Person.objects.filter(wanted, is_active=True).distinct().order_by("name_ru")


def _parent(thing: Any) -> Any:
    """What the thing belongs to, by a field of its own; None where it stands alone."""
    fields = {field.name for field in thing._meta.concrete_fields}
    return next(
        (found for name in PARENTS if name in fields and (found := getattr(thing, name))), None
    )


def _around(thing: Any) -> Q:
    today = timezone.localdate()
    lasting = Q(roles__until__isnull=True) | Q(roles__until__gte=today)
    wanted = Q(roles__programme=getattr(thing, "programme_id", None)) & lasting
    wanted |= Q(seats__organisation__in=_sides(thing))
    for field in thing._meta.concrete_fields:
        if field.is_relation and field.related_model is Person:
            wanted |= Q(pk=getattr(thing, field.attname))
    for name in ("invitees", "helpers", "seats", "deputies"):
        if hasattr(thing, name):
            wanted |= Q(pk__in=getattr(thing, name).values("person"))
    return wanted


def _sides(thing: Any) -> list[int]:
    found = []
    for name in SIDES:
        key = getattr(thing, f"{name}_id", None)
        field_is_there = any(f.name == name for f in thing._meta.concrete_fields)
        if key and field_is_there and thing._meta.get_field(name).related_model is not Person:
            found.append(key)
    if hasattr(thing, "parties"):
        found += list(thing.parties.values_list("pk", flat=True))
    return found
