"""Who gets what at every address: all of the cast, at things of their own story and another's.

`matrix.txt` beside this file says it in words a person can read; a change of it is a decision.
Set POCHIN_WRITE_GOLDEN=1 to write it anew, then read the difference before it is committed.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import getclosurevars
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from conftest import plain

GOLDEN = Path(__file__).with_name("matrix.txt")
HEAD = """\
# What each of the cast is answered at every address. Left of the line: the address, whether it
# leads to a thing of the city's story (own), of the region's (hidden) or to one that does not
# exist (absent). Right of it: who gets which status. 302 sends a guest to sign in.
"""
# Of no use to compare: they end the session, answer differently each time or need a letter.
LEFT_OUT = {"notices:off", "demo:enter", "demo:mail", "demo:players"}
# What looking at a page may make, once and for all.
MADE_BY_LOOKING = {"reviews:document": "the blind copy of a document, when it is first read"}
# Pages that show everybody the same are asked for by these; who is turned away sends a form too.
FEW = ["guest", "gleb", "vera"]
STRANGERS = ["guest", "gleb", "ulyana"]
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
# What may be written while a page is only shown or a move is refused; the shared cache holds how
# often somebody guessed at a certificate.
QUIET = ("django_session", "core_done", "shared_cache", "SAVEPOINT", "RELEASE", "ROLLBACK")


def addresses(resolver=None, room="") -> Iterator[tuple[str, list[str], object]]:
    """Every named address of the house: its name, the words it asks for, its view."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, entry.app_name or room)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "access"):
            name = f"{room}:{entry.name}" if room else entry.name
            yield name, list(entry.pattern.converters), entry.callback


def named() -> list[tuple[str, list[str], object]]:
    """The addresses once each, in the order of the alphabet."""
    once = {name: (name, words, view) for name, words, view in addresses()}
    return [once[name] for name in sorted(once) if name not in LEFT_OUT]


def life_behind(view):
    """The lifecycle whose moves are made at this address, if any."""
    return getclosurevars(view.__wrapped__).nonlocals.get("life")


def is_for_all(view) -> bool:
    """Whether the page is public and shows no things of ours."""
    return view.access.model is None and not view.access.sign_in


def first_move(view) -> str:
    life = life_behind(view)
    return next(m.name for m in life.moves.values() if m.starts) if life else "nothing"


def link(name, words, view, given, special) -> str:
    filled = {**given.get(name.partition(":")[0], {}), **special.get(name, {})}
    filled.setdefault("name", first_move(view) if "name" in words else "")
    filled.setdefault("status", 404)
    return reverse(name, kwargs={word: filled.get(word, 999_999) for word in words})


def nowhere(name, words, view) -> str:
    """The same address with words that lead to nothing."""
    texts = {"key", "code", "programme", "sha256", "name"}
    filled = {word: "nowhere" if word in texts else 999_999 for word in words}
    if "name" in words and life_behind(view):
        filled["name"] = first_move(view)
    return reverse(name, kwargs=filled)


def of_equal_length(value) -> str:
    """A word as long as this one that leads to nothing."""
    text = str(value)
    other = ("9" if isinstance(value, int) else "z") * len(text)
    return other if other != text else "8" * len(text)


class Places:
    """The addresses of one story; `absent` and `never` lead to what was never there."""

    def __init__(self, world, addressing):
        self.stories = {
            relation: [filling(getattr(world, relation)) for filling in addressing]
            for relation in ("own", "hidden")
        }

    def __call__(self, relation, name, words, view) -> str:
        if relation == "absent":
            return nowhere(name, words, view)
        if relation == "never":
            return self.never(name, words, view)
        return link(name, words, view, *self.stories[relation])

    def never(self, name, words, view) -> str:
        """As the address of the hidden thing, letter for letter as long."""
        filled = resolve(self("hidden", name, words, view)).kwargs
        return reverse(name, kwargs={word: of_equal_length(filled[word]) for word in words})


