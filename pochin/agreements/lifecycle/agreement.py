"""The life of an agreement.

draft → being negotiated → being approved → being signed → signed → in force → renewed / expired;
terminated from anywhere. What needs no negotiation is sent from the draft straight to be signed.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import (
    OPEN_WORDS,
    Agreement,
    Annex,
    ApprovalKind,
    Clause,
    Party,
    Renewal,
    State,
)
from pochin.agreements.policy import ender, may_sign, party_member, party_signatory, writer
from pochin.core import journal, numbers, signatures
from pochin.core.calendar import MOSCOW
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import rule, system
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, Programme
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat

life: Lifecycle[Agreement] = Lifecycle(
    "agreements",
    State,
    ends=frozenset({State.EXPIRED, State.TERMINATED, State.RENEWED}),
    rests={
        State.SIGNED: _("The term has not begun yet."),
        State.IN_FORCE: _("The agreement is kept until its term ends."),
    },
)


def _unsigned(agreement: Agreement) -> list[str]:
    hats: list[str] = []
    for party in agreement.party_set.filter(signed_at__isnull=True):
        hats += person_hat(party.signatory_id) or organisation_hat(party.organisation_id, "sign")
    return hats or role_hat(Role.COORDINATOR, agreement)


life.waits(
    State.DRAFT,
    on=lambda a: role_hat(Role.COORDINATOR, a),
    owner=Role.COORDINATOR.label,
    clock="draft",
    days=60,
    words=_("Finish the text and send it to be signed"),
)


def _parties(agreement: Agreement) -> list[str]:
    keys = agreement.party_set.values_list("organisation", flat=True)
    return [hat for key in keys for hat in organisation_hat(key, "edit")]


def _unapproved(agreement: Agreement) -> list[str]:
    asked = agreement.approvals.filter(sha256=agreement.sha256, at__isnull=True)
    return [approval.hat for approval in asked]


life.waits(
    State.NEGOTIATION,
    on=_parties,
    owner=_("those who edit for the parties"),
    clock="agreement negotiation",
    days=20,
    words=_("Read the words and say what should be changed"),
)
life.waits(
    State.APPROVALS,
    on=_unapproved,
    owner=_("those who were asked to agree"),
    clock="agreement approval",
    days=10,
    words=_("Agree to the words before they are signed, or say what stands against it"),
)
life.waits(
    State.SIGNING,
    on=_unsigned,
    owner=_("the parties that have not signed yet"),
    clock="agreement signature",
    days=10,
    words=_("Read and sign the agreement"),
)


@guard(_("An agreement needs two parties."))
def has_two_parties(agreement: Agreement) -> bool:
    return agreement.party_set.count() >= 2


@guard(_("There is neither a text nor a document to sign."))
def has_words(agreement: Agreement) -> bool:
    written = bool(agreement.text_ru) or agreement.document_id is not None
    return written or agreement.clauses.exists()


@guard(_("The term is over before it is signed."))
def term_is_ahead(agreement: Agreement, *, at: datetime) -> bool:
    return agreement.ends_on is None or agreement.ends_on >= timezone.localdate(at)


@guard(_("Not every party has signed."))
def all_have_signed(agreement: Agreement) -> bool:
    return not agreement.party_set.filter(signed_at__isnull=True).exists()


@guard(_("The words were changed after they were sent to be signed."))
def words_are_those_sent(agreement: Agreement) -> bool:
    return agreement.sha256 == agreement.fingerprint()


@guard(_("The term has not begun yet."))
def term_has_begun(agreement: Agreement, *, at: datetime) -> bool:
    return agreement.starts_on <= timezone.localdate(at)


@guard(_("The term is not over yet."))
def term_is_over(agreement: Agreement, *, at: datetime) -> bool:
    ends = agreement.term_ends_on
    return ends is not None and ends < timezone.localdate(at)


@guard(_("Not everybody who was asked has agreed to the words."))
def all_have_approved(agreement: Agreement) -> bool:
    asked = agreement.approvals.filter(sha256=agreement.sha256)
    return asked.exists() and not asked.filter(at__isnull=True).exists()


@guard(_("It does not go on by itself."))
def goes_on_by_itself(agreement: Agreement) -> bool:
    return agreement.renewal == Renewal.AUTOMATIC


@guard(_("Who signs for each party, and in which post, is not named yet."))
def signatories_are_named(agreement: Agreement) -> bool:
    return not agreement.party_set.filter(signs_ru="").exists()


@life.birth(State.DRAFT, who=writer, label=_("Prepare an agreement"))
def begin(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> Agreement:
    """Start to write an agreement; its parties do not see it yet."""
    number = numbers.following(f"agreement@{programme.pk}")
    return Agreement(programme=programme, number=number, **fields)


@life.move(*OPEN_WORDS, to=STAY, who=writer, label=_("Edit"))
def edit(agreement: Agreement, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the words or the term before anybody is asked to agree or to sign."""
    for name, value in fields.items():
        setattr(agreement, name, value)


