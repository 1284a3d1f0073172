"""Export projects, and the registers they are prepared with."""

from pochin.exports.models.post import Declaration, Event, ItemRange, Shipment
from pochin.exports.models.project import (
    ACTIVE,
    Barrier,
    Category,
    Contract,
    Control,
    Form,
    Project,
    Readiness,
    ReadinessLine,
    Shipped,
    State,
    Support,
    Target,
)

__all__ = [
    "ACTIVE",
    "Barrier",
    "Category",
    "Contract",
    "Control",
    "Declaration",
    "Event",
    "Form",
    "ItemRange",
    "Project",
    "Readiness",
    "ReadinessLine",
    "Shipment",
    "Shipped",
    "State",
    "Support",
    "Target",
]
