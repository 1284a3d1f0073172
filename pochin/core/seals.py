"""Seals: a document signed with the centre's key, which anybody can check without asking us.

The Ed25519 signature covers the canonical bytes of everything but itself; the public key stands
inside, so a reader compares it with the one the centre shows.
"""

from __future__ import annotations

import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def canonical(said: Any) -> bytes:
    """The bytes of a plain value that do not depend on key order or spacing.

    >>> canonical({"b": 1, "a": "ё"}).decode()
    '{"a":"ё","b":1}'
    """
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seal(said: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The document with the public key and the signature in it."""
    with_key = {**said, "key": key.public_key().public_bytes_raw().hex()}
    return {**with_key, "signature": key.sign(canonical(with_key)).hex()}


def is_whole(document: dict[str, Any]) -> bool:
    """Whether the signature inside is one over everything else inside, by the key inside."""
    rest = {name: value for name, value in document.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(document["key"]))
        key.verify(bytes.fromhex(document["signature"]), canonical(rest))
    except (InvalidSignature, KeyError, TypeError, ValueError):
        return False
    return True
