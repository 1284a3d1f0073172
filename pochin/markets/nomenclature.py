"""Codes of goods: is this one right, and which are nearest where it is not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from pochin.markets.models import Heading

NEAREST = 5
# So many codes of 6 and of 10 digits a whole nomenclature has at least: HS 2022 has 5,612 of six,
# the union's about 13,000 of ten.
WHOLE = {6: 5_000, 10: 11_000}
# Lengths a code may have; nine digits are groups inside the union's nomenclature.
LENGTHS = (2, 4, 6, 9, 10)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a code somebody wrote.

    Attributes:
        code: The digits alone.
        heading: The code of today's nomenclature, where it is one.
        problem: One sentence, empty where the code can stand on a paper.
        nearest: Right codes to choose from instead.
        is_told: Whether `problem` names the right code already.
    """

    code: str
    heading: Heading | None = None
    problem: str = ""
    nearest: tuple[Heading, ...] = ()
    is_told: bool = False

    @property
    def is_right(self) -> bool:
        return not self.problem


def check(written: str) -> Checked:
    """Say whether this is a code of goods that a paper may name, and which to take if not."""
    code = re.sub(r"[\s. -]", "", written)
    if not re.fullmatch(r"[0-9]+", code) or len(code) > 10:
        words = _("“%(code)s” is not a code of goods: it has 6 digits (HS) or 10 (EAEU).")
        return Checked(code, problem=words % {"code": written.strip()[:40]})
    heading = Heading.objects.filter(code=code).first()
    if heading is not None and heading.is_current:
        return _standing(heading)
    if heading is not None:
        words = _("%(code)s is a code of HS 2017; the edition of 2022 changed it. Take a new one.")
        return Checked(code, problem=words % {"code": code}, nearest=_nearest(code))
    if restored := _with_its_zero(code):
        words = _("The zero at the beginning of %(code)s was lost: the code is %(right)s.")
        said = words % {"code": code, "right": restored.code}
        return Checked(code, problem=said, nearest=(restored,), is_told=True)
    if old := _outdated_beginning(code):
        words = _(
            "%(code)s begins with %(old)s, a code of HS 2017 that the edition of 2022 changed. "
            "Take a new one."
        )
        return Checked(code, problem=words % {"code": code, "old": old}, nearest=_nearest(code))
    return Checked(code, problem=_is_none(code), nearest=_nearest(code))


def is_whole(digits: int) -> bool:
    """Whether the nomenclature of so many digits is here as a whole, and not a part of it."""
    return _loaded(digits) >= WHOLE[digits]


def _loaded(digits: int) -> int:
    return Heading.objects.current().filter(digits=digits).count()


def _is_none(code: str) -> str:
    """That there is no such code; where only a part of the nomenclature is here, just that."""
    digits = 10 if len(code) > 6 else 6
    loaded = _loaded(digits)
    if loaded >= WHOLE[digits]:
        # What the union's own nomenclature was before today nobody tells us; of HS we know both.
        if digits == 10:
            return _("There is no code %(code)s in today's nomenclature.") % {"code": code}
        return _("There has never been a code %(code)s, in HS 2017 or 2022.") % {"code": code}
    words = _(
        "The code %(code)s is not among the %(n)d loaded here, which are a part of the "
        "nomenclature. Find one by words on the page of codes, or ask the administrator to load "
        "the rest."
    )
    return words % {"code": code, "n": loaded}


def _outdated_beginning(code: str) -> str:
    """The subheading of HS 2017 this longer code begins with, where 2022 has it no more."""
    if len(code) <= 6:
        return ""
    old = Heading.objects.filter(code=code[:6], in_hs2017=True).first()
    return "" if old is None or old.is_current else old.code


def _standing(heading: Heading) -> Checked:
    if heading.is_for_papers:
        return Checked(heading.code, heading)
    words = _("%(code)s is a group of goods; choose one of its codes.") % {"code": heading.code}
    inside = Heading.objects.goods().filter(code__startswith=heading.code)
    return Checked(heading.code, heading, words, tuple(inside.order_by("code")[:NEAREST]))


def _with_its_zero(code: str) -> Heading | None:
    """The code a spreadsheet took the first zero from: 401… is not a length codes have."""
    if len(code) not in {1, 3, 5, 9}:
        return None
    return Heading.objects.current().filter(code=f"0{code}").first()


def _nearest(code: str) -> tuple[Heading, ...]:
    """Right codes that share the longest beginning with this one, the closest numbers first."""
    digits = 10 if len(code) > 6 else 6
    number = int(code[:digits].ljust(digits, "0"))
    for length in range(min(len(code), digits) - 1, 1, -1):
        alike = Heading.objects.current().filter(digits=digits, code__startswith=code[:length])
        # Numbers of equal length stand in the order of their digits: look to both sides.
        above = alike.filter(code__gte=f"{number:0{digits}}").order_by("code")[:NEAREST]
        below = alike.filter(code__lt=f"{number:0{digits}}").order_by("-code")[:NEAREST]
        found = sorted([*above, *below], key=lambda one: abs(int(one.code) - number))
        if found:
            return tuple(found[:NEAREST])
    return ()


def path(heading: Heading) -> list[Heading]:
    """The headings above a code, the chapter first, then the code itself."""
    above = [heading.code[:length] for length in LENGTHS if length < len(heading.code)]
    return [*Heading.objects.current().filter(code__in=above).order_by("digits"), heading]


def inside(heading: Heading) -> list[Heading]:
    """The codes right below a heading."""
    deeper = Heading.objects.current().filter(
        code__startswith=heading.code, digits__gt=heading.digits
    )
    next_step = deeper.order_by("digits").values_list("digits", flat=True).first()
    return list(deeper.filter(digits=next_step).order_by("code")) if next_step else []
