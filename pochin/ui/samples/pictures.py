"""Every chart, with invented numbers."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from pochin.ui import charts, formats
from pochin.ui.samples.words import two


def pictures() -> dict[str, Any]:
    unit = two("п. п.", "pp")
    estimate = charts.Estimate(3.1, 2.2, 4.0)
    day14 = charts.Hidden(
        two(
            "Оценку покажем с 14‑го дня: так записано в плане",
            "The estimate appears on day 14, as the plan says",
        )
    )
    fault = charts.Hidden(
        two(
            "Группы разделились неровно. Итог скрыт, пока причина не найдена",
            "The groups are uneven. The result is hidden until the cause is found",
        ),
        True,
    )
    return {
        "effect": charts.with_axis(charts.Estimate(38, 21, 57), scale=charts.Scale(0, 80), label=two("38 млн, от 21 до 57", "38 million, from 21 to 57")),
        "finding": charts.finding(estimate, threshold=2.0, unit=unit, title=two("Ручная досортировка сократилась на 3,1 процентного пункта", "Manual sorting fell by 3.1 percentage points"), measure=two("Разность долей, 142 млн отправлений, 21 день", "Difference of shares, 142 million items, 21 days")),
        "finding_less": charts.finding(charts.Estimate(-0.2, -0.7, 0.3), threshold=-1.0, unit=two("мин", "min"), title=two("Эффект не подтверждён", "Not confirmed"), measure=two("Меньше — лучше", "Less is better")),
        "finding_sharp": charts.finding(charts.Estimate(6.0, 5.8, 6.2), threshold=1.0, unit="%"),
        "finding_hidden": charts.finding(day14, threshold=2.0),
        "finding_fault": charts.finding(fault, threshold=2.0),
        "guardrails": charts.guardrails(_guardrails()),
        "over_time": _over_time(14, unit),
        "over_time_hidden": charts.over_time([], days=21, look_day=14, threshold=2, unit=unit, title=two("Как уточняется оценка", "How the estimate settles")),
        "forest": _forest(unit),
        "promises": charts.promises([charts.Promise(two(*n), *v) for n, v in PROMISES], title=two("Сроки: обещано и на деле", "Promised and actual times")),
        "funnel": charts.funnel([charts.Stage(two(*n), c, d, "#charts") for n, c, d in FUNNEL], title=two("Путь заявки", "The path of an application"), measure=two("За 12 месяцев; доля от шага; медиана", "12 months; share of the step; median")),
        "strip": charts.days_strip(_days(0), look_on=dt.date(2026, 9, 14), title=two("Данные по дням", "Data by day"), measure=two("Строк получено из ожидаемых", "Rows received of those expected")),
        "heat": charts.heat_map({two("Площадка А", "Site A"): _days(1), two("Площадка Б", "Site B"): _days(2), two("Площадка В", "Site C"): _days(5)}, title=two("По площадкам", "By site")),
        "columns": charts.columns([charts.Amount(m, v) for m, v in zip(MONTHS[formats.language() == "en"], RETURNS, strict=True)], title=two("Возвраты по месяцам, тыс.", "Returns by month, thousands"), source=two("журнал возвратов, 9 140 отделений, снимок от 20 ноября", "return log, 9,140 offices, snapshot of 20 November"), download="#charts"),
        "spark": charts.sparkline(RETURNS, label=two("Возвраты растут с мая", "Returns grow since May")),
        "permutation": charts.permutation(_bins(), observed=3.1, p=0.0004, draws=10_000, title=two("Что дал бы один случай", "What chance alone would give"), measure=two("10 000 случайных делений на группы", "10,000 random assignments")),
        "power": charts.power_curve([(x / 10, _power(x / 10)) for x in range(41)], chosen=2.0, unit=unit, title=two("Мощность", "Power"), measure=two("28 дней, 6 площадок", "28 days, 6 sites")),
        "tornado": charts.tornado([charts.Swing(two("Объём в сети", "Volume in the network"), "80", "140", -2.0, 6.0, "95"), charts.Swing(two("Стоимость тиражирования", "Cost of the roll-out"), "4", "7", 3.5, 1.0)], middle=2.4, unit=two("млн ₽", "million ₽"), title=two("Первое, от чего зависит чистая выгода: объём в сети", "What moves the net value most: volume in the network")),
        "life": charts.lifecycle(_life(), title=two("Жизнь заявки", "The life of an application")),
        "key": charts.key(),
    }  # fmt: skip


PROMISES = [
    (("Ответ на заявку", "Answer to an application"), (5, 3, 6, 186)),
    (("Экспертиза", "Review"), (15, 12, 19, 58)),
    (("Согласование пилота", "Agreeing on a pilot"), (20, 27, 41, 14)),
    (("Решение", "Decision"), (10, None, None, 0)),
]
FUNNEL = [
    (("Подано заявок", "Submitted"), 186, None), (("Прошли проверку", "Screened"), 121, 3),
    (("Экспертиза завершена", "Reviewed"), 58, 12), (("Пилот", "Pilot"), 14, 27),
    (("Решение «внедрять»", "Decided to scale"), 6, 34), (("Работает в сети", "In the network"), 3, 61),
]  # fmt: skip
MONTHS = (
    ["дек", "янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя"],
    ["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"],
)
RETURNS = [212, 176, 168, 181, 185, 190, 188, 192, 201, 214, 226, 231]


def _guardrails() -> list[charts.Guardrail]:
    fine, close, over = (
        two("В норме", "In order"),
        two("Близко к границе", "Close to the limit"),
        two("За границей", "Over the limit"),
    )
    rail, est = charts.Guardrail, charts.Estimate
    return [
        rail(two("Время обработки пакета", "Time to handle a packet"), est(0.2, -0.1, 0.5), 1.0, fine, unit=two("с", "s")),
        rail(two("Ошибки направления", "Misrouted"), est(-0.04, -0.09, 0.01), 0.1, fine, unit=two("п. п.", "pp"), places=2),
        rail(two("Простои линии", "Idle line"), est(1.1, -0.6, 2.8), 3.0, close, tone="waiting", unit=two("мин", "min")),
        rail(two("Жалобы", "Complaints"), est(1.4, 1.1, 1.7), 1.0, over, tone="bad", unit="‰"),
        rail(two("Повреждения", "Damage"), charts.Hidden(two("Покажем с 14‑го дня", "Appears on day 14")), 0.05, two("Скрыто", "Hidden"), tone="plain", unit=two("п. п.", "pp"), places=2),
    ]  # fmt: skip


def _over_time(look_day: int, unit: str) -> Any:
    moments = []
    for day in range(1, 22):
        middle = 3.1 + 0.55 * math.sin(day * 1.3) / math.sqrt(day)
        half = 0.9 * math.sqrt(21 / day)
        moments.append(charts.Moment(day, charts.Estimate(middle, middle - half, middle + half)))
    return charts.over_time(
        moments, days=21, look_day=look_day, threshold=2, unit=unit,
        title=two("Как уточнялась оценка", "How the estimate settled"),
        measure=two("Разность, п. п.; полоса — 95 %", "Difference, pp; the band is 95%"),
        note=two("До 14‑го дня оценку не видел никто: так записано в плане.", "Nobody saw the estimate before day 14, as the plan says."),
    )  # fmt: skip


def _forest(unit: str) -> Any:
    found = [("Г", 4.3, 1.7), ("А", 3.6, 1.2), ("Е", 3.2, 1.5), ("Б", 2.9, 1.3), ("В", 2.4, 1.6), ("Д", 1.2, 1.9)]  # fmt: skip
    sites = [charts.Site(f"{two('Площадка', 'Site')} {n}", charts.Estimate(m, m - h, m + h)) for n, m, h in found]  # fmt: skip
    return charts.forest(
        sites, total=charts.Site(two("Все вместе", "All together"), charts.Estimate(3.1, 2.2, 4.0)),
        threshold=2, unit=unit, title=two("Одинаково ли на площадках", "Is it the same at all sites"),
        measure=two("п. п., 95 %", "pp, 95%"),
        note=two("Площадки различаются не больше, чем ожидалось от случайности (p = 0,32).", "The sites differ no more than chance would have it (p = 0.32)."),
    )  # fmt: skip


def _days(seed: int) -> list[charts.Day]:
    start = dt.date(2026, 9, 1)
    shares = [1, 1, 0.99, 1, 0.9, 1, 1, 0.4, 0, 1, 1, 1, 0.97, 1, 1, 1, 0.85, 1]
    made = []
    for n in range(21):
        known = n < len(shares)
        share = shares[(n * (seed or 1)) % len(shares)] if known else 0
        made.append(charts.Day(start + dt.timedelta(days=n), round(1200 * share), 1200 * known))
    return made


def _bins() -> list[charts.Bin]:
    edges = [-3.9 + 0.3 * n for n in range(27)]
    heights = [math.exp(-(((e + 0.15) / 1.1) ** 2) / 2) for e in edges]
    total = sum(heights)
    return [charts.Bin(e, e + 0.3, round(10_000 * h / total)) for e, h in zip(edges, heights, strict=True)]  # fmt: skip


def _power(effect: float) -> float:
    return (1 + math.erf((effect / 0.71 - 1.96) / math.sqrt(2))) / 2


def _life() -> charts.Life:
    node, road = charts.Node, charts.Road
    nodes = [
        node("draft", two("Черновик", "Draft"), two("пишет компания", "the company writes")),
        node("submitted", two("Подана", "Submitted"), two("центр, 3 дня", "the centre, 3 days"), waits=True),
        node("clarification", two("Уточнение", "Clarification"), two("компания, 5 дней", "the company, 5 days"), waits=True),
        node("review", two("На экспертизе", "In review"), two("эксперты, 15 дней", "experts, 15 days"), waits=True, now=True),
        node("accepted", two("Принята", "Accepted"), end=True),
        node("refused", two("Отказано", "Refused"), end=True),
        node("withdrawn", two("Отозвана", "Withdrawn"), end=True),
    ]  # fmt: skip
    company, centre = two("заявитель", "the applicant"), two("центр", "the centre")
    roads = [
        road("", "draft", two("Начать", "Begin"), company),
        road("draft", "submitted", two("Подать", "Submit"), company),
        road("submitted", "clarification", two("Спросить", "Ask"), centre),
        road("clarification", "submitted", two("Ответить", "Answer"), company),
        road("submitted", "review", two("Передать экспертам", "Hand to experts"), centre),
        road("submitted", "refused", two("Отказать", "Refuse"), centre),
        road("review", "accepted", two("Принять", "Accept"), centre),
        road("review", "refused", two("Отказать", "Refuse"), centre),
        road("draft", "withdrawn", two("Отозвать", "Withdraw"), company),
        road("submitted", "withdrawn", two("Отозвать", "Withdraw"), company),
        road("review", "withdrawn", two("Отозвать", "Withdraw"), company),
    ]
    return charts.Life(nodes, roads)
