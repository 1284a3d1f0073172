"""What is written into an export project: countries, readiness, contracts, postal items."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.exports import declaration, operations, s10
from pochin.exports.lifecycle import guards as g
from pochin.exports.lifecycle.moves import life
from pochin.exports.models import (
    ACTIVE,
    Barrier,
    Contract,
    Declaration,
    Event,
    ItemRange,
    Project,
    ReadinessLine,
    Shipment,
    Shipped,
    State,
    Support,
    Target,
)
from pochin.exports.policy import worker
from pochin.files.models import File
from pochin.markets.rates import convert

TRADING = (State.NEGOTIATION, State.FIRST_CONTRACT, State.REGULAR)


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Choose the countries"),
    done=_("The countries were chosen"),
)
def set_targets(project: Project, *, by: Any, countries: list[str], at: datetime = NOW) -> None:
    """Name the countries the project aims at, instead of those before."""
    project.targets.all().delete()
    Target.objects.bulk_create(Target(project=project, iso3=iso3) for iso3 in countries)


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Tick off readiness"),
    done=_("A line of the checklist was done"),
)
def note_ready(project: Project, *, by: Any, line: str, evidence: str, at: datetime = NOW) -> None:
    """Say that a line of the checklist is done, and what shows it."""
    given = {"evidence": evidence, "done_by_id": by.pk, "done_at": at}
    ReadinessLine.objects.update_or_create(project=project, code=line, defaults=given)


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Note a measure of support"),
    done=_("A measure of support was noted"),
    guards=[g.day_has_come],
)
def add_support(
    project: Project, *, by: Any, words: str, given_by: str, on: date,
    amount: Decimal | None = None, at: datetime = NOW,
) -> None:  # fmt: skip
    """Write down a mission, an acceleration or a compensation that was used."""
    Support.objects.create(project=project, words=words, given_by=given_by, on=on, amount=amount)


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Note a barrier"),
    done=_("A barrier was noted"),
    guards=[g.day_has_come],
)
def add_barrier(
    project: Project, *, by: Any, words: str, answer: str, on: date, at: datetime = NOW
) -> None:
    """Write down what stands in the way, and what is done about it."""
    Barrier.objects.create(project=project, words=words, answer=answer, noted_on=on)


@life.move(
    *TRADING,
    to=STAY,
    who=worker,
    label=_("Add a contract"),
    done=_("A contract was added"),
    guards=[g.partner_is_named, g.sum_is_positive, g.contract_day_has_come],
)
def add_contract(
    project: Project, *, by: Any, paper: str, signed_on: date, amount: Decimal, currency: str,
    document: File, at: datetime = NOW,
) -> None:  # fmt: skip
    """Put in a signed contract with its document; its roubles are those of the day."""
    counted = convert(amount, currency, signed_on)
    Contract.objects.create(
        project=project, number=project.contracts.count() + 1, paper=paper, signed_on=signed_on,
        amount=amount, currency=currency, document=document, roubles=counted.roubles,
        rate_on=counted.day,
    )  # fmt: skip


@life.move(
    State.FIRST_CONTRACT,
    State.REGULAR,
    to=STAY,
    who=worker,
    label=_("Note a shipped sum"),
    done=_("A shipment was noted"),
    guards=[g.sum_is_positive, g.day_has_come, g.shipped_after_signature],
)
def note_shipped(
    project: Project, *, by: Any, contract: Contract, on: date, amount: Decimal, at: datetime = NOW
) -> None:
    """Write down what left under a contract, in its currency and in roubles of the day."""
    if contract.project_id != project.pk:
        raise Refused(_t("This contract is not of this project."))
    counted = convert(amount, contract.currency, on)
    Shipped.objects.create(
        contract=contract, number=contract.shipped.count() + 1, on=on, amount=amount,
        roubles=counted.roubles, rate_on=counted.day,
    )  # fmt: skip


# The post


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Enter a range of item numbers"),
    done=_("A range of item numbers was entered"),
)
def give_range(
    project: Project, *, by: Any, service: str, country: str, first: int, last: int,
    at: datetime = NOW,
) -> None:  # fmt: skip
    """Write down the range of numbers the post gave; numbers are issued from it in order."""
    if first > last or last > 99_999_999:
        raise Refused(_t("A range goes from a smaller to a greater number of eight digits."))
    same = ItemRange.objects.filter(service=service, country=country)
    if same.filter(first__lte=last, last__gte=first).exists():
        raise Refused(_t("Part of this range is already given out."))
    ItemRange.objects.create(
        project=project, service=service, country=country, first=first, last=last, following=first
    )


def issue_item(project: Project) -> str:
    """The next free item number of the project's ranges, with its check digit.

    Raises:
        Refused: Every range is used up, or none was entered.
    """
    ranges = ItemRange.objects.select_for_update().filter(project=project).order_by("pk")
    for given in ranges:
        while given.following <= given.last:
            item = s10.number(given.service, given.following, given.country)
            given.following += 1
            given.save(update_fields=["following"])
            if not Shipment.objects.filter(item=item).exists():
                return item
    raise Refused(_t("There is no free item number; enter a range the post gave."))


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Fill in a customs declaration"),
    done=_("A customs declaration was filled in"),
    guards=[g.may_go_by_post],
)
def fill_declaration(
    project: Project, *, by: Any, content: dict[str, Any], item: str = "", at: datetime = NOW
) -> None:
    """Fill in a CN22 or CN23; without a number of the item the next one is issued."""
    number = s10.compact(item) or issue_item(project)
    filled = {**content, "item": number}
    faults = declaration.faults(filled)
    if faults:
        raise Refused(" ".join(str(fault) for fault in faults))
    Declaration.objects.create(
        project=project, number=project.declarations.count() + 1, kind=filled["form"],
        content=filled, sha256=signatures.fingerprint(filled), made_by_id=by.pk, made_at=at,
    )  # fmt: skip


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Note a trial shipment"),
    done=_("A trial shipment was noted"),
    guards=[g.may_go_by_post, g.day_has_come],
)
def send_item(project: Project, *, by: Any, item: str, on: date, at: datetime = NOW) -> None:
    """Write down that an item was sent, to follow it by its number."""
    number = s10.compact(item)
    if not s10.is_valid(number):
        raise Refused(_t("%(item)s is no number of an item: its check digit does not fit.")
                      % {"item": number})  # fmt: skip
    if Shipment.objects.filter(item=number).exists():
        raise Refused(_t("The item %(item)s is already noted.") % {"item": number})
    Shipment.objects.create(project=project, item=number, sent_on=on, noted_by_id=by.pk)


@life.move(
    *ACTIVE,
    to=STAY,
    who=worker,
    label=_("Note what the post says of an item"),
    done=_("News of an item came from the post"),
)
def note_event(
    project: Project, *, by: Any, shipment: Shipment, events: list[dict[str, Any]],
    at: datetime = NOW,
) -> None:  # fmt: skip
    """Write down operations with an item, by the post's lists; what is known already stays."""
    if shipment.project_id != project.pk:
        raise Refused(_t("This item is not of this project."))
    for event in events:
        if event["at"] > at:
            raise Refused(_t("An operation of the post cannot be in the future."))
        if not operations.is_known(event["operation"], event["attribute"]):
            raise Refused(
                _t("The post has no operation %(code)s.")
                % {"code": f"{event['operation']}.{event['attribute']}"}
            )
    Event.objects.bulk_create(
        (Event(shipment=shipment, **event) for event in events), ignore_conflicts=True
    )
