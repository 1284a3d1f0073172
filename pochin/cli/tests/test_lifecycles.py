"""The lives of things are told from the rules, and the guide keeps up with them."""

from pathlib import Path

import pytest

from pochin.cli import lifecycles, main
from pochin.core.lifecycle import LIVES

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "lifecycles.md"
# Lives that tests make of their own are not of the house.
OF_THE_HOUSE = sorted(
    n for n, life in LIVES.items() if life.states.__module__.startswith("pochin.")
)


def test_the_guide_says_what_the_rules_say():
    again = "Run `pochin lifecycles --write docs/lifecycles.md` and read the difference."

    assert GUIDE.read_text(encoding="utf-8") == lifecycles.document(), again


def test_a_command_knows_the_lives_of_every_room():
    assert {"coordination.meeting", "coordination.task", "pilots", "needs"} <= set(OF_THE_HOUSE)


@pytest.mark.parametrize("name", sorted(LIVES))
def test_one_life_is_told_alone(name, capsys):
    assert main(["lifecycles", name]) == 0

    said = capsys.readouterr().out
    life = LIVES[name]
    assert said.startswith(f"## {lifecycles.title_of(name)} (`{name}`)\n")
    assert [m.name for m in life.moves.values() if f"| {m.label} |" not in said] == []
    assert [w.state for w in life.waiting.values() if f"{w.days} ({w.clock})" not in said] == []


def test_the_guide_can_be_written_anew(tmp_path, capsys):
    file = tmp_path / "lifecycles.md"

    assert main(["lifecycles", "--write", str(file)]) == 0

    assert file.read_text(encoding="utf-8") == lifecycles.document()
    assert capsys.readouterr().out == f"{file}: {len(LIVES)} lifecycles\n"
