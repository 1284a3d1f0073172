"""What pilots do because something was written in another room."""

from __future__ import annotations

from pochin.applications.models import Application
from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.core.reactions import reacts_to
from pochin.needs import lifecycle as needs
from pochin.pilots import lifecycle
from pochin.pilots.models import Pilot


@reacts_to("applications.accept")
def open_a_pilot(entry: Entry) -> None:
    """An accepted application is to be tried."""
    lifecycle.open_for(Application.objects.get(pk=entry.thing_id), by=SYSTEM, at=entry.at)


@reacts_to("pilots.start", "pilots.open_archive")
def tell_the_need(entry: Entry) -> None:
    """The need is being piloted from the first run on."""
    need = Pilot.objects.select_related("need").get(pk=entry.thing_id).need
    if need is not None and need.state in needs.life.moves["start_pilot"].starts:
        needs.start_pilot(need, by=SYSTEM, at=entry.at)
