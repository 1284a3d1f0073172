"""An archive holds everything, comes back whole, and is refused where it is not whole."""

import hashlib
import io
import json
import stat
import tarfile

import pytest

from pochin.cli import backup
from pochin.cli.backup import FORMAT
from pochin.cli.tests.conftest import IS_POSTGRESQL

# What a database says when it is asked for everything it holds.
EVERYTHING = ("manage", "dumpdata", "--all", "--exclude", "contenttypes", "--exclude", "auth")


@pytest.fixture(scope="module")
def lived_in(new_home):
    """A home with the world of the demonstration: moves, letters, files, readings, keys."""
    home = new_home(is_migrated=True)
    home("demo", "--prepare-only")
    home("checkpoint")
    return home


@pytest.fixture(scope="module")
def archive(lived_in, tmp_path_factory):
    file = tmp_path_factory.mktemp("archive") / "pochin.tar.gz"
    lived_in("backup", str(file))
    return file


@pytest.fixture(scope="module")
def restored(archive, new_home):
    home = new_home()
    assert "files are back" in home("restore", str(archive))
    return home


def kept(home):
    """The names and bytes of what a home holds beside its database."""
    return {
        str(path.relative_to(home.folder)): path.read_bytes()
        for part in ("files", "lake", "checkpoints", "secret_key", "signing_key.pem")
        for path in [home.folder / part, *(home.folder / part).rglob("*")]
        if path.is_file()
    }


def test_everything_comes_back(lived_in, restored):
    before, after = kept(lived_in), kept(restored)

    assert {name.split("/")[0] for name in before} >= {"files", "lake", "checkpoints"}
    assert after == before
    # That an archive was written is noted behind it, in the home that goes on.
    noted = json.loads(lived_in(*EVERYTHING))
    rows = [row for row in noted if row["model"] != "keeping.backup"]
    assert len(rows) < len(noted)
    assert json.loads(restored(*EVERYTHING)) == rows
    assert len(rows) >= 1000


def test_what_came_back_is_whole_and_goes_on(restored):
    assert "No migrations to apply" in restored("migrate")
    assert "The journal is whole" in restored("check")
    # The house writes on where it stopped: new rows find their numbers, the chain its end.
    restored("init", "--code", "north", "--name-ru", "Север", "--name-en", "North",
             "--centre", "Центр", "--email", "new@example.org", "--person", "Новая",
             "--password-file", str(password(restored)))  # fmt: skip
    restored("worker", "--once")
    assert "The journal is whole" in restored("check")


def password(home):
    file = home.folder / "password"
    file.write_text("a long enough password\n")
    return file


def test_what_is_append_only_stays_so_after_the_return(restored):
    tamper = "from pochin.core.models import Entry; Entry.objects.update(verb='nothing')"

    done = restored.run("manage", "shell", "-c", tamper)

    assert done.returncode != 0
    assert "append-only" in done.stderr


def test_an_archive_is_for_its_owner_alone(archive):
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_keys_are_for_their_owner_alone_when_they_are_back(restored):
    for name in ("secret_key", "signing_key.pem"):
        assert stat.S_IMODE((restored.folder / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["checkpoints", "lake"])
def test_what_cannot_be_brought_whole_is_not_brought_at_all(name, archive, new_home, tmp_path):
    home, closed = new_home(), tmp_path / "closed"
    closed.write_text("a file where a folder should be")

    done = home.run("restore", str(archive), **{f"POCHIN_{name.upper()}": str(closed / name)})

    assert done.returncode == 2
    assert done.stderr.endswith("Not a directory. Nothing was changed.\n")
    assert [path.name for path in home.folder.iterdir()] == ["secret_key"]


def test_what_came_after_the_copy_of_the_database_waits_for_the_next_archive(tmp_path, settings):
    settings.CHECKPOINTS = tmp_path / "checkpoints"
    settings.LAKE = str(tmp_path / "lake")
    known, late = tmp_path / "files" / "ab" / "abc", tmp_path / "files" / "cd" / "cde"
    first, second = (tmp_path / "checkpoints" / f"0000000{n}.json" for n in (1, 2))
    for path in (known, late, first, second):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    settings.STORAGES = {"default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "files")},
    }}  # fmt: skip

    def names(named):
        return [name for name, _path in backup._kept(tmp_path, [first], named)]

    assert names({"abc"}) == ["files/ab/abc", "checkpoints/00000001.json"]
    # An earlier version may have named its documents elsewhere: then all of them go in.
    assert names(None) == ["files/ab/abc", "files/cd/cde", "checkpoints/00000001.json"]


