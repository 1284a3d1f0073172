"""A list of invented needs, full and empty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone

from pochin.ui import charts, lists, parts
from pochin.ui.quick import Row
from pochin.ui.samples.words import two


@dataclass(frozen=True)
class _Need:
    pk: int
    number: str
    title: str
    state: tuple[str, str]
    closes_on: dt.date | None
    effect: charts.Estimate | charts.Hidden
    budget: Decimal | None


_SCALE = charts.Scale(-0.8, 2.4)
NEEDS: Any = [
    (118, "Распознавание адреса на мятых этикетках", "Address recognition on crumpled labels", "seal", charts.Estimate(1.55, 1.1, 2.0), 1_500_000),
    (121, "Маршруты сельской доставки с учётом погоды", "Rural routes that mind the weather", "quiet", charts.Estimate(0.84, 0.5, 1.18), 800_000),
    (107, "Выдача посылок без экрана", "Parcel pick-up without a screen", "plain", charts.Estimate(-0.2, -0.7, 0.3), None),
    (126, "Датчики удара в ценных отправлениях", "Shock sensors in valuables", "bad", None, 2_100_000),
    (124, "Подсказка адреса оператору", "Address hints for the clerk", "waiting", None, 640_000),
]  # fmt: skip
_STATES = {
    "seal": ("Ждёт подписи", "Awaits a signature"), "quiet": ("В порядке", "In order"),
    "plain": ("Закрыт", "Closed"), "bad": ("Перекос групп", "Uneven groups"),
    "waiting": ("Пропуски 3,8 %", "Gaps of 3.8%"),
}  # fmt: skip


def _needs() -> list[_Need]:
    today = timezone.localdate()
    fault = charts.Hidden(
        two("Скрыто до разбора перекоса", "Hidden until the fault is found"), True
    )
    plan = charts.Hidden(two("Оценку покажем с 14‑го дня", "The estimate appears on day 14"))
    return [
        _Need(
            pk, f"П-{pk}", two(ru, en), (tone, two(*_STATES[tone])),
            today + dt.timedelta(days=3 * n) if n != 2 else None,
            effect or (fault if tone == "bad" else plan), Decimal(budget) if budget else None,
        )
        for n, (pk, ru, en, tone, effect, budget) in enumerate(NEEDS)
    ]  # fmt: skip


def _effect_cell(need: _Need) -> Any:
    tone = "with" if isinstance(need.effect, charts.Estimate) and need.effect.low > 0 else "without"
    return charts.interval(need.effect, _SCALE, threshold=1, fill=True, tone=tone)


class SampleList(lists.Listing):
    """A list as staff see it, on values that stand in no database."""

    name = "sample"
    sort = "number"
    columns = [
        lists.Column(name="number", label="№", sort="number"),
        lists.Column(name="title", label="Название · Title", main=True, sort="title"),
        lists.Column(name="state", label="Состояние · State", cell=lambda n: parts.badge(n.state[1], tone=n.state[0])),
        lists.Column(name="effect", label="Эффект · Effect", cell=_effect_cell, css="plot"),
        lists.Column(name="closes_on", label="Срок · Due", kind="day", sort="closes_on"),
        lists.Column(name="budget", label="Бюджет · Budget", kind="money", sort="-budget"),
    ]  # fmt: skip
    filters = [
        lists.Filter(name="state", label="Состояние · State", choices=[(k, "/".join(v)) for k, v in _STATES.items()]),
        lists.Days(name="closes", label="Срок · Due", field="closes_on"),
        lists.Flag(name="mine", label="Мои · Mine"),
    ]  # fmt: skip
    views: ClassVar[Sequence[lists.View]] = [
        lists.View(label="Все · All"),
        lists.View(label="Ждут · Waiting", query="state=waiting", count=2),
    ]
    bulk = [lists.Bulk(label="Пригласить · Invite", href="#lists", tone="primary")]

    def search(self, things: Any, words: str) -> Any:
        return things

    def href(self, thing: Any) -> str:
        return "#lists"

    @property
    def page(self) -> Any:
        return lists.paging.Page(list(map(Row.of, _needs())), 1, 1, True)

    @property
    def total(self) -> int:
        return lists.LIMIT + 1


class EmptySample(SampleList):
    """The same with nothing in it."""

    name = "empty-sample"
    bulk = []
    views = ()

    @property
    def page(self) -> Any:
        return lists.paging.Page([], 1, 1, False)

    @property
    def total(self) -> int:
        return 0