@life.move(*OPEN_WORDS, to=STAY, who=writer, label=_("Put in the document"))
def put_document(agreement: Agreement, *, by: Any, document: File, at: datetime = NOW) -> None:
    """Put in the paper to be signed, instead of the one before."""
    agreement.document = document


@life.move(State.DRAFT, to=STAY, who=writer, label=_("Add a party"))
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


@life.move(State.DRAFT, to=STAY, who=writer, label=_("Remove a party"))
def remove_party(
    agreement: Agreement, *, by: Any, organisation: Organisation, at: datetime = NOW
) -> None:
    """Take an organisation out again."""
    gone, _kinds = agreement.party_set.filter(organisation=organisation).delete()
    if not gone:
        raise Refused(_t("%(company)s is not a party.") % {"company": organisation})


@life.move(*OPEN_WORDS, to=STAY, who=writer, label=_("Write a clause"))
def write_clause(
    agreement: Agreement, *, by: Any, place: int, at: datetime = NOW, **fields: str
) -> None:
    """Write the clause that stands at this place, or write it anew."""
    Clause.objects.update_or_create(agreement=agreement, place=place, defaults=fields)


@life.move(*OPEN_WORDS, to=STAY, who=writer, label=_("Remove a clause"))
def remove_clause(agreement: Agreement, *, by: Any, place: int, at: datetime = NOW) -> None:
    """Take a clause out; the other ones keep their numbers."""
    gone, _kinds = agreement.clauses.filter(place=place).delete()
    if not gone:
        raise Refused(_t("There is no clause %(n)d.") % {"n": place})


@life.move(*OPEN_WORDS, to=STAY, who=writer, label=_("Add an annex"))
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


@life.move(*OPEN_WORDS, to=STAY, who=writer, label=_("Remove an annex"))
def remove_annex(agreement: Agreement, *, by: Any, annex: Annex, at: datetime = NOW) -> None:
    """Take an annex out again."""
    agreement.annexes.filter(pk=annex.pk).delete()


