"""Two worlds that differ in one secret look the same to whoever may not know it.

Each secret happens last, when everything else is already there, so nothing else shifts. Whoever
may know it is asked as well: if they saw no difference either, the test could not fail.
"""

import re
from contextlib import contextmanager

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from conftest import ANSWERS, CONSENTS, NEED, NOON, on, plain, said
from pochin.agreements import lifecycle as agreements
from pochin.api import api
from pochin.applications import lifecycle as applications
from pochin.core import reactions
from pochin.decisions import lifecycle as decisions
from pochin.exports import lifecycle as exports
from pochin.files.intake import receive
from pochin.needs import lifecycle as needs
from pochin.needs.models import Need
from pochin.news import lifecycle as news
from pochin.notices import letters
from pochin.notices.models import Letter
from pochin.participants import lifecycle as membership
from pochin.participants import tokens
from pochin.participants.lifecycle import conflicts, seats
from pochin.pilots import lifecycle as pilots
from pochin.reviews import lifecycle as reviews
from pochin.search import index
from tests.trust.trade_secrets import EARLY, OF_TRADE


def a_review(cast, own, double):
    """Elena hands in her review."""
    asked = own.application.assignments.get(expert=cast.elena)
    reviews.hand_in(asked, by=cast.elena, at=EARLY, **said(score=2, recommendation="refuse"))


def a_rivals_draft(cast, own, double):
    """Granite begins to apply to the same need."""
    return applications.begin(
        own.need, by=cast.gleb, organisation=cast.granite, title="Сортировщик весов", at=EARLY
    )


def a_rivals_application(cast, own, double):
    """Granite applies to the same need, with a document."""
    draft = a_rivals_draft(cast, own, double)
    for section, values in ANSWERS.items():
        applications.keep(draft, section, values, revision=0, by=cast.gleb, at=EARLY)
    file = receive(SimpleUploadedFile("весы.txt", "Весы".encode()), by=cast.gleb, at=EARLY)
    applications.attach(draft, by=cast.gleb, file=file, at=EARLY)
    # The need has gone on since; in March its window was open.
    now = Need.objects.get(pk=own.need.pk).state
    Need.objects.filter(pk=own.need.pk).update(state="collecting")
    applications.submit(draft, by=cast.gleb, consents=CONSENTS, missing=0, at=EARLY)
    Need.objects.filter(pk=own.need.pk).update(state=now)


def a_result(cast, own, double):
    """Mila has computed the evaluation again and not shown it yet."""
    result = {**own.evaluation.result, "verdict": "harm"}
    double(own.evaluation, number=2, state="computed", released_at=None, result=result,
           sha256="e" * 64)  # fmt: skip


def a_decision(cast, own, double):
    """Kira has written her decision and not signed it."""
    decisions.prepare(own.pilot, by=cast.kira, outcome="stop", words="Дорого.", at=on(5, 7))


def a_tie(cast, own, double):
    """Boris declares that he is tied to Granite."""
    conflicts.declare(cast.granite, by=cast.boris, ground="contract", at=EARLY)


def a_question(cast, own, double):
    """Artem asks the need's owner a question that nobody has answered."""
    needs.ask(own.need, by=cast.artem, text="А весы уже стоят?", at=EARLY)


def a_colleague(cast, own, double):
    """Granite invites somebody and asks to join another programme."""
    seats.invite(cast.granite, by=cast.gleb, email="sofia@example.org", at=EARLY)
    membership.begin(cast.region, by=cast.gleb, organisation=cast.granite, kind="member", at=EARLY)


def an_incident(cast, own, double):
    """Something went wrong in the pilot, and Lev wrote it down."""
    double(own.incident, number=2, words="Упала полка.")
    pilots.log(own.pilot, by=cast.lev, words="Полку починили.", at=on(5, 7))


def an_agreement(cast, own, double):
    """The centre prepares an agreement with Granite."""
    made = agreements.begin(
        cast.city, by=cast.vera, at=EARLY, kind="pilot", title_ru="О весах", title_en="On scales",
        text_ru="Договорились.", starts_on=NOON.date(),
    )  # fmt: skip
    agreements.add_party(made, by=cast.vera, organisation=cast.granite, at=EARLY)


def a_story(cast, own, double):
    """Vera writes news that nobody has published, and Artem says something about the last."""
    words = {f"{name}_{lang}": "Весы сломались" for name in ("title", "lead", "body")
             for lang in ("ru", "en")}  # fmt: skip
    news.begin(cast.city, by=cast.vera, at=EARLY, **words)
    news.say(own.piece, by=cast.rita, text="Почему так долго?", at=EARLY)


