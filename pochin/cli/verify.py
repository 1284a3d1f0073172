"""Recompute a pilot's bundle, or check a certificate, and say equal, or where it differs.

Needs no server and no database: the plan and the reduced data are enough; a certificate carries
its own seal.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from pochin.cli import Fault, named

TOLERANCE = 1e-9


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        help="archive taken from the page of a result or written by “pochin evaluate”, or "
        "certificate.json",
    )
    parser.add_argument(
        "--key", help="the centre's public key, as its check page shows it, to be compared with"
    )


def run(args: argparse.Namespace) -> int:
    """Status 0: equal and whole; 1: it differs or its seal is broken; 2: it cannot be read."""
    path = named.there(Path(args.file))
    with path.open("rb") as file:
        start = file.read(1)
    if start == b"{":
        return certificate(path, args.key)
    return bundle(path, args.key)


def certificate(path: Path, key: str | None) -> int:
    """Check the seal of a certificate and tell what it certifies."""
    from pochin.core import seals

    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Fault(f"{path} cannot be read as a certificate.") from error
    if said.get("format") != "pochin-certificate/1":
        raise Fault(
            f"{path} is neither a bundle nor a certificate of the format pochin-certificate/1."
        )
    if not seals.is_whole(said):
        print("The seal is broken: the document is not the one that was issued.")
        return 1
    if not _is_expected(said, key):
        return 1
    try:
        _tell(said, key)
    except (KeyError, TypeError) as error:
        raise Fault(f"{path} lacks a part of a certificate: {error}.") from error
    return 0


def _tell(said: dict[str, Any], key: str | None) -> None:
    metric, pilot = said["metric"], said["pilot"]
    named = metric.get("unit_en") or metric["unit"]
    unit = "" if metric["unit"] == "1" else f" {named}"
    # The threshold as pages write it: what lessens a metric that should fall stands below zero.
    threshold = -metric["threshold"] if metric["direction"] == "lower" else metric["threshold"]
    ends = {round(one["level"], 3): one for one in said["result"]["intervals"]}
    print(f"The seal is whole. Certificate {said['number']}, issued at {said['issued_at']}")
    print(f"by {said['issuer']['en']} to {said['company']['en']}: {pilot['en']}")
    line = f"{metric.get('name_en') or metric['name']}: {said['result']['estimate']:+.4g}{unit}"
    if 0.95 in ends:
        line += f", 95 % interval {ends[0.95]['low']:+.4g} to {ends[0.95]['high']:+.4g}"
    print(f"{line}, threshold {threshold:+g}: {said['result']['verdict']}")
    print(f"{len(pilot['sites'])} sites, {pilot['from']} to {pilot['until']}")
    print(f"plan {said['plan_sha256']}")
    print(f"key {said['key']}")
    if key is None:
        print("Anybody can seal with a key of their own: compare this one with the centre's.")
    if said.get("demonstration"):
        print("Demonstration data: this certificate certifies nothing.")
    print(f"Whether it was revoked since is told at {said['check']}")


def _is_expected(said: dict[str, Any], key: str | None) -> bool:
    """Whether the document was sealed with the key the caller trusts."""
    if key is None or key.strip().lower() == str(said.get("key", "")).lower():
        return True
    print(f"Sealed with another key than you gave: {said.get('key', 'none')}.")
    return False


def bundle(path: Path, key: str | None) -> int:
    """Recompute the result of a bundle, and check its sums, signatures and seal."""
    from pochin.core import seals

    parts = _read(path)
    manifest = _document(parts, "manifest.json")
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise Fault(f"{path} is not a bundle: its manifest names no files.")
    if wrong := _changed(parts, manifest):
        print(f"Changed since it was written: {', '.join(wrong)}.")
        return 1
    result = _document(parts, "result.json")
    again = compute(parts)
    if again["provenance"]["protocol_hash"] != manifest.get("plan_sha256"):
        print("The plan is not the one that was signed.")
        return 1
    unlike = list(differences(result, again))
    for path in unlike[:20]:
        print(f"differs: {path}")
    if not unlike:
        decision = result["decision"]
        print(
            f"Equal. Pilot {manifest['pilot']}: {decision['verdict']}, {decision['colour']}, "
            f"evidence class {decision['evidence_class']}."
        )
    strange = False
    for one in _document(parts, "signatures.json"):
        own = one["sha256"] == manifest["plan_sha256"]
        strange |= not own
        whole = "over this plan" if own else "over another plan"
        print(f"signed by {one['name']} ({one['role']}) at {one['at']}, {whole}")
    if not seals.is_whole(manifest):
        print("The seal is broken: the manifest is not the one that was written.")
        return 1
    if not _is_expected(manifest, key):
        return 1
    print(f"sealed with the key {manifest['key']}")
    return 1 if unlike or strange else 0


def _changed(parts: dict[str, bytes], manifest: dict[str, Any]) -> list[str]:
    """Files that are not as the manifest tells, those put in and taken out among them."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    del sums["manifest.json"]
    told = manifest["files"]
    named = {
        f"{what}.json": manifest.get(f"{what}_sha256", "")
        for what in ("plan", "result", "data")
        if f"{what}.json" in sums
    }
    wrong = {name for name in sums.keys() | told.keys() if sums.get(name) != told.get(name)}
    return sorted(wrong | {name for name, one in named.items() if sums[name] != one})


def _document(parts: dict[str, bytes], name: str) -> Any:
    try:
        return json.loads(parts[name])
    except (ValueError, RecursionError) as error:
        raise Fault(f"{name} of the bundle is not a JSON document.") from error


def _read(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise Fault(f"{path} cannot be read as a bundle.") from error
    wanted = {"manifest.json", "plan.json", "moments.csv", "result.json", "signatures.json"}
    if missing := sorted(wanted - set(parts)):
        raise Fault(f"{path} is not a bundle: {', '.join(missing)} is missing.")
    return parts


def compute(parts: dict[str, bytes]) -> dict[str, Any]:
    """The result that follows from the plan and the reduced data."""
    import numpy as np

    from pochin.lab.evaluate import evaluate_plan
    from pochin.lab.facts import Facts
    from pochin.lab.moments import MomentTable
    from pochin.lab.protocol import Protocol
    from pochin.lab.result import LabError

    rows = list(csv.DictReader(io.StringIO(parts["moments.csv"].decode())))
    words = ("unit", "period", "metric")
    columns = {
        name: np.array(
            [row[name] for row in rows],
            dtype=str if name in words else np.int64 if name == "n" else np.float64,
        )
        for name in (rows[0] if rows else ())
    }
    seed = json.loads(parts.get("assignment.json", b"{}")).get("seed") or None
    try:
        protocol = Protocol.from_json(parts["plan.json"].decode())
        facts = Facts.of(_document(parts, "result.json").get("facts"))
        return evaluate_plan(protocol, MomentTable(**columns), seed=seed, facts=facts).to_dict()
    except LabError as error:
        raise Fault(f"The bundle cannot be computed: {error}") from error


def differences(before: Any, after: Any, path: str = "") -> Any:
    """Every place where two documents are unlike beyond the last digits."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            if name != "code_version":
                yield from differences(before.get(name), after.get(name), f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{path}[{place}]")
    elif isinstance(before, int | float) and isinstance(after, int | float):
        if abs(before - after) > TOLERANCE * max(abs(before), abs(after), 1.0):
            yield path
    elif before != after:
        yield path
