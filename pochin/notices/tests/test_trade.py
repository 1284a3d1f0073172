"""What is told of exports: the people of a project hear that their certificate was revoked."""

from datetime import date

from conftest import NOON, person
from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.exports import lifecycle as exports
from pochin.notices import letters
from pochin.participants.models import RoleHeld
from pochin.participants.policy import Role


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
