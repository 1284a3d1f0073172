"""The pages for people: words exist in the code, personas exist in the demonstration."""

import re
import tomllib
from pathlib import Path

import pytest

from pochin.cli import COMMANDS
from pochin.demo.people import COMPANIES, PLAYERS
from pochin.lab.tests.published import stats_file
from pochin.participants.policy import Role
from tools import guide_pictures

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def rows_of(page):
    lines = (DOCS / page).read_text().splitlines()
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in lines if line.startswith("|")]
    return rows[2:]


@pytest.fixture(scope="module")
def code():
    files = [f for f in (ROOT / "pochin").rglob("*.py") if "/tests/" not in str(f)]
    return "\n".join(file.read_text() for file in files)


def test_every_code_word_of_the_glossary_stands_in_the_code(code):
    words = [word for row in rows_of("glossary.md") for word in re.findall(r"`([^`]+)`", row[2])]
    missing = [w for w in words if not re.search(rf"\b{re.escape(w)}\b", code)]

    assert len(words) > 60
    assert missing == []


def test_the_glossary_names_nothing_twice():
    russian = [row[0] for row in rows_of("glossary.md")]

    assert len(russian) == len(set(russian))


def test_every_persona_is_somebody_of_the_demonstration():
    players = {player.en for player in PLAYERS} | {company.signer_en for company in COMPANIES}
    named = {row[5] for row in rows_of("personas.md")} - {"not signed in"}

    assert named <= players


def test_every_role_of_a_programme_has_its_persona_but_trade():
    named = {word for row in rows_of("personas.md") for word in re.findall(r"`(\w+)`", row[1])}

    assert named == {role.name for role in Role} - {"EXPORT_MANAGER"}


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
def test_every_page_a_readme_leads_to_is_there(readme):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / readme).read_text())

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def is_told(variable, text):
    """Whether a variable stands whole, or by its end after others of the same beginning."""
    words = variable.split("_")
    ends = ["…_" + "_".join(words[n:]) for n in range(1, len(words))]
    return any(f"`{said}`" in text for said in [variable, *ends])


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
def test_a_readme_names_every_command_and_every_variable(readme):
    text = (ROOT / readme).read_text()
    settings = (ROOT / "pochin/settings.py").read_text()
    variables = set(re.findall(r"\bPOCHIN_[A-Z0-9_]+\b", settings))

    assert len(variables) > 20
    assert sorted(name for name in COMMANDS if f"`{name}`" not in text) == []
    assert sorted(name for name in variables if not is_told(name, text)) == []


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
def test_a_readme_names_no_variable_that_nothing_reads(readme, code):
    table = (ROOT / readme).read_text().split("| `POCHIN_HOME` |")[1].split("\n\n")[0]
    named = re.findall(r"`(?:POCHIN|…)_([A-Z0-9_]+)`", table)

    assert len(named) > 20
    assert [name for name in named if not re.search(rf"\bPOCHIN_(?:\w+_)?{name}\b", code)] == []


DEFAULTS = {"POCHIN_URL": r'"(http://[^"]+)"', "POCHIN_COUNTRY": r'"([A-Z]{3})"',
            "POCHIN_LICENCE": r'"([^"]+)"', "POCHIN_JOBS_KEEP_DAYS": r"(\d+)"}  # fmt: skip


@pytest.mark.parametrize("readme", ["README.md", "README.ru.md"])
@pytest.mark.parametrize("variable", DEFAULTS)
def test_a_readme_tells_the_defaults_of_the_settings(readme, variable):
    settings = (ROOT / "pochin/settings.py").read_text()
    default = re.search(rf'"{variable}", {DEFAULTS[variable]}', settings)[1]

    [row] = re.findall(rf"(?m)^\| `{variable}` \|.*$", (ROOT / readme).read_text())
    assert row.endswith(f"| `{default}` |")


# The house


def drawn() -> list[set[str]]:
    """The floors as the page of the house draws them, from the top down."""
    table = (DOCS / "house.md").read_text().split("## Rooms")[1].split("## ")[0]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("| ")]
    return [set(re.findall(r"`(\w+)`", row)) for row in rows[1:]]


def built() -> list[set[str]]:
    """The floors as the contract of imports holds them; rooms that are not there yet left out."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    there = {path.stem for path in (ROOT / "pochin").iterdir()}
    floors = [set(re.findall(r"\w+", layer)) & there for layer in layers]
    door = set().union(*floors[:4])
    return [door, *(floor for floor in floors[4:] if floor)]


def test_the_page_of_the_house_draws_the_floors_that_imports_keep():
    assert drawn() == built()


def test_every_picture_of_the_guides_can_be_drawn_anew(monkeypatch):
    monkeypatch.chdir(stats_file("."))

    pictures = dict(guide_pictures.drawn())

    assert set(pictures) == {file.name for file in guide_pictures.PLACE.glob("*.svg")}
    assert guide_pictures.undrawn() == []
