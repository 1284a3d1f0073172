"""Trials of last year, entered with their readings: each kind of comparison that draws no lot."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from pochin.core.policy import SYSTEM
from pochin.demo.story import Story
from pochin.evaluations import lifecycle as evaluations
from pochin.lab.protocol import Protocol
from pochin.lab.randomize import switchback
from pochin.lab.seeds import generator
from pochin.measurements import lifecycle as readings
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot

DAYS = {"week": 7, "day": 1}


@dataclass(frozen=True, slots=True)
class Past:
    """A trial that is over; its readings are invented.

    Attributes:
        code, metric, unit, threshold: The only metric; less of it is better.
        design: As a plan says it.
        start, length, baseline, run: Its periods.
        offices: How many took part.
        treated: How many of them had the solution; in a switchback all had it in turn.
        level, spread, effect: Of the readings, in the metric's unit.
        daily: Readings of an office in a period.
        swing: How far the whole network went up and down together.
    """

    title_ru: str
    title_en: str
    question: str
    code: str
    metric: str
    unit: str
    threshold: float
    design: dict[str, Any]
    start: date
    length: str
    baseline: int
    run: int
    offices: int
    treated: int
    level: float
    spread: float
    effect: float
    daily: int = 1
    swing: float = 0.0
    source: str = "Журнал очереди"

    @property
    def ends(self) -> date:
        return self.start + timedelta(days=DAYS[self.length] * (self.baseline + self.run) - 1)


ENTERED = (
    Past("Терминал записи в очередь, весна 2025", "A queue terminal, spring 2025",
         "Короче ли очередь с терминалом записи?", "wait", "Ожидание в очереди", "мин", 2.0,
         {"kind": "parallel", "treated": 5}, date(2025, 3, 3), "week", 4, 4, 10, 5, 13, 1.2, -2.4,
         daily=5),
    Past("Раннее открытие, осень 2025", "Early opening, autumn 2025",
         "Короче ли очередь, если открывать на час раньше?", "wait", "Ожидание в очереди", "мин", 1.0,
         {"kind": "difference-in-differences"}, date(2025, 8, 4), "week", 8, 6, 24, 10, 12, 1.5, -1.6,
         daily=5, swing=1.5),
    Past("Постамат у входа, 2025", "A parcel locker at the door, 2025",
         "Меньше ли людей у окна, если рядом постамат?", "visits", "Посетителей в час", "чел.", 4.0,
         {"kind": "synthetic-control"}, date(2025, 1, 6), "week", 26, 8, 25, 1, 48, 5.0, -9.0,
         daily=5, swing=6.0),
    Past("Новый бланк извещения, 2025", "A new form of the notice, 2025",
         "Реже ли возвращают посылки с новым бланком?", "returns", "Доля возвратов", "п. п.", 0.4,
         {"kind": "interrupted-series"}, date(2024, 12, 2), "week", 36, 12, 1, 1, 4.6, 0.25, -0.7,
         daily=5, source="Журнал возвратов"),
    Past("Табло ожидания, июнь 2025", "A waiting board, June 2025",
         "Короче ли очередь в дни, когда работает табло?", "wait", "Ожидание в очереди", "мин", 0.5,
         {"kind": "switchback", "block": 2, "burn_in": 1}, date(2025, 6, 2), "day", 0, 28, 6, 6, 11, 1.5,
         -1.3, daily=6, swing=1.0),
    Past("Окно выдачи без талона, осень 2024", "A counter without a ticket, autumn 2024",
         "Короче ли очередь, если за посылкой не берут талон?", "wait", "Ожидание в очереди", "мин",
         1.5, {"kind": "parallel", "treated": 6}, date(2024, 9, 2), "week", 3, 4, 12, 6, 12, 1.4,
         -0.6, daily=5),
    Past("Предоплата в приложении, зима 2025", "Paying ahead in the app, winter 2025",
         "Короче ли очередь, если платят заранее?", "wait", "Ожидание в очереди", "мин", 1.5,
         {"kind": "parallel", "treated": 4}, date(2025, 1, 13), "week", 3, 3, 8, 4, 14, 1.8, -1.9,
         daily=5),
    Past("Два консультанта в зале, май 2025", "Two guides in the hall, May 2025",
         "Короче ли очередь, если в зале помогают двое?", "wait", "Ожидание в очереди", "мин", 1.5,
         {"kind": "parallel", "treated": 6}, date(2025, 4, 28), "week", 3, 4, 12, 6, 13, 1.3, -1.1,
         daily=5),
)  # fmt: skip

SOURCES = {"Журнал очереди": "The log of the queue", "Журнал возвратов": "The log of returns"}
# What their plans say, in both languages.
IN_BOTH = [
    {"ru": "отделение", "en": "office"},
    {"ru": "Ожидание в очереди", "en": "Waiting in the queue"},
    {"ru": "мин", "en": "min"},
    {"ru": "Посетителей в час", "en": "Visitors an hour"},
    {"ru": "чел.", "en": "people"},
    {"ru": "Доля возвратов", "en": "Share of returns"},
    {"ru": "п. п.", "en": "pp"},
    {"ru": "Короче ли очередь с терминалом записи?",
     "en": "Is the queue shorter with a terminal for appointments?"},
    {"ru": "Короче ли очередь, если открывать на час раньше?",
     "en": "Is the queue shorter when the office opens an hour earlier?"},
    {"ru": "Меньше ли людей у окна, если рядом постамат?",
     "en": "Are there fewer people at the counter with a parcel locker nearby?"},
    {"ru": "Реже ли возвращают посылки с новым бланком?",
     "en": "Are parcels returned less often with the new form?"},
    {"ru": "Короче ли очередь в дни, когда работает табло?",
     "en": "Is the queue shorter on days when the board works?"},
    {"ru": "Короче ли очередь, если за посылкой не берут талон?",
     "en": "Is the queue shorter when nobody takes a ticket for a parcel?"},
    {"ru": "Короче ли очередь, если платят заранее?",
     "en": "Is the queue shorter when people pay ahead?"},
    {"ru": "Короче ли очередь, если в зале помогают двое?",
     "en": "Is the queue shorter when two guides help in the hall?"},
]  # fmt: skip


def enter(story: Story) -> None:
    """Enter all of them; the plan of each came after its data, and says so for ever."""
    for place, past in enumerate(ENTERED):
        offices = [str(site.number) for site in story.offices[: past.offices]]
        _enter(story, past, offices, days=20 - place)


def _enter(story: Story, past: Past, offices: list[str], *, days: int) -> None:
    c, at = story.cast, story.ago(days)
    pilot = pilots.enter_from_archive(
        c.city, by=c.vlasova, title_ru=past.title_ru, title_en=past.title_en, sponsor=c.orlov,
        starts_on=past.start, ends_on=past.ends, at=at,
    )  # fmt: skip
    Pilot.objects.filter(pk=pilot.pk).update(is_demonstration=True)
    pilot.refresh_from_db()
    pilots.appoint(
        pilot, by=c.kotova, at=at, manager=c.morozov, methodologist=c.vlasova, analyst=c.vlasova,
        decision_owner=c.lebedeva, decision_date=story.now.date() + timedelta(days=30),
    )  # fmt: skip
    protocol = plan(past, offices)
    pilots.write_plan(pilot, by=c.morozov, protocol=protocol, at=at)
    pilots.put_into_words(pilot, by=c.morozov, pairs=IN_BOTH, at=at)
    words = {
        "baseline_words": f"{past.source}, с {past.start:%d.%m.%Y} // "
        f"{SOURCES[past.source]}, from {past.start:%d.%m.%Y}",
        "waiver": "Испытание уже прошло, площадок больше не станет // The trial is over, there will be no more sites",
    }
    pilots.edit(pilot, by=c.morozov, at=at, **words)
    pilots.submit_plan(pilot, by=c.morozov, at=at)
    for signer in (c.vlasova, c.orlov):
        pilots.sign_plan(pilot, by=signer, at=story.ago(days - 2))
    pilot.refresh_from_db()
    name = f"{past.code}-{past.start:%Y-%m}.csv"
    upload = SimpleUploadedFile(name, _readings(past, protocol))
    batch = readings.send(pilot, upload, by=c.morozov, at=story.ago(days - 3))
    readings.check(batch, by=c.morozov, at=story.ago(days - 3))
    readings.take_in(batch, at=story.ago(days - 3))
    pilot.refresh_from_db()
    pilots.close_data(pilot, by=SYSTEM, at=story.ago(days - 4))
    pilots.begin_evaluation(pilot, by=c.vlasova, at=story.ago(days - 5))
    evaluation = evaluations.compute(pilot, by=c.vlasova, at=story.ago(days - 5))
    evaluations.release(evaluation, by=c.vlasova, at=story.ago(days - 14))


def plan(past: Past, offices: list[str]) -> Protocol:
    """The plan, with who had the solution and when."""
    kind = past.design["kind"]
    method = {"parallel": "complete", "switchback": "blocks"}.get(kind, "observed")
    document: dict[str, Any] = {
        "schema": "pochin-plan/1",
        "archive": True,
        "question": past.question,
        "purpose": "learn",
        "estimand": {"target": "unit-average"},
        "unit": "отделение",
        "design": past.design,
        "periods": {"start": past.start.isoformat(), "length": past.length,
                    "baseline": past.baseline, "run": past.run},
        "metrics": [
            {"code": past.code, "name": past.metric, "role": "primary", "kind": "mean",
             "direction": "lower", "unit": past.unit, "threshold": past.threshold},
        ],
        "assignment": {"method": method, "units": _units(past, offices)},
        "decision": {"scope": "next-stage"},
    }  # fmt: skip
    return Protocol.parse(document)


def _units(past: Past, offices: list[str]) -> list[dict[str, Any]]:
    if past.design["kind"] == "switchback":
        lot = switchback(
            offices, range(past.run), past.design["block"], rng=generator(past.title_en)
        )
        return [
            {"unit": unit, "schedule": row}
            for unit, row in zip(offices, lot.schedule.tolist(), strict=True)
        ]
    # Every second office, so that the treated ones are spread over the country.
    treated = {2 * i + 1 for i in range(past.treated)} if past.offices > 1 else {0}
    return [
        {"unit": unit, "arm": "treatment" if i in treated else "control"}
        for i, unit in enumerate(offices)
    ]


def _readings(past: Past, protocol: Protocol) -> bytes:
    network = random.Random(past.title_en)
    periods, days = past.baseline + past.run, DAYS[past.length]
    together = [network.gauss(0, past.swing / 2) for _ in range(periods)]
    rows = ["unit;at;metric;value"]
    for unit in protocol.units:
        own = random.Random(f"{past.title_en} {unit['unit']}")
        level, share = past.level + own.gauss(0, past.spread), own.uniform(0.6, 1.4)
        for period in range(periods):
            if "schedule" in unit:
                has = unit["schedule"][period] == 1
            else:
                has = unit["arm"] == "treatment" and period >= past.baseline
            middle = level + share * together[period] + (past.effect if has else 0.0)
            for n in range(past.daily):
                day = past.start + timedelta(days=days * period + (n if days > past.daily else 0))
                clock = 12 if days > past.daily else 9 + n
                value = max(0.0, middle + own.gauss(0, past.spread * 0.8))
                rows.append(f"{unit['unit']};{day}T{clock:02}:00;{past.code};{value:.2f}")
    return "\n".join([*rows, ""]).encode()
