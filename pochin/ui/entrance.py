"""How people are let in: the words of sign-in, whose wrong attempts keep whom out, what is kept."""

from __future__ import annotations

import logging
import secrets
import time
from base64 import b32encode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import Refused
from pochin.ui import security
from pochin.ui.tasks import tell_of_change

log = logging.getLogger(__name__)
# A browser in which somebody has signed in before: a random word and our mark over it and them.
KNOWN_COOKIE = "pochin_known"
KNOWN_FOR_S = 31_536_000


class Entrance(DefaultAccountAdapter):
    """The library's sign-in, saying what to do next.

    Wrong passwords are counted by address, so that guessing stops wherever it comes from. Alone
    that would let anybody keep another out by guessing wrong on purpose; so a browser in which
    this person has signed in before has a count of its own.
    """

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

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Have the owner told of a change to the account, in our words and in the background."""
        tell_of_change(
            user,
            template_prefix,
            at=timezone.now(),
            email=email or "",
            ip=self.request.META.get("REMOTE_ADDR", "") and self.get_client_ip(self.request),
            agent=self.request.headers.get("user-agent", "")[:300],
            **security.facts(context or {}),
        )

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address; where the account has another one, that one is told."""
        is_confirmed: bool = super().confirm_email(request, email_address)
        user = email_address.user
        if is_confirmed and user.email.lower() != email_address.email.lower():
            told = {"to_email": email_address.email}
            self.send_notification_mail(security.ADDED, user, told, email=user.email)
        return is_confirmed

    def post_login(self, request: HttpRequest, user: Any, **given: Any) -> HttpResponse:
        """Go on as the library does, and know this browser again."""
        answer: HttpResponse = super().post_login(request, user, **given)
        word = secrets.token_urlsafe(16)
        answer.set_cookie(
            KNOWN_COOKIE, f"{word}.{_mark(word, user.email or '')}", max_age=KNOWN_FOR_S,
            httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
        return answer

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        counted = super()._get_login_attempts_cache_key(request, **credentials)
        word, _dot, mark = request.COOKIES.get(KNOWN_COOKIE, "").partition(".")
        if constant_time_compare(mark, _mark(word, credentials.get("email", ""))):
            return f"{counted}:{word}"
        return str(counted)


def _mark(word: str, email: str) -> str:
    return salted_hmac("pochin.known", f"{word}:{email.lower()}", algorithm="sha256").hexdigest()


class Identities(DefaultSocialAccountAdapter):
    """Identities of the organisation's own sign-in."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:  # noqa: ARG002
        """Take an address for confirmed only where the provider says so without a doubt."""
        # Some write booleans as words, and the word “false” is not empty.
        for one in sociallogin.email_addresses:
            one.verified = one.verified in (True, "true")


class Factors(DefaultMFAAdapter):
    """Second factors, whose secrets the database alone does not tell."""

    MARK = "fernet:"

    def encrypt(self, text: str) -> str:
        """The secret as it is kept, under a key that is not in the database."""
        return self.MARK + _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; one that was kept before it was encrypted is still itself."""
        if not encrypted_text.startswith(self.MARK):
            return encrypted_text
        try:
            return _box().decrypt(encrypted_text.removeprefix(self.MARK).encode()).decode()
        except InvalidToken:
            # Under another key: nobody's code fits, and `pochin reset-factor` helps.
            return b32encode(secrets.token_bytes(20)).decode()


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    made = (
        salted_hmac("pochin.factors", "", secret=key, algorithm="sha256").digest() for key in keys
    )
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in made])
