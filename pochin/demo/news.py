"""News of the demonstration: one of what really happened, the rest about the invented story."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pochin.agreements.models import Agreement
from pochin.demo.covers import cover
from pochin.demo.story import Story
from pochin.files import kinds
from pochin.files.intake import receive
from pochin.needs.models import Need
from pochin.news import lifecycle as news
from pochin.news.models import Piece, Rubric
from pochin.pilots.models import Pilot

# Facts from the public news item of 22 October 2019; the words are our own.
AGREEMENT = {
    "rubric": Rubric.AGREEMENTS,
    "title_ru": "Почта России и Москва договорились вместе пробовать новые решения",
    "title_en": "Russian Post and Moscow agreed to try new solutions together",
    "lead_ru": "22 октября 2019 года на форуме «Открытые инновации» Почта России и Департамент предпринимательства и инновационного развития Москвы подписали соглашение о сотрудничестве.",
    "lead_en": "On 22 October 2019, at the Open Innovations forum, Russian Post and the Moscow Department of Entrepreneurship and Innovative Development signed a cooperation agreement.",
    "body_ru": "За Почту России подписал заместитель генерального директора по информационным технологиям и развитию цифровых сервисов Сергей Емельченков, за город — руководитель департамента Алексей Фурсин.\n\nСтороны назвали общие направления: новые продукты и услуги, экспорт и коммерциализация технологий, пилоты решений участников московского инновационного кластера, инновационный центр почты.\n\nЭта система показывает, как такое соглашение можно вести изо дня в день: от потребности до договора.",
    "body_en": "Sergey Emelchenkov, deputy general director for information technology and digital services, signed for Russian Post; Alexey Fursin, head of the department, signed for the city.\n\nThe parties named what they share: new products and services, export and commercialisation of technologies, pilots of solutions of the members of Moscow's innovation cluster, an innovation centre of the post.\n\nThis system shows how such an agreement can be kept day by day: from a need to a contract.",
    "happened_on": date(2019, 10, 22),
    "is_borrowed": True,
    "source": "lytkarino.com",
    "source_url": "http://lytkarino.com/?p=87912",
}
# Days ago, text, what it is about.
INVENTED: tuple[tuple[int, dict[str, Any], str], ...] = (
    (45, {
        "rubric": Rubric.PILOTS,
        "title_ru": "Первый пилот закончен: эффект выше порога",
        "title_en": "The first pilot is over: the effect is above the threshold",
        "lead_ru": "Распознавание адресов на мятых этикетках проверили в двенадцати отделениях. Порог был записан до начала.",
        "lead_en": "Reading addresses on crumpled labels was tried in twelve offices. The threshold was written down before the start.",
        "body_ru": "Шесть отделений работали с решением, шесть без него. Вывод посчитан по плану, который никто не менял после старта.\n\nПлан, показатели и решение открыты на странице пилота.",
        "body_en": "Six offices worked with the solution, six without it. The verdict was computed by a plan that nobody changed after the start.\n\nThe plan, the metrics and the decision are open on the page of the pilot.",
    }, "pilot"),
    (31, {
        "rubric": Rubric.PILOTS,
        "title_ru": "Эффект не подтверждён — и это тоже результат",
        "title_en": "The effect was not confirmed, and that is a result too",
        "lead_ru": "«Окна по потоку» не прошли порог. Мы публикуем и такие итоги, чтобы их не проверяли дважды.",
        "lead_en": "“Counters by the flow” did not pass the threshold. We publish such results too, so that nobody tries them twice.",
        "body_ru": "Ожидание стало короче на доли минуты, порог плана — две минуты. Решение о пилоте подписано: прекратить.\n\nЧто пробовали и почему не вышло, записано в уроках пилота.",
        "body_en": "Waiting became shorter by a fraction of a minute; the threshold of the plan is two minutes. The decision on the pilot is signed: stop.\n\nWhat was tried and why it did not work is written in the lessons of the pilot.",
    }, ""),
    (12, {
        "rubric": Rubric.NEEDS,
        "title_ru": "Открыт приём решений: адреса, которые трудно найти",
        "title_en": "Now taking solutions: addresses that are hard to find",
        "lead_ru": "Почта ищет, как меньше возвращать письма из-за неточного адреса. Черновик заявки занимает десять минут.",
        "lead_en": "The post seeks ways to return fewer letters because of an inexact address. A draft takes ten minutes.",
        "body_ru": "На странице потребности написано, что болит, каким числом это измеряют сегодня и что даст почта для пилота.\n\nВопросы можно задать там же: ответы видят все.",
        "body_en": "The page of the need says what hurts, by which number it is measured today and what the post gives for a pilot.\n\nQuestions can be asked there; everybody sees the answers.",
    }, "need"),
    (3, {
        "rubric": Rubric.CENTRE,
        "title_ru": "Сроки ответов — на виду у всех",
        "title_en": "How long answers take, for everybody to see",
        "lead_ru": "Центр показывает, сколько рабочих дней обещано и сколько прошло на деле.",
        "lead_en": "The centre shows how many working days were promised and how many it took.",
        "body_ru": "Срок не идёт, пока ответ должен дать заявитель. О просрочке сначала узнаёт исполнитель, потом координатор, потом тот, кто принимает решение.",
        "body_en": "The clock stands still while the applicant owes an answer. The one who is late learns of a delay first, then the coordinator, then the decision owner.",
    }, ""),
)  # fmt: skip


# The picture of what news are about, and what it shows.
PICTURES = {"pilot": "bars", "need": "envelope"}
SHOWN = {
    "sheets": ("Рисунок: два листа бумаги рядом", "Drawing: two sheets of paper side by side"),
    "bars": ("Рисунок: столбики парами, тёмные ниже светлых",
             "Drawing: bars in pairs, the dark ones lower than the light ones"),
    "envelope": ("Рисунок: конверт с клетками для индекса",
                 "Drawing: an envelope with boxes for the postcode"),
}  # fmt: skip


def tell(story: Story) -> None:
    """Write, check and publish the news; the latest is discussed."""
    _publish(story, AGREEMENT, days=60, about=Agreement.objects.exclude(source_url="").first(),
             picture="sheets")  # fmt: skip
    news_of = {
        "pilot": Pilot.objects.order_by("number").first(),
        "need": Need.objects.open(story.now).order_by("-number").first(),
    }
    for days, words, about in INVENTED:
        latest = _publish(
            story, words, days=days, about=news_of.get(about), picture=PICTURES.get(about, "")
        )
        Piece.objects.filter(pk=latest.pk).update(is_demonstration=True)
    coordinator = story.cast.kotova
    latest.refresh_from_db()
    news.discuss(
        latest, by=coordinator, discussed_until=story.now + timedelta(days=14), at=story.ago(2.9)
    )
    remark = news.say(
        latest,
        by=story.cast.sokolova,
        text="Хорошо бы видеть сроки и по отделениям. // It would be good to see the times by office, too.",
        at=story.ago(2),
    )
    news.remarks.make("show", remark, by=coordinator, at=story.ago(1.9))


def _publish(
    story: Story, words: dict[str, Any], *, days: float, about: Any = None, picture: str = ""
) -> Piece:
    author, editor = story.cast.rybakova, story.cast.kotova
    piece = news.begin(story.cast.city, by=author, at=story.ago(days + 2), **words)
    if about is not None:
        news.link(piece, by=author, things=[about], at=story.ago(days + 2))
    if picture:
        at = story.ago(days + 2)
        drawn = receive(cover(picture), by=author, at=at, accept=kinds.PICTURES)
        alt_ru, alt_en = SHOWN[picture]
        news.set_cover(piece, by=author, cover=drawn, alt_ru=alt_ru, alt_en=alt_en, at=at)
    news.submit(piece, by=author, at=story.ago(days + 1.5))
    return news.publish(piece, by=editor, at=story.ago(days))
