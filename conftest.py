"""The cast: the same few people play in every test.

Anna signs for Amber, a member company that applies; Artem only reads there. Gleb signs for
Granite, its rival. Nina owns the need at the post. Vera coordinates the city programme, Kira
decides in it, Konstantin sits on its committee, Boris and Elena are its experts, Mila is its
methodologist, Lev its pilot manager, Semyon keeps a site, Viktor observes for the department,
Rita audits. Ulyana coordinates another programme. Zakhar administers the installation.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from types import SimpleNamespace

import pytest
from django.core.exceptions import EmptyResultSet
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as profile

from pochin.agreements.models import Agreement, Party
from pochin.applications import lifecycle as applications
from pochin.core import numbers
from pochin.core.policy import SYSTEM
from pochin.evaluations import lifecycle as evaluations
from pochin.files.intake import receive
from pochin.lab.protocol import Protocol
from pochin.measurements import lifecycle as readings
from pochin.needs import lifecycle as needs
from pochin.participants.models import (
    Kind,
    Membership,
    Organisation,
    Person,
    Programme,
    ProgrammeState,
    RoleHeld,
    Seat,
)
from pochin.participants.models import State as MembershipState
from pochin.participants.policy import Role
from pochin.pilots import lifecycle as pilots
from pochin.reviews import lifecycle as reviews
from pochin.search import finding
from pochin.sites.models import Site, SiteKind
from pochin.ui import counting, written
from pochin.ui import quick as quick_rows
from pochin.ui.lists import Filter, rows
from tools import prepared
from tools.remembered import Traveller

# A busy machine is slow, not broken; a test makes its things anew or leaves them as they were.
profile.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
profile.load_profile("patient")

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)  # noon in Moscow, a working Monday

CRITERIA = [
    {"code": "benefit", "weight": 40, "ru": "Польза для почты", "en": "Benefit for the post"},
    {"code": "readiness", "weight": 35, "ru": "Готовность", "en": "Readiness"},
    {"code": "price", "weight": 25, "ru": "Цена внедрения", "en": "Cost of adoption"},
]

ROLES = {
    "nina": Role.NEED_OWNER,
    "vera": Role.COORDINATOR,
    "kira": Role.DIRECTOR,
    "konstantin": Role.COMMITTEE,
    "boris": Role.EXPERT,
    "elena": Role.EXPERT,
    "mila": Role.METHODOLOGIST,
    "lev": Role.PILOT_MANAGER,
    "semyon": Role.SITE_KEEPER,
    "viktor": Role.OBSERVER,
    "rita": Role.AUDITOR,
}


LONG = ("test_matrix.py", "test_two_worlds.py", "test_lists.py", "test_back_up.py", "test_kill.py")


def pytest_collection_modifyitems(items):
    """The long ones first, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def django_db_keepdb():
    """The database is a copy of a prepared one; `migrate` finds nothing to do in it."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    held = prepared.copy_to(connection.creation._get_test_db_name())
    yield
    if held:
        held.close()


@pytest.fixture(autouse=True)
def quick(settings, tmp_path):
    """Cheap passwords, no hashed static names, files in a folder of the test's own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    default = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "files"},
    }
    settings.STORAGES = {"default": default, "staticfiles": {"BACKEND": plain}}
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "whitenoise" not in m]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.HOME = tmp_path
    settings.FILES = tmp_path / "files"
    settings.LAKE = str(tmp_path / "lake")
    settings.INBOX = str(tmp_path / "inbox")
    settings.CHECKPOINTS = tmp_path / "checkpoints"
    settings.SECOND_FACTOR_REQUIRED = False


def person(name: str, **fields) -> Person:
    return Person.objects.create(
        email=f"{name}@example.org", name_ru=name.title(), name_en=name.title(), **fields
    )


def organisation(name: str, inn: str = "", **fields) -> Organisation:
    return Organisation.objects.create(
        name_ru=name, name_en=name, inn=inn, is_public=True, **fields
    )


def member_company(name: str, inn: str, ogrn: str, programme: Programme, number: int):
    company = organisation(name, inn=inn, kpp="770801001", ogrn=ogrn)
    Kind.objects.create(organisation=company, code="developer")
    Membership.objects.create(
        organisation=company,
        programme=programme,
        state=MembershipState.ADMITTED,
        number=number,
        admitted_at=NOON,
    )
    return company


@pytest.fixture
def remember(db, tmp_path):
    """Leads to a place of the story by its moves, the first time: ``remember("need", publish)``."""
    traveller = Traveller(tmp_path)
    with connection.execute_wrapper(traveller.watch):
        yield traveller


