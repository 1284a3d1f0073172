"""An agreement is written: its words, its parties, its annexes, and every version of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle.course import (
    life,
)
from pochin.agreements.models import (
    OPEN_WORDS,
    Agreement,
    Annex,
    Clause,
    Party,
    State,
)
from pochin.agreements.policy import writer
from pochin.core import journal, numbers
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, Programme


@life.birth(
    State.DRAFT,
    who=writer,
    label=_("Prepare an agreement"),
    done=_("The draft of the agreement was begun"),
)
def begin(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> Agreement:
    """Start to write an agreement; its parties do not see it yet."""
    number = numbers.following(f"agreement@{programme.pk}")
    return Agreement(programme=programme, number=number, **fields)


@life.move(*OPEN_WORDS, to=STAY, who=writer, label=_("Edit"), done=_("The words were changed"))
def edit(agreement: Agreement, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the words or the term before anybody is asked to agree or to sign."""
    for name, value in fields.items():
        setattr(agreement, name, value)


@life.move(
    *OPEN_WORDS,
    to=STAY,
    who=writer,
    label=_("Put in the document"),
    done=_("A document was put in"),
)
def put_document(agreement: Agreement, *, by: Any, document: File, at: datetime = NOW) -> None:
    """Put in the paper to be signed, instead of the one before."""
    agreement.document = document


@life.move(State.DRAFT, to=STAY, who=writer, label=_("Add a party"), done=_("A party was added"))
def add_party(
    agreement: Agreement,
    *,
    by: Any,
    organisation: Organisation,
    signatory: Person | None = None,
    at: datetime = NOW,
    **named: str,
) -> None:
    """Name an organisation that is bound by the agreement, and who signs for it.

    `named` holds the name, the post and the grounds as they stand on paper.
    """
    if agreement.party_set.filter(organisation=organisation).exists():
        raise Refused(_t("%(company)s is already a party.") % {"company": organisation})
    Party.objects.create(
        agreement=agreement, organisation=organisation, signatory=signatory, **named
    )


@life.move(
    State.DRAFT, to=STAY, who=writer, label=_("Remove a party"), done=_("A party was removed")
)
def remove_party(
    agreement: Agreement, *, by: Any, organisation: Organisation, at: datetime = NOW
) -> None:
    """Take an organisation out again."""
    gone, _kinds = agreement.party_set.filter(organisation=organisation).delete()
    if not gone:
        raise Refused(_t("%(company)s is not a party.") % {"company": organisation})


@life.move(
    *OPEN_WORDS, to=STAY, who=writer, label=_("Write a clause"), done=_("A clause was written")
)
def write_clause(
    agreement: Agreement, *, by: Any, place: int, at: datetime = NOW, **fields: str
) -> None:
    """Write the clause that stands at this place, or write it anew."""
    Clause.objects.update_or_create(agreement=agreement, place=place, defaults=fields)


@life.move(
    *OPEN_WORDS, to=STAY, who=writer, label=_("Remove a clause"), done=_("A clause was removed")
)
def remove_clause(agreement: Agreement, *, by: Any, place: int, at: datetime = NOW) -> None:
    """Take a clause out; the other ones keep their numbers."""
    gone, _kinds = agreement.clauses.filter(place=place).delete()
    if not gone:
        raise Refused(_t("There is no clause %(n)d.") % {"n": place})


@life.move(*OPEN_WORDS, to=STAY, who=writer, label=_("Add an annex"), done=_("An annex was added"))
def add_annex(
    agreement: Agreement,
    *,
    by: Any,
    file: File,
    title_ru: str,
    title_en: str = "",
    at: datetime = NOW,
) -> None:
    """Add a file that belongs to the agreement."""
    last = agreement.annexes.order_by("-place").first()
    place = last.place + 1 if last else 1
    Annex.objects.create(
        agreement=agreement, place=place, file=file, title_ru=title_ru, title_en=title_en
    )


@life.move(
    *OPEN_WORDS, to=STAY, who=writer, label=_("Remove an annex"), done=_("An annex was removed")
)
def remove_annex(agreement: Agreement, *, by: Any, annex: Annex, at: datetime = NOW) -> None:
    """Take an annex out again."""
    agreement.annexes.filter(pk=annex.pk).delete()


@life.follows(
    "propose", "show_again", "ask_approvals", "send", "enter_from_paper", "edit", "put_document",
    "write_clause", "remove_clause", "add_annex", "remove_annex",
)  # fmt: skip
def keep_version(agreement: Agreement, at: datetime) -> None:
    """Keep what the parties are shown, once for each different text; a draft is not kept."""
    keep_words(agreement, by_id=_last_actor(agreement), at=at)


def keep_words(agreement: Agreement, *, by_id: int | None, at: datetime) -> None:
    """Keep the present words as a version if the parties see them and they are new."""
    if not agreement.sha256:
        return
    sha256 = agreement.fingerprint()
    if agreement.state in OPEN_WORDS and agreement.sha256 != sha256:
        agreement.sha256 = sha256
        agreement.save(update_fields=["sha256"])
    last = agreement.versions.order_by("-number").first()
    if last is None or last.sha256 != sha256:
        agreement.versions.create(
            number=last.number + 1 if last else 1,
            content=agreement.content(),
            sha256=sha256,
            made_by_id=by_id,
            made_at=at,
        )


def _last_actor(agreement: Agreement) -> int | None:
    entry = journal.of(agreement).last()
    return entry.by_id if entry else None
