"""The work on a batch: taking its rows into the store, or leaving them out of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM
from pochin.measurements import taking
from pochin.measurements.intake import Unreadable
from pochin.measurements.lake import Store
from pochin.measurements.lifecycle.moves import (
    accept,
    as_kept,
    leave_out,
    readings_are_taken,
    reject,
    renew,
)
from pochin.measurements.models import Batch, State
from pochin.measurements.taking import NothingGood, Taken


def take_in(batch: Batch, *, at: datetime | None = None) -> Batch:
    """Check a batch's rows and bring the good ones into the store; may be done again at any time.

    A crash between the store and the database leaves the batch in checking; done again, the rows
    that are there already are found there.
    """
    if batch.state != State.CHECKING and not (batch.state == State.ACCEPTED and batch.is_stale):
        return batch
    when = {} if at is None else {"at": at}
    if not readings_are_taken.holds(batch):
        return _give_up(batch, {"code": "closed"}, None, when)
    try:
        taken = taking.take(batch)
    except NothingGood as problem:
        return _give_up(batch, as_kept(problem), problem.taken, when)
    except Unreadable as problem:
        return _give_up(batch, as_kept(problem), None, when)
    move = accept if batch.state == State.CHECKING else renew
    try:
        return move(batch, by=SYSTEM, taken=taken, **when)
    except Refused as problem:
        batch.refresh_from_db()
        if batch.state != State.CHECKING or readings_are_taken.holds(batch):
            return batch  # another worker was quicker
        return _give_up(
            batch, {"code": "refused", "params": {"sentence": str(problem)}}, None, when
        )


def _give_up(
    batch: Batch, problem: Mapping[str, Any], taken: Taken | None, when: Mapping[str, Any]
) -> Batch:
    if batch.state != State.CHECKING:
        return batch
    return reject(batch, by=SYSTEM, problem=problem, taken=taken, **when)


def tidy(batch: Batch, *, at: datetime | None = None) -> Batch:
    """Make a version of the store without the rows of a batch that does not count."""
    if batch.state not in (State.WITHDRAWN, State.REJECTED, State.RECEIVED):
        return batch
    store_ = Store(batch.pilot.number)
    if not store_.holds(batch.number, version=store_.version()):
        return batch  # it never had rows there, or they are left out already
    version = store_.leave_out(batch.number, batch.round, batch.sha256)
    when = {} if at is None else {"at": at}
    return leave_out(batch, by=SYSTEM, version=version, **when)
