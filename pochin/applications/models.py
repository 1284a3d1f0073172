"""Applications: an organisation offers a solution to a need."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pochin.core import imprints, numbers, signatures, standing, tallies, tongue
from pochin.core.models import Tally
from pochin.files import blind
from pochin.files.models import File
from pochin.needs.models import Need, answering_needs_of
from pochin.participants.models import Organisation, Person, Programme
from pochin.participants.policy import Role, either, may_have, organisations, programmes, ties
from pochin.solutions.models import Solution
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    SCREENING = "screening", _("being screened")
    CLARIFICATION = "clarification", _("waiting for clarification")
    IN_REVIEW = "in_review", _("in review")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class RefusalCode(models.TextChoices):
    OFF_TOPIC = "off_topic", _("does not answer the need")
    INCOMPLETE = "incomplete", _("lacks required answers or documents")
    NOT_ELIGIBLE = "not_eligible", _("the applicant may not take part")
    DUPLICATE = "duplicate", _("repeats another application")
    NOT_CONVINCING = "not_convincing", _("the reviews do not support it")


# The roles that read whatever was submitted in their programme.
READING_ROLES = (
    Role.COORDINATOR,
    Role.SCREENER,
    Role.COMMITTEE,
    Role.DIRECTOR,
    Role.PILOT_MANAGER,
    Role.METHODOLOGIST,
    Role.AUDITOR,
)


class ApplicationQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> ApplicationQuerySet:
        """Own ones; what was submitted, also to the owner of the need and to those who work with
        it in the programme, unless they are tied to the applicant. Experts read a blind copy."""
        if not user.is_authenticated:
            return self.none()
        seats, read, tied = organisations(user), programmes(user, *READING_ROLES), ties(user)
        staff = Q(programme__in=read) if read else None
        if may_have(user, "needs"):
            staff = either(staff, answering_needs_of(user, is_many=bool(read)))
        if staff and tied:
            staff &= ~Q(organisation__in=tied)
        if staff:
            staff = ~Q(state=State.DRAFT) & staff
        seen = either(Q(organisation__in=seats) if seats else None, staff)
        return self.filter(seen) if seen else self.none()

    def handed_in_by_state(self, user: Any) -> models.QuerySet:
        """How many the reader sees of those that were handed in: rows of (state, how many).

        Kept by the database for who reads all of a programme and nothing else; counted for others.
        """
        if ties(user) or may_have(user, "needs"):
            seen = self.visible_to(user).filter(HANDED_IN).order_by()
            return seen.values_list("state").annotate(n=Count("pk"))
        return Tally.objects.of("applications", programmes(user, *READING_ROLES))


# What a company has sent, whatever became of it.
HANDED_IN = Q(submitted_at__isnull=False) & ~Q(state=State.DRAFT)
tallies.keep(
    name="applications",
    model="applications.Application",
    programme="{row}.programme_id",
    key="{row}.state",
    where="{row}.submitted_at IS NOT NULL AND {row}.state <> 'draft'",
)


class Application(models.Model):
    """One offer, from the first draft to the decision."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="applications")
    need = models.ForeignKey(Need, models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="applications",
        verbose_name=_("organisation"),
    )
    solution = models.ForeignKey(
        Solution,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("solution"),
    )
    # Six random digits: counting up would tell companies how many rivals they have.
    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    contact = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("contact person")
    )
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    begun_at = models.DateTimeField(_("begun"), editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    # Set when enough reviews are in; from then on the committee is waited for.
    quorum_at = models.DateTimeField(null=True, editable=False)
    eligibility = models.JSONField(default=dict, editable=False)
    refusal_code = models.CharField(max_length=20, choices=RefusalCode, blank=True, editable=False)
    reasons = models.TextField(_("reasons"), blank=True, editable=False)
    # What each criterion was answered with: [{"criterion", "ru", "en", "score", "reason"}, …]
    feedback = models.JSONField(default=list, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            models.CheckConstraint(
                name="application_submitted_has_date",
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="application_refused_has_reasons",
                condition=~Q(state="refused") | ~Q(reasons=""),
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "state", "-submitted_at"]),
            models.Index(fields=["organisation", "-begun_at"]),
            models.Index(fields=["need", "state"]),
            models.Index(fields=["-submitted_at", "-id"]),
        ]

    def __str__(self) -> str:
        return tongue.own(self.title)

    @property
    def code(self) -> str:
        """The number as people read it."""
        return numbers.written("application", self.number)

    def get_absolute_url(self) -> str:
        return address("applications:page", self.number)

    def audience(self) -> str:
        """Who may see it, in words; the rule itself is `visible_to`."""
        if self.state == State.DRAFT:
            return gettext("People of the organisation. Nobody else, until it is submitted.")
        return gettext(
            "People of the organisation; the owner of the need; in the programme: coordinators, "
            "screeners, the committee, decision owners, pilot managers, methodologists, auditors. "
            "Experts see a copy without your name. Nobody with a conflict of interest sees it."
        )

    def content(self) -> dict[str, Any]:
        """Everything that is handed in: answers, documents by hash, the solution as it is now."""
        answers = {answer.section: answer.values for answer in self.answers.order_by("section")}
        documents = [
            {"name": attached.file.name, "sha256": attached.file.sha256}
            for attached in self.attachments.select_related("file").order_by("pk")
        ]
        return {
            "format": "pochin-application/1",
            "number": self.number,
            "need": self.need.number,
            "organisation": {"inn": self.organisation.inn, "name": self.organisation.name_ru},
            "title": self.title,
            "answers": answers,
            "documents": documents,
            "solution": self.solution.snapshot() if self.solution else None,
        }


class Answer(models.Model):
    """What was answered in one section of the form. A draft: it changes without a trace."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="answers")
    section = models.CharField(max_length=20)
    values = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    edited_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "section"], name="answer_once")
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.section}"


class Attachment(models.Model):
    """A document that belongs to an application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="attachments")
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    # What the copy for experts would still tell on its author (`files.blind.left_in`); None where
    # nobody has looked yet.
    left = models.JSONField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "file"], name="attachment_once")
        ]

    def __str__(self) -> str:
        return str(self.file)

    @property
    def left_words(self) -> str:
        """What experts may learn of its author, in the reader's language; empty where nothing."""
        return blind.said(self.left)


class Version(models.Model):
    """What was handed in, as it was; reviews and decisions are tied to one version."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    consents = models.JSONField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="version_once")
        ]

    def __str__(self) -> str:
        return f"{self.application_id} v{self.number}"

    @property
    def is_whole(self) -> bool:
        """Whether it still is what was handed in."""
        return signatures.fingerprint(self.content) == self.sha256


class Clarification(models.Model):
    """A question of the centre about an application, and its answer."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="clarifications")
    number = models.PositiveSmallIntegerField()
    question = models.TextField(_("question"))
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="clarification_once")
        ]

    def __str__(self) -> str:
        return tongue.own(self.question)[:60]


def keep_version(
    application: Application, *, consents: dict[str, Any], by: Any, at: datetime
) -> Version:
    """Freeze what is handed in now as the next version."""
    content = application.content()
    return Version.objects.create(
        application=application,
        number=application.versions.count() + 1,
        content=content,
        sha256=signatures.fingerprint(content),
        consents=consents,
        by_id=by.pk,
        at=at,
    )


# Answers are a draft: what was handed in stands in the versions.
imprints.keep(Application, along=lambda a: [a.versions, a.attachments, a.clarifications])
imprints.keep(Attachment, loose=["left"])
standing.sealed(Version)
