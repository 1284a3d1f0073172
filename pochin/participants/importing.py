"""Taking in the extract of the state register of legal persons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from pochin.core import journal, numbers
from pochin.participants import identifiers, regions
from pochin.participants.models import ImportRun, Organisation, OrganisationState
from pochin.participants.registers import (
    BrokenRow,
    ImportReport,
    Progress,
    RegisterFile,
    read_day,
)
from pochin.search import index

SOURCE = "egrul"
COLUMNS = {
    "ogrn", "inn", "kpp", "ogrn_date", "opf", "full_name", "short_name", "region_code",
    "postcode", "okved", "status", "terminated", "extract_date",
}  # fmt: skip
# What the register says and people here do not overwrite.
FIELDS = [
    "inn", "kpp", "ogrn", "full_name_ru", "legal_form", "region", "postcode", "okved",
    "founded_on", "ceased_on", "standing", "state", "register_on",
]  # fmt: skip
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the extract, checked."""

    line: int
    name: str
    extract_on: date
    facts: dict[str, Any]

    @property
    def ogrn(self) -> str:
        return self.facts["ogrn"]


def import_organisations(
    file: str | Path, *, by: Any, at: datetime, progress: Progress | None = None
) -> ImportReport:
    """Take in an extract: new organisations are added, known ones brought up to date.

    Of several rows on one organisation the latest extract counts. The same file again changes
    nothing. Broken rows are named in the report, the rest goes in.
    """
    report = ImportReport()
    source = RegisterFile(file, columns=COLUMNS, progress=progress)
    # An extract repeats an organisation anywhere in the file, so it is read before it is kept.
    groups: dict[str, list[Record]] = {}
    for record in _records(source, report):
        groups.setdefault(record.ogrn, []).append(record)
    report.sha256 = source.sha256
    for chunk in _chunks(list(groups.values())):
        _keep(chunk, report)
    report.broken.sort()
    report.notice_emptiness()
    _remember(source.path.name, report, by=by, at=at)
    return report


def _records(source: RegisterFile, report: ImportReport) -> Iterator[Record]:
    for line, row in source.rows(report.broken):
        try:
            yield _read(line, row)
        except BrokenRow as error:
            report.broken.append((line, str(error)))
        except ValidationError as error:
            report.broken.append((line, " ".join(error.messages)))


def _read(line: int, row: dict[str, str]) -> Record:
    for name, check in CHECKS:
        check(row[name])
    name = row["short_name"] or row["full_name"]
    if not name:
        raise BrokenRow(_("The organisation has no name."))
    ceased_on = read_day(row["terminated"]) if row["terminated"] else None
    extract_on = read_day(row["extract_date"])
    state = OrganisationState.CLOSED if ceased_on else OrganisationState.REGISTERED
    facts = {
        "inn": row["inn"],
        "kpp": row["kpp"],
        "ogrn": row["ogrn"],
        "full_name_ru": row["full_name"][:500],
        "legal_form": row["opf"][:120],
        "region": row["region_code"] if row["region_code"] in regions.REGIONS else "",
        "postcode": row["postcode"][:10],
        "okved": row["okved"][:12],
        "founded_on": read_day(row["ogrn_date"]) if row["ogrn_date"] else None,
        "ceased_on": ceased_on,
        "standing": row["status"][:300],
        "state": state,
        "register_on": extract_on,
    }
    return Record(line, name[:250], extract_on, facts)


CHECKS: list[tuple[str, Callable[[str], None]]] = [
    ("inn", identifiers.inn),
    ("kpp", identifiers.kpp),
    ("ogrn", identifiers.ogrn),
]


def _chunks(groups: list[list[Record]]) -> Iterator[list[list[Record]]]:
    for start in range(0, len(groups), CHUNK):
        yield groups[start : start + CHUNK]


@transaction.atomic
def _keep(groups: Iterable[list[Record]], report: ImportReport) -> None:
    groups = list(groups)
    last = {group[0].ogrn: max(group, key=lambda r: (r.extract_on, r.line)) for group in groups}
    known = _known(list(last.values()))
    fresh: list[Organisation] = []
    stale: list[Organisation] = []
    for group in groups:
        record = last[group[0].ogrn]
        organisation = known.get(record.ogrn)
        if organisation is None:
            _add(record, group, fresh, report)
        elif _is_older(record, organisation) or not _changed(record, organisation):
            report.unchanged += len(group)
        else:
            report.updated += len(group)
            stale.append(organisation)
    Organisation.objects.bulk_create(fresh)
    Organisation.objects.bulk_update(stale, FIELDS, batch_size=200)
    index.index_many([*fresh, *stale])


def _known(records: list[Record]) -> dict[str, Organisation]:
    """The organisations that are here already: by OGRN, else by INN and KPP."""
    ogrns = {record.ogrn for record in records}
    found = {o.ogrn: o for o in Organisation.objects.filter(ogrn__in=ogrns).order_by("pk")}
    by_inn = Organisation.objects.filter(inn__in={r.facts["inn"] for r in records}, ogrn="")
    typed = {(o.inn, o.kpp): o for o in by_inn}
    for record in records:
        same = typed.get((record.facts["inn"], record.facts["kpp"]))
        if record.ogrn not in found and same:
            found[record.ogrn] = same
    return found


def _add(
    record: Record, group: list[Record], fresh: list[Organisation], report: ImportReport
) -> None:
    pair = (record.facts["inn"], record.facts["kpp"])
    taken = Organisation.objects.filter(inn=pair[0], kpp=pair[1]).exists()
    if taken or any((o.inn, o.kpp) == pair for o in fresh):
        words = _("The INN %(inn)s with this KPP stands here under another OGRN.")
        report.broken += [(r.line, words % {"inn": pair[0]}) for r in group]
        return
    fresh.append(Organisation(name_ru=record.name, source=SOURCE, **record.facts))
    report.created += 1
    report.updated += len(group) - 1


def _is_older(record: Record, organisation: Organisation) -> bool:
    return bool(organisation.register_on and organisation.register_on > record.extract_on)


def _changed(record: Record, organisation: Organisation) -> bool:
    """Bring the facts of the record over; say whether anything was different."""
    before = [getattr(organisation, name) for name in FIELDS]
    for name in FIELDS:
        setattr(organisation, name, record.facts[name])
    return before != [record.facts[name] for name in FIELDS]


@transaction.atomic
def _remember(name: str, report: ImportReport, *, by: Any, at: datetime) -> None:
    run = ImportRun.objects.create(
        number=numbers.following("import of organisations"),
        source=name[:200],
        sha256=report.sha256,
        at=at,
        remarks=report.remarks(),
        **report.facts(),
    )
    journal.write("participants.import", run, by=by, at=at, facts=report.facts())
