"""Blind copies: a document without what it tells about its author, as far as that can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from pochin.files import intake, store
from pochin.files.blind import office, pdf, pictures
from pochin.files.blind.account import Account
from pochin.files.models import File

Told = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stripped:
    """The blind copy, with what was taken out of it and what may still tell on its author."""

    file: File
    removed: Told
    left: Told


def strip_metadata(file: File, *, by: Any, at: datetime, name: str) -> Stripped:
    """Make a copy under a name that tells nothing, without author, device, place and company.

    The words and pictures of the document itself stay as they are: letterheads, signatures and
    names in the text are for a person to find.
    """
    account = Account()
    with store.open_bytes(file.sha256) as stored:
        data = stored.read()
    clean = STRIPPERS.get(file.kind, _nothing)(data, account)
    copy = intake.receive(ContentFile(clean, name=name), by=by, at=at)
    return Stripped(copy, tuple(account.removed), tuple(account.left))


def _nothing(data: bytes, account: Account) -> bytes:
    return data


def _archive(data: bytes, account: Account) -> bytes:
    account.note_left(_("Files inside an archive keep what they tell about their author."))
    return data


STRIPPERS: dict[str, Callable[[bytes, Account], bytes]] = {
    "png": pictures.png,
    "jpeg": pictures.jpeg,
    "webp": pictures.webp,
    "pdf": pdf.strip,
    "docx": office.strip,
    "xlsx": office.strip,
    "pptx": office.strip,
    "odt": office.strip,
    "ods": office.strip,
    "zip": _archive,
}
