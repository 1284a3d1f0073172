"""Names of uploaded files: what a person called it, made safe to show and to save."""

from __future__ import annotations

import re
import unicodedata

LONGEST_BYTES = 200  # of the 255 a file system takes, so that a copy may add its own ending
# Separators of folders, what Windows forbids in names, and what breaks a header.
UNSAFE = re.compile(r'[<>:"|?*;\\/]')


def clean(name: str | None) -> str:
    """The last part of the name without what is invisible, misleading or too long.

    >>> clean("../letters/report\\u202efdp.exe")
    'reportfdp.exe'
    """
    last = re.split(r"[\\/]", name or "")[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if not _is_hidden(c))
    shown = re.sub(r"\s+", " ", UNSAFE.sub("_", shown)).strip(" .")
    return _shorten(shown) or "file"


def extension(name: str) -> str:
    """What stands after the last dot, in small letters.

    >>> extension("Отчёт.PDF"), extension("отчёт")
    ('pdf', '')
    """
    return name.rpartition(".")[2].lower() if "." in name else ""


def _is_hidden(character: str) -> bool:
    # Cc, Cf: control and format signs, among them those that turn the direction of writing;
    # Cs, Co, Cn: halves of pairs, private and unassigned signs.
    category = unicodedata.category(character)
    return category.startswith("C") and not character.isspace()


def _shorten(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, ending = name, ""
    room = LONGEST_BYTES - len(ending.encode()) - 1
    short = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{short}.{ending}" if ending else short
