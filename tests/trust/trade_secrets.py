"""Secrets of trade, of councils and of operations: each happens in the second of two worlds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from conftest import NOON, on
from pochin.agreements import lifecycle as agreements
from pochin.coordination.lifecycle import meetings, tasks
from pochin.deals import lifecycle as deals
from pochin.exports import lifecycle as exports
from pochin.jobs.models import Job
from pochin.measurements.models import Watch
from pochin.pilots.models import SiteSlot
from pochin.reviews import lifecycle as reviews

EARLY = on(3, 20)


def a_rivals_deal(cast: Any, own: Any, double: Any) -> None:
    """The post means to buy from Granite, at a price."""
    deals.begin(
        cast.city, by=cast.vera, at=EARLY, title_ru="Весы Гранита", title_en="Scales of Granite",
        buyer=cast.post, seller=cast.granite, amount=Decimal("77123.00"),
    )  # fmt: skip


def a_price(cast: Any, own: Any, double: Any) -> None:
    """The price of the deal with Amber is another one."""
    deals.edit(own.deal, by=cast.vera, amount=Decimal("77123.00"), at=EARLY)


def an_objection(cast: Any, own: Any, double: Any) -> None:
    """A lawyer of the buyer finds the deal too dear; the seller never reads that."""
    double(own.approval, number=2, kind="legal", state="returned", remarks="Дорого для весов.")


def a_negotiation(cast: Any, own: Any, double: Any) -> None:
    """The centre shows Granite the words of an agreement, and Gleb wants them otherwise."""
    made = agreements.begin(
        cast.city, by=cast.vera, at=EARLY, kind="nda", title_ru="Весы втайне",
        title_en="Secret scales", text_ru="Молчим о весах.", starts_on=on(12, 1).date(),
    )  # fmt: skip
    for side in (cast.post, cast.granite):
        agreements.add_party(made, by=cast.vera, organisation=side, at=EARLY)
    agreements.propose(made, by=cast.vera, at=EARLY)
    agreements.remark(made, by=cast.gleb, note="Весы не называть.", at=EARLY)


def minutes(cast: Any, own: Any, double: Any) -> None:
    """Kira and Lev met, and what they said about the scales is written down and not published."""
    held = meetings.plan(
        cast.city, by=cast.vera, at=EARLY, title_ru="Весы: провал", title_en="Scales: a failure",
        chair=cast.kira, starts_at=on(5, 6), ends_at=on(5, 6, 11),
    )  # fmt: skip
    meetings.add_item(held, by=cast.vera, title_ru="О весах", about=own.pilot, at=EARLY)
    meetings.add_invitee(held, by=cast.vera, person=cast.lev, at=EARLY)
    meetings.send_invitations(held, by=cast.vera, at=EARLY)
    meetings.hold(held, by=cast.vera, present=[cast.lev], at=on(5, 7))
    meetings.write_minutes(
        held, by=cast.vera, minutes_ru="Весы врут.", minutes_en="Scales lie.", at=on(5, 7)
    )


def a_task(cast: Any, own: Any, double: Any) -> None:
    """Vera asks Lev to look into the scales."""
    tasks.give(
        cast.city, by=cast.vera, at=EARLY, title_ru="Проверить весы", title_en="Check the scales",
        due_on=on(6, 1).date(), responsible=cast.lev, controller=cast.vera, about=own.pilot,
    )  # fmt: skip


def a_draft(cast: Any, own: Any, double: Any) -> None:
    """Elena has begun to write her review and handed nothing in."""
    asked = own.application.assignments.get(expert=cast.elena)
    reviews.keep_draft(asked, {"question": "Весы врут?", "probability": 7}, by=cast.elena)


def a_raised_flag(cast: Any, own: Any, double: Any) -> None:
    """The watch over the readings noticed that the arms are not what the lot made them."""
    raised = {"code": "srm", "severity": "block", "message": "Units are missing.", "evidence": {}}
    Watch.objects.update_or_create(pilot=own.pilot, defaults={"flags": [raised], "at": EARLY})


def a_departure(cast: Any, own: Any, double: Any) -> None:
    """A site has left the pilot because of what was tried there."""
    SiteSlot.objects.filter(pk=own.slot.pk).update(
        state="left", left_on=on(4, 8).date(), left_because="solution", reasons="Весы сгорели."
    )


def a_failed_job(cast: Any, own: Any, double: Any) -> None:
    """Background work failed, with a trace that names what it was about."""
    Job.objects.create(
        task="pochin.measurements.tasks.take_in", state="failed", run_after=NOON, enqueued_at=NOON,
        finished_at=on(5, 7), errors=[{"at": "2026-05-07", "error": "Весы", "trace": "Весы"}],
    )  # fmt: skip


def a_barrier(cast: Any, own: Any, double: Any) -> None:
    """Amber's way abroad is barred by something it tells the centre alone."""
    exports.add_barrier(own.project, by=cast.anna, words="Весы арестованы.", answer="Ждём.",
                        on=EARLY.date(), at=EARLY)  # fmt: skip


# Each secret, who may not know it, and somebody who may.
OF_TRADE = {
    a_rivals_deal: ("guest anna artem boris elena semyon viktor ulyana", "vera"),
    a_price: ("guest gleb boris elena semyon viktor ulyana", "anna"),
    an_objection: ("guest anna artem gleb boris semyon viktor ulyana", "vera"),
    a_negotiation: ("guest anna artem boris elena semyon viktor ulyana", "gleb"),
    minutes: ("guest anna artem gleb boris semyon ulyana", "lev"),
    a_task: ("guest anna artem gleb boris semyon ulyana", "lev"),
    a_draft: ("guest anna gleb nina vera kira boris konstantin", "elena"),
    a_raised_flag: ("guest gleb boris elena viktor ulyana", "lev"),
    # Whoever reads the result reads in it that a site left: Viktor, too.
    a_departure: ("guest gleb boris elena ulyana", "lev"),
    a_failed_job: ("guest anna gleb vera kira rita ulyana", "zakhar"),
    a_barrier: ("guest gleb boris elena semyon lev ulyana", "vera"),
}
