"""The states of a pilot and of its sites, and the choices made about it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pochin.participants.policy import Role


class State(models.TextChoices):
    """The life of a pilot."""

    PROPOSED = "proposed", _("proposed")
    DESIGN = "design", _("being designed")
    PLAN_REVIEW = "plan_review", _("plan under review")
    LOCKED = "locked", _("plan locked")
    PREPARATION = "preparation", _("in preparation")
    BASELINE = "baseline", _("measuring the baseline")
    RUNNING = "running", _("running")
    SUSPENDED = "suspended", _("suspended")
    ENDED_EARLY = "ended_early", _("ended early")
    DATA_CLOSING = "data_closing", _("data closed")
    EVALUATION = "evaluation", _("being evaluated")
    RESULTS_AGREED = "results_agreed", _("results agreed")
    AWAITING = "awaiting", _("awaiting decision")
    SCALE = "scale", _("to be scaled")
    SCALE_WITH_CONDITIONS = "scale_conditions", _("to be scaled with conditions")
    REWORK = "rework", _("sent to rework")
    STOP = "stop", _("stopped")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


BEFORE_LOCK = (State.PROPOSED, State.DESIGN, State.PLAN_REVIEW)
BEFORE_RUNNING = (*BEFORE_LOCK, State.LOCKED, State.PREPARATION, State.BASELINE)
DECIDED = (State.SCALE, State.SCALE_WITH_CONDITIONS, State.REWORK, State.STOP)
OVER = (State.CLOSED, State.CANCELLED)
UNDECIDED = tuple(s for s in State if s not in (*DECIDED, *OVER))
# From the lock on a pilot stands in the public register, unless the centre keeps it out.
PUBLIC_STATES = tuple(s for s in State if s not in (*BEFORE_LOCK, State.CANCELLED))
# While a pilot is in one of these, readings may still come.
TAKES_READINGS = (State.PREPARATION, State.BASELINE, State.RUNNING, State.SUSPENDED,
                  State.ENDED_EARLY)  # fmt: skip

# Who in the programme reads all of a pilot; the observer reads what was decided.
READING_ROLES = (
    Role.COORDINATOR,
    Role.COMMITTEE,
    Role.DIRECTOR,
    Role.PILOT_MANAGER,
    Role.METHODOLOGIST,
    Role.LAWYER,
    Role.AUDITOR,
)
OBSERVED_STATES = (State.AWAITING, *DECIDED, State.CLOSED)


class Purpose(models.TextChoices):
    """Why a pilot is held; the words of the plan."""

    LEARN = "learn", _("to learn")
    PROVE = "prove", _("to prove")
    DEMONSTRATE = "demonstrate", _("to demonstrate")
    ROLL_OUT = "prepare-roll-out", _("to prepare a roll-out")


class Verdict(models.TextChoices):
    """What the numbers said, as the evaluation handed it down."""

    INVALID = "invalid", _("invalid")
    HARM = "harm", _("harm")
    MEETS = "meets", _("meets the threshold")
    PROMISING = "promising", _("promising")
    NO_EFFECT = "no_effect", _("no effect shown")
    INCONCLUSIVE = "inconclusive", _("inconclusive")


class Colour(models.TextChoices):
    GREEN = "green", _("green")
    AMBER = "amber", _("amber")
    RED = "red", _("red")
    GREY = "grey", _("cannot be evaluated")


class Outcome(models.TextChoices):
    """What was decided after a pilot."""

    SCALE = "scale", _("scale")
    SCALE_WITH_CONDITIONS = "scale_conditions", _("scale with conditions")
    EXTEND = "extend", _("extend")
    REWORK = "rework", _("rework")
    STOP = "stop", _("stop")


class CancelCode(models.TextChoices):
    VENDOR = "vendor", _("the company withdrew")
    SITES = "sites", _("no sites were found")
    MONEY = "money", _("there is no money")
    SECURITY = "security", _("security does not allow it")
    NOT_DECIDABLE = "not_decidable", _("the question cannot be decided by this pilot")
    NEED_GONE = "need_gone", _("the need is gone")
    OTHER = "other", _("another reason")


class Reach(models.TextChoices):
    """How much of a pilot a reader may see."""

    PUBLIC = "public", _("what the public register shows")
    OBSERVER = "observer", _("what was decided")
    INSIDE = "inside", _("everything")


class SlotRole(models.TextChoices):
    TREATMENT = "treatment", _("with the solution")
    COMPARISON = "comparison", _("for comparison")
    DRAWN = "drawn", _("to be drawn by lot")


class SlotState(models.TextChoices):
    """The life of a site's part in a pilot."""

    PROPOSED = "proposed", _("proposed to the site")
    AGREED = "agreed", _("agreed by the site")
    CONFIRMED = "confirmed", _("consent signed")
    USED = "used", _("in the pilot")
    LEFT = "left", _("left for good")
    RELEASED = "released", _("released")


class LeftBecause(models.TextChoices):
    """What a site's departure has to do with what is tried: it may tell of the effect itself."""

    SOLUTION = "solution", _("because of the solution")
    OTHER = "other", _("for a reason that has nothing to do with the solution")
    UNCLEAR = "unclear", _("it is not clear whether the solution is the reason")


HELD_SLOTS = (SlotState.AGREED, SlotState.CONFIRMED, SlotState.USED)
