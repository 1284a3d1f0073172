"""Looking into plain text: that it is text throughout, in an encoding people here use."""

from __future__ import annotations

import codecs
import re
from typing import IO

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.files.kinds import PAGES
from pochin.files.limits import BLOCK, Budget

# Tab, line ends, form feed and the old end-of-file sign may stand in a text; no other control.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f\x7f]")
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def inspect(file: IO[bytes], budget: Budget) -> None:
    """Pass a text quietly; refuse pages, programs and what is no text."""
    head = file.read(1024)
    named = next((name for mark, name in MARKS.items() if head.startswith(mark)), "")
    for encoding in [named] if named else ["utf-8", "cp1251"]:
        file.seek(0)
        if _decodes(file, encoding, budget):
            _refuse_page(head, encoding)
            return
    raise Refused(
        _("This is no plain text, or its encoding is unknown. Save it in the encoding UTF-8.")
    )


def _decodes(file: IO[bytes], encoding: str, budget: Budget) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(BLOCK):
            budget.look_at_clock()
            if CONTROLS.search(decoder.decode(block)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_page(head: bytes, encoding: str) -> None:
    begins = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n").lower().encode()
    if begins.startswith(PAGES):
        raise Refused(
            _("Inside, the file is a web page or a program, not a text. Save it as PDF or text.")
        )
