"""Effects of like pilots drawn towards each other: what was measured, and what to expect of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from pochin.core.tongue import language
from pochin.evaluations.models import Evaluation
from pochin.evaluations.models import State as EvaluationState
from pochin.evaluations.words import places_of
from pochin.lab.shrinkage import FEWEST, shrink
from pochin.pilots import wording
from pochin.portfolio import pilots
from pochin.ui import charts, formats

SHOWN = 8  # of one metric on the portfolio; its list has all
Z = 1.959963984540054


class Measured(NamedTuple):
    """An effect as it is kept beside its result."""

    measure: str
    likened: tuple[float, float]
    number: int
    run: int
    title_ru: str
    title_en: str

    @property
    def improvement(self) -> float:
        return self.likened[0]

    @property
    def std_error(self) -> float:
        return self.likened[1]


FIELDS = (
    "measure", "likened", "pilot__number", "number", "pilot__title_ru",
    "pilot__title_en",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A pilot: what it measured, and what to expect elsewhere; numbers as the page says them."""

    title: str
    href: str
    measured: str
    measured_span: str
    expected: str
    expected_span: str
    measured_picture: Any
    expected_picture: Any


@dataclass(frozen=True, slots=True)
class Group:
    """The pilots of one metric, the largest measured improvement first.

    Attributes:
        name: Of the metric, with its unit.
        count: How many pilots there are.
        href: The list of all of them.
        sentence: What happens to the best of them.
        rows: As many as are shown.
    """

    name: str
    count: int
    href: str
    sentence: str
    rows: tuple[Row, ...]
    axis: Any


def released(user: Any) -> QuerySet[Evaluation]:
    """Results shown to the sides that this reader may read, of those that may be compared."""
    shown = Evaluation.objects.visible_to(user).filter(
        pilot__in=pilots.followed(user).values("pk"), state=EvaluationState.RELEASED
    )
    return shown.exclude(measure="").order_by("measure", "pilot__number")


def groups(user: Any, *, most: int | None = SHOWN) -> list[Group]:
    """Every metric of which there are enough pilots to draw them towards each other.

    Only what the reader may read takes part, so nothing unreleased can be told from a number.
    """
    found = [Measured(*one) for one in released(user).values_list(*FIELDS)]
    by_measure = (
        sorted(some, key=lambda one: -one.improvement)
        for _measure, some in groupby(found, key=lambda one: one.measure)
    )
    enough = [alike for alike in by_measure if len(alike) >= FEWEST]
    if not enough:
        return []
    # Pilots of one metric call it alike, so the words of one of them are enough.
    firsts = [alike[0].number for alike in enough]
    named = {one.number: one for one in pilots.followed(user).filter(number__in=firsts)}
    return [_group(alike, wording.of(named[alike[0].number]), most) for alike in enough]


def _group(alike: Sequence[Measured], words: wording.Wording, most: int | None) -> Group:
    name, unit, *_rest = alike[0].measure.split("\n")
    name, unit = words.said(name), "" if unit == "1" else words.said(unit)
    drawn = shrink(
        [one.improvement for one in alike], [one.std_error for one in alike], least=FEWEST
    )
    seen = [_around(one.improvement, one.std_error) for one in alike]
    expected = [_around(*one) for one in zip(drawn.mean.tolist(), drawn.sd.tolist(), strict=True)]
    ends = [end for one in (*seen, *expected) for end in (one.low, one.high)]
    scale = charts.Scale.around([0.0, *ends], pad=0.05)
    places = places_of(*(one.high - one.low for one in expected))
    rows = tuple(
        _row(one, measured, then, scale, unit, places)
        for one, measured, then in zip(alike[:most], seen, expected, strict=False)
    )
    ticks = [(tick, formats.number(tick), "") for tick in scale.ticks(4)]
    return Group(
        name=f"{name}, {unit}" if unit else name,
        count=len(alike),
        href=reverse("portfolio:effects"),
        sentence=_sentence(rows[0], float(drawn.prior.mean), unit, places),
        rows=rows,
        axis=charts.axis(scale, ticks, lines=1),
    )


def _around(middle: float, error: float) -> charts.Estimate:
    return charts.Estimate(middle, middle - Z * error, middle + Z * error)


def _sentence(best: Row, centre: float, unit: str, places: int) -> str:
    said = _("The best of them improved by %(measured)s; elsewhere %(expected)s is to be expected. "
             "Together they lie around %(centre)s.")  # fmt: skip
    return said % {
        "measured": best.measured,
        "expected": best.expected,
        "centre": formats.with_unit(centre, unit, places=places, sign=True),
    }


def _row(
    one: Measured, seen: charts.Estimate, then: charts.Estimate, scale: charts.Scale, unit: str,
    places: int,
) -> Row:  # fmt: skip
    title = (one.title_ru if language() == "ru" else one.title_en) or one.title_ru or one.title_en
    words = [each.words(unit, places, sign=True) for each in (seen, then)]
    spans = [each.span_words("", places, sign=True) for each in (seen, then)]
    labels = (_("measured"), _("to be expected elsewhere"))
    pictures = [
        charts.interval(each, scale, label=f"{label}: {said}, {span}", tone=tone)
        for each, label, said, span, tone in zip(
            (seen, then), labels, words, spans, ("without", "with"), strict=True
        )
    ]
    return Row(
        title=title,
        href=reverse("evaluations:page", args=[one.number, one.run]),
        measured=words[0],
        measured_span=spans[0],
        expected=words[1],
        expected_span=spans[1],
        measured_picture=pictures[0],
        expected_picture=pictures[1],
    )
