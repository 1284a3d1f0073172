"""What the lab says, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext, gettext_noop

from pochin.core import numbers
from pochin.lab.plurals import numbered
from pochin.lab.result import Flag
from pochin.pilots.lab_words.reasons import REASONS
from pochin.ui import formats

PLACE = re.compile(r"%\((\w+)\)([.\d]*[dsfg])|%%")
DIGITS = re.compile(r"\d+")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
WITHOUT = "att without donor "
SUMS = {"actual", "high"}  # the lab writes them in hundredths
MINOR = 100
LEAST_P = 0.001  # Smaller ones say no more to a reader.
WORDS = {
    "capex": gettext_noop("Cost of the roll-out"),
    "running": gettext_noop("Running cost a year"),
    "meets": gettext_noop("meets the threshold"),
    "harm": gettext_noop("harm"),
    "promising": gettext_noop("promising"),
    "no-effect-shown": gettext_noop("no effect shown"),
    "inconclusive": gettext_noop("inconclusive"),
    "residual": gettext_noop("single readings"),
    "cluster": gettext_noop("units of the lot"),
    "cluster_period": gettext_noop("periods of a unit"),
    "vendor": gettext_noop("money of the vendor"),
    "post": gettext_noop("money of the post"),
    "grant": gettext_noop("money of a grant"),
    "other": gettext_noop("money of another source"),
    "treatment": gettext_noop("with the solution"),
    "control": gettext_noop("without"),
}


def flag_of(flag: Flag) -> str:
    """What the lab noticed, as a sentence."""
    return told(flag.message, flag.evidence)


def told(message: str, evidence: Mapping[str, Any]) -> str:
    """A sentence of the lab with its places filled."""
    if not evidence:
        return gettext(message)
    said = PLACE.sub(lambda found: _filled(found, evidence), gettext(message))
    # Russian sentences name what is counted before its number, so they have one form.
    return said if formats.language() == "ru" else numbered(said.replace(" %", "%"))


def _filled(place: re.Match[str], evidence: Mapping[str, Any]) -> str:
    name, kind = place.groups()
    if name is None:
        return "%"
    value = evidence[name]
    if value is None:
        return formats.DASH
    if isinstance(value, str):
        return _word(value)
    if name in SUMS and kind == "s":
        return formats.number(value / MINOR)
    small = name == "p_value" and value < LEAST_P
    written = f"< {LEAST_P}" if small else f"%{kind}" % value
    written = written.replace("-", formats.MINUS) if value < 0 else written
    # A sentence in Russian writes 0,05 where English has 0.05.
    return written.replace(".", ",") if formats.language() == "ru" else written


def _word(value: str) -> str:
    if value.startswith(WITHOUT):
        return gettext("Without “%(unit)s”") % {"unit": value.removeprefix(WITHOUT)}
    parts = value.split(", ")
    if all(DAY.match(part) for part in parts):
        return ", ".join(formats.day(date.fromisoformat(part)) for part in parts)
    if all(part in WORDS for part in parts):
        return ", ".join(gettext(WORDS[part]) for part in parts)
    return reason(numbers.reread(value))


def reason(value: str) -> str:
    """Why the lab could not compute, in the reader's language; other words stay as they are."""
    if value in REASONS:
        return gettext(value)
    pattern = DIGITS.sub("{}", value)
    return gettext(pattern).format(*DIGITS.findall(value)) if pattern in REASONS else value
