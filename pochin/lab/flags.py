"""The catalogue of flags: what can be wrong with a pilot, how grave it is, and when it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pochin.lab.result import Flag, Severity

DESIGN, MONITOR, EVALUATION = "design", "monitor", "evaluation"
MOMENTS = (DESIGN, MONITOR, EVALUATION)


@dataclass(frozen=True)
class Kind:
    """A kind of flag.

    Attributes:
        code: Stable word; the product translates by it.
        severity: The gravest it can have; the check that raises it may say less.
        moments: When it can be raised: "design" (before the lock), "monitor" (while data come
            in) or "evaluation" (when the result is looked at).
        pitfall: What goes wrong if nobody sees it.
        message: One English sentence with named places.
    """

    code: str
    severity: Severity
    moments: tuple[str, ...]
    pitfall: str
    message: str

    @property
    def stops(self) -> str:
        """What a blocking flag of this kind forbids; empty where it does not block."""
        if self.severity != "block":
            return ""
        return {DESIGN: "locking the plan", MONITOR: "the look", EVALUATION: "the decision"}[
            self.moments[0]
        ]


D, M, E = (DESIGN,), (MONITOR,), (EVALUATION,)
FEW = "too few units"
UNIT = "unit-of-analysis error"
GUESS = "ICC or CAC misguessed"
SIZES = "unequal or informative sizes"
BALANCE = "imbalance of few offices"
TAMPER = "assignment tampering"
NOVELTY = "Hawthorne effect and novelty"
SPILL = "spillover between offices"
CARRY = "carryover"
SEASON = "seasons, holidays, strikes"
TREND = "secular trend"
MISSING = "missing readings"
LATE = "late data"
BROKEN = "duplicates, clocks, devices, metric redefinition"
RATIO = "sample ratio mismatch"
PEEK = "peeking"
MANY = "many metrics and segments"
STOP = "stopping by budget or politics"
REGRESS = "regression to the mean"
ONE = "one treated site"
PARALLEL = "parallel trends wished for"
DROPOUT = "differential drop-out"
COST = "cost creep"
TWIN = "twin trials on the same office"
CODE = "p-hacked analysis"
MODEL = "a model at its edge"

KINDS: tuple[Kind, ...] = (
    Kind(
        "lot-too-small",
        "block",
        MOMENTS,
        FEW,
        "The lot has %(assignments)d outcomes, so no p-value can be below %(floor).3g; "
        "the level is %(alpha).3g. %(needed)d units would do.",
    ),
    Kind(
        "few-units",
        "warn",
        (DESIGN, EVALUATION),
        FEW,
        "There are %(units)d units; below %(usual)d, read the randomisation p-value.",
    ),
    Kind(
        "units-lost",
        "warn",
        (MONITOR, EVALUATION),
        FEW,
        "%(lost)d of %(planned)d units no longer send data; "
        "the smallest p-value is now %(floor).3g.",
    ),
    Kind(
        "wrong-unit",
        "block",
        D,
        UNIT,
        "Lots are drawn for each %(drawn)s, so %(analysed)s cannot be the unit of the analysis.",
    ),
    Kind(
        "power-hangs-on-icc",
        "warn",
        D,
        GUESS,
        "Power is %(best).0f %% if the ICC is %(low).3g, but %(worst).0f %% if it is %(high).3g.",
    ),
    Kind(
        "low-power",
        "warn",
        D,
        GUESS,
        "Even at the middle guess the plan shows its effect with %(power).0f %% only.",
    ),
    Kind(
        "variance-above-plan",
        "warn",
        M,
        GUESS,
        "Units vary %(ratio).2f times as much as planned; %(units)d units would keep the power.",
    ),
    Kind(
        "icc-off-plan",
        "info",
        E,
        GUESS,
        "The ICC turned out %(icc).3g; the plan reckoned with %(low).3g to %(high).3g.",
    ),
    Kind(
        "sizes-unequal",
        "info",
        D,
        SIZES,
        "Sizes of units vary by %(cv).0f %% of their mean; say whose average is wanted.",
    ),
    Kind(
        "sizes-drift",
        "warn",
        M,
        SIZES,
        "The ratio of volumes between arms moved by %(change).0f %% since the baseline.",
    ),
    Kind(
        "weights-disagree",
        "warn",
        E,
        SIZES,
        "The average over units is %(units).3g, over participants %(participants).3g: "
        "large and small units react differently.",
    ),
    Kind(
        "arms-unequal",
        "info",
        (DESIGN, EVALUATION),
        BALANCE,
        "Arms of %(control)d and %(treatment)d units are compared by Welch's test, "
        "because the pooled one rejects a true null too often.",
    ),
    Kind(
        "units-bound",
        "block",
        D,
        BALANCE,
        "%(pairs)d pairs of units are always in the same arm; keep more assignments.",
    ),
    Kind(
        "lot-too-tight",
        "warn",
        D,
        BALANCE,
        "Only %(kept)d assignments stay in the lot, and %(pairs)d pairs of units share an arm in "
        "three quarters of them or more; keep a larger share.",
    ),
    Kind(
        "imbalance",
        "warn",
        (DESIGN, EVALUATION),
        BALANCE,
        "Before the start the arms differ by %(difference).2f standard deviations in “%(name)s”.",
    ),
    Kind(
        "seed-not-committed",
        "warn",
        D,
        TAMPER,
        "Nobody can check the lot afterwards: the plan holds no commitment to a seed.",
    ),
    Kind(
        "seed-guessable",
        "block",
        D,
        TAMPER,
        "The plan commits to a short number or a date, so anybody finds it by trying and knows the "
        "lot before it is drawn; commit to one made by “pochin seed”.",
    ),
    Kind(
        "crossover",
        "block",
        (MONITOR, EVALUATION),
        TAMPER,
        "%(share).0f %% of unit-periods worked otherwise than the lot said; "
        "the plan allows %(allowed).0f %%.",
    ),
    Kind(
        "weak-instrument",
        "warn",
        E,
        TAMPER,
        "The lot moved the exposure too little to scale the effect by it.",
    ),
    Kind(
        "no-run-in",
        "info",
        D,
        NOVELTY,
        "There are no baseline periods: attention of the first weeks cannot be told apart.",
    ),
    Kind(
        "curve-not-constant",
        "warn",
        E,
        NOVELTY,
        "The effect is not the same at every exposure time; read the curve.",
    ),
    Kind(
        "neighbours",
        "warn",
        D,
        SPILL,
        "%(pairs)d pairs of treated and control units lie within %(buffer)g km of each other; "
        "merge or part them.",
    ),
    Kind(
        "spillover",
        "warn",
        (MONITOR, EVALUATION),
        SPILL,
        "Control units near treated ones differ from those far away (p %(p_value).3f).",
    ),
    Kind(
        "neighbours-matter",
        "warn",
        E,
        SPILL,
        "Without the neighbours of treated units the effect is %(without).3g, "
        "with them %(with_all).3g.",
    ),
    Kind(
        "block-too-short",
        "block",
        D,
        CARRY,
        "Blocks of %(block)d periods are shorter than twice the carryover of %(carryover)d.",
    ),
    Kind(
        "carryover-unsaid",
        "warn",
        D,
        CARRY,
        "The plan does not say how long the solution is felt after it stops; "
        "blocks must be twice as long as that.",
    ),
    Kind(
        "burn-in-too-short",
        "warn",
        D,
        CARRY,
        "%(burn_in)d periods are left out at the start of each block, "
        "but the solution is felt for %(carryover)d after it stops.",
    ),
    Kind(
        "carryover",
        "warn",
        E,
        CARRY,
        "Starts of blocks still show the block before (p %(p_value).3f); drop more of them.",
    ),
    Kind(
        "broken-weeks",
        "warn",
        D,
        SEASON,
        "The run of %(days)d days is not whole weeks, so the arms see different weekdays.",
    ),
    Kind(
        "calendar-event",
        "warn",
        D,
        SEASON,
        "%(name)s falls into period %(period)s; exclude it in the plan or keep it for ever.",
    ),
    Kind(
        "regime-change",
        "warn",
        (MONITOR, EVALUATION),
        SEASON,
        "The control units changed around period %(period)s (p %(p_value).3f).",
    ),
    Kind(
        "exclusion-unregistered",
        "block",
        E,
        SEASON,
        "%(count)d periods were left out that the plan does not exclude: %(periods)s.",
    ),
    Kind(
        "trend-only-by-model",
        "info",
        D,
        TREND,
        "In a stepped wedge time and solution grow together; "
        "only the periods' own levels part them.",
    ),
    Kind(
        "analyses-disagree",
        "warn",
        E,
        TREND,
        "The registered analysis gives %(primary).3g, the comparison within periods %(other).3g.",
    ),
    Kind(
        "share-of-what",
        "info",
        D,
        MISSING,
        "“%(name)s” is a share, and the plan does not say of what.",
    ),
    Kind(
        "no-missing-limit",
        "info",
        D,
        MISSING,
        "The plan sets no limit for missing readings; more than %(allowed).0f %% "
        "will stop the result.",
    ),
    Kind(
        "missing-readings",
        "block",
        (MONITOR, EVALUATION),
        MISSING,
        "%(share).1f %% of expected readings are missing; the plan allows %(allowed).1f %%.",
    ),
    Kind(
        "missing-differs",
        "block",
        (MONITOR, EVALUATION),
        MISSING,
        "Readings are missing more in one arm than in the other, by %(difference).1f points; "
        "the plan allows %(allowed).1f.",
    ),
    Kind(
        "missing-could-turn",
        "warn",
        E,
        MISSING,
        "The finding would turn if the missing readings were %(tipping).3g worse than the others.",
    ),
    Kind(
        "no-maturity",
        "info",
        D,
        LATE,
        "The plan gives readings no days to arrive: "
        "a period counts as complete on the day it ends.",
    ),
    Kind(
        "immature",
        "block",
        (MONITOR, EVALUATION),
        LATE,
        "Period %(period)s holds %(share).0f %% of what is expected; a look needs %(needed).0f %%.",
    ),
    Kind(
        "duplicates",
        "block",
        (MONITOR, EVALUATION),
        BROKEN,
        "%(count)d readings stand more than once (%(share).2f %%).",
    ),
    Kind(
        "time-travel",
        "block",
        (MONITOR, EVALUATION),
        BROKEN,
        "%(count)d readings lie outside the pilot's time or were received before they happened.",
    ),
    Kind(
        "unknown-units",
        "block",
        (MONITOR, EVALUATION),
        BROKEN,
        "%(count)d units send data that the plan does not know: %(units)s.",
    ),
    Kind(
        "volume-step",
        "warn",
        M,
        BROKEN,
        "The number of readings of “%(unit)s” jumped by a factor of %(factor).2f at %(period)s.",
    ),
    Kind(
        "metric-changed",
        "block",
        (MONITOR, EVALUATION),
        BROKEN,
        "The metric's definition is no longer the one that was locked.",
    ),
    Kind(
        "shares-unsaid",
        "info",
        D,
        RATIO,
        "The plan does not say what share of people comes into each arm; "
        "equal shares will be expected.",
    ),
    Kind(
        "srm",
        "block",
        (MONITOR, EVALUATION),
        RATIO,
        "The arms hold %(counts)s subjects where %(expected)s were expected (p %(p_value).2g).",
    ),
    Kind(
        "looks-unplanned",
        "block",
        E,
        PEEK,
        "This look is not in the plan; before the planned one only counts are shown.",
    ),
    Kind(
        "no-room-for-looks",
        "block",
        D,
        PEEK,
        "A first look at %(share).0f %% can stop nothing: "
        "the lot allows no p-value below %(floor).3g.",
    ),
    Kind(
        "several-primaries",
        "block",
        D,
        MANY,
        "There are %(count)d primary metrics without a correction; name one or use Holm's.",
    ),
    Kind(
        "exploratory",
        "info",
        E,
        MANY,
        "%(count)d metrics of the readings were not named before the start; "
        "what they show is a hint, not proof.",
    ),
    Kind(
        "no-stop-reasons",
        "info",
        D,
        STOP,
        "The plan names no reason to stop early; an early end will leave it without a result.",
    ),
    Kind(
        "stop-reason-unknown",
        "block",
        (MONITOR, EVALUATION),
        STOP,
        "“%(reason)s” is not one of the reasons to stop that the plan names.",
    ),
    Kind(
        "stopped-off-plan",
        "warn",
        (MONITOR, EVALUATION),
        STOP,
        "The pilot was stopped at %(share).0f %% for a reason outside its boundaries.",
    ),
    Kind(
        "chosen-by-baseline",
        "block",
        D,
        REGRESS,
        "Units were chosen by their baseline and nobody is compared at the same time: "
        "the worst get better by themselves.",
    ),
    Kind(
        "few-treated",
        "block",
        (DESIGN, EVALUATION),
        ONE,
        "With %(treated)d treated and %(comparison)d comparison units no p-value can be below "
        "%(floor).3g: an indication.",
    ),
    Kind(
        "comparison-treated",
        "block",
        (MONITOR, EVALUATION),
        ONE,
        "%(count)d comparison units got the solution: %(units)s.",
    ),
    Kind("small-group", "warn", E, PARALLEL, "A group that starts together is small."),
    Kind("trends-differ-before", "warn", E, PARALLEL, "The groups moved apart before the start."),
    Kind(
        "trends-fragile",
        "warn",
        E,
        PARALLEL,
        "Trends that differ a little more than before the start would explain the effect.",
    ),
    Kind(
        "trends-unseen",
        "warn",
        (DESIGN, EVALUATION),
        PARALLEL,
        "Too few earlier periods to see trends.",
    ),
    Kind(
        "no-comparator",
        "warn",
        (DESIGN, EVALUATION),
        PARALLEL,
        "Nothing is compared at the same time; such a pilot can be a first hint only.",
    ),
    Kind(
        "dropout-differs",
        "block",
        (MONITOR, EVALUATION),
        DROPOUT,
        "%(treatment)d treated and %(control)d control units dropped out (p %(p_value).3f).",
    ),
    Kind(
        "cost-without-range",
        "warn",
        D,
        COST,
        "Every cost of the plan is a single number; say between what and what it may lie.",
    ),
    Kind(
        "cost-over-range",
        "warn",
        (MONITOR, EVALUATION),
        COST,
        "“%(item)s” has cost %(actual)s; the plan reckoned with at most %(high)s.",
    ),
    Kind(
        "twin-trial",
        "block",
        MOMENTS,
        TWIN,
        "%(units)d units are in pilot %(other)s at the same time; exclude them or cross the two.",
    ),
    Kind(
        "twins-interact",
        "warn",
        E,
        TWIN,
        "Where the solution of pilot %(other)s works too the effect is %(with_other).3g, elsewhere "
        "%(without_other).3g (p %(p_value).3f): the two do not simply add up.",
    ),
    Kind(
        "twins-inseparable",
        "warn",
        E,
        TWIN,
        "Too few units have only one of the two solutions, so what pilot %(other)s did cannot be "
        "told from this effect.",
    ),
    Kind(
        "plan-changed",
        "block",
        E,
        CODE,
        "The plan is not the one that was locked: its hash differs.",
    ),
    Kind(
        "plan-amended-late",
        "block",
        (MONITOR, EVALUATION),
        CODE,
        "The plan was changed after outcomes had been seen.",
    ),
    Kind(
        "analysis-fails",
        "warn",
        M,
        CODE,
        "Tried out with the arms shuffled, the plan's analysis gives no number: %(reason)s",
    ),
    Kind("many-covariates", "warn", E, CODE, "Many columns adjust few units."),
    Kind(
        "skewed",
        "warn",
        D,
        MODEL,
        "With skewness %(skewness).1f an arm needs %(needed)d subjects for a nominal interval; "
        "the smaller has %(subjects)d.",
    ),
    Kind("twin-does-not-follow", "block", E, PARALLEL, "The twin does not follow the unit."),
    Kind("twin-fits-badly", "warn", E, PARALLEL, "The twin fits worse than most placebos."),
    Kind(
        "few-periods-before",
        "warn",
        (DESIGN, EVALUATION),
        PARALLEL,
        "The twin has only %(periods)d periods before the start to follow.",
    ),
    Kind("leans-on-one-donor", "warn", E, ONE, "One donor less turns or halves the effect."),
    Kind(
        "series-too-short",
        "block",
        (DESIGN, EVALUATION),
        PARALLEL,
        "%(before)d periods before and %(after)d after are too few for a series; "
        "describe it without a test.",
    ),
    Kind("series-wanders", "block", E, PARALLEL, "The series wanders too much for a test."),
    Kind("counts-autocorrelated", "block", E, MODEL, "Neighbouring counts go together."),
    Kind("pairs-left-out", "warn", E, MISSING, "Pairs of blocks are left out."),
    Kind("lot-disagrees", "warn", E, FEW, "The lot and the model judge differently."),
    Kind("people-counted-again", "warn", E, UNIT, "People are counted anew in each period."),
    Kind("no-readings", "block", E, MISSING, "A metric has no readings."),
    Kind("empty-arm", "block", E, RATIO, "An arm is empty."),
    Kind("not-estimable", "block", E, MODEL, "The method finds no estimate in these data."),
    Kind("money-unknown", "warn", E, COST, "The money of the effect cannot be told."),
    Kind("variance-at-zero", "warn", E, MODEL, "A variance is estimated as zero."),
    Kind("incomplete-sequences", "info", E, MODEL, "Units could not all be exchanged."),
    Kind("missing-cells", "warn", E, MISSING, "Cells of unit and period have no data."),
    Kind("pairs-incomplete", "warn", E, DROPOUT, "Pairs lost a unit and are left out."),
    Kind("units-left-out", "warn", E, DROPOUT, "Units are left out of the comparison."),
    Kind("units-without-data", "warn", E, DROPOUT, "Units have no data in the run."),
    Kind("units-without-baseline", "warn", E, DROPOUT, "Units lack a value from before."),
)

CATALOGUE: Mapping[str, Kind] = {kind.code: kind for kind in KINDS}


def flag(code: str, *, severity: Severity | None = None, at: str = "", **evidence: Any) -> Flag:
    """A flag of the catalogue with its places filled.

    Raises:
        ValueError: The code is not in the catalogue.

    Example:
        >>> str(flag("few-units", units=8, usual=12))
        'There are 8 units; below 12, read the randomisation p-value.'
    """
    if code not in CATALOGUE:
        raise ValueError(f"code is {code!r}, but it must be in the catalogue of flags")
    kind = CATALOGUE[code]
    return Flag(code, severity or kind.severity, kind.message, evidence, at)
