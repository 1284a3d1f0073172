"""The house is sound: lifecycles lead somewhere, rooms say what they are, pages ask who reads."""

import ast
import importlib
import importlib.util
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import override

from pochin.core.lifecycle import LIVES, STAY, Lifecycle
from pochin.core.policy import SYSTEM, anyone, system

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "pochin"


def _has_lifecycle(room: str) -> bool:
    return importlib.util.find_spec(f"{room}.lifecycle") is not None


for _room in settings.ROOMS:
    if _room != "pochin.core" and _has_lifecycle(_room):
        importlib.import_module(f"{_room}.lifecycle")

# A copy: the tests below make lives of their own.
LIVING = dict(LIVES)


# Lifecycles


def reached(life: Lifecycle) -> set[str]:
    """The states that some road from a birth leads to."""
    found = {str(m.leads_to) for m in life.moves.values() if not m.starts}
    while True:
        further = {
            str(m.leads_to) for m in life.moves.values() if m.leads_to != STAY and m.starts & found
        }
        if further <= found:
            return found
        found |= further


def left(life: Lifecycle) -> set[str]:
    """The states out of which some move leads."""
    return {
        str(start)
        for m in life.moves.values()
        for start in m.starts
        if m.leads_to not in (STAY, start)
    }


def complaints(life: Lifecycle) -> list[str]:
    """What is wrong with a lifecycle, in words."""
    states = set(life.states.values)
    ends, rests, waits = set(life.ends), set(life.rests), set(life.waiting)
    said = [f"{state} is never reached" for state in states - reached(life)]
    said += [f"{state} is a dead end" for state in states - left(life) - ends]
    said += [f"{state} has neither an owner nor a clock" for state in states - ends - rests - waits]
    said += [f"{state} both waits and does not" for state in waits & (ends | rests)]
    said += [f"{state} rests without a reason" for state in rests if not str(life.rests[state])]
    for state, wait in life.waiting.items():
        if not wait.clock or wait.days < 1 or not str(wait.words) or not callable(wait.holders):
            said.append(f"{state} waits without a clock, days or words")
        if not isinstance(wait.owner, Promise):
            said.append(f"{state} waits without an owner=… in words that are translated")
    for move in life.moves.values():
        unknown = set(map(str, {*move.starts, move.leads_to})) - states - {STAY}
        if unknown:
            said.append(f"{move.name} knows states that do not exist: {sorted(unknown)}")
        if not move.meaning or not isinstance(move.label, Promise):
            said.append(f"{move.name} has no meaning or no label that is translated")
        if not isinstance(move.done, Promise):
            said.append(f"{move.name} does not tell with done=… what has happened")
        if move.starts and move.who is anyone:
            said.append(f"{move.name} may be made by anyone")
    return sorted(said)


@pytest.mark.parametrize("name", sorted(LIVING))
def test_every_life_is_sound(name):
    assert complaints(LIVING[name]) == []


@pytest.mark.parametrize("name", sorted(LIVING))
def test_what_stands_in_the_way_is_said_in_words(name):
    silent = [
        f"{move.name}: {guard.name}"
        for move in LIVING[name].moves.values()
        for guard in move.guards
        if not isinstance(guard.sentence, Promise) or not str(guard.sentence).endswith(".")
    ]

    assert silent == []


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", sorted(LIVING))
def test_what_happened_is_told_as_a_sentence_and_not_as_a_button(name, language):
    with override(language):
        wrong = [
            f"{move.name}: {move.done}"
            for move in LIVING[name].moves.values()
            if str(move.done).endswith(".")
            or len(str(move.done).split()) < 2
            or (str(move.done) == str(move.label) and not move.who(SYSTEM))
        ]

    assert wrong == []


def test_a_broken_life_is_found():
    class State(models.TextChoices):
        BORN = "born"
        STUCK = "stuck"
        LOST = "lost"

    life = Lifecycle("broken", State)
    try:

        @life.birth(to=State.BORN, who=system, label="Begin")
        def begin(*, by, at):
            pass

        @life.move(State.BORN, to=State.STUCK, who=anyone, label="")
        def go(thing, *, by, at):
            """Go."""

        assert complaints(life) == [
            "begin does not tell with done=… what has happened",
            "begin has no meaning or no label that is translated",
            "born has neither an owner nor a clock",
            "go does not tell with done=… what has happened",
            "go has no meaning or no label that is translated",
            "go may be made by anyone",
            "lost has neither an owner nor a clock",
            "lost is a dead end",
            "lost is never reached",
            "stuck has neither an owner nor a clock",
            "stuck is a dead end",
        ]
    finally:
        del LIVES["broken"]


