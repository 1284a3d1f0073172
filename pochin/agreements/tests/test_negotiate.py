"""From the draft over the negotiation and the approvals to the signatures, and past the term."""

from datetime import date, timedelta

import pytest

from conftest import NOON
from pochin.agreements import diffing, lifecycle
from pochin.agreements.models import Agreement, State, in_force
from pochin.agreements.tasks import keep_terms
from pochin.agreements.tests.conftest import CLAUSE
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.participants.models import RoleHeld
from pochin.participants.policy import Role


@pytest.fixture
def proposed(draft, cast):
    lifecycle.write_clause(draft, by=cast.vera, at=NOON, place=1, **CLAUSE)
    return lifecycle.propose(draft, by=cast.vera, at=NOON)


@pytest.fixture
def asked(proposed, cast):
    return lifecycle.ask_approvals(proposed, by=cast.vera, kinds=["business"], at=NOON)


def holders(agreement):
    return sorted(turn.holder for turn in turns.of(agreement))


def writers(cast):
    return sorted(f"{role}@{cast.city.pk}" for role in (Role.COORDINATOR, Role.LAWYER))


def sees(reader):
    return Agreement.objects.visible_to(reader).exists()


def test_shown_to_the_parties_it_is_read_and_waits_for_them(proposed, cast, olga):
    assert [sees(p) for p in (cast.anna, olga, cast.gleb)] == [True, True, False]
    assert [t.holder for t in turns.of(proposed)] == [f"edit@org-{cast.amber.pk}"]


def test_every_change_while_it_is_negotiated_is_a_version(proposed, cast):
    lifecycle.write_clause(
        proposed, by=cast.vera, at=NOON, place=1, **{**CLAUSE, "text_ru": "25 пилотов."}
    )
    lifecycle.edit(proposed, by=cast.vera, at=NOON, title_ru="О пилотах")

    versions = list(proposed.versions.order_by("number"))
    assert [(v.number, v.made_by) for v in versions] == [(n, cast.vera) for n in (1, 2, 3)]
    assert versions[-1].sha256 == proposed.fingerprint() == proposed.sha256
    assert versions[0].content["clauses"][0][3] == CLAUSE["text_ru"]


def test_a_draft_leaves_no_versions(draft, cast):
    lifecycle.write_clause(draft, by=cast.vera, at=NOON, place=1, **CLAUSE)

    assert not draft.versions.exists()


def test_parties_and_the_decision_owner_are_asked_to_agree(asked, cast):
    assert sorted(t.holder for t in turns.of(asked)) == sorted(
        [f"edit@org-{cast.amber.pk}", f"edit@org-{cast.post.pk}", f"director@{cast.city.pk}"]
    )


