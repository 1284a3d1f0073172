"""How people are let in: the words of sign-in where the library's own leave a newcomer alone."""

from __future__ import annotations

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Entrance(DefaultAccountAdapter):
    """The library's sign-in, saying what to do next."""

    error_messages: ClassVar[dict[str, str | Promise]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many wrong attempts. Nothing is lost: wait five minutes and sign in again."
            " If your address is not confirmed yet, a new code will come."
        ),
        "incorrect_code": _(
            "This is not the code. Look at the latest letter or at the app; an older code no"
            " longer works."
        ),
    }
