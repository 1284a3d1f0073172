"""What stands beside the story: a trial from the archive, the catalogue, questions and answers."""

from __future__ import annotations

import random
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from pochin.core.policy import SYSTEM
from pochin.demo.story import Story
from pochin.evaluations import lifecycle as evaluations
from pochin.lab.protocol import Protocol
from pochin.measurements import lifecycle as readings
from pochin.needs import lifecycle as needs
from pochin.needs.models import Need
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot
from pochin.solutions import lifecycle as solutions
from pochin.solutions.models import Solution

# Company, category, names and lines in both languages, readiness, price model, price.
CATALOGUE = (
    ("optika", "sorting", "Чтение этикеток", "Label reading",
     "Читает мятые и рукописные адреса на ленте", "Reads crumpled and handwritten addresses on the belt",
     8, "use", "0,4 ₽ за этикетку", "RUB 0.4 a label"),
    ("vesna", "offices", "Тележка «Весна»", "The Vesna cart",
     "Привозит посылку со склада к окну", "Carries a parcel from the store to the counter",
     6, "purchase", "900 000 ₽ за тележку", "RUB 900,000 a cart"),
    ("holod", "transport", "Термокоробка с датчиком", "A thermal box with a sensor",
     "Пишет температуру и место каждые пять минут", "Logs temperature and place every five minutes",
     8, "subscription", "350 ₽ за коробку в месяц", "RUB 350 a box a month"),
    ("ochered", "offices", "Окна по потоку", "Counters by the flow",
     "Подсказывает, когда открыть второе окно", "Tells when to open a second counter",
     7, "subscription", "2 000 ₽ за отделение в месяц", "RUB 2,000 an office a month"),
    ("kontur", "people", "Голосовой помощник", "A voice assistant",
     "Отвечает на звонки о посылках", "Answers calls about parcels",
     7, "use", "3 ₽ за звонок", "RUB 3 a call"),
    ("vesy", "offices", "Весы с объёмом", "Scales with size",
     "Вес и объём посылки за одну секунду", "Weight and size of a parcel in a second",
     9, "purchase", "65 000 ₽ за прибор", "RUB 65,000 a device"),
    ("marshrut", "delivery", "Маршрут на завтра", "Tomorrow's route",
     "Строит путь почтальона по новым домам", "Plans the postman's way past the new houses",
     7, "subscription", "1 200 ₽ за участок в месяц", "RUB 1,200 a round a month"),
    ("taiga", "energy", "Умное отопление", "Smart heating",
     "Греет отделение к приходу людей", "Warms the office for when people come",
     6, "share", "треть сбережённого", "a third of what is saved"),
)  # fmt: skip
ASKED = (
    ("Можно ли подключиться к справочнику адресов?", "Да, на время пилота и через шлюз почты."),
    ("Подойдут ли отделения с сезонной нагрузкой?",
     "Подойдут, если сравнивать их с такими же."),
    ("Есть ли выгрузка возвратов по причинам?", ""),
)  # fmt: skip
OLD_OFFICES = 10
OLD_DAYS = (date(2025, 3, 3), date(2025, 4, 27))


def catalogue(story: Story) -> None:
    """Each company offers one solution; the last one waits for the coordinator."""
    c = story.cast
    for row in CATALOGUE:
        company, category, name_ru, name_en, line_ru, line_en, trl, model, price_ru, price_en = row
        by, at = c.people[company], story.ago(120)
        made = solutions.begin(
            c.companies[company], by=by, programme=c.city, at=at, category=category, trl=trl,
            name_ru=name_ru, name_en=name_en, line_ru=line_ru, line_en=line_en,
            about_ru=f"{line_ru}. Ставится за день, работает без связи, выключается одной кнопкой.",
            about_en=f"{line_en}. Put in within a day, works without a network, switched off by one button.",
            change_ru="Оператор тратит меньше времени на одно отправление.",
            change_en="A clerk spends less time on an item.",
            price_model=model, price_ru=price_ru, price_en=price_en, personal_data="none",
        )  # fmt: skip
        Solution.objects.filter(pk=made.pk).update(is_demonstration=True)
        made.refresh_from_db()
        last = company == "taiga"
        solutions.submit(made, by=by, at=story.ago(3 if last else 118))
        if not last:
            solutions.put_in_catalogue(made, by=c.kotova, at=story.ago(115))


