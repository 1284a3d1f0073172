"""The pilots of the demonstration: whose solution, what the readings will show, where they stand."""

from __future__ import annotations

from dataclasses import dataclass

LENGTH = 12  # offices of a pilot
READY = 60  # offices with the status of a site


@dataclass(frozen=True, slots=True)
class Trial:
    """One pilot: which need, whose solution, what the readings will show, where it stands now."""

    need: int
    company: str
    title_ru: str
    title_en: str
    threshold: float
    level: float
    effect: float
    spread: float
    weeks_ago: int
    until: str  # the state it is led to, or the step that has not been taken yet
    question: str
    outcome: str = ""
    words: str = ""
    lesson: str = ""
    question_en: str = ""
    # What the centre said when the result was published; nothing, where it was not.
    told: str = ""
    told_en: str = ""
    # Parcels drawn one by one instead of offices: how many fell to each arm.
    parcels: tuple[int, int] | None = None
    # How offices are compared: "parallel", "stepped-wedge" or "pairs".
    design: str = "parallel"
    # What a unit of the metric is worth to the network, in millions a year; nothing is reckoned at 0.
    worth: float = 0.0
    # What the vendor promises; nothing is written at 0.
    claim: float = 0.0


TRIALS = (
    Trial(0, "optika", "Распознавание адреса на мятых этикетках", "Reading addresses on crumpled labels",
          1.5, 31, -3.1, 0.6, 16, "scale", "Сокращает ли распознавание время обработки пакета?",
          "scale", "Эффект выше порога на всех площадках. // The effect is above the threshold at all sites.",
          question_en="Does recognition shorten the handling of a parcel?",
          told="Операторы двенадцати отделений обрабатывали пакеты с мятыми этикетками заметно быстрее. "
          "Решение внедряют.",
          told_en="Clerks of twelve offices handled parcels with crumpled labels clearly faster. "
          "The solution goes into use."),
    Trial(1, "ochered", "Окна по потоку", "Counters by the flow",
          2.0, 14, -0.7, 0.8, 15, "stop", "Короче ли очередь, если окна открывать по потоку?",
          "stop", "Порог не достигнут, выгода не подтверждена. // The threshold was not reached, the gain is not confirmed.",
          "Поток в малых отделениях слишком мал, чтобы его предсказывать. // Too few people come to small offices for their flow to be foretold.",
          question_en="Is the queue shorter when counters open by the flow?",
          told="Очередь стала короче, но меньше, чем нужно, чтобы окупить расписание. "
          "Где поток больше, стоит попробовать снова.",
          told_en="Queues became shorter, but by less than the schedule needs to pay for itself. "
          "Where more people come, it is worth another try."),
    Trial(2, "vesna", "Тележки в отделении", "Carts in the office",
          8.0, 95, 11.0, 3.0, 14, "stop", "Выдают ли посылку быстрее, если её привозит тележка?",
          "stop", "Стало хуже: люди ждут тележку. // It became worse: people wait for the cart.",
          question_en="Is a parcel handed out faster when a cart brings it?"),
    Trial(4, "kontur", "Голосовой помощник о посылках", "A voice assistant about parcels",
          1.5, 11, -3.2, 0.7, 12, "awaiting", "Меньше ли звонков, если на них отвечает помощник?",
          question_en="Are there fewer calls when an assistant answers them?"),
    Trial(5, "vesy", "Весы с объёмом у окна", "Scales with size at the counter",
          10.0, 140, -14.0, 30.0, 8, "judge", "Принимают ли посылку быстрее на весах с объёмом?",
          question_en="Is a parcel accepted faster on scales that measure size?",
          parcels=(1150, 1400)),
    Trial(6, "marshrut", "Маршруты по новым домам", "Routes by the new houses",
          0.8, 9.4, -1.1, 0.5, 5, "running", "Короче ли маршрут, составленный по новым домам?",
          question_en="Is a route drawn by the new houses shorter?"),
    Trial(3, "holod", "Датчики в термокоробках", "Sensors in thermal boxes",
          1.5, 5.1, -2.0, 0.8, 1, "baseline", "Реже ли нарушают температуру коробки с датчиком?",
          question_en="Is the temperature kept more often in boxes with a sensor?"),
    Trial(7, "taiga", "Умное отопление отделений", "Smart heating of offices",
          40.0, 420, -60.0, 25.0, -3, "plan_review", "Меньше ли электричества тратит умное отопление?",
          question_en="Does smart heating use less electricity?", worth=0.25, claim=90.0),
)  # fmt: skip
# Told after the archive; the place says which offices take part.
LATER = (
    (7, Trial(13, "optika", "Возврат по снимку ярлыка", "Returns from a photo of the label",
              15.0, 210, -33, 12.0, 12, "awaiting", "Быстрее ли оформить возврат по снимку ярлыка?",
              question_en="Is a return made out faster from a photo of the label?",
              design="stepped-wedge", worth=0.4, claim=45.0)),
    (6, Trial(14, "vesy", "Метки на полках", "Tags on the shelves",
              6.0, 64, -13.0, 3.0, 7, "judge", "Быстрее ли найти посылку, если полки отвечают?",
              question_en="Is a parcel found faster when the shelves answer?",
              design="pairs")),
)  # fmt: skip
