"""Who takes part: people, organisations, seats, programmes, roles, membership, conflicts."""

from __future__ import annotations

import secrets
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pochin.core.tongue import language
from pochin.participants import identifiers, regions
from pochin.participants.policy import Role, auditor, organisations, programmes, staff
from pochin.search import index
from pochin.ui.addresses import address
from pochin.ui.saved import Kept

# Without letters and digits that are easily taken for each other.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_key() -> str:
    """The word under which a thing stands in addresses; it tells nothing and is not guessed."""
    return "".join(secrets.choice(ALPHABET) for _n in range(10))


def in_reader_language(ru: str, en: str) -> str:
    """The text in the reader's language, or in the other where there is none."""
    return (en or ru) if language() == "en" else (ru or en)


# Asked with every page, so by hand: to write a query with the ORM costs more than to answer it.
SEATS = """SELECT organisation_id, may_edit, may_sign FROM participants_seat
    WHERE person_id = %s AND state = 'held' AND since <= %s AND (until IS NULL OR until >= %s)"""
ROLES = """SELECT code, programme_id FROM participants_roleheld
    WHERE person_id = %s AND state = 'held' AND since <= %s AND (until IS NULL OR until >= %s)"""
# With the views of lists the person keeps: one question less on every page.
TIES = """SELECT organisation_id, NULL, NULL, NULL, NULL FROM participants_conflict
    WHERE state <> 'rejected' AND (until IS NULL OR until >= %s) AND person_id = %s
    UNION ALL SELECT id, listing, label, query, is_default FROM ui_savedview WHERE person_id = %s"""


# Whether the reader has at all what the rooms above ask about row by row: a name, and the
# question that finds one.
OWN: dict[str, str] = {}


def own(name: str, question: str) -> None:
    """Ask this along with the hats of who reads a page; `%s` stands for the person.

    Args:
        name: What `has` is asked for.
        question: A SELECT that finds a row where there is such a thing.
    """
    OWN[name] = question
    _ties.cache_clear()


@cache
def _ties() -> str:
    asked = (f"UNION ALL SELECT -1, NULL, '{name}', NULL, NULL WHERE EXISTS ({question})"
             for name, question in OWN.items())  # fmt: skip
    return " ".join((TIES, *asked))


def _asked(query: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchall()


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
    name_ru = models.CharField(_("name and surname in Russian"), max_length=120)
    name_en = models.CharField(_("name and surname in English"), max_length=120, blank=True)
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

    @property
    def kept_views(self) -> list[Kept]:
        """The views of lists this person keeps; read together with the hats."""
        return self._kept_views if self.hats else []

    # Set while a page is read and nothing is changed: then what is own cannot change either.
    is_reading = False

    def has(self, name: str) -> bool:
        """Whether the person may have such a thing of their own; False says: none at all."""
        return not (self.is_reading and self.hats and name not in self._own)

    @cached_property
    def hats(self) -> frozenset[str]:
        """The words under which rules, lists and turns know this person; read once a request."""
        hats = {f"person@{self.pk}"}
        today = connection.ops.adapt_datefield_value(timezone.localdate())
        for organisation_id, may_edit, may_sign in _asked(SEATS, self.pk, today, today):
            rights = ["view"] + ["edit"] * may_edit + ["sign"] * may_sign
            hats |= {f"{right}@org-{organisation_id}" for right in rights}
        roles = _asked(ROLES, self.pk, today, today)
        hats |= {f"{code}@{programme_id}" for code, programme_id in roles}
        kept = []
        own = set()
        people = [self.pk] * (2 + sum(question.count("%s") for question in OWN.values()))
        for key, listing, *view in _asked(_ties(), today, *people):
            if key == -1:
                own.add(view[0])
            elif listing is None:
                hats.add(f"tie@org-{key}")
            else:
                label, query, is_default = view
                kept.append(Kept(listing, label, query, bool(is_default)))
        self._kept_views, self._own = kept, own
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

    def is_held(self, day: Any) -> bool:
        return (
            self.state == HeldState.HELD
            and self.since <= day
            and (self.until is None or day <= self.until)
        )


class SeatQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> SeatQuerySet:
        """One's own, those of one's organisations, and of those one's programmes look after."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(person_id=user.pk) | Q(organisation__in=organisations(user))
        looked_after = Membership.objects.filter(
            organisation=OuterRef("organisation"),
            programme__in=programmes(user, Role.COORDINATOR, Role.LAWYER, Role.AUDITOR),
        ).exclude(state=State.DRAFT)
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


class ProgrammeState(models.TextChoices):
    DRAFT = "draft", _("in preparation")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")


PROGRAMMES = "SELECT id, code, name_ru, name_en, state FROM participants_programme ORDER BY code"


class ProgrammeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ProgrammeQuerySet:
        """Whatever was opened once is public; before that, only those with a role in it."""
        return self.filter(~Q(state=ProgrammeState.DRAFT) | Q(pk__in=programmes(user)))


def programmes_by_name(user: Any) -> list[tuple[str, str]]:
    """Code and name of the programmes `visible_to` the reader; every list asks, so by hand."""
    mine = programmes(user)
    return [
        (code, in_reader_language(ru, en))
        for key, code, ru, en, state in _asked(PROGRAMMES)
        if state != ProgrammeState.DRAFT or key in mine
    ]


def _clocks() -> dict[str, int]:
    return {}


def _criteria() -> list[dict[str, Any]]:
    return []


class Programme(models.Model):
    """Under whose rules needs, applications and pilots live: clocks, criteria, quorum."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    centre = models.ForeignKey(
        Organisation, models.PROTECT, related_name="programmes", verbose_name=_("centre")
    )
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

    def get_absolute_url(self) -> str:
        return reverse("participants:programme", args=[self.code])

    @property
    def programme_id(self) -> int:
        return self.pk


