"""Numbers of postal items: two letters, eight digits, a check digit, two letters of a country.

Source: Universal Postal Union, Technical Standard S10, Identification of postal items.
"""

from __future__ import annotations

import re

WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
SHAPE = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
# ISO 3166-1 alpha-2, as of 2026.
ISO_3166 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR"
    " BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ"
    " EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW"
    " GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY"
    " KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV"
    " MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY"
    " QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG"
    " TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM"
    " ZW"
)
COUNTRIES = frozenset(ISO_3166.split())


def check_digit(serial: int) -> int:
    """The digit that follows a serial number of eight digits.

    >>> check_digit(12345678)
    5
    """
    if not 0 <= serial <= 99_999_999:
        raise ValueError(f"serial is {serial}, but it must have at most eight digits")
    total = sum(w * int(d) for w, d in zip(WEIGHTS, f"{serial:08}", strict=True))
    rest = 11 - total % 11
    return {10: 0, 11: 5}.get(rest, rest)


def number(service: str, serial: int, country: str) -> str:
    """The whole number of an item.

    >>> number("RB", 12345678, "GB")
    'RB123456785GB'
    """
    return f"{service}{serial:08}{check_digit(serial)}{country}"


def compact(text: str) -> str:
    """The number without spaces, in capitals."""
    return re.sub(r"\s", "", text).upper()


def is_valid(text: str) -> bool:
    """Whether shape, country and check digit are right.

    >>> is_valid("RB 123 456 785 GB"), is_valid("RB123456786US"), is_valid("RB123456785XX")
    (True, False, False)
    """
    item = compact(text)
    if not SHAPE.fullmatch(item) or item[-2:] not in COUNTRIES:
        return False
    return check_digit(int(item[2:10])) == int(item[10])
