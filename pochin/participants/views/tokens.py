"""Personal tokens: issue one for a program, see which there are, revoke."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from pochin.participants import tokens
from pochin.participants.models import Token
from pochin.participants.readers import person_of
from pochin.ui import access
from pochin.ui.shortcuts import page, visible_or_404


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What for"),
        max_length=80,
        help_text=_("So that you know later which one to revoke."),
    )
    may_send = forms.BooleanField(
        label=_("It may also send readings of pilots"),
        required=False,
        help_text=_("Only where you yourself may send them."),
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        initial=lambda: timezone.localdate() + tokens.USUAL,
        help_text=_("A year if you leave it empty, two years at most. Two weeks before it you get "
                    "a letter."),
    )  # fmt: skip

    def clean_ends_on(self) -> date | None:
        day: date | None = self.cleaned_data["ends_on"]
        today = timezone.localdate()
        if day is not None and not today < day < today + tokens.LONGEST:
            raise forms.ValidationError(
                _t("A token lasts two years at most. Choose a day between tomorrow and then.")
            )
        return day

    def given(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        day = given.pop("ends_on")
        if day is not None:
            given["ends_at"] = timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
        return given


@access.shows(Token)
def index(request: HttpRequest) -> HttpResponse:
    """One's own tokens; the secret of a new one is shown once."""
    form, secret = TokenForm(request.POST or None), ""
    if form.is_valid():
        _token, secret = tokens.issue(person_of(request), at=timezone.now(), **form.given())
    own = Token.objects.visible_to(request.user).filter(revoked_at__isnull=True)
    now = timezone.now()
    return page(
        request,
        "participants/tokens.html",
        form=TokenForm() if secret else form,
        secret=secret,
        tokens=[
            (token, token.ends_at <= now, now < token.ends_at <= now + tokens.WARNED)
            for token in own.order_by("-issued_at")
        ],
    )


@access.shows(Token)
@require_POST
def revoke(request: HttpRequest, token: str) -> HttpResponse:
    """End a token; programs that use it read nothing from now on."""
    found = visible_or_404(Token, request.user, digest=token)
    found.revoked_at = timezone.now()
    found.save(update_fields=["revoked_at"])
    messages.success(request, _t("The token was revoked."))
    return redirect("participants:tokens")
