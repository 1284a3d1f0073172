"""People, and what is known of a reader before any page is drawn."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pochin.participants.models.words import in_reader_language
from pochin.ui.saved import Kept

# Who reads: asked with every page in one question, and by hand, because to write it with the ORM
# costs more than to answer it. With it come the views of lists the person keeps.
READER = """SELECT 'view', id, listing, label, query, is_default
        FROM ui_savedview WHERE person_id = %s
    UNION ALL SELECT 'seat', organisation_id, CASE WHEN may_edit THEN 'edit' END,
        CASE WHEN may_sign THEN 'sign' END, NULL, NULL FROM participants_seat
        WHERE person_id = %s AND state = 'held' AND since <= %s AND (until IS NULL OR until >= %s)
    UNION ALL SELECT 'role', programme_id, code, NULL, NULL, NULL FROM participants_roleheld
        WHERE person_id = %s AND state = 'held' AND since <= %s AND (until IS NULL OR until >= %s)
    UNION ALL SELECT 'tie', organisation_id, NULL, NULL, NULL, NULL FROM participants_conflict
        WHERE person_id = %s AND state <> 'rejected' AND (until IS NULL OR until >= %s)"""


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
    _question.cache_clear()


@cache
def _question() -> tuple[str, int]:
    """What is asked about a reader, and how often the person stands in it behind the dates."""
    asked = (f"UNION ALL SELECT 'own', NULL, '{name}', NULL, NULL, NULL WHERE EXISTS ({question})"
             for name, question in OWN.items())  # fmt: skip
    more = " ".join(asked)
    return f"{READER} {more}", more.count("%s")


# Asked on every page of those who must have one.
SECOND_FACTOR = "second factor"
# Codes for the day on which the factor is lost are none themselves.
own(
    SECOND_FACTOR,
    "SELECT 1 FROM mfa_authenticator WHERE user_id = %s AND type <> 'recovery_codes'",
)


def _about(person: Person) -> list[tuple[Any, ...]]:
    query, more = _question()
    day, key = connection.ops.adapt_datefield_value(timezone.localdate()), person.pk
    return _asked(query, key, key, day, day, key, day, day, key, day, *[key] * more)


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

    # Whether the token they came with lets them send readings.
    may_send = False

    objects: ClassVar[PersonManager] = PersonManager()
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

    @property
    def sees_as(self) -> Hashable:
        """The same for readers who see the same; None while something may change."""
        return (self.hats, self._own) if self.is_reading else None

    @cached_property
    def hats(self) -> frozenset[str]:
        """The words under which rules, lists and turns know this person; read once a request."""
        hats, kept, own = {f"person@{self.pk}"}, [], set()
        for what, key, *said in _about(self):
            if what == "seat":
                rights = ("view", *filter(None, said[:2]))
                hats |= {f"{right}@org-{key}" for right in rights}
            elif what == "role":
                hats.add(f"{said[0]}@{key}")
            elif what == "tie":
                hats.add(f"tie@org-{key}")
            elif what == "own":
                own.add(said[0])
            else:
                listing, label, query, is_default = said
                kept.append(Kept(listing, label, query, bool(is_default)))
        self._kept_views, self._own = kept, frozenset(own)
        if self.is_administrator:
            hats.add("administrator")
        return frozenset(hats)


class Guest(AnonymousUser):
    """A reader who has not signed in: sees what is public."""

    pk = None
    is_active = True  # type: ignore[assignment]
    hats: frozenset[str] = frozenset()
    sees_as = "guest"
    language = ""
    zone = "Europe/Moscow"
