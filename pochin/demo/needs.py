"""The needs of the demonstration, in both languages."""

from __future__ import annotations

from typing import Any

FIELDS = ("title_ru", "title_en", "problem_ru", "problem_en", "metric_ru", "metric_en",
          "metric_unit_ru", "metric_unit_en", "metric_now", "metric_target", "sites_wanted",
          "budget")  # fmt: skip

TABLE: tuple[tuple[Any, ...], ...] = (
    ("Меньше ручной досортировки мятых этикеток", "Less manual re-sorting of crumpled labels",
     "Камеры не читают мятые этикетки, и пакеты сортируют руками. Смена теряет до двух часов.",
     "The cameras do not read crumpled labels, so parcels are sorted by hand. A shift loses up to two hours.",
     "Время обработки пакета", "Handling time of a parcel", "с", "s", "31.0", "28.0", 12, "3500000"),
    ("Короче очередь в часы пик", "A shorter queue at peak hours",
     "Вечером в отделениях ждут дольше двадцати минут, днём окна пустуют.",
     "In the evening people wait over twenty minutes, while by day the counters are empty.",
     "Ожидание в очереди", "Waiting in the queue", "мин", "min", "14.0", "10.0", 12, "2400000"),
    ("Посылки сами едут к окну", "Parcels come to the counter by themselves",
     "Оператор ходит за каждой посылкой на склад отделения.",
     "The clerk walks to the storeroom for every parcel.",
     "Время выдачи посылки", "Time to hand out a parcel", "с", "s", "95.0", "75.0", 12, "4800000"),
    ("Лекарства не греются в пути", "Medicines do not warm up on the way",
     "Летом каждая двадцатая термокоробка выходит за границы температуры.",
     "In summer one thermal box in twenty leaves its temperature limits.",
     "Доля нарушений температуры", "Share of temperature breaches", "п. п.", "pp", "5.1", "2.0", 12, "1900000"),
    ("Меньше звонков «где моя посылка»", "Fewer calls “where is my parcel”",
     "Треть звонков в отделения — вопрос о том, где посылка.",
     "A third of calls to offices ask where a parcel is.",
     "Звонков на сто посылок", "Calls per hundred parcels", "звонков", "calls", "11.0", "7.0", 12, "900000"),
    ("Вес и объём без пересчёта", "Weight and size without a recount",
     "Посылки взвешивают дважды: в отделении и в сортировочном центре, и числа расходятся.",
     "Parcels are weighed twice, in the office and in the sorting centre, and the numbers differ.",
     "Время приёма посылки", "Time to accept a parcel", "с", "s", "140.0", "115.0", 12, "2100000"),
    ("Короче путь почтальона", "A shorter way for the postman",
     "Маршруты не менялись десять лет, а дома построили новые.",
     "The routes have not changed for ten years, while new houses were built.",
     "Длина маршрута", "Length of a route", "км", "km", "9.4", "8.0", 12, "1200000"),
    ("Тепло в сельском отделении дешевле", "Cheaper heating in a village office",
     "Зимой электричество отделения стоит больше, чем его аренда.",
     "In winter the electricity of an office costs more than its rent.",
     "Расход электричества", "Electricity used", "кВт·ч", "kWh", "420.0", "340.0", 10, "1500000"),
    ("Возвраты из-за неточного адреса", "Returns because of an inexact address",
     "Каждое двадцать пятое отправление возвращается из-за ошибки в адресе.",
     "One item in twenty-five comes back because of a mistake in the address.",
     "Доля возвратов", "Share of returns", "п. п.", "pp", "4.2", "3.0", 40, "1500000"),
    ("Замена бумажных извещений", "Replacing paper notices",
     "Бумажное извещение теряется, человек приходит после возврата.",
     "A paper notice is lost, and the person comes after the return.",
     "Доля посылок, забранных за пять дней", "Share of parcels collected in five days", "п. п.", "pp",
     "71.0", "80.0", 20, "800000"),
    ("Доступная выдача для незрячих", "Hand-out for blind customers",
     "Терминал выдачи не говорит и не имеет рельефных клавиш.",
     "The hand-out terminal does not speak and has no tactile keys.",
     "Время выдачи без помощника", "Time to collect without help", "мин", "min", "12.0", "5.0", 6, "600000"),
    ("Прогноз потока на завтра", "Tomorrow's flow, forecast",
     "Смены ставят по прошлой неделе, и в праздники людей не хватает.",
     "Shifts are set by last week, and on holidays there are not enough people.",
     "Ошибка прогноза потока", "Error of the forecast", "%", "%", "24.0", "12.0", 15, "700000"),
    ("Меньше бумаги в конце смены", "Less paper at the end of a shift",
     "Отчёт смены печатают и подписывают от руки, на это уходит полчаса.",
     "The report of a shift is printed and signed by hand, which takes half an hour.",
     "Время на отчёт смены", "Time for the report of a shift", "мин", "min", "30.0", "10.0", 12, "400000"),
    ("Быстрее оформить возврат", "Returns made out faster",
     "Ярлык возврата переписывают с бумаги в программу, и очередь за спиной ждёт.",
     "The label of a return is copied from paper into the program while the queue waits.",
     "Время оформления возврата", "Time to make out a return", "с", "s", "210.0", "175.0", 12, "1600000"),
    ("Короче поиск посылки на складе отделения", "A shorter search in the storeroom",
     "Номер полки не записан, и посылку ищут глазами.",
     "The number of the shelf is not written down, so the parcel is looked for by eye.",
     "Время поиска посылки", "Time to find a parcel", "с", "s", "64.0", "50.0", 12, "700000"),
)  # fmt: skip
# More is better in these, less in the others.
MORE_IS_BETTER = {9}
OFFERED = (
    "Площадки, журналы линии, рабочее место, ответы в течение дня.",
    "Sites, logs of the line, a desk, answers within a day.",
)
LIMITS = (
    "Нельзя хранить персональные данные клиентов вне контура почты и менять кассу.",
    "No personal data of customers outside the post, no changes to the till.",
)


def fields(number: int) -> dict[str, Any]:
    """The fields of the need at this place of the table, from 0."""
    found = dict(zip(FIELDS, TABLE[number], strict=True))
    return found | {
        "place_ru": "Отделения и сортировка", "place_en": "Offices and sorting",
        "metric_how": "Журнал системы, каждая операция // The log of the system, every operation",
        "direction": "more" if number in MORE_IS_BETTER else "less",
        "offered_ru": OFFERED[0], "offered_en": OFFERED[1],
        "limits_ru": LIMITS[0], "limits_en": LIMITS[1],
        "budget_source": "Программа развития // Development programme", "value_per_year": "38000000",
    }  # fmt: skip
