"""Who plays in the demonstration: invented people and companies, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pochin.demo.criteria import CRITERIA
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


@dataclass(frozen=True, slots=True)
class Player:
    """One person: the word in the e-mail, the name in two languages, roles in the programmes."""

    key: str
    ru: str
    en: str
    city: tuple[str, ...] = ()
    region: tuple[str, ...] = ()


PLAYERS = (
    Player("sokolova", "Ирина Соколова", "Irina Sokolova", (Role.NEED_OWNER,)),
    Player("orlov", "Павел Орлов", "Pavel Orlov", (Role.NEED_OWNER,), (Role.NEED_OWNER,)),
    Player("kotova", "Мария Котова", "Maria Kotova", (Role.COORDINATOR,)),
    Player("ermakov", "Денис Ермаков", "Denis Ermakov", (Role.SCREENER,)),
    Player("titov", "Алексей Титов", "Alexey Titov", (Role.EXPERT,)),
    Player("belova", "Наталья Белова", "Natalia Belova", (Role.EXPERT,)),
    Player("gusev", "Олег Гусев", "Oleg Gusev", (Role.EXPERT,)),
    Player("zhukov", "Сергей Жуков", "Sergey Zhukov", (Role.COMMITTEE,)),
    Player("lebedeva", "Анна Лебедева", "Anna Lebedeva", (Role.DIRECTOR,), (Role.DIRECTOR,)),
    Player("morozov", "Илья Морозов", "Ilya Morozov", (Role.PILOT_MANAGER,)),
    Player("vlasova", "Елена Власова", "Elena Vlasova", (Role.METHODOLOGIST,)),
    Player("nikitin", "Роман Никитин", "Roman Nikitin", (Role.LAWYER,)),
    Player("larina", "Вера Ларина", "Vera Larina", (Role.EXPORT_MANAGER,)),
    Player("fomin", "Андрей Фомин", "Andrey Fomin", (Role.SITE_KEEPER,)),
    Player("rybakova", "Ольга Рыбакова", "Olga Rybakova", (Role.OBSERVER,)),
    Player("danilov", "Виктор Данилов", "Viktor Danilov", (Role.AUDITOR,)),
    Player("safina", "Алсу Сафина", "Alsu Safina", (), (Role.COORDINATOR,)),
    Player("admin", "Администратор", "Administrator"),
)


@dataclass(frozen=True, slots=True)
class Company:
    """An invented company; its numbers add up and belong to nobody we know."""

    key: str
    ru: str
    en: str
    kind: str
    inn: str
    ogrn: str
    signer: str
    signer_en: str
    about_ru: str
    about_en: str


COMPANIES = (
    Company("optika", "Оптика Логистик", "Optika Logistic", "developer", "9900000017", "1269900000017",
            "Кирилл Зимин", "Kirill Zimin", "Читает мятые и рукописные адреса.",
            "Reads crumpled and handwritten addresses."),
    Company("vesna", "Весна Роботикс", "Vesna Robotics", "producer", "9900000024", "1269900000028",
            "Дарья Весна", "Darya Vesna", "Делает тележки, которые возят посылки сами.",
            "Makes carts that carry parcels by themselves."),
    Company("holod", "Холод и Путь", "Cold and Way", "business", "9900000031", "1269900000039",
            "Глеб Холодов", "Gleb Kholodov", "Держит температуру лекарств в пути.",
            "Keeps the temperature of medicines on the way."),
    Company("ochered", "Без очереди", "No Queue", "developer", "9900000049", "1269900000040",
            "Марина Лис", "Marina Lis", "Расставляет окна и людей по потоку.",
            "Places counters and people by the flow."),
    Company("kontur", "Контур Речи", "Speech Contour", "science", "9900000056", "1269900000050",
            "Тимур Алиев", "Timur Aliev", "Отвечает на звонки о посылках.",
            "Answers calls about parcels."),
    Company("vesy", "Точные Весы", "Exact Scales", "producer", "9900000063", "1269900000061",
            "Нина Гранина", "Nina Granina", "Меряет вес и объём за секунду.",
            "Measures weight and size in a second."),
    Company("marshrut", "Умный Маршрут", "Smart Route", "developer", "9900000070", "1269900000072",
            "Егор Дорожный", "Egor Dorozhny", "Строит маршруты почтальонов.",
            "Builds the routes of postmen."),
    Company("taiga", "Тайга Энерго", "Taiga Energy", "producer", "9900000088", "1269900000083",
            "Семён Таёжный", "Semyon Tayozhny", "Экономит тепло сельских отделений.",
            "Saves the heat of village offices."),
)  # fmt: skip


class Cast:
    """Everybody, by key; read from the database when the demonstration is there already."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.companies: dict[str, Organisation] = {}
        self.post: Organisation
        self.city: Programme
        self.region: Programme

    def __getattr__(self, key: str) -> Person:
        try:
            return self.__dict__["people"][key]
        except KeyError:
            raise AttributeError(key) from None


