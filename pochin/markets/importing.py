"""Taking in the registers of trade: the same file again changes nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.core import journal, numbers
from pochin.core.lifecycle import Refused
from pochin.markets.models import Heading, Run
from pochin.markets.registers import GOODS, RATES, TRADE, Register
from pochin.participants.registers import (
    DAMAGED,
    BrokenRow,
    ImportReport,
    Progress,
    RegisterFile,
    opened,
    refuse_other_kinds,
)
from pochin.search import index

CHUNK = 2000


def import_goods(file: str | Path, **how: Any) -> ImportReport:
    """Take in a nomenclature of goods or its duties; which, its columns say."""
    return take_in(file, GOODS, **how)


def import_trade(file: str | Path, **how: Any) -> ImportReport:
    """Take in flows of trade, distances, logistics, tariffs or countries, by their columns."""
    return take_in(file, TRADE, **how)


def import_rates(file: str | Path, **how: Any) -> ImportReport:
    """Take in rates of currencies: date, currency, rate and, where not 1, nominal."""
    return take_in(file, RATES, **how)


def take_in(
    file: str | Path,
    registers: Sequence[Register],
    *,
    by: Any,
    at: datetime,
    origin: str = "",
    progress: Progress | None = None,
) -> ImportReport:
    """Take a file in, row by row; broken rows are named in the report, the rest goes in.

    Args:
        registers: What the file may be; its columns decide.
        origin: Whose figures these are, as pages will name them.

    Raises:
        Refused: There is no such file, or it is none of these registers.
    """
    register = _known(Path(file), registers)
    report = ImportReport()
    with transaction.atomic():
        run = Run.objects.create(
            number=numbers.following("import of trade"),
            kind=register.name,
            file=Path(file).name[:200],
            origin=origin[:200],
            at=at,
        )
        source = RegisterFile(file, columns=set(register.columns), progress=progress)
        for chunk in _chunks(source, register, report):
            _keep(chunk, register, report, run)
        report.sha256 = source.sha256
        report.broken.sort()
        run.sha256, run.remarks = report.sha256, report.remarks()
        for name, count in report.facts().items():
            setattr(run, name, count)
        run.save()
        journal.write("markets.import", run, by=by, at=at, facts=report.facts())
        _count_anew(register)
    return report


def _known(path: Path, registers: Sequence[Register]) -> Register:
    refuse_other_kinds(path)
    header = _header(path)
    for register in registers:
        if register.columns <= header:
            return register
    nearest = max(registers, key=lambda one: len(one.columns & header) / len(one.columns))
    if len(nearest.columns & header) * 2 >= len(nearest.columns):
        words = _(
            "%(file)s looks like “%(register)s”, but lacks the columns: %(names)s. Nothing was "
            "changed."
        )
        names = ", ".join(sorted(nearest.columns - header))
        raise Refused(words % {"file": path.name, "register": nearest.words, "names": names})
    wanted = "; ".join(f"{one.words}: {', '.join(sorted(one.columns))}" for one in registers)
    raise Refused(
        _("%(file)s is none of the registers known here. Each has columns of its own: %(wanted)s.")
        % {"file": path.name, "wanted": wanted}
    )


def _header(path: Path) -> set[str]:
    with path.open("rb") as raw:
        text, separator = opened(raw)
        try:
            first = next(csv.reader(text, delimiter=separator), [])
        except (csv.Error, *DAMAGED):
            return set()
        return {name.strip() for name in first}


def _chunks(
    source: RegisterFile, register: Register, report: ImportReport
) -> Iterator[list[dict[str, Any]]]:
    seen: dict[tuple, tuple[int, dict[str, Any]]] = {}
    chunk: list[dict[str, Any]] = []
    left_out = 0
    for line, row in source.rows(report.broken):
        try:
            values = register.read(row)
        except BrokenRow as error:
            report.broken.append((line, str(error)))
            continue
        if values is None:
            left_out += 1
            continue
        key = tuple(values[name] for name in register.key)
        first, told = seen.setdefault(key, (line, values))
        if first != line:
            _note_twin(line, first, told == values, key, report)
            continue
        chunk.append(values)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
    if not (seen or left_out or report.broken):
        report.notes.append((0, _("The file holds a header and no rows.")))
    if left_out:
        words = ngettext(
            "%(n)d row is no fact of this register and was left out.",
            "%(n)d rows are no facts of this register and were left out.",
            left_out,
        )
        report.notes.append((0, words % {"n": left_out}))


def _note_twin(line: int, first: int, same: bool, key: tuple, report: ImportReport) -> None:
    words = {"key": " ".join(map(str, key)), "line": first}
    if same:
        report.notes.append((line, _("%(key)s stood already on line %(line)d.") % words))
    else:
        said = _("%(key)s stood on line %(line)d with another value; the first was kept.")
        report.broken.append((line, said % words))


def _keep(chunk: list[dict[str, Any]], register: Register, report: ImportReport, run: Run) -> None:
    known = {_key(thing, register): thing for thing in _present(chunk, register)}
    fresh, stale = [], []
    for values in chunk:
        thing = known.get(tuple(values[name] for name in register.key))
        if thing is None:
            fresh.append(register.model(run=run, **values))
        elif any(getattr(thing, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(thing, name, value)
            thing.run = run
            stale.append(thing)
        else:
            report.unchanged += 1
    made = register.model._base_manager.bulk_create(fresh)
    if stale:
        fields = [*(name for name in chunk[0] if name not in register.key), "run"]
        register.model._base_manager.bulk_create(
            stale, update_conflicts=True, unique_fields=register.key, update_fields=fields
        )
    if register.model is Heading:
        index.index_many([*made, *stale])
    report.created += len(fresh)
    report.updated += len(stale)


def _key(thing: Any, register: Register) -> tuple:
    return tuple(getattr(thing, name) for name in register.key)


def _present(chunk: list[dict[str, Any]], register: Register) -> Any:
    """What is known already of the things of a chunk, and perhaps a little more."""
    wanted = Q()
    for name in register.key:
        wanted &= Q(**{f"{name}__in": {values[name] for values in chunk}})
    return register.model._base_manager.filter(wanted)


def _count_anew(register: Register) -> None:
    """Let the database learn how much there is now, or it reads whole tables for a page."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {register.model._meta.db_table}")
