"""Views of lists that people keep for themselves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> SavedViewQuerySet:
        """One's own; nobody sees which questions another person asks."""
        return self.filter(person_id=user.pk) if user.is_authenticated else self.none()


class SavedView(models.Model):
    """A list as a person left it: search, filters and order under a name of their own."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="saved_views",
        verbose_name=_("whose"),
    )
    # The name of the class that declares the list.
    listing = models.CharField(max_length=60)
    label = models.CharField(_("name"), max_length=60)
    # What stands in the address after the question mark.
    query = models.TextField(max_length=2000)
    # The list opens with this view.
    is_default = models.BooleanField(_("default"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "listing", "label"], name="saved_view_named_once"
            ),
            models.UniqueConstraint(
                fields=["person", "listing"],
                condition=Q(is_default=True),
                name="saved_view_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.label
