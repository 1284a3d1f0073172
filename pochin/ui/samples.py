"""Invented values that show every component in every state, for the page `/ui/`."""

# ruff: noqa: ARG002, E501 - a sample and its words stand on one line, in both languages.

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from pochin.ui import charts, formats, lists, parts, pieces
from pochin.ui.quick import Row


def two(ru: str, en: str) -> str:
    """Sample words stand here in both languages: nobody translates an invented company."""
    return en if formats.language() == "en" else ru


STATUSES = [400, 403, 404, 409, 413, 429, 500, 503]


def samples(request: HttpRequest) -> dict[str, Any]:
    """Everything the page of components shows."""
    now = timezone.now()
    return {
        "now": now,
        "earlier": now - dt.timedelta(hours=2, minutes=14),
        "today": now.date(),
        "tones": list(parts.TONES),
        "banner_tones": ["primary", "good", "waiting", "bad", "seal"],
        "statuses": STATUSES,
        "fact_pairs": [
            (two("2,4 млн", "2.4 million"), two("возвратов за год", "returns a year")),
            (formats.percent(0.048), two("отправлений из малых отделений", "of items from small offices")),
            (formats.money(310_000_000, short=True), two("прямые потери, оценка ±40 млн", "direct losses, ±40 million")),
        ],
        "definition_pairs": [
            (two("Метод", "Method"), two("Разность долей по сменам, ошибки по площадкам", "Difference of shares by shift, errors by site")),
            (two("Отпечаток", "Fingerprint"), "7f3a91c0e25d08b4"),
        ],
        "consequences": [
            two("Порог и показатели больше не меняются", "The threshold and the metrics change no more"),
            two("Компания, владелец и методолог получат отпечаток плана", "The company, the owner and the methodologist receive the fingerprint of the plan"),
        ],
        "numbers": ["Н-042", "П-118", "З-483920", "С-031", "Д-567", "N-042", "P-118", "A-90", "C-7", "D-3"],
        "icons": ICONS,
        "empty": [],
        **_moving(now),
        **_people(now),
        **_forms(request),
        **_charts(),
        "listing": SampleList(request, NEEDS),
        "no_listing": EmptySample(request, []),
    }  # fmt: skip


ICONS = [
    "check", "triangle-alert", "lock", "clock", "download", "search", "printer", "x", "plus",
    "pencil", "eye", "award", "menu", "minus", "arrow-up-down", "users", "bell", "calendar",
    "file-text", "upload", "paperclip", "info", "chevron-down", "history", "log-out", "moon",
    "sun", "monitor", "globe", "undo-2", "message-square", "circle-check", "circle-x", "ban",
    "flag", "building-2", "map-pin", "key-round", "shield-check", "settings", "user", "bookmark",
]  # fmt: skip


