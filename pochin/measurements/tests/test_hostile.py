"""Packed files that mean harm or are broken: one sentence each, before they grow."""

from __future__ import annotations

import gzip

import pytest

from pochin.core.lifecycle import Refused
from pochin.measurements import intake
from pochin.measurements.intake import Unreadable, packing

WHOLE = b"unit;at;metric;value\n101001;2026-03-31;delay;1\n" * 100


def unpack(content: bytes, limit: int = 10**9) -> bytes:
    blocks = (content[at : at + 1000] for at in range(0, len(content), 1000))
    return b"".join(packing.unpacked(blocks, limit=limit))


def test_what_is_packed_comes_out_whole_and_the_rest_as_it_is():
    assert unpack(gzip.compress(WHOLE)) == unpack(WHOLE) == WHOLE


def test_a_bomb_is_refused_while_it_is_small():
    with pytest.raises(Refused, match="as harmful archives"):
        unpack(gzip.compress(b"0" * 50_000_000))


def test_what_unpacks_beyond_the_limit_is_refused():
    with pytest.raises(Refused, match="Unpacked, the file is over"):
        unpack(gzip.compress(WHOLE), limit=1_000)


@pytest.mark.parametrize("content", [b"\x1f\x8bnot gzip", b"\x28\xb5\x2f\xfdnot zstd" * 9])
def test_a_damaged_packed_file_is_named(content):
    with pytest.raises(Unreadable, match="packed"):
        unpack(content)


def test_a_table_of_fifty_thousand_columns_is_refused(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_bytes(b";".join(b"c" for _n in range(50_000)) + b"\n1\n2\n")

    with pytest.raises(Unreadable) as caught:
        intake.look(path, name="wide.csv", ask=True)

    assert caught.value.code in {"many_columns", "long_line"}
