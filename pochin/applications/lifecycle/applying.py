"""An application is begun, written and handed in by whoever offers the solution."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.applications.lifecycle.course import applicant_is_member, life
from pochin.applications.models import Answer, Application, Attachment, State, keep_version
from pochin.applications.policy import signer, writer
from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.files import blind
from pochin.files.models import File
from pochin.needs.models import Need
from pochin.participants.models import Organisation


@life.birth(State.DRAFT, who=writer, label=_("Apply"), done=_("The application was begun"))
def begin(
    need: Need, *, by: Any, organisation: Organisation, title: str, at: datetime = NOW
) -> Application:
    """Start an application to an open need."""
    if not need.is_open(at):
        raise Refused(_t("This need takes no applications now."))
    return Application(
        programme=need.programme,
        need=need,
        organisation=organisation,
        number=numbers.random(Application),
        title=title,
        contact_id=by.pk,
        begun_at=at,
    )


@life.move(
    State.DRAFT,
    State.CLARIFICATION,
    to=STAY,
    who=writer,
    label=_("Add a document"),
    done=_("A document was added"),
)
def attach(application: Application, *, by: Any, file: File, at: datetime = NOW) -> None:
    """Add a document; what its copy for experts would tell on the author is noted with it."""
    same = application.attachments.filter(file__sha256=file.sha256).select_related("file").first()
    if same is not None:
        raise Refused(_t("This document is there already: %(name)s.") % {"name": same.file.name})
    Attachment.objects.create(
        application=application,
        file=file,
        added_by_id=by.pk,
        added_at=at,
        left=blind.left_in(file),
    )


@life.move(
    State.DRAFT,
    State.CLARIFICATION,
    to=STAY,
    who=writer,
    label=_("Remove a document"),
    done=_("A document was removed"),
)
def detach(
    application: Application, *, by: Any, attachment: Attachment, at: datetime = NOW
) -> None:
    """Take a document away; versions already handed in keep it."""
    attachment.delete()


@life.move(
    State.DRAFT,
    to=State.SUBMITTED,
    who=signer,
    label=_("Submit the application"),
    done=_("The application was submitted"),
    guards=[applicant_is_member],
)
def submit(
    application: Application, *, by: Any, consents: dict[str, Any], missing: int, at: datetime = NOW
) -> None:
    """Hand the application in; from here on its text is frozen."""
    need = application.need
    if not need.is_open(at):
        raise Refused(_late(need))
    if missing:
        raise Refused(_t("Some sections are not finished. Your draft is kept."))
    application.submitted_at = at
    keep_version(application, consents=consents, by=by, at=at)


class Overtaken(Exception):
    """Somebody else saved the section while this person was writing; both texts are kept."""

    def __init__(self, theirs: Answer) -> None:
        super().__init__(theirs)
        self.theirs = theirs


def keep(
    application: Application,
    section: str,
    values: dict[str, Any],
    *,
    revision: int,
    by: Any,
    at: datetime,
) -> Answer:
    """Save a section of a draft as it is, finished or not.

    Not a move: a draft changes with every few words, and only what is handed in is history.

    Raises:
        Overtaken: The section was saved by somebody else since `revision`.
        Refused: The application is no longer a draft.
    """
    writer.demand(by, application)
    if application.state not in {State.DRAFT, State.CLARIFICATION}:
        raise Refused(_t("The application was submitted; its text can no longer change."))
    fresh = {"edited_by_id": by.pk, "edited_at": at, "values": values}
    kept, is_new = Answer.objects.get_or_create(
        application=application, section=section, defaults={**fresh, "revision": 1}
    )
    if is_new:
        return kept
    # One statement compares and saves, so that of two people at once one is told.
    saved = Answer.objects.filter(pk=kept.pk, revision=revision).update(
        **fresh, revision=revision + 1
    )
    kept.refresh_from_db()
    if not saved and kept.values != values:
        raise Overtaken(kept)
    return kept


def _late(need: Need) -> str:
    if need.closes_at is None:
        return _t("This need takes no applications now. Your draft is kept.")
    closed = date_format(localtime(need.closes_at), "d.m.Y H:i")
    return _t(
        "Submissions closed at %(closed)s Moscow time. Your draft is saved and only you can see it."
    ) % {"closed": closed}
