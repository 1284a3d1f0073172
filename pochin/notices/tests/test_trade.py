"""What is told of exports, deals and agreements: each side hears what concerns it."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from conftest import NOON, on, person
from pochin.agreements import lifecycle as agreements
from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.deals import lifecycle as deals
from pochin.deals import tasks
from pochin.deals.models import Deal, Payment
from pochin.exports import lifecycle as exports
from pochin.notices import letters, wording
from pochin.notices.models import Notice
from pochin.participants.models import RoleHeld
from pochin.participants.policy import Role
from pochin.ui import formats


def test_a_revoked_certificate_is_told_to_the_company_and_its_helper(cast):
    ksenia = person("ksenia")
    RoleHeld.objects.create(
        person=ksenia, programme=cast.city, code=Role.EXPORT_MANAGER, since=date(2026, 1, 1)
    )
    project = exports.begin(
        cast.city, by=cast.anna, organisation=cast.amber, title_ru="Весы", form="goods", at=NOON
    )
    exports.take_on(project, by=ksenia, at=NOON)
    exports.lose_certificate(project, by=SYSTEM, reason="Сломаны.", at=NOON)

    told = letters.told(Entry.objects.get(verb="exports.lose_certificate"))
    assert {(str(group), who) for group, who in told} == {
        ("decision", cast.anna), ("decision", ksenia),
    }  # fmt: skip


def test_a_late_payment_is_told_to_the_seller_and_to_who_leads_the_deal_once(cast, monkeypatch):
    deal = deals.begin(
        cast.city, by=cast.vera, at=NOON, title_ru="Весы", buyer=cast.post, seller=cast.amber
    )
    Deal.objects.update(
        state="signed", manager=cast.vera, signed_at=NOON, amount=Decimal("10.00"), sha256="a" * 64
    )
    payment = Payment.objects.create(
        deal=deal, number=1, words="Аванс", due_on=date(2026, 3, 10), amount=Decimal("10.00")
    )
    monkeypatch.setattr(timezone, "now", lambda: on(3, 10, 20))
    in_time = tasks.tell_late_payments.func()
    monkeypatch.setattr(timezone, "now", lambda: on(3, 11, 6))
    first, again = tasks.tell_late_payments.func(), tasks.tell_late_payments.func()
    payment.refresh_from_db()

    told = letters.told(Entry.objects.get(verb="deals.note_late"))
    assert (in_time, first, again) == (0, 1, 0)
    assert payment.late_told_at == on(3, 11, 6)
    assert {(str(group), who) for group, who in told} == {
        ("turn", cast.anna), ("turn", cast.vera),
    }  # fmt: skip


def proposed(cast):
    """An agreement that the company and the post are shown."""
    agreement = agreements.begin(
        cast.city, by=cast.vera, at=NOON, kind="nda", title_ru="О тайне", text_ru="Не говорим.",
        starts_on=date(2026, 3, 1),
    )  # fmt: skip
    for company in (cast.amber, cast.post):
        agreements.add_party(agreement, by=cast.vera, organisation=company, at=NOON)
    agreements.propose(agreement, by=cast.vera, at=NOON)
    return agreement


def test_a_remark_is_told_to_the_writers_and_its_answer_to_the_party(cast):
    agreement = proposed(cast)
    agreements.remark(agreement, by=cast.anna, note="Срок мал.", at=on(3, 3))
    remark = agreement.remarks.get()
    agreements.answer_remark(agreement, by=cast.vera, remark=remark, is_taken=True, at=on(3, 4))

    said, answered = (
        {(str(group), who) for group, who in letters.told(Entry.objects.get(verb=verb))}
        for verb in ("agreements.remark", "agreements.answer_remark")
    )
    assert said == {("turn", cast.vera)}
    assert ("story", cast.anna) in answered


def test_the_other_side_reads_who_broke_a_negotiation_off_and_why(cast):
    agreement = proposed(cast)
    agreements.break_off(agreement, by=cast.kira, reason="Не договорились.", at=on(3, 4))
    entry = Entry.objects.get(verb="agreements.break_off")
    letters.note(entry)

    [line] = wording.lines(Notice.objects.filter(entry=entry, person=cast.anna), cast.anna)
    assert cast.anna in {who for _group, who in letters.told(entry)}
    assert line.what == "The agreement will not be concluded"
    day = formats.day(date(2026, 3, 4))
    assert line.why == f"By {cast.city.centre}, on {day}. Не договорились."
