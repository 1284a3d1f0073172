"""Files a command was given by name, and why one of them cannot be used, in one sentence."""

from __future__ import annotations

import argparse
import csv
import errno
from pathlib import Path

from pochin.cli import Fault

# How files begin that people take for a table or a document, and what they are.
BEGINNINGS = {
    b"PK\x03\x04": "is a workbook or an archive, not text",
    b"PAR1": "is a Parquet table, not text",
    b"%PDF": "is a PDF document, not text",
    b"\xd0\xcf\x11\xe0": "is a document of an old office program, not text",
    b"\x1f\x8b": "is packed, not text",
    b"\xff\xfe": "is text in UTF-16; save it as UTF-8",
    b"\xfe\xff": "is text in UTF-16; save it as UTF-8",
}


def why_not(path: Path, error: OSError) -> Fault:
    """What the system says of a file, in words for whoever named it.

    >>> print(why_not(Path("plan.json"), PermissionError(13, "Permission denied")))
    plan.json may not be read by this account.
    """
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Fault(f"There is no file {path}.")
    if isinstance(error, IsADirectoryError):
        return Fault(f"{path} is a folder, not a file.")
    if isinstance(error, PermissionError):
        return Fault(f"{path} may not be read by this account.")
    if error.errno == errno.ENAMETOOLONG:
        return Fault("The name of a file is longer than any file's.")
    return Fault(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.")


def there(path: Path) -> Path:
    """The path, if a file that is not empty can be read there.

    Raises:
        Fault: It cannot; the sentence says why.
    """
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except OSError as error:
        raise why_not(path, error) from error
    except ValueError as error:  # a zero byte in the name
        raise Fault("The name of a file holds a character no name can have.") from error
    if is_empty:
        raise Fault(f"{path} is empty.")
    return path


def text(path: Path) -> str:
    """The words of a file in UTF-8.

    Raises:
        Fault: It cannot be read, or it is no such text; the sentence says what it is.
    """
    content = there(path).read_bytes()
    for beginning, words in BEGINNINGS.items():
        if content.startswith(beginning):
            raise Fault(f"{path} {words}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fault(f"{path} is not text in UTF-8; save it as UTF-8.") from error


def rows(path: Path, *needed: str) -> list[tuple[int, dict[str, str]]]:
    """The lines of a table in text with their numbers, by commas, semicolons or tabs.

    Args:
        path: Of the table.
        needed: Columns it must have; others are left alone.

    Raises:
        Fault: It is no such table.
    """
    lines = text(path).splitlines()
    sign = max(",;\t", key=lines[0].count) if lines else ","
    reader = csv.DictReader(lines, delimiter=sign)
    try:
        found = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise Fault(f"{path} is not a table: {error}.") from error
    heads = {str(head).strip().lower() for head in reader.fieldnames or ()}
    if lacking := [name for name in needed if name not in heads]:
        wanted = f"{', '.join(needed[:-1])} and {needed[-1]}"
        raise Fault(f"{path} needs the columns {wanted}; it lacks {', '.join(lacking)}.")
    if not found:
        raise Fault(f"{path} has headings and no rows.")
    return [
        (line, {str(name).strip().lower(): str(cell or "").strip() for name, cell in row.items()})
        for line, row in found
    ]


def pilot(words: str) -> int:
    """The number of a pilot, alone or as pages write it in either language.

    >>> pilot("7"), pilot("P-007"), pilot("П-007")
    (7, 7, 7)

    Raises:
        ArgumentTypeError: It is none.
    """
    letter, dash, digits = words.rpartition("-")
    if digits.isascii() and digits.isdecimal() and (not dash or letter.upper() in ("P", "П")):
        return int(digits)
    raise argparse.ArgumentTypeError(f"{words} is not the number of a pilot, as 7 or P-007 are")


def several(words: str) -> int:
    """One or more, as processes and threads are counted.

    Raises:
        ArgumentTypeError: It is less.
    """
    if words.isascii() and words.isdecimal() and int(words) > 0:
        return int(words)
    raise argparse.ArgumentTypeError(f"{words} is not a number from 1 up")


def number(words: str) -> float:
    """A number as people write it.

    >>> number("9 100 000,50"), number("12.5")
    (9100000.5, 12.5)

    Raises:
        ValueError: It is none, or not a finite one.
    """
    value = float("".join(words.split()).replace(",", "."))
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(words)
    return value
