"""Taking in the register of postal indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from pochin.core import journal, numbers
from pochin.participants import regions
from pochin.participants.models import Organisation
from pochin.participants.registers import (
    BrokenRow,
    ImportReport,
    Progress,
    RegisterFile,
    read_day,
)
from pochin.sites import finding
from pochin.sites.models import ImportRun, Site, SiteKind, Word

SOURCE = "pindx"
COLUMNS = {"Index", "OPSName", "OPSType", "OPSSubm", "Region", "Autonom", "Area", "City", "ActDate"}
# What the register says and people here do not overwrite.
FIELDS = ["name_ru", "region", "area", "city", "register_kind", "register_on", "register_parent"]
CHUNK = 2000
INDEX = re.compile(r"[1-9][0-9]{5}")

# Only what the register's short words surely mean; the rest stays “other object” with the word.
KINDS = {
    "О": SiteKind.POST_OFFICE,
    "Передвижное ОС": SiteKind.MOBILE_OFFICE,
    "Почтомат": SiteKind.PARCEL_LOCKER,
    "МСЦ": SiteKind.SORTING_CENTRE,
    "Сц": SiteKind.SORTING_CENTRE,
    "УМСЦ": SiteKind.SORTING_CENTRE,
    "ММПО": SiteKind.EXCHANGE_OFFICE,
    "УКД": SiteKind.DELIVERY_UNIT,
    "Участок Дпп": SiteKind.DELIVERY_UNIT,
    "Склад ТМЦ": SiteKind.WAREHOUSE,
    "Склад Фф": SiteKind.WAREHOUSE,
    "Бондовый Склад": SiteKind.WAREHOUSE,
    "УФПС": SiteKind.ADMINISTRATION,
    "ФГУП": SiteKind.ADMINISTRATION,
    "Филиал": SiteKind.ADMINISTRATION,
    "ИВЦ": SiteKind.DATA_CENTRE,
    "ТИ": SiteKind.TECHNICAL,
    "ДТИ": SiteKind.TECHNICAL,
}
# Places of the register outside the regions.
ELSEWHERE = {"Байконур": "99", "Германия": "99"}
BY_NAME = {region.ru: code for code, region in regions.REGIONS.items()} | ELSEWHERE


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the register, checked."""

    line: int
    postcode: str
    facts: dict[str, Any]


@dataclass(slots=True)
class _Reading:
    """What must be remembered across the file: where each index stood, whose parent is unknown."""

    report: ImportReport
    lines: dict[str, int] = field(default_factory=dict)
    parents: list[tuple[int, str, str]] = field(default_factory=list)


