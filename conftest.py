"""The cast: the same few people play in every test.

Anna signs for Amber, a member company that applies; Artem only reads there. Gleb signs for
Granite, its rival. Nina owns the need at the post. Vera coordinates the city programme, Kira
decides in it, Konstantin sits on its committee, Boris and Elena are its experts, Mila is its
methodologist, Lev its pilot manager, Semyon keeps a site, Viktor observes for the department,
Rita audits. Ulyana coordinates another programme. Zakhar administers the installation.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.test import Client

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
def cast(db):
    """Everybody, with their organisations and programmes, as one namespace."""
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
