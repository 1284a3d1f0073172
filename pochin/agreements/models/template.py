"""Templates of papers in DOCX, which a centre may put in the place of the shipped one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models.agreement import READERS, AgreementKind
from pochin.files.models import File
from pochin.participants.models import Person, Programme
from pochin.participants.policy import programmes


class PaperTemplateQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> PaperTemplateQuerySet:
        """Those of the programmes whose agreements one reads."""
        return self.filter(programme__in=programmes(user, *READERS))


class PaperTemplate(models.Model):
    """A template of one kind of agreement in one language; the newest one is in use."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=AgreementKind)
    language = models.CharField(
        _("language"), max_length=2, choices=[("ru", _("Russian")), ("en", _("English"))]
    )
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    put_in_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    put_in_at = models.DateTimeField()
    # A centre may go back to the template it began with.
    is_in_use = models.BooleanField(default=True)

    objects: ClassVar[models.Manager] = PaperTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("template")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "kind", "language"],
                condition=models.Q(is_in_use=True),
                name="paper_template_in_use_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_language_display()}"
