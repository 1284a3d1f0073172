"""How an application is shown: its sections, its answers, its documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from pochin.applications.models import Application, Attachment, Version
from pochin.applications.policy import writer
from pochin.applications.sections import SECTIONS, Section, filled
from pochin.ui import pieces
from pochin.ui.shortcuts import visible_or_404


@dataclass(frozen=True, slots=True)
class Task:
    """A section as the task list shows it."""

    section: Section
    number: int
    state: str

    @property
    def is_done(self) -> bool:
        return self.state == "done"


WORDS = {"done": _l("Done"), "begun": _l("In work"), "empty": _l("Not begun")}


def task_rows(application: Application, tasks: list[Task]) -> list[pieces.Task]:
    """The task list: each section with how far it is."""
    return [
        pieces.Task(
            title=task.section.title,
            href=section_url(application, task.section),
            status=WORDS[task.state],
            done=task.is_done,
            tone="waiting" if task.state == "begun" else "neutral",
        )
        for task in tasks
    ]


def section_url(application: Application, part: Section) -> str:
    """Where a section is written."""
    if part.form is None:
        return reverse("applications:documents", args=[application.number])
    return reverse("applications:section", args=[application.number, part.code])


def _told_on(attached: Attachment) -> str:
    """What experts may still learn of the author from their copy."""
    left = attached.left_words
    return _("In the copy for experts: %(left)s") % {"left": left} if left else ""


def document_rows(application: Application) -> list[pieces.FileLine]:
    """The documents of an application, each with what is still to be known of it."""
    return [
        pieces.FileLine(
            name=attached.file.name,
            state="ready",
            size=attached.file.size,
            note=_told_on(attached),
            href=reverse("applications:document", args=[application.number, attached.file.sha256]),
        )
        for attached in application.attachments.select_related("file").order_by("pk")
    ]


def find(user: Any, number: int) -> Application:
    """An application the reader may see."""
    found = Application.objects.select_related(
        "need", "organisation", "programme", "contact", "solution"
    )
    return visible_or_404(found, user, number=number)


def find_writable(user: Any, number: int) -> Application:
    """An application the reader may still write."""
    application = find(user, number)
    writer.demand(user, application)
    return application


def tasks_of(application: Application) -> list[Task]:
    """The sections of a draft, each with how far it is."""
    kept = {answer.section: answer.values for answer in application.answers.all()}
    return [
        Task(section, number, filled(application, section, kept.get(section.code)))
        for number, section in enumerate(SECTIONS, start=1)
    ]


def sections_of(version: Version) -> list[tuple[Section, list[tuple[Any, str]]]]:
    """What was handed in, section by section."""
    return _told(version.content["answers"])


def answer_rows(application: Application) -> list[tuple[Section, list[pieces.Answer]]]:
    """The answers of a draft, each with its way back."""
    answers = {answer.section: answer.values for answer in application.answers.all()}
    return [
        (
            part,
            [
                pieces.Answer(question=asked, answer=said, href=section_url(application, part))
                for asked, said in rows
            ],
        )
        for part, rows in _told(answers)
    ]


def _told(answers: dict[str, dict[str, Any]]) -> list[tuple[Section, list[tuple[Any, str]]]]:
    """The answers as pairs of question and words, section by section."""
    return [
        (part, part.told(answers.get(part.code, {})))
        for part in SECTIONS
        if part.form is not None and part.form.base_fields
    ]
