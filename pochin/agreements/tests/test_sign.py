"""An agreement from the draft to the end of its term."""

from datetime import date, timedelta

import pytest

from conftest import NOON
from pochin.agreements import lifecycle
from pochin.agreements.models import Agreement, State, in_force
from pochin.agreements.tasks import keep_terms
from pochin.core import signatures, turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.participants.models import Guest, Person, Seat


def sees(reader):
    return Agreement.objects.visible_to(reader).exists()


def test_numbers_count_up_within_a_programme(draft, cast):
    given = {"kind": "nda", "title_ru": "Тайна", "starts_on": NOON.date(), "at": NOON}

    second = lifecycle.begin(cast.city, by=cast.vera, **given)
    other = lifecycle.begin(cast.region, by=cast.ulyana, **given)

    assert (draft.number, second.number, other.number) == (1, 2, 1)


def test_a_draft_is_seen_by_the_programme_alone(draft, cast, olga):
    people = [cast.vera, cast.kira, cast.lev, cast.rita, cast.anna, olga, cast.ulyana, Guest()]

    assert [sees(p) for p in people] == [True, True, True, True, False, False, False, False]


def test_when_sent_its_parties_read_it(sent, cast, olga):
    people = [cast.anna, cast.artem, olga, cast.gleb, cast.ulyana, cast.boris, Guest()]

    assert [sees(p) for p in people] == [True, True, True, False, False, False, False]


def test_it_waits_for_everybody_who_has_not_signed(sent, cast):
    assert sorted(turn.holder for turn in turns.of(sent)) == sorted(
        [f"sign@org-{cast.amber.pk}", f"sign@org-{cast.post.pk}"]
    )

    lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)

    assert [turn.holder for turn in turns.of(sent)] == [f"sign@org-{cast.post.pk}"]


@pytest.mark.parametrize("stranger", ["anna", "kira", "ulyana", "nina"])
def test_only_coordinators_and_lawyers_prepare_it(stranger, draft, cast):
    with pytest.raises(Forbidden, match="only by a coordinator"):
        lifecycle.edit(draft, by=getattr(cast, stranger), at=NOON, title_ru="Иное")


def test_it_needs_two_parties(draft, cast):
    lifecycle.remove_party(draft, by=cast.vera, organisation=cast.post, at=NOON)

    with pytest.raises(Refused, match="needs two parties"):
        lifecycle.send(draft, by=cast.vera, at=NOON)


def test_it_needs_words_or_a_document(draft, cast):
    lifecycle.edit(draft, by=cast.vera, at=NOON, text_ru="")

    with pytest.raises(Refused, match="neither a text nor a document"):
        lifecycle.send(draft, by=cast.vera, at=NOON)


def test_its_term_must_be_ahead(draft, cast):
    with pytest.raises(Refused, match="The term is over"):
        lifecycle.send(draft, by=cast.vera, at=NOON + timedelta(days=400))


def test_a_party_is_named_once(draft, cast):
    with pytest.raises(Refused, match="Amber is already a party"):
        lifecycle.add_party(draft, by=cast.vera, organisation=cast.amber, at=NOON)
    lifecycle.remove_party(draft, by=cast.vera, organisation=cast.amber, at=NOON)

    with pytest.raises(Refused, match="Amber is not a party"):
        lifecycle.remove_party(draft, by=cast.vera, organisation=cast.amber, at=NOON)


def test_what_was_sent_is_not_edited(sent, cast):
    with pytest.raises(Refused, match="already “being signed”"):
        lifecycle.edit(sent, by=cast.vera, at=NOON, text_ru="Иное")


@pytest.mark.parametrize("stranger", ["artem", "gleb", "vera", "kira"])
def test_only_those_who_sign_for_a_party_sign(stranger, sent, cast):
    with pytest.raises(Forbidden, match="only by those who sign for a party"):
        lifecycle.sign(sent, by=getattr(cast, stranger), organisation=cast.amber, at=NOON)


def test_nobody_signs_for_the_other_side(sent, cast):
    with pytest.raises(Refused, match="You do not sign for this party"):
        lifecycle.sign(sent, by=cast.anna, organisation=cast.post, at=NOON)


def test_where_a_signatory_is_named_nobody_else_signs(draft, cast, olga):
    lifecycle.remove_party(draft, by=cast.vera, organisation=cast.amber, at=NOON)
    lifecycle.add_party(draft, by=cast.vera, organisation=cast.amber, signatory=cast.artem, at=NOON)
    lifecycle.send(draft, by=cast.vera, at=NOON)

    with pytest.raises(Forbidden, match="only by those who sign for a party"):
        lifecycle.sign(draft, by=cast.anna, organisation=cast.amber, at=NOON)


def test_a_party_signs_once(sent, cast):
    lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)

    with pytest.raises(Refused, match="You have already signed for your side"):
        lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)


def test_one_person_does_not_sign_for_both_sides(sent, cast, olga):
    Seat.objects.create(person=cast.anna, organisation=cast.post, may_sign=True, since=NOON.date())
    both = Person.objects.get(pk=cast.anna.pk)
    lifecycle.sign(sent, by=both, organisation=cast.amber, at=NOON)

    with pytest.raises(Refused, match="Somebody else must sign for Post"):
        lifecycle.sign(sent, by=both, organisation=cast.post, at=NOON)

    lifecycle.sign(sent, by=olga, organisation=cast.post, at=NOON)
    assert signatures.of(sent).count() == 2


def test_the_signature_stands_under_the_fingerprint_of_the_words(sent, cast):
    lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)

    kept = signatures.under(sent, what="agreement", sha256=sent.fingerprint()).get()
    assert (kept.by, kept.at, sent.sha256) == (cast.anna, NOON, sent.fingerprint())