def test_the_sum_is_over_the_bytes_that_are_in_the_archive(tmp_path):
    grows, packed = tmp_path / "grows", tmp_path / "packed.tar"
    grows.write_bytes(b"first ")
    with tarfile.open(packed, "w") as archive:
        found = archive.gettarinfo

        def measured_while_somebody_writes(**how):
            told = found(**how)
            with grows.open("ab") as more:
                more.write(b"second")
            return told

        archive.gettarinfo = measured_while_somebody_writes
        value = backup._add(archive, "grows", grows)

    with tarfile.open(packed) as archive:
        content = archive.extractfile("grows").read()
    assert (content, value) == (b"first ", hashlib.sha256(b"first ").hexdigest())


def test_a_document_that_is_lost_is_told_at_once(archive, new_home, tmp_path):
    home = new_home()
    home("restore", str(archive))
    assert home.run("backup", str(tmp_path / "whole.tar.gz")).stderr == ""
    [*_others, lost] = [path for path in (home.folder / "files").rglob("*") if path.is_file()]
    lost.unlink()

    done = home.run("backup", str(tmp_path / "poor.tar.gz"))

    assert done.returncode == 0
    assert done.stderr == (
        "Documents the database names and the store lacks: 1. `pochin check` names them.\n"
    )


def test_a_database_is_copied_before_it_is_brought_to_this_version(new_home, tmp_path):
    home, archive = new_home(is_migrated=True), tmp_path / "before.tar.gz"
    earlier = (
        "from django.db import connection; c = connection.cursor();"
        "c.execute('DROP TABLE keeping_backup');"
        "c.execute(\"DELETE FROM django_migrations WHERE app = 'keeping'\")"
    )
    home("manage", "shell", "-c", earlier)
    assert "Run `pochin migrate` first." in home.run("check").stderr

    home("backup", str(archive))

    again = new_home()
    assert "Run `pochin migrate`" in again("restore", str(archive))
    assert "Applying keeping.0001_initial" in again("migrate")
    assert "The journal is whole" in again("check")


def test_where_there_is_no_database_there_is_nothing_to_copy(new_home, tmp_path):
    home = new_home()

    done = home.run("backup", str(tmp_path / "x.tar.gz"))

    assert (done.returncode, done.stderr) == (
        2, "pochin backup: The database is not of this version. Run `pochin migrate` first.\n"
    )  # fmt: skip
    assert not (home.folder / "db.sqlite3").exists()
    assert not (tmp_path / "x.tar.gz").exists()


def test_an_older_program_leaves_newer_tables_alone(new_home, tmp_path):
    home, archive = new_home(is_migrated=True), tmp_path / "newer.tar.gz"
    later = (
        "from django.db import connection;"
        "from django.db.migrations.recorder import MigrationRecorder as R;"
        "R(connection).record_applied('notices', '9999_of_tomorrow')"
    )
    home("manage", "shell", "-c", later)

    for words in (["serve"], ["worker", "--once"], ["check"], ["migrate"], ["recount"]):
        done = home.run(*words)

        assert (done.returncode, done.stderr) == (
            2, f"pochin {words[0]}: The database is of a later version than this program (notices"
            " 9999_of_tomorrow). Start the program of that version, or restore the backup from "
            "before it; nothing was changed.\n",
        )  # fmt: skip
    # To copy it does no harm; to bring it back is for the later program.
    home("backup", str(archive))
    refused = new_home().run("restore", str(archive))
    assert "by a later version than this program (notices 9999_of_tomorrow)" in refused.stderr


def test_nothing_is_written_over(lived_in, archive):
    done = lived_in.run("backup", str(archive))

    assert (done.returncode, done.stderr) == (
        2, f"pochin backup: {archive} exists already; choose another name.\n"
    )  # fmt: skip


