"""How meetings, tasks and turns are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.coordination import reach
from pochin.coordination.lifecycle.tasks import OPEN
from pochin.coordination.models import (
    GroupSeat,
    Helper,
    Meeting,
    MeetingState,
    Priority,
    Task,
    TaskState,
    WorkingGroup,
)
from pochin.core.lifecycle import LIVES, to_do
from pochin.participants.listing import programmes_seen
from pochin.participants.models import Organisation, Programme
from pochin.participants.words import holder_words
from pochin.search.finding import seek
from pochin.ui import parts
from pochin.ui.lists import (
    Bulk,
    Column,
    Days,
    Filter,
    Flag,
    Listing,
    Ranked,
    View,
    this_minute,
)
from pochin.ui.named import named, things_of
from pochin.ui.tones import labelled, state_badge


class MeetingListing(Listing):
    name = "meetings"
    sort = "starts_at"
    columns = (
        Column(name="title", label=_("Meeting"), main=True, value=str),
        Column(name="starts_at", label=_("When"), kind="moment", sort="-starts_at"),
        Column(name="place", label=_("Where"), value=lambda m: m.place or m.link),
        Column(name="group", label=_("Working group"), value=lambda m: str(m.group or "")),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
    )
    filters = (
        Filter(name="state", label=_("State"), choices=MeetingState.choices),
        Filter(
            name="programme", label=_("Programme"), field="programme__code",
            choices=programmes_seen,
        ),
        Days(name="on", label=_("When"), field="starts_at__date"),
    )  # fmt: skip
    empty_title = _("No meetings yet")
    empty_text = _("Meetings you are invited to appear here.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Meeting) -> str:
        return thing.get_absolute_url()


def _sides(user: Any) -> list[tuple[str, str]]:
    """The organisations whose people sit in groups the reader may see."""
    seats = GroupSeat.objects.filter(group__in=WorkingGroup.objects.visible_to(user))
    seen = Organisation.objects.visible_to(user).filter(pk__in=seats.values("organisation"))
    return [(str(one.key), str(one)) for one in seen.order_by("name_ru")]


def _sat_in_by(groups: QuerySet, picked: list[str]) -> QuerySet:
    """Those in which each picked organisation has somebody: several ask for what is joint."""
    for key in picked:
        seats = GroupSeat.objects.filter(group=OuterRef("pk"), organisation__key=key)
        groups = groups.filter(Exists(seats))
    return groups


class GroupListing(Listing):
    """The joint working groups: whose people sit in each, when it meets, what it still owes."""

    name = "groups"
    columns = (
        Column(
            name="name",
            label=_("Working group"),
            main=True,
            value=str,
            cell=lambda g: parts.under(g, " — ".join(g.sides)),
        ),
        Column(name="sides", label=_("Whose people"), value=lambda g: ", ".join(g.sides),
               shown=False),
        Column(name="leads", label=_("Leads"), value=lambda g: ", ".join(g.leaders)),
        Column(name="people", label=_("People"), kind="number"),
        Column(name="meets", label=_("Meets next"), kind="moment"),
        Column(name="tasks", label=_("Open tasks"), kind="number"),
        Column(name="programme", label=_("Programme"), value=lambda g: str(g.programme)),
    )  # fmt: skip
    filters = (
        Flag(name="mine", label=_("I am in it"), apply=lambda g, _p: g.filter(is_mine=True)),
        Flag(
            name="ahead",
            label=_("Meets again"),
            apply=lambda g, _p: g.filter(meets__isnull=False),
        ),
        Filter(name="side", label=_("Whose people"), choices=_sides, apply=_sat_in_by),
        Filter(
            name="programme", label=_("Programme"), field="programme__code",
            choices=programmes_seen,
        ),
    )  # fmt: skip
    views = (
        View(label=_("All")),
        View(label=_("I am in them"), query="mine=yes"),
        View(label=_("Meet again"), query="ahead=yes"),
    )
    empty_title = _("There are no working groups yet.")
    empty_text = _("A group of people of both sides appears here, with its meetings and tasks.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def prepare(self, things: list[Any]) -> list[Any]:
        """Who sits in the groups of the page, and the open tasks from their meetings."""
        named = {thing.pk: thing for thing in things}
        for thing in things:
            thing.sides, thing.leaders, thing.people, thing.tasks = [], [], 0, 0
        seats = GroupSeat.objects.filter(group__in=things).select_related("person", "organisation")
        for seat in seats.order_by("organisation__name_ru", "person__name_ru"):
            group, side = named[seat.group_id], str(seat.organisation)
            group.people += 1
            group.sides += [] if side in group.sides else [side]
            group.leaders += [str(seat.person)] if seat.is_chair else []
        tasks = Task.objects.visible_to(self.user).filter(resolution__meeting__group__in=things)
        still = _open_tasks(tasks, []).values_list("resolution__meeting__group", flat=True)
        for key in still:
            named[key].tasks += 1
        return things

    def href(self, thing: WorkingGroup) -> str:
        return thing.get_absolute_url()


def for_reader(groups: QuerySet, user: Any) -> QuerySet:
    """Groups with `is_mine`, whether the reader sits in each, and `meets`: when next, if they may
    know of that meeting."""
    seats = GroupSeat.objects.filter(group=OuterRef("pk"), person_id=user.pk)
    ahead = Meeting.objects.visible_to(user).filter(
        group=OuterRef("pk"), state=MeetingState.INVITED, starts_at__gt=timezone.now()
    )
    next_one = Subquery(ahead.order_by("starts_at").values("starts_at")[:1])
    return groups.annotate(is_mine=Exists(seats), meets=next_one)


def _late_tasks(tasks: QuerySet, _picked: list[str]) -> QuerySet:
    return tasks.filter(state__in=OPEN, due_on__lt=timezone.localdate())


def _open_tasks(tasks: QuerySet, _picked: list[str]) -> QuerySet:
    return tasks.filter(state__in=[*OPEN, TaskState.DONE])


def _due(task: Task) -> SafeString:
    said = parts.day(task.due_on, short=True)
    if task.state in OPEN and task.due_on < timezone.localdate():
        return parts.joined([said, parts.badge(_t("late"), tone="bad")], " ")
    if task.moved:
        return parts.under(said, _t("moved, first %(day)s") % {"day": parts.day(task.first_due_on)})
    return said


class TaskListing(Listing):
    name = "tasks"
    sort = "due_on"
    columns = (
        Column(name="code", label=_("No."), sort="", css="num"),
        Column(name="title", label=_("Task"), main=True, value=str),
        Column(name="responsible", label=_("Responsible"), value=lambda t: str(t.responsible)),
        Column(name="controller", label=_("Controller"), value=lambda t: str(t.controller)),
        Column(name="due_on", label=_("Due"), kind="day", sort="due_on", cell=_due),
        Column(
            name="priority",
            label=_("Priority"),
            sort="priority",
            value=labelled("priority"),
        ),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
    )
    filters = (
        Flag(name="open", label=_("Open"), apply=_open_tasks),
        Flag(name="late", label=_("Late"), apply=_late_tasks),
        Filter(name="state", label=_("State"), choices=TaskState.choices),
        Filter(name="priority", label=_("Priority"), choices=Priority.choices, rare=True),
        Filter(
            name="part",
            label=_("My part"),
            choices=(("me", _("I answer for it")), ("control", _("I accept it")),
                     ("help", _("I help"))),
            apply=lambda tasks, picked: tasks.filter(_part(picked)),
        ),
        Filter(
            name="programme", label=_("Programme"), field="programme__code",
            choices=programmes_seen, rare=True,
        ),
        Days(name="due", label=_("Due"), field="due_on"),
    )  # fmt: skip
    views = (
        View(label=_("All")),
        View(label=_("Open"), query="open=yes"),
        View(label=_("I answer for"), query="open=yes&part=me"),
        View(label=_("I accept"), query="state=done&part=control"),
        View(label=_("Late"), query="late=yes"),
    )
    bulk = (Bulk(label=_("Act on the picked ones"), href="/coordination/tasks/several/"),)
    empty_title = _("No tasks yet")
    empty_text = _("A task comes from the minutes of a meeting, or somebody gives it.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Task) -> str:
        return thing.get_absolute_url()

    def key(self, thing: Task) -> str:
        return f"{thing.programme.code}:{thing.number}"


def _part(picked: list[str]) -> Q:
    """The reader's own part: the list comes annotated with it."""
    wanted = Q(pk__in=[])
    for part in picked:
        wanted |= Q(**{f"is_{part}": True})
    return wanted


