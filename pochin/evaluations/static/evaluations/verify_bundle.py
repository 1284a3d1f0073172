#!/usr/bin/env python3
"""Check the hashes and chains of a pilot's bundle: one file, the standard library alone.

    python verify_bundle.py BUNDLE.zip [--checkpoints FOLDER] [--key HEX]

Nothing is computed anew here: `pochin verify` does that. This file shows, on any machine with
Python 3.9 or newer and without Pochin, that the plan is the one that was signed, that data and
result belong together, that no entry of the journal was changed, left out or put in, and, where
the signed checkpoints are at hand, that the journal is the one the centre had then.

Exit status: 0 whole, 1 something does not fit, 2 not a bundle.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = "pochin-bundle/1"
NEEDED = ("plan.json", "assignment.json", "moments.csv", "result.json", "signatures.json")
KEYS = ("unit", "period", "metric")
NUMBERS = ("n", "mean", "m2", "den_mean", "den_m2", "den_co")
SAID = ("stream", "seq", "at", "by", "cause", "verb", "before", "after", "text_hash", "previous")
LARGEST = 500_000_000  # bytes, of all files together once unpacked


class NoBundle(Exception):
    """The file cannot be checked at all; the words say why."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check hashes and chains of a pilot's bundle.")
    parser.add_argument("bundle", help="archive taken from the page of a result")
    parser.add_argument("--checkpoints", metavar="FOLDER", help="signed checkpoints of the centre")
    parser.add_argument("--key", metavar="HEX", help="public key the centre has published")
    options = parser.parse_args(arguments)
    try:
        parts = unpacked(Path(options.bundle))
        manifest = document(parts["manifest.json"], "manifest.json")
        found = list(faults(parts, manifest))
        if options.checkpoints:
            found += against_checkpoints(parts, Path(options.checkpoints), options.key)
    except NoBundle as why:
        print(f"verify_bundle: {why}", file=sys.stderr)
        return 2
    for fault in found:
        print(fault)
    if not found:
        print(f"Whole: pilot {manifest.get('pilot')}, evaluation {manifest.get('evaluation')}.")
        for name in ("plan_sha256", "data_sha256", "result_sha256"):
            print(f"{name} {manifest[name]}")
    return 1 if found else 0


# Reading.


def unpacked(path: Path) -> dict[str, bytes]:
    """The files of a bundle by name."""
    try:
        if path.is_dir():
            raise NoBundle(f"{path} is a folder, not a file.")
        if not path.stat().st_size:
            raise NoBundle(f"{path} is empty.")
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
            if sum(one.file_size for one in listed) > LARGEST:
                raise NoBundle(f"{path} is larger than any bundle.")
            names = [one.filename for one in listed]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise NoBundle(f"{path} holds {twice[0]} more than once.")
            parts = {name: archive.read(name) for name in names}
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoBundle(f"There is no file {path}.") from error
    except PermissionError as error:
        raise NoBundle(f"{path} may not be read by this account.") from error
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise NoBundle(f"{path} cannot be read as a bundle.") from error
    except Exception as error:  # zlib.error and what else a broken archive brings
        if isinstance(error, NoBundle):
            raise
        raise NoBundle(f"{path} cannot be read as a bundle.") from error
    for name in ("manifest.json", *NEEDED):
        if name not in parts:
            raise NoBundle(f"{path} is not a bundle: {name} is missing.")
    return parts


def document(content: bytes, name: str) -> Any:
    """A JSON document in which nothing stands twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _value in pairs}) < len(pairs):
            raise NoBundle(f"{name} says one thing twice.")
        return dict(pairs)

    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise NoBundle(f"{name} is not a JSON document.") from error


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def inside(value: Any, *path: str) -> Any:
    """A value some steps down, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


# What must fit.


def faults(parts: dict[str, bytes], manifest: Any) -> Iterator[str]:
    """Every sentence about what does not fit."""
    if inside(manifest, "format") != FORMAT or not isinstance(inside(manifest, "files"), dict):
        raise NoBundle(f"The manifest is not of the format {FORMAT}.")
    told = manifest["files"]
    for name in sorted(set(parts) - set(told) - {"manifest.json"}):
        yield f"{name} was put in: the manifest does not know it."
    for name in sorted(told):
        if name not in parts:
            yield f"{name} was taken out: the manifest names it."
        elif sha256(parts[name]) != told[name]:
            yield f"{name} was changed since the bundle was written."
    yield from plan_faults(parts, manifest)
    yield from data_faults(parts, manifest)
    if "journal.json" in parts:
        yield from chain_faults(document(parts["journal.json"], "journal.json"))


def plan_faults(parts: dict[str, bytes], manifest: dict[str, Any]) -> Iterator[str]:
    """Plan, result and signatures must speak of the same plan."""
    plan = sha256(parts["plan.json"])
    result = document(parts["result.json"], "result.json")
    if manifest.get("plan_sha256") != plan:
        yield "The plan is not the one that was signed."
    if inside(result, "provenance", "protocol_hash") != plan:
        yield "The result was computed by another plan."
    if manifest.get("result_sha256") != sha256(parts["result.json"]):
        yield "The result is not the one that was released."
    signed = document(parts["signatures.json"], "signatures.json")
    for one in signed if isinstance(signed, list) else []:
        if inside(one, "sha256") != plan:
            yield f"The signature of {inside(one, 'name')} is not under this plan."
    rules = inside(document(parts["plan.json"], "plan.json"), "assignment")
    committed = inside(rules, "seed_commitment")
    seed = inside(document(parts["assignment.json"], "assignment.json"), "seed")
    shown = sha256(b"pochin-seed/1\n" + str(seed).encode())
    if committed and seed and shown != str(committed).lower():
        yield "The lot was drawn from another seed than the plan committed to."


