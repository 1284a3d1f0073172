"""What a guest sees first: what is sought, what is tried, how well the dates are kept."""

from __future__ import annotations

import statistics
from datetime import datetime
from typing import Any

from django.core.cache import caches
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.core.calendar import Corrections, between, read_corrections
from pochin.core.models import Turn
from pochin.decisions import results
from pochin.home import sections
from pochin.needs.models import Need
from pochin.news.models import Piece
from pochin.pilots.models import Pilot, State, in_register, shown_of, together
from pochin.ui import charts
from pochin.ui.at_once import at_once
from pochin.ui.counting import grouped_each
from pochin.ui.quick import lightly

SHOWN, NEWS = 4, 3
# The terms of answers are public only over so many cases; fewer could tell of one company.
LEAST_CASES = 10
LATEST = 400
KEPT_S = 600
USED = (State.SCALE, State.SCALE_WITH_CONDITIONS)


def shown(user: Any, *, at: datetime) -> dict[str, Any]:
    """The parts of the public first page."""
    pilots = Pilot.objects.visible_to(user).select_related("organisation").order_by("-number")
    news = Piece.objects.visible_to(user).order_by("-published_at", "-id")[:NEWS]
    found = at_once({
        "needs": sections.closing_first(user, at=at),
        "results": results.latest(user),
        "pilots": lightly(pilots)[:SHOWN],
        "news": lightly(news),
    })  # fmt: skip
    sought = Need.objects.visible_to(user)
    of_state = {"n": Count("pk")}
    [register, by_state, takes] = grouped_each([
        in_register(),
        sought.order_by().values_list("state").annotate(**of_state),
        sought.open(at).order_by().values_list("state").annotate(**of_state),
    ])  # fmt: skip
    count, kept = sum(takes.values()), terms()
    words = (
        ngettext("%(n)d open need.", "%(n)d open needs.", count) % {"n": count}
        if count
        else _("No need is open now.")
    )
    return {
        "needs": sections.told_needs(user, found["needs"], at=at),
        "count": count,
        "sub": f"{words} {_answer_words(kept)}".strip(),
        "result": next((results.shown(told) for told in found["results"]), None),
        "pilots": found["pilots"],
        "news": found["news"],
        "figures": _figures(sum(by_state.values()), count, shown_of(register)),
        "promised": _promises(kept),
    }


def _figures(sought: int, open_count: int, pilots: dict[str, int]) -> list[tuple[int, str, str]]:
    listed, tried = reverse("pilots:index"), sum(pilots.values())
    # By the state, which everybody sees: what a closed pilot ended with, not everybody may know.
    used = together(pilots, states=USED)
    return [
        (sought, ngettext("need published", "needs published", sought), reverse("needs:index")),
        (open_count, ngettext("takes answers now", "take answers now", open_count),
         reverse("needs:index") + "?open=yes"),
        (tried, ngettext("pilot by a plan", "pilots by a plan", tried), listed),
        (used, ngettext("solution taken into use", "solutions taken into use", used),
         f"{listed}?" + "&".join(f"state={state}" for state in USED)),
    ]  # fmt: skip


def terms() -> list[tuple[str, float, float, float, int]]:
    """Clock, promised, half of the cases, nine of ten, count; kept for ten minutes."""
    near = caches["near"]
    found = near.get("home:terms")
    if found is None:
        corrections = read_corrections()
        found = [one for clock in names() if (one := _term(clock, corrections))]
        near.set("home:terms", found, KEPT_S)
    return found


def names() -> dict[str, str]:
    """The clocks whose terms everybody may know."""
    return {
        "screening": _("Answer to an application"),
        "review": _("Review by experts"),
        "panel": _("Decision of the committee"),
        "plan review": _("Review of the plan"),
        "pilot decision": _("Decision on a pilot"),
    }


def _term(clock: str, corrections: Corrections) -> tuple[str, float, float, float, int] | None:
    ended = Turn.objects.filter(clock=clock, ended_at__isnull=False).order_by("-ended_at")[:LATEST]
    pairs = [
        (t.days, t.spent_days + between(t.since, t.ended_at, corrections=corrections))
        for t in ended
        if t.ended_at
    ]
    if len(pairs) < LEAST_CASES:
        return None
    took = sorted(days for _promised, days in pairs)
    promised = statistics.median(days for days, _took in pairs)
    ninth = took[int(0.9 * (len(took) - 1))]
    return clock, promised, statistics.median(took), ninth, len(took)


def _answer_words(kept: list[tuple[str, float, float, float, int]]) -> str:
    first = next((one for one in kept if one[0] == "screening"), None)
    if first is None:
        return _("We try them in practice and answer by a date.")
    took = max(round(first[2]), 1)
    days = ngettext("%(n)d working day", "%(n)d working days", took) % {"n": took}
    words = {"took": days.replace(" ", "\u00a0", 1), "promised": round(first[1])}
    if took > first[1]:
        return (
            _("We try in practice. An answer takes %(took)s; %(promised)d were promised.") % words
        )
    return (
        _("We try in practice and answer in time: %(took)s of the %(promised)d promised.") % words
    )


def _promises(kept: list[tuple[str, float, float, float, int]]) -> Any:
    if not kept:
        return ""
    words = names()
    rows = [
        charts.Promise(words[clock], promised=promised, median=median, ninth=ninth, count=count)
        for clock, promised, median, ninth, count in kept
    ]
    return charts.promises(rows, title=_("Promised and in fact, working days"))
