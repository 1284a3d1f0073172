"""The rules of a pilot are all there: every row of the table, every guard on both sides."""

import importlib.util
from pathlib import Path

import pytest

from pochin.core.lifecycle import LIVES
from pochin.pilots import lifecycle

ROOT = Path(__file__).resolve().parent.parent
MOVES = lifecycle.life.moves

# The table of moves of the subject's own description: from, to, by which move.
TABLE = [
    ("proposed", "design", "begin_design"),
    ("design", "plan_review", "submit_plan"),
    ("plan_review", "design", "return_plan"),
    ("plan_review", "locked", "lock"),
    ("locked", "preparation", "prepare"),
    ("preparation", "baseline", "begin_baseline"),
    ("baseline", "running", "start"),
    ("running", "suspended", "suspend"),
    ("suspended", "running", "resume"),
    ("running", "ended_early", "end_early"),
    ("running", "data_closing", "close_data"),
    ("data_closing", "evaluation", "begin_evaluation"),
    ("evaluation", "results_agreed", "agree_results"),
    ("results_agreed", "awaiting", "await_decision"),
    ("awaiting", "scale", "scale"),
    ("awaiting", "scale_conditions", "scale_with_conditions"),
    ("awaiting", "running", "extend"),
    ("awaiting", "rework", "rework"),
    ("awaiting", "stop", "stop"),
    ("stop", "closed", "close"),
    *((state, "cancelled", "cancel") for state in (
        "proposed", "design", "plan_review", "locked", "preparation", "baseline"
    )),
]  # fmt: skip


def _tool():
    spec = importlib.util.spec_from_file_location("guard_table", ROOT / "tools/guard_table.py")
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look themselves up by name.
    importlib.sys.modules["guard_table"] = module
    spec.loader.exec_module(module)
    return module


guard_table = _tool()


@pytest.mark.parametrize(("start", "end", "name"), TABLE)
def test_every_row_of_the_table_is_a_move(start, end, name):
    move = MOVES[name]

    assert start in move.starts
    assert move.leads_to == end


@pytest.mark.parametrize("row", guard_table.rows(), ids=lambda row: f"{row.room}.{row.name}")
def test_every_guard_is_shown_on_both_sides(row):
    assert [side for side in guard_table.SIDES if not row.tests[side]] == []


def test_no_test_shows_a_guard_that_is_gone():
    known = {f"{row.room}.{row.name}" for row in guard_table.rows()}

    assert set(guard_table._shown()) - known == set()


def test_the_page_is_the_one_the_code_would_write():
    assert guard_table.PAGE.read_text() == guard_table.page()


@pytest.mark.parametrize("name", [n for n in LIVES if n.partition(".")[0] == "pilots"])
def test_every_state_is_reached_and_has_an_owner_or_a_reason(name):
    life = LIVES[name]
    states = set(life.states)
    reached = {move.leads_to for move in life.moves.values() if move.leads_to}
    left = {start for move in life.moves.values() for start in move.starts if move.leads_to}

    assert states - reached == set()
    assert states - left == set(life.ends)
    assert states == set(life.ends) | set(life.rests) | set(life.waiting)
    assert all(wait.clock and wait.days for wait in life.waiting.values())
