"""A day that no column keeps in every zone is refused, and what was typed comes back."""

import pytest

from pochin.coordination.models import Meeting


@pytest.mark.parametrize("day", ["0001-01-01T00:00", "0001-01-01T01:30"])
def test_a_meeting_in_the_first_year_is_refused(vera, signed_in, day):
    given = {"title_ru": "Совет о пилотах", "starts_at": day, "ends_at": "2026-04-01T11:00",
             "chair": vera.email}  # fmt: skip

    answer = signed_in(vera).post("/coordination/meetings/new/city/", given)

    assert answer.status_code == 409
    assert "too far out to be kept" in answer.content.decode()
    assert "Совет о пилотах" in answer.content.decode()
    assert not Meeting.objects.exists()


def test_a_meeting_of_this_year_is_planned(vera, signed_in):
    given = {"title_ru": "Совет о пилотах", "starts_at": "2026-04-01T10:00",
             "ends_at": "2026-04-01T11:00", "chair": vera.email}  # fmt: skip

    assert signed_in(vera).post("/coordination/meetings/new/city/", given).status_code == 302
    assert Meeting.objects.get().title_ru == "Совет о пилотах"
