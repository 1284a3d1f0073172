"""The agreement of 22 October 2019 as the news told of it, with invented commitments under it.

Facts (the parties, who signed in which post, the forum, the directions) are those of the news
item of that day; the text of the agreement itself was not published. The commitments, the
meeting and the task are invented and marked as demonstration.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pochin.agreements import lifecycle as agreements
from pochin.agreements.lifecycle import commitments
from pochin.agreements.models import Agreement, Commitment
from pochin.coordination.lifecycle import groups, meetings, tasks
from pochin.coordination.models import Meeting, Task
from pochin.core.policy import SYSTEM
from pochin.demo.story import Story
from pochin.participants.models import Organisation, Person, Seat
from pochin.portfolio import counters

SOURCE = "http://lytkarino.com/?p=87912"
SIGNED = date(2019, 10, 22)

POST = ("АО «Почта России»", "Russian Post JSC")
CITY = (
    "Департамент предпринимательства и инновационного развития города Москвы",
    "Department of Entrepreneurship and Innovative Development of Moscow",
)
SIGNERS = {
    "post": ("Сергей Емельченков", "Sergey Emelchenkov",
             "заместитель генерального директора по информационным технологиям и развитию цифровых сервисов",
             "Deputy Director General for information technology and digital services"),
    "city": ("Алексей Фурсин", "Alexey Fursin", "руководитель Департамента", "Head of the Department"),
}  # fmt: skip
# The directions that the news names: heading, what the news says, in plain words.
DIRECTIONS = (
    ("Экспорт", "Export", "Стороны развивают экспорт технологий.",
     "The parties develop the export of technologies.", "Помогаем выходить на внешние рынки.", "We help to reach foreign markets."),
    ("Коммерциализация", "Commercialisation", "Стороны содействуют коммерциализации технологий.",
     "The parties further the commercialisation of technologies.", "От пилота — к договору.", "From the pilot to a contract."),
    ("Пилотирование", "Piloting", "Решения участников инновационного кластера проходят пилоты.",
     "Solutions of participants of the innovation cluster are piloted.", "Проверяем на деле.", "We try things in practice."),
    ("Инновационный центр", "Innovation centre", "Почта создаёт инновационный центр.",
     "The post sets up an innovation centre.", "Одно место, где это делают.", "One place where this is done."),
    ("Координация", "Coordination", "Стороны координируют совместную работу.",
     "The parties coordinate their joint work.", "Встречаемся и сверяем сделанное.", "We meet and compare what was done."),
)  # fmt: skip
# Who owes it, the direction, kind, text, counter, target, unit, days until it is due.
PROMISES = (
    ("post", 3, "number", "Начать 20 пилотов участников кластера за год", "Start 20 pilots of cluster participants in a year", "pilots_started", 20, "пилотов", "pilots", 32),
    ("post", 4, "number", "Опубликовать 15 потребностей почты", "Publish 15 needs of the post", "needs_published", 15, "потребностей", "needs", 32),
    ("post", 4, "regular", "Проверять 9 из 10 заявок в срок", "Screen 9 of 10 applications in time", "answered", 90, "%", "%", 32),
    ("post", 2, "number", "Подписать 5 договоров по итогам пилотов", "Sign 5 contracts after pilots", "deals_signed", 5, "договоров", "deals", 32),
    ("city", 1, "event", "Провести бизнес-миссию участников кластера", "Hold a business mission of cluster participants", "", None, "", "", -5),
    ("city", 5, "document", "Согласовать план совместной работы", "Agree the plan of joint work", "", None, "", "", 60),
)  # fmt: skip


def tell(story: Story) -> None:
    """The agreement, what is promised under it, and a meeting about it."""
    sides = {"post": _side(POST), "city": _side(CITY)}
    since = story.now.date() - timedelta(days=300)
    for key, side, edits in (("kotova", "post", True), ("rybakova", "city", False)):
        Seat.objects.create(
            person=story.cast.people[key], organisation=sides[side], may_edit=edits, since=since
        )
    agreement = _agreement(story, sides)
    for row in PROMISES:
        _promise(story, agreement, sides, row)
    _sign(story, agreement)
    counters.recount(at=story.now)
    _agree_on_plan(story, agreement)
    _meet(story, agreement, sides)


def _side(names: tuple[str, str]) -> Organisation:
    return Organisation.objects.create(name_ru=names[0], name_en=names[1], is_public=True)


def _fresh(story: Story, key: str) -> Any:
    """The person with the hats of this moment."""
    return Person.objects.get(pk=story.cast.people[key].pk)


def _agreement(story: Story, sides: dict[str, Organisation]) -> Agreement:
    by, at = story.cast.nikitin, story.ago(250)
    made = agreements.begin(
        story.cast.city, by=by, at=at, kind="framework",
        title_ru="Соглашение о сотрудничестве", title_en="Cooperation agreement",
        text_ru="Подписано на форуме «Открытые инновации — 2019». Текст соглашения не опубликован: ниже перечислены направления, о которых сообщила новость.",
        text_en="Signed at the forum Open Innovations 2019. The text was not published: the directions that the news named are listed below.",
        place_ru="Москва", place_en="Moscow", event_ru="Форум «Открытые инновации — 2019»",
        event_en="Forum Open Innovations 2019", source_url=SOURCE, starts_on=SIGNED, is_public=True,
    )  # fmt: skip
    for key, side in sides.items():
        ru, en, post_ru, post_en = SIGNERS[key]
        agreements.add_party(
            made, by=by, organisation=side, at=at, signs_ru=ru, signs_en=en, post_ru=post_ru,
            post_en=post_en,
        )  # fmt: skip
    names = ("heading_ru", "heading_en", "text_ru", "text_en", "summary_ru", "summary_en")
    for place, said in enumerate(DIRECTIONS, start=1):
        given = dict(zip(names, said, strict=True))
        agreements.write_clause(made, by=by, place=place, at=at, **given)
    return made


def _promise(story: Story, agreement: Agreement, sides: dict[str, Organisation], row: Any) -> None:
    owes, direction, kind, ru, en, counter, target, unit_ru, unit_en, days = row
    other = "city" if owes == "post" else "post"
    made = commitments.plan(
        agreement, by=story.cast.kotova, at=story.ago(250), owes=sides[owes], to=sides[other],
        kind=kind, text_ru=ru, text_en=en, counter=counter, target=target, unit_ru=unit_ru,
        unit_en=unit_en, clause=agreement.clauses.get(place=direction),
        starts_on=story.now.date() - timedelta(days=330),
        due_on=story.now.date() + timedelta(days=days),
    )  # fmt: skip
    Commitment.objects.filter(pk=made.pk).update(is_demonstration=True)


def _sign(story: Story, agreement: Agreement) -> None:
    at = story.ago(249)
    agreements.enter_from_paper(agreement, by=story.cast.nikitin, signed_on=SIGNED, at=at)
    agreements.enter_into_force(agreement, by=SYSTEM, at=at)
    for commitment in _promised(agreement):
        commitments.activate(commitment, by=SYSTEM, at=at)


def _promised(agreement: Agreement) -> Any:
    return agreement.commitments.select_related("agreement__programme").order_by("number")


def _agree_on_plan(story: Story, agreement: Agreement) -> None:
    plan = _promised(agreement).get(kind="document")
    city, post = _fresh(story, "rybakova"), _fresh(story, "kotova")
    commitments.add_evidence(
        plan,
        by=city,
        words="План согласован письмом // The plan was agreed by letter",
        at=story.ago(20),
    )
    commitments.report(
        plan,
        by=city,
        completion="complete",
        words="План согласован. // The plan is agreed.",
        at=story.ago(20),
    )
    commitments.confirm(plan, by=post, at=story.ago(15))


def _meet(story: Story, agreement: Agreement, sides: dict[str, Organisation]) -> None:
    c = story.cast
    group = groups.found(
        c.city, by=c.kotova, at=story.ago(100), name_ru="Рабочая группа по пилотам",
        name_en="Working group on pilots", purpose_ru="Сверяет ход пилотов обеих сторон.",
        purpose_en="Compares how the pilots of both sides are going.",
    )  # fmt: skip
    for person, side in ((c.kotova, "post"), (c.rybakova, "city"), (c.morozov, "post")):
        groups.seat(group, by=c.kotova, person=person, organisation=sides[side], at=story.ago(99))
    for days, title in ((20, "Сверка обязательств"), (-9, "Итоги года и план на следующий")):
        starts = story.ago(days)
        meeting = meetings.plan(
            c.city, by=c.kotova, at=story.ago(40), title_ru=title,
            title_en="Commitments compared" if days > 0 else "Results of the year and the next plan",
            group=group, chair=c.lebedeva, place="Переговорная 4 // Meeting room 4", starts_at=starts,
            ends_at=starts + timedelta(hours=1),
        )  # fmt: skip
        meetings.add_item(
            meeting, by=c.kotova, title_ru="Ход обязательств", title_en="How the commitments are going",
            about=agreement, at=story.ago(40),
        )  # fmt: skip
        meetings.invite_group(meeting, by=c.kotova, at=story.ago(40))
        meetings.send_invitations(meeting, by=c.kotova, at=story.ago(39))
        if days > 0:
            _minute(story, meeting)
    Meeting.objects.update(is_demonstration=True)
    Task.objects.update(is_demonstration=True)


def _minute(story: Story, meeting: Meeting) -> None:
    c, at = story.cast, story.ago(19)
    meetings.hold(meeting, by=c.kotova, present=[c.kotova, c.rybakova, c.morozov], at=at)
    for text_ru, text_en, responsible, days in (
        ("Собрать список площадок на следующий год", "List the sites for the next year",
         c.morozov, 12),
        ("Сверить состав кластера с реестром", "Compare the cluster with the register",
         c.kotova, 5),
        ("Показать итоги пилотов руководителям отделений",
         "Show the results of the pilots to those who lead the offices", c.morozov, 20),
    ):  # fmt: skip
        meetings.resolve(
            meeting, by=c.kotova, text_ru=text_ru, text_en=text_en, responsible=responsible,
            due_on=story.now.date() + timedelta(days=days), item=meeting.items.get(), at=at,
        )  # fmt: skip
    meetings.write_minutes(
        meeting, by=c.kotova, at=at, minutes_ru="Стороны сверили ход обязательств.",
        minutes_en="The parties compared how the commitments are going.",
    )  # fmt: skip
    meetings.sign(meeting, by=c.lebedeva, at=story.ago(18))
    compared = Task.objects.get(resolution__meeting=meeting, resolution__place=2)
    tasks.report(
        compared,
        by=c.kotova,
        words="Состав сверен, расхождений нет. // The members were compared, nothing differs.",
        at=story.ago(3),
    )
