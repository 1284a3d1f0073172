"""Taking a batch in: check its rows, drop what is known already, add the rest, count.

Every step may be done again: a file that was half taken in before a crash ends as if there had
been none, because the store is asked which of its rows are there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from pochin.files import store as files
from pochin.jobs import progress
from pochin.measurements import intake, staging
from pochin.measurements.ahead import ahead
from pochin.measurements.expectations import Expectation
from pochin.measurements.intake import Dialect, Fault, Reason, Unreadable
from pochin.measurements.lake import Overtaken, Repeats, Store
from pochin.measurements.models import Batch, State
from pochin.measurements.readings import expectation, how, quantile_codes
from pochin.measurements.staging import LISTED, Staged

MOST_TRIES = 200
UNLIKE_KEPT = 500  # readings told differently by the two sides that are kept one by one


@dataclass(slots=True)
class Crossed:
    """Readings that a batch of the other side tells too: how many, and which say otherwise."""

    rows: int = 0
    differing: int = 0
    unlike: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Taken:
    """What became of a file: counts, what was set aside, and what the rest amounts to.

    Attributes:
        overlaps: Rows about readings that are known already, by the batch that told them.
        overrules: Rows of batches of the other side, which gives way, about the same readings.
        crossings: The same seen from the side that gives way, by the batch that is used.
        is_behind: Rows of the other side came meanwhile, so the file is to be taken in anew.
    """

    received: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    overlaps: Counter[int] = field(default_factory=Counter)
    overrules: Counter[int] = field(default_factory=Counter)
    crossings: dict[int, Crossed] = field(default_factory=dict)
    is_behind: bool = False
    rows_sha256: str = ""
    version: int = 0
    plan_sha256: str = ""
    first_day: date | None = None
    last_day: date | None = None
    moments: dict[str, np.ndarray] = field(default_factory=dict)
    sketches: dict[str, np.ndarray] = field(default_factory=dict)
    arrivals: dict[str, np.ndarray] = field(default_factory=dict)
    newest_us: int | None = None


def take(batch: Batch) -> Taken:
    """Bring a batch's readings into the store, once.

    Raises:
        Unreadable: The file as a whole cannot be taken in.
    """
    plan = batch.pilot.locked_plan()
    assert plan is not None, "readings are taken only under a locked plan"
    expect = expectation(plan, batch.units or None)
    taken = Taken(plan_sha256=plan.sha256)
    with bytes_of(batch) as path, _workplace() as folder:
        staged = Staged(folder, batch.number)
        _stage(path, staged, batch, expect, taken)
        progress.report(0.7, "duplicates")
        store = Store(batch.pilot.number)
        _add(store, staged, batch, expect, taken)
        progress.report(0.9, "moments")
        _count(store, batch, plan.protocol, taken)
    return taken


@contextmanager
def bytes_of(batch: Batch) -> Iterator[Path]:
    """The file of a batch as a path."""
    with bytes_at(batch.sha256) as path:
        yield path


@contextmanager
def bytes_at(sha256: str) -> Iterator[Path]:
    """A kept file as a path; brought near first where the store is not on a disk of ours.

    Raises:
        Unreadable: It is not there.
    """
    root = files.root()
    if root is not None:
        path = root / files.place(sha256)
        if not path.exists():
            raise Unreadable("lost")
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=workshop()) as near:
        try:
            with files.open_bytes(sha256) as far:
                shutil.copyfileobj(far, near)
        except FileNotFoundError:
            raise Unreadable("lost") from None
        near.flush()
        yield Path(near.name)


def workshop() -> Path:
    """Where files stand while they are worked on."""
    folder = Path(settings.HOME) / "staging"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def _workplace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=workshop()) as folder:
        yield Path(folder)


# Rows that are in order ----------------------------------------------------------------------


def _stage(path: Path, staged: Staged, batch: Batch, expect: Expectation, taken: Taken) -> None:
    """Check every row; write the good ones aside in the order of the file."""
    dialect = Dialect.of(batch.dialect)
    with staged.writing() as write:
        for raw in ahead(intake.read(path, dialect)):
            checked = intake.check(
                raw,
                expect,
                decimal=dialect.decimal,
                now=batch.sent_at,
                details=LISTED - len(taken.faults),
            )
            taken.received += raw.received
            taken.by_reason.update(checked.by_reason)
            taken.faults += checked.faults
            if checked.newest_us is not None:
                taken.newest_us = max(taken.newest_us or checked.newest_us, checked.newest_us)
            if checked.readings.num_rows:
                write(checked.readings)
            progress.report(raw.done * 0.7, "checking")
    taken.quarantined = taken.by_reason.total()
    if taken.received == 0:
        raise Unreadable("empty")


# Rows that are new ---------------------------------------------------------------------------


def _add(store: Store, staged: Staged, batch: Batch, expect: Expectation, taken: Taken) -> None:
    """Add what is not there yet, judged by what stands in the store at that very moment."""
    keep = "last" if expect.duplicate == "last" else "first"
    gives_way = expect.gives_way(is_vendors=batch.declared_by_vendor)
    own, other = _others(batch)
    for _try in range(MOST_TRIES):
        version = store.version()
        repeats = store.repeats(
            staged.files,
            [*own, *(other if gives_way else ())],
            version=version, keep=keep, twice=staged.twice,
        )  # fmt: skip
        present = store.lines(batch.number, version=version)
        before = store.rounds(batch.number, batch.sha256)
        crossed = np.isin(repeats.other_batch, other)
        is_overruled = len(present) > 0 and bool(np.isin(repeats.line[crossed], present).any())
        if len(present) and (
            not before or ((batch.state == State.CHECKING or is_overruled) and before < batch.round)
        ):
            # Of another file that had this number before a backup was brought back, of work
            # that was stopped (what was known then may not be known now), or told since by the
            # side whose readings are used.
            store.leave_out(batch.number, store.rounds(batch.number) + 1)
            continue
        taken.is_behind = is_overruled
        # What stands in the store stands.
        repeats = repeats.without(present)
        if not gives_way:
            taken.overrules = _overruled(store, staged, other, repeats, version)
        try:
            added = staging.bring_in(
                store, staged, repeats.line, present,
                onto=version, round_=batch.round, file=batch.sha256,
            )  # fmt: skip
        except Overtaken:
            progress.report()
            continue
        taken.version, taken.accepted, taken.rows_sha256 = added.version, added.count, added.sha256
        _set_aside(repeats, added.values, expect.duplicate, taken, other=other)
        _compare(store, staged, repeats, other, version, taken)
        return
    raise RuntimeError(f"The store of pilot {batch.pilot.number} stays busy.")


def _others(batch: Batch) -> tuple[list[int], list[int]]:
    """The other batches of the sender's side and those of the other: also half taken in."""
    others = batch.pilot.batches.filter(state__in=[State.CHECKING, State.ACCEPTED])
    sides: tuple[list[int], list[int]] = ([], [])
    found = others.exclude(pk=batch.pk).values_list("number", "declared_by_vendor")
    for number, is_vendors in found.order_by("number"):
        sides[is_vendors != batch.declared_by_vendor].append(number)
    return sides


