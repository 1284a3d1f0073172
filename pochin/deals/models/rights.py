"""Intellectual property: what each side brought, what came of the pilot, who may use it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import imprints, tongue
from pochin.deals.models.deal import Deal
from pochin.deals.money import rounded
from pochin.participants.models import Organisation


class Origin(models.TextChoices):
    """Whether a right was there before the work together or came of it."""

    BACKGROUND = "background", _("brought along")
    FOREGROUND = "foreground", _("came of the work together")


class RightKind(models.TextChoices):
    INVENTION = "invention", _("invention")
    MODEL = "model", _("utility model")
    DESIGN = "design", _("industrial design")
    PROGRAM = "program", _("computer program")
    DATABASE = "database", _("database")
    TRADEMARK = "trademark", _("trade mark")
    SECRET = "secret", _("trade secret")


class Right(models.Model):
    """One result of intellectual work that a deal concerns."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="rights")
    number = models.PositiveSmallIntegerField(editable=False)
    origin = models.CharField(_("where it comes from"), max_length=12, choices=Origin)
    kind = models.CharField(_("what it is"), max_length=12, choices=RightKind)
    title = models.CharField(_("what it is called"), max_length=200)
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    registration = models.CharField(_("number of the registration"), max_length=60, blank=True)
    registered_on = models.DateField(_("registered"), null=True, blank=True)

    class Meta:
        verbose_name = _("right")
        constraints = [models.UniqueConstraint(fields=["deal", "number"], name="right_number_once")]

    def __str__(self) -> str:
        return tongue.own(self.title)


class Every(models.TextChoices):
    QUARTER = "quarter", _("every quarter")
    HALF = "half", _("every half year")
    YEAR = "year", _("every year")


MONTHS = {Every.QUARTER: 3, Every.HALF: 6, Every.YEAR: 12}


class Licence(models.Model):
    """Who may use a right, where, until when, and for what share of the income."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="licences")
    number = models.PositiveSmallIntegerField(editable=False)
    right = models.ForeignKey(
        Right, models.PROTECT, related_name="licences", verbose_name=_("right")
    )
    licensee = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("licensee")
    )
    is_exclusive = models.BooleanField(_("exclusive"), default=False)
    territory = models.CharField(_("territory"), max_length=200)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    royalty = models.DecimalField(_("royalty, % of the income"), max_digits=5, decimal_places=2)
    base = models.CharField(_("income from what"), max_length=200)
    every = models.CharField(_("report"), max_length=8, choices=Every, default=Every.QUARTER)

    class Meta:
        verbose_name = _("licence")
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="licence_number_once"),
            models.CheckConstraint(
                name="licence_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="licence_royalty_is_a_share", condition=Q(royalty__gte=0, royalty__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return str(self.right)


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ReportQuerySet:
        """To those who see the deal."""
        return self.filter(licence__deal__in=Deal.objects.visible_to(user).values("pk"))


class RoyaltyReport(models.Model):
    """What a licensee owes for one period: expected from the first day, filled in when it came."""

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="reports")
    number = models.PositiveSmallIntegerField()
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    due_on = models.DateField(_("due"))
    income = models.DecimalField(_("income"), max_digits=18, decimal_places=2, null=True)
    reported_at = models.DateTimeField(_("reported"), null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("royalty report")
        constraints = [
            models.UniqueConstraint(fields=["licence", "number"], name="royalty_report_once"),
            models.CheckConstraint(
                name="royalty_report_is_whole",
                condition=Q(income__isnull=True, reported_at__isnull=True)
                | Q(income__gte=0, reported_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["due_on"])]

    def __str__(self) -> str:
        return f"{self.licence}, {self.first_day:%d.%m.%Y}–{self.last_day:%d.%m.%Y}"

    @property
    def royalty(self) -> Decimal | None:
        """What is owed for the period, to the cent."""
        return None if self.income is None else rounded(self.income * self.licence.royalty / 100)

    @property
    def is_overdue(self) -> bool:
        return self.reported_at is None and self.due_on < timezone.localdate()


def periods(licence: Licence) -> list[tuple[date, date]]:
    """First and last days of the periods a licensee reports on; the last may be shorter."""
    found: list[tuple[date, date]] = []
    first = licence.starts_on
    while first <= licence.ends_on:
        following = _months_later(
            licence.starts_on, MONTHS[Every(licence.every)] * (len(found) + 1)
        )
        last = min(date.fromordinal(following.toordinal() - 1), licence.ends_on)
        found.append((first, last))
        first = following
    return found


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


imprints.keep(
    Deal,
    along=lambda d: [
        d.payments, d.deliveries, d.rights, d.licences,
        RoyaltyReport.objects.filter(licence__deal=d),
    ],
)  # fmt: skip
