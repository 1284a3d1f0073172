"""What the installation remembers of how it is kept."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class BackupQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> BackupQuerySet:
        """Those who keep the installation running."""
        return self if "administrator" in user.hats else self.none()


class Backup(models.Model):
    """An archive that was written whole: when, how large. Where it lies is nobody's to read."""

    made_at = models.DateTimeField()
    size = models.BigIntegerField()

    objects = BackupQuerySet.as_manager()

    class Meta:
        verbose_name = _("backup")

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
