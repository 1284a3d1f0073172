"""What can happen to a pilot, to its sites, its amendments and its incidents."""

from pochin.pilots.lifecycle.evidence import Completeness, Decided, Finding
from pochin.pilots.lifecycle.guards.closing import closes_on
from pochin.pilots.lifecycle.guards.deciding import (
    MOST_EXTENSIONS,
    PANEL_LIMIT,
    may_second,
    opposes,
)
from pochin.pilots.lifecycle.guards.judging import silent_sides
from pochin.pilots.lifecycle.guards.planning import sides_missing, sides_wanted
from pochin.pilots.lifecycle.guards.stopping import FORCE_MAJEURE

# isort: split
# In the order of the story: so the moves stand on every page.
from pochin.pilots.lifecycle.course import (
    life,
)

# isort: split
from pochin.pilots.lifecycle.designing import (
    appoint,
    begin_design,
    edit,
    enter_from_archive,
    open_for,
    propose,
    put_into_words,
    return_plan,
    sign_plan,
    submit_plan,
    write_plan,
)

# isort: split
from pochin.pilots.lifecycle.preparing import (
    add_check,
    begin_baseline,
    confirm_feed,
    draw,
    link_agreement,
    note_data,
    start,
    tick,
)

# isort: split
from pochin.pilots.lifecycle.running import (
    close_data,
    end_early,
    explain_gaps,
    resume,
    suspend,
)

# isort: split
from pochin.pilots.lifecycle.judging import (
    begin_evaluation,
    comment,
    hand_over,
)

# isort: split
from pochin.pilots.lifecycle.deciding import (
    cancel,
    close_without_result,
    follow_up,
    may_end_in,
    settle,
    tell_lesson,
    why_never,
)

# isort: split
from pochin.pilots.lifecycle.keeping import (
    add_milestone,
    add_risk,
    log,
    note_cost,
    reach_milestone,
    set_budget,
)

# isort: split
from pochin.pilots.lifecycle.clock import keep_time
from pochin.pilots.lifecycle.records import (
    amend,
    amendment_life,
    close_incident,
    decline_amendment,
    incident_life,
    report,
    seen_data,
    sign_amendment,
)
from pochin.pilots.lifecycle.slots import (
    agree,
    confirm,
    decline,
    leave,
    pilot_takes_sites,
    propose_site,
    sign_start,
    slot_life,
)

__all__ = [
    "FORCE_MAJEURE",
    "MOST_EXTENSIONS",
    "PANEL_LIMIT",
    "Completeness",
    "Decided",
    "Finding",
    "add_check",
    "add_milestone",
    "add_risk",
    "agree",
    "amend",
    "amendment_life",
    "appoint",
    "begin_baseline",
    "begin_design",
    "begin_evaluation",
    "cancel",
    "close_data",
    "close_incident",
    "close_without_result",
    "closes_on",
    "comment",
    "confirm",
    "confirm_feed",
    "decline",
    "decline_amendment",
    "draw",
    "edit",
    "end_early",
    "enter_from_archive",
    "explain_gaps",
    "follow_up",
    "hand_over",
    "incident_life",
    "keep_time",
    "leave",
    "life",
    "link_agreement",
    "log",
    "may_end_in",
    "may_second",
    "note_cost",
    "note_data",
    "open_for",
    "opposes",
    "pilot_takes_sites",
    "propose",
    "propose_site",
    "put_into_words",
    "reach_milestone",
    "report",
    "resume",
    "return_plan",
    "seen_data",
    "set_budget",
    "settle",
    "sides_missing",
    "sides_wanted",
    "sign_amendment",
    "sign_plan",
    "sign_start",
    "silent_sides",
    "slot_life",
    "start",
    "submit_plan",
    "suspend",
    "tell_lesson",
    "tick",
    "why_never",
    "write_plan",
]