def address(key: str) -> str:
    return f"{key}@demo.example"


def make(*, since: date) -> Cast:
    """Create the organisations, the programmes and the people with their roles."""
    cast = Cast()
    cast.post = _organisation("Почта", "Post", "9900000095", "1269900000094", "anchor", since)
    department = _organisation("Департамент", "Department", "9900000105", "1269900000105",
                               "authority", since)  # fmt: skip
    cast.city = _programme("city", "Городской кластер", "City cluster", cast.post, since)
    cast.region = _programme("region", "Регионы", "Regions", cast.post, since)
    for number, company in enumerate(COMPANIES, start=1):
        _company(cast, company, number, since)
    for player in PLAYERS:
        _player(cast, player, since)
    Seat.objects.create(person=cast.rybakova, organisation=department, since=since, position="")
    Seat.objects.create(person=cast.lebedeva, organisation=cast.post, may_edit=True, may_sign=True,
                        since=since)  # fmt: skip
    return cast


def _organisation(
    ru: str, en: str, inn: str, ogrn: str, kind: str, since: date, **more: Any
) -> Organisation:
    made = Organisation.objects.create(
        name_ru=ru, name_en=en, inn=inn, kpp="990001001", ogrn=ogrn, region="77", is_public=True,
        is_demonstration=True, founded_on=since.replace(year=2015), **more,
    )  # fmt: skip
    Kind.objects.create(organisation=made, code=kind)
    return made


def _programme(code: str, ru: str, en: str, centre: Organisation, since: date) -> Programme:
    return Programme.objects.create(
        code=code, name_ru=ru, name_en=en, centre=centre, starts_on=since, criteria=CRITERIA,
        quorum=2, state=ProgrammeState.OPEN,
    )  # fmt: skip


def _company(cast: Cast, company: Company, number: int, since: date) -> None:
    made = _organisation(
        company.ru, company.en, company.inn, company.ogrn, company.kind, since,
        about_ru=company.about_ru, about_en=company.about_en, size="small",
    )  # fmt: skip
    cast.companies[company.key] = made
    Membership.objects.create(
        organisation=made, programme=cast.city, state=MembershipState.ADMITTED, number=number,
        admitted_at=f"{since}T09:00:00Z", confirmed_at=f"{since}T09:00:00Z",
    )  # fmt: skip
    person = _person(company.key, company.signer, company.signer_en)
    cast.people[company.key] = person
    Seat.objects.create(
        person=person, organisation=made, may_edit=True, may_sign=True, since=since,
        position="Генеральный директор // Director General",
    )  # fmt: skip


def _player(cast: Cast, player: Player, since: date) -> None:
    person = _person(player.key, player.ru, player.en, is_administrator=player.key == "admin")
    cast.people[player.key] = person
    for programme, roles in ((cast.city, player.city), (cast.region, player.region)):
        for role in roles:
            RoleHeld.objects.create(person=person, programme=programme, code=role, since=since)


def _person(key: str, ru: str, en: str, **more: Any) -> Person:
    person = Person(email=address(key), name_ru=ru, name_en=en, **more)
    person.set_unusable_password()
    person.save()
    return person
