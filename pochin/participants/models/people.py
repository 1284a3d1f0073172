"""People, and what is known of a reader before any page is drawn."""

from __future__ import annotations

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