def test_agreed_by_all_it_is_signed(asked, cast, django_capture_on_commit_callbacks):
    asked.approvals.filter(organisation=cast.post).update(by=cast.nina, at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.approve(asked, by=cast.anna, at=NOON)
    asked.refresh_from_db()
    assert asked.state == State.APPROVALS

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.approve(asked, by=cast.kira, at=NOON)

    asked.refresh_from_db()
    assert asked.state == State.SIGNING


@pytest.mark.parametrize("stranger", ["gleb", "artem", "vera", "lev"])
def test_only_who_was_asked_agrees(stranger, asked, cast):
    with pytest.raises(Forbidden, match="only by those who were asked to agree"):
        lifecycle.approve(asked, by=getattr(cast, stranger), at=NOON)


def test_what_stands_against_sends_it_back(asked, cast):
    lifecycle.approve(asked, by=cast.kira, at=NOON)
    lifecycle.object_to(asked, by=cast.anna, reason="Нет срока ответа.", at=NOON)

    assert (asked.state, asked.remarks.get().text) == (State.ANSWERED, "Нет срока ответа.")
    assert not asked.approvals.exists()
    assert holders(asked) == writers(cast)


def test_before_all_agreed_nobody_signs(asked, cast):
    with pytest.raises(Refused, match="Not everybody who was asked"):
        lifecycle.fix(asked, by=SYSTEM, at=NOON)
    with pytest.raises(Refused, match="already “being approved”"):
        lifecycle.sign(asked, by=cast.anna, organisation=cast.amber, at=NOON)


def test_versions_are_told_apart_word_by_word(proposed, cast):
    lifecycle.write_clause(
        proposed, by=cast.vera, at=NOON, place=1,
        **{**CLAUSE, "text_ru": "Стороны проводят 25 пилотов в год."},
    )  # fmt: skip
    first, second = (v.content for v in proposed.versions.order_by("number"))

    [changed] = [part for part in diffing.parts(first, second) if part.is_changed]

    assert [(p.kind, p.text) for p in changed.pieces if p.kind != "same"] == [
        ("gone", "20"),
        ("added", "25"),
    ]


def named(agreement, cast):
    """The draft with those who sign it on paper."""
    for company in (cast.amber, cast.post):
        lifecycle.remove_party(agreement, by=cast.vera, organisation=company, at=NOON)
        lifecycle.add_party(
            agreement, by=cast.vera, organisation=company, at=NOON, signs_ru="Иванов",
            post_ru="директор",
        )  # fmt: skip


def test_signed_on_paper_it_is_in_force_at_once(draft, cast, django_capture_on_commit_callbacks):
    named(draft, cast)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.enter_from_paper(draft, by=cast.vera, signed_on=date(2026, 3, 1), at=NOON)
    draft.refresh_from_db()

    assert (draft.state, draft.is_on_paper) == (State.IN_FORCE, True)
    assert in_force(cast.amber, cast.post, ["pilot"], date(2026, 3, 2))
    assert draft.versions.get().sha256 == draft.sha256


@pytest.mark.parametrize(
    ("day", "why"),
    [(date(2026, 3, 3), "still ahead"), (date(2027, 1, 1), "still ahead")],
)
def test_a_day_of_signatures_that_is_ahead_is_refused(day, why, draft, cast):
    named(draft, cast)

    with pytest.raises(Refused, match=why):
        lifecycle.enter_from_paper(draft, by=cast.vera, signed_on=day, at=NOON)
    assert draft.versions.count() == 0


def test_signatures_after_the_term_are_refused(draft, cast):
    named(draft, cast)
    later = NOON + timedelta(days=400)

    with pytest.raises(Refused, match="over before the day of the signatures"):
        lifecycle.enter_from_paper(draft, by=cast.vera, signed_on=date(2027, 2, 1), at=later)


def test_on_paper_those_who_signed_must_be_named(draft, cast):
    with pytest.raises(Refused, match="Who signs for each party"):
        lifecycle.enter_from_paper(draft, by=cast.vera, signed_on=date(2026, 3, 1), at=NOON)


def test_it_goes_on_by_itself_as_was_agreed(signed, cast):
    Agreement.objects.update(
        renewal="automatic",
        renewal_months=12,
        starts_on=date(2020, 1, 1),
        ends_on=date(2026, 1, 31),
    )
    keep_terms.func()
    signed.refresh_from_db()

    assert (signed.state, signed.ends_on) == (State.IN_FORCE, date(2026, 1, 31))
    assert signed.prolonged_until == date(2027, 1, 31)
    assert in_force(cast.amber, cast.post, ["pilot"], date(2026, 12, 1))
    assert not in_force(cast.amber, cast.post, ["pilot"], date(2027, 2, 1))


def test_a_party_may_let_it_end(signed, cast):
    Agreement.objects.update(renewal="automatic", renewal_months=12)
    lifecycle.end_with_term(signed, by=cast.anna, reason="Хватит.", at=NOON)

    Agreement.objects.update(starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31))
    keep_terms.func()

    signed.refresh_from_db()
    assert signed.state == State.EXPIRED


def one_more(signed, number, *companies):
    """Another agreement in force, between these."""
    made = Agreement.objects.get(pk=signed.pk)
    made.pk, made.number = None, number
    made.save(force_insert=True)
    for company in companies:
        made.party_set.create(organisation=company)
    return made


@pytest.fixture
def another(signed, cast):
    """Another agreement in force between the same two."""
    return one_more(signed, 9, cast.amber, cast.post)


def test_it_is_renewed_by_another_of_the_same_parties(signed, another, cast):
    lifecycle.renew(signed, by=cast.vera, successor=another, at=NOON)

    assert (signed.state, signed.successor) == (State.RENEWED, another)


def test_another_between_other_parties_does_not_renew_it(signed, another, cast):
    other = one_more(signed, 10, cast.granite, cast.post)

    with pytest.raises(Refused, match="between other parties"):
        lifecycle.renew(signed, by=cast.vera, successor=other, at=NOON)


def test_without_another_of_the_same_parties_nothing_renews_it(signed, cast):
    other = one_more(signed, 10, cast.amber, cast.post, cast.granite)

    with pytest.raises(Refused, match="No other agreement of the same parties is signed yet"):
        lifecycle.renew(signed, by=cast.vera, successor=other, at=NOON)


def test_only_agreements_of_the_same_parties_are_offered_by_their_numbers(
    signed, another, cast, signed_in
):
    other = one_more(signed, 10, cast.granite, cast.post)
    page = signed_in(cast.vera).get(f"{signed.get_absolute_url()}renew/").content.decode()

    assert (f">{another.code} " in page, f">{other.code} " in page) == (True, False)


def test_opened_to_everybody_it_is_read_once_it_is_signed(signed, cast):
    assert not sees(cast.gleb)
    Agreement.objects.update(is_public=True)

    assert [sees(cast.gleb), Agreement.objects.inside(cast.gleb).exists()] == [True, False]
    Agreement.objects.update(state="signing")
    assert not sees(cast.gleb)


def test_export_managers_read_them(draft, cast):
    RoleHeld.objects.create(
        person=cast.gleb, programme=cast.city, code=Role.EXPORT_MANAGER, since="2026-01-01"
    )
    gleb = type(cast.gleb).objects.get(pk=cast.gleb.pk)

    assert sees(gleb)