def import_sites(
    file: str | Path,
    *,
    by: Any,
    at: datetime,
    owner: Organisation | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Take in the register: new places are nominated, known ones brought up to date.

    The same file again changes nothing. Broken rows are named in the report, the rest goes in;
    places whose parent is not in the register are noted. New places belong to `owner`.
    """
    reading = _Reading(ImportReport())
    report = reading.report
    source = RegisterFile(file, columns=COLUMNS, progress=progress)
    chunk: list[Record] = []
    for record in _records(source, reading):
        chunk.append(record)
        if len(chunk) == CHUNK:
            _keep(chunk, report, owner)
            chunk = []
    _keep(chunk, report, owner)
    _count_anew()
    _link()
    _note_orphans(reading)
    report.sha256 = source.sha256
    report.broken.sort()
    report.notice_emptiness()
    _remember(source.path.name, report, by=by, at=at)
    return report


def _records(source: RegisterFile, reading: _Reading) -> Iterator[Record]:
    for line, row in source.rows(reading.report.broken):
        try:
            record = _read(line, row, reading.report)
            first = reading.lines.setdefault(record.postcode, line)
            if first != line:
                words = _("The postcode %(index)s was already on line %(line)d.")
                raise BrokenRow(words % {"index": record.postcode, "line": first})
        except BrokenRow as error:
            reading.report.broken.append((line, str(error)))
            continue
        reading.parents.append((line, record.postcode, record.facts["register_parent"]))
        yield record


def _read(line: int, row: dict[str, str], report: ImportReport) -> Record:
    postcode, name = row["Index"], row["OPSName"]
    if not INDEX.fullmatch(postcode):
        words = _("“%(text)s” is not a postcode of six digits.")
        raise BrokenRow(words % {"text": postcode[:40]})
    if not name:
        raise BrokenRow(_("The place has no name."))
    where = row["Region"] or row["Autonom"]
    if where and where not in BY_NAME:
        words = _("The region “%(name)s” is not known; the place went in without one.")
        report.notes.append((line, words % {"name": where[:80]}))
    facts = {
        "name_ru": name[:200],
        "region": BY_NAME.get(where, ""),
        "area": row["Area"][:120],
        "city": row["City"][:120],
        "register_kind": row["OPSType"][:30],
        "register_on": read_day(row["ActDate"], "%Y%m%d"),
        "register_parent": row["OPSSubm"][:6],
    }
    return Record(line, postcode, facts)


@transaction.atomic
def _keep(records: list[Record], report: ImportReport, owner: Organisation | None) -> None:
    wanted = {record.postcode for record in records}
    known = {site.postcode: site for site in Site.objects.filter(postcode__in=wanted)}
    fresh, stale = [], []
    for record in records:
        site = known.get(record.postcode)
        if site is None:
            fresh.append(_new(record, owner))
        elif _changed(record, site):
            stale.append(site)
        else:
            report.unchanged += 1
    finding.learn(Site.objects.bulk_create(fresh))
    if stale:
        Site.objects.bulk_create(
            stale, update_conflicts=True, unique_fields=["number"], update_fields=FIELDS
        )
        finding.remember(stale)
    report.created += len(fresh)
    report.updated += len(stale)


def _new(record: Record, owner: Organisation | None) -> Site:
    return Site(
        number=int(record.postcode),
        postcode=record.postcode,
        kind=KINDS.get(record.facts["register_kind"], SiteKind.OTHER),
        zone=regions.zone(record.facts["region"]),
        owner=owner,
        source=SOURCE,
        **record.facts,
    )


def _changed(record: Record, site: Site) -> bool:
    """Bring the facts of the record over; say whether anything was different."""
    before = [getattr(site, name) for name in FIELDS]
    for name in FIELDS:
        setattr(site, name, record.facts[name])
    return before != [record.facts[name] for name in FIELDS]


def _count_anew() -> None:
    """Let the database learn how much there is now, or it looks for each place one by one."""
    with connection.cursor() as cursor:
        for model in (Site, Word):
            cursor.execute(f"ANALYZE {model._meta.db_table}")


@transaction.atomic
def _link() -> None:
    """Tie every place to the one above it, where that is known."""
    above = Site.objects.filter(postcode=OuterRef("register_parent")).values("pk")[:1]
    loose = Site.objects.exclude(register_parent="").filter(
        Q(parent__isnull=True) | ~Q(parent__postcode=F("register_parent"))
    )
    # First the keys: an update may not read the joined table it changes.
    keys = list(loose.exclude(postcode=F("register_parent")).values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        part = Site.objects.filter(pk__in=keys[start : start + CHUNK])
        part.update(parent=Subquery(above))


def _note_orphans(reading: _Reading) -> None:
    unknown = {p for _line, _index, p in reading.parents if p and p not in reading.lines}
    known = set(Site.objects.filter(postcode__in=unknown).values_list("postcode", flat=True))
    words = _("%(index)s names %(parent)s as the place above it, which the register does not have.")
    reading.report.notes += [
        (line, words % {"index": index, "parent": parent})
        for line, index, parent in reading.parents
        if parent in unknown - known
    ]


@transaction.atomic
def _remember(name: str, report: ImportReport, *, by: Any, at: datetime) -> None:
    run = ImportRun.objects.create(
        number=numbers.following("import of sites"),
        source=name[:200],
        sha256=report.sha256,
        at=at,
        remarks=report.remarks(),
        **report.facts(),
    )
    journal.write("sites.import", run, by=by, at=at, facts=report.facts())
