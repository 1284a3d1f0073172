"""Finding: a list narrowed down to what was asked for, the best first, in one query.

The words only ever narrow what the list already holds, so nobody finds, counts or guesses what
they may not see. All words first; where nothing visible has them all, any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from pochin.search.index import declared
from pochin.search.models import Document, Hits
from pochin.search.words import Term, digits, terms

FIRST = 1000  # hits that are ranked; the latest of them, where there are more
IS_ITS_NUMBER, IN_TITLE, IN_TEXT = 100, 4, 1


def find(queryset: models.QuerySet, words: str) -> models.QuerySet:
    """Narrow a list down to what these words find in it, the best first.

    Start from what the reader may see: ``find(Need.objects.visible_to(user), "очередь")``. The
    list may be filtered on or ordered otherwise afterwards; no words leave it as it is.
    """
    if not words.strip():
        return queryset
    asked = terms(words)
    if not asked:
        return queryset.none()
    kind = ContentType.objects.get_for_model(queryset.model).pk
    plain = queryset.order_by()
    wanted = Value(_said(kind, asked, " AND "))
    if len(asked) > 1:
        every = plain.filter(pk__in=_things(wanted))
        # Asked of what the reader sees: a hidden thing must not change what else is found.
        some = Value(_said(kind, asked, " OR "))
        wanted = Case(When(Exists(every), then=wanted), default=some)
    latest = plain.filter(pk__in=_things(wanted)).order_by("-pk").values("pk")[:FIRST]
    ranked = queryset.filter(pk__in=latest).alias(search_rank=_rank(kind, asked, digits(words)))
    return ranked.order_by("-search_rank", "-pk")


def everywhere(
    user: Any, words: str, *, each: int = 5
) -> Iterator[tuple[type[models.Model], Sequence[models.Model]]]:
    """The best few of every kind of thing this reader may see; kinds without any are left out."""
    if not words.strip():
        return
    for model in declared:
        best = list(find(model._default_manager.visible_to(user), words)[:each])
        if best:
            yield model, best


def _things(wanted: Any) -> models.QuerySet:
    # The kind is part of what the index is asked: as a condition here it would lead the database
    # to walk through all documents of that kind.
    return Document.objects.filter(pk__in=Hits(wanted)).values("thing_id")


def _said(kind: int, asked: list[Term], joint: str) -> str:
    say = _sqlite if connection.vendor == "sqlite" else _postgresql
    return say(kind, asked, joint)


def _sqlite(kind: int, asked: list[Term], joint: str) -> str:
    """The query in the language of FTS5."""

    def one(term: Term) -> str:
        forms = [f'"{form}"' for form in term.forms]
        beginnings = [f'"{term.beginning}" *'] if term.beginning else []
        return f"({' OR '.join(forms + beginnings)})"

    return f'kind_id : "{kind}" AND {{title words}} : ({joint.join(map(one, asked))})'


def _postgresql(kind: int, asked: list[Term], joint: str) -> str:
    """The query as a tsquery, written so that no parser cuts the words up again."""

    def one(term: Term) -> str:
        forms = [f"'{form}'" for form in term.forms]
        beginnings = [f"'{term.beginning}':*"] if term.beginning else []
        return f"({' | '.join(forms + beginnings)})"

    sign = {" AND ": " & ", " OR ": " | "}[joint]
    return f"'#{kind}' & ({sign.join(map(one, asked))})"


def _rank(kind: int, asked: list[Term], number: str) -> Coalesce:
    """How well a thing answers: the same count of hits on every database."""
    hits: Any = Value(0)
    for term in asked:
        hits += _worth("title", term, IN_TITLE) + _worth("words", term, IN_TEXT)
    if number:
        hits += Case(When(number=number, then=Value(IS_ITS_NUMBER)), default=Value(0))
    document = Document.objects.filter(kind_id=kind, thing_id=OuterRef("pk"))
    counted = document.annotate(hits=hits).values("hits")[:1]
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _worth(field: str, term: Term, points: int) -> Case:
    """A whole word counts double what a word that only begins so does."""
    whole = Q()
    for form in term.forms:
        whole |= Q(**{f"{field}__contains": f" {form} "})
    cases = [When(whole, then=Value(points * 2))] if term.forms else []
    if term.beginning:
        begun = Q(**{f"{field}__contains": f" {term.beginning}"})
        cases.append(When(begun, then=Value(points)))
    return Case(*cases, default=Value(0), output_field=IntegerField())
