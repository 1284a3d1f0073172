"""Registers of trade: goods by their codes, countries, flows, distances, tariffs, rates.

Facts of public statistics, each with the reading of the file it came from; nobody edits them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from babel import Locale
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pochin.markets.duties import duty_words, unit_words
from pochin.participants.policy import Role, programmes
from pochin.search import index

# The world as a partner of trade, in the files of the United Nations.
WORLD = "W00"
CODE = RegexValidator(r"^\d{2,10}$", _("A code of goods is two to ten digits."))
ALPHA3 = RegexValidator(r"^[A-Z0-9]{3}$", _("A country is three capital letters."))


class RunQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> RunQuerySet:
        """For those who work with the numbers and have to know where they are from."""
        allowed = programmes(user, Role.COORDINATOR, Role.EXPORT_MANAGER, Role.AUDITOR)
        return self if allowed else self.none()


class Run(models.Model):
    """One reading of a file of a register: whose figures they are and what came of it."""

    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(_("register"), max_length=20)
    file = models.CharField(_("file"), max_length=200)
    origin = models.CharField(_("source"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(_("when"))
    created = models.PositiveIntegerField(_("new"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    broken = models.PositiveIntegerField(_("broken rows"), default=0)
    # [[line, words], …]: what was wrong or is worth knowing, the first thousand.
    remarks = models.JSONField(default=list)

    objects: ClassVar[models.Manager] = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading of a trade register")

    def __str__(self) -> str:
        return self.origin or self.file


class Fact(models.Model):
    """A row of a register, with the reading that last changed it."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Country(Fact):
    """A country by its codes; its names are those of the languages themselves."""

    code = models.CharField(_("country"), max_length=3, unique=True, validators=[ALPHA3])
    alpha2 = models.CharField(max_length=2, unique=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    class Meta:
        verbose_name = _("country")

    def __str__(self) -> str:
        return country_name(self.alpha2)


@lru_cache(maxsize=1024)
def _territory(alpha2: str, language: str) -> str:
    return Locale.parse(language).territories.get(alpha2, alpha2)


def countries_by_words() -> dict[str, str]:
    """The three letters of each country by its codes and its names in both languages."""
    found: dict[str, str] = {}
    for code, alpha2 in Country.objects.values_list("code", "alpha2"):
        names = (code, alpha2, _territory(alpha2, "ru"), _territory(alpha2, "en"))
        found |= {folded(name): code for name in names}
    return found


def folded(word: str) -> str:
    """A word as it is compared: without case, ё as е, one space between words."""
    return " ".join(word.casefold().replace("ё", "е").split())


def country_name(alpha2: str) -> str:
    """The name of a country in the language of the page."""
    return _territory(alpha2, "en" if get_language() == "en" else "ru")


class HeadingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> HeadingQuerySet:  # noqa: ARG002 - the same for everybody
        """The nomenclature of today is public."""
        return self.current()

    def current(self) -> HeadingQuerySet:
        """Codes that stand in the editions of today."""
        return self.filter(Q(in_hs2022=True) | Q(in_eaeu=True))

    def goods(self) -> HeadingQuerySet:
        """What can be written on a paper: a subheading of six digits or a code of ten."""
        return self.current().filter(digits__in=(6, 10))


class Heading(Fact):
    """A code of the Harmonised System or of the nomenclature of the Eurasian union (ТН ВЭД)."""

    code = models.CharField(_("code"), max_length=10, unique=True, validators=[CODE])
    digits = models.PositiveSmallIntegerField()
    name_ru = models.TextField(blank=True)
    name_en = models.TextField(blank=True)
    # How HS 2017 called it; says what to look for where the code was changed in 2022.
    name_2017 = models.TextField(blank=True)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    duty = models.CharField(_("import duty"), max_length=200, blank=True)
    in_hs2017 = models.BooleanField(default=False)
    in_hs2022 = models.BooleanField(default=False)
    in_eaeu = models.BooleanField(default=False)

    objects: ClassVar[models.Manager] = HeadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("code of goods")
        indexes = [models.Index(fields=["digits", "code"])]

    def __str__(self) -> str:
        return f"{self.written} {self.name}".strip()

    @property
    def name(self) -> str:
        """What it is called in the language of the page, else in the other."""
        both = (self.name_ru, self.name_en)
        first, second = both if get_language() != "en" else both[::-1]
        return first or second or self.name_2017

    @property
    def language(self) -> str:
        """The language `name` is in."""
        here = "en" if get_language() == "en" else "ru"
        if here == "ru":
            return "ru" if self.name_ru else "en"
        return "en" if self.name_en or not self.name_ru else "ru"

    @property
    def duty_words(self) -> str:
        """The import duty as readers of the page write it."""
        return duty_words(self.duty) if self.duty else ""

    @property
    def unit_words(self) -> str:
        """The unit in the language of the page; empty where none is asked for."""
        return unit_words(self.unit)

    @property
    def written(self) -> str:
        """The code as papers write it: 4407 11 930 0."""
        code = self.code
        parts = [code[:4], code[4:6], code[6:9], code[9:]] if len(code) > 4 else [code]
        return " ".join(part for part in parts if part)

    @property
    def is_current(self) -> bool:
        return self.in_hs2022 or self.in_eaeu

    @property
    def is_for_papers(self) -> bool:
        """Whether a declaration may name it: groups of headings are not goods."""
        return self.is_current and self.digits in (6, 10)

    def get_absolute_url(self) -> str:
        return reverse("markets:heading", args=[self.code])


def _own_words(heading: Heading) -> str:
    """What it is called itself, without the groups it stands in: behind the last arrow."""
    return f"{heading.name_ru.rpartition('→')[2]} {heading.name_en}"


index.declare(
    Heading,
    title=_own_words,
    text=lambda heading: heading.name_ru,
    number=lambda heading: heading.code,
    in_order=True,
)


class Flow(Fact):
    """What a country bought of these goods in a year, from one partner or from the world."""

    reporter = models.CharField(max_length=3, validators=[ALPHA3])
    partner = models.CharField(max_length=3, validators=[ALPHA3])
    code = models.CharField(max_length=6, validators=[CODE])
    year = models.PositiveSmallIntegerField()
    # In US dollars, as the statistics give it.
    value = models.DecimalField(max_digits=20, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "reporter", "partner", "year"], name="flow_once"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="flow_not_below_zero"),
        ]


