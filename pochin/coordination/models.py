"""Working groups, meetings with agenda and minutes, tasks, and what people say about a thing."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, ClassVar

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core import numbers, signatures
from pochin.core.calendar import MOSCOW
from pochin.participants.models import (
    MEMBER_STATES,
    Membership,
    Organisation,
    Person,
    Programme,
    in_reader_language,
)
from pochin.participants.policy import Role, organisations, programmes
from pochin.search import index
from pochin.ui.addresses import address

# Who prepares meetings and gives tasks in a programme, and who reads all of them there.
WRITERS = (
    Role.COORDINATOR, Role.COMMITTEE, Role.DIRECTOR, Role.PILOT_MANAGER, Role.OBSERVER,
)  # fmt: skip
READERS = (*WRITERS, Role.AUDITOR)


class GroupQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> GroupQuerySet:
        """Those of one's programmes, and those one sits in."""
        if not user.is_authenticated:
            return self.none()
        mine = GroupSeat.objects.filter(person_id=user.pk).values("group")
        return self.filter(Q(programme__in=programmes(user, *READERS)) | Q(pk__in=mine))


class WorkingGroup(models.Model):
    """People of several organisations who work on one subject together."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(editable=False)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    purpose_ru = models.TextField(_("purpose in Russian"), max_length=2000, blank=True)
    purpose_en = models.TextField(_("purpose in English"), max_length=2000, blank=True)

    objects: ClassVar[models.Manager] = GroupQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = _("working group")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="group_number_once")
        ]

    def __str__(self) -> str:
        return in_reader_language(self.name_ru, self.name_en)

    def get_absolute_url(self) -> str:
        return address("coordination:group", self.programme.code, self.number)


class GroupSeat(models.Model):
    """A person in a working group, and whom they speak for there."""

    group = models.ForeignKey(WorkingGroup, models.CASCADE, related_name="seats")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    is_chair = models.BooleanField(_("leads the group"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="group_seat_once")]

    def __str__(self) -> str:
        return f"{self.person}, {self.organisation}"


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


class About(models.Model):
    """What points at a thing of any room, or at nothing."""

    kind = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    thing_id = models.PositiveBigIntegerField(null=True)
    thing = GenericForeignKey("kind", "thing_id")

    class Meta:
        abstract = True


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


class TaskState(models.TextChoices):
    """The life of a task."""

    NEW = "new", _("given")
    IN_WORK = "in_work", _("in work")
    DONE = "done", _("done, waits for the controller")
    RETURNED = "returned", _("returned")
    ACCEPTED = "task_accepted", _("accepted")
    CANCELLED = "task_cancelled", _("cancelled")


class Priority(models.IntegerChoices):
    HIGH = 1, _("high")
    USUAL = 2, _("usual")
    LOW = 3, _("low")


class TaskQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> TaskQuerySet:
        """Those of one's programmes, and those one takes part in."""
        if not user.is_authenticated:
            return self.none()
        helps = Helper.objects.filter(person_id=user.pk).values("task")
        mine = Q(responsible_id=user.pk) | Q(controller_id=user.pk) | Q(pk__in=helps)
        return self.filter(mine | Q(programme__in=programmes(user, *READERS)))


class Task(About):
    """Something one person answers for, and another one accepts."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="tasks")
    number = models.PositiveIntegerField(editable=False)
    title_ru = models.CharField(_("what is to be done, in Russian"), max_length=300)
    title_en = models.CharField(_("what is to be done, in English"), max_length=300, blank=True)
    words = models.TextField(_("in detail"), max_length=6000, blank=True)
    resolution = models.OneToOneField(
        Resolution, models.PROTECT, null=True, related_name="task", editable=False
    )
    responsible = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("responsible")
    )
    controller = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("controller")
    )
    due_on = models.DateField(_("due"))
    first_due_on = models.DateField(editable=False)
    moved = models.PositiveSmallIntegerField(default=0, editable=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.USUAL
    )
    state = models.CharField(
        max_length=16, choices=TaskState, default=TaskState.NEW, editable=False
    )
    outcome = models.TextField(_("what was done"), max_length=4000, blank=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = TaskQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = pgettext_lazy("coordination", "task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="task_number_once"),
            models.CheckConstraint(
                name="task_is_accepted_by_another", condition=~Q(responsible=F("controller"))
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "state", "due_on"]),
            models.Index(fields=["responsible", "state"]),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    @property
    def code(self) -> str:
        """The number as people read it."""
        return numbers.written("task", self.number)

    @property
    def due_at(self) -> datetime:
        """The last moment of the due day, in Moscow."""
        return datetime.combine(self.due_on, time(23, 59, 59), MOSCOW)

    def get_absolute_url(self) -> str:
        return address("coordination:task", self.programme.code, self.number)


class Helper(models.Model):
    """Somebody who works on a task beside the one who answers for it."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="helpers")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "person"], name="helper_once")]

    def __str__(self) -> str:
        return str(self.person)


class RemarkQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> RemarkQuerySet:
        """One's own; what others said is found through the thing it is about."""
        return self.filter(by_id=user.pk) if user.pk else self.none()


class Remark(About):
    """What somebody said about a thing, to those who may see it."""

    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(_("text"), max_length=4000)
    told = models.ManyToManyField(Person, related_name="+")

    objects: ClassVar[models.Manager] = RemarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("remark")
        indexes = [models.Index(fields=["kind", "thing_id", "at"])]

    def __str__(self) -> str:
        return self.text


def _said_at(meeting: Meeting) -> str:
    """What stands on the page of a meeting for everybody who may open it."""
    points = [f"{one.title_ru} {one.title_en}" for one in meeting.items.all()]
    decided = [f"{one.text_ru} {one.text_en}" for one in meeting.resolutions.all()]
    group = f"{meeting.group.name_ru} {meeting.group.name_en}" if meeting.group else ""
    said = (meeting.place, group, meeting.minutes_ru, meeting.minutes_en)
    return " ".join([*said, *points, *decided])


index.declare(
    WorkingGroup,
    title=lambda g: f"{g.name_ru} {g.name_en}",
    text=lambda g: " ".join(
        [g.purpose_ru, g.purpose_en]
        + [f"{s.organisation.name_ru} {s.organisation.name_en}" for s in g.seats.all()]
    ),
    fetch=lambda things: things.prefetch_related("seats__organisation"),
    along=lambda g: [g.meetings.all()],
)
index.declare(
    Meeting,
    title=lambda m: f"{m.title_ru} {m.title_en}",
    text=_said_at,
    fetch=lambda things: things.select_related("group").prefetch_related("items", "resolutions"),
)
index.declare(
    Task,
    title=lambda t: f"{t.title_ru} {t.title_en}",
    text=lambda t: t.words,
    number=lambda t: f"Т-{t.number}",
)
