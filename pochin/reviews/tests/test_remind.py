"""Experts are reminded, several at once, and each at most once a day."""

from datetime import timedelta

import pytest

from conftest import NOON
from pochin.core.lifecycle import Refused
from pochin.core.models import Entry
from pochin.core.policy import Forbidden
from pochin.reviews import lifecycle


def test_two_experts_are_reminded_at_once(cast, in_review, signed_in):
    picked = [a.pk for a in in_review.assignments.all()]

    page = signed_in(cast.vera).post("/reviews/bulk/remind/", {"pick": picked}).content.decode()

    assert Entry.objects.filter(verb="reviews.remind").count() == 2
    assert "Refused" not in page


def test_twice_in_a_day_is_refused(cast, in_review):
    assignment = in_review.assignments.get(expert=cast.boris)
    lifecycle.remind(assignment, by=cast.vera, at=NOON)

    with pytest.raises(Refused, match="within the last day"):
        lifecycle.remind(assignment, by=cast.vera, at=NOON + timedelta(hours=2))


@pytest.mark.parametrize("stranger", ["anna", "boris", "kira", "ulyana"])
def test_only_those_who_lead_the_reviews_remind(stranger, cast, in_review):
    assignment = in_review.assignments.get(expert=cast.boris)

    with pytest.raises(Forbidden):
        lifecycle.remind(assignment, by=getattr(cast, stranger), at=NOON)
