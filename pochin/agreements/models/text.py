"""What the parties agree on: clauses, annexes, versions, and who approved the words."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models.agreement import Agreement
from pochin.core import imprints, signatures, standing, tongue
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, in_reader_language
from pochin.participants.policy import Role


class Clause(models.Model):
    """A clause of the text in both languages, each with a plain summary beside it."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="clauses")
    place = models.PositiveSmallIntegerField(_("number"))
    heading_ru = models.CharField(_("heading in Russian"), max_length=200)
    heading_en = models.CharField(_("heading in English"), max_length=200, blank=True)
    text_ru = models.TextField(_("text in Russian"), max_length=20000)
    text_en = models.TextField(_("text in English"), max_length=20000, blank=True)
    summary_ru = models.TextField(_("in plain words, in Russian"), max_length=1000, blank=True)
    summary_en = models.TextField(_("in plain words, in English"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("clause")
        constraints = [models.UniqueConstraint(fields=["agreement", "place"], name="clause_place")]

    def __str__(self) -> str:
        return f"{self.place}. {self.told('heading')}"

    def told(self, field: str) -> str:
        """A text in the reader's language, by the name both languages share."""
        return in_reader_language(getattr(self, f"{field}_ru"), getattr(self, f"{field}_en"))

    def content(self) -> list[Any]:
        """What is signed of a clause."""
        return [self.place, self.heading_ru, self.heading_en, self.text_ru, self.text_en,
                self.summary_ru, self.summary_en]  # fmt: skip


class Annex(models.Model):
    """A file that belongs to the agreement."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="annexes")
    place = models.PositiveSmallIntegerField(_("number"))
    title_ru = models.CharField(_("title in Russian"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    file = models.ForeignKey(File, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("annex")
        constraints = [models.UniqueConstraint(fields=["agreement", "place"], name="annex_place")]

    def __str__(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)


class Version(models.Model):
    """The words as they were shown to the parties once; never changed."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} v{self.number}"

    @property
    def is_whole(self) -> bool:
        """Whether the words still are those that were shown."""
        return signatures.fingerprint(self.content) == self.sha256


class Remark(models.Model):
    """What a party answers to the words it was shown; without a text it has no remarks."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="remarks")
    number = models.PositiveSmallIntegerField(_("number"))
    # Nobody's where somebody speaks who was asked to approve for no party.
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True)
    place = models.PositiveSmallIntegerField(_("clause"), null=True)
    text = models.TextField(_("what should be changed"), max_length=4000, blank=True)
    version = models.PositiveSmallIntegerField(_("version"))
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    is_taken = models.BooleanField(_("taken into account"), null=True)
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("remark")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_remark_once"),
            models.CheckConstraint(
                name="agreement_remark_answer_is_whole",
                condition=Q(is_taken__isnull=True, answered_at__isnull=True)
                | Q(is_taken__isnull=False, answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {tongue.own(self.text)[:80]}"

    @property
    def is_open(self) -> bool:
        """Whether it asks for a change and nobody has answered yet."""
        return bool(self.text) and self.answered_at is None


class ApprovalKind(models.TextChoices):
    PARTY = "party", _("the party")
    LEGAL = "legal", _("lawyer of the programme")
    BUSINESS = "business", _("decision owner of the programme")


class Approval(models.Model):
    """That somebody agrees to exactly these words before they are signed, or is asked to."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="approvals")
    kind = models.CharField(max_length=10, choices=ApprovalKind)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("approval")
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "kind", "organisation", "sha256"], name="approval_once"
            ),
            models.CheckConstraint(
                name="approval_is_whole",
                condition=Q(by__isnull=True, at__isnull=True)
                | Q(by__isnull=False, at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.organisation or self.get_kind_display())

    @property
    def hat(self) -> str:
        """Who is asked."""
        if self.kind == ApprovalKind.PARTY:
            return f"edit@org-{self.organisation_id}"
        role = Role.LAWYER if self.kind == ApprovalKind.LEGAL else Role.DIRECTOR
        return f"{role}@{self.agreement.programme_id}"


# Of an agreement: its words, its parties and what was said of them. Its versions are kept after
# the move, by what follows it, and seal themselves.
imprints.keep(
    Agreement,
    along=lambda a: [
        a.party_set, a.clauses, a.annexes, a.remarks, a.approvals,
    ],
    loose=["sha256"],
)  # fmt: skip
standing.sealed(Version)
