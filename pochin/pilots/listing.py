"""How pilots are listed: the public register, and what those inside see of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.participants.listing import programmes_seen
from pochin.participants.models import MEMBER_STATES, Membership, Person
from pochin.pilots.models import (
    PUBLIC_STATES,
    UNDECIDED,
    Outcome,
    Pilot,
    Purpose,
    Reach,
    State,
)
from pochin.search.finding import seek
from pochin.ui import formats, parts
from pochin.ui.lists import Column, Days, Filter, Flag, Listing, Numbered, Ranked
from pochin.ui.quick import asked
from pochin.ui.tones import labelled, state_badge


def _title(pilot: Pilot) -> SafeString:
    note = _t("from the archive") if pilot.is_archive else ""
    return parts.under(pilot.title, note)


def _decide(pilot: Pilot) -> Any:
    """By when a pilot is decided and by whom, marked where the day has passed; for those inside."""
    if pilot.reach == Reach.PUBLIC or pilot.decision_date is None:
        return None
    said: Any = formats.day(pilot.decision_date, short=True)
    if pilot.is_late:
        said = parts.joined([said, parts.badge(_t("passed"), tone="bad")], " ")
    return parts.under(said, pilot.decision_owner)


def _days(pilot: Pilot) -> str | None:
    """The first and the last day of the trial, as one span."""
    span = [formats.day(day, short=True) for day in (pilot.starts_on, pilot.ends_on) if day]
    return " – ".join(span) or None


def _inside(field: str) -> Any:
    """A value that only those inside may see."""
    return lambda pilot: getattr(pilot, field) if pilot.reach != Reach.PUBLIC else None


NUMBER = Column(name="number", label=_("No."), sort="-number", value=lambda pilot: pilot.code)
TITLE = Column(
    name="title", label=_("Pilot"), main=True, value=lambda pilot: pilot.title, cell=_title
)
NEED = Column(
    name="need",
    label=_("Need"),
    value=lambda pilot: pilot.need.code if pilot.need else None,
    css="nw",
)
VENDOR = Column(
    name="vendor",
    label=_("Vendor"),
    value=lambda pilot: str(pilot.organisation) if pilot.organisation else None,
    cell=lambda pilot: parts.clip(pilot.organisation) if pilot.organisation else None,
)
STATE = Column(
    name="state",
    label=_("State"),
    value=labelled("state"),
    cell=state_badge,
)
RUN = Column(name="starts_on", label=_("Run from"), kind="day", shown=False)
UNTIL = Column(name="ends_on", label=_("until"), kind="day", shown=False)
DAYS = Column(name="days", label=_("Days of the run"), value=_days, css="nw", taken=False)
STATES = Filter(name="state", label=_("State"), choices=State.choices)
PROGRAMME = Filter(
    name="programme",
    label=_("Programme"),
    field="programme__code",
    choices=programmes_seen,
    rare=True,
)

OF_NEED = Numbered(
    name="need",
    label=_("Need"),
    field="need__number",
    code=lambda number: numbers.written("need", number),
    rare=True,
)


def _of_members(pilots: QuerySet, _picked: list[str]) -> QuerySet:
    """Those whose vendor takes part in the cluster of the pilot's own programme."""
    member = Membership.objects.filter(
        organisation=OuterRef("organisation"),
        programme=OuterRef("programme"),
        state__in=MEMBER_STATES,
    )
    return pilots.filter(Exists(member))


def _scaled(pilots: QuerySet, _picked: list[str]) -> QuerySet:
    # Only where the reader may know the decision.
    scaled = pilots.filter(outcome__in=[Outcome.SCALE, Outcome.SCALE_WITH_CONDITIONS])
    return scaled.exclude(reach=Reach.PUBLIC)


class DecidedDays(Days):
    """The day of the decision, for those who may know it."""

    def narrow(self, things: QuerySet, picked: dict[str, list[str]]) -> QuerySet:
        return super().narrow(things, picked).exclude(reach=Reach.PUBLIC)


# What commitments are counted from: each figure opens the register with these.
COUNTED = (
    Flag(name="members", label=_("Of cluster participants"), apply=_of_members, rare=True),
    Days(name="started", label=_("Started"), field="started_at__date", rare=True),
    Flag(name="scaled", label=_("Decided to be scaled"), apply=_scaled, rare=True),
    DecidedDays(name="decided", label=_("Decided"), field="decided_at__date", rare=True),
)