def _moving(now: dt.datetime) -> dict[str, Any]:
    day = now.date()
    step, task, wait = pieces.Step, pieces.Task, pieces.Attention
    return {
        "tabs": [
            pieces.Link(label=two("Все в работе", "All under way"), url="#tabs", current=True),
            pieces.Link(label=two("Мои", "Mine"), url="#tabs"),
            pieces.Link(label=two("Ждут решения", "Await a decision"), url="#tabs", count=2),
            pieces.Link(label=two("Для департамента", "For the department"), url="#tabs"),
        ],
        "crumbs_sample": [
            pieces.Link(label=two("Пилоты", "Pilots"), url="#head"),
            pieces.Link(label=two("Сортировка", "Sorting"), url="#head"),
            pieces.Link(label="П-118"),
        ],
        "meta": [
            (two("Компания", "Company"), two("Оптика Логистик", "Optika Logistik")),
            (two("Владелец", "Owner"), two("И. Соколова", "I. Sokolova")),
            parts.badge(two("Приём до 15 декабря", "Open until 15 December"), tone="primary"),
        ],
        "steps": [
            step(title=two("Замысел", "Design"), note=two("План зафиксирован 12 августа", "Plan locked on 12 August"), state="done", href="#steps"),
            step(title=two("Наблюдение", "Monitoring"), note=two("21 день из 21", "21 days of 21"), state="done", href="#steps"),
            step(title=two("Итог", "Result"), note=two("Рассчитан 20 ноября", "Computed on 20 November"), state="now", href="#steps"),
            step(title=two("Решение", "Decision"), note=two("Ждёт второй подписи", "Awaits the second signature"), state="now", tone="seal", href="#steps"),
        ],
        "steps_stopped": [
            step(title=two("Черновик", "Draft"), state="done"),
            step(title=two("Проверка", "Screening"), note=two("Отказано 20 ноября", "Refused on 20 November"), state="stopped"),
            step(title=two("Экспертиза", "Review")),
        ],
        "attention": [
            wait(title=two("Подписать решение: П-118, «Распознавание адреса»", "Sign the decision: P-118, “Address recognition”"), note=two("Правило из плана: внедрять. Вторая подпись — ваша. До 27 ноября", "Rule of the plan: scale. The second signature is yours. By 27 November"), href="#attention", action=two("Открыть решение", "Open the decision"), tone="seal", icon="award"),
            wait(title=two("П-126: группы разделились неровно, 53,4 % на 46,6 %", "P-126: the groups are uneven, 53.4% and 46.6%"), note=two("Итог скрыт, пока причина не найдена", "The result is hidden until the cause is found"), href="#attention", action=two("Разобрать", "Look into it"), tone="bad", icon="triangle-alert"),
            wait(title=two("4 обязательства просрочены на 2–6 дней", "4 commitments are 2–6 days late"), note=two("Три у партнёров, одно наше", "Three of partners, one of ours"), href="#attention", action=two("Показать", "Show")),
        ],
        "tasks": [
            task(title=two("О решении", "About the solution"), href="#tasks", status=two("Готово", "Done"), done=True),
            task(title=two("Данные и безопасность", "Data and safety"), href="#tasks", status=two("В работе", "Under way"), tone="primary"),
            task(title=two("Документы", "Documents"), href="#tasks", status=two("Не начато", "Not started"), note=two("2 файла, один проверяется", "2 files, one is being checked")),
            task(title=two("Команда и связи", "Team and ties"), href="#tasks", status=two("Нужна правка", "Needs a change"), tone="waiting"),
            task(title=two("Цена и условия", "Price and terms"), status=two("Пока нельзя", "Not yet"), tone="plain", why_not=two("Сначала раздел 4", "Section 4 comes first")),
        ],
        "promised": [
            pieces.Commitment(what=two("Журналы линии для «Строки»", "Line logs for Stroka"), who=two("мы", "we"), on=day + dt.timedelta(days=1), state=two("просрочено 6 дней", "6 days late"), tone="bad", href="#promised"),
            pieces.Commitment(what=two("Решение по П-107", "Decision on P-107"), who=two("мы", "we"), on=day + dt.timedelta(days=2), state=two("2 подписи", "2 signatures"), tone="seal"),
            pieces.Commitment(what=two("Вторая партия датчиков", "Second batch of sensors"), who=two("Тихий груз", "Tikhiy Gruz"), on=day + dt.timedelta(days=5), state=two("12 из 20 получены", "12 of 20 received")),
        ],
        "history": [
            pieces.Event(what=two("Решение подписано", "The decision was signed"), who=two("И. Соколова", "I. Sokolova"), at=now - dt.timedelta(minutes=7), tone="seal", reason=two("Эффект выше порога на всех крупных площадках.", "The effect is above the threshold at all large sites.")),
            pieces.Event(what=two("Приостановлено площадкой", "Suspended by the site"), who=two("С. Беляев", "S. Belyaev"), at=now - dt.timedelta(days=3), tone="bad"),
            pieces.Event(what=two("План зафиксирован", "The plan was locked"), who=two("А. Титов", "A. Titov"), at=now - dt.timedelta(days=103), href="#history"),
        ],
    }  # fmt: skip


