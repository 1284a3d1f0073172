"""A request with a key has its effect once."""

import pytest

from conftest import NEED, NOON
from pochin.core import journal, once
from pochin.core.lifecycle import Refused
from pochin.needs import lifecycle as needs
from pochin.participants import lifecycle
from pochin.participants.models import Membership


@pytest.fixture
def join(region, amber, anna):
    def press(key="k1", digest="same"):
        with once.request(key, digest):
            return lifecycle.begin(region, by=anna, organisation=amber, kind="member", at=NOON)

    return press


def test_pressed_twice_done_once(join, region):
    first, second = join(), join()

    assert first.pk == second.pk
    assert Membership.objects.filter(programme=region).count() == 1
    assert journal.of(first).count() == 1


def test_the_same_key_with_other_words_is_refused(join):
    join()

    with pytest.raises(Refused, match="already sent with other content"):
        join(digest="other")


@pytest.mark.parametrize("key", ["k" * 300, "k\0", "ключ" * 40])
def test_a_key_no_table_could_keep_is_a_key_like_any_other(join, region, key):
    assert join(key=key).pk == join(key=key).pk
    with pytest.raises(Refused, match="already sent with other content"):
        join(key=key, digest="other")


def test_two_long_keys_that_begin_alike_are_two(join):
    join(key="k" * 64 + "1", digest="one")

    with pytest.raises(Refused) as told:
        join(key="k" * 64 + "2", digest="two")
    assert "already sent" not in str(told.value)  # it is not taken for the first


def test_two_moves_of_one_request_on_one_thing_are_both_made(city, nina, post):
    need = needs.begin(city, by=nina, at=NOON, unit=post, owner=nina, **NEED)

    for _again in range(2):
        with once.request("k3", "same"):
            needs.submit(need, by=nina, at=NOON)
            needs.withdraw(need, by=nina, reason="Нашли сами.", at=NOON)

    assert [e.verb for e in journal.of(need)] == ["needs.begin", "needs.submit", "needs.withdraw"]


def test_a_repeated_move_answers_with_the_thing_as_it_is(join, anna, region):
    membership = join()
    with once.request("k2", "same"):
        lifecycle.submit(membership, by=anna, at=NOON)
    with once.request("k2", "same"):
        again = lifecycle.submit(membership, by=anna, at=NOON)

    assert again.state == "submitted"
    assert [e.verb for e in journal.of(membership)][-1] == "participants.submit"
    assert journal.of(membership).count() == 2
