"""What the post does with an item that goes abroad, by the codes of its lists of operations.

Source: Russian Post, list of operations and attributes of the tracking service (public interface).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

OPERATIONS: dict[int, Any] = {
    1: _("accepted"),
    2: _("delivered"),
    3: _("returned"),
    4: _("forwarded"),
    5: _("not delivered"),
    6: _("kept at the office"),
    7: _("kept for a while"),
    8: _("processed"),
    9: _("entered the country of destination"),
    10: _("left the country"),
    11: _("handed to customs"),
    12: _("delivery was tried"),
    13: _("departure registered"),
    14: _("customs clearance"),
    15: _("handed over to be kept for a while"),
    16: _("destroyed"),
    17: _("contents taken over by the post"),
    18: _("lost"),
    19: _("customs payments received"),
    20: _("registration made"),
    21: _("brought to the address"),
    22: _("could not be brought"),
    23: _("came to be kept for a while"),
    24: _("customs took more time"),
    25: _("opened"),
    26: _("cancelled"),
    27: _("electronic registration received"),
    28: _("number given"),
    29: _("passed the place of international exchange"),
    30: _("letter about it sent"),
    31: _("with the carrier"),
    32: _("came to the automatic office"),
    33: _("international processing"),
    34: _("electronic notice loaded"),
    35: _("courier delivery refused"),
    36: _("way of paying for delivery made clear"),
    37: _("prepared beforehand"),
    38: _("held to ask the sender"),
    39: _("declared to customs beforehand"),
    40: _("customs control"),
    41: _("customs payments processed"),
    42: _("delivery was tried a second time"),
    43: _("handing over allowed"),
    44: _("acceptance refused"),
    45: _("electronic notice refused by the addressee"),
    46: _("number taken back"),
    47: _("acceptance confirmed as possible"),
    48: _("delivered in part"),
    49: _("longer keeping refused"),
    50: _("could not be brought to the parcel locker"),
    51: _("could not be brought to the pick-up point"),
    52: _("cell of the parcel locker not kept free"),
    53: _("time of delivery booked"),
    54: _("time of delivery changed"),
    55: _("time of delivery given up"),
    56: _("returned to the office of the address"),
    57: _("not taken into the parcel locker"),
    58: _("way of handing over changed"),
    59: _("number of another system registered"),
    61: _("handed to the carrier of the department"),
    62: _("returned to the client"),
    63: _("cash on delivery paid"),
}
# The attributes each operation may have, as the post numbers them.
NUMBERS = {
    1: "1-11", 2: "0-31", 3: "1-23", 4: "1-19", 5: "1-3 8-9", 6: "1-5", 7: "1-4", 8: "0-78",
    9: "1-2", 12: "1-30", 14: "1-26", 21: "1-3", 22: "1-9",
    24: "1-5 1019-1020 1050-1065 1070 1073 1099", 26: "1-2",
    31: "1 5-7 14 21 23-24 31 40-43 48 57 59 74 82", 33: "1-3", 35: "1-9", 36: "0-2",
    38: "4 13 25", 39: "1-9", 40: "1-3", 41: "1-6", 42: "1-30", 44: "1-15", 49: "1-6",
    50: "1-8", 51: "1-6", 53: "1-3", 54: "1-2", 55: "1-6", 56: "1", 59: "0-5", 63: "0-4",
}  # fmt: skip
# The attributes that items on their way abroad meet, in words; of the others the number is told.
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
    (14, 5): _("sent on with a notice of customs"),
    (14, 6): _("sent on, customs payments are to be paid"),
    (14, 7): _("examination wanted"),
    (14, 8): _("release put off"),
    (14, 9): _("not accepted by customs"),
    (14, 10): _("inspected with technical means"),
    (14, 12): _("examination finished"),
    (14, 13): _("release allowed, payments are paid"),
    (14, 14): _("release refused, payments are not paid"),
    (14, 15): _("the declaration did not pass the check of its form"),
    (14, 18): _("to be shown to customs"),
    (14, 22): _("return allowed"),
    (14, 24): _("X-ray wanted"),
    (14, 25): _("departure refused"),
    (14, 26): _("departure allowed"),
    (31, 1): _("the transport arrived"),
    (31, 5): _("booking confirmed"),
    (31, 21): _("delivered"),
    (31, 23): _("in the place of destination"),
    (31, 24): _("loaded on board"),
    (31, 31): _("on the way"),
    (31, 40): _("arrived at the store of the carrier"),
    (31, 41): _("loaded over"),
    (31, 42): _("handed to another carrier"),
    (31, 43): _("received from another carrier"),
    (31, 48): _("loaded"),
    (31, 57): _("not loaded"),
    (31, 59): _("unloaded"),
    (31, 74): _("accepted for carriage"),
    (31, 82): _("returned"),
    (33, 1): _("handed to the carrier"),
    (33, 2): _("received by the designated operator"),
    (33, 3): _("processed by the designated operator"),
    (39, 1): _("registration made"),
    (39, 2): _("release allowed for the time being"),
    (39, 5): _("registration refused"),
    (39, 8): _("release allowed"),
    (39, 9): _("release refused"),
    (40, 1): _("payments are paid"),
    (40, 2): _("notice of a control"),
    (40, 3): _("release refused by an official"),
}


def is_known(operation: int, attribute: int) -> bool:
    """Whether the lists have this operation, and this attribute of it; 0 is no attribute."""
    if operation not in OPERATIONS:
        return False
    return attribute == 0 or attribute in _numbers(operation)


@cache
def _numbers(operation: int) -> frozenset[int]:
    found: set[int] = set()
    for part in NUMBERS.get(operation, "").split():
        first, _dash, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def words(operation: int, attribute: int) -> str:
    """What happened, in the reader's language."""
    said = str(OPERATIONS.get(operation, operation))
    more = ATTRIBUTES.get((operation, attribute))
    if more is None and attribute:
        more = _t("No. %(number)d of the post's list") % {"number": attribute}
    return f"{said}: {more}" if more else said