@pytest.fixture
def cast(remember):
    """Everybody, with their organisations and programmes, as one namespace."""
    return remember("cast", everybody)


def everybody():
    post = organisation("Post", inn="7724490000", kpp="772401001", ogrn="1197746000000")
    city = Programme.objects.create(
        code="city",
        name_ru="Город",
        name_en="City",
        centre=post,
        starts_on=date(2026, 1, 1),
        criteria=CRITERIA,
        quorum=2,
        state=ProgrammeState.OPEN,
    )
    region = Programme.objects.create(
        code="region",
        name_ru="Область",
        name_en="Region",
        centre=post,
        starts_on=date(2026, 1, 1),
        criteria=CRITERIA,
        state=ProgrammeState.OPEN,
    )
    people = {name: person(name) for name in ROLES}
    for name, role in ROLES.items():
        RoleHeld.objects.create(
            person=people[name], programme=city, code=role, since=date(2026, 1, 1)
        )
    ulyana = person("ulyana")
    RoleHeld.objects.create(
        person=ulyana, programme=region, code=Role.COORDINATOR, since=date(2026, 1, 1)
    )
    amber = member_company("Amber", "7707083893", "1027700132195", city, 1)
    granite = member_company("Granite", "7736050003", "1027700070518", city, 2)
    anna, artem, gleb = person("anna"), person("artem"), person("gleb")
    since = date(2026, 1, 1)
    Seat.objects.create(person=anna, organisation=amber, may_edit=True, may_sign=True, since=since)
    Seat.objects.create(person=artem, organisation=amber, since=since)
    Seat.objects.create(
        person=gleb, organisation=granite, may_edit=True, may_sign=True, since=since
    )
    zakhar = person("zakhar", is_administrator=True)
    return SimpleNamespace(
        **people,
        ulyana=ulyana,
        anna=anna,
        artem=artem,
        gleb=gleb,
        zakhar=zakhar,
        post=post,
        amber=amber,
        granite=granite,
        city=city,
        region=region,
    )


def _member(name):
    @pytest.fixture(name=name)
    def get(cast):
        return getattr(cast, name)

    return get


anna, artem, gleb, ulyana, zakhar = map(_member, ["anna", "artem", "gleb", "ulyana", "zakhar"])
nina, vera, kira, konstantin = map(_member, ["nina", "vera", "kira", "konstantin"])
boris, elena, mila, lev, semyon = map(_member, ["boris", "elena", "mila", "lev", "semyon"])
viktor, rita = map(_member, ["viktor", "rita"])
post, amber, granite, city, region = map(_member, ["post", "amber", "granite", "city", "region"])


@pytest.fixture
def signed_in():
    """A browser in which this person has signed in: ``signed_in(anna).get("/")``."""

    def enter(who: Person, language: str = "en") -> Client:
        client = Client()
        client.cookies["pochin_language"] = language
        client.force_login(who)
        return client

    return enter


SPRING = datetime(2026, 4, 1, 15, tzinfo=UTC)  # when the intake of the need closes

NEED = {
    "title_ru": "Меньше возвратов из-за неточного адреса",
    "title_en": "Fewer returns because of an inexact address",
    "problem_ru": "Письма возвращаются, потому что адрес написан с ошибкой.",
    "problem_en": "Letters come back because the address has a mistake.",
    "metric_ru": "Доля возвратов",
    "metric_en": "Share of returns",
    "metric_unit_ru": "п. п.",
    "metric_unit_en": "pp",
    "metric_now": "4.2",
    "metric_target": "3.0",
}

ANSWERS = {
    "solution": {"summary": "s", "works": "w", "differs": "d", "level": "7"},
    "evidence": {"used_by": "u", "measured": "m"},
    "data": {"personal": "no", "data": "d", "safety": "s"},
    "pilot": {
        "sites": "12",
        "weeks": "8",
        "effect_low": "1",
        "effect_high": "2",
        "idea": "compare",
    },
    "team": {"team": "t", "ties": "no", "ties_words": ""},
    "price": {"pilot_price": "0", "scale_price": "p", "asked": "a"},
}
CONSENTS = {"rules": "yes", "personal": "yes", "truth": "yes"}


@pytest.fixture
def need_in_check(cast, remember):
    """Described by Nina, taken to be checked by Vera."""
    return remember("need in check", describe, cast)


