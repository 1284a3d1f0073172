"""Blind copies: a document without what it tells about its author, as far as that can be done."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from pochin.files import intake, kinds, store
from pochin.files.blind import office, pdf, pictures
from pochin.files.blind.account import Account
from pochin.files.models import File
from pochin.files.pictures import Broken

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
    clean = _stripped(file, account)
    copy = intake.receive(ContentFile(clean, name=name), by=by, at=at)
    return Stripped(copy, tuple(account.removed), tuple(account.left))


def left_in(file: File) -> list[str]:
    """What its blind copy would still tell on the author, to be said by `said` in any language."""
    account = Account()
    _stripped(file, account)
    return account.left


def said(left: Iterable[str] | None) -> str:
    """The same as words in the reader's language."""
    return " ".join(gettext(words) for words in left or ())


def _stripped(file: File, account: Account) -> bytes:
    with store.open_bytes(file.sha256) as stored:
        data = stored.read()
    return STRIPPERS.get(file.kind, _nothing)(data, account)


def _nothing(data: bytes, account: Account) -> bytes:
    return data


def _archive(data: bytes, account: Account) -> bytes:
    """The files inside one by one, under names that tell nothing and without their days."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        packed = [info for info in source.infolist() if not info.is_dir()]
        for place, info in enumerate(packed, start=1):
            ending = PurePath(info.filename).suffix.lower()
            fresh = zipfile.ZipInfo(f"file-{place}{ending}")
            fresh.compress_type = info.compress_type
            target.writestr(fresh, _member(source, info, ending.lstrip("."), account))
    account.note_removed(_("names and days of the files inside the archive"))
    return out.getvalue()


def _member(source: zipfile.ZipFile, info: zipfile.ZipInfo, ending: str, account: Account) -> bytes:
    data = source.read(info)
    kind = kinds.BY_ENDING.get(ending)
    if info.file_size > office.LARGEST_PART or kind is None:
        account.note_left(_("A file inside the archive could not be searched for its author."))
        return data
    try:
        return STRIPPERS.get(kind.code, _nothing)(data, account)
    except (zipfile.BadZipFile, Broken, ValueError, IndexError):
        account.note_left(_("A file inside the archive could not be searched for its author."))
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
