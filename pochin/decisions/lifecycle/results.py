"""The life of a published result: asked → published → withdrawn; or declined by the company."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.core.lifecycle import NOW, Lifecycle, guard
from pochin.decisions import results
from pochin.decisions.lifecycle.certificates import company_knows_the_result, is_decided
from pochin.decisions.models import Decision, PublicationState, PublishedResult
from pochin.decisions.policy import certifier
from pochin.pilots.policy import vendor_signatory

result_life: Lifecycle[PublishedResult] = Lifecycle(
    "decisions.result",
    PublicationState,
    ends=frozenset({PublicationState.DECLINED, PublicationState.WITHDRAWN}),
    rests={PublicationState.PUBLISHED: _("Everybody may read it.")},
)
result_life.waits(
    PublicationState.ASKED,
    on=lambda told: [f"sign@org-{told.pilot.organisation_id}"],
    owner=vendor_signatory.words,
    clock="result publication",
    days=10,
    words=_("Agree that the result is published, or decline"),
)


@guard(_("A gate of the plan withheld the number: there is nothing to publish."))
def number_was_not_withheld(decision: Decision) -> bool:
    return results.has_number(decision.evaluation)


@guard(_("The pilot is not in the public register."))
def pilot_is_public(decision: Decision) -> bool:
    return decision.pilot.is_public


@guard(_("The result is published already, or the company has been asked."))
def nothing_is_published(decision: Decision) -> bool:
    live = [PublicationState.ASKED, PublicationState.PUBLISHED]
    return not decision.pilot.published_results.filter(state__in=live).exists()


@result_life.birth(
    PublicationState.ASKED,
    who=certifier,
    label=_("Ask to publish the result"),
    done=_("The company was asked whether the result may be published"),
    guards=[
        is_decided,
        company_knows_the_result,
        number_was_not_withheld,
        pilot_is_public,
        nothing_is_published,
    ],
)
def ask(
    decision: Decision, *, by: Any, words_ru: str = "", words_en: str = "", at: datetime = NOW
) -> PublishedResult:
    """Fix what everybody would read, and ask the company whether it may be shown."""
    said = results.document(decision)
    return PublishedResult(
        pilot=decision.pilot,
        decision=decision,
        number=decision.pilot.published_results.count() + 1,
        document=said,
        sha256=signatures.fingerprint(said),
        verdict=decision.evaluation.verdict,
        words_ru=words_ru,
        words_en=words_en,
        asked_by_id=by.pk,
        asked_at=at,
    )


@result_life.move(
    PublicationState.ASKED,
    to=PublicationState.PUBLISHED,
    who=vendor_signatory,
    label=_("Agree to the publication"),
    done=_("The company agreed: the result is published"),
)
def agree(told: PublishedResult, *, by: Any, at: datetime = NOW) -> None:
    """Let everybody read the result."""
    told.agreed_by_id = by.pk
    told.published_at = at


@guard(_("Write why."))
def reason_is_written(told: PublishedResult, *, reason: str) -> bool:
    return bool(reason.strip())


@result_life.move(
    PublicationState.ASKED,
    to=PublicationState.DECLINED,
    who=vendor_signatory,
    label=_("Decline the publication"),
    done=_("The company declined the publication"),
    guards=[reason_is_written],
    is_final=True,
)
def decline(told: PublishedResult, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Keep the result between those inside the pilot."""
    told.reason = reason


@result_life.move(
    PublicationState.ASKED,
    PublicationState.PUBLISHED,
    to=PublicationState.WITHDRAWN,
    who=certifier,
    label=_("Withdraw the publication"),
    done=_("The result was taken off the public pages"),
    guards=[reason_is_written],
    is_final=True,
)
def withdraw(told: PublishedResult, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Take it off the public pages; those inside the pilot read why."""
    told.reason = reason
