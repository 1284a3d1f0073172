"""Fill an empty database in bulk: no moves, no journal, but rows of every kind a page reads."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from pochin.applications.models import Application, Version
from pochin.applications.models import State as ApplicationState
from pochin.core import tallies
from pochin.core.models import Counter, Turn
from pochin.needs.models import Need
from pochin.needs.models import State as NeedState
from pochin.participants import regions
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
from pochin.pilots.models import Pilot
from pochin.pilots.models import State as PilotState
from pochin.reviews.models import Assignment
from pochin.reviews.models import State as AssignmentState
from pochin.search import index
from pochin.sites import finding as site_words
from pochin.sites.models import Site, SiteKind
from pochin.solutions.models import Category, PriceModel, Solution
from pochin.solutions.models import State as SolutionState

NOW = datetime.now(UTC).replace(microsecond=0)
START = date(2025, 1, 1)
AT_ONCE = 2000
# Of whatever is listed, so that the smallest fill shows whole pages, as the largest does.
LEAST = 1000
STAFF, COMPANY = "staff@bench.example", "company@bench.example"
CRITERIA = [
    {"code": "benefit", "weight": 60, "ru": "Польза для почты", "en": "Benefit for the post"},
    {"code": "price", "weight": 40, "ru": "Цена внедрения", "en": "Cost of adoption"},
]
THINGS = (
    "Сортировка посылок", "Учёт возвратов", "Распознавание адресов", "Маршруты почтальонов",
    "Холодная цепь", "Выдача без экрана",
)  # fmt: skip
# Every second thing is for the winter, so that a search for it finds more than a page in any fill.
PLACES = ("зимой", "в малых отделениях", "зимой", "на линии", "зимой", "в час пик")
COMPANIES = ("Оптика", "Вектор", "Янтарь", "Гранит", "Парус", "Полюс", "Сигнал", "Мост", "Исток")
TOWNS = ("Омск", "Тверь", "Пермь", "Казань", "Курск", "Самара", "Чита", "Псков", "Вологда", "Уфа")
ARRIVED = {
    "expected": 1000, "received": 990, "baseline_expected": 200, "baseline_received": 200,
    "sha256": "0" * 64, "importers": [],
}  # fmt: skip
# How many of a hundred applications stand where.
STATES = (
    (ApplicationState.DRAFT, 10), (ApplicationState.SUBMITTED, 5), (ApplicationState.SCREENING, 5),
    (ApplicationState.CLARIFICATION, 2), (ApplicationState.IN_REVIEW, 8),
    (ApplicationState.ACCEPTED, 15), (ApplicationState.REFUSED, 45),
    (ApplicationState.WITHDRAWN, 10),
)  # fmt: skip
WAITS = {
    ApplicationState.SUBMITTED: ("screening", "screener"),
    ApplicationState.SCREENING: ("screening", "screener"),
    ApplicationState.IN_REVIEW: ("panel", "coordinator"),
}


class Fill:
    """All tables at one scale: `scale` applications and the rest in proportion."""

    def __init__(self, scale: int, say: Any = print) -> None:
        self.scale, self.say = scale, say
        self.dice = random.Random(20191022)
        self.counts = {
            "organisations": max(scale // 2, LEAST),
            "applications": scale,
            "sites": max(scale // 4, LEAST),
            "pilots": max(scale // 40, LEAST),
            "needs": max(scale // 100, LEAST),
            "solutions": max(scale // 10, LEAST),
            "reviews": max(scale // 10, LEAST),
        }

    def __call__(self) -> dict[str, int]:
        """Fill everything; answers how many rows of each kind there are."""
        for step in (
            self.people, self.organisations, self.needs, self.solutions, self.sites,
            self.applications, self.reviews, self.pilots, self.turns, self.search, self.tallies,
        ):  # fmt: skip
            with transaction.atomic():
                step()
            self.say(f"  {step.__name__}")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return self.counts

    def words(self, n: int) -> str:
        return f"{THINGS[n % len(THINGS)]} {PLACES[n // len(THINGS) % len(PLACES)]}"

    def moment(self) -> datetime:
        return NOW - timedelta(minutes=self.dice.randrange(60, 900 * 24 * 60))

    def people(self) -> None:
        """One programme, its staff, and those who speak for companies."""
        self.post = Organisation.objects.create(name_ru="Почта", name_en="Post", is_public=True)
        self.programme = Programme.objects.create(
            code="bench", name_ru="Город", name_en="City", centre=self.post, starts_on=START,
            criteria=CRITERIA, state=ProgrammeState.OPEN,
        )  # fmt: skip
        staff = _person("staff", "Вера Котова")
        _role(staff, self.programme, Role.COORDINATOR)
        Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={})
        self.owner = _person("owner", "Нина Соколова")
        _role(self.owner, self.programme, Role.NEED_OWNER)
        self.director = _person("director", "Кира Лебедева")
        _role(self.director, self.programme, Role.DIRECTOR)
        self.experts = [_person(f"expert{n}", f"Эксперт {n}") for n in range(100)]
        for expert in self.experts:
            _role(expert, self.programme, Role.EXPERT)
        self.company = _person("company", "Анна Янтарь")

    def organisations(self) -> None:
        """Members of the programme; each eighth agreed to be shown."""
        codes = sorted(regions.REGIONS)
        _many(
            Organisation,
            (
                Organisation(
                    name_ru=f"{self.dice.choice(COMPANIES)} {n}", name_en=f"Company {n}",
                    full_name_ru=f"Общество «{self.words(n)}»", inn=f"{7700000000 + n}",
                    kpp="770101001", ogrn=f"{1027700000000 + n}",
                    region="77" if n % 5 == 0 else self.dice.choice(codes),
                    size="small", is_public=n % 8 == 0, is_demonstration=True,
                )
                for n in range(self.counts["organisations"])
            ),
        )  # fmt: skip
        keys = list(Organisation.objects.exclude(pk=self.post.pk).values_list("pk", flat=True))
        self.companies = keys
        _many(Kind, (Kind(organisation_id=key, code="developer") for key in keys))
        _many(
            Membership,
            (
                Membership(
                    organisation_id=key, programme=self.programme, number=n,
                    state=MembershipState.ADMITTED, admitted_at=NOW,
                )
                for n, key in enumerate(keys, start=1)
            ),
        )  # fmt: skip
        Seat.objects.create(
            person=self.company, organisation_id=keys[0], may_edit=True, may_sign=True, since=START
        )

    def needs(self) -> None:
        """Needs of all states; a fifth takes applications."""
        states = (NeedState.COLLECTING, NeedState.SELECTION, NeedState.PILOTING,
                  NeedState.SATISFIED, NeedState.CHECKING)  # fmt: skip
        _many(
            Need,
            (
                Need(
                    programme=self.programme, number=n, unit=self.post, owner=self.owner,
                    title_ru=self.words(n), title_en=f"Need {n}", problem_ru=self.words(n) * 6,
                    metric_ru="Доля возвратов", metric_unit_ru="п. п.", metric_now="4.2",
                    metric_target="3.0", place_ru=self.dice.choice(TOWNS), sites_wanted=n % 40,
                    budget=1000 * (n % 900), state=states[n % 5],
                    opens_at=NOW - timedelta(days=9), closes_at=NOW + timedelta(hours=1 + n),
                    published_at=NOW - timedelta(days=10),
                )
                for n in range(1, self.counts["needs"] + 1)
            ),
        )  # fmt: skip
        Counter.objects.create(name="need", last=self.counts["needs"])
        self.need_keys = list(Need.objects.values_list("pk", flat=True))

    def solutions(self) -> None:
        """The public catalogue."""
        categories, prices = Category.values, PriceModel.values
        _many(
            Solution,
            (
                Solution(
                    organisation_id=self.dice.choice(self.companies), programme=self.programme,
                    number=100_000 + n, name_ru=f"{self.words(n)} {n}", name_en=f"Solution {n}",
                    line_ru=self.words(n + 3), about_ru=self.words(n) * 4, trl=1 + n % 9,
                    category=categories[n % len(categories)], price_model=prices[n % len(prices)],
                    state=SolutionState.LISTED if n % 10 else SolutionState.SUBMITTED,
                    listed_at=self.moment(), confirmed_at=NOW,
                )
                for n in range(self.counts["solutions"])
            ),
        )  # fmt: skip

    def sites(self) -> None:
        """Post offices by region; each tenth has the status of a site."""
        codes = sorted(regions.REGIONS)
        kinds = (SiteKind.POST_OFFICE, SiteKind.POST_OFFICE, SiteKind.MOBILE_OFFICE, SiteKind.HUB)
        given = {"state": "has_status", "instruction": "ИБ-1", "consent_at": NOW,
                 "responsible": self.owner}  # fmt: skip
        _many(
            Site,
            (
                Site(
                    number=101_000 + n, postcode=str(101_000 + n), kind=kinds[n % 4],
                    name_ru=f"{self.dice.choice(TOWNS)} {n % 300}", name_en=f"Office {n}",
                    region=codes[n * len(codes) // self.counts["sites"]],
                    city=self.dice.choice(TOWNS), area="Центральный", programme=self.programme,
                    owner=self.post, **(given if n % 10 == 0 else {}),
                )
                for n in range(self.counts["sites"])
            ),
        )  # fmt: skip
        site_words.learn(Site.objects.all())

    def applications(self) -> None:
        """Applications in all states; the company of the reader has a hundred of them."""
        bag = [state for state, share in STATES for _n in range(share)]
        self.dice.shuffle(bag)
        _many(Application, (self._application(n, bag[n % 100]) for n in range(self.scale)))

    def _application(self, n: int, state: ApplicationState) -> Application:
        begun = self.moment()
        handed_in = state != ApplicationState.DRAFT
        own = n % max(self.scale // 100, 1) == 0
        return Application(
            programme=self.programme, need_id=self.need_keys[n % len(self.need_keys)],
            organisation_id=self.companies[0] if own else self.dice.choice(self.companies),
            number=100_000 + n, title=f"{self.words(n)} {n}", contact=self.company, state=state,
            begun_at=begun, submitted_at=begun + timedelta(hours=30) if handed_in else None,
            reasons="Не отвечает потребности." if state == ApplicationState.REFUSED else "",
        )  # fmt: skip

    def reviews(self) -> None:
        """Assignments of experts to applications in review or over."""
        chosen = list(
            Application.objects.filter(submitted_at__isnull=False)
            .order_by("-pk")
            .values_list("pk", "submitted_at")[: self.counts["reviews"] // 2]
        )
        content = json.loads(json.dumps({"answers": {"solution": {"summary": self.words(5)}}}))
        _many(
            Version,
            (
                Version(
                    application_id=key, number=1, content=content, sha256="0" * 64, consents={},
                    by=self.company, at=at,
                )
                for key, at in chosen
            ),
        )  # fmt: skip
        versions = dict(Version.objects.values_list("application_id", "pk"))
        states = (AssignmentState.OFFERED, AssignmentState.ACCEPTED, AssignmentState.SUBMITTED,
                  AssignmentState.FINAL)  # fmt: skip
        _many(
            Assignment,
            (
                Assignment(
                    application_id=key, expert=self.experts[(n + turn) % 100],
                    version_id=versions[key], number=100_000 + 2 * n + turn,
                    state=states[n % 4], offered_at=at,
                    handed_in_at=at if n % 4 > 1 else None,
                )
                for n, (key, at) in enumerate(chosen)
                for turn in (0, 1)
            ),
        )  # fmt: skip

    def pilots(self) -> None:
        """Pilots from the proposal to the end."""
        states = (PilotState.PROPOSED, PilotState.RUNNING, PilotState.AWAITING, PilotState.SCALE,
                  PilotState.CLOSED)  # fmt: skip
        today = NOW.date()
        _many(
            Pilot,
            (
                Pilot(
                    programme=self.programme, number=n, title_ru=f"{self.words(n)} {n}",
                    title_en=f"Pilot {n}", summary_ru=self.words(n) * 3,
                    need_id=self.need_keys[n % len(self.need_keys)],
                    organisation_id=self.dice.choice(self.companies), sponsor=self.owner,
                    decision_owner=self.director, decision_date=today + timedelta(days=n % 90 - 30),
                    starts_on=today - timedelta(days=60), ends_on=today - timedelta(days=n % 30),
                    state=states[n % 5], proposed_at=self.moment(),
                    locked_at=None if n % 5 == 0 else NOW,
                    outcome="scale" if n % 5 == 3 else "",
                    data=ARRIVED if n % 5 else {},
                )
                for n in range(1, self.counts["pilots"] + 1)
            ),
        )  # fmt: skip
        Counter.objects.create(name="pilot", last=self.counts["pilots"])

    def turns(self) -> None:
        """An open turn on whatever waits, and one that ended for each application handed in."""
        kind = ContentType.objects.get_for_model(Application)
        rows = Application.objects.filter(submitted_at__isnull=False)
        _many(Turn, self._turns(kind, rows.values_list("pk", "state", "submitted_at").iterator()))

    def _turns(self, kind: ContentType, rows: Iterable[tuple[int, str, datetime]]) -> Iterator:
        for n, (key, state, since) in enumerate(rows):
            given: dict[str, Any] = {
                "kind": kind, "thing_id": key, "programme_id": self.programme.pk, "days": 5,
                "since": since, "due_at": since + timedelta(days=7),
            }  # fmt: skip
            yield Turn(
                **given, state="submitted", clock="screening",
                holder=f"screener@{self.programme.pk}", ended_at=since + timedelta(days=n % 9),
            )  # fmt: skip
            if state in WAITS:
                clock, role = WAITS[ApplicationState(state)]
                holder = f"{role}@{self.programme.pk}"
                yield Turn(**given, state=state, clock=clock, holder=holder)

    def search(self) -> None:
        """Everything that is found by words, as it is after a night."""
        for model in index.declared:
            index.reindex(model)
        index.gather()

    def tallies(self) -> None:
        """One row of each count in place of one for each thing, as the worker does."""
        tallies.gather()


def _person(key: str, name: str) -> Person:
    return Person.objects.create(email=f"{key}@bench.example", name_ru=name, name_en=name)


def _role(person: Person, programme: Programme, code: str) -> None:
    RoleHeld.objects.create(person=person, programme=programme, code=code, since=START)


def _many(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    source = iter(rows)
    while batch := list(islice(source, AT_ONCE)):
        model._base_manager.bulk_create(batch)
