"""Reading a PDF back: enough of the format to get at the words that typst painted."""

from __future__ import annotations

import re
import zlib

SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\)|(\bET\b)", re.DOTALL)
ESCAPED = re.compile(rb"\\(\d{3}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
PAIR = re.compile(rb"<(\w{4})> <(\w+)>")


def words(data: bytes) -> str:
    """What the pages say, each run of text followed by a blank."""
    fonts = _fonts(data)
    said = []
    for content in streams(data):
        if b"BT" in content and b" Tf" in content:
            said.append(_painted(content, fonts))
    return re.sub(r"\s+", " ", " ".join(said)).strip()


def _painted(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    said, letters = [], {}
    for font, run, end in SHOWN.findall(content):
        if font:
            letters = fonts[font]
        elif end:
            said.append(" ")
        else:
            glyphs = ESCAPED.sub(_meant, run)
            numbers = (int.from_bytes(glyphs[n : n + 2], "big") for n in range(0, len(glyphs), 2))
            said += [letters.get(number, "\ufffd") for number in numbers]
    return "".join(said)


def _meant(found: re.Match) -> bytes:
    sign = found[1]
    return bytes([int(sign, 8)]) if sign.isdigit() else LETTERS.get(sign, sign)


def _fonts(data: bytes) -> dict[bytes, dict[int, str]]:
    """The letters of every font's glyphs, by the name the pages call the font."""
    named = dict(re.findall(rb"/(f\d+) (\d+) 0 R", data))
    return {name: _letters(data, number) for name, number in named.items()}


def _letters(data: bytes, number: bytes) -> dict[int, str]:
    font = re.search(rb"\n%s 0 obj\n(.*?)endobj" % number, data, re.DOTALL)[1]
    table = re.search(rb"/ToUnicode (\d+) 0 R", font)[1]
    start = data.index(b"stream", data.index(b"\n%s 0 obj" % table))
    said = zlib.decompressobj().decompress(data[start:].split(b"\n", 1)[1])
    return {
        int(g, 16): bytes.fromhex(u.decode()).decode("utf-16-be") for g, u in PAIR.findall(said)
    }


def streams(data: bytes) -> list[bytes]:
    """The compressed parts of a PDF, unpacked."""
    found = []
    for start in re.finditer(rb"\bstream\r?\n", data):
        try:
            found.append(zlib.decompressobj().decompress(data[start.end() :]))
        except zlib.error:
            continue
    return found