def questions(story: Story) -> None:
    """Companies ask about the first open need; one question has no answer yet."""
    c = story.cast
    need = Need.objects.order_by("number")[8]
    for days, (text, answer) in zip((24, 17, 2), ASKED, strict=True):
        asked = needs.ask(need, by=c.people["kontur"], text=text, at=story.ago(days))
        if answer:
            needs.answer(asked, by=need.owner, answer=answer, at=story.ago(days - 2))


def archive(story: Story) -> None:
    """A trial of last year, entered with its readings; its plan came after the data."""
    c, at = story.cast, story.ago(20)
    pilot = pilots.enter_from_archive(
        c.city, by=c.vlasova, title_ru="Терминал записи в очередь, весна 2025",
        title_en="A queue terminal, spring 2025", sponsor=c.orlov, starts_on=OLD_DAYS[0],
        ends_on=OLD_DAYS[1], at=at,
    )  # fmt: skip
    Pilot.objects.filter(pk=pilot.pk).update(is_demonstration=True)
    pilot.refresh_from_db()
    pilots.appoint(
        pilot, by=c.kotova, at=at, manager=c.morozov, methodologist=c.vlasova, analyst=c.vlasova,
        decision_owner=c.lebedeva, decision_date=story.now.date() + timedelta(days=30),
    )  # fmt: skip
    offices = [str(site.number) for site in story.offices[:OLD_OFFICES]]
    pilots.write_plan(pilot, by=c.morozov, protocol=_old_plan(offices), at=at)
    words = {
        "baseline_words": "Журнал очереди за февраль 2025 года",
        "waiver": "Испытание уже прошло, площадок больше не станет",
    }
    pilots.edit(pilot, by=c.morozov, at=at, **words)
    pilots.submit_plan(pilot, by=c.morozov, at=at)
    for signer in (c.vlasova, c.orlov):
        pilots.sign_plan(pilot, by=signer, at=story.ago(18))
    pilot.refresh_from_db()
    upload = SimpleUploadedFile("queue-2025.csv", _old_readings(offices))
    batch = readings.send(pilot, upload, by=c.morozov, at=story.ago(17))
    readings.check(batch, by=c.morozov, at=story.ago(17))
    readings.take_in(batch, at=story.ago(17))
    pilot.refresh_from_db()
    pilots.close_data(pilot, by=SYSTEM, at=story.ago(16))
    pilots.begin_evaluation(pilot, by=c.vlasova, at=story.ago(15))
    evaluation = evaluations.compute(pilot, by=c.vlasova, at=story.ago(15))
    evaluations.release(evaluation, by=c.vlasova, at=story.ago(6))


def _old_plan(offices: list[str]) -> Protocol:
    return Protocol.parse(
        {
            "schema": "pochin-plan/1",
            "archive": True,
            "question": "Короче ли очередь с терминалом записи?",
            "purpose": "learn",
            "estimand": {"target": "unit-average"},
            "unit": "отделение",
            "design": {"kind": "parallel", "treated": OLD_OFFICES // 2},
            "periods": {"start": OLD_DAYS[0].isoformat(), "length": "week", "baseline": 4, "run": 4},
            "metrics": [
                {"code": "wait", "name": "Ожидание в очереди", "role": "primary", "kind": "mean",
                 "direction": "lower", "unit": "мин", "threshold": 2.0},
            ],
            "assignment": {
                "method": "complete",
                "units": [
                    {"unit": office, "arm": "treatment" if i % 2 else "control"}
                    for i, office in enumerate(offices)
                ],
            },
            "decision": {"scope": "next-stage"},
        }
    )  # fmt: skip


def _old_readings(offices: list[str]) -> bytes:
    rows = ["unit;at;metric;value"]
    for i, office in enumerate(offices):
        own = random.Random(office)
        level = 13 + own.gauss(0, 1.2)
        for week in range(8):
            gain = -2.4 if i % 2 and week >= 4 else 0.0
            for day in range(5):
                moment = OLD_DAYS[0] + timedelta(days=7 * week + day)
                rows.append(f"{office};{moment}T12:00;wait;{level + gain + own.gauss(0, 1):.2f}")
    return "\n".join([*rows, ""]).encode()