def _overruled(
    store: Store, staged: Staged, batches: list[int], repeats: Repeats, version: int
) -> Counter[int]:
    """How many rows of each batch that gives way tell the same readings as these files."""
    nothing = np.empty(0, np.uint64)
    found = store.repeats(staged.files, batches, version=version, keep="first", twice=nothing)
    found = found.without(repeats.line)
    numbers, counts = np.unique(found.other_batch, return_counts=True)
    return Counter(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))


def _set_aside(
    repeats: Repeats, values: dict[int, float], rule: str, taken: Taken, *, other: Sequence[int]
) -> None:
    """Count rows about readings that are known already, and name the first of them.

    The same number again is a duplicate. Another number is a contradiction, which people must
    settle, unless the plan says which of the rows of one file stands; a row of another batch is
    never put aside for a later one. Of a row about a reading of the `other` side nothing is said
    but that: told whether a guess is the value, the vendor would know it before the look day.
    """
    settled = (rule == "first") | ((rule == "last") & (repeats.other_batch == 0))
    is_crossed = np.isin(repeats.other_batch, list(other))
    is_duplicate = (repeats.is_same | settled) & ~is_crossed
    counts_of = {
        Reason.DUPLICATE: int(is_duplicate.sum()),
        Reason.OTHER_SIDE: int(is_crossed.sum()),
        Reason.CONTRADICTION: int((~is_duplicate & ~is_crossed).sum()),
    }
    taken.duplicates = counts_of[Reason.DUPLICATE] + counts_of[Reason.OTHER_SIDE]
    taken.quarantined += counts_of[Reason.CONTRADICTION]
    for reason, count in counts_of.items():
        if count:
            taken.by_reason[reason] += count
    others, counts = np.unique(repeats.other_batch[repeats.other_batch > 0], return_counts=True)
    taken.overlaps = Counter(dict(zip(others.tolist(), counts.tolist(), strict=True)))
    for i in range(min(len(repeats), LISTED - len(taken.faults))):
        line = int(repeats.line[i])
        reason = Reason.DUPLICATE if is_duplicate[i] else Reason.CONTRADICTION
        reason = Reason.OTHER_SIDE if is_crossed[i] else reason
        where = {"batch": int(repeats.other_batch[i]), "line": int(repeats.other_line[i])}
        value = values.get(line)
        shown = "" if value is None else f"{value:.15g}"
        taken.faults.append(Fault(line, "value", shown, reason, where))


