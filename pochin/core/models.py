"""The tables of the mechanisms: entries, turns, signatures, finished requests, the calendar."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """Who did what to which thing, when, and where it led. Never edited, never deleted.

    Entries of one thing form a chain: each holds the hash of the one before. Words about
    people stand beside the chain, in ``EntryText``; the chain holds only their salted hash.
    """

    stream = models.CharField(max_length=100)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(_("when"))
    # Nobody, when the house itself acted; `cause` then says which entry made it act, if one did.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, verbose_name=_("who"), related_name="+"
    )
    cause = models.ForeignKey("self", models.PROTECT, null=True, related_name="effects")
    # Plain text on purpose: choices here would cost a migration for every new verb.
    verb = models.CharField(_("what"), max_length=80)
    kind = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    thing_id = models.PositiveBigIntegerField()
    thing = GenericForeignKey("kind", "thing_id")
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    text_hash = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    # What the thing was like as this move left it (`core.imprints`).
    imprint = models.CharField(max_length=64, null=True)
    # The newest entry of another story when this was written, “key stream place hash”: each story
    # is witnessed by others, so that none can vanish whole.
    beside = models.CharField(max_length=220, null=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("journal entry")
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="entry_one_place")]
        indexes = [
            models.Index(fields=["kind", "thing_id", "seq"]),
            models.Index(fields=["verb", "at"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} #{self.thing_id}"


class EntryText(models.Model):
    """The words of an entry: the reason given, the facts noted, what changed. May be erased."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="text")
    salt = models.CharField(max_length=32)
    note = models.TextField(_("note"), blank=True)
    facts = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("words of an entry")

    def __str__(self) -> str:
        return self.note


class Reaction(models.Model):
    """That one reaction to one entry has had its effect."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="reactions")
    name = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "name"], name="reaction_once")]

    def __str__(self) -> str:
        return self.name


class Done(models.Model):
    """A request that had its effect, by the key its form carried: pressed twice, done once."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    slot = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    kind = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    thing_id = models.PositiveBigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key", "slot"], name="done_once")]
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.slot} {self.key}"


class TallyQuerySet(models.QuerySet):
    def of(
        self, name: str, programmes: Collection[int] | None = None
    ) -> models.QuerySet[Any, tuple[str, int]]:
        """What is counted under this name: rows of (key, n), of some programmes or of all."""
        found = self.filter(name=name)
        if programmes is not None:
            found = found.filter(programme_id__in=programmes)
        return found.order_by().values_list("key").annotate(n=Sum("n"))


class Tally(models.Model):
    """A part of a count that the database keeps; what is counted is the sum over alike rows."""

    name = models.CharField(max_length=40)
    programme_id = models.PositiveBigIntegerField()
    key = models.CharField(max_length=80)
    n = models.IntegerField()

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("part of a count")
        # With all that is read, so that the rows themselves need not be.
        indexes = [models.Index(fields=["name", "programme_id", "key", "n"], name="tally_counted")]

    def __str__(self) -> str:
        return f"{self.name} {self.key} {self.n:+}"


# From one kind to the next by the index of kinds: DISTINCT would read every turn there ever was.
KINDS = """WITH RECURSIVE kinds(kind) AS (
    SELECT MIN(kind_id) FROM core_turn
    UNION ALL SELECT (SELECT MIN(kind_id) FROM core_turn WHERE kind_id > kind) FROM kinds
    WHERE kind IS NOT NULL)
    SELECT kind FROM kinds WHERE kind IS NOT NULL"""


def kinds_of_turns() -> list[int]:
    """The kinds of things there are turns on."""
    with connection.cursor() as cursor:
        cursor.execute(KINDS)
        return [kind for (kind,) in cursor.fetchall()]


class TurnQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> TurnQuerySet:
        """The turns of those whose hats the user wears."""
        return self.filter(holder__in=user.hats)

    def open(self) -> TurnQuerySet:
        return self.filter(ended_at__isnull=True, paused_at__isnull=True)

    def overdue(self, at: datetime) -> TurnQuerySet:
        return self.open().filter(due_at__lt=at)


class Turn(models.Model):
    """Whose turn it is on a thing, and until when."""

    kind = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    thing_id = models.PositiveBigIntegerField()
    thing = GenericForeignKey("kind", "thing_id")
    state = models.CharField(max_length=40)
    holder = models.CharField(max_length=60)
    programme_id = models.PositiveBigIntegerField(null=True)
    clock = models.CharField(max_length=40)
    days = models.PositiveSmallIntegerField()
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    spent_days = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    escalated = models.PositiveSmallIntegerField(default=0)

    objects = TurnQuerySet.as_manager()

    class Meta:
        verbose_name = _("turn")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "thing_id", "state", "holder"],
                condition=Q(ended_at__isnull=True),
                name="turn_one_open",
            ),
            models.CheckConstraint(
                name="turn_ends_after_it_began",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("since")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["holder", "due_at"], name="turn_open", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["due_at"], name="turn_due", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["kind", "thing_id"]),
            # How long turns took: the latest that ended, by programme.
            models.Index(
                fields=["programme_id", "-ended_at"],
                name="turn_ended",
                condition=Q(ended_at__isnull=False),
            ),
            # The list of turns of a programme, in its order.
            models.Index(fields=["programme_id", "due_at", "id"], name="turn_listed"),
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.clock}"


class Signature(models.Model):
    """Who signed what, when, in which role, over which bytes. Never edited, never deleted."""

    kind = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    thing_id = models.PositiveBigIntegerField()
    thing = GenericForeignKey("kind", "thing_id")
    what = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signatures")
    role = models.CharField(max_length=60)
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("signature")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "thing_id", "what", "by", "sha256"], name="signature_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.what} {self.sha256[:12]}"


class Counter(models.Model):
    """The last number given out under a name."""

    name = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.last}"


class CalendarDay(models.Model):
    """A correction of the production calendar by the centre."""

    day = models.DateField(_("day"), primary_key=True)
    is_working = models.BooleanField(_("working day"))

    class Meta:
        verbose_name = _("day of the production calendar")

    def __str__(self) -> str:
        return f"{self.day}"