def test_words_changed_behind_the_back_are_not_signed(sent, cast):
    Agreement.objects.update(text_ru="Иное")

    with pytest.raises(Refused, match="changed after they were sent"):
        lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)


def test_back_in_the_draft_earlier_signatures_count_no_more(sent, cast):
    lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)

    lifecycle.take_back(sent, by=cast.vera, reason="Опечатка", at=NOON)

    assert (sent.state, sent.sha256) == (State.DRAFT, "")
    assert not sent.party_set.filter(signed_at__isnull=False).exists()


def test_signed_by_all_it_comes_into_force_by_itself(signed):
    assert (signed.state, signed.signed_at) == (State.IN_FORCE, NOON)


def test_one_signature_is_not_enough(sent, cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.sign(sent, by=cast.anna, organisation=cast.amber, at=NOON)

    sent.refresh_from_db()
    assert sent.state == State.SIGNING
    with pytest.raises(Refused, match="Not every party has signed"):
        lifecycle.conclude(sent, by=SYSTEM, at=NOON)


def test_before_its_term_it_is_signed_and_not_in_force(
    draft, cast, olga, django_capture_on_commit_callbacks
):
    lifecycle.edit(draft, by=cast.vera, at=NOON, starts_on=date(2026, 4, 1))
    lifecycle.send(draft, by=cast.vera, at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.sign(draft, by=cast.anna, organisation=cast.amber, at=NOON)
        lifecycle.sign(draft, by=olga, organisation=cast.post, at=NOON)
    draft.refresh_from_db()

    assert draft.state == State.SIGNED
    with pytest.raises(Refused, match="The term has not begun yet"):
        lifecycle.enter_into_force(draft, by=cast.vera, at=NOON)


def test_the_clock_begins_and_ends_terms(signed):
    today = date(2026, 6, 1)
    Agreement.objects.update(state="signed", starts_on=today, ends_on=date(2200, 1, 1))
    keep_terms.func()
    signed.refresh_from_db()
    assert signed.state == State.IN_FORCE
    Agreement.objects.update(starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31))

    keep_terms.func()

    signed.refresh_from_db()
    assert signed.state == State.EXPIRED


def test_nothing_expires_before_its_day(signed):
    with pytest.raises(Refused, match="The term is not over yet"):
        lifecycle.expire(signed, by=SYSTEM, at=NOON)


@pytest.mark.parametrize("name", ["anna", "kira", "olga"])
def test_a_party_or_the_decision_owner_terminates(name, signed, cast, olga):
    who = olga if name == "olga" else getattr(cast, name)

    lifecycle.terminate(signed, by=who, reason="Расхождения", at=NOON)

    assert (signed.state, signed.terminated_on) == (State.TERMINATED, NOON.date())
    side = {"anna": cast.amber, "olga": cast.post, "kira": cast.city.centre}[name]
    assert signed.ended_for == side


def test_what_was_not_signed_by_all_is_not_concluded_and_says_by_whom(sent, cast, signed_in):
    assert "terminate" not in {one.move.name for one in lifecycle.life.actions(cast.anna, sent)}

    lifecycle.break_off(sent, by=cast.anna, reason="Не договорились", at=NOON)

    page = signed_in(cast.vera).get(sent.get_absolute_url()).text
    assert sent.get_state_display() == "not concluded"
    assert "by Amber, on " in page
    assert "terminated" not in page.lower()


def test_what_all_have_signed_is_terminated_and_nothing_else(signed, cast):
    with pytest.raises(Refused, match="is not possible"):
        lifecycle.break_off(signed, by=cast.anna, reason="Так", at=NOON)


@pytest.mark.parametrize("stranger", ["gleb", "artem", "vera", "ulyana"])
def test_nobody_else_breaks_a_negotiation_off(stranger, sent, cast):
    with pytest.raises(Forbidden):
        lifecycle.break_off(sent, by=getattr(cast, stranger), reason="Так", at=NOON)


@pytest.mark.parametrize("stranger", ["gleb", "artem", "vera", "ulyana"])
def test_nobody_else_terminates(stranger, signed, cast):
    with pytest.raises(Forbidden):
        lifecycle.terminate(signed, by=getattr(cast, stranger), reason="Так", at=NOON)


def test_a_dropped_draft_was_never_seen(draft, cast):
    lifecycle.drop(draft, by=cast.vera, at=NOON)

    assert [sees(cast.anna), sees(cast.vera)] == [False, True]


@pytest.mark.parametrize(
    ("on", "binds"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_it_binds_on_the_days_of_its_term(on, binds, signed, amber, post):
    assert in_force(amber, post, ["pilot"], on) == binds
    assert in_force(post, amber, ["pilot", "framework"], on) == binds


def test_it_binds_neither_others_nor_for_other_things(signed, amber, post, granite):
    on = date(2026, 6, 1)

    assert not in_force(granite, post, ["pilot"], on)
    assert not in_force(amber, post, ["nda"], on)


def test_unsigned_it_binds_nobody(sent, amber, post):
    assert not in_force(amber, post, ["pilot"], date(2026, 6, 1))


def test_a_draft_that_was_dropped_binds_nobody(sent, cast):
    lifecycle.break_off(sent, by=cast.anna, reason="Не договорились", at=NOON)

    assert not in_force(cast.amber, cast.post, ["pilot"], date(2026, 3, 1))


def test_terminated_it_bound_until_that_day(signed, cast):
    lifecycle.terminate(signed, by=cast.kira, reason="Расхождения", at=NOON + timedelta(days=10))

    last = (NOON + timedelta(days=9)).date()
    assert in_force(cast.amber, cast.post, ["pilot"], last)
    assert not in_force(cast.amber, cast.post, ["pilot"], last + timedelta(days=1))
