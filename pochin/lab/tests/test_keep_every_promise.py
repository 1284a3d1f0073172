"""Every promise in its short version; the command runs them in full and writes the table."""

import zlib

import numpy as np
import pytest

from pochin.lab.tests.promises import Seen, load


@pytest.mark.parametrize("promise", load(), ids=lambda promise: promise.code)
def test_the_promise_is_kept(promise):
    rng = np.random.default_rng(zlib.crc32(promise.code.encode()))

    broken = [str(seen) for seen in promise.run(promise.short, rng) if not seen.kept]

    assert broken == []


def test_a_promise_can_be_broken():
    assert Seen("a test", "type I error", 0.066, None, 0.065).kept is False
    assert Seen("a test", "type I error", 0.065, None, 0.065).kept
    assert Seen("a test", "coverage", 0.93, 0.935).kept is False
    assert Seen("a test", "power", 0.4).kept
