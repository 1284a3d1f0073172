"""Sites: places where a pilot can happen, their black-out days, feeds and imports."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import imprints
from pochin.participants import regions
from pochin.participants.models import (
    Organisation,
    Person,
    Programme,
    RegisterRead,
    in_reader_language,
    own,
)
from pochin.participants.policy import STAFF, Role, may_have, organisations, programmes
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class State(models.TextChoices):
    """The life of a site."""

    NOMINATED = "nominated", _("nominated")
    CHECKED = "checked", _("checked")
    HAS_STATUS = "has_status", _("has the status of a site")
    SUSPENDED = "suspended", _("suspended")
    WITHDRAWN = "withdrawn", _("withdrawn")


class SiteKind(models.TextChoices):
    POST_OFFICE = "office", _("post office")
    MOBILE_OFFICE = "mobile", _("mobile post office")
    PARCEL_LOCKER = "locker", _("parcel locker")
    SORTING_CENTRE = "sorting", _("sorting centre")
    EXCHANGE_OFFICE = "exchange", _("office of international exchange")
    DELIVERY_UNIT = "delivery", _("delivery unit")
    HUB = "hub", _("logistics hub")
    WAREHOUSE = "warehouse", _("warehouse")
    ROUTE = "route", _("route")
    FLEET = "fleet", _("vehicle fleet")
    DATA_CENTRE = "data", _("data centre")
    CUSTOMERS = "customers", _("customer segment")
    ADMINISTRATION = "administration", _("administration")
    TECHNICAL = "technical", _("technical index")
    OUTSIDE = "outside", _("outside the post")
    OTHER = "other", _("other object")


class SizeClass(models.TextChoices):
    SMALL = "small", _("small")
    MEDIUM = "medium", _("medium")
    LARGE = "large", _("large")


def known_zone(value: str) -> None:
    """A time zone by its name in the tz database."""
    if value not in available_timezones():
        raise ValidationError(
            _t("%(value)s is not a time zone; write it like Asia/Omsk.") % {"value": value}
        )


class SiteQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> SiteQuerySet:
        """Public places; else those of one's programmes and organisations, or kept by oneself."""
        shown = Q(is_public=True)
        if not user.is_authenticated:
            return self.filter(shown)
        if programmes(user, Role.AUDITOR):
            return self
        mine = Q(programme__in=programmes(user, *STAFF)) | Q(owner__in=organisations(user))
        if not may_have(user, "sites"):
            return self.filter(shown | mine)
        deputy = Deputy.objects.filter(site=OuterRef("pk"), person_id=user.pk, until__isnull=True)
        return self.filter(shown | mine | Q(responsible_id=user.pk) | Exists(deputy))

    def inside(self, user: Any) -> SiteQuerySet:
        """Those one works with: of one's programmes and organisations, or kept by oneself."""
        if not user.is_authenticated:
            return self.none()
        mine: Q | Combinable = Q(programme__in=programmes(user, *STAFF, Role.AUDITOR))
        mine |= Q(owner__in=organisations(user))
        if may_have(user, "sites"):
            deputy = Deputy.objects.filter(
                site=OuterRef("pk"), person_id=user.pk, until__isnull=True
            )
            mine |= Q(responsible_id=user.pk) | Exists(deputy)
        return self.filter(mine)