def describe(cast):
    draft = needs.begin(cast.city, by=cast.nina, at=NOON, unit=cast.post, owner=cast.nina, **NEED)
    needs.submit(draft, by=cast.nina, at=NOON)
    return needs.check(draft, by=cast.vera, at=NOON)


def publish(cast, **changes):
    """A need that takes applications until SPRING."""
    fields = {"unit": cast.post, "owner": cast.nina, **NEED, **changes}
    need = needs.begin(cast.city, by=cast.nina, at=NOON, **fields)
    needs.submit(need, by=cast.nina, at=NOON)
    needs.check(need, by=cast.vera, at=NOON)
    needs.sign(need, by=cast.nina, at=NOON)
    needs.approve(need, by=cast.vera, at=NOON)
    needs.confirm_text(need, by=cast.kira, at=NOON)
    needs.set_window(need, by=cast.vera, at=NOON, opens_at=NOON, closes_at=SPRING)
    needs.publish(need, by=cast.vera, at=NOON)
    return needs.open_intake(need, by=cast.vera, at=NOON)


@pytest.fixture
def need(cast, remember):
    return remember("need", publish, cast)


@pytest.fixture
def draft(cast, need, remember):
    """Anna's draft for Amber, all sections answered, one document."""
    return remember("draft", answer, cast, need)


def answer(cast, need):
    application = applications.begin(
        need, by=cast.anna, organisation=cast.amber, title="Распознавание адресов", at=NOON
    )
    for section, values in ANSWERS.items():
        applications.keep(application, section, values, revision=0, by=cast.anna, at=NOON)
    text = SimpleUploadedFile("plan.txt", "План испытаний".encode())
    return applications.attach(
        application, by=cast.anna, file=receive(text, by=cast.anna, at=NOON), at=NOON
    )


@pytest.fixture
def submitted(cast, draft, remember):
    return remember("submitted", hand_in, cast, draft)


def hand_in(cast, draft):
    return applications.submit(draft, by=cast.anna, consents=CONSENTS, missing=0, at=NOON)


@pytest.fixture
def screening(cast, submitted, remember):
    return remember("screening", screen, cast, submitted)


def screen(cast, submitted):
    applications.start_screening(submitted, by=cast.vera, at=NOON)
    passed = {"answers_need": True, "complete": True, "may_take_part": True, "no_duplicate": True}
    return applications.screen(submitted, by=cast.vera, eligibility=passed, at=NOON)


def said(score=4, recommendation="accept"):
    """What an expert fills in."""
    scores = {c["code"]: {"score": score, "reason": f"Балл {score}."} for c in CRITERIA}
    return {
        "scores": scores,
        "confidence": 4,
        "probability": 60,
        "recommendation": recommendation,
        "question": "",
        "closed_note": "Закрытая заметка",
    }


@pytest.fixture
def in_review(cast, screening, remember):
    """Boris and Elena were asked and have taken it."""
    return remember("in review", send_to_experts, cast, screening)


def send_to_experts(cast, screening):
    for expert in (cast.boris, cast.elena):
        asked = reviews.offer(screening, by=cast.vera, expert=expert, part="technology", at=NOON)
        reviews.accept(asked, by=expert, at=NOON)
    return reviews.send(screening, by=cast.vera, at=NOON)


def hand_in_all(application, **kwargs):
    for assignment in application.assignments.filter(state="accepted").order_by("pk"):
        reviews.hand_in(assignment, by=assignment.expert, at=NOON, **said(**kwargs))
    application.refresh_from_db()
    return application


@pytest.fixture
def reviewed(in_review, remember, django_capture_on_commit_callbacks):
    def read():
        with django_capture_on_commit_callbacks(execute=True):
            return hand_in_all(in_review)

    return remember("reviewed", read)


@pytest.fixture
def accepted(cast, reviewed, remember):
    return remember("accepted", accept, cast, reviewed)


def accept(cast, reviewed):
    return reviews.decide(reviewed, by=cast.kira, is_accepted=True, reason="Полезно.", at=NOON)


def plain(answer) -> str:
    """A page without what differs between two readings of it: tokens, keys, drawn names."""
    page = answer.content.decode()
    page = re.sub(r'(name="(?:csrfmiddlewaretoken|request_key)" value=)"[^"]*"', r"\1", page)
    return re.sub(r'"why-[0-9a-f]{8}"', '"why"', page)


# Pilots: a plan over eight weeks, twelve offices, an agreement; `pilot_at` leads there by moves.

