"""What the post does with an item that goes abroad, by the codes of its lists of operations.

Source: Russian Post, list of operations and attributes of the tracking service (public interface).
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

OPERATIONS: dict[int, Any] = {
    1: _("accepted"),
    2: _("delivered"),
    3: _("returned"),
    4: _("forwarded"),
    5: _("not delivered"),
    6: _("kept at the office"),
    8: _("processed"),
    9: _("entered the country of destination"),
    10: _("left the country"),
    11: _("handed to customs"),
    12: _("delivery was tried"),
    13: _("departure registered"),
    14: _("customs clearance"),
    18: _("lost"),
    27: _("electronic registration received"),
    28: _("number given"),
    31: _("with the carrier"),
    33: _("international processing"),
    39: _("declared to customs beforehand"),
    40: _("customs control"),
}
ATTRIBUTES: dict[tuple[int, int], Any] = {
    (1, 1): _("single item"),
    (1, 2): _("in a batch"),
    (2, 1): _("to the addressee"),
    (2, 2): _("to the sender"),
    (3, 1): _("time of storage is over"),
    (3, 2): _("asked by the sender"),
    (5, 1): _("item lost"),
    (8, 1): _("left the place of acceptance"),
    (8, 2): _("arrived at the place of delivery"),
    (8, 3): _("arrived at a sorting centre"),
    (8, 4): _("left a sorting centre"),
    (8, 5): _("arrived at the place of international exchange"),
    (8, 6): _("left the place of international exchange"),
    (8, 7): _("arrived at the place of transit"),
    (8, 8): _("left the place of transit"),
    (12, 1): _("the addressee was not there"),
    (12, 4): _("the address was wrong"),
    (12, 6): _("the addressee refused"),
    (14, 1): _("released by customs"),
    (14, 2): _("returned by customs"),
    (14, 3): _("inspected by customs"),
    (14, 4): _("release refused"),
}


def is_known(operation: int, attribute: int) -> bool:
    """Whether the lists have this operation, and this attribute of it; 0 is no attribute."""
    if operation not in OPERATIONS:
        return False
    return attribute == 0 or (operation, attribute) in ATTRIBUTES


def words(operation: int, attribute: int) -> str:
    """What happened, in the reader's language."""
    said = str(OPERATIONS.get(operation, operation))
    more = ATTRIBUTES.get((operation, attribute))
    return f"{said}: {more}" if more else said
