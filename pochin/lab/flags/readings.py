"""What goes wrong with readings."""

from __future__ import annotations

from pochin.lab.flags.kind import BROKEN, EVALUATION, LATE, MISSING, MONITOR, RATIO, D, E, Kind, M

READINGS: tuple[Kind, ...] = (
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
)
