"""A certificate taken from its public page, checked elsewhere without a server."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from conftest import on
from pochin.cli import main
from pochin.core import seals
from pochin.decisions import lifecycle


@pytest.fixture
def certificate(judged, kira, vera):
    decision = lifecycle.prepare(judged(), by=kira, at=on(5, 6), outcome="scale", words="Работает.")
    decision = lifecycle.sign(decision, by=kira, at=on(5, 6))
    return lifecycle.issue(decision, by=vera, at=on(5, 7))


@pytest.fixture
def twin(certificate, tmp_path):
    answer = Client().get(f"{certificate.get_absolute_url()}certificate.json")
    file = tmp_path / "certificate.json"
    file.write_bytes(answer.content)
    return file


def test_the_twin_is_checked_without_a_server(twin, certificate, capsys):
    assert main(["verify", str(twin), "--key", certificate.document["key"]]) == 0

    said = capsys.readouterr().out
    assert "Anybody can seal with a key of their own" not in said
    assert f"The seal is whole. Certificate {certificate.number}" in said
    assert "threshold -1: meets" in said


def test_without_a_key_to_compare_with_the_reader_is_told_to_compare(twin, capsys):
    assert main(["verify", str(twin)]) == 0

    assert "Anybody can seal with a key of their own" in capsys.readouterr().out


def test_a_strange_key_is_named(twin, capsys):
    assert main(["verify", str(twin), "--key", "00" * 32]) == 1

    assert "Sealed with another key than you gave" in capsys.readouterr().out


def _leaves(value, path=()):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, (*path, name))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, (*path, place))
    else:
        yield path


def test_a_change_of_any_single_value_breaks_the_seal(certificate):
    places = list(_leaves(certificate.document))
    assert len(places) > 60

    for path in places:
        said = json.loads(json.dumps(certificate.document))
        within = said
        for step in path[:-1]:
            within = within[step]
        old = within[path[-1]]
        within[path[-1]] = not old if isinstance(old, bool) else f"{old}0"
        assert not seals.is_whole(said), path


@pytest.mark.parametrize("text", ["{", "{}", '{"format": "pochin-plan/1"}', '{"format": 1}'])
def test_what_is_no_certificate_gets_one_sentence(text, tmp_path, capsys):
    file = tmp_path / "x.json"
    file.write_text(text)

    assert main(["verify", str(file)]) == 2

    assert capsys.readouterr().err.count("\n") == 1


def test_a_taken_part_is_a_broken_seal(twin, capsys):
    said = json.loads(twin.read_text())
    del said["metric"]
    twin.write_text(json.dumps(said))

    assert main(["verify", str(twin)]) == 1
    assert "The seal is broken" in capsys.readouterr().out
