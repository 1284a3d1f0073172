"""The roll-out: waves of sites, how many of them use it, and what it brings after the pilot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import imprints
from pochin.deals.models.deal import Deal
from pochin.participants.models import Person, Programme
from pochin.sites.models import Site


class RollOutState(models.TextChoices):
    PLANNED = "planned", _("planned")
    WAVES = "waves", _("going on in waves")
    COMPLETE = "complete", _("complete")
    FROZEN = "frozen", _("frozen")
    ROLLED_BACK = "rolled_back", _("rolled back")


class Way(models.TextChoices):
    """How a benefit was found."""

    BESIDE = "beside", _("against the days before, beside sites without it")
    ALONE = "alone", _("against the days before, with no site beside")
    TYPED = "typed", _("typed by hand")


class Gap(models.TextChoices):
    """Why nothing can be computed from the readings that came after the pilot."""

    NO_READINGS = "no_readings", _("No readings have come after the pilot yet.")
    NOBODY_BEGAN = "nobody_began", _("No site with readings works with the solution yet.")
    NO_PAST = (
        "no_past",
        _("No site has readings both from before it began and from after the pilot."),
    )


class RollOutQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> RollOutQuerySet:
        """To those who see the deal."""
        return self.filter(deal__in=Deal.objects.visible_to(user).values("pk"))


class RollOut(models.Model):
    """How a bought solution comes to the sites, wave by wave."""

    deal = models.OneToOneField(Deal, models.CASCADE, related_name="roll_out")
    state = models.CharField(
        max_length=12, choices=RollOutState, default=RollOutState.PLANNED, editable=False
    )
    started_at = models.DateTimeField(_("begun"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    gap = models.CharField(max_length=12, choices=Gap, default=Gap.NO_READINGS, editable=False)

    objects: ClassVar[models.Manager] = RollOutQuerySet.as_manager()
    shown_with = ("deal__programme",)

    class Meta:
        verbose_name = _("roll-out")

    def __str__(self) -> str:
        return str(self.deal)

    @property
    def code(self) -> str:
        return self.deal.code

    @property
    def programme(self) -> Programme:
        return self.deal.programme

    @property
    def programme_id(self) -> int:
        return self.deal.programme_id

    def get_absolute_url(self) -> str:
        return reverse("deals:roll_out", args=[self.deal.programme.code, self.deal.number])


class Wave(models.Model):
    """Some sites that begin together."""

    roll_out = models.ForeignKey(RollOut, models.CASCADE, related_name="waves")
    number = models.PositiveSmallIntegerField(editable=False)
    planned_on = models.DateField(_("planned for"))
    sites = models.ManyToManyField(Site, through="WaveSite", related_name="waves")

    class Meta:
        verbose_name = _("wave")
        constraints = [
            models.UniqueConstraint(fields=["roll_out", "number"], name="wave_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class WaveSite(models.Model):
    """A site of a wave, and since when it works with the solution."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="places")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    adopted_on = models.DateField(_("works with it since"), null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "site"], name="wave_site_once")]
        indexes = [models.Index(fields=["wave", "adopted_on"])]

    def __str__(self) -> str:
        return str(self.site)


class Realised(models.Model):
    """What the metric of the pilot showed over a period after it.

    Computed from the readings that went on being sent, and then written anew whenever they
    change; or typed by hand with the source, and marked so.
    """

    roll_out = models.ForeignKey(RollOut, models.CASCADE, related_name="realised")
    number = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=8, choices=Way, default=Way.TYPED)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    # Whether it is about all days with readings, and not about one month of them.
    is_whole = models.BooleanField(default=False)
    sites = models.PositiveIntegerField(_("sites measured"))
    comparison = models.PositiveIntegerField(_("sites beside"), default=0)
    # In the unit of the metric (a share where the plan promised one), signed as the pilot's effect.
    effect = models.DecimalField(_("effect"), max_digits=20, decimal_places=6)
    # The two-sided 95 % interval, where there are sites enough to give one.
    low = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    high = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    source = models.CharField(_("where the number comes from"), max_length=300, blank=True)
    noted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("realised benefit")
        constraints = [
            models.UniqueConstraint(fields=["roll_out", "number"], name="realised_number_once"),
            models.CheckConstraint(
                name="realised_ends_after_it_starts", condition=Q(last_day__gte=F("first_day"))
            ),
            models.CheckConstraint(
                name="realised_typed_by_somebody",
                condition=~Q(way="typed") | Q(noted_by__isnull=False) & ~Q(source=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect}"


def adoption(roll_out: RollOut) -> tuple[int, int]:
    """How many sites work with the solution, and how many are planned."""
    places = WaveSite.objects.filter(wave__roll_out=roll_out)
    return places.filter(adopted_on__isnull=False).count(), places.count()


def share_of_promise(effect: Decimal, threshold: float, direction: str) -> Decimal:
    """The realised effect as a share of what was promised: 1 as promised, negative worse."""
    sign = -1 if direction == "lower" else 1
    return effect / (sign * Decimal(str(threshold)))


imprints.keep(
    RollOut,
    along=lambda r: [r.waves, WaveSite.objects.filter(wave__roll_out=r)],
    loose=["gap"],
)
