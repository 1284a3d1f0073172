"""Personal tokens: issue one for a program, see which there are, revoke."""

from __future__ import annotations

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


@access.shows(Token)
def index(request: HttpRequest) -> HttpResponse:
    """One's own tokens; the secret of a new one is shown once."""
    form, secret = TokenForm(request.POST or None), ""
    if form.is_valid():
        _token, secret = tokens.issue(request.user, at=timezone.now(), **form.cleaned_data)
    own = Token.objects.visible_to(request.user).filter(revoked_at__isnull=True)
    return page(
        request,
        "participants/tokens.html",
        form=TokenForm() if secret else form,
        secret=secret,
        tokens=own.order_by("-issued_at"),
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
