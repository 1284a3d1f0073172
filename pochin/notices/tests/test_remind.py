"""A reminder is told to whom it reminds, and to nobody else."""

from conftest import NOON
from pochin.applications import lifecycle as applications
from pochin.core.models import Entry
from pochin.notices import letters
from pochin.reviews import lifecycle as reviews


def people_told(verb):
    return {person for _group, person in letters.told(Entry.objects.get(verb=verb))}


def test_an_expert_is_reminded_of_a_review(cast, in_review):
    reviews.remind(in_review.assignments.get(expert=cast.boris), by=cast.vera, at=NOON)

    assert people_told("reviews.remind") == {cast.boris}


def test_those_who_write_for_the_applicant_are_reminded_of_a_question(cast, screening):
    applications.ask(screening, by=cast.vera, question="Сколько?", at=NOON)
    applications.remind(screening, by=cast.vera, at=NOON)

    assert people_told("applications.remind") == {cast.anna}
