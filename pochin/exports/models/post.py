"""The postal channel: ranges of item numbers, declarations, trial shipments and their events."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import imprints
from pochin.exports import s10
from pochin.exports.models.project import OfProjectQuerySet, Project, Shipped
from pochin.participants.models import Person


class ItemRange(models.Model):
    """A range of S10 item numbers the post gave to a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="ranges")
    service = models.CharField(_("letters of the service"), max_length=2)
    country = models.CharField(_("letters of the country"), max_length=2, default="RU")
    first = models.PositiveIntegerField(_("first serial number"))
    last = models.PositiveIntegerField(_("last serial number"))
    following = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("range of item numbers")
        constraints = [
            models.CheckConstraint(
                name="item_range_is_in_order",
                condition=Q(first__lte=F("last"), last__lte=99_999_999, following__gte=F("first")),
            ),
        ]

    @property
    def issued(self) -> int:
        """How many of its numbers have been issued."""
        return self.following - self.first

    @property
    def left(self) -> int:
        """How many of its numbers are still free."""
        return self.last - self.following + 1

    @property
    def next_item(self) -> str:
        """The number that will be issued next, with its check digit; empty when all are used."""
        return s10.number(self.service, self.following, self.country) if self.left else ""

    def __str__(self) -> str:
        return f"{self.service}{self.first:08}–{self.last:08}{self.country}"


class Shipment(models.Model):
    """A trial item: its number, its declaration, what the post said of it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="shipments")
    item = models.CharField(_("number of the item"), max_length=13, unique=True)
    sent_on = models.DateField(_("sent"))
    noted_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("trial shipment")

    def __str__(self) -> str:
        return self.item


class Event(models.Model):
    """An operation with an item, by the post's lists of operations and attributes."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="events")
    at = models.DateTimeField(_("when"))
    operation = models.PositiveSmallIntegerField(_("operation"))
    attribute = models.PositiveSmallIntegerField(_("attribute"), default=0)
    place = models.CharField(_("place"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("operation with an item")
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "at", "operation", "attribute"], name="item_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.operation}.{self.attribute}"


class Declaration(models.Model):
    """A customs declaration CN22 or CN23 as it was filled in; printed and given as data."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="declarations")
    number = models.PositiveSmallIntegerField(editable=False)
    kind = models.CharField(max_length=4, choices=[("CN22", "CN22"), ("CN23", "CN23")])
    # A `pochin-customs/1` document; see `pochin.exports.declaration`.
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"))

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("customs declaration")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="declaration_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.content.get('item', '')}".strip()

    def get_absolute_url(self) -> str:
        project: Any = self.project
        return reverse(
            "exports:declaration", args=[project.programme.code, project.number, self.number]
        )


imprints.keep(
    Project,
    along=lambda p: [
        p.targets, p.readiness, p.supports, p.barriers, p.contracts, p.declarations, p.ranges,
        p.shipments, Shipped.objects.filter(contract__project=p),
        Event.objects.filter(shipment__project=p),
    ],
)  # fmt: skip
