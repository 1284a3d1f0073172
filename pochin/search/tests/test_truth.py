"""What is found, and in which order, against a slow reading of every document."""

import random
from dataclasses import replace

import pytest
from django.db import connection

from pochin.search import finding, index, vocabulary, words
from pochin.search.finding import among, find, seek
from pochin.search.models import Document

pytestmark = pytest.mark.django_db

TEXT = """
    сортировка сортировочный сортируют посылка посылки посылок посыльный почта почтовый почтамта
    зима зимой зимний учёт учета пчёлы sorting sorted parcel parcels н-7 н-12 12 7 в из-за между
"""
SAID = TEXT.split()
ASKED = [*SAID, "посы", "сорт", "почт", "зим", "sort", "parc", "дрон", "люди"]


def text(dice, most: int) -> str:
    return " ".join(dice.choices(SAID, k=dice.randrange(most)))


def is_met(term, tokens, *, may_begin: bool) -> bool:
    begun = may_begin and term.beginning
    return any(t in term.forms or (begun and t.startswith(begun)) for t in tokens)


def worth(document, asked, number: str) -> int:
    points = 100 if number and document.number == number else 0
    for term in asked:
        points += max(
            each * (1 + is_met(term, said.split(), may_begin=False))
            for said, each in ((document.title, 4), (document.words, 1), ("", 0))
            if not each or is_met(term, said.split(), may_begin=True)
        )
    return points


def truth(queryset, typed: str, most: int, *, in_order: bool):
    """The keys as they should be, how many there are, and at which step they were found."""
    seen = set(queryset.values_list("pk", flat=True))
    asked, number = words.terms(typed), words.digits(typed)
    documents = sorted(
        (one for one in Document.objects.all() if one.thing_id in seen),
        key=lambda one: one.pk if in_order else -one.pk,
    )
    tokens = {one.pk: f"{one.title}{one.words}".split() for one in documents}
    steps = [
        lambda one: all(is_met(term, tokens[one.pk], may_begin=False) for term in asked),
        lambda one: all(is_met(term, tokens[one.pk], may_begin=True) for term in asked),
        lambda one: any(is_met(term, tokens[one.pk], may_begin=True) for term in asked),
    ]
    hits = [list(filter(has, documents)) if asked else [] for has in steps]
    titles = {one.pk: one.title.split() for one in documents}
    titled = [one for one in hits[0]
              if all(is_met(term, titles[one.pk], may_begin=False) for term in asked)]  # fmt: skip
    step = 0 if len(hits[0]) > most else next((n for n in (1, 2) if hits[n]), None)
    met = hits[step] if step is not None else []
    # All of the latest are ranked, and with them what has the words in its title, or whole.
    ways = [titled, hits[0], met]
    ranked = {
        one.pk: one for way in ways[: 1 if len(titled) > most else 3] for one in way[: most + 1]
    }
    best = sorted(
        ranked.values(),
        key=lambda one: (-worth(one, asked, number), one.thing_id * (1 if in_order else -1)),
    )[:most]
    keys = [one.thing_id for one in best]
    behind = (one.thing_id for one in met if one.thing_id not in keys)
    return keys, sorted(behind, reverse=not in_order)


@pytest.mark.parametrize("in_order", [False, True], ids=["latest first", "first written first"])
@pytest.mark.parametrize("named", [100, 1], ids=["words named", "beginnings as they are"])
def test_the_same_hits_in_the_same_order_as_reading_everything(
    organisations, write, monkeypatch, named, in_order
):
    monkeypatch.setattr(finding, "FIRST", 4)
    monkeypatch.setattr(vocabulary, "MOST", named)
    dice = random.Random(f"{named}{in_order}")
    declared = index.declared[organisations]
    # The fixture puts back what the house declares; a patch would be undone after it, and stay.
    index.declared[organisations] = replace(declared, in_order=in_order)
    for _n in range(40):
        write(text(dice, 5) or "весы", about=text(dice, 8), postcode=dice.choice(["", "Н-12", "7"]))
    for _n in range(12):  # some are written anew, so that documents and things differ in order
        one = dice.choice(list(organisations.objects.filter(about_ru__gt="")))
        index.remove(one)
        index.index(one)
    met = set()
    for _n in range(250):
        typed = " ".join(dice.choices(ASKED, k=dice.randrange(1, 4))) + dice.choice(["", " "])
        hidden = dice.choices(list(organisations.objects.values_list("pk", flat=True)), k=9)
        listed = organisations.objects.exclude(pk__in=hidden)
        best, behind = truth(listed, typed, 4, in_order=in_order)
        found = seek(listed, typed)

        assert (found.keys, found.has_more) == (best, bool(behind)), typed
        assert [one.pk for one in find(listed, typed)] == best + behind, typed
        met.add((bool(best), bool(behind)))
    assert met == {(False, False), (True, False), (True, True)}


def test_several_kinds_are_found_as_each_of_them_alone(organisations, write, cast):
    dice = random.Random(5)
    people = type(cast.anna)
    index.declare(people, title=lambda one: one.name_ru)
    for person in people.objects.all():
        person.name_ru = text(dice, 4)
        person.save()
        index.index(person)
    for _n in range(20):
        write(text(dice, 4) or "весы", about=text(dice, 6))
    lists = {organisations: organisations.objects.all(), people: people.objects.all()}
    for _n in range(120):
        typed = " ".join(dice.choices(ASKED, k=dice.randrange(1, 4)))
        alone = {model: found for model, things in lists.items()
                 if (found := [one.pk for one in find(things, typed)])}  # fmt: skip

        best = {m: [one.pk for one in found] for m, found in finding.best(lists, typed, each=3)}
        assert best == {model: keys[:3] for model, keys in alone.items()}, typed


def test_where_one_list_has_all_words_others_are_not_asked_for_some(organisations, write, cast):
    people = type(cast.anna)
    index.declare(people, title=lambda one: one.name_ru)
    cast.anna.name_ru = "Почта"
    index.index(cast.anna)
    (both,) = write("Почта зимой")
    lists = {organisations: organisations.objects.all(), people: people.objects.all()}

    assert among(lists, "почта зимой") == {organisations: [both.pk]}
    assert among(lists, "почта дроны") == {organisations: [both.pk], people: [cast.anna.pk]}


def _vocabulary() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT word FROM search_word ORDER BY word")
        return [word for (word,) in cursor.fetchall()]


def test_the_vocabulary_learns_at_once_and_forgets_at_night(organisations, write):
    (thing,) = write("Весы Н-042", about="ИТ для 42 домов и дома42")
    assert _vocabulary() == ["вес", "дом", "дома42"]

    thing.name_ru, thing.about_ru = "Ленты", ""
    thing.save()
    index.index(thing)
    assert _vocabulary() == ["вес", "дом", "дома42", "лента"]
    assert list(find(organisations.objects.all(), "весы")) == []

    index.reindex(organisations)
    assert _vocabulary() == ["лента"]


def test_words_the_vocabulary_leaves_out_are_found_all_the_same(organisations, write):
    (thing,) = write("ИТ 42 н-7 7б")

    for typed in ("ит", "42", "н7", "н-7", "7б", "ит 42 н7"):
        assert list(find(organisations.objects.all(), typed)) == [thing], typed
