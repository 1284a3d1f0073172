"""Who takes part: people, organisations, seats, programmes, roles, membership, conflicts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pochin.participants import identifiers
from pochin.participants.policy import Role, auditor, organisations, programmes, staff


def in_reader_language(ru: str, en: str) -> str:
    """The text in the reader's language, or in the other where there is none."""
    return (en or ru) if get_language() == "en" else (ru or en)


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, email: str | None) -> Person:
        return self.get(email=(email or "").lower())


class Person(AbstractBaseUser):
    """Somebody who signs in. What they may do follows from seats and roles, never from here."""

    email = models.EmailField(_("e-mail"), unique=True)
    name_ru = models.CharField(_("name in Russian"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(
        _("language of letters"),
        max_length=2,
        choices=[("ru", "Русский"), ("en", "English")],
        default="ru",
    )
    zone = models.CharField(_("time zone"), max_length=40, default="Europe/Moscow")
    is_active = models.BooleanField(default=True)
    # Keeps the installation running; has no rights to what people write in it.
    is_administrator = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()  # type: ignore[assignment]
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name_ru"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en) or self.email

    def get_full_name(self) -> str:
        return str(self)

    @cached_property
    def hats(self) -> frozenset[str]:
        """The words under which rules, lists and turns know this person; read once a request."""
        today = timezone.localdate()
        hats = {f"person@{self.pk}"}
        for seat in self.seats.all():
            if seat.is_held(today):
                hats |= {f"{right}@org-{seat.organisation_id}" for right in seat.rights}
        for held in self.roles.all():
            if held.is_held(today):
                hats.add(f"{held.code}@{held.programme_id}")
        for organisation_id in self.conflicts.standing().values_list("organisation_id", flat=True):
            hats.add(f"tie@org-{organisation_id}")
        if self.is_administrator:
            hats.add("administrator")
        return frozenset(hats)


class Guest(AnonymousUser):
    """A reader who has not signed in: sees what is public."""

    pk = None
    is_active = True  # type: ignore[assignment]
    hats: frozenset[str] = frozenset()
    language = ""
    zone = "Europe/Moscow"


class OrganisationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> OrganisationQuerySet:
        """All for the staff of programmes; else one's own, and members who agreed to be shown."""
        if staff(user) or auditor(user):
            return self
        own = Q(pk__in=organisations(user))
        member = Exists(
            Membership.objects.filter(organisation=OuterRef("pk"), state__in=MEMBER_STATES)
        )
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


class Organisation(models.Model):
    """A legal person: a company, a university, the post, a department of the city."""

    name_ru = models.CharField(_("short name in Russian"), max_length=250)
    name_en = models.CharField(_("short name in English"), max_length=250, blank=True)
    full_name_ru = models.CharField(_("full name in Russian"), max_length=500, blank=True)
    full_name_en = models.CharField(_("full name in English"), max_length=500, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, default="RU")
    inn = models.CharField(_("INN"), max_length=12, blank=True, validators=[identifiers.inn])
    kpp = models.CharField(_("KPP"), max_length=9, blank=True, validators=[identifiers.kpp])
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True, validators=[identifiers.ogrn])
    region = models.CharField(_("region"), max_length=120, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    postcode = models.CharField(_("postal index"), max_length=10, blank=True)
    okved = models.CharField(_("main activity (OKVED)"), max_length=12, blank=True)
    size = models.CharField(_("size"), max_length=10, choices=Size, blank=True)
    founded_on = models.DateField(_("founded"), null=True, blank=True)
    site_url = models.URLField(_("web site"), blank=True)
    about_ru = models.TextField(_("about, in Russian"), max_length=4000, blank=True)
    about_en = models.TextField(_("about, in English"), max_length=4000, blank=True)
    is_public = models.BooleanField(_("may be shown to everybody"), default=False)
    is_closed = models.BooleanField(_("closed by the register"), default=False, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)
    source = models.CharField(max_length=120, blank=True, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["inn", "kpp"], condition=~Q(inn=""), name="organisation_inn_kpp_once"
            )
        ]
        indexes = [models.Index(fields=["name_ru"]), models.Index(fields=["ogrn"])]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    def get_absolute_url(self) -> str:
        return reverse("participants:organisation", args=[self.pk])


class Kind(models.Model):
    """One of the kinds an organisation is of."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="kinds")
    code = models.CharField(max_length=20, choices=OrganisationKind)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="kind_once")]

    def __str__(self) -> str:
        return self.get_code_display()


class Held(models.Model):
    """Something a person holds from a day to a day."""

    since = models.DateField(_("since"), default=timezone.localdate)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        abstract = True

    def is_held(self, day: Any) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class Seat(Held):
    """A person's place in an organisation, with the rights that go with it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="seats")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="seats")
    position = models.CharField(_("post"), max_length=160, blank=True)
    may_edit = models.BooleanField(_("may edit"), default=False)
    may_sign = models.BooleanField(_("may sign"), default=False)
    attorney = models.CharField(_("power of attorney, number"), max_length=60, blank=True)

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

    @property
    def rights(self) -> list[str]:
        return ["view"] + ["edit"] * self.may_edit + ["sign"] * self.may_sign


class ProgrammeState(models.TextChoices):
    DRAFT = "draft", _("in preparation")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")


class ProgrammeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ProgrammeQuerySet:
        """Whatever was opened once is public; before that, only those with a role in it."""
        return self.filter(~Q(state=ProgrammeState.DRAFT) | Q(pk__in=programmes(user)))


def _clocks() -> dict[str, int]:
    return {}


def _criteria() -> list[dict[str, Any]]:
    return []


class Programme(models.Model):
    """Under whose rules needs, applications and pilots live: clocks, criteria, quorum."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    centre = models.ForeignKey(Organisation, models.PROTECT, related_name="programmes")
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    # Working days by the name of a clock, where they differ from the house's own.
    clocks = models.JSONField(_("clocks"), default=_clocks, blank=True)
    # [{"code", "ru", "en", "weight", "low_ru", "low_en", "high_ru", "high_en"}, …]
    criteria = models.JSONField(_("criteria"), default=_criteria, blank=True)
    quorum = models.PositiveSmallIntegerField(_("reviews needed"), default=2)
    spread_limit = models.DecimalField(
        _("spread of scores that calls one more expert"), max_digits=3, decimal_places=1, default=2
    )
    state = models.CharField(
        max_length=20, choices=ProgrammeState, default=ProgrammeState.DRAFT, editable=False
    )

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.CheckConstraint(
                name="programme_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            )
        ]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    @property
    def programme_id(self) -> int:
        return self.pk


class RoleHeld(Held):
    """A person's role in one programme."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="roles")
    code = models.CharField(max_length=20, choices=Role)

    class Meta:
        verbose_name = _("role")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "programme", "code"],
                condition=Q(until__isnull=True),
                name="role_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_code_display()}"


