"""Deals with their approvals, payments, rights, licences and roll-outs."""

from pochin.deals.models.deal import (
    BEFORE_SIGNED,
    BOUND,
    WRITERS,
    Approval,
    ApprovalKind,
    ApprovalState,
    Deal,
    DealKind,
    NotConcluded,
    Route,
    State,
    Terminated,
)
from pochin.deals.models.delivery import Delivery
from pochin.deals.models.following import FollowedDay, FollowUp, FollowUpState
from pochin.deals.models.money import Payment
from pochin.deals.models.rights import Every, Licence, Origin, Right, RightKind, RoyaltyReport
from pochin.deals.models.rollout import (
    Gap,
    Realised,
    RollOut,
    RollOutState,
    Wave,
    WaveSite,
    Way,
)

__all__ = [
    "BEFORE_SIGNED",
    "BOUND",
    "WRITERS",
    "Approval",
    "ApprovalKind",
    "ApprovalState",
    "Deal",
    "DealKind",
    "Delivery",
    "Every",
    "FollowUp",
    "FollowUpState",
    "FollowedDay",
    "Gap",
    "Licence",
    "NotConcluded",
    "Origin",
    "Payment",
    "Realised",
    "Right",
    "RightKind",
    "RollOut",
    "RollOutState",
    "Route",
    "RoyaltyReport",
    "State",
    "Terminated",
    "Wave",
    "WaveSite",
    "Way",
]
