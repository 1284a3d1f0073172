"""How the columns of text in a Parquet file are written, page by page.

A file may say one thing of itself at its end and another where the values lie; readers go by the
latter. Three ways of writing let a few bytes stand for very many: words of a dictionary, which are
held once where they are read as such; beginnings that words share, of which nothing says how
long they are; and pages that claim a size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from pochin.measurements.intake.dialect import Unreadable

DICTIONARY = {2, 8}  # PLAIN_DICTIONARY and RLE_DICTIONARY, by the numbers of the format
SHARED = 7  # DELTA_BYTE_ARRAY
MOST_PAGES = 1_000_000
MOST_HEADER = 1 << 20  # bytes that say what a page is
USUAL_HEADER = 1 << 10

# What a header is made of, by the compact protocol of Thrift.
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_DEEPEST = 8
# Fields of a page's header: its sizes, and what is told of pages of values.
_UNPACKED, _PACKED, _VALUES, _VALUES_2 = 2, 3, 5, 8
_ENCODING, _ENCODING_2 = 2, 4


def by_dictionary(path: Path, metadata: Any, names: set[str], *, most: int) -> set[str]:
    """Which of these columns have words that stand in a dictionary.

    Args:
        path: The file.
        metadata: What pyarrow read of its end.
        names: Columns of text.
        most: Bytes a page may have, unpacked.

    Raises:
        Unreadable: It cannot be read in bounded memory, or its pages are not where it says.
    """
    found: set[str] = set()
    count = 0
    with path.open("rb") as file:
        for group in range(metadata.num_row_groups):
            part = metadata.row_group(group)
            for place in range(part.num_columns):
                column = part.column(place)
                if column.path_in_schema not in names:
                    continue
                for unpacked, encoding in _pages(file, column):
                    count += 1
                    if unpacked > most or count > MOST_PAGES:
                        raise Unreadable("vast_parquet")
                    if encoding == SHARED:
                        raise Unreadable("delta_parquet")
                    if encoding in DICTIONARY:
                        found.add(column.path_in_schema)
    return found


def _pages(file: BinaryIO, column: Any) -> Any:
    """The bytes of each page, unpacked, and how its values are written; 0 where it has none."""
    start, words = column.data_page_offset, column.dictionary_page_offset
    if column.has_dictionary_page and words and words < start:
        start = words
    end = start + column.total_compressed_size
    while start < end:
        header, length = _header(file, start)
        size, unpacked = _count(header, _PACKED), _count(header, _UNPACKED)
        told = [
            _count(header[part], number)
            for part, number in ((_VALUES, _ENCODING), (_VALUES_2, _ENCODING_2))
            if part in header
        ]
        yield unpacked, next(filter(None, told), 0)
        start += length + size


def _count(header: Any, number: int) -> int:
    """A field of a header that must be there and hold a whole number, not negative."""
    found = header.get(number) if isinstance(header, dict) else None
    if type(found) is not int or found < 0:
        raise Unreadable("parquet")
    return found


def _header(file: BinaryIO, start: int) -> tuple[dict[int, Any], int]:
    """What is told of the page that begins here, by the number of the field, and its length."""
    for most in (USUAL_HEADER, MOST_HEADER):
        file.seek(start)
        compact = _Compact(file.read(most))
        try:
            return compact.struct(), compact.place
        except IndexError:
            continue
    raise Unreadable("parquet")


class _Compact:
    """Some bytes read by the compact protocol of Thrift; beyond their end is an IndexError."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise Unreadable("parquet")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._whole()
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind == _BINARY:
            return self._skip(self._number())
        if kind == _DOUBLE:
            return self._skip(8)
        if kind in (_BYTE, _TRUE, _FALSE):
            return self._skip(1)
        if kind in (_LIST, _SET):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._number()
            for _item in range(count):
                self._value(head & 15, depth + 1)
            return None
        if kind == _MAP or kind > _STRUCT:
            raise Unreadable("parquet")  # no page has such
        return self._whole()

    def _byte(self) -> int:
        found = self.data[self.place]
        self.place += 1
        return found

    def _number(self) -> int:
        found = shift = 0
        while shift < 70:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
        raise Unreadable("parquet")

    def _whole(self) -> int:
        found = self._number()
        return found >> 1 ^ -(found & 1)

    def _skip(self, count: int) -> None:
        self.place += count
        if self.place > len(self.data):
            raise IndexError
