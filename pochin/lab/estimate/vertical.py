"""Stepped wedge: comparison within periods, tested by permuting the sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.panel import LinedUp, about, line_up
from pochin.lab.estimate.sequences import (
    DRAWS,
    by_sequence,
    exposure_time,
    missing_cells,
    permute_sequences,
)
from pochin.lab.estimate.told import by_permutation
from pochin.lab.inference.permutation import LinearPermutation, refuse_alike
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    NotIdentified,
)


def vertical_weights(schedules: np.ndarray, seen: np.ndarray, *, wash_in: int = 0) -> np.ndarray:
    """Weights that compare units with and without the solution within each period.

    Each period's difference counts as n1 n0 / (n1 + n0), a weight the design fixes. Weights
    estimated from a handful of units, as in the source, add noise that permutation then tests.

    Args:
        schedules: Shape (k, I, T), of −1, 0, 1.
        seen: Where the outcome is observed, shape (I, T).
        wash_in: First periods with the solution that are left out.

    Returns:
        Shape (k, I·T); the estimate is weights @ Y.reshape(-1).

    Raises:
        NotIdentified: In no period are both kinds of units observed.

    Source:
        Thompson, J. A. et al. (2018). Statistics in Medicine 37, 2487–2500.

    Example:
        >>> vertical_weights(np.array([[[0, 1], [0, 0]]]), np.ones((2, 2))).reshape(2, 2)
        array([[ 0.,  1.],
               [ 0., -1.]])
    """
    since = exposure_time(schedules)
    taken = seen.astype(bool) & (schedules != -1) & ((since == 0) | (since > wash_in))
    on, used = (taken & (schedules == 1)).astype(float), taken.astype(float)
    centred = on - used * (on.sum(axis=1) / np.maximum(used.sum(axis=1), 1))[:, None, :]
    total = (on * centred).sum(axis=(1, 2))
    if not (total > 0).all():
        raise NotIdentified(
            "In no period do units with and without the solution work side by side."
        )
    return (centred / total[:, None, None]).reshape(len(schedules), -1)


@dataclass(frozen=True)
class VerticalComparison:
    """Differences within periods, averaged, with a permutation of the sequences.

    Assumes nothing about correlation or the course of time. The interval is by inversion with a
    constant effect.

    Args:
        metric: Code of the metric; may be left out when the table holds one.
        wash_in: First periods with the solution that are left out, as registered.
        alternative: "two-sided", "greater" or "less".
        draws: Assignments drawn where there are too many to go through.

    Source:
        Thompson, J. A. et al. (2018). Statistics in Medicine 37, 2487–2500.
    """

    metric: str | None = None
    wash_in: int = 0
    alternative: Alternative = "two-sided"
    draws: int = DRAWS

    def fit(
        self,
        table: MomentTable,
        assignment: Assignment,
        *,
        rng: np.random.Generator | None = None,
    ) -> EffectResult:
        """Compare, shuffle the sequences, compare again.

        Args:
            table: Moments by unit and period.
            assignment: Who crossed over when, and what the lot could have given instead.
            rng: Needed only where the admissible assignments are too many to list.

        Raises:
            NotRandomizable: Nobody drew lots.
            NotIdentified: No period has units with and without the solution.
            Singular: The outcome is the same everywhere.
        """
        data = line_up(table, assignment, self.metric)
        test = self._permute(data, assignment, rng)
        return by_permutation(
            test,
            method="stepped-wedge-vertical",
            reference="Thompson et al. 2018",
            alternative=self.alternative,
            bound_inverter=test.bound,
            curve=_within_periods(data),
            values={
                "permutation": test.A,
                "cell_weights": self._weigh(data)(data.schedule[None])[0],
            },
            flags=missing_cells(data),
            **about(data, n_units=by_sequence(data)),
        )

    def _weigh(self, data: LinedUp) -> Callable[[np.ndarray], np.ndarray]:
        seen = ~np.isnan(data.Y)
        return lambda schedules: vertical_weights(schedules, seen, wash_in=self.wash_in)

    def _permute(
        self, data: LinedUp, assignment: Assignment, rng: np.random.Generator | None
    ) -> LinearPermutation:
        labels, exact = _reference(assignment, self.draws, rng)
        if not np.isnan(data.Y).any() and _same_sequences(labels, assignment.labels):
            return _by_parts(self._weigh(data), data, assignment, labels, exact=exact)
        return permute_sequences(
            self._weigh(data),
            data.schedule,
            np.nan_to_num(data.Y),
            assignment.templates,
            labels,
            exact=exact,
        )


def _same_sequences(labels: np.ndarray, real: np.ndarray) -> bool:
    """Whether every assignment deals out the sequences of the real one."""
    return bool((np.sort(labels, axis=1) == np.sort(real)).all())


def _by_parts(
    weigh: Callable[[np.ndarray], np.ndarray],
    data: LinedUp,
    assignment: Assignment,
    labels: np.ndarray,
    *,
    exact: bool,
) -> LinearPermutation:
    """As `permute_sequences` where nothing is missing: what each unit adds under each sequence.

    How many work with the solution in a period is then the same for every assignment, so the
    weights of a unit depend on its own sequence alone, and an assignment costs I additions.
    """
    units = np.arange(len(labels[0]))
    weights = weigh(data.schedule[None]).reshape(data.Y.shape)
    first = np.unique(assignment.labels, return_index=True)[1]
    by_sequence = weights[first]
    parts = np.stack([data.Y @ by_sequence.T, (data.schedule == 1) @ by_sequence.T])
    estimate = float(parts[0, units, assignment.labels].sum())
    A, B = (part[units, labels].sum(axis=1) for part in parts)
    refuse_alike(A, data.Y)
    return LinearPermutation(estimate, A, B, exact)


def _reference(
    assignment: Assignment, draws: int, rng: np.random.Generator | None
) -> tuple[np.ndarray, bool]:
    if rng is None:
        # Listing raises a clear refusal where there are too many.
        return assignment.all_labels(), True
    return assignment.reference_labels(draws, rng)


def _within_periods(data: LinedUp) -> tuple[dict[str, object], ...]:
    rows = []
    for t, period in enumerate(data.periods.tolist()):
        seen = ~np.isnan(data.Y[:, t])
        on, off = seen & (data.schedule[:, t] == 1), seen & (data.schedule[:, t] == 0)
        if on.any() and off.any():
            difference = float(data.Y[on, t].mean() - data.Y[off, t].mean())
            row = {"period": period, "estimate": difference}
            rows.append(row | {"treatment": int(on.sum()), "control": int(off.sum())})
    return tuple(rows)
