"""The lab and independent libraries give the same answers to random inputs; `make oracles`."""

import warnings

import pytest

from benchmarks.lab.oracles.base import apart, load, version

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("one", load(), ids=lambda one: f"{one.library}: {one.question}")
def test_the_lab_answers_as_the_library_does(one):
    if version(one.library) is None:
        pytest.skip(f"{one.library} is not installed here; `make oracles` installs and asks it")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = one.farthest()

    assert found
    assert {name: far for name, far in found.items() if far > one.within} == {}


def test_what_is_apart_is_seen():
    assert apart(1.0, 1.0) == 0
    assert apart(1.0, 1.1) == pytest.approx(0.1 / 1.1)
    assert apart(float("nan"), 1.0) == float("inf")
    assert apart([1.0, 2.0], [1.0]) == float("inf")
