"""Who is who around the news."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import Role, coordinator, organisations, programmes


@rule(_("the export manager or the observer of the department"))
def programme_teller(user: Any, thing: Any) -> bool:
    return thing.programme_id in programmes(user, Role.EXPORT_MANAGER, Role.OBSERVER)


@rule(_("those who edit for an organisation"))
def company_teller(user: Any, thing: Any) -> bool:
    return bool(organisations(user, "edit"))


@rule(_("the author"))
def author(user: Any, piece: Any) -> bool:
    return user.pk is not None and piece.author_id == user.pk


@rule(_("somebody who has signed in"))
def speaker(user: Any, remark: Any) -> bool:
    return user.is_authenticated


teller = coordinator | programme_teller | company_teller
writer = author | coordinator
editor = coordinator


@rule(_("the author, before it goes out"))
def author_of_a_draft(user: Any, piece: Any) -> bool:
    return author(user, piece) and piece.state in ("draft", "review")


# Who puts the picture and the links right, also under what is already read.
dresser = author_of_a_draft | editor
