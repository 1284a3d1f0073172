"""The commands that write the tables of promises and of published figures."""

import importlib.util
from pathlib import Path

import pytest

from pochin.lab.tests.figures import Figure
from pochin.lab.tests.promises import Seen

TOOLS = Path(__file__).parents[3] / "tools"


def tool(name):
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_promise_is_run_again_to_the_last_digit(tmp_path):
    command, out = tool("operating_characteristics"), tmp_path / "deep" / "table.md"
    arguments = ["--replications", "400", "--only", "X6", "--out", str(out)]

    assert command.main(arguments) == 0
    first = out.read_text(encoding="utf-8")
    command.main(arguments)

    assert out.read_text(encoding="utf-8") == first
    told = [line for line in first.splitlines() if line.startswith("400")]
    assert told == ["400 replications, seed 20260101; rules not met: 0."]


def test_a_row_is_run_again_without_the_others(tmp_path):
    command, out = tool("operating_characteristics"), tmp_path / "table.md"
    common = ["--replications", "400", "--out", str(out)]
    command.main([*common, "--only", "A6", "--only", "X6"])
    both = out.read_text(encoding="utf-8")

    command.main([*common, "--only", "X6"])
    again = out.read_text(encoding="utf-8")
    command.main(["--replications", "300", "--out", str(out), "--only", "X6"])
    other = out.read_text(encoding="utf-8")

    assert again == both
    assert [line[:5] for line in both.splitlines() if line[:3] == "## "] == ["## A6", "## X6"]
    assert [line[:5] for line in other.splitlines() if line[:3] == "## "] == ["## X6"]


def test_an_unknown_promise_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        tool("operating_characteristics").main(["--only", "Z9", "--out", str(tmp_path / "x.md")])

    assert capsys.readouterr().err.strip().endswith("There is no promise Z9.")


def test_a_rule_that_is_not_met_is_written_in_bold():
    command = tool("operating_characteristics")
    promise = next(one for one in command.load() if one.code == "A6")

    table = command.section(promise, [Seen("a test", "type I error", 0.2, None, 0.065, ".05")])

    row = table.splitlines()[-1]
    assert row == "| a test | type I error | 0.2000 | at most 0.065 | **not met** | .05 |"


def test_a_published_figure_is_written_with_two_digits_more():
    command = tool("verification")
    figure = Figure("Fisher 1935", "maize", "p-value", ".0497", lambda: 0.049703)

    assert command.line(figure, 0.049703) == "| maize | p-value | .0497 | 0.049703 | yes |  |"
    assert command.line(figure, 0.05) == "| maize | p-value | .0497 | 0.050000 | **no** |  |"
    assert command.line(figure, None) == "| maize | p-value | .0497 | absent |  |  |"


def test_an_absent_data_set_is_told_and_an_error_is_not_hidden():
    command = tool("verification")

    def absent():
        pytest.skip("PUBLISHED FIGURES NOT CHECKED")

    assert command.computed(Figure("a", "b", "c", "1", absent)) is None
    with pytest.raises(ZeroDivisionError):
        command.computed(Figure("a", "b", "c", "1", lambda: 1 / 0))
