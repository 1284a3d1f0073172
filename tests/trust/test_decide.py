"""A decision binds only with the right signatures, whatever order people press buttons in."""

import os
import random
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from conftest import on, person
from pochin.core import signatures
from pochin.core.lifecycle import Refused
from pochin.decisions import lifecycle
from pochin.decisions.models import Decision
from pochin.participants.lifecycle import conflicts
from pochin.participants.models import RoleHeld
from pochin.participants.policy import Role
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot

SEQUENCES = int(os.environ.get("POCHIN_SEQUENCES", "3000"))
# Who may be tried at every step: those who may sign, those who ran the pilot, strangers.
TRYING = ["kira", "konstantin", "dina", "nina", "vera", "lev", "mila", "anna", "gleb", "boris",
          "ulyana", "zakhar"]  # fmt: skip
REFUSALS = (Refused, PermissionDenied, DatabaseError)


@contextmanager
def undone():
    with transaction.atomic():
        point = transaction.savepoint()
        yield
        transaction.savepoint_rollback(point)


@pytest.fixture
def people(cast, city):
    """The cast, and Dina, another decision owner of the programme."""
    cast.dina = person("dina")
    RoleHeld.objects.create(person=cast.dina, programme=city, code=Role.DIRECTOR)
    return cast


class Play:
    """One random sequence of attempts on one pilot that waits for its decision."""

    def __init__(self, seed: int, pilot: Pilot, cast) -> None:
        self.lot, self.cast, self.at = random.Random(seed), cast, on(5, 6)
        self.pilot, self.decision, self.tied = pilot, None, set()

    def somebody(self, *rightly):
        """Mostly who may do this, or nothing would ever come to bind; else anybody."""
        names = rightly if rightly and self.lot.random() < 0.7 else TRYING
        person = getattr(self.cast, self.lot.choice(names))
        return type(person).objects.get(pk=person.pk)  # hats of this moment

    def act(self) -> None:
        step = self.lot.choice([
            self.prepare, self.prepare, self.prepare, self.sign, self.sign,
            self.sign_first, self.sign_first,
            self.countersign, self.countersign, self.countersign, self.decline, self.withdraw,
            self.change_words, self.change_owner, self.declare_a_tie,
        ])  # fmt: skip
        self.at += timedelta(minutes=1)
        with suppress(*REFUSALS), transaction.atomic():
            step()

    def fresh(self) -> Decision:
        found = Decision.objects.order_by("-pk").first()
        if found is None:
            raise Refused("nothing is prepared")
        return found

    def prepare(self) -> None:
        outcome = self.lot.choice(["scale", "stop"])
        pilot = Pilot.objects.get(pk=self.pilot.pk)
        lifecycle.prepare(
            pilot, by=self.somebody("kira"), outcome=outcome, words="Так.", at=self.at
        )

    def sign(self) -> None:
        lifecycle.sign(self.fresh(), by=self.somebody("kira"), at=self.at)

    def sign_first(self) -> None:
        lifecycle.sign_first(self.fresh(), by=self.somebody("kira"), at=self.at)

    def countersign(self) -> None:
        lifecycle.countersign(self.fresh(), by=self.somebody("konstantin", "dina"), at=self.at)

    def decline(self) -> None:
        lifecycle.decline(self.fresh(), by=self.somebody(), reason="Нет.", at=self.at)

    def withdraw(self) -> None:
        lifecycle.withdraw(self.fresh(), by=self.somebody(), at=self.at)

    def change_words(self) -> None:
        """Somebody with the database in hand puts other words under the signatures."""
        Decision.objects.filter(pk=self.fresh().pk).update(words="Иначе.")

    def change_owner(self) -> None:
        owner = self.lot.choice([self.cast.kira, self.cast.dina])
        Pilot.objects.filter(pk=self.pilot.pk).update(decision_owner=owner)

    def declare_a_tie(self) -> None:
        who = self.lot.choice([self.cast.konstantin, self.cast.dina])
        conflicts.declare(self.cast.amber, by=who, ground="contract", at=self.at)


def faults(decision: Decision, pilot: Pilot) -> list[str]:
    """Why a signed decision should not bind; empty where it rightly does."""
    over = list(signatures.under(decision, what="decision", sha256=decision.sha256))
    names = [signature.by_id for signature in over]
    said = [] if decision.is_whole else ["other words than those signed"]
    if names[:1] != [decision.owner_id]:
        said.append("the owner has not signed first")
    if len(set(names)) != len(names):
        said.append("one person signed twice")
    if pilots.opposes(decision.outcome, decision.evaluation.colour):
        second = over[1].by if len(over) == 2 else None
        if second is None or second.pk != decision.seconded_by_id:
            said.append("one signature against the verdict")
        elif str(second) not in ("Kira", "Konstantin", "Dina"):
            said.append(f"{second} may not sign second")
    elif len(names) != 1:
        said.append("a second signature that nobody asked for")
    if pilot.state != decision.outcome:
        said.append(f"the pilot stands at {pilot.state}")
    return said


def played(sequences: int, pilot: Pilot, cast, first: int = 0) -> tuple[int, list[str]]:
    """How many decisions came to bind, and what was wrong with those that should not have."""
    bound, wrong = 0, []
    for seed in range(first, first + sequences):
        with undone():
            play = Play(seed, pilot, cast)
            for _step in range(play.lot.randint(4, 24)):
                play.act()
            now = Pilot.objects.get(pk=pilot.pk)
            signed = list(Decision.objects.filter(state="signed"))
            bound += len(signed)
            wrong += [f"{seed}: {why}" for one in signed for why in faults(one, now)]
            if len(signed) > 1 or (now.state != "awaiting" and not signed):
                wrong.append(f"{seed}: {len(signed)} decisions, the pilot stands at {now.state}")
    return bound, wrong


@pytest.mark.parametrize("effect", [-4.0, 0.0])
def test_no_order_of_attempts_makes_a_decision_that_should_not_bind(effect, judged, people):
    bound, wrong = played(60, judged(effect=effect), people)

    assert wrong == []
    assert bound >= 3  # and some do bind, or nothing was tried


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thousands_of_sequences_make_no_illegal_decision(judged, people):
    bound, wrong = played(SEQUENCES, judged(), people)

    assert wrong == []
    print(f"{SEQUENCES} sequences, {bound} decisions bound, {len(wrong)} illegal")
