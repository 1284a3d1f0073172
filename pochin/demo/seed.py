"""Fills an empty database with the demonstration; a filled one is left as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone, translation

from pochin.core import checkpoints, journal, reactions
from pochin.core.models import Entry, Reaction
from pochin.demo import archive, news, promises, trade, trading
from pochin.demo.more import catalogue, questions
from pochin.demo.offices import OFFICES, SOURCE
from pochin.demo.people import Cast, make
from pochin.demo.piloting import Piloting
from pochin.demo.story import Story
from pochin.demo.trials import LATER, READY, TRIALS, Trial
from pochin.needs import lifecycle as needs
from pochin.notices.models import Letter
from pochin.notices.reactions import tell
from pochin.participants.models import Person
from pochin.search.tasks import reindex_all
from pochin.sites.models import Site, SiteKind

# Further applications, by need: company, title, stage, days since it was begun.
MORE = {
    8: [("optika", "Подсказка адреса при наборе // An address suggested while typing", "in_review", 12), ("kontur", "Проверка адреса голосом // An address checked by voice", "in_review", 11),
        ("ochered", "Карта подъездов // A map of entrances", "submitted", 3), ("marshrut", "Адреса по следам курьеров // Addresses from the tracks of couriers", "screening", 6),
        ("vesy", "Считывание адреса с накладной // The address read from the waybill", "clarification", 8), ("vesna", "Сверка адресов роботом // Addresses compared by a robot", "draft", 2),
        ("holod", "Справочник адресов складов // A register of warehouse addresses", "reviewed", 14), ("taiga", "Адреса сёл // Addresses of villages", "submitted", 2)],
    9: [("kontur", "Звонок вместо извещения // A call instead of a notice", "reviewed", 13), ("ochered", "Запись на выдачу // An appointment to collect", "in_review", 9),
        ("optika", "Извещение на двери // A notice on the door", "refused", 20), ("marshrut", "Письмо в чат дома // A message to the chat of the house", "submitted", 4),
        ("vesna", "Доставка по второму звонку // Delivery after the second call", "draft", 1)],
    10: [("kontur", "Терминал, который говорит // A terminal that speaks", "screening", 5), ("vesy", "Рельефная клавиатура // A tactile keyboard", "submitted", 1),
         ("ochered", "Вызов помощника // A call for a helper", "draft", 3)],
    11: [("marshrut", "Прогноз по погоде // A forecast from the weather", "refused", 22), ("ochered", "Прогноз по очереди // A forecast from the queue", "in_review", 10),
         ("optika", "Прогноз по сортировке // A forecast from sorting", "screening", 7), ("kontur", "Прогноз по звонкам // A forecast from calls", "draft", 5)],
}  # fmt: skip
LOSERS = {
    0: ("vesy", "Линейка у ленты // A ruler at the belt"), 1: ("kontur", "Очередь по телефону // The queue by phone"), 2: ("marshrut", "Склад по меткам // A storeroom by tags"),
    3: ("taiga", "Печь для коробок // An oven for boxes"), 4: ("optika", "Фото посылки в письме // A photo of the parcel in a letter"), 5: ("vesna", "Рука у весов // An arm at the scales"),
    6: ("ochered", "Маршрут по очереди // A route by turns"), 7: ("holod", "Холод снаружи // Cold from outside"),
    13: ("kontur", "Возврат по звонку // A return by a call"), 14: ("marshrut", "Карта склада // A map of the storeroom"),
}  # fmt: skip


@translation.override("ru")
def fill(progress: Callable[[str], None] = lambda _words: None) -> bool:
    """Create the whole demonstration; returns whether there was anything to do."""
    if Person.objects.exists():
        return False
    now = timezone.now().replace(microsecond=0)
    with _quick_commits(), _told_later():
        with transaction.atomic():
            progress("people and offices")
            cast = make(since=now.date() - timedelta(days=300))
            story = Story(cast, _offices(cast), now=now)
            _trials(story, enumerate(TRIALS), progress)
            _intake(story, progress)
            progress("archive and catalogue")
            archive.enter(story)
            _trials(story, LATER, progress)
            catalogue(story)
            questions(story)
            promises.tell(story)
            trade.bring(now=now)
            progress("news")
            news.tell(story)
        progress("notices")
        _leave_untold(before=now - timedelta(days=14))
        with transaction.atomic():
            reactions.catch_up(at=now, days=400)
            progress("contracts and exports")
            trading.tell(cast, story.offices, now=now)
        _leave_untold(before=now - timedelta(days=14))
        with transaction.atomic():
            reactions.catch_up(at=now, days=400)
        progress("words to be found by")
        reindex_all.func()
    # What was told long ago has left long ago.
    old = Letter.objects.filter(notices__at__lt=now - timedelta(days=2))
    old.update(sent_at=F("written_at"))
    checkpoints.write(at=now)
    return True


@contextmanager
def _quick_commits() -> Iterator[None]:
    """While the demonstration is made, a power cut costs no more than making it again."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=FULL")


@contextmanager
def _told_later() -> Iterator[None]:
    """Reactions run in one go at the end instead of after every step."""
    told, journal.written.receivers = journal.written.receivers, []
    journal.written.sender_receivers_cache.clear()
    try:
        yield
    finally:
        journal.written.receivers = told
        journal.written.sender_receivers_cache.clear()


def _leave_untold(*, before: datetime) -> None:
    """Nobody gets notices of what happened long before they came."""
    name = f"{tell.__module__}.{tell.__name__}"
    old = Entry.objects.filter(at__lt=before).values_list("pk", flat=True)
    Reaction.objects.bulk_create(
        (Reaction(entry_id=pk, name=name) for pk in old), batch_size=500, ignore_conflicts=True
    )


def _offices(cast: Cast) -> list[Site]:
    """The hundred offices; the first ones have the status of a site."""
    return Site.objects.bulk_create(
        Site(
            number=int(postcode), postcode=postcode, kind=SiteKind.POST_OFFICE, name_ru=name,
            region=region, city=city, programme=cast.city, owner=cast.post, source=SOURCE,
            responsible=cast.fomin, capacity=3, instruction="ОТ-12" if place < READY else "",
            consent_at=timezone.now() if place < READY else None,
            state="has_status" if place < READY else "nominated",
        )
        for place, (postcode, name, region, city) in enumerate(OFFICES)
    )  # fmt: skip


def _trials(
    story: Story, trials: Iterable[tuple[int, Trial]], progress: Callable[[str], None]
) -> None:
    for place, trial in trials:
        progress(f"pilot “{trial.title_en}”")
        days = trial.weeks_ago * 7 + 60
        need = story.need(trial.need, days_ago=days, closes_in=-(trial.weeks_ago * 7 + 30))
        begun = story.ago(days - 8)
        winner = story.lead(
            need, trial.company, f"{trial.title_ru} // {trial.title_en}", "accepted", at=begun
        )
        company, title = LOSERS[trial.need]
        story.lead(need, company, title, "refused", at=begun, score=2)
        needs.close_intake(need, by=story.cast.kotova, at=story.ago(trial.weeks_ago * 7 + 29))
        Piloting(story).pilot(trial, winner, place)


def _intake(story: Story, progress: Callable[[str], None]) -> None:
    for place, rows in MORE.items():
        progress(f"need {place + 1}")
        need = story.need(place, days_ago=40, closes_in=10 + 4 * (place - 8))
        for company, title, stage, days in rows:
            score = 2 if stage == "refused" else 4
            story.lead(need, company, title, stage, at=story.ago(days), score=score)
    story.draft_need(12)
