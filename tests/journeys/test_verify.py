"""A bundle taken from the page of a result, verified elsewhere."""

import hashlib
import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from conftest import on, plan_for
from pochin.cli import main, verify
from pochin.core import checkpoints
from pochin.evaluations import bundle, lifecycle
from pochin.evaluations.tests.test_money import MILLION, MONEY, note

FILE = Path(finders.find("evaluations/verify_bundle.py"))
SPEC = importlib.util.spec_from_file_location("verify_bundle", FILE)
one_file = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(one_file)


@pytest.fixture
def taken(measured, mila, tmp_path):
    computed = lifecycle.compute(measured(), by=mila, at=on(4, 30))
    file = tmp_path / "bundle.zip"
    file.write_bytes(bundle.write(computed, at=on(5, 1)))
    return file


def opened(file):
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts, file, *, summed=False):
    """Write a bundle; `summed` by somebody who knows how to renew the sums of the manifest."""
    if summed:
        manifest = json.loads(parts["manifest.json"])
        manifest["files"] = {
            name: hashlib.sha256(content).hexdigest()
            for name, content in parts.items()
            if name != "manifest.json"
        }
        parts = parts | {"manifest.json": json.dumps(manifest).encode()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_an_untouched_bundle_is_equal(taken, capsys):
    assert main(["verify", str(taken)]) == 0

    assert "Equal. Pilot" in capsys.readouterr().out


def test_the_one_file_finds_an_untouched_bundle_whole_without_pochin(taken, tmp_path):
    alone = [sys.executable, "-I", "-S", str(FILE), str(taken)]

    told = subprocess.run(alone, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("Whole: pilot ")


def test_a_cost_that_became_known_is_in_the_bundle_and_computed_with_again(
    measured, pilot_at, cast, tmp_path, capsys
):
    plan = plan_for(pilot_at.offices, **MONEY)
    pilot = measured(plan=plan, meanwhile=lambda pilot: note(pilot, cast.lev))
    computed = lifecycle.compute(pilot, by=cast.mila, at=on(4, 30))
    file = tmp_path / "bundle.zip"
    file.write_bytes(bundle.write(computed, at=on(5, 1)))
    paid = json.loads(opened(file)["result.json"])["facts"]["paid"]

    assert paid == {"capex": 9 * MILLION}
    assert main(["verify", str(file)]) == 0
    assert "Equal. Pilot" in capsys.readouterr().out

    cheaper = edited("result.json", lambda said: said["facts"].update(paid={"capex": MILLION}))
    parts = opened(file)
    told, again = json.loads(parts["result.json"]), verify.compute(cheaper(parts))

    assert list(verify.differences(told, verify.compute(parts))) == []
    assert ".decision.money.median" in list(verify.differences(told, again))


def test_a_changed_part_is_named(taken, capsys):
    parts = opened(taken)
    parts["moments.csv"] = parts["moments.csv"].replace(b"delay", b"delai", 1)
    packed(parts, taken)

    assert main(["verify", str(taken)]) == 1

    assert capsys.readouterr().out == "Changed since it was written: moments.csv.\n"


def swapped(name, old, new):
    def tamper(parts):
        assert old in parts[name]
        return parts | {name: parts[name].replace(old, new, 1)}

    return tamper


def edited(name, change):
    def tamper(parts):
        said = json.loads(parts[name])
        change(said)
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return parts | {name: text.encode()}

    return tamper


def nudged(parts):
    """The last digit of the last mean of the data."""
    head, *rows = parts["moments.csv"].decode().splitlines()
    cells = rows[-1].split(",")
    cells[4] = repr(float(cells[4]) + 1e-6)
    return parts | {"moments.csv": "\n".join([head, *rows[:-1], ",".join(cells), ""]).encode()}


TAMPERINGS = {
    "data": (swapped("moments.csv", b"delay", b"delai"), "moments.csv was changed"),
    "result": (swapped("result.json", b'"verdict":"', b'"verdict":"x'), "result.json was changed"),
    "plan": (swapped("plan.json", b"{", b"{ "), "plan.json was changed"),
    "put in": (lambda parts: parts | {"more.txt": b"!"}, "more.txt was put in"),
    "taken out": (
        lambda parts: {name: one for name, one in parts.items() if name != "journal.json"},
        "journal.json was taken out",
    ),
}
SKILLED = {
    "data": (nudged, "The data are not those the result was computed from."),
    "result": (
        edited("result.json", lambda said: said["decision"].update(colour="green!")),
        "The result is not the one that was released.",
    ),
    "plan": (
        edited("plan.json", lambda said: said.update(question="?")),
        "The plan is not the one that was signed.",
    ),
    "signature": (
        edited("signatures.json", lambda said: said[0].update(sha256="0" * 64)),
        "is not under this plan.",
    ),
    "batches": (
        edited("data.json", lambda said: said["batches"].pop()),
        "The list of batches is not the one the data were closed with.",
    ),
}
CHAINS = {
    "changed": (lambda said: said[1].update(verb="something else"), "was changed after"),
    "left out": (lambda said: said.pop(1), "The chain is broken before"),
    "put in": (lambda said: said.insert(1, dict(said[0])), "The chain is broken before"),
    "turned": (lambda said: said.insert(0, said.pop(1)), "The chain is broken before"),
    "cut": (lambda said: said[0].update(previous="0" * 64), "The chain is broken before"),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_both_see_what_the_sums_show(how, taken, capsys):
    tamper, words = TAMPERINGS[how]
    packed(tamper(opened(taken)), taken)

    assert one_file.main([str(taken)]) == 1
    assert words in capsys.readouterr().out
    assert main(["verify", str(taken)]) == 1


@pytest.mark.parametrize("how", SKILLED)
def test_both_see_what_renewed_sums_hide(how, taken, capsys):
    tamper, words = SKILLED[how]
    packed(tamper(opened(taken)), taken, summed=True)

    assert one_file.main([str(taken)]) == 1
    assert words in capsys.readouterr().out
    assert main(["verify", str(taken)]) == 1


@pytest.mark.parametrize("how", CHAINS)
def test_the_one_file_sees_every_change_of_a_chain(how, taken, capsys):
    change, words = CHAINS[how]
    packed(edited("journal.json", change)(opened(taken)), taken, summed=True)

    assert one_file.main([str(taken)]) == 1
    assert words in capsys.readouterr().out


def test_an_end_cut_off_is_seen_by_a_checkpoint(taken, capsys, tmp_path):
    folder = tmp_path / "checkpoints"
    checkpoints.write(at=on(5, 1), folder=folder)
    held = ["--checkpoints", str(folder)]
    assert one_file.main([str(taken), *held]) == 0
    capsys.readouterr()

    def forge(said):
        last = said[-1]
        last["verb"] = "something else"
        last["hash"] = one_file.entry_hash(last)

    packed(edited("journal.json", forge)(opened(taken)), taken, summed=True)

    assert one_file.main([str(taken)]) == 0
    assert one_file.main([str(taken), *held]) == 1
    assert "is not what 00000001.json holds." in capsys.readouterr().out


STRANGE_JOURNALS = {
    "no list": (lambda said: {"entries": said}, "journal.json is not a list of entries."),
    "no entries": (lambda said: ["begun"], "journal.json is not a list of entries."),
    "places in words": (
        lambda said: [one | {"seq": "first"} for one in said],
        "journal.json is not a list of entries.",
    ),
    "no hashes": (
        lambda said: [{name: one[name] for name in one if name != "hash"} for one in said],
        "was changed after it was written.",
    ),
    "half a letter": (
        lambda said: [one | {"verb": "\ud800"} for one in said],
        "was changed after it was written.",
    ),
}


@pytest.mark.parametrize("how", STRANGE_JOURNALS)
def test_the_one_file_says_of_the_strangest_journal_what_is_wrong(how, taken, capsys, tmp_path):
    change, words = STRANGE_JOURNALS[how]
    folder = tmp_path / "checkpoints"
    checkpoints.write(at=on(5, 1), folder=folder)
    parts = opened(taken)
    journal = json.dumps(change(json.loads(parts["journal.json"]))).encode()
    packed(parts | {"journal.json": journal}, taken, summed=True)

    assert one_file.main([str(taken), "--checkpoints", str(folder)]) == 1
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("heads", [["x"], {"x": 1}, {"x": ["first", "0"]}])
def test_the_one_file_says_that_a_checkpoint_of_another_shape_was_not_written(
    heads, taken, capsys, tmp_path
):
    folder = tmp_path / "checkpoints"
    file = checkpoints.write(at=on(5, 1), folder=folder)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"heads": heads}))

    assert one_file.main([str(taken), "--checkpoints", str(folder)]) == 1
    assert "The checkpoint 00000001.json is not the one" in capsys.readouterr().out


