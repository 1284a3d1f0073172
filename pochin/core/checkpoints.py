"""Checkpoints: signed heads of the journal, kept outside the database.

A checkpoint is a file ``<number>.json`` with the time, the count of entries, the head of every
chain that grew since the checkpoint before, how many chains there are and one hash over the heads
of all of them, the hash of the checkpoint before, and an Ed25519 signature.
Whoever keeps a copy of these files sees any later change of what they cover.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Max

from pochin.core import journal, witnesses
from pochin.core.models import Entry

# Entries below the last one seen may have been committed after it: look back this far.
OVERLAP = 10_000


def write(*, at: datetime, folder: Path | None = None) -> Path | None:
    """Write the next checkpoint; returns its file, or None where nothing grew."""
    folder = Path(folder or settings.CHECKPOINTS)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        return _write(folder, at)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer at a time, or two would write over each other's next number."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(folder: Path, at: datetime) -> Path | None:
    files = _files(folder)
    known = _known(files)
    previous = json.loads(files[-1].read_text()) if files else {"last": 0}
    fresh = Entry.objects.filter(pk__gt=previous["last"] - OVERLAP)
    tops = fresh.values("stream").annotate(top=Max("seq")).order_by("stream")
    heads = _heads({row["stream"]: row["top"] for row in tops}, known)
    if not heads:
        return None
    every = known | heads
    said: dict[str, Any] = {
        "number": len(files) + 1,
        "time": at.astimezone(UTC).isoformat(timespec="seconds"),
        "count": Entry.objects.count(),
        "last": Entry.objects.aggregate(last=Max("pk"))["last"],
        "heads": heads,
        "streams": len(every),
        "head": _over_all(every),
        "previous": hashlib.sha256(files[-1].read_bytes()).hexdigest() if files else "",
    }
    key = signing_key()
    said["signature"] = key.sign(_bytes(said)).hex()
    said["key"] = _raw(key.public_key()).hex()
    return _keep(folder / f"{said['number']:08}.json", json.dumps(said, indent=1).encode())


def faults(*, folder: Path | None = None) -> Iterator[str]:
    """Where the journal does not match itself or its checkpoints, the first bad entry first."""
    yield from _chain_faults()
    folder = Path(folder or settings.CHECKPOINTS)
    before, last, every = "", 0, dict[str, Any]()
    for number, file in enumerate(_files(folder), start=1):
        said = _said(file)
        signed = said is not None and _is_signed(said)
        if said is None or not signed or said["number"] != number or said["previous"] != before:
            yield f"The checkpoint {file.name} is not the one that was written."
        before = hashlib.sha256(file.read_bytes()).hexdigest()
        if said is not None:
            yield from _head_faults(said, file.name)
            every, last = every | said["heads"], said["last"]
            if said.get("head", _over_all(every)) != _over_all(every):
                yield f"The checkpoint {file.name} covers chains that those before it do not name."
    yield from _backdated(every, last)
    yield from witnesses.faults()


def signing_key(folder: Path | None = None) -> Ed25519PrivateKey:
    """The centre's key; made at the first use and readable by its owner alone."""
    file = Path(folder or settings.HOME) / "signing_key.pem"
    if not file.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return signing_key(folder)
        with os.fdopen(descriptor, "wb") as out:
            out.write(pem)
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def _said(file: Path) -> dict[str, Any] | None:
    """What a checkpoint says; None where it does not have the shape of one."""
    try:
        said = json.loads(file.read_bytes())
        heads = said["heads"].items()
        is_one = all(isinstance(said[name], str) for name in ("previous", "signature", "key"))
        return said if is_one and all(len(head) == 2 for _stream, head in heads) else None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _chain_faults() -> Iterator[str]:
    stream, seq, previous = "", 0, ""
    kinds = {kind.pk: f"{kind.app_label}.{kind.model}" for kind in ContentType.objects.all()}
    entries = Entry.objects.select_related("text").order_by("stream", "seq")
    for entry in entries.iterator(chunk_size=2000):
        if entry.stream != stream:
            stream, seq, previous = entry.stream, 0, ""
        where = f"{entry.stream} entry {entry.seq}"
        if entry.seq != seq + 1 or entry.previous != previous:
            yield f"The chain is broken before {where}."
        elif entry.hash != journal.digest(entry):
            yield f"{where} was changed after it was written."
        elif stream != f"{kinds.get(entry.kind_id)}:{entry.thing_id}":
            yield f"{where} was tied to another thing after it was written."
        elif (text := getattr(entry, "text", None)) and journal.text_hash(text) != entry.text_hash:
            yield f"The words of {where} were changed after they were written."
        seq, previous = entry.seq, entry.hash


def _head_faults(said: dict[str, Any], name: str) -> Iterator[str]:
    streams = list(said["heads"])
    for start in range(0, len(streams), 500):
        part = streams[start : start + 500]
        kept: dict[tuple[str, int], str] = {
            (stream, seq): value
            for stream, seq, value in Entry.objects.filter(stream__in=part).values_list(
                "stream", "seq", "hash"
            )
        }
        for stream in part:
            seq, value = said["heads"][stream]
            if kept.get((stream, seq)) != value:
                yield f"{stream} entry {seq} is not what the checkpoint {name} holds."


def _backdated(every: dict[str, Any], last: int) -> Iterator[str]:
    """Stories put in with numbers below those that a checkpoint had already covered."""
    # Only where writers commit in turn is every lower number known to be there by then.
    covered = last if connection.vendor == "sqlite" else last - OVERLAP
    old = Entry.objects.filter(pk__lte=covered, seq=1).order_by("stream")
    for stream in old.values_list("stream", flat=True).iterator(chunk_size=2000):
        if stream not in every:
            yield f"{stream} was put in below what the last checkpoint had covered."


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.json"))


def _known(files: list[Path]) -> dict[str, list[Any]]:
    known: dict[str, list[Any]] = {}
    for file in files:
        known |= json.loads(file.read_text())["heads"]
    return known


def _over_all(heads: dict[str, Any]) -> str:
    said = json.dumps(heads, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def _heads(tops: dict[str, int], known: dict[str, list[Any]]) -> dict[str, list[Any]]:
    grown = {stream: top for stream, top in tops.items() if known.get(stream, [0])[0] != top}
    entries = Entry.objects.filter(stream__in=grown).values_list("stream", "seq", "hash")
    return {s: [seq, value] for s, seq, value in entries.iterator() if grown[s] == seq}


def _bytes(said: dict[str, Any]) -> bytes:
    bare = {name: value for name, value in said.items() if name not in {"signature", "key"}}
    return json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()


def _is_signed(said: dict[str, Any]) -> bool:
    try:
        if bytes.fromhex(said["key"]) != _raw(signing_key().public_key()):
            return False
        signing_key().public_key().verify(bytes.fromhex(said["signature"]), _bytes(said))
    except (InvalidSignature, ValueError):
        return False
    return True


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _keep(file: Path, content: bytes) -> Path:
    draft = file.with_suffix(".part")
    with draft.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.rename(file)
    return file
