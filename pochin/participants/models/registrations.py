"""Asking to take part: an organisation, its person and the programme they wish for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.participants import identifiers
from pochin.participants.models.organisations import Organisation
from pochin.participants.models.people import Person
from pochin.participants.models.programmes import Programme
from pochin.participants.models.words import in_reader_language, new_key
from pochin.participants.policy import Role, programmes


class RegistrationState(models.TextChoices):
    ASKED = "asked", _("waiting for the centre")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class RegistrationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> RegistrationQuerySet:
        """One's own requests, and those the coordinators of the programme must answer."""
        if not user.is_authenticated:
            return self.none()
        told = programmes(user, Role.COORDINATOR, Role.AUDITOR)
        return self.filter(Q(person_id=user.pk) | Q(programme__in=told))


class Registration(models.Model):
    """A person's request to speak for an organisation, whether it is known here or not."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="registrations")
    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="+", verbose_name=_("programme")
    )
    name_ru = models.CharField(_("short name in Russian"), max_length=250)
    name_en = models.CharField(_("short name in English"), max_length=250, blank=True)
    inn = models.CharField(_("INN"), max_length=12, validators=[identifiers.inn])
    kpp = models.CharField(_("KPP"), max_length=9, blank=True, validators=[identifiers.kpp])
    ogrn = models.CharField(_("OGRN"), max_length=15, validators=[identifiers.ogrn])
    position = models.CharField(_("your post there"), max_length=160)
    may_sign = models.BooleanField(_("I sign for the organisation"), default=True)
    attorney = models.CharField(_("power of attorney, number"), max_length=60, blank=True)
    asked_at = models.DateTimeField(_("asked"), editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", editable=False
    )
    state = models.CharField(
        max_length=10,
        choices=RegistrationState,
        default=RegistrationState.ASKED,
        editable=False,
    )

    objects: ClassVar[models.Manager] = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to register")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "inn", "kpp"],
                condition=Q(state="asked"),
                name="registration_one_open",
            )
        ]
        indexes = [models.Index(fields=["programme", "state"])]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    def get_absolute_url(self) -> str:
        return reverse("participants:registration", args=[self.key])
