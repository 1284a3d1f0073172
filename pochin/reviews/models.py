"""Reviews: who was asked, what they said, and the blind copy they read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from pochin.applications.models import Application, Attachment, Version
from pochin.core import imprints, tallies
from pochin.core.models import Tally
from pochin.files.blind import strip_metadata
from pochin.files.models import File
from pochin.participants.models import Organisation, Person
from pochin.participants.policy import programmes, ties
from pochin.reviews.policy import READING_ROLES
from pochin.ui.addresses import address
from pochin.ui.quick import quickly
from pochin.ui.seen import written_once


class State(models.TextChoices):
    OFFERED = "offered", _("offered")
    ACCEPTED = "accepted", _("in work")
    SUBMITTED = "submitted", _("handed in")
    RETURNED = "returned", _("returned for completion")
    FINAL = "final", _("final")
    DECLINED = "declined", _("declined")
    CONFLICTED = "conflicted", _("ended by a conflict of interest")
    REPLACED = "replaced", _("replaced")


SAID = [State.SUBMITTED, State.FINAL]
OPEN = [State.OFFERED, State.ACCEPTED, State.RETURNED]
READING = [State.ACCEPTED, State.RETURNED, State.SUBMITTED, State.FINAL]


class Part(models.TextChoices):
    TECHNOLOGY = "technology", _("technology")
    MARKET = "market", _("market")
    SECURITY = "security", _("security")
    OPERATION = "operation", _("work of the sites")
    LAW = "law", _("law")


class AssignmentQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> AssignmentQuerySet:
        """The expert's own; all of a programme, to those who work with reviews there without a
        tie to the applicant."""
        if not user.is_authenticated:
            return self.none()
        staff = Q(application__programme__in=programmes(user, *READING_ROLES))
        tied = ties(user)
        if tied:
            staff &= ~Q(application__organisation__in=tied)
        return self.filter(Q(expert_id=user.pk) | staff)

    def open_by_expert(self, user: Any) -> list[models.QuerySet]:
        """How many open reviews the reader sees of each expert: rows of (expert, how many).

        Those of whole programmes are kept by the database, the reader's own elsewhere are counted;
        for who is tied to some applicant everything is.
        """
        if ties(user):
            return [_by_expert(self.visible_to(user))]
        read = programmes(user, *READING_ROLES)
        elsewhere = self.filter(expert_id=user.pk).exclude(application__programme__in=read)
        return [Tally.objects.of("open_reviews", read), _by_expert(elsewhere)]


def _by_expert(seen: models.QuerySet) -> models.QuerySet:
    found = seen.filter(state__in=OPEN).order_by()
    return found.values_list("expert_id").annotate(n=Count("pk"))


def busiest(counts: Sequence[Mapping[str, int]], most: int) -> list[tuple[Person, int]]:
    """The experts with the most open reviews, the busiest first, of what `open_by_expert` said."""
    added: Counter[int] = Counter()
    for part in counts:
        added.update({int(expert): n for expert, n in part.items()})
    least = min((n for _expert, n in added.most_common(most)), default=0)
    experts = [expert for expert, n in added.items() if n >= max(least, 1)]
    named = quickly(Person.objects.filter(pk__in=experts).only("name_ru", "name_en"))
    ordered = sorted(named, key=lambda one: (-added[one.pk], one.name_ru))
    return [(one, added[one.pk]) for one in ordered[:most]]


# An application stays in its programme.
tallies.keep(
    name="open_reviews",
    model="reviews.Assignment",
    programme="(SELECT a.programme_id FROM applications_application a"
    " WHERE a.id = {row}.application_id)",
    key="CAST({row}.expert_id AS text)",
    where="{row}.state IN ('offered', 'accepted', 'returned')",
)


class Assignment(models.Model):
    """That an expert was asked to review one application."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="assignments")
    expert = models.ForeignKey(
        Person, models.PROTECT, related_name="assignments", verbose_name=_("expert")
    )
    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    part = models.CharField(_("what about"), max_length=12, choices=Part, default=Part.TECHNOLOGY)
    # Reviews are tied to what was handed in at that time.
    version = models.ForeignKey(Version, models.PROTECT, related_name="+", editable=False)
    state = models.CharField(max_length=12, choices=State, default=State.OFFERED, editable=False)
    offered_at = models.DateTimeField(_("offered"), editable=False)
    handed_in_at = models.DateTimeField(_("handed in"), null=True, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    # What is being written: kept with every pause, seen by the expert alone.
    draft = models.JSONField(default=dict, editable=False)

    objects = AssignmentQuerySet.as_manager()
    # What its name is made of, to be read with it in lists of many kinds of things.
    shown_with = ("application__need",)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "expert"],
                condition=~Q(state__in=["declined", "replaced"]),
                name="assignment_once",
            ),
            models.CheckConstraint(
                name="assignment_said_has_date",
                condition=~Q(state__in=["submitted", "final"]) | Q(handed_in_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["expert", "state"]),
            models.Index(fields=["application", "state"]),
            # The list, latest first.
            models.Index(fields=["-offered_at", "-id"]),
            # Those of a state, counted without reading them: whose they are stands beside.
            models.Index(fields=["state", "-offered_at", "-id", "application", "expert"]),
        ]

    def __str__(self) -> str:
        # Not the application: the expert is told of it before the question about ties.
        return str(_("Review: %(need)s") % {"need": self.application.need})

    def get_absolute_url(self) -> str:
        return address("reviews:page", self.number)

    @property
    def programme_id(self) -> int:
        return self.application.programme_id

    @property
    def programme(self) -> Any:
        return self.application.programme

    @property
    def organisation_id(self) -> int:
        return self.application.organisation_id


class ReviewQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ReviewQuerySet:
        """One's own; others' of the same application after one's own was handed in; all, to
        those who work with reviews in the programme and owe none of their own. A tie that came
        later closes all but one's own."""
        if not user.is_authenticated:
            return self.none()
        mine = Assignment.objects.filter(expert_id=user.pk)
        heard = mine.filter(state__in=SAID)
        tied = ties(user)
        if tied:
            heard = heard.exclude(application__organisation__in=tied)
        done = Q(assignment__application__in=heard.values("application"))
        staff = Q(assignment__in=Assignment.objects.visible_to(user).exclude(expert_id=user.pk))
        staff &= ~Q(assignment__application__in=mine.filter(state__in=OPEN).values("application"))
        said = Q(assignment__state__in=SAID)
        return self.filter(Q(assignment__expert_id=user.pk) | (said & (done | staff)))


def owes_own(user: Any, application: Application) -> bool:
    """Whether the reader was asked for a review of it and has not handed it in yet."""
    mine = application.assignments.filter(expert_id=user.pk, state__in=OPEN)
    return user.pk is not None and mine.exists()


class Recommendation(models.TextChoices):
    ACCEPT = "accept", _("take into a pilot")
    REFUSE = "refuse", _("do not take")


class Review(models.Model):
    """What an expert said; a later change is a new version beside the old one."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="reviews")
    number = models.PositiveSmallIntegerField()
    # {criterion: {"score": 1–5, "reason": text for the company, "closed": text for the committee}}
    scores = models.JSONField()
    confidence = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    # Chance in per cent that the pilot meets its threshold; compared later with what happened.
    probability = models.PositiveSmallIntegerField(validators=[MaxValueValidator(100)])
    recommendation = models.CharField(max_length=10, choices=Recommendation)
    question = models.TextField(blank=True)
    closed_note = models.TextField(blank=True)
    why_changed = models.TextField(blank=True)
    at = models.DateTimeField()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="review_version_once"),
            models.CheckConstraint(
                name="review_within_scales",
                condition=Q(confidence__gte=1, confidence__lte=5, probability__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} v{self.number}"

    def mean(self, criteria: list[dict[str, Any]]) -> float:
        """The weighted mean of the scores, 1–5, by the weights of the programme."""
        weights = {criterion["code"]: float(criterion["weight"]) for criterion in criteria}
        total = sum(weights.values())
        return sum(self.scores[code]["score"] * weight for code, weight in weights.items()) / total


class BlindCopy(models.Model):
    """A document without what in it names its author; made when the first expert opens it."""

    attachment = models.OneToOneField(Attachment, models.CASCADE, related_name="+")
    file = models.ForeignKey(File, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.file)


def blind_copy(attachment: Attachment, *, by: Any, at: datetime) -> File:
    """The blind copy of a document, made now if nobody has opened it before."""
    kept = BlindCopy.objects.select_related("file").filter(attachment=attachment).first()
    if kept is None:
        # A neutral name: the one the applicant gave may name the applicant.
        name = f"document{PurePath(attachment.file.name).suffix}"
        stripped = strip_metadata(attachment.file, by=by, at=at, name=name)
        kept, _new = BlindCopy.objects.get_or_create(
            attachment=attachment, defaults={"file": stripped.file}
        )
    return kept.file


def latest(application: Application) -> list[Review]:
    """The last version of every review that was handed in, the first expert first."""
    found: dict[int, Review] = {}
    reviews = Review.objects.filter(
        assignment__application=application, assignment__state__in=SAID
    ).select_related("assignment__expert")
    for review in reviews.order_by("assignment__offered_at", "number"):
        found[review.assignment_id] = review
    return list(found.values())


def blind(text: str, organisation: Organisation, mask: str) -> str:
    """The text without the names and numbers by which the applicant can be known."""
    names = {
        organisation.name_ru,
        organisation.name_en,
        organisation.full_name_ru,
        organisation.full_name_en,
        organisation.inn,
        organisation.ogrn,
    }
    # What stands in quotation marks inside a name names the company by itself.
    names |= {inner for name in names for inner in re.findall(r"[«\"“]([^»\"”]+)[»\"”]", name)}
    for name in sorted((n for n in names if len(n) >= 4), key=len, reverse=True):
        text = re.sub(re.escape(name), mask, text, flags=re.IGNORECASE)
    return text


imprints.keep(Assignment, along=lambda a: [a.reviews], loose=["draft"])
