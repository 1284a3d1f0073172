"""The table of documents: what they are, and where their bytes lie."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pochin.files.kinds import KINDS


class State(models.TextChoices):
    """waiting → ready | refused; most files are ready at once."""

    WAITING = "waiting", _("waiting for the virus check")
    READY = "ready", _("ready")
    REFUSED = "refused", _("refused")


class FileQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> FileQuerySet:
        """Those one sent oneself. Whoever else may read a file reads it through its thing."""
        return self.filter(uploaded_by=user.pk) if user.pk else self.none()


def _key() -> str:
    return secrets.token_urlsafe(16)


class File(models.Model):
    """A document somebody sent. Equal bytes are kept once, under their SHA-256.

    A thing points at its files by a foreign key or many-to-many of its own, and serves them in
    a view of its own, so that who may see the thing decides who may see the file.
    """

    # Names the file in an address; of no use without the right to see its thing.
    key = models.CharField(max_length=22, unique=True, default=_key, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(_("size"))
    kind = models.CharField(_("kind"), max_length=10)
    name = models.CharField(_("name"), max_length=200)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        verbose_name=_("sent by"),
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("sent"))
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    reason = models.TextField(_("reason"), blank=True)

    objects = FileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="refused") & ~Q(reason=""))
                | (~Q(state="refused") & Q(reason="")),
                name="file_refused_with_a_reason",
            )
        ]
        indexes = [
            models.Index(fields=["uploaded_at"], condition=Q(state="waiting"), name="file_waiting")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def media_type(self) -> str:
        return KINDS[self.kind].media_type
