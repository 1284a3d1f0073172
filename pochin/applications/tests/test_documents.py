"""What the copy of a document for experts may still tell on its author is said beforehand."""

from __future__ import annotations

import pytest
from django.urls import reverse

from conftest import CONSENTS, NOON
from pochin.applications import lifecycle, tasks
from pochin.applications.models import Attachment
from pochin.files.intake import receive
from pochin.files.tests import corpus

LEFT = "The properties of the PDF are packed and could not be removed."
PACKED = corpus.pdf(corpus.packed(b"<< /Author (Anna of Amber) >>"))


@pytest.fixture
def telling(draft, anna):
    """Anna's draft with a document whose author cannot be taken out."""
    file = receive(corpus.upload("offer.pdf", PACKED), by=anna, at=NOON)
    lifecycle.attach(draft, by=anna, file=file, at=NOON)
    return draft


def test_the_sender_is_told_when_adding_and_before_handing_in(telling, anna, signed_in):
    browser = signed_in(anna)

    for name in ("documents", "submit"):
        page = browser.get(reverse(f"applications:{name}", args=[telling.number])).text
        assert page.count(LEFT) == 1


def test_a_document_that_was_cleaned_says_nothing(draft, anna, signed_in):
    page = signed_in(anna).get(reverse("applications:documents", args=[draft.number])).text

    assert draft.attachments.get().left == []
    assert "In the copy for experts" not in page


def test_the_coordinator_is_told_before_an_expert_is_asked(telling, anna, vera, signed_in):
    lifecycle.submit(telling, by=anna, consents=CONSENTS, missing=0, at=NOON)
    lifecycle.start_screening(telling, by=vera, at=NOON)
    browser = signed_in(vera)

    assert LEFT in browser.get(telling.get_absolute_url()).text
    page = browser.get(reverse("reviews:of", args=[telling.number])).text
    assert page.count(LEFT) == 1
    assert "before an expert opens them" in page


def test_documents_from_before_are_looked_through_at_night(telling):
    Attachment.objects.filter(application=telling).update(left=None)

    assert (tasks.look_through_documents.call(), tasks.look_through_documents.call()) == (2, 0)
    assert sorted(Attachment.objects.values_list("left", flat=True)) == [[], [LEFT]]
