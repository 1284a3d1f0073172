"""Who wears a hat: the people behind the holder of a turn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from pochin.participants.models import HeldState, Organisation, Person, RoleHeld

RIGHT = {
    "view": Q(),
    "edit": Q(seats__may_edit=True),
    "sign": Q(seats__may_sign=True),
}


def people(hats: Iterable[str]) -> QuerySet[Person]:
    """The active people who wear one of these hats today."""
    today = timezone.localdate()
    wanted = Q(pk__in=[])
    for hat in hats:
        name, _at, where = hat.partition("@")
        if name == "person":
            wanted |= Q(pk=int(where))
        elif name in RIGHT:
            seat = Q(seats__organisation=int(where.removeprefix("org-")))
            wanted |= RIGHT[name] & seat & _held("seats", today)
        elif where.isdigit():
            role = Q(roles__programme=int(where), roles__code=name)
            wanted |= role & _held("roles", today)
    return Person.objects.filter(wanted, is_active=True).distinct()


def organisation_named(seen: QuerySet[Organisation], words: str) -> Organisation | None:
    """The organisation of this INN or of this very name, among those a reader sees.

    Of a name that several bear none is meant: then the INN tells them apart.
    """
    words = " ".join(words.split())
    if not words:
        return None
    if words.isdigit():
        return seen.filter(inn=words).order_by("kpp").first()
    same = Q(pk__in=[])
    for field in ("name_ru", "name_en", "full_name_ru", "full_name_en"):
        same |= Q(**{f"{field}__iexact": words})
    found = list(seen.filter(same)[:2])
    return found[0] if len(found) == 1 else None


def offices(programme_id: int) -> dict[int, str]:
    """What each of a programme's people is there today, in words, by the key of the person."""
    found: dict[int, list[str]] = {}
    for one in RoleHeld.objects.held().filter(programme_id=programme_id).order_by("code"):
        found.setdefault(one.person_id, []).append(str(one.get_code_display()))
    return {person: ", ".join(words) for person, words in found.items()}


def _held(what: str, day: date) -> Q:
    """What counts on this day; what was ended on it gives nothing from that moment on."""
    lasting = Q(**{f"{what}__until__isnull": True}) | Q(**{f"{what}__until__gte": day})
    begun = {f"{what}__since__lte": day, f"{what}__state": HeldState.HELD}
    return Q(**begun) & lasting
