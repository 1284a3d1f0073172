"""A move is made on the thing as it is now, by who may act now."""

import pytest

from conftest import NOON
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden, anyone
from pochin.needs import lifecycle
from pochin.needs.models import Need


def test_who_holds_an_old_copy_does_not_make_a_move_twice(need_in_check, cast):
    lifecycle.sign(need_in_check, by=cast.nina, at=NOON)
    old = Need.objects.get(pk=need_in_check.pk)
    lifecycle.approve(need_in_check, by=cast.vera, at=NOON)

    with pytest.raises(Refused, match="already “approved”"):
        lifecycle.approve(old, by=cast.vera, at=NOON)
    assert [e.verb for e in journal.of(old)].count("needs.approve") == 1


def test_an_old_copy_does_not_bring_back_what_was_changed_meanwhile(need_in_check, cast):
    old = Need.objects.get(pk=need_in_check.pk)
    lifecycle.edit(need_in_check, by=cast.nina, at=NOON, problem_ru="Стало хуже.")

    lifecycle.edit(old, by=cast.nina, at=NOON, title_ru="Иначе")

    kept = Need.objects.get(pk=old.pk)
    assert (kept.title_ru, kept.problem_ru) == ("Иначе", "Стало хуже.")


def test_who_was_shut_out_may_do_nothing_not_even_what_anyone_may(need_in_check, nina):
    assert anyone(nina)
    nina.is_active = False

    assert not anyone(nina)
    with pytest.raises(Forbidden):
        lifecycle.sign(need_in_check, by=nina, at=NOON)
    nina.is_active = True
    assert lifecycle.sign(need_in_check, by=nina, at=NOON).is_signed()
