"""What people say about a thing of any room."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from pochin.coordination.models.common import About
from pochin.core import tongue
from pochin.participants.models import (
    Person,
)


class RemarkQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> RemarkQuerySet:
        """One's own; what others said is found through the thing it is about."""
        return self.filter(by_id=user.pk) if user.pk else self.none()


class Remark(About):
    """What somebody said about a thing, to those who may see it."""

    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(_("text"), max_length=4000)
    told = models.ManyToManyField(Person, related_name="+")

    objects: ClassVar[models.Manager] = RemarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("remark")
        indexes = [models.Index(fields=["kind", "thing_id", "at"])]

    def __str__(self) -> str:
        return tongue.own(self.text)
