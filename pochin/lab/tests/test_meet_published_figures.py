"""Every published figure on the list is met at its printed precision."""

import importlib
import pkgutil

import pytest

import pochin.lab.tests as here
from pochin.lab.tests.figures import FIGURES, Figure

for module in pkgutil.iter_modules(here.__path__):
    if module.name.startswith("figures_"):
        importlib.import_module(f"{here.__name__}.{module.name}")


@pytest.mark.parametrize("published", FIGURES, ids=str)
def test_our_number_is_the_published_one(published):
    ours = published.ours()

    assert published.met_by(ours), f"{ours} is not {published.published}"


def test_a_number_beyond_the_printed_digits_does_not_pass():
    printed = Figure("nobody", "nothing", "a number", "2.413", lambda: 0.0)

    assert printed.met_by(2.4134)
    assert not printed.met_by(2.4136)
