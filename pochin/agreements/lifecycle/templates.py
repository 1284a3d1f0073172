"""What happens to templates of papers: put in after a check, given up for the shipped one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from pochin.agreements.models import PaperTemplate
from pochin.agreements.policy import writer
from pochin.agreements.printing import EXAMPLE
from pochin.files import store
from pochin.files.models import File
from pochin.papers import word
from pochin.participants.models import Programme


def put_in(
    programme: Programme, *, by: Any, kind: str, language: str, file: File, at: datetime
) -> PaperTemplate:
    """Use this template from now on; one that names what is not known is refused."""
    demand_writer(by, programme)
    with store.open_bytes(file.sha256) as kept:
        word.check(kept.read(), EXAMPLE)
    with transaction.atomic():
        chosen = PaperTemplate.objects.filter(programme=programme, kind=kind, language=language)
        chosen.filter(is_in_use=True).update(is_in_use=False)
        return PaperTemplate.objects.create(
            programme=programme, kind=kind, language=language, file=file, put_in_by_id=by.pk,
            put_in_at=at,
        )  # fmt: skip


def go_back(template: PaperTemplate, *, by: Any) -> None:
    """Use the shipped template again; the one put in is kept."""
    demand_writer(by, template.programme)
    template.is_in_use = False
    template.save(update_fields=["is_in_use"])


def demand_writer(by: Any, programme: Programme) -> None:
    """Only those who write agreements of the programme change what they look like."""
    writer.demand(by, programme)
