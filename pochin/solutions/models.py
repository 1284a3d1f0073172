"""Solutions: what a company offers, who uses it, how ready it says it is."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.participants.models import Organisation, Programme, in_reader_language
from pochin.participants.policy import STAFF, Role, organisations, programmes
from pochin.search import index
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class State(models.TextChoices):
    """The life of a solution in the catalogue."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    LISTED = "listed", _("in the catalogue")
    STALE = "stale", _("needs refresh")
    ARCHIVED = "archived", _("archived")


PUBLIC_STATES = [State.LISTED, State.STALE]


class Category(models.TextChoices):
    SORTING = "sorting", _("sorting and handling")
    DELIVERY = "delivery", _("delivery and the last mile")
    TRANSPORT = "transport", _("transport and routes")
    OFFICES = "offices", _("service in offices")
    ADDRESS = "address", _("addresses and documents")
    CUSTOMS = "customs", _("international mail and customs")
    FINANCE = "finance", _("payments and finance")
    SECURITY = "security", _("security")
    ENERGY = "energy", _("buildings and energy")
    PEOPLE = "people", _("people and training")
    DATA = "data", _("data and analysis")
    OTHER = "other", _("other")


class PriceModel(models.TextChoices):
    PURCHASE = "purchase", _("one-off purchase")
    SUBSCRIPTION = "subscription", _("subscription")
    USE = "use", _("price for each use")
    LICENCE = "licence", _("licence")
    SHARE = "share", _("share of the saving")
    FREE = "free", _("free of charge")
    OTHER = "other", _("by agreement")


class PersonalData(models.TextChoices):
    NONE = "none", _("no personal data")
    PSEUDONYMS = "pseudonyms", _("pseudonyms only")
    PERSONAL = "personal", _("personal data")


class SolutionQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> SolutionQuerySet:
        """The catalogue is public; its company sees the rest, the staff what was submitted."""
        shown = Q(state__in=PUBLIC_STATES)
        if not user.is_authenticated:
            return self.filter(shown)
        own = Q(organisation__in=organisations(user))
        staffed = programmes(user, *STAFF, Role.AUDITOR)
        handed_in = Q(programme__in=staffed) & ~Q(state=State.DRAFT)
        return self.filter(shown | own | handed_in)

    def listed(self) -> SolutionQuerySet:
        """What stands in the catalogue."""
        return self.filter(state__in=PUBLIC_STATES)


LANGUAGES = ("ru", "en")
# What an application freezes, in the order of the page.
CONTENT = (
    "name_ru",
    "name_en",
    "line_ru",
    "line_en",
    "about_ru",
    "about_en",
    "change_ru",
    "change_en",
    "users_ru",
    "users_en",
    "category",
    "trl",
    "price_model",
    "price_ru",
    "price_en",
    "data_ru",
    "data_en",
    "personal_data",
    "needs_ru",
    "needs_en",
    "rights_ru",
    "rights_en",
    "certificates",
    "country",
    "site_url",
)


class Solution(models.Model):
    """Something a company offers to the post."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="solutions", verbose_name=_("organisation")
    )
    # The programme whose coordinators look after its place in the catalogue.
    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="solutions", verbose_name=_("programme")
    )
    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    line_ru = models.CharField(_("in one line, in Russian"), max_length=200)
    line_en = models.CharField(_("in one line, in English"), max_length=200, blank=True)
    about_ru = models.TextField(_("description, in Russian"), max_length=6000, blank=True)
    about_en = models.TextField(_("description, in English"), max_length=6000, blank=True)
    change_ru = models.TextField(_("what it changes, in Russian"), max_length=2000, blank=True)
    change_en = models.TextField(_("what it changes, in English"), max_length=2000, blank=True)
    users_ru = models.TextField(_("who already uses it, in Russian"), max_length=2000, blank=True)
    users_en = models.TextField(_("who already uses it, in English"), max_length=2000, blank=True)
    category = models.CharField(_("category"), max_length=20, choices=Category)
    trl = models.PositiveSmallIntegerField(
        _("technology readiness level, claimed"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
    )
    price_model = models.CharField(_("price model"), max_length=20, choices=PriceModel, blank=True)
    price_ru = models.CharField(_("price, in Russian"), max_length=300, blank=True)
    price_en = models.CharField(_("price, in English"), max_length=300, blank=True)
    data_ru = models.TextField(_("data it processes, in Russian"), max_length=2000, blank=True)
    data_en = models.TextField(_("data it processes, in English"), max_length=2000, blank=True)
    personal_data = models.CharField(
        _("personal data"), max_length=20, choices=PersonalData, blank=True
    )
    needs_ru = models.TextField(
        _("what it must be connected to, in Russian"), max_length=2000, blank=True
    )
    needs_en = models.TextField(
        _("what it must be connected to, in English"), max_length=2000, blank=True
    )
    rights_ru = models.TextField(_("patents and rights, in Russian"), max_length=2000, blank=True)
    rights_en = models.TextField(_("patents and rights, in English"), max_length=2000, blank=True)
    certificates = models.CharField(_("certificates"), max_length=500, blank=True)
    country = models.CharField(_("country of origin"), max_length=2, default="RU")
    site_url = models.URLField(_("web page"), blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    listed_at = models.DateTimeField(_("in the catalogue since"), null=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = SolutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("solution")
        verbose_name_plural = _("solutions")
        constraints = [
            models.CheckConstraint(
                name="solution_trl_is_1_to_9",
                condition=Q(trl__isnull=True) | Q(trl__gte=1, trl__lte=9),
            ),
            models.CheckConstraint(
                name="solution_listed_has_day",
                condition=~Q(state__in=["listed", "stale"])
                | Q(listed_at__isnull=False, confirmed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-listed_at"]),
            models.Index(fields=["organisation", "state"]),
            models.Index(fields=["confirmed_at"]),
            # One category of the catalogue, the latest first.
            models.Index(fields=["category", "-id", "state"]),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    @property
    def line(self) -> str:
        return in_reader_language(self.line_ru, self.line_en)

    def get_absolute_url(self) -> str:
        return address("solutions:solution", self.number)

    def snapshot(self) -> dict[str, Any]:
        """What the solution says in this version; an application keeps it as it was."""
        return {
            "solution": self.number,
            "version": self.version,
            **{name: getattr(self, name) for name in CONTENT},
        }

    def fingerprint(self) -> str:
        """SHA-256 of the snapshot."""
        return signatures.fingerprint(self.snapshot())


def _told(solution: Solution) -> str:
    """What a solution is found by beside its name."""
    organisation = solution.organisation
    own = [f"{name}_{lang}" for name in ("line", "about", "change", "users") for lang in LANGUAGES]
    texts = [getattr(solution, name) for name in own]
    return " ".join([*texts, organisation.name_ru, organisation.name_en])


index.declare(
    Solution,
    title=lambda s: f"{s.name_ru} {s.name_en}",
    text=_told,
    number=lambda s: s.number,
    fetch=lambda things: things.select_related("organisation"),
)
