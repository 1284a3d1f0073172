"""The acts of sites that wait for one person: read together, signed one by one.

An act is the consent of a site, or its word that it is ready to start. Each is signed by the move
behind its own button, in a transaction of its own: what is refused for one does not stop the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from pochin.core import signatures
from pochin.core.lifecycle import Move, Refused, obstacles
from pochin.core.policy import Forbidden
from pochin.pilots import policy
from pochin.pilots.lifecycle import slot_life
from pochin.pilots.models import Pilot, Plan, SiteSlot, SlotState
from pochin.sites.models import BlackOut

# More nobody reads before signing.
MOST = 200
# The move that signs the act a slot waits for.
MOVES = {SlotState.AGREED: "confirm", SlotState.CONFIRMED: "sign_start"}
ACTS = {"confirm": SiteSlot.consent, "sign_start": SiteSlot.start_act}


@dataclass(frozen=True, slots=True)
class Act:
    """What one site signs, with its exact words and what stands in the way."""

    slot: SiteSlot
    move: Move
    said: dict[str, Any]
    why_not: str = ""

    @property
    def sha256(self) -> str:
        return signatures.fingerprint(self.said)

    @property
    def words(self) -> str:
        """The bytes that are signed, as text."""
        return signatures.canonical(self.said).decode()

    @property
    def key(self) -> str:
        """Which act was read, as the form sends it back."""
        numbers = f"{self.slot.pilot.number}:{self.slot.site.number}"
        return f"{self.move.name}:{numbers}:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one act: signed, or why not."""

    slot: SiteSlot
    why_not: str = ""


def awaited(user: Any, pilot: Pilot | None = None) -> list[Act]:
    """The acts that wait for the user, of one pilot or of all, in the order of pilots and sites."""
    slots = SiteSlot.objects.visible_to(user).kept_by(user).awaiting_act()
    if pilot is not None:
        slots = slots.filter(pilot=pilot)
    related = ("site", "pilot__programme", "pilot__need", "pilot__organisation")
    ordered = slots.select_related(*related).order_by("pilot__number", "site__number")
    found = [slot for slot in ordered[:MOST] if policy.untied(user, slot)]
    _read_beforehand(found)
    given = {"at": timezone.now(), "by": user}
    acts = []
    for slot in found:
        move = slot_life.moves[MOVES[slot.state]]
        why_not = " ".join(obstacles(move, slot, given))
        acts.append(Act(slot, move, ACTS[move.name](slot), why_not))
    return acts


def _read_beforehand(slots: list[SiteSlot]) -> None:
    """What the guards and the words of many acts need, in one question for each table."""
    plans = Plan.objects.filter(
        pilot__in={slot.pilot_id for slot in slots}, locked_at__isnull=False
    ).order_by("version")
    locked = {plan.pilot_id: plan for plan in plans}
    sites = {slot.site_id for slot in slots}
    first = min((slot.starts_on for slot in slots), default=None)
    last = max((slot.ends_on for slot in slots), default=None)
    others: list[SiteSlot] = []
    black: list[BlackOut] = []
    if first is not None and last is not None:
        others = list(SiteSlot.objects.touching(first, last).filter(site__in=sites))
        black = list(BlackOut.objects.filter(site__in=sites, starts_on__lte=last,
                                             ends_on__gte=first))  # fmt: skip
    for slot in slots:
        slot.pilot.held = {"locked": [locked[slot.pilot_id]]}
        slot.held = {
            "others": [one for one in others
                       if one.pilot_id != slot.pilot_id and _touch(one, slot)],
            "black_outs": [one for one in black if _touch(one, slot)],
        }  # fmt: skip


def _touch(one: SiteSlot | BlackOut, slot: SiteSlot) -> bool:
    is_here = one.site_id == slot.site_id
    return is_here and one.starts_on <= slot.ends_on and one.ends_on >= slot.starts_on


def sign(keys: Iterable[str], *, by: Any) -> tuple[list[Line], list[Line]]:
    """Sign the acts that were read; answers with those that are signed and those refused."""
    signed, refused = [], []
    for key in list(dict.fromkeys(keys))[:MOST]:
        name, _colon, rest = key.partition(":")
        numbers, _colon, read = rest.rpartition(":")
        slot = _slot(by, numbers)
        if name not in ACTS or slot is None or not read:
            continue
        try:
            slot_life.make(name, slot, by=by, read=read)
        except (Refused, Forbidden) as refusal:
            refused.append(Line(slot, str(refusal)))
        else:
            signed.append(Line(slot))
    return signed, refused


def _slot(user: Any, numbers: str) -> SiteSlot | None:
    pilot, _colon, site = numbers.partition(":")
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in (pilot, site)):
        return None
    found = SiteSlot.objects.visible_to(user).filter(
        pilot__number=int(pilot), site__number=int(site)
    )
    return found.select_related("site", "pilot").exclude(state=SlotState.RELEASED).first()


def by_promise(acts: Iterable[Act]) -> list[tuple[Pilot, str, list[Act]]]:
    """The acts of each pilot that promise the same, under the name of their move."""
    found: dict[tuple[int, str], tuple[Pilot, str, list[Act]]] = {}
    for act in acts:
        named = (act.slot.pilot_id, act.move.name)
        found.setdefault(named, (act.slot.pilot, act.move.name, []))[2].append(act)
    return list(found.values())