class Distance(Fact):
    """How far two countries are from each other, weighted by where their people live, in km."""

    origin = models.CharField(max_length=3, validators=[ALPHA3])
    destination = models.CharField(max_length=3, validators=[ALPHA3])
    km = models.DecimalField(max_digits=9, decimal_places=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "destination"], name="distance_once")
        ]


class Logistics(Fact):
    """The logistics performance index of a country in a year, from 1 to 5."""

    country = models.CharField(max_length=3, validators=[ALPHA3])
    year = models.PositiveSmallIntegerField()
    score = models.DecimalField(max_digits=4, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "year"], name="logistics_once"),
            models.CheckConstraint(
                condition=Q(score__gte=1) & Q(score__lte=5), name="logistics_from_1_to_5"
            ),
        ]


class Tariff(Fact):
    """The duty a country takes on these goods, in per cent of their value."""

    country = models.CharField(max_length=3, validators=[ALPHA3])
    code = models.CharField(max_length=10, validators=[CODE])
    year = models.PositiveSmallIntegerField()
    rate = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "code", "year"], name="tariff_once")
        ]


class Rate(Fact):
    """How many roubles stood for so many units of a currency from a day on."""

    currency = models.CharField(_("currency"), max_length=3)
    day = models.DateField(_("day"))
    nominal = models.PositiveIntegerField(default=1)
    roubles = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="rate_once"),
            models.CheckConstraint(
                condition=Q(roubles__gt=0) & Q(nominal__gt=0), name="rate_above_zero"
            ),
        ]
