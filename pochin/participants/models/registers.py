"""Imports of registers, and tokens by which programs come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.participants.models.people import Person
from pochin.participants.policy import Role, programmes


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ImportRunQuerySet:
        """For coordinators and auditors."""
        allowed = programmes(user, Role.COORDINATOR, Role.AUDITOR)
        return self if allowed else self.none()


class RegisterRead(models.Model):
    """One reading of a register file: what came of it; every register keeps its own."""

    number = models.PositiveIntegerField(unique=True)
    source = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(_("when"))
    created = models.PositiveIntegerField(_("new"))
    updated = models.PositiveIntegerField(_("updated"))
    unchanged = models.PositiveIntegerField(_("unchanged"))
    broken = models.PositiveIntegerField(_("broken rows"))
    # [[line, words], …]: what was wrong or is worth knowing, the first thousand.
    remarks = models.JSONField(default=list)

    objects: ClassVar[models.Manager] = ImportRunQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d}"


class ImportRun(RegisterRead):
    """One reading of the register of organisations."""

    class Meta:
        verbose_name = _("import of organisations")


class TokenQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> TokenQuerySet:
        """One's own, and nobody else's."""
        return self.filter(person_id=user.pk) if user.pk else self.none()

    def ending(self, at: datetime, within: timedelta) -> TokenQuerySet:
        """Those in use that end soon, whose owners were not told yet."""
        alive = self.filter(revoked_at__isnull=True, person__is_active=True, ends_at__gt=at)
        return alive.filter(ends_at__lte=at + within, warned_at__isnull=True)


class Token(models.Model):
    """Lets a program read as its person, or also send readings; a hash, revoked at any time."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(_("what for"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    may_send = models.BooleanField(_("may send readings"), default=False)
    issued_at = models.DateTimeField(_("issued"))
    ends_at = models.DateTimeField(_("ends"))
    # When its owner was told that it ends soon.
    warned_at = models.DateTimeField(null=True, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        constraints = [
            models.CheckConstraint(
                name="token_ends_after_its_issue", condition=Q(ends_at__gt=F("issued_at"))
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("participants:tokens")
