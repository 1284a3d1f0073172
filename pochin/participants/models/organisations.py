"""Organisations, the seats of people in them, and invitations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import imprints
from pochin.participants import identifiers, regions
from pochin.participants.models.people import Person
from pochin.participants.models.words import MEMBER_STATES, State, in_reader_language, new_key
from pochin.participants.policy import Role, auditor, organisations, programmes, staff
from pochin.search import index
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


def _memberships() -> models.QuerySet:
    """Memberships stand above: an organisation is there before it joins anything."""
    return apps.get_model("participants", "Membership").objects.all()


class OrganisationQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> OrganisationQuerySet:
        """All for the staff of programmes; else one's own, and members who agreed to be shown."""
        if staff(user) or auditor(user):
            return self
        own = Q(pk__in=organisations(user))
        member = Exists(_memberships().filter(organisation=OuterRef("pk"), state__in=MEMBER_STATES))
        return self.filter(own | (Q(is_public=True) & member))


class OrganisationKind(models.TextChoices):
    SCIENCE = "science", _("science")
    BUSINESS = "business", _("business")
    DEVELOPER = "developer", _("developer")
    PRODUCER = "producer", _("producer")
    ANCHOR = "anchor", _("anchor company")
    UNIVERSITY = "university", _("university")
    TECHNOPARK = "technopark", _("technopark")
    SITE_OWNER = "site_owner", _("site owner")
    AUTHORITY = "authority", _("authority")


class Size(models.TextChoices):
    MICRO = "micro", _("micro")
    SMALL = "small", _("small")
    MEDIUM = "medium", _("medium")
    LARGE = "large", _("large")


class OrganisationState(models.TextChoices):
    REGISTERED = "registered", _("registered")
    CLOSED = "closed", _("closed by the state register")


class Organisation(models.Model):
    """A legal person: a company, a university, the post, a department of the city."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    name_ru = models.CharField(_("short name in Russian"), max_length=250)
    name_en = models.CharField(_("short name in English"), max_length=250, blank=True)
    full_name_ru = models.CharField(_("full name in Russian"), max_length=500, blank=True)
    full_name_en = models.CharField(_("full name in English"), max_length=500, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, default="RU")
    inn = models.CharField(_("INN"), max_length=12, blank=True, validators=[identifiers.inn])
    kpp = models.CharField(_("KPP"), max_length=9, blank=True, validators=[identifiers.kpp])
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True, validators=[identifiers.ogrn])
    # By the code of the tax service; see `regions`.
    region = models.CharField(_("region"), max_length=2, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    postcode = models.CharField(_("postal index"), max_length=10, blank=True)
    okved = models.CharField(_("main activity (OKVED)"), max_length=12, blank=True)
    size = models.CharField(_("size"), max_length=10, choices=Size, blank=True)
    founded_on = models.DateField(_("founded"), null=True, blank=True)
    site_url = models.URLField(_("web site"), blank=True)
    about_ru = models.TextField(_("about, in Russian"), max_length=4000, blank=True)
    about_en = models.TextField(_("about, in English"), max_length=4000, blank=True)
    is_public = models.BooleanField(_("may be shown to everybody"), default=False)
    state = models.CharField(
        max_length=20,
        choices=OrganisationState,
        default=OrganisationState.REGISTERED,
        editable=False,
    )
    # What the state register says of its standing, in the register's own words.
    standing = models.CharField(_("by the state register"), max_length=300, blank=True)
    ceased_on = models.DateField(_("ceased"), null=True, blank=True, editable=False)
    register_on = models.DateField(_("extract of"), null=True, blank=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)
    source = models.CharField(max_length=120, blank=True, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["inn", "kpp"],
                condition=~Q(inn=""),
                name="organisation_inn_kpp_once",
                violation_error_message=_(
                    "An organisation with this INN and KPP is already in the register."
                ),
            )
        ]
        indexes = [
            models.Index(fields=["name_ru"]),
            models.Index(fields=["ogrn"]),
            models.Index(fields=["region", "name_ru"]),
            # The catalogue for everybody, by name.
            models.Index(
                fields=["name_ru"], condition=Q(is_public=True), name="organisation_public_by_name"
            ),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    def get_absolute_url(self) -> str:
        return address("participants:organisation", self.key)

    @property
    def organisation_id(self) -> int:
        return self.pk

    @property
    def is_closed(self) -> bool:
        return self.state == OrganisationState.CLOSED

    @property
    def region_name(self) -> str:
        return regions.name(self.region)


index.declare(
    Organisation,
    title=lambda o: f"{o.name_ru} {o.name_en}",
    text=lambda o: f"{o.full_name_ru} {o.full_name_en} {o.inn} {o.ogrn} {o.about_ru} {o.about_en}",
)


class Kind(models.Model):
    """One of the kinds an organisation is of."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="kinds")
    code = models.CharField(max_length=20, choices=OrganisationKind)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="kind_once")]

    def __str__(self) -> str:
        return self.get_code_display()


