"""The randomisation test: how often the lot alone would have given as much as was seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pochin.lab.assignment import ENUMERABLE, Assignment
from pochin.lab.inference.histogram import histogram
from pochin.lab.inference.lots import Lots
from pochin.lab.inference.studentised import Blocks, Flips, Statistic, TwoGroups
from pochin.lab.inference.tails import without_spread
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    NotRandomizable,
    Provenance,
    Singular,
    TooFewUnits,
)
from pochin.lab.values import UnitValues, pair_differences, unit_values

TIE = 1e-9
"""Statistics closer than this, relative to their size, are one value computed in two orders."""


# Signs of pairs.


def sign_flips(pairs: int, n: int, rng: np.random.Generator | None) -> tuple[np.ndarray, bool]:
    """All 2^P rows of signs when there are at most `ENUMERABLE`, else `n` draws; and which.

    >>> sign_flips(2, 0, None)[0].tolist()
    [[1, 1], [-1, 1], [1, -1], [-1, -1]]
    """
    if 2**pairs <= ENUMERABLE:
        bits = (np.arange(2**pairs)[:, None] >> np.arange(pairs)) & 1
        return (1 - 2 * bits).astype(np.int8), True
    drawn = _needed(rng).integers(0, 2, (n, pairs), dtype=np.int8)
    return (1 - 2 * drawn).astype(np.int8), False


def _needed(rng: np.random.Generator | None) -> np.random.Generator:
    if rng is None:
        raise ValueError("rng is None, but a set this large must be drawn from")
    return rng


# The test.


@dataclass(frozen=True, eq=False)
class _Reference:
    """A statistic with its reference set: p-values and intervals."""

    statistic: Statistic
    exact: bool
    size: int
    memory: dict[float, tuple[float, float]] = field(default_factory=dict)

    def p_value(self, effect: float, alternative: Alternative) -> float:
        drawn, own = self.statistic.at(effect) if effect else self.statistic.at_none
        if alternative == "two-sided":
            drawn, own = np.abs(drawn), abs(own)
        elif alternative == "less":
            drawn, own = -drawn, -own
        if math.isinf(own):
            beyond = int(np.count_nonzero(drawn == own))
        else:
            beyond = int(np.count_nonzero(drawn >= own - TIE * max(abs(own), 1e-300)))
        if self.exact:
            return beyond / len(drawn)
        return (1 + beyond) / (1 + len(drawn))

    def interval(self, level: float) -> tuple[float, float]:
        """Every constant effect that neither one-sided test rejects at (1 - level) / 2."""
        if level not in self.memory:
            self.memory[level] = (self._end(level, -1), self._end(level, 1))
        return self.memory[level]

    def _end(self, level: float, side: int) -> float:
        allowed = (1 - level) / 2
        word: Alternative = "greater" if side < 0 else "less"
        centre = self.statistic.estimate
        # Arms without any spread leave a point, not nothing: every other shift parts them.
        step = max(self.statistic.std_error, 1e-7 * self.statistic.scale)

        def rejected(away: float) -> bool:
            # Half a tie lower: 0.025 of 40,000 must not hang on the last bit.
            return self.p_value(centre + side * away * step, word) <= allowed * (1 + 1e-12)

        far = 2.0
        while not rejected(far):
            far *= 2
            if far > 1e7:
                return side * math.inf
        near = 0.0
        for _ in range(50):
            middle = (near + far) / 2
            near, far = (near, middle) if rejected(middle) else (middle, far)
            if far - near < 1e-7 * far:
                break
        return centre + side * near * step


@dataclass(frozen=True)
class RandomizationTest:
    """Compare arms by the lots that were drawn, and by nothing else.

    The statistic is studentised, so the test keeps its level not only when the solution changes
    nothing for anybody, but asymptotically also when it changes nothing on average. All admissible
    assignments are gone through when there are at most 100,000, else `n` are drawn. Pairs are
    tested by flips of signs. The interval inverts two one-sided tests of a constant effect.

    Args:
        metric: Its code; may be left out when the table holds only one.
        n: How many assignments to draw from a large set.
        alternative: For the p-value.
        adjust: () or ("baseline",): take out what was known before, first.
        covariates: Further values known before, shape (I,) or (I, k).
        periods, baseline: Ids; default those with and those before anybody's solution.
        two_part: The metric is a quotient of sums.
        weights: "units", or for pairs also "participants".

    Raises (from `run`):
        NotRandomizable: Nobody drew lots, or lots were drawn for blocks of time.
        TooFewUnits: An arm has fewer than two units.
        Singular: No value differs from another.

    Source:
        Fisher, R. A. (1935). The Design of Experiments. Chung, E. & Romano, J. P. (2013). Annals
        of Statistics 41, 484–507. Wu, J. & Ding, P. (2021). JASA 116, 1898–1913.

    Example:
        >>> offices = Assignment([[1], [0]] * 4, list("abcdefgh"), ["may"])
        >>> table = MomentTable(list("abcdefgh"), ["may"] * 8, ["delay"] * 8, [9] * 8,
        ...                     [5.0, 8, 6, 7, 5.5, 9, 4, 8.5], [1.0] * 8)
        >>> test = RandomizationTest().run(table, offices)
        >>> test.estimate, round(test.p_value, 4), round(test.p_floor, 4)
        (-3.0, 0.0286, 0.0286)
    """

    metric: str | None = None
    n: int = 99_999
    alternative: Alternative = "two-sided"
    adjust: tuple[str, ...] = ()
    covariates: Any = None
    periods: Sequence[Any] | None = None
    baseline: Sequence[Any] | None = None
    two_part: bool = False
    weights: str = "units"

    def run(
        self,
        table: MomentTable,
        assignment: Assignment,
        *,
        rng: np.random.Generator | None = None,
    ) -> EffectResult:
        """The effect with its randomisation p-value; `rng` is needed only for large sets."""
        baseline = self.baseline
        if "baseline" in self.adjust and baseline is None:
            baseline = assignment.period_ids[~(assignment.schedule == 1).any(axis=0)]
        units = unit_values(
            table,
            assignment,
            self.metric,
            periods=self.periods,
            baseline=baseline if "baseline" in self.adjust else None,
            two_part=self.two_part,
            covariates=self.covariates,
        )
        return self.compare(units, rng=rng)

    def compare(self, units: UnitValues, *, rng: np.random.Generator | None = None) -> EffectResult:
        """The same from units' values."""
        if not units.assignment.randomized or units.assignment.by_period:
            # Says in its own words why not.
            units.assignment.draw_labels(1, np.random.default_rng(0))
        if units.assignment.pairs is not None:
            reference = self._flips(units, rng)
        else:
            reference = self._exchanges(units, rng)
        return self._answer(units, reference)

    def _flips(self, units: UnitValues, rng: np.random.Generator | None) -> _Reference:
        pairs = pair_differences(units)
        if len(pairs.d) < 2:
            raise TooFewUnits("One pair has nothing to be compared with.")
        weights = pairs.n if self.weights == "participants" else np.ones(len(pairs.d))
        signs, exact = sign_flips(len(pairs.d), self.n, rng)
        _spread(pairs.d, units.y)
        return _Reference(Flips(signs, pairs.d, weights.astype(float)), exact, 2 ** len(pairs.d))

    def _exchanges(self, units: UnitValues, rng: np.random.Generator | None) -> _Reference:
        assignment, arms = units.assignment, units.arms
        if len(assignment.templates) != 2:
            raise NotRandomizable("Units follow more than two schedules; test their sequences.")
        if min(units.n_units.values()) < 2:
            raise TooFewUnits("Each arm needs two units with data, or spread is unknown.")
        exact = assignment.n_admissible <= ENUMERABLE
        if exact:
            lots = Lots.of_rows(assignment.all_labels())
        else:
            lots = Lots.drawn(assignment, self.n, _needed(rng))
        if assignment.labels[arms == 1][0] == 0:
            lots = lots.turned()
        blocks = assignment.blocks
        a, b = _without(units.y, arms.astype(float), units.adjusting, blocks)
        _spread(a, units.y)
        if blocks.max() == 0:
            statistic: Statistic = TwoGroups(lots, arms, a, b)
        else:
            statistic = Blocks(lots, arms, a, b, blocks)
        return _Reference(statistic, exact, assignment.n_admissible)

    def _answer(self, units: UnitValues, reference: _Reference) -> EffectResult:
        statistic = reference.statistic
        provenance = Provenance(table_hash=units.table_hash)
        fit = EffectResult(
            statistic.estimate,
            statistic.std_error,
            None,
            reference.p_value(0.0, self.alternative),
            "randomization",
            reference="Fisher 1935; Wu & Ding 2021",
            alternative=self.alternative,
            p_floor=self._floor(units, reference),
            reference_distribution="randomization",
            interval_inverter=reference.interval,
            provenance=provenance,
        )
        about = units.about()
        about["values"] = about["values"] | {
            "n_admissible": reference.size,
            "exact": reference.exact,
            "chance": histogram(*statistic.at_none),
        }
        return replace(fit, **about)

    def _floor(self, units: UnitValues, reference: _Reference) -> float:
        size = reference.size if reference.exact else len(reference.statistic.at_none[0]) + 1
        mirrored = self.alternative == "two-sided" and _mirrored(units)
        return min(1.0, (2 if mirrored and reference.exact else 1) / size)


