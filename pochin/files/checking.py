"""Comparing the table of files with the store: nothing missing, strange or changed."""

from __future__ import annotations

from dataclasses import dataclass

from pochin.files import store
from pochin.files.models import File, State


@dataclass(frozen=True, slots=True)
class Findings:
    """What does not agree, by SHA-256."""

    missing: tuple[str, ...]  # a row without bytes
    strange: tuple[str, ...]  # bytes without a row
    changed: tuple[str, ...]  # bytes that no longer hash to their name
    looked_at: int

    @property
    def is_clean(self) -> bool:
        return not (self.missing or self.strange or self.changed)


def check(*, is_deep: bool = False) -> Findings:
    """Compare rows and bytes; `is_deep` reads every byte again.

    Bytes without a row may belong to an upload that has not committed yet: look twice.
    """
    # The store first: bytes are kept before their row is, so every row seen later has had its turn.
    kept = set(store.kept())
    refused = File.objects.filter(state=State.REFUSED)
    known = set(File.objects.exclude(state=State.REFUSED).values_list("sha256", flat=True))
    missing = {sha256 for sha256 in known - kept if not store.exists(sha256)}
    strange = kept - known - set(refused.values_list("sha256", flat=True))
    changed = {s for s in known & kept if store.digest(s) != s} if is_deep else set()
    return Findings(
        tuple(sorted(missing)), tuple(sorted(strange)), tuple(sorted(changed)), len(kept)
    )