def _compare(
    store: Store, staged: Staged, repeats: Repeats, other: list[int], version: int, taken: Taken
) -> None:
    """Keep, for the time after the look, what both sides said of the same readings."""
    taken.crossings = {}
    for number in np.intersect1d(repeats.other_batch, other).tolist():
        here = repeats.other_batch == number
        differing = int((here & ~repeats.is_same).sum())
        unlike = (
            store.unlike(staged.files, [number], version=version, most=UNLIKE_KEPT)
            if differing
            else []
        )
        taken.crossings[number] = Crossed(int(here.sum()), differing, unlike)


# What it amounts to --------------------------------------------------------------------------


def _count(store: Store, batch: Batch, protocol: Any, taken: Taken) -> None:
    """Count what stands in the store, not what was meant to."""
    version, only = taken.version, [batch.number]
    taken.moments = store.moments(version=version, batches=only, **how(protocol))
    taken.arrivals = store.counts(version=version, batches=only)
    taken.sketches = store.sketch(quantile_codes(protocol), version=version, batches=only)
    found = int(taken.arrivals["n"].sum())
    if found != taken.accepted:
        raise RuntimeError(
            f"batch {batch.number} of pilot {batch.pilot.number}: {taken.accepted} rows were "
            f"taken in, but the store holds {found}"
        )
    if found == 0 and taken.duplicates == 0:
        raise NothingGood(taken)
    days = taken.arrivals["day"]
    days = days[~np.isnat(days.astype("datetime64[D]"))].astype("datetime64[D]")
    if len(days):
        taken.first_day, taken.last_day = days.min().item(), days.max().item()


class NothingGood(Unreadable):
    """Not one row of the file is in order; `taken` says what is wrong with each."""

    def __init__(self, taken: Taken) -> None:
        super().__init__("nothing_good")
        self.taken = taken


def sweep(*, before: float) -> None:
    """Remove what workers that died left in the workshop."""
    for path in workshop().iterdir():
        if path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True)
            path.unlink(missing_ok=True)