def test_a_changed_checkpoint_and_a_strange_key_are_seen(taken, capsys, tmp_path):
    folder = tmp_path / "checkpoints"
    file = checkpoints.write(at=on(5, 1), folder=folder)
    key = json.loads(file.read_text())["key"]
    held = [str(taken), "--checkpoints", str(folder), "--key"]

    assert one_file.main([*held, key]) == 0
    assert one_file.main([*held, "00" * 32]) == 1

    file.write_text(file.read_text().replace('"count": ', '"count": 1'))

    assert one_file.main([*held, key]) == 1
    assert "The checkpoint 00000001.json is not the one that was written." in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [  # RFC 8032, section 7.1, tests 1 and 2
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
)
def test_signatures_are_checked_as_the_standard_prints_them(public, message, signature):
    key, content, signed = (bytes.fromhex(one) for one in (public, message, signature))

    assert one_file.ed25519(key, content, signed)
    assert not one_file.ed25519(key, content + b"!", signed)
    assert not one_file.ed25519(key, content, signed[:32] + bytes(32))
    assert not one_file.ed25519(key, content, signed[:-1])


NO_BUNDLES = {
    "words": (lambda file: file.write_text("not an archive"), "{} cannot be read as a bundle."),
    "cut": (lambda file: file.write_bytes(b"PK\x03\x04"), "{} cannot be read as a bundle."),
    "empty": (lambda file: file.touch(), "{} is empty."),
    "folder": (lambda file: file.mkdir(), "{} is a folder, not a file."),
    "nothing": (lambda _file: None, "There is no file {}."),
}


@pytest.mark.parametrize("what", NO_BUNDLES)
def test_what_is_no_bundle_gets_one_sentence(what, tmp_path, capsys):
    file = tmp_path / "x.zip"
    make, words = NO_BUNDLES[what]
    make(file)

    assert main(["verify", str(file)]) == 2
    assert capsys.readouterr().err == f"pochin verify: {words.format(file)}\n"

    assert one_file.main([str(file)]) == 2
    assert capsys.readouterr().err == f"verify_bundle: {words.format(file)}\n"


@pytest.mark.parametrize("name", ["manifest.json", "result.json"])
def test_a_bundle_that_lacks_a_part_or_holds_broken_words_gets_one_sentence(
    name, taken, tmp_path, capsys
):
    parts = opened(taken)
    packed({one: content for one, content in parts.items() if one != name}, taken)

    assert main(["verify", str(taken)]) == 2
    assert one_file.main([str(taken)]) == 2

    packed(parts | {"manifest.json": b"{"}, taken)

    assert main(["verify", str(taken)]) == 2
    assert one_file.main([str(taken)]) == 2
