"""What stands beside the story: the catalogue, questions and answers."""

from __future__ import annotations

from pochin.demo.story import Story
from pochin.needs import lifecycle as needs
from pochin.needs.models import Need
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
    ("Можно ли подключиться к справочнику адресов? // May we connect to the register of addresses?", "Да, на время пилота и через шлюз почты. // Yes, for the time of the pilot and through the gateway of the post."),
    ("Подойдут ли отделения с сезонной нагрузкой? // Will offices do whose load changes with the season?",
     "Подойдут, если сравнивать их с такими же. // They will, if they are compared with offices alike."),
    ("Есть ли выгрузка возвратов по причинам? // Is there a table of returns by their reasons?", ""),
)  # fmt: skip


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
