"""Certificates: issued, looked up by their number, shown and handed out."""

from __future__ import annotations

from functools import partial

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.core import journal
from pochin.core.checkpoints import signing_key
from pochin.core.lifecycle import obstacles
from pochin.decisions import certificates, lifecycle
from pochin.decisions.forms import NumberForm, RevokeForm
from pochin.decisions.models import Certificate, CertificateState, Decision, by_number
from pochin.decisions.policy import certifier
from pochin.decisions.views.decisions import as_read, find
from pochin.ui import access
from pochin.ui.moves import acting
from pochin.ui.shortcuts import page, render_error


@access.shows(Decision)
def certify(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """Issue the certificate of a decided pilot, after a look at what it will say."""
    decision = find(request.user, pilot, number)
    certifier.demand(request.user, decision)
    if request.method == "POST":
        return redirect(lifecycle.issue(decision, by=request.user))
    birth = lifecycle.certificate_life.moves["issue"]
    missing = list(obstacles(birth, decision, {"by": request.user}))
    said = None
    if not missing:
        said = certificates.document(decision, number="0000-0000", at=timezone.now())
    return page(
        request,
        "decisions/certify.html",
        decision=decision,
        pilot=decision.pilot,
        missing=missing,
        **(as_read(said) if said else {}),
    )


BY_NUMBER = "a certificate is shown to whoever holds its number"


@access.public(BY_NUMBER)
def look_up(request: HttpRequest) -> HttpResponse:
    """Check a certificate by its number."""
    form = NumberForm(request.GET or None)
    if form.is_valid():
        found = _sought(request, form.cleaned_data["number"])
        if found is not None:
            return redirect(found)
        form.add_error(
            "number", _("No certificate has this number. Compare it character by character.")
        )
    status = 404 if form.is_bound and form.errors else 200
    return page(request, "decisions/look_up.html", form=form, status=status)


def _sought(request: HttpRequest, number: str) -> Certificate | None:
    """Look a number up; whoever names too many that are none waits, also for the right one."""
    guess = partial(
        ratelimit.consume, request, app="pochin.decisions", action="number", config=GUESSES,
        limit_get=True,
    )  # fmt: skip
    if not guess(dry_run=True):
        raise ImmediateHttpResponse(render_error(request, 429))
    found = by_number(number)
    if found is None:
        guess()
    return found


# More than a person mistypes in a minute; all numbers there can be are more than a million million.
GUESSES = {"number": "30/m/ip"}


def _held(request: HttpRequest, key: str) -> Certificate:
    found = _sought(request, key)
    if found is None:
        raise Http404
    return found


@access.public(BY_NUMBER)
def certificate_page(request: HttpRequest, key: str) -> HttpResponse:
    """Whether a certificate is valid, what it says, and how to check it without us."""
    certificate = _held(request, key)
    inside = Certificate.objects.visible_to(request.user).filter(pk=certificate.pk).exists()
    answer = page(
        request,
        "decisions/certificate.html",
        certificate=certificate,
        said=certificate.document,
        is_valid=certificate.state == CertificateState.VALID and certificate.is_whole,
        is_whole=certificate.is_whole,
        is_own_key=certificate.document["key"]
        == signing_key().public_key().public_bytes_raw().hex(),
        prints=certificates.prints(certificate.document),
        languages=certificates.LANGUAGES,
        inside=inside,
        actions=lifecycle.certificate_life.actions(request.user, certificate) if inside else [],
        story=journal.of(certificate) if inside else [],
        **as_read(certificate.document),
    )
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _valid(request: HttpRequest, key: str) -> Certificate:
    certificate = _held(request, key)
    if certificate.state != CertificateState.VALID:
        raise Http404
    return certificate


@access.public(BY_NUMBER)
def certificate_json(request: HttpRequest, key: str) -> HttpResponse:
    """The sealed twin for machines, while the certificate is valid."""
    certificate = _valid(request, key)
    answer = HttpResponse(certificates.as_json(certificate), content_type="application/json")
    return _handed_out(answer, f"certificate-{certificate.number}.json")


@access.public(BY_NUMBER)
def certificate_paper(request: HttpRequest, key: str, language: str) -> HttpResponse:
    """The certificate on paper, while it is valid."""
    certificate = _valid(request, key)
    if language not in certificates.LANGUAGES:
        raise Http404
    told = certificates.pdf(certificate, language=language)
    answer = HttpResponse(told, content_type="application/pdf")
    return _handed_out(answer, f"certificate-{certificate.number}-{language}.pdf")


def _handed_out(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Robots-Tag"] = "noindex"
    return answer


act_on_certificate = acting(lifecycle.certificate_life, Certificate, forms={"revoke": RevokeForm})
