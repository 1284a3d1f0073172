"""Signatures: who signed which bytes, when, in which role."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from pochin.core.models import Signature
from pochin.core.seals import canonical

__all__ = ["canonical", "fingerprint", "of", "sign", "under"]


def fingerprint(said: Any) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(said if isinstance(said, bytes) else canonical(said)).hexdigest()


def sign(
    thing: models.Model, *, what: str, by: Any, role: str, sha256: str, at: datetime
) -> Signature:
    """Put a person's signature under these bytes; a second one over the same bytes is the first."""
    signature, _new = Signature.objects.get_or_create(
        kind=ContentType.objects.get_for_model(thing),
        thing_id=thing.pk,
        what=what,
        by_id=by.pk,
        sha256=sha256,
        defaults={"role": role, "at": at},
    )
    return signature


def under(thing: models.Model, *, what: str, sha256: str) -> models.QuerySet[Signature]:
    """The signatures under exactly these bytes, oldest first."""
    return of(thing).filter(what=what, sha256=sha256)


def of(thing: models.Model) -> models.QuerySet[Signature]:
    """All signatures on a thing, oldest first."""
    kind = ContentType.objects.get_for_model(thing)
    return (
        Signature.objects.filter(kind=kind, thing_id=thing.pk).order_by("at").select_related("by")
    )
