"""From an agreement to a promise kept: signed by both, counted by a pilot's start, confirmed."""

import pytest

from pochin.agreements.models import Agreement, Commitment
from pochin.core import numbers
from pochin.participants.models import Person, Seat


@pytest.fixture
def olga(cast):
    """Olga signs for the post."""
    person = Person.objects.create(email="olga@example.org", name_ru="Ольга", name_en="Olga")
    Seat.objects.create(person=person, organisation=cast.post, may_sign=True, since="2026-01-01")
    return person


def test_an_agreement_is_signed_and_a_pilots_start_counts_for_it(
    cast, olga, pilot_at, signed_in, django_capture_on_commit_callbacks
):
    pilot = pilot_at("baseline")
    numbers.following(f"agreement@{cast.city.pk}")  # the pilot's own agreement has it
    vera, anna, post = (signed_in(person) for person in (cast.vera, cast.anna, olga))

    given = {"kind": "framework", "title_ru": "О сотрудничестве", "text_ru": "Стороны работают"
             " вместе.", "starts_on": "2026-01-01"}  # fmt: skip
    url = vera.post("/agreements/new/city/", given).url
    for inn in (cast.amber.inn, cast.post.inn):
        vera.post(f"{url}add_party/", {"inn": inn})
    promise = vera.post(f"{url}commitments/new/", {
        "owes": cast.post.pk, "to": cast.amber.pk, "kind": "number", "target": "1",
        "text_ru": "Начать пилот", "counter": "pilots_started", "starts_on": "2026-01-01",
        "due_on": "2026-12-31",
    }).url  # fmt: skip
    vera.post(f"{url}send/")
    with django_capture_on_commit_callbacks(execute=True):
        anna.post(f"{url}sign/", {"organisation": cast.amber.pk, "has_read": "on"})
        post.post(f"{url}sign/", {"organisation": cast.post.pk, "has_read": "on"})
    assert Agreement.objects.get(kind="framework").state == "in_force"
    assert "0 of 1" in anna.get(url).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        pilot_at.begin_baseline(pilot)

    assert "1 of 1" in anna.get(url).content.decode()
    counted = Commitment.objects.get()
    assert vera.get(counted.counted_href).context["listing"].total == 1
    anna.post(f"{promise}confirm/")
    assert Commitment.objects.get().state == "complete"
