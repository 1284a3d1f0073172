"""Invented work: stages, turns, tasks, what was promised."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pochin.ui import parts, pieces
from pochin.ui.samples.words import two


def moving(now: dt.datetime) -> dict[str, Any]:
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
            wait(title=two("Подпишите решение", "Sign the decision"), about=two("П-118 Распознавание адреса", "P-118 Address recognition"), note=two("Правило из плана: внедрять. Вторая подпись — ваша", "Rule of the plan: scale. The second signature is yours"), due=two("до 27 ноября", "by 27 November"), href="#attention", action=two("Открыть решение", "Open the decision"), tone="seal", icon="award"),
            wait(title=two("Найдите, почему группы неровные: 53,4 % и 46,6 %", "Find out why the groups are uneven: 53.4% and 46.6%"), about=two("П-126 Датчики удара", "P-126 Shock sensors"), due=two("опоздание 2 дня", "2 days late"), href="#attention", action=two("Разобрать", "Look into it"), tone="bad", icon="triangle-alert"),
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
