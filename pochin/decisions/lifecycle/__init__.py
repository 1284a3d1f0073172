"""What can happen to a decision, to its certificate and to a result that is published."""

from pochin.decisions.lifecycle import results
from pochin.decisions.lifecycle.certificates import CERTIFIED, certificate_life, issue, revoke
from pochin.decisions.lifecycle.moves import (
    FEWEST_VOTES,
    agrees_with_verdict,
    countersign,
    decline,
    life,
    none_is_at_work,
    panel_agrees,
    pilot_awaits,
    prepare,
    result_is_shown,
    sign,
    sign_first,
    vote,
    withdraw,
)

__all__ = [
    "CERTIFIED",
    "FEWEST_VOTES",
    "agrees_with_verdict",
    "certificate_life",
    "countersign",
    "decline",
    "issue",
    "life",
    "none_is_at_work",
    "panel_agrees",
    "pilot_awaits",
    "prepare",
    "result_is_shown",
    "results",
    "revoke",
    "sign",
    "sign_first",
    "vote",
    "withdraw",
]