def with_parts(tasks: QuerySet, user: Any) -> QuerySet:
    """Tasks with `is_me`, `is_control` and `is_help`: which part the reader has in each."""
    helps = Helper.objects.filter(task=OuterRef("pk"), person_id=user.pk)
    return tasks.annotate(
        is_me=Q(responsible_id=user.pk), is_control=Q(controller_id=user.pk), is_help=Exists(helps)
    )


def _kinds(_user: Any) -> list[tuple[int, str]]:
    """Everything that may wait for somebody; the same for everybody, so that it tells nothing."""
    lively = [m for m in apps.get_models() if hasattr(m, "state") and hasattr(m, "objects")]
    waiting = [tuple(life.states.values) for life in LIVES.values() if life.waiting]
    kinds = ContentType.objects.get_for_models(*(m for m in lively if _states(m) in waiting))
    said = Counter(str(model._meta.verbose_name) for model in kinds)
    named = [(kind.pk, _named(model, said)) for model, kind in kinds.items()]
    return sorted(named, key=lambda one: (one[1], one[0]))


def _states(model: Any) -> tuple[Any, ...]:
    """The states its things may be in; none where `state` is something else."""
    field = next((one for one in model._meta.concrete_fields if one.name == "state"), None)
    return tuple(value for value, _label in (field.choices if field else None) or ())


