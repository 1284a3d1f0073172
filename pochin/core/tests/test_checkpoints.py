"""Checkpoints hang together: each names the one before it, its number and all chains so far."""

import hashlib
import json
import os
import stat

import pytest
from django.db import connection

from conftest import NOON
from pochin.core import checkpoints, journal
from pochin.core.models import Entry


@pytest.fixture
def three(city, post, vera, tmp_path):
    """Three checkpoints, each over what was written since the one before."""
    files = []
    for thing in (city, post, city):
        journal.write("thing.noted", thing, by=vera, at=NOON)
        files.append(checkpoints.write(at=NOON, folder=tmp_path))
    assert list(checkpoints.faults(folder=tmp_path)) == []
    return files


def signed_anew(file, **changes):
    """What somebody does who holds the key as well."""
    said = json.loads(file.read_text()) | changes
    said["signature"] = checkpoints.signing_key().sign(checkpoints._bytes(said)).hex()
    file.write_text(json.dumps(said, indent=1))


def strange(file):
    return f"The checkpoint {file.name} is not the one that was written."


def told(folder):
    return list(checkpoints.faults(folder=folder))


def test_each_names_its_number_and_the_one_before_it(three):
    said = [json.loads(file.read_text()) for file in three]

    assert [one["number"] for one in said] == [1, 2, 3]
    assert [one["previous"] for one in said] == [
        "", *(hashlib.sha256(file.read_bytes()).hexdigest() for file in three[:2])
    ]  # fmt: skip
    assert [one["streams"] for one in said] == [1, 2, 2]
    assert said[2]["count"] == Entry.objects.count()


def test_the_head_is_over_all_chains_and_not_over_the_new_ones(three, city, post):
    said = json.loads(three[2].read_text())
    ends = {journal.stream(thing): journal.of(thing).last() for thing in (city, post)}
    heads = {stream: [entry.seq, entry.hash] for stream, entry in ends.items()}
    line = json.dumps(heads, sort_keys=True, separators=(",", ":"))

    assert said["head"] == hashlib.sha256(line.encode()).hexdigest()
    assert set(said["heads"]) == {journal.stream(city)}


def test_one_taken_out_of_the_middle_is_noticed_by_the_next(three, tmp_path):
    three[1].unlink()

    assert strange(three[2]) in told(tmp_path)


def test_one_signed_anew_with_the_right_key_is_noticed_by_the_next(three, tmp_path):
    signed_anew(three[1], time="2026-03-03T00:00:00+00:00")

    assert told(tmp_path) == [strange(three[2])]


@pytest.mark.parametrize("change", [{"number": 4}, {"previous": "0" * 64}])
def test_a_last_one_signed_anew_with_another_place_is_named(change, three, tmp_path):
    signed_anew(three[2], **change)

    assert told(tmp_path) == [strange(three[2])]


@pytest.mark.parametrize("name", ["count", "time", "last", "streams"])
def test_nothing_it_says_can_be_changed_without_the_key(name, three, tmp_path):
    said = json.loads(three[2].read_text())
    three[2].write_text(json.dumps(said | {name: 0}))

    assert strange(three[2]) in told(tmp_path)


def test_a_head_over_other_chains_than_those_named_is_told(three, tmp_path):
    signed_anew(three[2], head="0" * 64)

    assert told(tmp_path) == [
        f"The checkpoint {three[2].name} covers chains that those before it do not name."
    ]


def test_an_entry_that_committed_late_is_in_the_next_one(city, vera, tmp_path, monkeypatch):
    """Its key was taken before that of an entry which a checkpoint had seen."""
    journal.write("thing.noted", city, by=vera, at=NOON)
    file = checkpoints.write(at=NOON, folder=tmp_path)
    signed_anew(file, last=Entry.objects.latest("pk").pk + 100, heads={}, head="", streams=0)

    late = checkpoints.write(at=NOON, folder=tmp_path)

    assert list(json.loads(late.read_text())["heads"]) == [journal.stream(city)]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="writers commit in any order")
def test_a_story_whose_only_entry_is_the_last_one_covered_is_seen(three, tmp_path):
    signed_anew(three[0], heads={}, head=checkpoints._over_all({}))
    last = Entry.objects.get(stream=Entry.objects.earliest("pk").stream, seq=1)
    signed_anew(three[2], last=last.pk, heads={}, head=checkpoints._over_all({}))

    assert f"{last.stream} was put in below what the last checkpoint had covered." in told(tmp_path)


def test_more_chains_than_are_asked_for_at_once_are_all_compared(city, vera, tmp_path, monkeypatch):
    journal.write("thing.noted", city, by=vera, at=NOON)
    file = checkpoints.write(at=NOON, folder=tmp_path)
    [(stream, head)] = json.loads(file.read_text())["heads"].items()
    many = {f"a.thing:{n}": [1, "0" * 64] for n in range(600)} | {stream: head}

    found = list(checkpoints._head_faults({"heads": many}, "00000001.json"))

    assert len(found) == 600
    assert not [words for words in found if stream in words]


def test_the_key_is_for_its_owner_alone_and_stays(tmp_path):
    first, again = checkpoints.signing_key(tmp_path), checkpoints.signing_key(tmp_path)

    assert first.private_bytes_raw() == again.private_bytes_raw()
    assert stat.S_IMODE((tmp_path / "signing_key.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["key", "signature", "previous"])
@pytest.mark.parametrize("value", [5, None, ["a"]])
def test_one_with_another_shape_is_named_and_stops_nothing(name, value, three, tmp_path):
    said = json.loads(three[2].read_text())
    three[2].write_text(json.dumps(said | {name: value}))

    assert strange(three[2]) in told(tmp_path)


def test_it_lies_on_the_disk_before_it_has_its_name(city, vera, tmp_path, monkeypatch):
    journal.write("thing.noted", city, by=vera, at=NOON)
    folder, flush, seen = tmp_path / "signed", os.fsync, []

    def watched(handle):
        flush(handle)
        seen.append([path.name for path in folder.iterdir()])

    monkeypatch.setattr(os, "fsync", watched)
    checkpoints.write(at=NOON, folder=folder)

    assert seen == [["00000001.part"]]
    assert [path.name for path in folder.iterdir()] == ["00000001.json"]
