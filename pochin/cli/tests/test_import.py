"""The registers come in by a command, whole, twice, with every broken row named."""

import errno
from pathlib import Path

import pytest
from django.conf import settings

from pochin.cli import main
from pochin.participants.models import Organisation
from pochin.sites.models import Site

INDEXES = settings.DATA / "pindx_russia" / "pindx.csv.gz"
EXTRACT = settings.DATA / "orgs_egrul" / "egrul_orgs.csv"


def said(command, file, capsys, *more):
    capsys.readouterr()
    assert main([command, str(file), *more]) == 0
    return capsys.readouterr().out.replace("\r", "").splitlines()


@pytest.mark.skipif(not INDEXES.exists(), reason=f"the register of indexes is not at {INDEXES}")
def test_the_register_of_indexes_comes_in_and_names_the_missing_parents(db, capsys):
    first = said("import-sites", INDEXES, capsys)
    second = said("import-sites", INDEXES, capsys)

    assert first[0] == "created 61429, updated 0, unchanged 0, broken 0"
    assert first[-1] == "… and 66 notes more"  # 86 parents are missing, twenty are printed
    assert second[0] == "created 0, updated 0, unchanged 61429, broken 0"
    assert Site.objects.count() == 61_429
    assert said("import-sites", INDEXES, capsys, "--most", "100")[-1].startswith("line ")


@pytest.mark.skipif(not EXTRACT.exists(), reason=f"the extract is not at {EXTRACT}")
def test_the_extract_of_legal_persons_comes_in_and_repeats_are_updates(db, capsys):
    first = said("import-organisations", EXTRACT, capsys)
    second = said("import-organisations", EXTRACT, capsys)

    assert first[0] == "created 432, updated 62, unchanged 0, broken 0"
    assert second[0] == "created 0, updated 0, unchanged 494, broken 0"
    assert Organisation.objects.count() == 432


def test_a_broken_row_is_named_and_the_rest_goes_in(tmp_path, vera, capsys):
    file = tmp_path / "register.csv"
    file.write_text(
        "Index,OPSName,OPSType,OPSSubm,Region,Autonom,Area,City,City1,ActDate,IndexOld\n"
        "101000,Москва,О,,Москва,,,,,20110121,\n"
        "10100,Москва 10,О,,Москва,,,,,20110121,\n"
    )

    lines = said("import-sites", file, capsys, "--by", vera.email)

    assert lines[0] == "created 1, updated 0, unchanged 0, broken 1"
    assert lines[1].startswith("line 3: ")
    assert [site.postcode for site in Site.objects.all()] == ["101000"]


def test_a_file_closed_to_this_account_is_named(tmp_path, db, capsys, monkeypatch):
    file = tmp_path / "register.csv"
    file.write_text("Index\n")

    def closed(path, *_args, **_how):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as locked:
        locked.setattr(Path, "open", closed)
        status = main(["import-sites", str(file)])

    assert status == 2
    assert capsys.readouterr().err == (
        f"pochin import-sites: {file} is closed to this account (Permission denied).\n"
    )


@pytest.mark.parametrize("command", ["import-sites", "import-organisations", "import-trade"])
def test_a_folder_and_a_workbook_get_one_sentence_each(command, tmp_path, db, capsys):
    book = tmp_path / "book.csv"
    book.write_bytes(b"PK\x03\x04 and more")

    assert (main([command, str(tmp_path)]), main([command, str(book)])) == (2, 2)
    assert capsys.readouterr().err.splitlines() == [
        f"pochin {command}: {tmp_path.name} is a folder; name the file in it. Nothing was changed.",
        f"pochin {command}: book.csv is a workbook, whatever its name says. Save it as CSV and try "
        "again.",
    ]
