"""News, the remarks of their readers, and how often they were read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core import imprints, tongue
from pochin.files.models import File
from pochin.participants.models import Person, Programme, in_reader_language
from pochin.participants.policy import Role, programmes
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    REVIEW = "review", _("being checked by the editor")
    SCHEDULED = "scheduled", _("scheduled")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Rubric(models.TextChoices):
    CENTRE = "centre", _("The centre")
    AGREEMENTS = "agreements", _("Agreements")
    NEEDS = "needs", _("Needs")
    PILOTS = "pilots", _("Pilots and results")
    DEALS = "deals", _("From a pilot to a contract")
    EXPORT = "export", pgettext_lazy("rubric of news", "Export")
    EVENTS = "events", _("Events")
    PRESS = "press", _("Others about us")


class PieceQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> PieceQuerySet:
        """What is published is public; before and after that its author and its editors see it."""
        shown = Q(state=State.PUBLISHED)
        if not user.is_authenticated:
            return self.filter(shown)
        edited = programmes(user, Role.COORDINATOR, Role.AUDITOR)
        return self.filter(shown | Q(author_id=user.pk) | Q(programme__in=edited))


class Piece(models.Model):
    """One piece of news."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="news", verbose_name=_("programme")
    )
    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    author = models.ForeignKey(Person, models.PROTECT, related_name="news", editable=False)
    rubric = models.CharField(_("rubric"), max_length=12, choices=Rubric, default=Rubric.CENTRE)
    title_ru = models.CharField(_("title in Russian"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    lead_ru = models.CharField(_("in one or two sentences, in Russian"), max_length=400)
    lead_en = models.CharField(_("in one or two sentences, in English"), max_length=400, blank=True)
    body_ru = models.TextField(_("text in Russian"), max_length=40_000)
    body_en = models.TextField(_("text in English"), max_length=40_000, blank=True)
    cover = models.ForeignKey(File, models.PROTECT, null=True, editable=False, related_name="+")
    alt_ru = models.CharField(_("what the picture shows, in Russian"), max_length=300, blank=True)
    alt_en = models.CharField(_("what the picture shows, in English"), max_length=300, blank=True)
    # The day of what is told, where it is not the day of publication.
    happened_on = models.DateField(_("when it happened"), null=True, blank=True)
    is_borrowed = models.BooleanField(_("the material comes from elsewhere"), default=False)
    source = models.CharField(_("source"), max_length=200, blank=True)
    source_url = models.URLField(_("address of the source"), max_length=500, blank=True)
    publish_at = models.DateTimeField(_("goes out"), null=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    corrected_at = models.DateTimeField(_("corrected"), null=True, editable=False)
    # Remarks are taken until this moment; empty: there is no discussion.
    discussed_until = models.DateTimeField(_("discussed until"), null=True, editable=False)
    views = models.PositiveIntegerField(_("read"), default=0, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = PieceQuerySet.as_manager()

    class Meta:
        verbose_name = _("piece of news")
        verbose_name_plural = _("news")
        constraints = [
            models.CheckConstraint(
                name="news_published_has_moment",
                condition=~Q(state="published") | Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="news_scheduled_has_moment",
                condition=~Q(state="scheduled") | Q(publish_at__isnull=False),
            ),
            models.CheckConstraint(
                name="news_published_names_its_source",
                condition=~Q(state="published") | Q(is_borrowed=False) | ~Q(source_url=""),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-published_at", "-id"]),
            models.Index(fields=["rubric", "-published_at"]),
            models.Index(fields=["state", "publish_at"]),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("news:page", self.number)

    @property
    def title(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    def told(self, field: str) -> str:
        """A text in the reader's language, by the name both languages share."""
        return in_reader_language(getattr(self, f"{field}_ru"), getattr(self, f"{field}_en"))

    def is_discussed(self, at: datetime) -> bool:
        """Whether remarks are taken at this moment."""
        until = self.discussed_until
        return self.state == State.PUBLISHED and until is not None and at < until


class Mention(models.Model):
    """A thing that a piece of news is about; shown to those who may see the thing."""

    piece = models.ForeignKey(Piece, models.CASCADE, related_name="mentions")
    kind = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    thing_id = models.PositiveBigIntegerField()
    thing = GenericForeignKey("kind", "thing_id")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["piece", "kind", "thing_id"], name="mention_once")
        ]

    def __str__(self) -> str:
        return f"{self.piece_id}: {self.kind_id} {self.thing_id}"


class RemarkState(models.TextChoices):
    WAITING = "waiting", _("waits for the editor")
    SHOWN = "shown", _("shown")
    HIDDEN = "hidden", _("not shown")


class RemarkQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> RemarkQuerySet:
        """What was let through is public with its news; the rest to its writer and the editors."""
        shown = Q(state=RemarkState.SHOWN, piece__state=State.PUBLISHED)
        if not user.is_authenticated:
            return self.filter(shown)
        edited = programmes(user, Role.COORDINATOR, Role.AUDITOR)
        return self.filter(shown | Q(by_id=user.pk) | Q(piece__programme__in=edited))


class Remark(models.Model):
    """What a reader said about a piece of news."""

    piece = models.ForeignKey(Piece, models.CASCADE, related_name="remarks")
    number = models.PositiveIntegerField(editable=False)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    text = models.TextField(_("your remark"), max_length=2000)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    state = models.CharField(
        max_length=10, choices=RemarkState, default=RemarkState.WAITING, editable=False
    )

    objects: ClassVar[models.Manager] = RemarkQuerySet.as_manager()
    shown_by = ("text",)
    shown_with = ("piece", "by")

    class Meta:
        verbose_name = _("remark")
        constraints = [
            models.UniqueConstraint(fields=["piece", "number"], name="remark_number_once")
        ]
        indexes = [models.Index(fields=["piece", "state", "number"])]

    def __str__(self) -> str:
        return tongue.own(self.text)[:60]

    @property
    def programme_id(self) -> int:
        return self.piece.programme_id

    @property
    def programme(self) -> Programme:
        return self.piece.programme

    def get_absolute_url(self) -> str:
        return f"{self.piece.get_absolute_url()}#r{self.number}"


class Reading(models.Model):
    """That somebody read a piece of news on a day; who it was cannot be told from it."""

    piece = models.ForeignKey(Piece, models.CASCADE, related_name="readings")
    day = models.DateField()
    reader = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["piece", "day", "reader"], name="reading_once_a_day")
        ]
        indexes = [models.Index(fields=["day"])]

    def __str__(self) -> str:
        return f"{self.piece_id} {self.day}"


imprints.keep(Piece, loose=["views"])