class MembershipKind(models.TextChoices):
    MEMBER = "member", _("member")
    PARTNER = "partner", _("partner")
    ANCHOR = "anchor", _("anchor company")


class State(models.TextChoices):
    """The life of a membership."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    CHECKING = "checking", _("being checked")
    CLARIFICATION = "clarification", _("waiting for clarification")
    SECOND_LOOK = "second_look", _("waiting for a second person")
    ADMITTED = "admitted", _("admitted")
    REFUSED = "refused", _("refused")
    SUSPENDED = "suspended", _("suspended")
    DUE = "due", _("due for confirmation")
    LAPSED = "lapsed", _("lapsed")
    LEFT = "left", _("left")
    EXCLUDED = "excluded", _("excluded")


MEMBER_STATES = [State.ADMITTED, State.DUE]


class MembershipQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> MembershipQuerySet:
        """Those of one's programmes and of one's organisations; admitted ones are public."""
        own = Q(organisation__in=organisations(user)) | Q(programme__in=programmes(user))
        shown = Q(state__in=MEMBER_STATES, organisation__is_public=True)
        return self.filter(own | shown)


class Membership(models.Model):
    """That an organisation takes part in a programme, from the request to the leaving."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="memberships")
    kind = models.CharField(
        _("kind"), max_length=10, choices=MembershipKind, default=MembershipKind.MEMBER
    )
    number = models.PositiveIntegerField(_("number"), null=True, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    question = models.TextField(_("question"), blank=True, editable=False)
    answer = models.TextField(_("answer"), blank=True, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    proposed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+"
    )
    admitted_at = models.DateTimeField(_("admitted"), null=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "programme"], name="membership_once"),
            models.CheckConstraint(
                name="membership_admitted_has_number",
                condition=~Q(state__in=["admitted", "suspended", "due"]) | Q(number__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["programme", "state"])]

    def __str__(self) -> str:
        return f"{self.organisation} — {self.programme}"

    def get_absolute_url(self) -> str:
        return reverse("participants:membership", args=[self.pk])


class Ground(models.TextChoices):
    EMPLOYMENT = "employment", _("works or worked there")
    OWNERSHIP = "ownership", _("owns a part of it")
    CONTRACT = "contract", _("has a contract with it")
    FAMILY = "family", _("a relative works there")
    COAUTHORSHIP = "coauthorship", _("wrote or invented together")
    RIVALRY = "rivalry", _("works for a rival")
    OTHER = "other", _("another ground")


class ConflictState(models.TextChoices):
    PROPOSED = "proposed", _("to be confirmed")
    CONFIRMED = "confirmed", _("confirmed")
    REJECTED = "rejected", _("not confirmed")


class ConflictQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ConflictQuerySet:
        """One's own declarations; coordinators and auditors see those of everybody."""
        if programmes(user, Role.COORDINATOR, Role.AUDITOR):
            return self
        return self.filter(person_id=user.pk) if user.pk else self.none()

    def standing(self) -> ConflictQuerySet:
        """Those that keep a person away: also while they wait to be confirmed."""
        today = timezone.localdate()
        lasting = Q(until__isnull=True) | Q(until__gte=today)
        return self.filter(lasting).exclude(state=ConflictState.REJECTED)


class Conflict(models.Model):
    """A tie between a person and an organisation that keeps the person from judging it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="conflicts")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="conflicts")
    ground = models.CharField(_("ground"), max_length=20, choices=Ground)
    words = models.TextField(_("what it is"), blank=True)
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    state = models.CharField(
        max_length=20, choices=ConflictState, default=ConflictState.PROPOSED, editable=False
    )

    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name = _("conflict of interest")
        indexes = [models.Index(fields=["person", "organisation"])]

    def __str__(self) -> str:
        return f"{self.person} — {self.organisation}"


def conflicted(person_id: int, organisation_id: int) -> bool:
    """Whether a seat or a standing declaration ties the person to the organisation."""
    seat = Seat.objects.filter(person_id=person_id, organisation_id=organisation_id)
    tie = Conflict.objects.standing().filter(person_id=person_id, organisation_id=organisation_id)
    return seat.exists() or tie.exists()


def is_member(organisation_id: int, programme_id: int) -> bool:
    """Whether the organisation is an admitted member of the programme now."""
    return Membership.objects.filter(
        organisation_id=organisation_id, programme_id=programme_id, state__in=MEMBER_STATES
    ).exists()
