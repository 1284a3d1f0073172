"""The first programme: refused when nobody could enter it, and telling what to do next."""

import pytest

from pochin.cli import main
from pochin.core.lifecycle import Refused
from pochin.core.models import Turn
from pochin.participants.lifecycle import programmes
from pochin.participants.models import Person, Programme, ProgrammeState

PASSWORD = "a long enough sentence"


@pytest.fixture
def init(tmp_path, capsys, db):
    """Runs `pochin init` with one thing changed; the status and what it said."""

    def run(*, password=PASSWORD, **change):
        file = tmp_path / "password"
        file.write_text(password + "\n", encoding="utf-8")
        given = {
            "code": "town", "name-ru": "Городок", "name-en": "Town", "centre": "Центр",
            "email": "vera@example.org", "person": "Вера", "password-file": str(file), **change,
        }  # fmt: skip
        status = main(["init", *(word for n, v in given.items() for word in (f"--{n}", v))])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def test_the_first_coordinator_is_told_the_next_step(init):
    status, said = init()

    assert status == 0
    assert "sign in on http" in said
    assert Person.objects.get(email="vera@example.org").check_password(PASSWORD)


def test_the_first_programme_waits_for_its_criteria_and_then_opens(init):
    init()
    programme = Programme.objects.get(code="town")
    vera = Person.objects.get(email="vera@example.org")

    assert programme.state == ProgrammeState.DRAFT
    [turn] = Turn.objects.visible_to(vera).open()
    assert turn.thing == programme
    with pytest.raises(Refused, match="criteria do not add up to 100"):
        programmes.open_programme(programme, by=vera)

    criterion = {"code": "benefit", "weight": 100, "ru": "Польза", "en": "Benefit"}
    programmes.edit(programme, by=vera, criteria=[criterion])
    programmes.open_programme(programme, by=vera)

    assert Programme.objects.get(code="town").state == ProgrammeState.OPEN


def test_the_first_page_leads_the_first_person_to_the_criteria(init, client, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    init()
    client.force_login(Person.objects.get(email="vera@example.org"))
    client.cookies["pochin_language"] = "en"

    first = client.get("/").content.decode()
    programme = client.get("/participants/programmes/town/").content.decode()

    assert "Set the criteria and open the programme" in first
    assert 'href="/participants/programmes/town/"' in first
    assert 'href="/participants/programmes/town/edit/"' in programme
    assert client.get("/participants/programmes/town/edit/").status_code == 200


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": "vera"}, "vera is not an e-mail address; nobody could sign in with it."),
        ({"code": "наш город"}, "only Latin letters, digits, - and _."),
        ({"person": " "}, "--person is empty."),
        ({"code": "t" * 21}, "--code is longer than 20 characters."),
        ({"password": "short"}, "This password is too short."),
        ({"password": ""}, "Nothing was changed."),
        ({"password-file": "/nowhere"}, "There is no file /nowhere."),
    ],
)
def test_what_nobody_could_sign_in_with_is_refused(change, why, init):
    status, said = init(**change)

    assert status == 2
    assert why in said
    assert not Programme.objects.filter(code="town").exists()
