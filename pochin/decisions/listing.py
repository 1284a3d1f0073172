"""How published results are listed."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pochin.decisions import certificates, results
from pochin.decisions.models import PublicationState
from pochin.evaluations import side_by_side, words
from pochin.pilots.models import Outcome
from pochin.ui import charts, parts
from pochin.ui.lists import Column, Filter, Listing
from pochin.ui.tones import state_badge

VERDICTS = [(code, label) for code, (label, _tone) in words.VERDICTS.items() if code != "invalid"]


def _judged(told: Any) -> SafeString:
    """The verdict of the numbers, and under it what people decided."""
    words, tone = results.verdict(told.document)
    decided = gettext("Decision: %(outcome)s") % {"outcome": Outcome(told.decision.outcome).label}
    badge = parts.badge(words, tone=tone)
    return SafeString(f'<span>{badge}<span class="cap">{parts.escaped(decided)}</span></span>')


class ResultListing(Listing):
    """What the pilots came to, for everybody; those inside also see what is being asked for."""

    name = "results"
    sort = "published_at"
    columns = (
        Column(
            name="pilot",
            label=_("Pilot"),
            main=True,
            value=lambda told: f"{told.code} {told.pilot.title}",
            cell=lambda told: parts.under(f"{told.code} {told.pilot.title}", told.company_words),
        ),
        Column(name="finding", label=_("What was shown"), value=lambda told: told.finding),
        Column(
            name="picture",
            label=_("Against its threshold"),
            value=lambda told: told.finding,
            cell=lambda told: told.picture,
            taken=False,
            css="plot",
        ),
        Column(
            name="verdict",
            label=_("Verdict"),
            value=lambda told: str(results.verdict(told.document)[0]),
            cell=_judged,
        ),
        Column(
            name="outcome",
            label=_("Decision"),
            value=lambda told: str(Outcome(told.decision.outcome).label),
            # It stands under the verdict: the words of the finding need the room.
            shown=False,
        ),
        Column(
            name="published_at",
            label=_("Published"),
            kind="moment",
            sort=("-published_at", "-id"),
            cell=lambda told: (
                parts.day(told.published_at, short=True)
                if told.state == PublicationState.PUBLISHED
                else state_badge(told)
            ),
        ),
    )
    filters = (
        Filter(name="verdict", label=_("Verdict"), choices=VERDICTS, field="verdict"),
        Filter(
            name="outcome", label=_("Decision"), choices=Outcome.choices, field="decision__outcome"
        ),
    )
    empty_title = _("No results are published yet")
    empty_text = _("A result appears here once its pilot is decided and the company has agreed.")

    def prepare(self, things: list[Any]) -> list[Any]:
        shares = {told.pk: results.share(told.document) for told in things}
        scale = side_by_side.shared_scale(shares.values())
        for told in things:
            label = str(results.verdict(told.document)[0])
            told.finding = certificates.finding(told.document)
            told.company_words = certificates.in_language(told.document["company"])
            told.picture = charts.interval(
                shares[told.pk], scale, threshold=1, label=label, fill=True
            )
        return things

    def href(self, thing: Any) -> str:
        return thing.get_absolute_url()