def a_proof(cast, own, double):
    """Amber attaches the certificate of its pilot to what it hopes to sell abroad."""
    exports.attach_certificate(own.project, by=cast.anna, certificate=own.certificate, at=on(5, 8))


# Each secret, who may not know it, and somebody who may.
SECRETS = {
    a_review: ("guest anna gleb nina semyon viktor", "vera"),
    a_rivals_draft: ("guest anna nina vera boris", "gleb"),
    a_rivals_application: ("guest anna artem boris semyon ulyana", "vera"),
    a_result: ("guest anna nina kira lev gleb", "mila"),
    a_decision: ("guest anna nina lev semyon viktor", "kira"),
    a_tie: ("guest anna gleb nina elena lev", "vera"),
    a_question: ("guest gleb anna boris kira lev", "nina"),
    a_colleague: ("guest anna boris nina semyon", "gleb"),
    an_incident: ("guest gleb boris viktor ulyana", "anna"),
    a_story: ("guest anna gleb nina boris ulyana viktor", "vera"),
    a_proof: ("guest gleb nina boris semyon lev ulyana", "vera"),
    an_agreement: ("guest anna gleb boris semyon", "vera"),
    **OF_TRADE,
}

# Beside the pages: the same lists as files, searched, filtered and in another order.
ALSO = [
    "/find/?q=Весы", "/find/?q=Сортировщик", "/find/?q=Granite", "/needs/?file=csv",
    "/needs/?q=весы", "/applications/?file=csv", "/applications/?q=Весы", "/reviews/?file=csv",
    "/pilots/?file=csv", "/pilots/?q=полка", "/agreements/?file=csv", "/solutions/?q=Весы",
    "/participants/organisations/?file=csv", "/participants/organisations/?q=Granite",
    "/news/?file=csv", "/news/?q=весы", "/participants/conflicts/?file=csv", "/sites/?file=json",
    "/deals/?file=csv", "/deals/?q=весы", "/deals/payments/?file=csv", "/exports/?file=csv",
    "/exports/contracts/?file=csv", "/coordination/?file=csv", "/coordination/?q=весы",
    "/coordination/tasks/?file=csv", "/coordination/tasks/?q=весы", "/find/?q=Secret+scales",
    "/coordination/turns/?file=csv",
]  # fmt: skip
LEFT_OUT = {"notices:off", "demo:enter", "demo:mail", "demo:players", "ui:fault"}


# Beside addresses: everything that was written to the reader.
LETTERS = "letters"


def surfaces(own, addressing) -> list[str]:
    """Every address that can be looked at, filled with the things of the story, and the letters."""
    filled, special = (filling(own) for filling in addressing)
    pages = sorted(set(_walk(get_resolver(), "", filled, special)))
    # The story's review is handed in; another expert still writes.
    asked = own.application.assignments.exclude(pk=own.assignment.pk)
    under_way = [one.get_absolute_url() for one in asked.order_by("number")]
    return [*pages, *under_way, *ALSO, *of_programs(filled), LETTERS]


def of_programs(filled) -> list[str]:
    """Every address of the face for programs."""
    words = {
        room: {**given, "key": given.get("key", filled["participants"]["key"])}
        for room, given in {
            **filled,
            "organisations": filled["participants"],
            "results": filled["decisions"],
        }.items()
    }
    return [
        path.format(**words[path.split("/")[2]])
        for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items()
        if "get" in methods
    ]


def _walk(resolver, room, filled, special):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry, entry.app_name or room, filled, special)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "access"):
            name = f"{room}:{entry.name}" if room else entry.name
            words = {**filled.get(room, {}), **special.get(name, {})}
            if name not in LEFT_OUT and set(entry.pattern.converters) <= set(words):
                kept = {word: words[word] for word in entry.pattern.converters}
                yield reverse(name, kwargs=kept)


@contextmanager
def undone():
    """Whatever happens inside did not happen afterwards."""
    with transaction.atomic():
        point = transaction.savepoint()
        yield
        transaction.savepoint_rollback(point)


class Reader:
    """One of the cast with a browser, a token and a letter box."""

    def __init__(self, person, browser) -> None:
        self.person, self.browser, self.headers = person, browser, {}
        if person is not None:
            secret = tokens.issue(person, name="report", at=EARLY, ends_at=EARLY + tokens.LONGEST)[
                1
            ]
            self.headers = {"Authorization": f"Bearer {secret}"}
            tokens.reader(secret, at=timezone.now())  # its first use is shown on a page

    def looks(self, path: str) -> tuple:
        """All that reaches the reader there."""
        if path == LETTERS:
            return (200, {}, "\n\n".join(self.letters()))
        return seen(self.browser, path, self.headers if path.startswith("/api/") else {})

    def letters(self) -> list[str]:
        """Every letter written so far, as it would leave now."""
        if self.person is None:
            return []
        mail.outbox.clear()
        for letter in Letter.objects.filter(person=self.person).order_by("pk"):
            letters.send(letter)
        said = (f"{message.subject}\n{message.body}" for message in mail.outbox)
        # The link that ends such letters is signed with the moment it was written.
        return [re.sub(r"/notices/off/\S+", "/notices/off/", words) for words in said]


