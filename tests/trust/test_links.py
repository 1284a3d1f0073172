"""A page names and links to only what its reader may open: what is hidden is not named either."""

import html
import re

import pytest

from pochin.agreements.models import Agreement
from pochin.pilots.models import Pilot

LINK = re.compile(r'href="(/(?!static/|accounts/|language/)[^"#]*)')
PEOPLE = ["anna", "artem", "nina", "mila", "semyon", "konstantin", "viktor", "rita", "vera"]


@pytest.fixture
def tied(city_story, double):
    """The city's pilot stands on an agreement and follows another pilot, both of the region's."""
    story = city_story
    agreement = double(Agreement.objects.get(), programme=story.region, number=77,
                       title_ru="Тайный договор", title_en="The hidden agreement")  # fmt: skip
    before = double(story.pilot, number=777, programme=story.region, is_public=False)
    Pilot.objects.filter(pk=story.pilot.pk).update(agreement=agreement, follows=before)
    return story


@pytest.fixture
def city_story(city_story, cast):
    city_story.region = cast.region
    return city_story


def pages_of(story):
    things = (story.pilot, story.need, story.application, story.decision, story.evaluation)
    return [thing.get_absolute_url() for thing in things]


@pytest.mark.parametrize("name", PEOPLE)
def test_no_link_leads_to_what_its_reader_may_not_open(tied, browsers, name):
    browser, opened, lost = browsers[name], {}, []
    for page in pages_of(tied):
        answer = browser.get(page)
        if answer.status_code != 200:
            continue
        for link in LINK.findall(answer.content.decode()):
            link = html.unescape(link)
            if link not in opened:
                opened[link] = browser.get(link).status_code
            if opened[link] == 404:
                lost.append((page, link))

    assert opened
    assert lost == []


@pytest.mark.parametrize("name", ["nina", "mila", "konstantin"])
def test_a_hidden_agreement_of_a_pilot_is_not_named(tied, browsers, name):
    shown = browsers[name].get(tied.pilot.get_absolute_url()).content.decode()

    assert "hidden agreement" not in shown
    assert "Тайный договор" not in shown


def test_who_may_open_the_agreement_finds_it_on_the_page_of_the_pilot(city_story, browsers, vera):
    agreement = Agreement.objects.get()
    Pilot.objects.filter(pk=city_story.pilot.pk).update(agreement=agreement)

    shown = browsers["vera"].get(city_story.pilot.get_absolute_url()).content.decode()

    assert f'href="{agreement.get_absolute_url()}"' in shown