class HeldState(models.TextChoices):
    HELD = "held", _("held")
    ENDED = "ended", _("ended")


class Held(models.Model):
    """Something a person holds from a day to a day."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    state = models.CharField(
        max_length=10, choices=HeldState, default=HeldState.HELD, editable=False
    )
    since = models.DateField(_("since"), default=timezone.localdate)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        abstract = True


class SeatQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> SeatQuerySet:
        """One's own, those of one's organisations, and of those one's programmes look after."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(person_id=user.pk) | Q(organisation__in=organisations(user))
        looked_after = (
            apps.get_model("participants", "Membership")
            .objects.filter(
                organisation=OuterRef("organisation"),
                programme__in=programmes(user, Role.COORDINATOR, Role.LAWYER, Role.AUDITOR),
            )
            .exclude(state=State.DRAFT)
        )
        return self.filter(mine | Exists(looked_after))

    def held(self) -> SeatQuerySet:
        """Those that give rights today."""
        today = timezone.localdate()
        lasting = Q(until__isnull=True) | Q(until__gte=today)
        return self.filter(lasting, state=HeldState.HELD, since__lte=today)


class Seat(Held):
    """A person's place in an organisation, with the rights that go with it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="seats")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="seats")
    position = models.CharField(_("post"), max_length=160, blank=True)
    may_edit = models.BooleanField(_("may edit"), default=False)
    may_sign = models.BooleanField(_("may sign"), default=False)
    attorney = models.CharField(_("power of attorney, number"), max_length=60, blank=True)

    objects: ClassVar[models.Manager] = SeatQuerySet.as_manager()
    shown_with = ("person", "organisation")

    class Meta:
        verbose_name = _("seat")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"],
                condition=Q(until__isnull=True),
                name="seat_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("participants:seat", args=[self.key])

    @property
    def rights(self) -> list[str]:
        return ["view"] + ["edit"] * self.may_edit + ["sign"] * self.may_sign


class InvitationState(models.TextChoices):
    SENT = "sent", _("waiting for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> InvitationQuerySet:
        """Those of one's organisations, and those sent to one's own address."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(organisation__in=organisations(user)) | Q(email=user.email))


class Invitation(models.Model):
    """A seat offered to whoever reads the mail of an address."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail of the colleague"))
    position = models.CharField(_("post"), max_length=160, blank=True)
    may_edit = models.BooleanField(_("may edit"), default=False)
    may_sign = models.BooleanField(_("may sign"), default=False)
    attorney = models.CharField(_("power of attorney, number"), max_length=60, blank=True)
    invited_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    sent_at = models.DateTimeField(_("sent"), editable=False)
    state = models.CharField(
        max_length=10, choices=InvitationState, default=InvitationState.SENT, editable=False
    )

    objects: ClassVar[models.Manager] = InvitationQuerySet.as_manager()
    shown_with = ("organisation",)

    class Meta:
        verbose_name = _("invitation")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(state="sent"),
                name="invitation_one_open",
            )
        ]
        indexes = [models.Index(fields=["email", "state"])]

    def __str__(self) -> str:
        return f"{self.email} — {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("participants:invitation", args=[self.key])


# What the state register tells of it anew, without a move.
imprints.keep(
    Organisation,
    loose=["inn", "kpp", "ogrn", "full_name_ru", "legal_form", "region", "postcode", "okved",
           "founded_on", "ceased_on", "standing", "state", "register_on"],
)  # fmt: skip
