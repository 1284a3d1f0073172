"""Keys, names and choices that the other tables share."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from pochin.core.tongue import language

# Without letters and digits that are easily taken for each other.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_key() -> str:
    """The word under which a thing stands in addresses; it tells nothing and is not guessed."""
    return "".join(secrets.choice(ALPHABET) for _n in range(10))


def in_reader_language(ru: str, en: str) -> str:
    """The text in the reader's language, or in the other where there is none."""
    return (en or ru) if language() == "en" else (ru or en)


class MembershipKind(models.TextChoices):
    MEMBER = "member", _("member")
    PARTNER = "partner", _("partner")
    ANCHOR = "anchor", _("anchor company")


class State(models.TextChoices):
    """The life of a membership."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    CHECKING = "checking", _("being checked")
    CLARIFICATION = "clarification", _("waiting for clarification")
    SECOND_LOOK = "second_look", _("waiting for a second person")
    ADMITTED = "admitted", _("admitted")
    REFUSED = "refused", _("refused")
    SUSPENDED = "suspended", _("suspended")
    DUE = "due", _("due for confirmation")
    LAPSED = "lapsed", _("lapsed")
    LEFT = "left", _("left")
    EXCLUDED = "excluded", _("excluded")


MEMBER_STATES = [State.ADMITTED, State.DUE]
OVER_STATES = [State.REFUSED, State.LAPSED, State.LEFT, State.EXCLUDED]