def _people(now: dt.datetime) -> dict[str, Any]:
    sign = pieces.Signature
    return {
        "readers": [
            pieces.Reader(name=two("Мария Котова", "Maria Kotova"), why=two("координатор", "coordinator"), at=now - dt.timedelta(hours=5)),
            pieces.Reader(name=two("Игорь Соколов", "Igor Sokolov"), why=two("владелец потребности", "owner of the need"), at=now - dt.timedelta(days=2)),
            pieces.Reader(name="Anna Weber", why=two("эксперт, конфликта нет", "expert, no conflict")),
        ],
        "options": [
            pieces.Option(value="scale", label=two("Внедрять на шести площадках", "Scale to six sites"), note=two("Совпадает с правилом", "As the rule says"), picked=True),
            pieces.Option(value="extend", label=two("Продлить на 14 дней", "Extend by 14 days"), note=two("Потребуется объяснить отступление", "You will be asked why you depart from it")),
            pieces.Option(value="stop", label=two("Остановить", "Stop"), note=two("Потребуется объяснить отступление", "You will be asked why you depart from it")),
        ],
        "signers": [
            sign(name=two("И. Соколова", "I. Sokolova"), role=two("владелец", "owner"), state="signed", at=now - dt.timedelta(days=2), fingerprint="7f3a 91c0 e25d 08b4 … 4c6e c91e"),
            sign(name=two("М. Котова", "M. Kotova"), role=two("координатор", "coordinator"), state="yours"),
            sign(name=two("Р. Ахметов", "R. Akhmetov"), role=two("финансы", "finance"), state="waiting"),
            sign(name=two("А. Титов", "A. Titov"), state="abstains", note=two("А. Титов не голосует: объявил конфликт интересов 2 августа", "A. Titov does not vote: declared a conflict of interest on 2 August")),
        ],
        "thread": [
            pieces.Comment(text=two("Можно ли подключиться к справочнику адресов?", "May we use the address register?"), who=two("Компания", "A company"), at=now - dt.timedelta(days=5), audience=two("видят все", "everybody sees it"), answers=[
                pieces.Comment(text=two("Да, на время пилота, через наш шлюз.", "Yes, for the time of the pilot, through our gateway."), who=two("И. Соколова", "I. Sokolova"), role=two("владелец потребности", "owner of the need"), at=now - dt.timedelta(days=3), audience=two("видят все", "everybody sees it")),
            ]),
            pieces.Comment(text=two("Цена выглядит заниженной.", "The price looks too low."), who=two("Эксперт 2", "Expert 2"), at=now - dt.timedelta(hours=3), audience=two("видит комиссия", "the committee sees it")),
        ],
        "checks": [
            pieces.Check(text=two("Группы ровные: 50,1 % и 49,9 %", "The groups are even: 50.1% and 49.9%"), note=two("ожидали 50 на 50, p = 0,41", "expected 50 to 50, p = 0.41")),
            pieces.Check(text=two("Часы площадки Д спешили на 47 секунд", "The clock of site E was 47 seconds fast"), note=two("поправлено 3 сентября", "put right on 3 September"), tone="waiting"),
            pieces.Check(text=two("Группы разделились неровно: 53,4 % и 46,6 %", "The groups are uneven: 53.4% and 46.6%"), note=two("итог скрыт", "the result is hidden"), tone="bad"),
        ],
        "answers": [
            pieces.Answer(question=two("Как называется решение", "What is the solution called"), answer=two("Распознавание адреса на мятых этикетках", "Address recognition on crumpled labels"), href="#answers"),
            pieces.Answer(question=two("Порог", "Threshold"), wrong=two("Укажите порог числом, например 2,0", "Enter the threshold as a number, for example 2.0"), href="#answers"),
            pieces.Answer(question=two("Ссылка на сайт", "Website"), href="#answers"),
        ],
        "files": [
            pieces.FileLine(name=two("описание.pdf", "description.pdf"), state="ready", size=2_400_000, href="#files"),
            pieces.FileLine(name=two("протокол.docx", "protocol.docx"), state="checking"),
            pieces.FileLine(name=two("фото.zip", "photos.zip"), state="refused", note=two("Мы не смогли проверить архив: внутри больше 10 000 файлов. Остальное сохранено", "We could not check the archive: it holds over 10,000 files. Everything else is saved")),
            pieces.FileLine(name=two("смета.xlsx", "budget.xlsx"), state="waiting"),
        ],
    }  # fmt: skip