@pytest.fixture
def places(world, addressing):
    return Places(world, addressing)


@contextmanager
def undone():
    """Whatever happens inside did not happen afterwards."""
    with transaction.atomic():
        point = transaction.savepoint()
        yield
        transaction.savepoint_rollback(point)


@contextmanager
def watched():
    """Collects what is written to the database meanwhile."""
    written = []

    def watch(execute, sql, params, many, context):
        verb = sql.lstrip("( \n").split(None, 1)[0].upper()
        reads = verb in ("SELECT", "EXPLAIN") or (verb == "WITH" and not WRITES.search(sql))
        if not reads and not any(quiet in sql for quiet in QUIET):
            written.append(sql[:120])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield written


def body(answer, path: str) -> str:
    """What the reader gets, without the address that was asked for."""
    if answer.streaming:
        return b"".join(answer.streaming_content).decode("latin-1")
    return unquote(plain(answer)).replace(path, "ADDRESS")


def answered(client, path: str, *, part: bool) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without the address that was asked for."""
    client.raise_request_exception = False
    answer = client.get(path, headers={"HX-Request": "true"} if part else {})
    if answer.status_code == 200:
        return 200, {}, ""  # it is shown, maybe as a file
    heads = {name: unquote(value).replace(path, "ADDRESS") for name, value in answer.items()}
    return answer.status_code, heads, body(answer, path)


def ask(client, method: str, path: str):
    """The answer and what was written meanwhile; a page that breaks answers with its error."""
    client.raise_request_exception = False
    with watched() as written:
        answer = getattr(client, method)(path)
    return answer, written


Table = dict[str, dict[int, list[str]]]


def written_down(table: Table, people: int) -> str:
    """The table as text: one line for each address."""
    lines = []
    for what, answers in table.items():
        said = [
            f"{status}: {'all' if len(names) == people else ' '.join(names)}"
            for status, names in sorted(answers.items())
        ]
        lines.append(f"{what} | {' | '.join(said)}")
    return "\n".join(lines) + "\n"


def differences(part: str, table: Table, people: int) -> list[str]:
    """The lines that differ from the golden file, after writing it where that was asked for."""
    kept = GOLDEN.read_text() if GOLDEN.exists() else ""
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", kept, re.M | re.S))
    text = written_down(table, people)
    if os.environ.get("POCHIN_WRITE_GOLDEN"):
        sections[part] = text
        said = [f"## {name}\n{sections[name].strip()}\n" for name in sorted(sections)]
        GOLDEN.write_text("\n".join([HEAD, *said]))
        return []
    was, now = sections.get(part, "").strip().splitlines(), text.strip().splitlines()
    gone = [f"- {line}" for line in was if line not in now]
    return gone + [f"+ {line}" for line in now if line not in was]


def test_everybody_is_shown_what_the_table_says(places, browsers, personas):
    table: Table = defaultdict(lambda: defaultdict(list))
    broken = []
    for name, words, view in named():
        if life_behind(view) is not None:
            continue  # moves have a table of their own
        for relation in ("own", "hidden") if words else ("",):
            path = places(relation or "own", name, words, view)
            for who in FEW if is_for_all(view) else personas:
                answer, written = ask(browsers[who], "get", path)
                table[f"{name} {relation}".strip()][answer.status_code].append(who)
                if written and name not in MADE_BY_LOOKING:
                    broken.append(f"{who} writes by looking at {path}: {written[0]}")
                if answer.status_code in (302, 403, 404) and who in STRANGERS:
                    broken += refused(browsers[who], who, path)

    assert broken == []
    assert differences("pages", table, len(personas)) == []


# Forms that belong to a thing with a page of its own: who sees that page may be told “not you”.
BELONGS = {
    "agreements:begin": "participants:programme",
    "agreements:template": "participants:programme",
    "agreements:templates": "participants:programme",
    "deals:begin": "participants:programme",
    "exports:begin": "participants:programme",
    "participants:edit_organisation": "participants:organisation",
    "participants:invite": "participants:organisation",
    "participants:join": "participants:organisation",
    "sites:edit": "sites:site",
    "solutions:begin": "participants:organisation",
}


def may_know(places, browsers, who: str, name: str) -> bool:
    """Ulyana leads the region and knows of all its things; others, of what they see a page of."""
    if who == "ulyana":
        return True
    page = next((one for one in named() if one[0] == BELONGS.get(name)), None)
    if page is None:
        return False
    path = places("hidden", *page).replace("/secret/", "/region/")
    return browsers[who].get(path).status_code == 200


def test_what_is_hidden_is_as_absent_as_what_never_was(places, browsers, personas):
    """Status, body and every header, for all of the cast, as a page and as a part of one."""
    told, compared = [], 0
    for name, words, view in named():
        if not words or is_for_all(view) or life_behind(view) is not None:
            continue
        hidden, never = places("hidden", name, words, view), places("never", name, words, view)
        for who in personas:
            for part in (False, True) if who in STRANGERS else (False,):
                first = answered(browsers[who], hidden, part=part)
                told_why = first[0] in (302, 403, 409)  # not theirs to do, or not now
                if first[0] == 200 or (told_why and may_know(places, browsers, who, name)):
                    continue  # it is not hidden from them
                compared += 1
                if first != answered(browsers[who], never, part=part):
                    told.append(f"{who} can tell {hidden} from {never}")

    assert told == []
    assert compared >= 800


def test_moves_are_made_only_by_those_of_the_table(places, browsers, personas):
    """Who does not see the thing at all is asked for the first of its moves only."""
    table: Table = defaultdict(lambda: defaultdict(list))
    broken = []
    for name, words, view in named():
        life = life_behind(view)
        if life is None or "name" not in words:
            continue
        path, asked = places("own", name, words, view), list(personas)
        for move in (m for m in life.moves.values() if m.starts):
            target = path.replace(f"/{first_move(view)}/", f"/{move.name}/")
            what = f"{life.name}.{move.name}"
            for who in asked:
                broken += pressed(table, what, browsers[who], who, target)
            if move.name == first_move(view):
                asked = [who for who in asked if who not in table[what][404]]

    assert broken == []
    assert differences("moves", table, len(personas)) == []


def test_hidden_things_cannot_be_moved(places, browsers):
    """Neither the coordinator of another programme nor a rival learns that there is something."""
    told = []
    for name, words, view in named():
        if life_behind(view) is None or "name" not in words:
            continue
        for who in ("guest", "gleb", "boris"):
            paths = [places(relation, name, words, view) for relation in ("hidden", "absent")]
            answers = [ask(browsers[who], "post", path) for path in paths]
            said = [(a.status_code, body(a, p)) for (a, _w), p in zip(answers, paths, strict=True)]
            if said[0][0] in (403, 404) and (said[0] != said[1] or answers[0][1]):
                told.append(f"{who} {name}: {said[0][0]} and {said[1][0]}")

    assert told == []


def refused(client, who: str, path: str) -> list[str]:
    """Send an empty form to a page this reader is not shown: nothing is done."""
    with undone():
        answer, written = ask(client, "post", path)
    if answer.status_code >= 500:
        return [f"{path} breaks under {who}"]
    return [f"{path} is hidden from {who} and yet writes: {written[0]}"] if written else []


def pressed(table: Table, what: str, client, who: str, path: str) -> list[str]:
    """Press a button without filling the form in, note the answer, and take it all back."""
    with undone():
        answer, written = ask(client, "post", path)
    table[what][answer.status_code].append(who)
    if answer.status_code >= 500:
        return [f"{path} breaks under {who}"]
    if answer.status_code in (403, 404, 405) and written:
        return [f"{path} refuses {who} and yet writes: {written[0]}"]
    return []