@life.move(
    State.DRAFT,
    to=State.NEGOTIATION,
    who=writer,
    label=_("Show to the parties"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def propose(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Show the words to the parties; every change from here on is a version they can compare."""
    agreement.sha256 = agreement.fingerprint()


@life.move(State.NEGOTIATION, to=STAY, who=party_member, label=_("Say what should be changed"))
def remark(agreement: Agreement, *, by: Any, note: str, at: datetime = NOW) -> None:
    """Say what the words should be instead; everybody who reads the agreement sees it."""


@life.move(
    State.NEGOTIATION,
    to=State.APPROVALS,
    who=writer,
    label=_("Ask to agree to the words"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def ask_approvals(agreement: Agreement, *, by: Any, kinds: list[str], at: datetime = NOW) -> None:
    """Fix the words and ask each party, and whom else is named, to agree to them."""
    agreement.sha256 = agreement.fingerprint()
    asked: list[tuple[str, int | None]] = [
        (ApprovalKind.PARTY, key)
        for key in agreement.party_set.values_list("organisation", flat=True)
    ]
    asked += [(kind, None) for kind in kinds if kind != ApprovalKind.PARTY]
    for kind, key in asked:
        agreement.approvals.get_or_create(kind=kind, organisation_id=key, sha256=agreement.sha256)


@rule(_("those who were asked to agree"))
def asked_to_approve(user: Any, agreement: Any) -> bool:
    return bool(open_approvals(agreement, user))


def open_approvals(agreement: Agreement, user: Any) -> list[Any]:
    """The approvals of these words that wait for this user."""
    asked = agreement.approvals.filter(sha256=agreement.sha256, at__isnull=True)
    return [approval for approval in asked.order_by("pk") if approval.hat in user.hats]


@life.move(
    State.APPROVALS,
    to=STAY,
    who=asked_to_approve,
    label=_("Agree to the words"),
    guards=[words_are_those_sent],
)
def approve(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Agree, for everybody one was asked for, to exactly these words."""
    for approval in open_approvals(agreement, by):
        approval.by_id, approval.at = by.pk, at
        approval.save(update_fields=["by", "at"])


@life.move(
    State.APPROVALS, to=State.NEGOTIATION, who=asked_to_approve, label=_("Say what stands against")
)
def object_to(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Send the words back to be negotiated, with the reason; what others agreed to is void."""
    agreement.approvals.filter(sha256=agreement.sha256).delete()


@life.move(
    State.APPROVALS,
    to=State.SIGNING,
    who=system | writer,
    label=_("Note that all have agreed"),
    guards=[all_have_approved, words_are_those_sent, term_is_ahead],
)
def fix(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Everybody who was asked has agreed; now the parties sign."""


@life.move(
    State.DRAFT,
    to=State.SIGNING,
    who=writer,
    label=_("Send to be signed"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def send(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Show the agreement to its parties; from here on every word is fixed by its fingerprint."""
    agreement.sha256 = agreement.fingerprint()


@life.move(
    State.NEGOTIATION,
    State.APPROVALS,
    State.SIGNING,
    to=State.DRAFT,
    who=writer,
    label=_("Change the words"),
)
def take_back(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Go back to the text; signatures given so far are under other words and no longer count."""
    agreement.approvals.filter(sha256=agreement.sha256).delete()
    agreement.sha256 = ""
    agreement.party_set.update(signed_by=None, signed_at=None)


@life.move(
    State.SIGNING,
    to=STAY,
    who=party_signatory,
    label=_("Sign for a party"),
    guards=[words_are_those_sent, term_is_ahead],
    is_final=True,
)
def sign(agreement: Agreement, *, by: Any, organisation: Organisation, at: datetime = NOW) -> None:
    """Sign for one party over the fingerprint of the words."""
    party = agreement.party_set.filter(organisation=organisation).first()
    if party is None or not may_sign(by, party):
        raise Refused(_t("You do not sign for this party."))
    if party.signed_at is not None:
        raise Refused(_t("%(company)s has already signed.") % {"company": organisation})
    signatures.sign(
        agreement,
        what="agreement",
        by=by,
        role=f"party {organisation.pk}",
        sha256=agreement.sha256,
        at=at,
    )
    party.signed_by_id, party.signed_at = by.pk, at
    party.save(update_fields=["signed_by", "signed_at"])


@life.move(
    State.DRAFT,
    to=State.SIGNED,
    who=writer,
    label=_("Enter as signed on paper"),
    guards=[has_two_parties, has_words, signatories_are_named],
    is_final=True,
)
def enter_from_paper(agreement: Agreement, *, by: Any, signed_on: date, at: datetime = NOW) -> None:
    """Enter an agreement that its parties signed on paper, with those who signed it."""
    if signed_on > timezone.localdate(at):
        raise Refused(_t("The day of the signatures is still ahead. Nothing was changed."))
    if agreement.ends_on is not None and signed_on > agreement.ends_on:
        raise Refused(_t("The term is over before the day of the signatures. Check both days."))
    agreement.is_on_paper = True
    agreement.signed_at = datetime.combine(signed_on, time(12), MOSCOW)
    agreement.sha256 = agreement.fingerprint()


@life.move(
    State.SIGNING,
    to=State.SIGNED,
    who=system | writer,
    label=_("Note that all have signed"),
    guards=[all_have_signed, words_are_those_sent],
)
def conclude(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Every party has signed the same words."""
    agreement.signed_at = at


@life.move(
    State.SIGNED,
    to=State.IN_FORCE,
    who=system | writer,
    label=_("Note that the term began"),
    guards=[term_has_begun],
)
def enter_into_force(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """The term has begun."""


@life.move(
    State.IN_FORCE,
    to=STAY,
    who=system | writer,
    label=_("Note that the term goes on"),
    guards=[goes_on_by_itself, term_is_over],
)
def prolong(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Nobody objected, so the term goes on as was agreed."""
    ends = agreement.term_ends_on
    agreement.prolonged_until = _months_later(ends, agreement.renewal_months or 12)


def _months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month.

    >>> _months_later(date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    # The last day of a month stays the last day.
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


@life.move(
    State.IN_FORCE,
    to=STAY,
    who=party_signatory,
    label=_("Do not let it go on by itself"),
    guards=[goes_on_by_itself],
    is_final=True,
)
def end_with_term(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Let the agreement end with its present term."""
    agreement.renewal = Renewal.NONE


@life.move(
    State.SIGNED, State.IN_FORCE, to=State.RENEWED, who=writer, label=_("Renew by another one")
)
def renew(agreement: Agreement, *, by: Any, successor: Agreement, at: datetime = NOW) -> None:
    """Note that another signed agreement of the same parties goes on in its place."""
    same = set(agreement.parties.values_list("pk", flat=True))
    if successor.pk == agreement.pk or successor.state not in (State.SIGNED, State.IN_FORCE):
        raise Refused(_t("It can be renewed only by another agreement that is signed."))
    if same != set(successor.parties.values_list("pk", flat=True)):
        raise Refused(_t("The other agreement is between other parties."))
    agreement.successor = successor


@life.move(
    State.IN_FORCE,
    to=State.EXPIRED,
    who=system,
    label=_("Note that the term ended"),
    guards=[term_is_over],
)
def expire(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """The term has ended."""


@life.move(
    State.NEGOTIATION,
    State.APPROVALS,
    State.SIGNING,
    State.SIGNED,
    State.IN_FORCE,
    to=State.TERMINATED,
    who=ender,
    label=_("Terminate"),
    is_final=True,
)
def terminate(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """End the agreement before its term, or break off the negotiation."""
    agreement.terminated_on = timezone.localdate(at)
    agreement.reasons = reason


@life.move(State.DRAFT, to=State.TERMINATED, who=writer, label=_("Drop the draft"), is_final=True)
def drop(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Give up an agreement that nobody has seen yet."""
    agreement.terminated_on = timezone.localdate(at)


@life.follows(
    "propose", "ask_approvals", "send", "enter_from_paper", "edit", "put_document",
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
    if agreement.state == State.NEGOTIATION and agreement.sha256 != sha256:
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
