"""Whatever can go wrong with a pilot is said at its moment, and the page tells where."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PITFALLS = (
    "too few units", "unit-of-analysis error", "ICC or CAC misguessed",
    "unequal or informative sizes", "imbalance of few offices", "assignment tampering",
    "Hawthorne effect and novelty", "spillover between offices", "carryover",
    "seasons, holidays, strikes", "secular trend", "missing readings", "late data",
    "duplicates, clocks, devices, metric redefinition", "sample ratio mismatch", "peeking",
    "many metrics and segments", "stopping by budget or politics", "regression to the mean",
    "one treated site", "parallel trends wished for", "differential drop-out", "cost creep",
    "twin trials on the same office", "p-hacked analysis", "formula injection",
    "numbers that cancel",
)  # fmt: skip


def _tool():
    spec = importlib.util.spec_from_file_location("pitfall_table", ROOT / "tools/pitfall_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pitfall_table = _tool()


def test_every_flag_is_raised_by_a_test_at_its_moment():
    assert pitfall_table.empty() == []


def test_every_pitfall_of_the_design_has_a_flag_or_cannot_happen():
    told = {row[0] for row in pitfall_table.rows()}
    impossible = {what for what, _why, _test in pitfall_table.WITHOUT_FLAG}

    assert set(PITFALLS) - told - impossible == set()


def test_what_cannot_happen_is_shown_by_tests_that_are_there():
    files = [test for _what, _why, test in pitfall_table.WITHOUT_FLAG]

    assert [name for name in files if not (ROOT / name).exists()] == []


def test_the_page_is_the_one_the_code_would_write():
    assert pitfall_table.PAGE.read_text(encoding="utf-8") == pitfall_table.page()
