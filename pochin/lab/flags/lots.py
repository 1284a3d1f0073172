"""What goes wrong with units, with their lot and with time."""

from __future__ import annotations

from pochin.lab.flags.kind import (
    BALANCE,
    CARRY,
    DESIGN,
    EVALUATION,
    FEW,
    GUESS,
    MOMENTS,
    MONITOR,
    NOVELTY,
    SEASON,
    SIZES,
    SPILL,
    TAMPER,
    TREND,
    UNIT,
    D,
    E,
    Kind,
    M,
)

LOTS: tuple[Kind, ...] = (
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
        "small-arm",
        "warn",
        (DESIGN, EVALUATION),
        BALANCE,
        "With %(units)d units in one arm the t-test may take chance for an effect in up to "
        "%(worst)d cases of 100 instead of %(usual)d; believe the p-value by lot.",
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
)
