"""The guides of the lab say what the lab prints."""

import doctest

import pytest

from pochin.lab.tests.published import ROOT, stats_file

GUIDES = ("README", "stepped-wedge", "switchback", "quasi-experiments")


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_runs_as_it_reads(guide, monkeypatch):
    monkeypatch.chdir(stats_file("."))

    failed, tried = doctest.testfile(
        str(ROOT / "docs" / "lab" / f"{guide}.md"), module_relative=False, verbose=False
    )

    assert failed == 0
    assert tried > 10
