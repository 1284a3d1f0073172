"""Invented people: who reads, who signs, who writes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pochin.ui import pieces
from pochin.ui.samples.words import two


def people(now: dt.datetime) -> dict[str, Any]:
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