def _named(model: Any, said: Mapping[str, int]) -> str:
    """What a kind is called; of two called the same, what each belongs to is named as well."""
    word = str(model._meta.verbose_name)
    above = reach.parent_of(model) if said[word] > 1 else None
    return f"{word}: {above._meta.verbose_name}" if above is not None else word


class WhoseTurn(Listing):
    """Everything that waits for somebody, over all rooms; the most urgent first."""

    name = "whose-turn"
    sort = "due_at"
    columns = (
        Column(name="thing", label=_("What it is about"), main=True, value=lambda t: t.thing_words),
        Column(name="kind", label=_("Kind"), value=lambda t: t.kind_words),
        Column(name="to_do", label=_("What is to be done"), value=lambda t: t.to_do),
        Column(name="holder", label=_("Whose turn"), value=lambda t: t.holder_words,
               cell=lambda t: parts.badge(_t("yours"), tone="primary") if t.is_mine
               else t.holder_words),
        Column(name="since", label=_("Since"), kind="moment", sort="-since"),
        Column(name="due_at", label=_("Until"), kind="moment", sort="due_at",
               cell=lambda t: _until(t)),
    )  # fmt: skip
    filters = (
        Flag(name="mine", label=_("Mine"), apply=lambda t, _p: t.filter(is_mine=True)),
        Flag(
            name="late",
            label=_("Late"),
            apply=lambda t, _p: t.filter(due_at__lt=this_minute()),
        ),
        Filter(name="kind", label=_("Kind"), choices=_kinds, field="kind"),
        Filter(
            name="programme",
            label=_("Programme"),
            choices=programmes_seen,
            apply=lambda t, picked: t.filter(programme_id__in=_keys(picked)),
        ),
        Days(name="due", label=_("Until"), field="due_at__date"),
    )
    views = (
        View(label=_("All")),
        View(label=_("Mine"), query="mine=yes"),
        View(label=_("Late"), query="late=yes"),
        View(label=_("Mine and late"), query="mine=yes&late=yes"),
    )
    bulk = (Bulk(label=_("Act on the picked ones"), href="/coordination/turns/several/"),)
    empty_title = _("Nobody is waited for")
    empty_text = _("When something waits for you or for the other side, it appears here.")

    def search(self, things: QuerySet, words: str) -> QuerySet:
        return reach.said(things, words, self.user)

    def prepare(self, things: list[Any]) -> list[Any]:
        names = holder_words({turn.holder for turn in things})
        found = things_of(things, self.user)
        for turn in things:
            thing = found.get((turn.kind_id, turn.thing_id))
            turn.shown = thing
            turn.thing_words = named(thing) if thing else ""
            turn.kind_words = str(type(thing)._meta.verbose_name) if thing else ""
            turn.to_do = to_do(thing, turn.state) if thing else ""
            turn.holder_words = names[turn.holder]
        return things

    def href(self, thing: Any) -> str:
        return thing.shown.get_absolute_url() if thing.shown else ""


def _keys(codes: list[str]) -> QuerySet:
    return Programme.objects.filter(code__in=codes).values("pk")


def _until(turn: Any) -> SafeString:
    said = parts.day(timezone.localdate(turn.due_at), short=True)
    if turn.due_at < timezone.now():
        return parts.joined([said, parts.badge(_t("late"), tone="bad")], " ")
    return said
