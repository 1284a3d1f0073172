"""The life of a commitment: promised, reported on, confirmed by the other side."""

# In the order of the story: so the moves stand on every page.
from pochin.agreements.lifecycle.commitments.course import (
    REMIND_EVERY,
    REMINDERS,
    check_terms,
    holders_of_answer,
    holders_of_debt,
    life,
    reported_complete,
    silence_lasted,
    time_has_come,
)

# isort: split
from pochin.agreements.lifecycle.commitments.promising import (
    activate,
    add,
    drop,
    edit,
    keep_version,
    name_contact,
    name_responsible,
    plan,
)

# isort: split
from pochin.agreements.lifecycle.commitments.reporting import (
    accept_by_silence,
    accept_report,
    add_evidence,
    confirm,
    confirm_by_silence,
    dispute,
    reach,
    report,
    take_back,
)

# isort: split
from pochin.agreements.lifecycle.commitments.watching import (
    amend,
    count,
    end,
    note_due,
    note_overdue,
    remind,
    remind_to_confirm,
    withdraw,
)

__all__ = [
    "REMINDERS",
    "REMIND_EVERY",
    "accept_by_silence",
    "accept_report",
    "activate",
    "add",
    "add_evidence",
    "amend",
    "check_terms",
    "confirm",
    "confirm_by_silence",
    "count",
    "dispute",
    "drop",
    "edit",
    "end",
    "holders_of_answer",
    "holders_of_debt",
    "keep_version",
    "life",
    "name_contact",
    "name_responsible",
    "note_due",
    "note_overdue",
    "plan",
    "reach",
    "remind",
    "remind_to_confirm",
    "report",
    "reported_complete",
    "silence_lasted",
    "take_back",
    "time_has_come",
    "withdraw",
]
