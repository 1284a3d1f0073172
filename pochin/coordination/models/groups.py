"""Working groups of several organisations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pochin.coordination.models.common import READERS
from pochin.participants.models import (
    Organisation,
    Person,
    Programme,
    in_reader_language,
)
from pochin.participants.policy import programmes
from pochin.search import index
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class GroupQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> GroupQuerySet:
        """Those of one's programmes, and those one sits in."""
        if not user.is_authenticated:
            return self.none()
        mine = GroupSeat.objects.filter(person_id=user.pk).values("group")
        return self.filter(Q(programme__in=programmes(user, *READERS)) | Q(pk__in=mine))


class WorkingGroup(models.Model):
    """People of several organisations who work on one subject together."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(editable=False)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    purpose_ru = models.TextField(_("purpose in Russian"), max_length=2000, blank=True)
    purpose_en = models.TextField(_("purpose in English"), max_length=2000, blank=True)

    objects: ClassVar[models.Manager] = GroupQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = _("working group")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="group_number_once")
        ]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    def get_absolute_url(self) -> str:
        return address("coordination:group", self.programme.code, self.number)


class GroupSeat(models.Model):
    """A person in a working group, and whom they speak for there."""

    group = models.ForeignKey(WorkingGroup, models.CASCADE, related_name="seats")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    is_chair = models.BooleanField(_("leads the group"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="group_seat_once")]

    def __str__(self) -> str:
        return f"{self.person}, {self.organisation}"


index.declare(
    WorkingGroup,
    title=lambda g: f"{g.name_ru} {g.name_en}",
    text=lambda g: " ".join(
        [g.purpose_ru, g.purpose_en]
        + [f"{s.organisation.name_ru} {s.organisation.name_en}" for s in g.seats.all()]
    ),
    fetch=lambda things: things.prefetch_related("seats__organisation"),
    along=lambda g: [g.meetings.all()],
)
