"""Letters about the security of an account: what was changed, when, from where, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

ADDED = "account/email/email_added"
FACTOR_TAKEN_OFF = "mfa/email/factor_taken_off"

# What is told, by the sign-in library's name of the change: the subject and the sentence.
CHANGES: dict[str, tuple[Any, Any]] = {
    "account/email/password_changed": (
        _("Your password was changed"),
        _("The password of your account was changed."),
    ),
    "account/email/password_set": (
        _("Your account has a password now"),
        _("A password was set for your account; so far it was entered without one."),
    ),
    "account/email/password_reset": (
        _("Your password was set anew"),
        _("A new password was set for your account by the link from a letter."),
    ),
    "account/email/email_changed": (
        _("Your e-mail address was changed"),
        _("You now sign in with %(to_email)s and get letters there, no longer at %(from_email)s."),
    ),
    "account/email/email_confirm": (
        _("Your e-mail address was confirmed"),
        _("The e-mail address of your account was confirmed."),
    ),
    ADDED: (
        _("An e-mail address was added to your account"),
        _("The address %(to_email)s was added to your account. A new password can be sent there."),
    ),
    "account/email/email_deleted": (
        _("An e-mail address was removed from your account"),
        _("The address %(deleted_email)s was removed from your account."),
    ),
    "mfa/email/totp_activated": (
        _("Sign-in asks for a code of an app now"),
        _("Codes of an app were switched on: sign-in asks for one after the password."),
    ),
    "mfa/email/totp_deactivated": (
        _("Codes of an app were switched off"),
        _("Codes of an app were switched off: sign-in no longer asks for them."),
    ),
    "mfa/email/webauthn_added": (
        _("A passkey was added"),
        _("A passkey was added to your account: who holds it can sign in with it."),
    ),
    "mfa/email/webauthn_removed": (
        _("A passkey was removed"),
        _("A passkey was removed from your account: nobody signs in with it any more."),
    ),
    "mfa/email/recovery_codes_generated": (
        _("There are new recovery codes"),
        _("New recovery codes were made for your account; the ones before open nothing."),
    ),
    FACTOR_TAKEN_OFF: (
        _("Your second factor was taken off"),
        _("Whoever runs the system took the second factor off your account because you, or "
          "somebody in your name, asked for it. The password alone opens it until you set up a "
          "new one."),
    ),
    "socialaccount/email/account_connected": (
        _("Another way to sign in was added"),
        _("Your account can now also be entered through %(provider)s."),
    ),
    "socialaccount/email/account_disconnected": (
        _("A way to sign in was removed"),
        _("Your account can no longer be entered through %(provider)s."),
    ),
}  # fmt: skip

BROWSERS = (
    ("YaBrowser", "Yandex Browser"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_of(agent: str) -> str:
    """The browser and the system as people call them; what is not known is left as it is.

    >>> browser_of("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
    'Firefox, Linux'
    >>> browser_of("curl/8.1")
    'curl/8.1'
    """
    found = [
        next((name for mark, name in known if re.search(rf"\b{mark}\b", agent)), "")
        for known in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found)) or agent[:80]


def facts(context: Mapping[str, Any]) -> dict[str, str]:
    """What a sentence may name, as plain words that can wait in the queue."""
    named = ("from_email", "to_email", "deleted_email", "provider")
    return {name: str(context[name]) for name in named if name in context}


def send(
    person_id: int, change: str, email: str, at: datetime, key: str, told: Mapping[str, str]
) -> bool:
    """Write to the person in their own language; sent again, it has the same Message-ID."""
    person: Any = get_user_model()._default_manager.filter(pk=person_id).first()
    if person is None:
        return False
    subject, sentence = CHANGES[change]
    with translation.override(person.language), timezone.override(ZoneInfo(person.zone)):
        context = {
            "what": str(sentence) % dict(told),
            "at": at,
            "ip": told.get("ip", ""),
            "browser": browser_of(told.get("agent", "")),
            **_advice(change),
            "site": settings.SITE_URL,
        }
        host = settings.SITE_URL.partition("://")[2].partition(":")[0].partition("/")[0]
        message = EmailMultiAlternatives(
            subject=str(subject),
            body=render_to_string("ui/security_letter.txt", context),
            to=[email],
            headers={"Message-ID": f"<security-{key}@{host}>"},
        )
        markup = render_to_string("ui/security_letter.html", context)
    message.attach_alternative(markup, "text/html")
    message.send()
    return True


def _advice(change: str) -> dict[str, str]:
    """What to do if it was somebody else, and the link for it."""
    if change == "account/email/email_changed":
        # Who took the account over gets the letters now: the link would help nobody else.
        words = _t(
            "If it was not you, write to the coordinator of your programme at once: a new password"
            " can no longer be sent to this address."
        )
        return {"advice": words}
    words = _t(
        "If it was not you, set a new password at once by this link and write to the coordinator"
        " of your programme."
    )
    return {"advice": words, "reset": settings.SITE_URL + reverse("account_reset_password")}
