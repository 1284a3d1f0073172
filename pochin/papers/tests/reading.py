"""Reading a PDF back: the words on its pages, and its parts unpacked."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader
from pypdf.generic import StreamObject


def words(data: bytes) -> str:
    """What the pages say, each gap between two words one blank."""
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return re.sub(r"\s+", " ", said).strip()


def attached(data: bytes) -> dict[str, list[bytes]]:
    """The files that travel inside, by their names."""
    return dict(PdfReader(io.BytesIO(data)).attachments)


def streams(data: bytes) -> list[bytes]:
    """The parts of a PDF that hold content, unpacked."""
    reader = PdfReader(io.BytesIO(data))
    held = (reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1))
    return [part.get_data() for part in held if isinstance(part, StreamObject)]
