"""What people fill in about a pilot."""

from pochin.pilots.forms.about import ArchiveForm, EditForm, PilotForm, SlotForm
from pochin.pilots.forms.amending import AmendForm
from pochin.pilots.forms.files import PlanUploadForm, VerifyForm
from pochin.pilots.forms.moves import (
    MOVE_FORMS,
    CloseIncidentForm,
    IncidentForm,
    LeaveForm,
    LogForm,
)
from pochin.pilots.forms.plan import PlanForm

__all__ = [
    "MOVE_FORMS",
    "AmendForm",
    "ArchiveForm",
    "CloseIncidentForm",
    "EditForm",
    "IncidentForm",
    "LeaveForm",
    "LogForm",
    "PilotForm",
    "PlanForm",
    "PlanUploadForm",
    "SlotForm",
    "VerifyForm",
]