def _mirrored(units: UnitValues) -> bool:
    """Whether exchanging the arms gives an admissible assignment, so that p comes in twos."""
    if units.assignment.pairs is not None:
        return True
    blocks, arms = units.assignment.blocks, units.arms
    return all(2 * arms[blocks == one].sum() == (blocks == one).sum() for one in np.unique(blocks))


def _spread(values: np.ndarray, of: np.ndarray) -> None:
    """Refuse values that differ by no more than rounding of what they were made from."""
    if without_spread(float(np.ptp(values)), float(np.abs(of).max())):
        raise Singular("No value differs from another, so no lot differs from another.")


def _without(
    y: np.ndarray, arm: np.ndarray, known: np.ndarray, blocks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and arm after block levels and what was known before are taken out."""
    dummies = (blocks[:, None] == np.unique(blocks)[None, :]).astype(float)
    if known.shape[1] == 0 and dummies.shape[1] == 1:
        return y - y.mean(), arm
    away = known - known.mean(axis=0)
    basis = np.linalg.qr(np.column_stack([dummies, away]))[0]
    return tuple(column - basis @ (basis.T @ column) for column in (y, arm))


def invert(
    p_value: Callable[[float], float], estimate: float, std_error: float, level: float
) -> tuple[float, float]:
    """Ends of the set of effects whose two-sided p-value stays above 1 - level.

    Args:
        p_value: Two-sided p-value of a supposed effect.
        estimate: Where the search begins, in the unit of the effect.
        std_error: Its step, same unit.
    """
    ends = []
    for side in (-1, 1):
        near, far = 0.0, 2.0
        while p_value(estimate + side * far * std_error) > 1 - level and far < 1e7:
            near, far = far, far * 2
        if far >= 1e7:
            ends.append(side * math.inf)
            continue
        for _ in range(40):
            middle = (near + far) / 2
            inside = p_value(estimate + side * middle * std_error) > 1 - level
            near, far = (middle, far) if inside else (near, middle)
        ends.append(estimate + side * near * std_error)
    return ends[0], ends[1]
