"""What `from pochin.lab import …` offers."""

import pkgutil

import pytest

import pochin.lab as lab


@pytest.mark.parametrize("name", lab.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name):
    thing = getattr(lab, name)

    assert thing.__name__ == name
    assert (thing.__doc__ or "").strip()


def test_names_stand_by_alphabet_and_are_no_modules():
    modules = {module.name for module in pkgutil.iter_modules(lab.__path__)}

    assert lab.__all__ == sorted(lab.__all__)
    assert set(lab.__all__) & modules == set()


def test_a_name_that_is_not_there_is_missed():
    with pytest.raises(AttributeError, match="no attribute 'everything'"):
        lab.everything  # noqa: B018