# Rooms


@pytest.mark.parametrize("room", settings.ROOMS)
def test_a_room_says_in_one_line_what_it_is(room):
    words = (importlib.import_module(room).__doc__ or "").strip()

    assert words.splitlines()[:1] != []
    assert words.splitlines()[0].endswith(".")


def test_every_room_is_one_of_the_settings():
    beside = {"pochin.lab", "pochin.cli", "pochin.locale", "pochin.benchmarks"}
    rooms = {f"pochin.{p.parent.name}" for p in HOUSE.glob("*/__init__.py")}

    assert rooms - beside - set(settings.ROOMS) == set()


def _models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if model.__module__.startswith("pochin."):
            yield model


def knows_its_readers(model: type[models.Model]) -> bool:
    return hasattr(model._default_manager.all(), "visible_to")


def test_whatever_has_a_state_knows_who_may_see_it():
    stateful = [m for m in _models() if any(f.name == "state" for f in m._meta.fields)]

    assert [m.__name__ for m in stateful if not knows_its_readers(m)] == []
    assert len(stateful) >= 20


# Who reads: what pages, programs, lists, forms and tasks show is narrowed to the reader.

READING = ["views.py", "views/*.py", "api.py", "listing.py", "forms.py", "forms/*.py", "tasks.py",
           "waiting.py", "context.py", "finding.py", "exports.py"]  # fmt: skip
NARROWING = {"visible_to", "inside", "observed", "kept_by", "none"}

# Places that may ask for all: module, class or function and model, by the reason.
EXEMPT = {
    "a letter to the address that was invited, whoever reads it": [
        "notices.tasks.send_invitation Invitation",
    ],
    "found by visible_or_404 first, and read anew without what the form has changed": [
        "agreements.views.agreements.edit Agreement",
        "deals.views.deals.edit Deal",
        "exports.views.edit Project",
        "needs.views.edit Need",
        "participants.views.organisations.edit Organisation",
        "participants.views.programmes._form Programme",
        "pilots.views.pages.edit Pilot",
        "sites.views.edit Site",
        "solutions.views.edit Solution",
    ],
    "those for which the reader holds a role or a seat": [
        "agreements.forms.agreement.SignForm Organisation",
        "agreements.views.agreements.index Programme",
        "applications.forms.BeginForm Organisation",
        "needs.views.index Programme",
        "sites.forms.CheckForm Programme",
        "solutions.forms.SolutionForm Programme",
        "solutions.views.index Organisation",
    ],
    "open programmes and listed solutions are public": [
        "participants.forms.offer_open Programme",
        "pilots.forms.about.PilotForm Solution",
    ],
    "choices of the staff of a programme, who see every organisation and every need of it": [
        "needs.forms.NeedForm Organisation",
        "participants.forms.ProgrammeForm Organisation",
        "pilots.forms.about.PilotForm Need",
        "pilots.forms.about.PilotForm Organisation",
        "sites.forms.SiteForm Organisation",
    ],
    "a postcode is public, and the refusal names nothing but it": [
        "sites.forms.SiteForm Site",
    ],
    "the applicant must stand among the others so that the expert does not learn who it is": [
        "reviews.views._lineup Organisation",
    ],
    "a part of a question that its callers narrow": [
        "coordination.listing._keys Programme",
        "pilots.listing._of_members Membership",
    ],
    "found by the batch, which the reader may see": [
        "measurements.tasks._job Job",
    ],
    "found by the pilot or the evaluation, which the reader may see": [
        "evaluations.tasks._work Job",
        "evaluations.tasks.recheck Evaluation",
    ],
    "who asked is demanded to be the analyst before anything is computed": [
        "evaluations.tasks.compute Pilot",
    ],
    "the secret word of the address names the reader": [
        "notices.views.feed Feed",
    ],
    "time acts here, and nobody reads": [
        "agreements.tasks._all Commitment",
        "agreements.tasks._remind Commitment",
        "agreements.tasks.keep_terms Agreement",
        "deals.tasks.begin FollowUp",
        "deals.tasks.keep_terms Deal",
        "deals.tasks.take_in_readings FollowUp",
        "deals.tasks.tell_late_payments Deal",
        "deals.tasks.tell_late_payments Payment",
        "files.tasks.scan_waiting File",
        "measurements.tasks.join_files Pilot",
        "measurements.tasks.take_in Batch",
        "measurements.tasks.tidy Batch",
        "needs.tasks.keep_windows Need",
        "news.tasks.send_out Piece",
        "notices.tasks.write_digests Notice",
        "participants.tasks.keep_memberships Membership",
        "participants.tasks.let_invitations_expire Invitation",
        "solutions.tasks.ask_for_refresh Solution",
    ],
}


