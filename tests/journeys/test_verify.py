"""A bundle taken from the page of a result, verified elsewhere."""

import zipfile

import pytest

from conftest import on
from pochin.cli import main
from pochin.evaluations import bundle, lifecycle


@pytest.fixture
def taken(measured, mila, tmp_path):
    computed = lifecycle.compute(measured(), by=mila, at=on(4, 30))
    file = tmp_path / "bundle.zip"
    file.write_bytes(bundle.write(computed, at=on(5, 1)))
    return file


def test_an_untouched_bundle_is_equal(taken, capsys):
    assert main(["verify", str(taken)]) == 0

    assert "Equal. Pilot" in capsys.readouterr().out


def test_a_changed_part_is_named(taken, capsys):
    with zipfile.ZipFile(taken) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["moments.csv"] = parts["moments.csv"].replace(b"delay", b"delai", 1)
    with zipfile.ZipFile(taken, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

    assert main(["verify", str(taken)]) == 1

    assert capsys.readouterr().out == "Changed since it was written: moments.csv.\n"


def test_what_is_no_bundle_gets_one_sentence(tmp_path, capsys):
    file = tmp_path / "x.zip"
    file.write_bytes(b"not an archive")

    assert main(["verify", str(file)]) == 2

    assert capsys.readouterr().err == f"pochin verify: {file} cannot be read as a bundle.\n"
