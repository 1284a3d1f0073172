"""What a guard asks of, and what is never offered."""

import pytest

from pochin.core.lifecycle import guard


def test_what_lasts_asks_the_thing_alone():
    def after_noon(thing, *, at):
        return at > thing

    with pytest.raises(ValueError, match="after_noon is lasting, but it asks more than the thing"):
        guard("It is not noon yet.", is_lasting=True)(after_noon)
    assert guard("It is not noon yet.")(after_noon).needs == {"at"}
