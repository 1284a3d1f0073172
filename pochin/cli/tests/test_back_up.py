"""An archive holds everything, comes back whole, and is refused where it is not whole."""

import io
import json
import stat
import tarfile

import pytest

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


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"format": "another/1", "files": {}}, "was not written by `pochin backup`"),
        ({"format": FORMAT, "files": {}}, "holds no database of"),
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