class Site(models.Model):
    """A place where a pilot can happen."""

    # The postal index where there is one; otherwise counted up, below every index.
    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    postcode = models.CharField(
        _("postal index"),
        max_length=6,
        blank=True,
        validators=[RegexValidator(r"^[1-9]\d{5}$", _("A postcode is six digits."))],
    )
    kind = models.CharField(_("kind"), max_length=20, choices=SiteKind)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    region = models.CharField(_("region"), max_length=2, blank=True)
    area = models.CharField(_("district"), max_length=120, blank=True)
    city = models.CharField(_("town"), max_length=120, blank=True)
    address_ru = models.CharField(_("address in Russian"), max_length=300, blank=True)
    address_en = models.CharField(_("address in English"), max_length=300, blank=True)
    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    zone = models.CharField(
        _("time zone"), max_length=40, default=regions.MOSCOW, validators=[known_zone]
    )
    size = models.CharField(_("size"), max_length=10, choices=SizeClass, blank=True)
    hours = models.CharField(_("opening hours"), max_length=200, blank=True)
    systems = models.CharField(_("systems in place"), max_length=500, blank=True)
    restrictions_ru = models.TextField(_("restrictions, in Russian"), max_length=2000, blank=True)
    restrictions_en = models.TextField(_("restrictions, in English"), max_length=2000, blank=True)
    capacity = models.PositiveSmallIntegerField(_("pilots at the same time"), default=1)

    owner = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sites",
        verbose_name=_("unit it belongs to"),
    )
    # The programme that nominated or checked the place and answers for its status.
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sites",
        verbose_name=_("programme"),
    )
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("subordinate to"),
    )
    responsible = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sites",
        verbose_name=_("responsible person"),
    )
    instruction = models.CharField(
        _("safety instruction"), max_length=200, blank=True, editable=False
    )
    instructed_on = models.DateField(_("instruction in force from"), null=True, editable=False)
    consent_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    consent_at = models.DateTimeField(_("consent of the head"), null=True, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.NOMINATED, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    is_public = models.BooleanField(_("shown to everybody"), default=True)
    is_demonstration = models.BooleanField(default=False, editable=False)
    source = models.CharField(max_length=120, blank=True, editable=False)
    # What the register calls the place, and when its record last changed.
    register_kind = models.CharField(max_length=30, blank=True, editable=False)
    register_on = models.DateField(null=True, editable=False)
    # The index of the place above it, as the register names it, known here or not.
    register_parent = models.CharField(max_length=6, blank=True, editable=False)

    objects: ClassVar[models.Manager] = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [
            models.UniqueConstraint(
                fields=["postcode"], condition=~Q(postcode=""), name="site_postcode_once"
            ),
            models.CheckConstraint(
                name="site_coordinate_is_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
            ),
            models.CheckConstraint(
                name="site_with_status_has_a_responsible",
                condition=~Q(state="has_status")
                | Q(responsible__isnull=False, consent_at__isnull=False) & ~Q(instruction=""),
            ),
        ]
        indexes = [
            models.Index(fields=["region", "number"]),
            # The list is by region, so each filter leads into the same order.
            models.Index(fields=["kind", "region", "number"]),
            models.Index(fields=["state", "region", "number"]),
            models.Index(fields=["city", "number"]),
            models.Index(fields=["name_ru", "number"]),
            models.Index(fields=["postcode"]),
            models.Index(fields=["parent", "number"]),
            models.Index(fields=["register_parent"]),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    def get_absolute_url(self) -> str:
        return address("sites:site", self.number)

    @property
    def region_name(self) -> str:
        return regions.name(self.region)

    @property
    def place(self) -> str:
        """Region, district and town in one line."""
        parts = [self.region_name, self.area, self.city]
        return ", ".join(dict.fromkeys(part for part in parts if part))

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Word(models.Model):
    """A word by which a site is found; a table of its own, so that search reads an index."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="words")
    text = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text", "site"], name="word_once")]

    def __str__(self) -> str:
        return self.text


class Deputy(models.Model):
    """Who stands in for the responsible person of a site, from a day to a day."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="deputies")
    person = models.ForeignKey(Person, models.PROTECT, related_name="deputises")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("deputy")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "person"], condition=Q(until__isnull=True), name="deputy_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.site}"


own(
    "sites",
    "SELECT 1 FROM sites_site WHERE responsible_id = %s "
    "UNION ALL SELECT 1 FROM sites_deputy WHERE person_id = %s AND until IS NULL",
)


class BlackOut(models.Model):
    """Days on which nothing may be tried at a site."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="black_outs")
    number = models.PositiveSmallIntegerField(editable=False)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    why_ru = models.CharField(_("why, in Russian"), max_length=200)
    why_en = models.CharField(_("why, in English"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("black-out days")
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="black_out_number_once"),
            models.CheckConstraint(
                name="black_out_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.why_ru, self.why_en)


class Frequency(models.TextChoices):
    LIVE = "live", _("all the time")
    HOUR = "hour", _("every hour")
    DAY = "day", _("every day")
    WEEK = "week", _("every week")
    MONTH = "month", _("every month")
    ASKED = "asked", _("when asked")


class Feed(models.Model):
    """A series of measurements a site can give."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="feeds")
    code = models.SlugField(_("code of the metric"), max_length=40)
    name_ru = models.CharField(_("what is measured, in Russian"), max_length=200)
    name_en = models.CharField(_("what is measured, in English"), max_length=200, blank=True)
    unit_ru = models.CharField(_("unit, in Russian"), max_length=40, blank=True)
    unit_en = models.CharField(_("unit, in English"), max_length=40, blank=True)
    frequency = models.CharField(_("how often"), max_length=10, choices=Frequency)
    since = models.DateField(_("since"))
    system = models.CharField(_("from which system"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("feed of measurements")
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="feed_code_once")]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)


class ImportRun(RegisterRead):
    """One reading of the register of sites."""

    class Meta:
        verbose_name = _("import of sites")


def black_outs_between(site: Site, first: date, last: date) -> models.QuerySet[BlackOut]:
    """The black-out days of a site that touch these days."""
    return site.black_outs.filter(starts_on__lte=last, ends_on__gte=first).order_by("starts_on")


# What the register of post offices tells of it anew, without a move.
imprints.keep(
    Site,
    loose=["name_ru", "region", "area", "city", "register_kind", "register_on", "register_parent",
           "parent_id"],
)  # fmt: skip
