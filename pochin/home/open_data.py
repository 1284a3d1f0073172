"""The public registers as open data: whole, for programs, described by a Data Package.

The rows are those the API answers to somebody without a token, with the same fields.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import override
from ninja import Schema

from pochin.decisions.api import ResultOut, results_for
from pochin.needs.api import NeedOut
from pochin.needs.models import Need
from pochin.participants.api import OrganisationOut, organisations_for
from pochin.participants.models import Guest
from pochin.pilots.api import PilotOut, pilots_for
from pochin.sites.api import SiteOut
from pochin.sites.models import Site
from pochin.solutions.api import SolutionOut
from pochin.solutions.models import Solution
from pochin.ui.files_out import harmless

KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
BLOCK = 500
LICENCES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
}
# What a field of a Data Package is, by what it is in the API.
TYPES = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "array",
    "date": "date",
    "date-time": "datetime",
}


@dataclass(frozen=True)
class Register:
    """A public register: its rows as a guest sees them, and the shape they are told in."""

    title: str | Promise
    shape: type[Schema]
    rows: Callable[[Any], Any]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a register, as it is documented."""

    name: str
    kind: str
    words: str
    values: tuple[str, ...]


def _needs(user: Any) -> Any:
    return Need.objects.visible_to(user).select_related("programme").order_by("number")


def _solutions(user: Any) -> Any:
    found = Solution.objects.visible_to(user).select_related("organisation")
    return found.order_by("number")


REGISTERS = {
    "needs": Register(_l("Needs"), NeedOut, _needs, ("number",)),
    "solutions": Register(_l("Solutions"), SolutionOut, _solutions, ("number",)),
    "pilots": Register(
        _l("Pilots"), PilotOut, lambda user: pilots_for(user).order_by("number"), ("number",)
    ),
    "results": Register(
        _l("Results of pilots"),
        ResultOut,
        lambda user: results_for(user).order_by("pilot_number"),
        ("pilot", "number"),
    ),
    "organisations": Register(
        _l("Organisations"),
        OrganisationOut,
        lambda user: organisations_for(user).order_by("key"),
        ("key",),
    ),
    "sites": Register(
        _l("Sites"),
        SiteOut,
        lambda user: Site.objects.visible_to(user).order_by("number"),
        ("number",),
    ),
}


def count(register: Register) -> int:
    """How many rows the register has for everybody."""
    return int(register.rows(Guest()).count())


def fields(register: Register) -> list[Field]:
    """What each field of a register is, in the language of the page."""
    told = register.shape.json_schema()
    return [_field(name, one, told.get("$defs", {})) for name, one in told["properties"].items()]


def _field(name: str, told: dict[str, Any], shared: dict[str, Any]) -> Field:
    options = [one for one in told.get("anyOf", [told]) if one.get("type") != "null"]
    first = options[0]
    if "$ref" in first:
        first = shared[first["$ref"].rpartition("/")[2]]
    # A number with all its digits is told as text, beside the pattern it follows.
    is_decimal = "pattern" in first or (len(options) > 1 and "number" in _kinds(options))
    kind = "number" if is_decimal else TYPES.get(first.get("format") or first.get("type", ""), "")
    words = _(told["description"]) if told.get("description") else ""
    return Field(name, kind or "string", words, tuple(first.get("enum", ())))


def _kinds(options: list[dict[str, Any]]) -> set[str]:
    return {one.get("type", "") for one in options}


def package(*, at: datetime) -> dict[str, Any]:
    """The description of all registers for programs: a Data Package of Frictionless Data."""
    site = settings.SITE_URL.rstrip("/")
    name = settings.OPEN_DATA_LICENCE
    licence = {"name": name, **({"path": LICENCES[name]} if name in LICENCES else {})}
    return {
        "profile": "tabular-data-package",
        "name": "pochin-open-data",
        "title": _("Open data of the innovation centre"),
        "homepage": site + reverse("open_data"),
        "created": at.isoformat(timespec="seconds"),
        "licenses": [licence],
        "resources": [_resource(name, register, site) for name, register in REGISTERS.items()],
    }


def _resource(name: str, register: Register, site: str) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "title": str(register.title),
        "path": site + reverse("home:data_file", args=[name, "csv"]),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "header": True},
        "schema": {
            "fields": [_described(one) for one in fields(register)],
            "primaryKey": list(register.key),
        },
    }


def _described(field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": field.name,
        "type": field.kind,
        "description": field.words,
    }
    if field.values:
        told["constraints"] = {"enum": list(field.values)}
    return told


def lines(register: Register, kind: str) -> Iterator[str]:
    """The whole register as a file; every name in it that is in one language is in Russian."""
    told = _rows(register)
    return _as_csv(register, told) if kind == "csv" else _as_json(told)


def _rows(register: Register) -> Iterator[dict[str, Any]]:
    things = iter(register.rows(Guest()).iterator(chunk_size=BLOCK))
    while True:
        # Around one row alone: between two of them the thread may serve somebody else.
        with override("ru"):
            thing = next(things, None)
            told = register.shape.from_orm(thing).model_dump(mode="json") if thing else None
        if told is None:
            return
        yield told


def _as_csv(register: Register, told: Iterator[dict[str, Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(register.shape.model_fields)
    for row in told:
        writer.writerow([_cell(value) for value in row.values()])
        if buffer.tell() > 32_768:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return harmless(value)


def _as_json(told: Iterator[dict[str, Any]]) -> Iterator[str]:
    glue = "[\n"
    for row in told:
        yield glue + json.dumps(row, ensure_ascii=False)
        glue = ",\n"
    yield "[]\n" if glue == "[\n" else "\n]\n"
