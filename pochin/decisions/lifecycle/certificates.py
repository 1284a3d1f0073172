"""The life of a certificate: valid → revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.core.lifecycle import NOW, Lifecycle, guard
from pochin.decisions import certificates
from pochin.decisions.models import Certificate, CertificateState, Decision, State, new_number
from pochin.decisions.policy import certifier
from pochin.evaluations.models import State as EvaluationState
from pochin.pilots.models import Outcome

certificate_life: Lifecycle[Certificate] = Lifecycle(
    "decisions.certificate",
    CertificateState,
    ends=frozenset({CertificateState.REVOKED}),
    rests={CertificateState.VALID: _("It is in force until somebody finds it wrong.")},
)
# After these the pilot is over; the others send it on.
FINAL = (Outcome.SCALE, Outcome.SCALE_WITH_CONDITIONS, Outcome.STOP)


@guard(_("The pilot is not decided yet."))
def is_decided(decision: Decision) -> bool:
    return decision.state == State.SIGNED and decision.outcome in FINAL


@guard(_("The result did not pass the threshold of the plan."))
def threshold_was_passed(decision: Decision) -> bool:
    return decision.evaluation.verdict == "meets"


@guard(_("The company has not been shown the result."))
def company_knows_the_result(decision: Decision) -> bool:
    shown = decision.evaluation.state == EvaluationState.RELEASED
    return shown and decision.pilot.organisation_id is not None


@guard(_("A trial from the archive gets no certificate: its plan was written after the data."))
def plan_came_before_the_data(decision: Decision) -> bool:
    return not decision.pilot.is_archive


@guard(_("The pilot has a valid certificate already."))
def no_certificate_is_valid(decision: Decision) -> bool:
    return not decision.pilot.certificates.filter(state=CertificateState.VALID).exists()


CERTIFIED = (
    is_decided,
    threshold_was_passed,
    company_knows_the_result,
    plan_came_before_the_data,
    no_certificate_is_valid,
)


@certificate_life.birth(
    CertificateState.VALID,
    who=certifier,
    label=_("Issue the certificate"),
    done=_("The certificate was issued"),
    guards=CERTIFIED,
)
def issue(decision: Decision, *, by: Any, at: datetime = NOW) -> Certificate:
    """Certify what the pilot has shown; anybody with the number can check it from now on."""
    number = new_number()
    said = certificates.document(decision, number=number, at=at)
    return Certificate(
        pilot=decision.pilot,
        decision=decision,
        number=number,
        document=said,
        sha256=signatures.fingerprint(said),
        issued_by_id=by.pk,
        issued_at=at,
    )


@guard(_("Write why it is revoked."))
def revocation_has_words(certificate: Certificate, *, reason: str) -> bool:
    return bool(reason.strip())


@certificate_life.move(
    CertificateState.VALID,
    to=CertificateState.REVOKED,
    who=certifier,
    label=_("Revoke the certificate"),
    done=_("The certificate was revoked"),
    guards=[revocation_has_words],
    is_final=True,
)
def revoke(certificate: Certificate, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Take it back for a reason that everybody who checks it will read."""
    certificate.revoked_at = at
    certificate.reason = reason