def seen(client, path: str, headers: dict[str, str]) -> tuple:
    """What a browser or a program gets: status, headers, body."""
    answer = client.get(path, headers=headers)
    if answer.streaming:
        return answer.status_code, dict(answer.items()), b"".join(answer.streaming_content)
    is_text = answer.get("Content-Type", "text/").startswith("text/")
    body = plain(answer) if is_text else answer.content
    return answer.status_code, dict(answer.items()), body


def first_difference(before: tuple, after: tuple) -> str:
    """Where two answers part, in a few words around the place."""
    # The body first: the headers often only tell its length.
    for was, now in reversed(list(zip(before, after, strict=True))):
        if was != now and isinstance(was, str):
            at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), 0)
            return f"{was[max(0, at - 60) : at + 60]!r} became {now[max(0, at - 60) : at + 60]!r}"
        if was != now:
            return f"{was!r:.200} became {now!r:.200}"
    return ""


def happen(secret, cast, own, double) -> None:
    """Let the secret come to be, with all that follows from it by itself."""
    secret(cast, own, double)
    reactions.catch_up(at=timezone.now(), days=10_000)
    for model in list(index.declared):
        index.index_many(model._default_manager.all())


@pytest.fixture
def before(cast, city_story, monkeypatch):
    """The story of the city on a day in May, with nothing being decided yet."""
    decisions.withdraw(city_story.decision, by=cast.kira, at=on(5, 6))
    # That enough reviews are in is no secret: the turn passes to the committee. So none of the
    # reviews here may be the one that makes it enough.
    cast.city.quorum = 5
    cast.city.save()
    happen(lambda *_nothing: None, cast, city_story, None)
    monkeypatch.setattr(timezone, "now", lambda: on(5, 8))
    return city_story


@pytest.fixture
def readers(before, cast, browsers):
    """Everybody who may not know some secret, and everybody who may."""
    names = {who for strangers, knows in SECRETS.values() for who in [*strangers.split(), knows]}
    return {who: Reader(getattr(cast, who, None), browsers[who]) for who in sorted(names)}


def test_nobody_learns_what_they_may_not_know(before, cast, double, readers, addressing):
    paths = surfaces(before, addressing)
    was = {(who, path): reader.looks(path) for who, reader in readers.items() for path in paths}
    again = {path: readers["anna"].looks(path) for path in paths}
    assert {
        path: first_difference(was["anna", path], again[path])
        for path in paths
        if was["anna", path] != again[path]
    } == {}

    told, compared = [], 0
    for secret, (strangers, knows) in SECRETS.items():
        with undone():
            happen(secret, cast, before, double)
            for who in strangers.split():
                for path in paths:
                    if was[who, path][0] in (302, 403, 404):
                        continue
                    now, compared = readers[who].looks(path), compared + 1
                    if now != was[who, path]:
                        where = first_difference(was[who, path], now)
                        told.append(f"{secret.__name__}: {who} sees it at {path}: {where}")
            if all(readers[knows].looks(path) == was[knows, path] for path in paths):
                told.append(f"{secret.__name__}: not even {knows} sees it")

    assert told == []
    assert compared >= 1000


def test_what_a_reader_may_know_reaches_their_letters_and_programs(
    before, cast, double, readers, addressing
):
    """The other side: letters and the face for programs would have told of a difference."""
    told = surfaces(before, addressing)
    paths = [p for p in told if p == LETTERS or (p.startswith("/api/") and p != "/api/")]
    nina, vera = readers["nina"], readers["vera"]
    before_it = {path: vera.looks(path) for path in paths}
    answered = [path for path in paths if before_it[path][0] == 200]
    # Nobody but its company knows the draft of a solution; the result is not published yet.
    assert len(answered) >= len(paths) - 3
    assert len(before_it[LETTERS][2]) > 200

    with undone():
        asked = nina.looks(LETTERS)
        happen(a_question, cast, before, double)
        assert nina.looks(LETTERS) != asked
        needs.begin(cast.city, by=cast.nina, at=EARLY, unit=cast.post, owner=cast.nina, **NEED)
        assert vera.looks("/api/needs") != before_it["/api/needs"]
