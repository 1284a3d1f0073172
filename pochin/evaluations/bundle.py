"""A pilot's bundle: plan, reduced data, result, signatures, in one archive anyone can verify."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pochin.core import journal, seals, signatures
from pochin.core.checkpoints import signing_key
from pochin.evaluations.models import Evaluation
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.measurements import readings

FORMAT = "pochin-bundle/1"


def write(evaluation: Evaluation, *, at: datetime, with_story: bool = True) -> bytes:
    """The bundle of an evaluation as the bytes of a zip archive: the same whenever it is taken.

    Args:
        with_story: With the chains of the journal, for readers who see the story of the pilot.
    """
    table = readings.moments(evaluation.pilot, at=at, snapshot=evaluation.snapshot)
    parts = {
        "plan.json": evaluation.plan.canonical.encode(),
        "assignment.json": signatures.canonical(_assignment(evaluation)),
        "moments.csv": moments_csv(table),
        "data.json": signatures.canonical(_batches(evaluation)),
        "result.json": signatures.canonical(evaluation.result),
        "signatures.json": signatures.canonical(_signatures(evaluation)),
    }
    if with_story:
        parts["journal.json"] = signatures.canonical(_chains(evaluation))
    manifest = {
        "format": FORMAT,
        "pilot": evaluation.pilot.number,
        "evaluation": evaluation.number,
        "plan_sha256": evaluation.plan.sha256,
        "result_sha256": evaluation.sha256,
        "data_sha256": evaluation.snapshot.sha256,
        "told_by_both_sides": evaluation.snapshot.both_told,
    }
    return _archive(manifest, parts, key=signing_key(), at=evaluation.computed_at)


def of_files(
    protocol: Protocol,
    table: MomentTable,
    result: Mapping[str, Any],
    *,
    name: str,
    data: Mapping[str, Any],
    seed: str | None,
    at: datetime,
) -> bytes:
    """The bundle of a result computed from files on anybody's machine.

    Nobody signed anything and no centre vouches for it: it is sealed with a key made for it alone.

    Args:
        name: What the pilot is called where the plan has no code.
        data: What the readings were: the file, its fingerprint, its rows.
        seed: The drawn number, where the plan only committed to one.
    """
    parts = {
        "plan.json": protocol.canonical,
        "assignment.json": signatures.canonical({"seed": seed or ""}),
        "moments.csv": moments_csv(table),
        "data.json": signatures.canonical({"format": readings.FORMAT, **data}),
        "result.json": signatures.canonical(result),
        "signatures.json": signatures.canonical([]),
    }
    manifest = {
        "format": FORMAT,
        "pilot": protocol.document.get("code", name),
        "evaluation": 1,
        "plan_sha256": protocol.sha256,
        "result_sha256": signatures.fingerprint(parts["result.json"]),
        "data_sha256": signatures.fingerprint(parts["data.json"]),
    }
    return _archive(manifest, parts, key=Ed25519PrivateKey.generate(), at=at)


def _archive(
    manifest: dict[str, Any], parts: Mapping[str, bytes], *, key: Ed25519PrivateKey, at: datetime
) -> bytes:
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    sealed = seals.seal(manifest | {"files": sums}, key)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        said = json.dumps(sealed, indent=1, sort_keys=True).encode()
        for name, content in {"manifest.json": said, **parts}.items():
            archive.writestr(_member(name, at), content)
    return out.getvalue()


def _member(name: str, at: datetime) -> zipfile.ZipInfo:
    """A part dated by the computation, not by the moment of the download."""
    member = zipfile.ZipInfo(name, at.astimezone(UTC).timetuple()[:6])
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member


def moments_csv(table: MomentTable) -> bytes:
    """The reduced data, one line for each unit, period and metric, floats in full."""
    columns = ["unit", "period", "metric", "n", "mean", "m2"]
    if table.den_mean is not None:
        columns += ["den_mean", "den_m2", "den_co"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*(getattr(table, name).tolist() for name in columns), strict=True):
        writer.writerow([repr(v) if isinstance(v, float) else v for v in row])
    return out.getvalue().encode()


def _assignment(evaluation: Evaluation) -> dict[str, Any]:
    return {"seed": evaluation.pilot.seed}


def _batches(evaluation: Evaluation) -> dict[str, Any]:
    """What the fingerprint of the data stands for."""
    return {"format": readings.FORMAT, "batches": evaluation.snapshot.batches}


def _chains(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The chains of the pilot and of this evaluation; of their words the hashes alone."""
    entries = [*journal.of(evaluation.pilot), *journal.of(evaluation)]
    return [journal.said(entry) | {"hash": entry.hash} for entry in entries]


def _signatures(evaluation: Evaluation) -> list[dict[str, Any]]:
    signed = signatures.under(evaluation.plan, what="plan", sha256=evaluation.plan.sha256)
    return [
        {"role": one.role, "name": str(one.by), "at": one.at.isoformat(), "sha256": one.sha256}
        for one in signed
    ]
