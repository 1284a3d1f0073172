"""Working groups, meetings with agenda and minutes, tasks, and what people say about a thing."""

from pochin.coordination.models.common import READERS, WRITERS, About
from pochin.coordination.models.groups import GroupQuerySet, GroupSeat, WorkingGroup
from pochin.coordination.models.meetings import (
    AgendaItem,
    Answer,
    Invitee,
    Meeting,
    MeetingQuerySet,
    MeetingState,
    Recusal,
    Resolution,
    TakenOff,
)
from pochin.coordination.models.remarks import Remark, RemarkQuerySet
from pochin.coordination.models.tasks import Helper, Priority, Task, TaskQuerySet, TaskState

__all__ = [
    "READERS",
    "WRITERS",
    "About",
    "AgendaItem",
    "Answer",
    "GroupQuerySet",
    "GroupSeat",
    "Helper",
    "Invitee",
    "Meeting",
    "MeetingQuerySet",
    "MeetingState",
    "Priority",
    "Recusal",
    "Remark",
    "RemarkQuerySet",
    "Resolution",
    "TakenOff",
    "Task",
    "TaskQuerySet",
    "TaskState",
    "WorkingGroup",
]