class ClockChangeState(models.TextChoices):
    PROPOSED = "proposed", _("waiting for approval")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("not approved")


class ClockChangeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ClockChangeQuerySet:
        """For those with a role in the programme."""
        return self.filter(programme__in=programmes(user))


class ClockChange(models.Model):
    """A proposal to give other days to the clocks of a programme."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="clock_changes")
    number = models.PositiveIntegerField(editable=False)
    was = models.JSONField(default=_clocks, editable=False)
    clocks = models.JSONField(_("clocks"), default=_clocks)
    why = models.TextField(_("why"), max_length=2000)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    decided_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", editable=False
    )
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    state = models.CharField(
        max_length=10, choices=ClockChangeState, default=ClockChangeState.PROPOSED, editable=False
    )

    objects: ClassVar[models.Manager] = ClockChangeQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = _("change of clocks")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="clock_change_once"),
            models.CheckConstraint(
                name="clock_change_by_two_people",
                condition=~Q(state="approved") | ~Q(proposed_by=F("decided_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("participants:clock_change", args=[self.programme.code, self.number])


class RoleHeldQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> RoleHeldQuerySet:
        """One's own; all in a programme for its coordinators, decision owners and auditors."""
        if not user.is_authenticated:
            return self.none()
        if "administrator" in user.hats:
            return self
        told = programmes(user, Role.COORDINATOR, Role.DIRECTOR, Role.AUDITOR)
        return self.filter(Q(programme__in=told) | Q(person_id=user.pk))

    def held(self) -> RoleHeldQuerySet:
        """Those that count today."""
        today = timezone.localdate()
        lasting = Q(until__isnull=True) | Q(until__gte=today)
        return self.filter(lasting, state=HeldState.HELD, since__lte=today)


class RoleHeld(Held):
    """A person's role in one programme."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="roles")
    code = models.CharField(_("role"), max_length=20, choices=Role)

    objects: ClassVar[models.Manager] = RoleHeldQuerySet.as_manager()
    shown_with = ("person", "programme")

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

    def get_absolute_url(self) -> str:
        return reverse("participants:role", args=[self.key])


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
OVER_STATES = [State.REFUSED, State.LAPSED, State.LEFT, State.EXCLUDED]


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
    shown_with = ("organisation", "programme")

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "programme"],
                condition=~Q(state__in=["refused", "lapsed", "left", "excluded"]),
                name="membership_once",
            ),
            models.CheckConstraint(
                name="membership_admitted_has_number",
                condition=~Q(state__in=["admitted", "suspended", "due"]) | Q(number__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["programme", "state"])]

    def __str__(self) -> str:
        return f"{self.organisation} — {self.programme}"

    def get_absolute_url(self) -> str:
        return address("participants:membership", self.organisation.key, self.programme.code)


class RegistrationState(models.TextChoices):
    ASKED = "asked", _("waiting for the centre")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")


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
    ENDED = "ended", _("ended")


class ConflictQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ConflictQuerySet:
        """One's own; for coordinators and auditors those of the people of their programmes."""
        if not user.is_authenticated:
            return self.none()
        told = programmes(user, Role.COORDINATOR, Role.AUDITOR)
        in_mine = RoleHeld.objects.filter(person=OuterRef("person"), programme__in=told)
        return self.filter(Q(person_id=user.pk) | Exists(in_mine))

    def standing(self) -> ConflictQuerySet:
        """Those that keep a person away: also while they wait to be confirmed."""
        today = timezone.localdate()
        lasting = Q(until__isnull=True) | Q(until__gte=today)
        return self.filter(lasting).exclude(state=ConflictState.REJECTED)


class Conflict(models.Model):
    """A tie between a person and an organisation that keeps the person from judging it."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
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
    shown_with = ("person", "organisation")

    class Meta:
        verbose_name = _("conflict of interest")
        indexes = [models.Index(fields=["person", "organisation"])]

    def __str__(self) -> str:
        return f"{self.person} — {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("participants:conflict", args=[self.key])


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ImportRunQuerySet:
        """For coordinators and auditors."""
        allowed = programmes(user, Role.COORDINATOR, Role.AUDITOR)
        return self if allowed else self.none()


class ImportRun(models.Model):
    """One reading of a register file: what came of it."""

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
        verbose_name = _("import of organisations")

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d}"


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


class TokenQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> TokenQuerySet:
        """One's own, and nobody else's."""
        return self.filter(person_id=user.pk) if user.pk else self.none()


class Token(models.Model):
    """Lets a program read as its person, or also send readings; a hash, revoked at any time."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(_("what for"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    may_send = models.BooleanField(_("may send readings"), default=False)
    issued_at = models.DateTimeField(_("issued"))
    used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")

    def __str__(self) -> str:
        return self.name