PLAN = {
    "schema": "pochin-plan/1",
    "question": "Does the sorter shorten the delay of parcels?",
    "purpose": "prove",
    "estimand": {"target": "unit-average"},
    "unit": "post office",
    "design": {"kind": "parallel", "treated": 6},
    "periods": {"start": "2026-03-16", "length": "week", "baseline": 2, "run": 4},
    "metrics": [
        {
            "code": "delay", "role": "primary", "kind": "mean", "direction": "lower",
            "unit": "min", "threshold": 1.0, "detectable": 0.8,
        },
        {
            "code": "complaints", "role": "guardrail", "kind": "proportion",
            "direction": "lower", "unit": "1", "margin": 0.01,
        },
    ],
    "decision": {"scope": "network"},
    "stop_reasons": ["a person was hurt"],
}  # fmt: skip


def on(month: int, day: int, hour: int = 9) -> datetime:
    """A moment of the year of the tests."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def plan_for(sites, **changes):
    """The plan over these sites, every second one with the solution; parts may be exchanged."""
    units = [
        {"unit": str(site.number), "arm": "treatment" if i % 2 else "control"}
        for i, site in enumerate(sites)
    ]
    document = {**PLAN, "assignment": {"method": "complete", "units": units}}
    document["design"] = {**PLAN["design"], "treated": len(units) // 2}
    return Protocol.parse({**document, **changes})


@pytest.fixture
def offices(cast, remember):
    """Twelve post offices with the status of a site; Semyon answers for all of them."""
    return remember("offices", open_offices, cast)


def open_offices(cast):
    return Site.objects.bulk_create(
        Site(
            number=101001 + i,
            postcode=str(101001 + i),
            kind=SiteKind.POST_OFFICE,
            name_ru=f"Отделение {101001 + i}",
            name_en=f"Office {101001 + i}",
            programme=cast.city,
            owner=cast.post,
            responsible=cast.semyon,
            instruction="ИБ-1",
            consent_at=NOON,
            capacity=5,
            state="has_status",
        )
        for i in range(12)
    )


@pytest.fixture
def agreement(cast, remember):
    """An agreement on a pilot between Amber and the post, in force all year."""
    return remember("agreement", agree, cast)


def agree(cast):
    made = Agreement.objects.create(
        programme=cast.city,
        number=numbers.following(f"agreement@{cast.city.pk}"),
        kind="pilot",
        title_ru="Соглашение о пилоте",
        title_en="Agreement on a pilot",
        starts_on=date(2026, 1, 1),
        state="in_force",
        sha256="0" * 64,
        signed_at=NOON,
    )
    for party in (cast.amber, cast.post):
        Party.objects.create(agreement=made, organisation=party)
    return made


COUNTED = pilots.Completeness(
    expected=100, received=100, baseline_expected=50, baseline_received=50, sha256="d" * 64
)


class PilotMaker:
    """Leads a pilot from the proposal to a state, by moves; the last moment is kept in `at`."""

    FIRST_DAY, DECISION_DATE = date(2026, 3, 16), date(2026, 6, 1)

    def __init__(self, cast, offices, agreement, need, remember=None):
        self.cast, self.offices, self.agreement, self.need = cast, offices, agreement, need
        self.remember = remember

    def __call__(self, state="proposed", **given):
        plan = given.pop("plan", None)
        self.protocol = plan or plan_for(self.offices)
        if plan or given or not self.remember:
            return self.lead(state, given)
        return self.remember(f"{len(self.offices)} offices {state}", self.lead, state, given)

    def lead(self, state, given):
        pilot = pilots.propose(
            self.cast.city, by=self.cast.vera, at=NOON, sponsor=self.cast.nina,
            organisation=self.cast.amber,
            **{"title_ru": "Сортировщик", "title_en": "Sorter", "need": self.need, **given},
        )  # fmt: skip
        for name in self.ROAD:
            if pilot.state == state:
                break
            getattr(self, name)(pilot)
        assert pilot.state == state, f"the road to {state} ended at {pilot.state}"
        return pilot

    ROAD = (
        "appoint", "design", "sign", "confirm", "begin_baseline", "start", "close_data",
        "begin_evaluation", "settle", "close",
    )  # fmt: skip

    def appoint(self, pilot):
        c = self.cast
        pilots.appoint(
            pilot, by=c.vera, at=NOON, manager=c.lev, methodologist=c.mila, analyst=c.mila,
            decision_owner=c.kira, decision_date=self.DECISION_DATE,
        )  # fmt: skip
        pilots.begin_design(pilot, by=c.vera, at=NOON)

    def write(self, pilot):
        pilots.write_plan(pilot, by=self.cast.lev, protocol=self.protocol, at=NOON)
        for office in self.offices:
            self.slot(pilot, office)

    def slot(self, pilot, office):
        slot = pilots.propose_site(
            pilot, by=self.cast.lev, site=office, at=NOON,
            starts_on=self.FIRST_DAY, ends_on=self.FIRST_DAY + timedelta(weeks=6, days=-1),
            twin_words="Разные смены",
        )  # fmt: skip
        return pilots.agree(slot, by=self.cast.semyon, at=NOON)

    def design(self, pilot):
        self.write(pilot)
        pilots.submit_plan(pilot, by=self.cast.lev, at=NOON)

    def sign(self, pilot):
        for signer in (self.cast.mila, self.cast.nina, self.cast.anna):
            pilots.sign_plan(pilot, by=signer, at=on(3, 3))

    def confirm(self, pilot):
        for slot in pilot.slots.all():
            pilots.confirm(slot, by=self.cast.semyon, at=on(3, 4))
        pilots.confirm_feed(pilot, by=self.cast.lev, at=on(3, 4))
        pilots.begin_baseline(pilot, by=self.cast.lev, at=on(3, 16))

    def begin_baseline(self, pilot):
        for slot in pilot.slots.all():
            pilots.sign_start(slot, by=self.cast.semyon, at=on(3, 29))
        for check in pilot.checks.all():
            pilots.tick(pilot, by=self.cast.lev, check=check, at=on(3, 29))
        pilots.note_data(pilot, by=SYSTEM, data=COUNTED, at=on(3, 29))
        pilots.link_agreement(pilot, by=self.cast.lev, agreement=self.agreement, at=on(3, 29))
        pilots.start(pilot, by=self.cast.lev, at=on(3, 30))

    def start(self, pilot):
        pilots.life.make("reach_end", pilot, by=SYSTEM, at=on(4, 28))
        pilots.close_data(pilot, by=SYSTEM, at=on(4, 28))

    def close_data(self, pilot):
        pilots.begin_evaluation(pilot, by=self.cast.mila, at=on(4, 29))

    def finding(self, pilot, **changes):
        given = {
            "verdict": "meets", "colour": "green", "sha256": "f" * 64,
            "data_sha256": pilot.data_sha256, "plan_sha256": pilot.locked_plan().sha256,
        }  # fmt: skip
        return pilots.Finding(**{**given, **changes})

    def begin_evaluation(self, pilot):
        pilots.hand_over(pilot, by=self.cast.mila, finding=self.finding(pilot), at=on(4, 30))
        for side in (self.cast.semyon, self.cast.anna, self.cast.nina):
            pilots.comment(pilot, by=side, is_dissent=False, words="", at=on(5, 4))

    def grounds(self, pilot, **changes):
        given = {"sha256": "9" * 64, "result_sha256": pilot.result_sha256, "words": "Да."}
        return pilots.Decided(**{**given, **changes})

    def settle(self, pilot):
        pilots.settle(
            pilot, outcome="scale", grounds=self.grounds(pilot), by=self.cast.kira, at=on(5, 6)
        )

    def close(self, pilot):
        for check in pilot.checks.filter(done_at__isnull=True):
            pilots.tick(pilot, by=self.cast.lev, check=check, at=on(5, 7))
        pilots.tell_lesson(pilot, by=self.cast.lev, tried="Сортировщик", why="Быстрее", at=on(5, 7))


@pytest.fixture
def pilot_at(cast, offices, agreement, need, remember):
    """Calls for a pilot in a state: ``pilot_at("running")``."""
    return PilotMaker(cast, offices, agreement, need, remember)


@pytest.fixture
def running(pilot_at):
    return pilot_at("running")


def _kinds(given):
    """Values as they are told apart: with their types; a word of a list of choices is a word."""
    return [str(one) if isinstance(one, str) else (type(one), repr(one)) for one in given]


@pytest.fixture(autouse=True, scope="session")
def _remembered_questions_are_the_right_ones():
    """Every question that was written before is written anew beside it, in all tests."""
    remembered = written.question

    def checked(things, note=written._nothing, put=written.as_it_is):
        said = remembered(things, note, put)
        sql, given = put(things).query.get_compiler(using=things.db).as_sql()
        assert (sql, _kinds(given)) == (said.sql, _kinds(said.given))
        return said

    with pytest.MonkeyPatch.context() as patch:
        for module in (quick_rows, counting, finding):
            patch.setattr(module, "question", checked)
        yield


@pytest.fixture(autouse=True, scope="session")
def _kept_filters_are_the_right_ones():
    """What was picked of the same things before is picked anew beside it, in all tests."""
    narrowed = Filter.narrowed

    @wraps(narrowed)
    def checked(filter_, things, picked):
        said = narrowed(filter_, things, picked)
        assert _asks(said) == _asks(filter_.narrow(things, picked))
        return said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Filter, "narrowed", checked)
        yield


def _asks(things):
    try:
        sql, given = things.query.get_compiler(using=things.db).as_sql()
    except EmptyResultSet:
        return None
    return sql, _kinds(given)


@pytest.fixture(autouse=True, scope="session")
def _kept_rows_are_the_right_ones():
    """Every row that was drawn before is drawn anew beside it, in all tests."""
    drawn = rows.drawn

    @wraps(drawn)
    def checked(listing, found):
        said = drawn(listing, found)
        if listing.steady:
            assert said == rows.afresh(listing, [row.thing for row in found])
        return said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "drawn", checked)
        yield


@pytest.fixture(autouse=True)
def _counted_anew():
    """What many things there were in another test is forgotten."""
    counting.many.clear()


@pytest.fixture(autouse=True)
def _english():
    """Refusals are read in English, whatever the installation speaks."""
    with translation.override("en"):
        yield


def readings_csv(*, effect: float = -4.0, weeks: int = 6, baseline: int = 2) -> bytes:
    """Readings of twelve offices: every second one gains `effect` after the baseline."""
    rows = ["unit;at;metric;value"]
    for week in range(weeks):
        monday = date(2026, 3, 16) + timedelta(weeks=week)
        for i in range(12):
            gain = effect if i % 2 and week >= baseline else 0
            for day in range(3):
                moment = f"{monday + timedelta(days=day)}T12:00"
                noise = (i * 7 + day * 3 + week) % 5 / 5
                rows.append(f"{101001 + i};{moment};delay;{30 + i % 4 / 4 + noise + gain}")
                rows.append(f"{101001 + i};{moment};complaints;{0.02 + (i * 5 + day) % 7 / 1000}")
    return "\n".join([*rows, ""]).encode()


@pytest.fixture
def measured(pilot_at, cast, remember):
    """A pilot whose data came in as a file, was checked, and is closed; Mila evaluates it.

    `meanwhile` is done to it while it runs.
    """

    def make(**kwargs):
        if "plan" in kwargs:
            return lead(**kwargs)
        return remember(f"measured {kwargs}", lambda: lead(**kwargs))

    def lead(**kwargs):
        pilot = pilot_at("running", plan=kwargs.pop("plan", None))
        kwargs.pop("meanwhile", lambda _pilot: None)(pilot)
        upload = SimpleUploadedFile("readings.csv", readings_csv(**kwargs))
        sent = readings.send(pilot, upload, by=cast.lev, at=on(4, 28))
        readings.check(sent, by=cast.lev, at=on(4, 28))
        readings.take_in(sent, at=on(4, 28))
        pilot.refresh_from_db()
        pilots.life.make("reach_end", pilot, by=SYSTEM, at=on(4, 29))
        pilots.close_data(pilot, by=SYSTEM, at=on(4, 29))
        return pilots.begin_evaluation(pilot, by=cast.mila, at=on(4, 30))

    return make


@pytest.fixture
def judged(measured, cast, remember):
    """A pilot that waits for the decision of Kira; `effect` is what the readings show."""

    def make(**kwargs):
        if "plan" in kwargs:
            return lead(**kwargs)
        return remember(f"judged {kwargs}", lambda: lead(**kwargs))

    def lead(**kwargs):
        pilot = measured(**kwargs)
        evaluation = evaluations.compute(pilot, by=cast.mila, at=on(4, 30))
        evaluations.release(evaluation, by=cast.mila, at=on(4, 30))
        for side in (cast.semyon, cast.anna, cast.nina):
            pilots.comment(pilot, by=side, is_dissent=False, words="", at=on(5, 4))
        pilot.refresh_from_db()
        return pilot

    return make


@pytest.fixture
def bucket(monkeypatch, settings):
    """An S3-compatible store on this machine, in which the lake lies; the name of the bucket."""
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "POCHIN_S3_ENDPOINT": endpoint,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket="lake")
    settings.LAKE = "s3://lake/pochin"
    yield "lake"
    server.stop()