class PilotListing(Listing):
    """What everybody may see: the register of pilots whose plan is locked."""

    name = "pilots"
    sort = "number"
    reads = (
        "number",
        "title_ru",
        "title_en",
        "is_archive",
        "state",
        "starts_on",
        "ends_on",
        "decision_date",
        "need__number",
        "organisation__name_ru",
        "organisation__name_en",
        "decision_owner__name_ru",
        "decision_owner__name_en",
        "decision_owner__email",
    )
    steady = True
    columns: ClassVar[Sequence[Column]] = (NUMBER, TITLE, NEED, VENDOR, STATE, DAYS, RUN, UNTIL)
    filters: ClassVar[Sequence[Filter]] = (
        Filter(
            name="state",
            label=_("State"),
            choices=[(s.value, s.label) for s in PUBLIC_STATES],
        ),
        PROGRAMME,
        OF_NEED,
        Days(name="starts", label=_("Run from"), field="starts_on"),
        *COUNTED,
    )
    empty_title = _("No pilots are in the register yet")
    empty_text = _("A pilot appears here from the day its plan is locked.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Any) -> str:
        return thing.get_absolute_url()


# From one owner to the next by the index: DISTINCT would read the whole register.
OWNERS = """WITH RECURSIVE owners(owner) AS (
    SELECT MIN(decision_owner_id) FROM pilots_pilot
    UNION ALL SELECT (SELECT MIN(decision_owner_id) FROM pilots_pilot
                      WHERE decision_owner_id > owner) FROM owners WHERE owner IS NOT NULL)
    SELECT owner FROM owners WHERE owner IS NOT NULL"""


def _owners(user: Any) -> list[tuple[int, str]]:
    """Who decides on pilots the reader sees all of."""
    return [(person.pk, str(person)) for person in asked(Pilot.objects.inside(user), _deciders)]


def _deciders(pilots: QuerySet) -> QuerySet:
    decides = Exists(pilots.filter(decision_owner=OuterRef("pk")))
    owners = Person.objects.filter(decides, pk__in=RawSQL(OWNERS, ())).order_by("name_ru")
    return owners.only("name_ru", "name_en", "email")


def _of_owner(pilots: QuerySet, picked: list[str]) -> QuerySet:
    # Only rows whose owner the reader may know: a filter must not tell what a cell hides.
    return pilots.filter(decision_owner__in=picked).exclude(reach=Reach.PUBLIC)


def _overdue(pilots: QuerySet, _picked: list[str]) -> QuerySet:
    late = pilots.filter(decision_date__lt=timezone.localdate(), state__in=UNDECIDED)
    return late.exclude(reach=Reach.PUBLIC)


def _with_outcome(pilots: QuerySet, picked: list[str]) -> QuerySet:
    return pilots.filter(outcome__in=picked).exclude(reach=Reach.PUBLIC)


def _ours(pilots: QuerySet, _picked: list[str]) -> QuerySet:
    """Those whose plan, log and results the reader may read."""
    return pilots.filter(reach=Reach.INSIDE)


class InsideListing(PilotListing):
    """What people of a programme, a vendor or a site see."""

    columns = (
        NUMBER,
        TITLE,
        NEED,
        VENDOR,
        STATE,
        DAYS,
        RUN,
        UNTIL,
        Column(
            name="owner",
            label=_("Decides"),
            value=lambda pilot: (
                str(pilot.decision_owner) if _inside("decision_owner")(pilot) else None
            ),
            shown=False,
        ),
        Column(
            name="decision_date",
            label=_("Decision by"),
            kind="day",
            value=_inside("decision_date"),
            cell=_decide,
        ),
    )
    filters = (
        STATES,
        PROGRAMME,
        OF_NEED,
        Filter(name="owner", label=_("Decides"), choices=_owners, apply=_of_owner),
        Filter(name="purpose", label=_("Purpose"), choices=Purpose.choices, rare=True),
        Filter(
            name="outcome",
            label=_("What was decided"),
            choices=Outcome.choices,
            apply=_with_outcome,
        ),
        Flag(name="overdue", label=_("The decision date has passed"), apply=_overdue),
        Flag(name="inside", label=_("Ours"), apply=_ours, rare=True),
        Flag(
            name="archive",
            label=_("From the archive"),
            apply=lambda pilots, _picked: pilots.filter(is_archive=True),
            rare=True,
        ),
        Days(name="starts", label=_("Run from"), field="starts_on", rare=True),
        *COUNTED,
    )
    empty_title = _("No pilots yet")
    empty_text = _("A pilot begins when an application is accepted, or on an initiative.")

    def prepare(self, things: list[Any]) -> list[Any]:
        today = timezone.localdate()
        for pilot in things:
            pilot.is_late = pilot.is_decision_overdue_on(today)
        return things