def test_a_place_that_cannot_be_written_is_named(lived_in, tmp_path):
    target = tmp_path / "nowhere" / "pochin.tar.gz"

    done = lived_in.run("backup", str(target))

    assert done.returncode == 2
    assert done.stderr == (
        f"pochin backup: {target} cannot be written: No such file or directory.\n"
    )


def test_a_home_in_use_is_left_alone(lived_in, archive):
    before = kept(lived_in)

    done = lived_in.run("restore", str(archive))

    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert kept(lived_in) == before


def test_a_database_in_use_is_left_alone(lived_in, archive, tmp_path):
    other = type(lived_in)(tmp_path, lived_in.url)

    done = other.run("restore", str(archive))

    assert done.returncode == 2
    assert done.stderr == "pochin restore: The database is not empty; nothing was changed.\n"
    assert not (tmp_path / "files").exists()


def spoilt(archive, target, change):
    """The archive anew, with `change` made to the bytes of one kept file."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == "signing_key.pem":
                content = change(content)
                member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return target


def test_a_damaged_file_is_named_and_nothing_is_taken(archive, new_home, tmp_path):
    home = new_home()
    bad = spoilt(archive, tmp_path / "bad.tar.gz", lambda content: content[:-30] + b"x" * 30)

    done = home.run("restore", str(bad))

    assert done.returncode == 2
    assert "signing_key.pem in the archive is damaged; nothing was changed." in done.stderr
    assert [path.name for path in home.folder.iterdir()] == ["secret_key"]


def test_an_archive_cut_off_is_refused(archive, new_home, tmp_path):
    home, short = new_home(), tmp_path / "short.tar.gz"
    short.write_bytes(archive.read_bytes()[:-1000])

    done = home.run("restore", str(short))

    assert done.returncode == 2
    assert "cannot be read as an archive; nothing was changed." in done.stderr


LATER = {"format": FORMAT, "steps": [["notices", "9999_of_tomorrow"]], "files": {}}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"format": "another/1", "files": {}}, "was not written by `pochin backup`"),
        ({"format": FORMAT, "files": {}}, "holds no database of"),
        ({"format": FORMAT, "steps": [["notices", "0001_initial"]], "files": {}}, "no database of"),
        ({"format": "pochin-backup/2", "files": {}}, "by a later version than this program"),
        (LATER, "by a later version than this program (notices 9999_of_tomorrow)"),
    ],
)
def test_another_archive_is_refused(said, why, new_home, tmp_path):
    file = tmp_path / "other.tar.gz"
    content = json.dumps(said).encode()
    with tarfile.open(file, "w:gz") as archive:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))

    done = new_home().run("restore", str(file))

    assert done.returncode == 2
    assert why in done.stderr


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE])
def test_nothing_is_written_outside_of_the_home(kind, new_home, tmp_path):
    file, home = tmp_path / "other.tar.gz", new_home()
    with tarfile.open(file, "w:gz") as archive:
        member = tarfile.TarInfo("../outside.txt" if kind == tarfile.REGTYPE else "files")
        member.type, member.linkname = kind, "/etc"
        archive.addfile(member, io.BytesIO(b""))

    done = home.run("restore", str(file))

    assert done.returncode == 2
    assert "cannot be read as an archive; nothing was changed." in done.stderr
    assert not (home.folder.parent / "outside.txt").exists()


@pytest.mark.skipif(not IS_POSTGRESQL, reason="only PostgreSQL needs programs of its own")
def test_a_missing_program_is_named(lived_in, tmp_path):
    done = lived_in.run("backup", str(tmp_path / "x.tar.gz"), PATH="/nowhere")

    assert done.returncode == 2
    assert done.stderr == (
        "pochin backup: pg_dump is not installed here; install PostgreSQL's client programs.\n"
    )


def test_a_store_elsewhere_is_named(lived_in, tmp_path):
    said = lived_in("backup", str(tmp_path / "x.tar.gz"), POCHIN_LAKE="s3://bucket/lake")

    assert "“lake” is a store of its own elsewhere and is not in this archive" in said
    with tarfile.open(tmp_path / "x.tar.gz") as archive:
        assert not [name for name in archive.getnames() if name.startswith("lake")]