class SampleForm(forms.Form):
    """A question of every kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = {
            "title": (two("Как называется решение", "What is the solution called"), two("Так, как его назовёт почтальон", "As a postman would call it")),
            "threshold": (two("Какой эффект вы обещаете", "What effect do you promise"), two("Числом, например 2,0", "As a number, for example 2.0")),
            "ready_on": (two("Когда вы готовы начать", "When can you start"), formats.date_pattern()),
            "stage": (two("Насколько готово", "How ready is it"), ""),
            "kinds": (two("Что нужно от почты", "What do you need from the post"), two("Можно выбрать несколько", "You may pick several")),
            "region": (two("Регион", "Region"), ""),
            "why": (two("Почему это сработает", "Why will it work"), two("Компания увидит этот текст", "The company will see this text")),
            "paper": (two("Описание", "Description"), two("PDF или DOCX до 50 МБ", "PDF or DOCX, up to 50 MB")),
            "agree": (two("Я согласен на обработку данных", "I consent to the use of the data"), ""),
        }  # fmt: skip
        for name, (label, help_text) in text.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
        self.fields["stage"].choices = [("idea", two("Замысел", "An idea")), ("works", two("Работает у двух клиентов", "Works for two customers"))]  # fmt: skip
        self.fields["kinds"].choices = [("data", two("Данные", "Data")), ("site", two("Площадка", "A site")), ("money", two("Деньги", "Money"))]  # fmt: skip
        self.fields["region"].choices = [("", "—"), ("29", two("Архангельская область", "Arkhangelsk region")), ("69", two("Тверская область", "Tver region"))]  # fmt: skip

    title = forms.CharField(max_length=200)
    threshold = forms.DecimalField()
    ready_on = forms.DateField()
    stage = forms.ChoiceField(widget=forms.RadioSelect)
    kinds = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)
    region = forms.ChoiceField()
    why = forms.CharField(widget=forms.Textarea)
    paper = forms.FileField(required=False)
    agree = forms.BooleanField()


def _forms(request: HttpRequest) -> dict[str, Any]:
    wrong = {"title": "", "threshold": "два", "ready_on": "когда-нибудь", "why": "…"}
    return {
        "form": SampleForm(initial={"title": two("Строка адреса", "Address line")}),
        "wrong_form": SampleForm(wrong, prefix=None, auto_id="wrong_%s"),
    }


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
NEEDS = [
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
    views = [
        lists.View(label="Все · All"),
        lists.View(label="Ждут · Waiting", query="state=waiting", count=2),
    ]
    bulk = [lists.Bulk(label="Пригласить · Invite", href="#lists", tone="primary")]

    def search(self, things: Any, words: str) -> Any:
        return things

    def href(self, thing: Any) -> str:
        return "#lists"

    @property
    def page(self) -> Any:  # type: ignore[override]
        return lists.paging.Page(list(map(Row.of, _needs())), 1, 1, True)

    @property
    def total(self) -> int:  # type: ignore[override]
        return lists.LIMIT + 1


class EmptySample(SampleList):
    """The same with nothing in it."""

    name = "empty-sample"
    bulk = ()
    views = ()

    @property
    def page(self) -> Any:
        return lists.paging.Page([], 1, 1, False)

    @property
    def total(self) -> int:
        return 0


def _charts() -> dict[str, Any]:
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
