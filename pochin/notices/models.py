"""Notices and letters: what each person is told, once, and how it left."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pochin.core.models import Entry
from pochin.participants.models import Person


class Group(models.TextChoices):
    """What a notice is about; the ways to be told are chosen for each."""

    TURN = "turn", _("It is my turn")
    LATE = "late", _("Something is overdue")
    DECISION = "decision", _("Something was decided")
    STORY = "story", _("News of what I take part in")


class Way(models.TextChoices):
    NOW = "now", _("at once by e-mail")
    DIGEST = "digest", _("once a day by e-mail")
    OFF = "off", _("only here")


DEFAULT = {
    Group.TURN: Way.NOW,
    Group.LATE: Way.NOW,
    Group.DECISION: Way.NOW,
    Group.STORY: Way.DIGEST,
}


class Preference(models.Model):
    """How a person wants to be told about one group of things."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="preferences")
    group = models.CharField(max_length=10, choices=Group)
    way = models.CharField(max_length=10, choices=Way)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "group"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.person} {self.group} {self.way}"


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> NoticeQuerySet:
        """One's own, and nobody else's."""
        return self.filter(person_id=user.pk) if user.pk else self.none()


class Notice(models.Model):
    """That a person is told about an entry. The database keeps it to once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+")
    group = models.CharField(max_length=10, choices=Group)
    way = models.CharField(max_length=10, choices=Way)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        constraints = [models.UniqueConstraint(fields=["person", "entry"], name="notice_once")]
        indexes = [models.Index(fields=["person", "-at"])]

    def __str__(self) -> str:
        return f"{self.person} {self.entry_id}"


class Letter(models.Model):
    """An e-mail to one person about one or several notices.

    It leaves at least once; sent again after a crash, it carries the same Message-ID.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="letters")
    notices = models.ManyToManyField(Notice, related_name="letters")
    message_id = models.CharField(max_length=120, unique=True)
    is_digest = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    # What the mail server said when it was last tried, for who runs the installation.
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("letter")
        indexes = [
            models.Index(
                fields=["written_at"],
                condition=models.Q(sent_at__isnull=True),
                name="letter_unsent",
            )
        ]

    def __str__(self) -> str:
        return self.message_id


class FeedQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> FeedQuerySet:
        """One's own, and nobody else's."""
        return self.filter(person_id=user.pk) if user.pk else self.none()


class Feed(models.Model):
    """The secret address of a person's calendar; made anew, the one before opens nothing."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="feed")
    # The address itself is nowhere: whoever reads the database reads no calendars by it.
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar feed")

    def __str__(self) -> str:
        return str(self.person)
