"""Meetings: agenda, invited people, recusals, resolutions, minutes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.coordination.models.common import READERS, About
from pochin.coordination.models.groups import WorkingGroup
from pochin.core import imprints, signatures
from pochin.participants.models import (
    MEMBER_STATES,
    Membership,
    Person,
    Programme,
    in_reader_language,
)
from pochin.participants.policy import organisations, programmes
from pochin.search import index
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class MeetingState(models.TextChoices):
    """The life of a meeting."""

    PLANNED = "planned", _("planned")
    INVITED = "invited", _("invitations sent")
    HELD = "held", pgettext_lazy("meeting", "held")
    MINUTED = "minuted", _("minutes drafted")
    SIGNED = "minutes_signed", _("minutes signed")
    PUBLISHED = "published", _("minutes published")
    CANCELLED = "called_off", _("called off")


class MeetingQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> MeetingQuerySet:
        """Those one takes part in; published minutes to everybody of the programme."""
        if not user.is_authenticated:
            return self.none()
        members = Membership.objects.filter(
            organisation__in=organisations(user), state__in=MEMBER_STATES
        )
        ours = Q(programme__in=programmes(user)) | Q(programme__in=members.values("programme"))
        published = Q(state=MeetingState.PUBLISHED) & ours
        return self.filter(published | Q(pk__in=self.inside(user).values("pk")))

    def inside(self, user: Any) -> MeetingQuerySet:
        """Those of one's programmes, and those one is invited to, with all that was said."""
        if not user.is_authenticated:
            return self.none()
        asked = Invitee.objects.filter(person_id=user.pk).values("meeting")
        invited = Q(pk__in=asked) & ~Q(state=MeetingState.PLANNED)
        chairs = Q(chair_id=user.pk)
        return self.filter(Q(programme__in=programmes(user, *READERS)) | invited | chairs)


class Meeting(models.Model):
    """A meeting: when, where, about what, who is invited, what came of it."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="meetings")
    number = models.PositiveIntegerField(editable=False)
    title_ru = models.CharField(_("title in Russian"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    group = models.ForeignKey(
        WorkingGroup, models.PROTECT, null=True, blank=True, related_name="meetings",
        verbose_name=_("working group"),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    place = models.CharField(_("place"), max_length=200, blank=True)
    link = models.URLField(_("link for those who take part from afar"), max_length=500, blank=True)
    chair = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("chair"))
    minutes_ru = models.TextField(_("minutes in Russian"), max_length=30000, blank=True)
    minutes_en = models.TextField(_("minutes in English"), max_length=30000, blank=True)
    # Counted up whenever the time or the place changes, so that calendars follow.
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    state = models.CharField(
        max_length=16, choices=MeetingState, default=MeetingState.PLANNED, editable=False
    )
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    signed_at = models.DateTimeField(null=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = MeetingQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="meeting_number_once"),
            models.CheckConstraint(
                name="meeting_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]
        indexes = [models.Index(fields=["programme", "-starts_at"])]

    def __str__(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    def get_absolute_url(self) -> str:
        return address("coordination:meeting", self.programme.code, self.number)

    def content(self) -> dict[str, Any]:
        """What the chair signs."""
        present = self.invitees.filter(was_present=True)
        recused = Recusal.objects.filter(item__meeting=self)
        return {
            "programme": self.programme.code,
            "meeting": self.number,
            "minutes": [self.minutes_ru, self.minutes_en],
            "present": sorted(present.values_list("person", flat=True)),
            "recused": [
                [r.item.place, r.person_id]
                for r in recused.order_by("item__place", "person")
            ],
            "resolutions": [
                [r.place, r.text_ru, r.text_en, r.responsible_id, r.due_on.isoformat()]
                for r in self.resolutions.order_by("place")
            ],
        }  # fmt: skip

    def fingerprint(self) -> str:
        """SHA-256 of what the chair signs."""
        return signatures.fingerprint(self.content())


class AgendaItem(About):
    """A point of the agenda, tied to what it is about."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField()
    title_ru = models.CharField(_("point in Russian"), max_length=250)
    title_en = models.CharField(_("point in English"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("point of the agenda")
        constraints = [models.UniqueConstraint(fields=["meeting", "place"], name="agenda_place")]

    def __str__(self) -> str:
        return f"{self.place}. {in_reader_language(self.title_ru, self.title_en)}"


class Answer(models.TextChoices):
    NONE = "none", _("has not answered")
    YES = "yes", _("comes")
    NO = "no", _("does not come")


class Invitee(models.Model):
    """Who is invited, whether they come, whether they were there."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="invitees")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=4, choices=Answer, default=Answer.NONE)
    was_present = models.BooleanField(null=True)
    # The moment of the move that named them, so that the move's letter goes to them alone.
    asked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("invited person")
        constraints = [models.UniqueConstraint(fields=["meeting", "person"], name="invitee_once")]

    def __str__(self) -> str:
        return str(self.person)


class TakenOff(models.Model):
    """Somebody who was invited and is not any more: the entry in their calendar is to go."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="taken_off")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("person taken off the list")
        indexes = [models.Index(fields=["meeting", "at"])]

    def __str__(self) -> str:
        return str(self.person)


class Recusal(models.Model):
    """Somebody who keeps out of one point, and why."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="recusals")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)

    class Meta:
        verbose_name = _("recusal")
        constraints = [models.UniqueConstraint(fields=["item", "person"], name="recusal_once")]

    def __str__(self) -> str:
        return str(self.person)


class Resolution(models.Model):
    """What was decided; once the minutes are signed it becomes a task."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="resolutions")
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, related_name="resolutions")
    place = models.PositiveSmallIntegerField()
    text_ru = models.TextField(_("resolution in Russian"), max_length=2000)
    text_en = models.TextField(_("resolution in English"), max_length=2000, blank=True)
    responsible = models.ForeignKey(Person, models.PROTECT, related_name="+")
    due_on = models.DateField(_("due"))

    class Meta:
        verbose_name = _("resolution")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "place"], name="resolution_place")
        ]

    def __str__(self) -> str:
        return in_reader_language(self.text_ru, self.text_en)


def _said_at(meeting: Meeting) -> str:
    """What stands on the page of a meeting for everybody who may open it."""
    points = [f"{one.title_ru} {one.title_en}" for one in meeting.items.all()]
    decided = [f"{one.text_ru} {one.text_en}" for one in meeting.resolutions.all()]
    group = f"{meeting.group.name_ru} {meeting.group.name_en}" if meeting.group else ""
    said = (meeting.place, group, meeting.minutes_ru, meeting.minutes_en)
    return " ".join([*said, *points, *decided])


index.declare(
    Meeting,
    title=lambda m: f"{m.title_ru} {m.title_en}",
    text=_said_at,
    fetch=lambda things: things.select_related("group").prefetch_related("items", "resolutions"),
)
imprints.keep(
    Meeting,
    along=lambda m: [
        m.items, m.invitees, m.resolutions, Recusal.objects.filter(item__meeting=m),
    ],
)  # fmt: skip
