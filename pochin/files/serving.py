"""Handing a document out: always as an attachment, never as a page of ours."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from django.http import FileResponse
from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.files import store
from pochin.files.models import File, State


def serve(file: File, *, name: str = "") -> FileResponse:
    """Answer with the bytes. The caller has found the file through a thing this reader may see.

    `name` goes out instead of the file's own, where that would tell who sent it.
    """
    if file.state == State.WAITING:
        raise Refused(_("The file waits for the virus check. Try again in a few minutes."))
    if file.state == State.REFUSED:
        raise Refused(file.reason)
    try:
        stored = store.open_bytes(file.sha256)
    except FileNotFoundError:
        raise Refused(
            _("The file is missing in the store, and it is our fault. We are looking for it.")
        ) from None
    response = FileResponse(stored, content_type=file.media_type)
    response["Content-Disposition"] = attachment(name or file.name)
    response["Content-Length"] = file.size
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def attachment(name: str) -> str:
    """The header that makes a browser save under this name: RFC 6266, with a plain fall-back.

    >>> print(attachment("Я 1.pdf"))
    attachment; filename="_ 1.pdf"; filename*=UTF-8''%D0%AF%201.pdf
    """
    plain = unicodedata.normalize("NFC", name).encode("ascii", "replace").decode()
    plain = "".join("_" if c in '?"\\%' or not c.isprintable() else c for c in plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
