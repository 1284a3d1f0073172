"""Taking a document in: counted, looked into, kept, and only then known to the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.files import archives, kinds, names, pdf, pictures, scanner, store, texts
from pochin.files.limits import LIMITS, Budget, Limits
from pochin.files.models import File, State


def receive(
    upload: Any,
    *,
    by: Any,
    at: datetime,
    accept: frozenset[str] = kinds.ANYTHING,
    limits: Limits = LIMITS,
) -> File:
    """Keep what a person sent, or refuse it with a sentence that says why and what now.

    Args:
        upload: An uploaded file of Django, or any of its `File`s with a name.
        by: Who sent it.
        at: When.
        accept: Codes of the kinds this door takes: `kinds.DOCUMENTS`, `kinds.PICTURES`, ….
        limits: Bounds, where a door has narrower ones.

    Raises:
        Refused: The file is not taken; nothing of it is kept.
    """
    name = names.clean(upload.name)
    kind = kinds.of_name(names.extension(name))
    if kind.code not in accept:
        raise Refused(
            _("Here only these kinds are taken: %(kinds)s.") % {"kinds": kinds.words(accept)}
        )
    if upload.size is not None and upload.size > limits.size:
        store.refuse_size(upload.size, limits.size)
    with store.hold(upload.chunks(), limit=limits.size) as held:
        kinds.agree(kind, look(held, limits, promised=kind))
        state = _scan(held)
        store.keep(held)
    return File.objects.create(
        sha256=held.sha256,
        size=held.size,
        kind=kind.code,
        name=name,
        uploaded_by_id=by.pk,
        uploaded_at=at,
        state=state,
    )


def look(held: store.Held, limits: Limits, *, promised: kinds.Kind | None = None) -> str:
    """What kind the bytes are of, after looking through them all.

    `promised` is the kind the name speaks of: bytes of no known kind are damaged rather than
    badly encoded words when the name promises no text.
    """
    file, budget = held.file, Budget(limits, held.size)
    found = kinds.by_content(file.read(64))
    if found == "zip":
        return archives.inspect(file, budget)
    if archives.is_archive_end(archives.read_tail(file)):
        raise Refused(_("The file is two things at once: a document and an archive. Save it anew."))
    file.seek(0)
    if found == "text":
        try:
            texts.inspect(file, budget)
        except Refused as refusal:
            if promised is None or promised.code in kinds.TEXTS:
                raise
            raise Refused(
                _(
                    "By its name the file is %(promised)s, but its content cannot be read as such:"
                    " it is damaged or of another kind. Open it, save it anew and send that."
                )
                % {"promised": promised.words}
            ) from refusal
    elif found == "pdf":
        pdf.inspect(file, budget)
    else:
        pictures.inspect(file, found, budget)
    return found


def _scan(held: store.Held) -> State:
    if not scanner.is_configured():
        return State.READY
    try:
        found = scanner.virus(held.file)
    except scanner.Unanswered:
        return State.WAITING
    if found:
        raise Refused(virus_found(found))
    return State.READY


def virus_found(name: str) -> str:
    words = _("The virus scanner found “%(name)s”. Check your computer and save the file anew.")
    return words % {"name": name}


def look_again(file: File) -> None:
    """Ask the scanner about a file that waits for it; one with a virus loses its bytes."""
    try:
        with store.open_bytes(file.sha256) as held:
            found = scanner.virus(held) if scanner.is_configured() else ""
    except scanner.Unanswered:
        return
    waiting = File.objects.filter(sha256=file.sha256, state=State.WAITING)
    if found:
        waiting.update(state=State.REFUSED, reason=virus_found(found))
        store.remove(file.sha256)
    else:
        waiting.update(state=State.READY)


def forget(file: File) -> None:
    """Remove a file, and its bytes when no other file is made of them.

    Call it as the last step of a move: the bytes go when the transaction ends well.
    """
    sha256 = file.sha256
    file.delete()

    def remove_bytes() -> None:
        if not File.objects.filter(sha256=sha256).exists():
            store.remove(sha256)

    transaction.on_commit(remove_bytes)