def data_faults(parts: dict[str, bytes], manifest: dict[str, Any]) -> Iterator[str]:
    """The reduced data must be those of the result, the batches those the data were closed with."""
    result = document(parts["result.json"], "result.json")
    if fingerprint(parts["moments.csv"]) != inside(result, "provenance", "table_hash"):
        yield "The data are not those the result was computed from."
    if "data.json" in parts and sha256(parts["data.json"]) != manifest.get("data_sha256"):
        yield "The list of batches is not the one the data were closed with."


def fingerprint(content: bytes) -> str:
    """SHA-256 over keys and exact numbers of the moments, as the result holds it."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8")), strict=True))
        names = [name for name in (*KEYS, *NUMBERS) if rows and name in rows[0]]
        digest = hashlib.sha256(b"pochin-moments/1\n")
        for name in names:
            digest.update(name.encode() + b"\n")
            if name in KEYS:
                digest.update("\n".join(row[name] for row in rows).encode())
            else:
                digest.update(b"".join(struct.pack("<d", float(row[name])) for row in rows))
    except (ValueError, TypeError, KeyError, csv.Error):
        return ""
    return digest.hexdigest()


def chain_faults(journal: Any) -> Iterator[str]:
    """Each entry must hold its own hash and that of the one before, from the first on."""
    if not is_journal(journal):
        yield "journal.json is not a list of entries."
        return
    before: dict[str, tuple[int, Any]] = {}
    for entry in journal:
        seq, head = before.get(entry["stream"], (0, ""))
        where = f"{entry['stream']} entry {entry['seq']}"
        if entry["seq"] != seq + 1 or entry.get("previous") != head:
            yield f"The chain is broken before {where}."
        elif entry.get("hash") != entry_hash(entry):
            yield f"{where} was changed after it was written."
        before[entry["stream"]] = (entry["seq"], entry.get("hash"))


def is_journal(journal: Any) -> bool:
    """Whether it is a list of entries, each with its place in a stream."""
    return isinstance(journal, list) and all(
        isinstance(inside(entry, "stream"), str) and isinstance(inside(entry, "seq"), int)
        for entry in journal
    )


def entry_hash(entry: dict[str, Any]) -> str:
    """The hash an entry must carry."""
    said = [entry.get(name) for name in SAID]
    if "further" in entry:
        said.append(entry["further"])
    return sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass"))


# Checkpoints: signed heads of all chains, each holding the hash of the checkpoint before.


def against_checkpoints(parts: dict[str, bytes], folder: Path, key: str | None) -> list[str]:
    """Sentences about checkpoints that do not fit each other, the key, or the journal here."""
    files = sorted(folder.glob("[0-9]*.json"))
    if not files:
        raise NoBundle(f"{folder} holds no checkpoint.")
    journal = document(parts.get("journal.json", b"[]"), "journal.json")
    entries = journal if is_journal(journal) else []  # else `faults` has said so
    kept = {(one["stream"], one["seq"]): one.get("hash") for one in entries}
    streams, found, before = {one["stream"] for one in entries}, [], ""
    for number, file in enumerate(files, start=1):
        content = file.read_bytes()
        said = document(content, file.name)
        whole = inside(said, "number") == number and inside(said, "previous") == before
        if not (whole and signed_by(said, key)):
            found.append(f"The checkpoint {file.name} is not the one that was written.")
        before = sha256(content)
        found += [
            f"{stream} entry {seq} is not what {file.name} holds."
            for stream, seq, head in heads_of(said)
            if stream in streams and kept.get((stream, seq), head) != head
        ]
    return found


def heads_of(checkpoint: Any) -> Iterator[tuple[str, int, Any]]:
    """The last entry of each stream by a checkpoint; what has no such shape was not written."""
    heads = inside(checkpoint, "heads")
    for stream, head in heads.items() if isinstance(heads, dict) else ():
        if isinstance(head, list) and len(head) == 2 and isinstance(head[0], int):
            yield stream, head[0], head[1]


def signed_by(said: dict[str, Any], key: str | None) -> bool:
    """Whether the checkpoint carries an Ed25519 signature by its key, and by the given one."""
    bare = {name: value for name, value in said.items() if name not in {"signature", "key"}}
    content = json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()
    try:
        own, signature = bytes.fromhex(said["key"]), bytes.fromhex(said["signature"])
        return (key is None or bytes.fromhex(key) == own) and ed25519(own, content, signature)
    except (KeyError, TypeError, ValueError):
        return False


# Ed25519, RFC 8032 section 5.1.7: slow and plain, for checking alone.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def ed25519(key: bytes, content: bytes, signature: bytes) -> bool:
    """Whether the signature over the content was made with the secret of this public key."""
    public, r = point(key), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or public is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + content).digest(), "little") % ORDER
    left, right = times(s, BASE), add(r, times(h, public))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


Point = tuple[int, int, int, int]


def point(code: bytes) -> Point | None:
    """A point of the curve from its 32 bytes, in extended coordinates; None where there is none."""
    if len(code) != 32:
        return None
    whole = int.from_bytes(code, "little")
    y, sign = whole & (2**255 - 1), whole >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def add(one: Point, other: Point) -> Point:
    """The sum of two points."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, one: Point) -> Point:
    """A point added to itself so many times."""
    total = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = add(total, one)
        one, factor = add(one, one), factor >> 1
    return total


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)

if __name__ == "__main__":
    sys.exit(main())
