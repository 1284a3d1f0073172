"""Whom a conversation concerns: the sides and those who work on it, nobody who judges it."""

from __future__ import annotations

import pytest

from conftest import NOON, member_company
from pochin.coordination import reach, talking
from pochin.core.policy import Forbidden
from pochin.participants.models import Membership, Seat
from pochin.sites import lifecycle as sites
from pochin.solutions.models import Solution

WORDS = "Только между сторонами."


def talks(browser, thing) -> bool:
    """Whether the page of a thing offers the conversation, and the conversation opens."""
    word = reach.token(thing)
    on_page = (
        f"/coordination/talk/{word}/" in browser.get(thing.get_absolute_url()).content.decode()
    )
    opens = browser.get(f"/coordination/talk/{word}/").status_code == 200
    assert on_page == opens
    return opens


def readers(thing) -> set[str]:
    return {person.email.partition("@")[0] for person in reach.concerned(thing)}


@pytest.mark.parametrize(
    ("reader", "reads"),
    [("nina", True), ("vera", True), ("viktor", True), ("rita", True), ("lev", True),
     ("boris", False), ("elena", False), ("anna", False), ("gleb", False), ("ulyana", False)],
)  # fmt: skip
def test_a_need_is_talked_over_by_those_who_work_on_it(reader, reads, need, cast, signed_in):
    assert talks(signed_in(getattr(cast, reader)), need) is reads
    assert (reader in readers(need)) is reads


def test_an_expert_neither_says_nor_hears_a_word_on_a_need(need, cast):
    talking.say(need, by=cast.nina, text=WORDS, at=NOON)

    with pytest.raises(Forbidden):
        talking.say(need, by=cast.boris, text="И я.", at=NOON)
    assert reach.by_token(reach.token(need), cast.boris) is None


def test_who_is_an_expert_and_more_besides_reads_as_the_other(need, cast):
    cast.boris.roles.create(programme=cast.city, code="screener", since="2026-01-01")
    boris = type(cast.boris).objects.get(pk=cast.boris.pk)

    assert reach.concerns(need, boris)


@pytest.mark.parametrize(("reader", "reads"), [("vera", True), ("anna", True), ("boris", False)])
def test_a_solution_is_not_talked_over_with_experts(reader, reads, cast, signed_in):
    solution = Solution.objects.create(
        organisation=cast.amber, programme=cast.city, number=1, name_ru="Чтец", name_en="Reader",
        state="catalogue",
    )  # fmt: skip

    assert talks(signed_in(getattr(cast, reader)), solution) is reads


@pytest.mark.parametrize(
    ("reader", "reads"),
    [("semyon", True), ("vera", True), ("lev", True), ("rita", True),
     ("boris", False), ("anna", False), ("ulyana", False)],
)  # fmt: skip
def test_a_site_is_talked_over_by_those_who_keep_it(reader, reads, offices, cast, signed_in):
    assert talks(signed_in(getattr(cast, reader)), offices[0]) is reads
    assert (reader in readers(offices[0])) is reads


def test_a_deputy_of_a_site_reads_until_released(offices, cast):
    site = offices[0]
    sites.add_deputy(site, by=cast.vera, person=cast.gleb, at=NOON)
    assert "gleb" in readers(site)

    site.deputies.update(until="2026-01-02")
    assert "gleb" not in readers(site)


def test_the_people_of_the_unit_read_on_its_sites(offices, cast, signed_in):
    Seat.objects.create(person=cast.gleb, organisation=cast.post, since="2026-01-01")

    assert talks(signed_in(cast.gleb), offices[0])


@pytest.mark.parametrize(
    ("reader", "reads"),
    [("anna", True), ("artem", True), ("vera", True), ("rita", True),
     ("nina", False), ("boris", False), ("gleb", False), ("ulyana", False)],
)  # fmt: skip
def test_a_membership_is_talked_over_by_the_company_and_the_centre(reader, reads, cast, signed_in):
    membership = Membership.objects.get(organisation=cast.amber)

    assert talks(signed_in(getattr(cast, reader)), membership) is reads
    assert (reader in readers(membership)) is reads


def test_what_is_public_of_a_membership_gives_no_stranger_its_turns(cast):
    member_company("Quartz", "7728168971", "1027700067328", cast.city, 3)

    assert not reach.turns(cast.gleb).exists()