def readers() -> list[Path]:
    """The modules that show things to people."""
    found = {p for pattern in READING for p in HOUSE.glob(f"*/{pattern}")}
    return sorted(p for p in found if "tests" not in p.parts)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__")


def unscoped(tree: ast.AST, names: dict) -> Iterator[tuple[str, str]]:
    """Each place (class or function, model) that reads a model without narrowing it to a reader."""
    for place, function, asked, chain in _questions(tree):
        model = names.get(asked)
        is_model = isinstance(model, type) and issubclass(model, models.Model)
        if is_model and knows_its_readers(model) and not _is_narrowed(function, chain):
            yield getattr(place, "name", "<module>"), asked


def _questions(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, str, list[ast.AST]]]:
    """Every `Model.objects` with the class, the function and the expressions around it."""

    def walk(node: ast.AST, place: ast.AST, function: ast.AST, above: list[ast.AST]):
        if isinstance(node, ast.FunctionDef):
            place, function = (node if place is tree else place), node
        if isinstance(node, ast.ClassDef):
            place = node
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"objects", "_default_manager", "_base_manager"}
            and isinstance(node.value, ast.Name)
        ):
            yield place, function, node.value.id, above
        for child in ast.iter_child_nodes(node):
            yield from walk(child, place, function, [*above, node])

    yield from walk(tree, tree, tree, [])


def _is_narrowed(function: ast.AST, above: list[ast.AST]) -> bool:
    for node in reversed(above):
        if isinstance(node, ast.Attribute) and node.attr in NARROWING:
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "visible_or_404":
            return True
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return _is_narrowed_later(function, node.targets[0].id)
        if isinstance(node, ast.stmt):
            return False
    return False


def _is_narrowed_later(function: ast.AST, name: str) -> bool:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        words = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in words and called in {*NARROWING, "visible_or_404"}:
            return True
    return False


def test_what_is_shown_is_narrowed_to_the_reader():
    asked = set()
    for path in readers():
        module = importlib.import_module(module_of(path))
        for place, model in unscoped(ast.parse(path.read_text()), vars(module)):
            asked.add(f"{module.__name__.removeprefix('pochin.')}.{place} {model}")
    exempt = {place for places in EXEMPT.values() for place in places}

    assert sorted(asked - exempt) == []
    # An exemption that is no longer needed goes.
    assert sorted(exempt - asked) == []


def test_an_unscoped_question_is_found():
    source = """
def page(request, number):
    things = Need.objects.select_related("unit")
    seen = visible_or_404(things, request.user, number=number)
    also = Need.objects.visible_to(request.user)
    nobody = Person.objects.all()
    return Need.objects.filter(number=number)
"""
    needs, people = apps.get_model("needs.Need"), apps.get_model("participants.Person")

    found = list(unscoped(ast.parse(source), {"Need": needs, "Person": people}))

    assert found == [("page", "Need")]


# Tables


@pytest.mark.django_db
def test_no_migration_is_missing():
    said = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said)

    assert said.getvalue().strip() == "No changes detected"


# Templates


BARE = re.compile(r"{[{%][^}]*(?<![\w.\"'])(?:user|perms)\.\w+")


def test_no_template_asks_a_reader_it_was_not_given():
    """Pages know the reader as `request.user`; a bare `user` would be silently nobody."""
    asking = [
        f"{path.relative_to(HOUSE)}: {found[0]}"
        for path in HOUSE.rglob("templates/**/*.html")
        for found in BARE.finditer(path.read_text())
    ]

    assert asking == []


def test_a_bare_reader_is_noticed():
    assert BARE.search("{% if is_open and user.is_authenticated %}")
    assert not BARE.search("{% if is_open and request.user.is_authenticated %}")
