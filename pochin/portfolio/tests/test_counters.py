"""Commitments count themselves: the figure and the list behind it are one."""

from datetime import UTC, date, datetime

import pytest

from conftest import NOON, on
from pochin.agreements import lifecycle
from pochin.agreements.lifecycle import commitments
from pochin.agreements.models import Agreement, Commitment, Counter
from pochin.agreements.tasks import keep_commitments
from pochin.applications import lifecycle as applications
from pochin.core import numbers
from pochin.core.lifecycle import LIVES
from pochin.core.models import Entry
from pochin.deals.models import Deal
from pochin.participants.models import Membership
from pochin.portfolio import counters
from pochin.portfolio.tasks import recount


@pytest.fixture
def promise(cast, agreement):
    """The post owes Amber, in the agreement in force, something that is counted."""

    def make(counter, target=1):
        Agreement.objects.update(state="draft", sha256="", signed_at=None)
        made = commitments.plan(
            Agreement.objects.get(), by=cast.vera, at=NOON, owes=cast.post, to=cast.amber,
            kind="number", text_ru="Обещание", text_en="A promise", counter=counter,
            target=target, starts_on=date(2026, 1, 1), due_on=date(2026, 12, 31),
        )  # fmt: skip
        Agreement.objects.update(state="in_force", sha256="0" * 64, signed_at=NOON)
        Commitment.objects.filter(pk=made.pk).update(state="active", completion="not_started")
        return Commitment.objects.select_related("agreement__programme").get(pk=made.pk)

    return make


def test_every_counter_counts():
    assert set(counters.COUNTERS) == set(Counter.values)


def test_what_moves_a_counter_is_a_move_of_the_house():
    unknown = [
        verb
        for verb in counters.MOVED_BY
        if verb.rpartition(".")[2] not in LIVES[verb.rpartition(".")[0]].moves
    ]

    assert unknown == []


@pytest.mark.parametrize("counter", list(counters.COUNTERS))
def test_the_figure_is_the_length_of_the_list_it_opens(
    counter, promise, judged, submitted, cast, signed_in
):
    judged()
    applications.start_screening(submitted, by=cast.vera, at=NOON)
    commitment = promise(counter)
    counted = counters.count(commitment)

    listing = signed_in(cast.vera).get(counted.href).context["listing"]

    wanted = counted.value if counted.of is None else counted.value * counted.of / 100
    assert listing.total == wanted
    assert listing.total > 0 or counter in {Counter.PILOTS_SCALED, Counter.DEALS_SIGNED}


def test_scaled_pilots_are_counted_with_their_list(promise, pilot_at, cast, signed_in):
    pilot_at("scale")
    counted = counters.count(promise(Counter.PILOTS_SCALED))

    assert counted.value == 1
    assert signed_in(cast.vera).get(counted.href).context["listing"].total == 1
    # Who may not know the decision finds nothing by it.
    assert signed_in(cast.gleb).get(counted.href).context["listing"].total == 0


def test_signed_deals_are_counted_with_their_list(promise, agreement, cast, signed_in):
    commitment = promise(Counter.DEALS_SIGNED)
    for number, day in ((1, on(5, 5)), (2, datetime(2025, 5, 5, tzinfo=UTC))):
        Deal.objects.create(
            programme=cast.city, number=number, title_ru="Закупка", buyer=cast.post,
            seller=cast.amber, amount=1, state="signed", signed_at=day, opened_at=NOON,
            sha256="0" * 64,
        )  # fmt: skip
    counted = counters.count(commitment)

    assert counted.value == 1
    assert signed_in(cast.vera).get(counted.href).context["listing"].total == 1


def test_a_pilot_that_starts_moves_the_figure_and_asks_the_other_side(
    promise, pilot_at, cast, django_capture_on_commit_callbacks
):
    pilot = pilot_at("baseline")
    commitment = promise(Counter.PILOTS_STARTED, target=1)
    recount.func()
    commitment.refresh_from_db()
    assert (commitment.value, commitment.state) == (0, "active")

    with django_capture_on_commit_callbacks(execute=True):
        pilot_at.begin_baseline(pilot)

    commitment.refresh_from_db()
    assert (commitment.value, commitment.state) == (1, "reported")
    commitments.confirm(commitment, by=cast.anna, at=on(3, 31))
    assert commitment.completion == "complete"


def test_a_pilot_of_somebody_outside_the_cluster_does_not_count(promise, running):
    Membership.objects.update(state="left")

    assert counters.count(promise(Counter.PILOTS_STARTED)).value == 0


def test_another_programme_is_not_counted(promise, running, cast):
    commitment = promise(Counter.PILOTS_STARTED)
    Agreement.objects.filter(pk=commitment.agreement_id).update(programme=cast.region)
    commitment = Commitment.objects.select_related("agreement__programme").get()

    assert counters.count(commitment).value == 0


def test_only_what_happened_within_its_days_counts(promise, running):
    commitment = promise(Counter.PILOTS_STARTED)
    assert counters.count(commitment).value == 1
    commitment.due_on = date(2026, 3, 29)

    assert counters.count(commitment).value == 0


def test_counting_again_writes_nothing_new(promise, running):
    promise(Counter.PILOTS_STARTED, target=20)

    assert [recount.func(), recount.func()] == [1, 0]
    assert Entry.objects.filter(verb="agreements.commitment.count").count() == 1


def test_a_share_is_judged_when_its_time_is_over(promise, submitted, cast):
    applications.start_screening(submitted, by=cast.vera, at=NOON)
    commitment = promise(Counter.ANSWERED, target=90)
    recount.func()
    commitment.refresh_from_db()
    assert (commitment.value, commitment.of, commitment.state) == (100, 1, "active")

    Commitment.objects.update(due_on=date(2026, 4, 1))
    assert datetime.now(tz=UTC).date() > date(2026, 4, 1)
    keep_commitments.func()

    commitment.refresh_from_db()
    assert commitment.state == "reported"


def test_an_agreement_that_comes_into_force_is_counted_at_once(
    cast, running, django_capture_on_commit_callbacks
):
    numbers.following(f"agreement@{cast.city.pk}")  # the one of the cast has it
    draft = lifecycle.begin(
        cast.city, by=cast.vera, at=NOON, kind="framework", title_ru="О сотрудничестве",
        text_ru="Да.", starts_on=date(2026, 1, 1),
    )  # fmt: skip
    for company in (cast.post, cast.amber):
        lifecycle.add_party(draft, by=cast.vera, organisation=company, signs_ru="Иванов", at=NOON)
    commitments.plan(
        draft, by=cast.vera, at=NOON, owes=cast.post, to=cast.amber, kind="number",
        text_ru="20 пилотов", counter=Counter.PILOTS_STARTED, target=20,
        starts_on=date(2026, 1, 1), due_on=date(2026, 12, 31),
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.enter_from_paper(draft, by=cast.vera, signed_on=date(2026, 2, 1), at=on(4, 1))

    assert Commitment.objects.get().value == 1
