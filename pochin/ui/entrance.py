"""How people are let in: the words of sign-in where the library's own leave a newcomer alone."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import Refused

log = logging.getLogger(__name__)


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

    def is_reauthentication_required(self, *, app: str, **given: Any) -> bool:
        """Whether the password or a code is asked once more before this is changed.

        Not where somebody who has just signed in with the password sets up a first second factor:
        the password would be asked twice in a minute, and there is no code yet. Whoever had a
        factor before, and whoever comes later, is asked.
        """
        required = super().is_reauthentication_required(app=app, **given)
        return required and not (app == "allauth.mfa" and self._begins())

    def _begins(self) -> bool:
        """Whether the password was just given and there was no second factor before it."""
        user = self.request.user
        given = [
            record["at"]
            for record in get_authentication_records(self.request, user)
            if record["method"] == "password"
        ]
        if not given or time.time() - given[-1] >= app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        since = datetime.fromtimestamp(given[-1], tz=UTC)
        return not Authenticator.objects.filter(user=user, created_at__lt=since).exists()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a code; where the mail server does not take it, the person learns what to do."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            log.error("A letter of sign-in did not leave: %s", error)
            words = _t(
                "The letter with the code could not leave: the mail server does not take it. What"
                " you entered is kept. Sign in in a few minutes, and a new code comes."
            )
            raise Refused(words) from error
