"""The conditions of an export project's moves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import guard
from pochin.decisions.models import Certificate, CertificateState
from pochin.exports import post
from pochin.exports.models import Control, Project, Readiness, Shipped
from pochin.markets import nomenclature
from pochin.participants.models import is_member


@guard(_("Only an admitted member of the programme has an export project."))
def company_is_admitted(project: Project) -> bool:
    return is_member(project.organisation_id, project.programme_id)


@guard(_("Goods need a code of today's nomenclature first."))
def code_is_right(project: Project) -> bool:
    return not project.is_goods or nomenclature.check(project.goods_code).is_right


@guard(_("Choose the countries the project aims at."))
def has_targets(project: Project) -> bool:
    return project.targets.exists()


@guard(_("Write down what export control answered first."))
def control_has_answered(project: Project) -> bool:
    return project.control != Control.UNASKED


@guard(_("Export control does not allow this export."))
def control_allows(project: Project) -> bool:
    return project.control != Control.FORBIDDEN


@guard(_("An answer of export control needs a number and a day that is not in the future."))
def control_paper_is_whole(project: Project, *, paper: str, on: date | None, at: datetime) -> bool:
    return bool(paper.strip()) and on is not None and on <= timezone.localdate(at)


@guard(_("Not every line of the readiness checklist is done."))
def is_ready(project: Project) -> bool:
    done = set(project.readiness.values_list("code", flat=True))
    return wanted(project) <= done


def wanted(project: Project) -> set[str]:
    """The lines a project needs: what is not goods needs no logistics."""
    left_out = set() if project.is_goods else {Readiness.LOGISTICS.value}
    return set(Readiness.values) - left_out


@guard(_("The company has no valid certificate: one is issued once a pilot of its solution is "
         "decided on."))  # fmt: skip
def company_has_a_certificate(project: Project) -> bool:
    own = Certificate.objects.filter(pilot__organisation=project.organisation_id)
    return own.filter(state=CertificateState.VALID).exists()


@guard(_("No certificate is attached."))
def certificate_is_there(project: Project) -> bool:
    return project.certificate_id is not None


@guard(_("The attached certificate was revoked: attach another one, or take it off."))
def certificate_stands(project: Project) -> bool:
    attached = project.certificate
    return attached is None or attached.state == CertificateState.VALID


@guard(_("Name the partner abroad first."))
def partner_is_named(project: Project) -> bool:
    return bool(project.partner and project.partner_country)


@guard(_("There is no contract with its document yet."))
def has_a_contract(project: Project) -> bool:
    return project.contracts.exists()


@guard(_("Regular export begins with the second shipped sum."))
def has_shipped_twice(project: Project) -> bool:
    return Shipped.objects.filter(contract__project=project).count() >= 2


@guard(_("This day has not come yet."))
def day_has_come(project: Project, *, on: date, at: datetime) -> bool:
    return on <= timezone.localdate(at)


@guard(_("A contract cannot be signed on a future day."))
def contract_day_has_come(project: Project, *, signed_on: date, at: datetime) -> bool:
    return signed_on <= timezone.localdate(at)


@guard(_("A sum must be more than zero."))
def sum_is_positive(project: Project, *, amount: Decimal) -> bool:
    return amount > 0


@guard(_("Nothing is shipped before its contract is signed."))
def shipped_after_signature(project: Project, *, contract: Any, on: date) -> bool:
    return on >= contract.signed_on


@guard(_("This cannot go by post yet; the reason stands under “By post” on the project's page."))
def may_go_by_post(project: Project) -> bool:
    return not post.why_not(project)
