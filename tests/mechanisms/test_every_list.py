"""Every list of the house behaves the same: it is named once and can be taken out."""

import importlib
import pkgutil

import pytest

import pochin
from pochin.ui import files_out
from pochin.ui.lists import Listing


def _lists() -> list[type[Listing]]:
    for room in pkgutil.iter_modules(pochin.__path__, "pochin."):
        if room.ispkg:
            for part in ("listing", "views"):
                name = f"{room.name}.{part}"
                if importlib.util.find_spec(name):
                    importlib.import_module(name)
    found, known = [Listing], set()
    while found:
        kind = found.pop()
        known.add(kind)
        found += kind.__subclasses__()
    return sorted(
        (kind for kind in known - {Listing} if ".tests" not in kind.__module__),
        key=lambda kind: kind.__name__,
    )


def test_there_are_lists_and_no_two_share_the_name_their_views_are_kept_under():
    names = [kind.__name__ for kind in _lists()]

    assert len(names) > 20
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", _lists(), ids=lambda kind: kind.__name__)
def test_every_list_is_taken_out_as_csv_and_xlsx(kind):
    taken = [column for column in kind.columns if column.taken]

    assert taken
    assert all(str(column.label) for column in taken)
    assert {"csv", "xlsx"} <= set(files_out.KINDS)
    # The page that shows the list answers the file: no list draws itself another way.
    assert kind.respond is Listing.respond
    assert kind.file is Listing.file
    assert kind.template == Listing.template
