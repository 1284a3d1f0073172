"""What to try as whom: a sentence for each person, and the page where it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement
from pochin.applications.models import Application
from pochin.demo.people import address
from pochin.exports.models import Project
from pochin.needs.models import Need, Question, QuestionState
from pochin.pilots.models import Pilot
from pochin.reviews.models import Assignment

FIRST_PAGE = "/"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to try; `where` finds its page, which is gone once somebody has done it."""

    words: str | Promise
    where: Callable[[str], str | None]


def words_of(key: str) -> str | Promise:
    """What this person is to try."""
    task = TASKS.get(key)
    return task.words if task else ""


def page_of(key: str) -> str:
    """Where the task of this person is done; the first page when nothing of it is left."""
    task = TASKS.get(key)
    return (task.where(address(key)) if task else None) or FIRST_PAGE


def _first(things: Any, name: str, *more: Any, number: str = "number") -> str | None:
    """The page `name` of the first of the things, if there is one."""
    found = things.order_by(number).values_list(number, flat=True).first()
    return None if found is None else reverse(name, args=[found, *more])


def _pilot(name: str, *, state: str) -> Callable[[str], str | None]:
    return lambda _email: _first(Pilot.objects.filter(state=state), name)


def _application(name: str, *, state: str) -> Callable[[str], str | None]:
    return lambda _email: _first(Application.objects.filter(state=state), name)


def _reviewed(name: str, *, enough: bool) -> Callable[[str], str | None]:
    """An application under review that has its reviews, or still lacks some."""
    under = Application.objects.filter(state="in_review", quorum_at__isnull=not enough)
    return lambda _email: _first(under.all(), name)


def _own_application(*, state: str) -> Callable[[str], str | None]:
    return lambda email: _first(
        Application.objects.filter(state=state, contact__email=email), "applications:page"
    )


def _need_to_answer(email: str) -> str | None:
    """A need that takes applications and has none of this company."""
    open_ones = Need.objects.open(timezone.now())
    return _first(open_ones.exclude(applications__contact__email=email), "needs:page")


def _open_need(_email: str) -> str | None:
    return _first(Need.objects.open(timezone.now()), "needs:page")


def _question(_email: str) -> str | None:
    asked = Question.objects.filter(state=QuestionState.ASKED)
    return _first(asked, "needs:page", number="need__number")


def _review(email: str) -> str | None:
    mine = Assignment.objects.filter(expert__email=email, state="accepted")
    return _first(mine, "reviews:page")


def _export(email: str) -> str | None:
    mine = Project.objects.filter(organisation__seats__person__email=email)
    found = mine.order_by("number").first()
    return found.get_absolute_url() if found else None


def _exports(_email: str) -> str:
    return reverse("exports:index")


def _agreement(_email: str) -> str | None:
    found = Agreement.objects.exclude(source_url="").first()
    return found.get_absolute_url() if found else None


def _decide(_email: str) -> str | None:
    late = Pilot.objects.filter(state="awaiting", decision_date__lt=timezone.localdate())
    return _first(late, "decisions:prepare")


def _at(name: str, *words: str) -> Callable[[str], str]:
    return lambda _email: reverse(name, args=words)


_STANDING = Task(
    _("See where each of your applications stands and who holds it."), _at("home:page")
)
TASKS: dict[str, Task] = {
    "sokolova": Task(_("Answer the open question of a company."), _question),
    "orlov": Task(_("Describe a need of your own, in your own words."), _at("needs:begin", "city")),
    "kotova": Task(
        _("Ask one more expert about an application under review."),
        _reviewed("reviews:of", enough=False),
    ),
    "ermakov": Task(
        _("Screen an application that has just come in."),
        _application("applications:page", state="submitted"),
    ),
    "titov": Task(_("Read a blind copy, score it, hand the review in."), _review),
    "belova": Task(_("Review as the second expert: the first one's words stay closed."), _review),
    "gusev": Task(
        _("Nothing is asked of you yet; let Maria Kotova ask you."), _at("reviews:index")
    ),
    "zhukov": Task(
        _("Accept or refuse an application that has its reviews."),
        _reviewed("reviews:decide", enough=True),
    ),
    "lebedeva": Task(
        _(
            "Decide on a pilot whose date has passed; against the verdict a second person must sign."
        ),
        _decide,
    ),
    "morozov": Task(
        _("Send readings of a running pilot; wrong rows are set aside with their reasons."),
        _pilot("measurements:send", state="baseline"),
    ),
    "vlasova": Task(
        _("Read an evaluation plan, sign it or send it back."),
        _pilot("pilots:plan", state="plan_review"),
    ),
    "nikitin": Task(_("Read what the post and the city promised each other."), _agreement),
    "larina": Task(_("See what is going abroad, and which step is next."), _exports),
    "fomin": Task(
        _("See which pilots stand on your sites, and when."),
        _pilot("pilots:sites", state="running"),
    ),
    "rybakova": Task(_("See what was decided and what it was worth."), _at("decisions:results")),
    "danilov": Task(
        _("Read a decided pilot from its need to its contract: who did what, when."),
        _pilot("pilots:page", state="scale"),
    ),
    "safina": Task(_("See a programme that has just begun and is still empty."), _at("home:page")),
    "admin": Task(_("Is the journal signed, do the jobs run, is there space?"), _at("home:page")),
    "optika": Task(_("Apply to a need that takes applications."), _need_to_answer),
    "vesna": Task(_("Finish a draft and submit it."), _own_application(state="draft")),
    "holod": Task(_("Lead a product abroad: markets, papers, parcels."), _export),
    "vesy": Task(
        _("Answer what the screener asks to be cleared up."),
        _own_application(state="clarification"),
    ),
    "ochered": _STANDING,
    "kontur": Task(_("Ask the post about a need that is open."), _open_need),
    "marshrut": _STANDING,
    "taiga": _STANDING,
}
