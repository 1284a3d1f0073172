"""Printing: a template of a room and plain data become a PDF that archives accept (PDF/A-3b)."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone, translation
from django.utils.translation import gettext as _

import pochin
from pochin.core import tongue

# Templates may read and import within the house, and nothing outside of it.
ROOT = Path(pochin.__file__).parent
STANDARD: Literal["a-3b"] = "a-3b"


def pdf(
    template: str,
    data: dict[str, Any],
    *,
    language: str,
    at: datetime | None = None,
    attached: dict[str, str] | None = None,
) -> bytes:
    """Lay the data out by ``<room>/papers/<name>.typ``; equal calls give equal bytes.

    Args:
        template: ``room/name``, as in ``decisions/certificate``.
        data: What the template prints: texts, numbers already written as people read them, lists
            and drawings. It is never read as markup.
        language: ``ru`` or ``en``; lazy texts in `data` are put into it, and of texts that stand
            in both languages only its half is printed. What is `attached` stays as it is.
        at: The date of the document; the present moment where none is given.
        attached: Texts that travel inside the PDF, by the names of their files.

    Raises:
        LookupError: There is no such template.
    """
    moment = timezone.localtime(at)
    with translation.override(language):
        inputs = {
            "data": _json(tongue.throughout(data)),
            "attached": _json(attached or {}),
            "words": _json(_words()),
            "language": language,
            "date": _json([moment.year, moment.month, moment.day]),
        }
    return typst.compile(
        str(_path(template)),
        root=str(ROOT),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=[STANDARD],
        timestamp=int(moment.timestamp()),
    )


def _path(template: str) -> Path:
    found = re.fullmatch(r"([a-z]+)/([a-z_]+)", template)
    path = Path(apps.get_app_config(found[1]).path, "papers", f"{found[2]}.typ") if found else None
    if path is None or not path.is_file():
        raise LookupError(f"{template!r} is no paper; a paper is named room/name")
    return path


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _words() -> dict[str, str]:
    """The few words that every paper says by itself."""
    return {
        "page": _("Page {n} of {m}"),
        "demonstration": _("Demonstration data"),
        "signed": _("Signed"),
        "unsigned": _("Not signed yet"),
    }
