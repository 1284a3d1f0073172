"""Translations: `python tools/messages.py update|check|compile`, with Babel alone.

`update` takes every marked sentence of the code and the templates into pochin/locale/ru;
`check` fails where one is missing, fuzzy or no longer used; `compile` writes the .mo files.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "pochin" / "locale"
KEYWORDS = {
    "_": None, "_l": None, "_t": None, "gettext": None, "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
# A place to be filled: %(name)s, %(share).1f, {name} or {}.
PLACE = re.compile(r"%\(\w+\)[-+ .\d]*[a-z]|\{\w*\}")
BEGINNING = datetime(2026, 3, 2, tzinfo=UTC)
# English needs no catalogue: the sentences in the code are English.
LANGUAGES = ("ru",)


def marked() -> Catalog:
    """Every sentence marked for translation, with the places it stands in."""
    catalog = Catalog(project="Pochin", charset="utf-8")
    for file in sorted((ROOT / "pochin").rglob("*")):
        if file.suffix not in {".py", ".html", ".txt"} or _is_left_out(file):
            continue
        place = str(file.relative_to(ROOT))
        for line, name, texts, _comments in _found(file):
            message, context = _message(name, texts)
            if message:
                catalog.add(message, locations=[(place, line)], context=context)
    return catalog


def _is_left_out(file: Path) -> bool:
    return bool({"tests", "migrations", "static"} & set(file.parts))


def _found(file: Path) -> Iterator[tuple]:
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        text = templatize(text, origin=str(file))
    source = io.BytesIO(text.encode())
    yield from extract_python(source, list(KEYWORDS), [], {"encoding": "utf-8"})


def _message(name: str, texts: object) -> tuple[object, str | None]:
    given = list(texts) if isinstance(texts, tuple | list) else [texts]
    if not all(isinstance(text, str) and text for text in given[: 3 if "np" in name else 1]):
        return None, None
    if name.startswith("npgettext"):
        return (given[1], given[2]), given[0]
    if name.startswith("pgettext"):
        return given[1], given[0]
    if name.startswith("ngettext"):
        return ((given[0], given[1]) if isinstance(given[1], str) else None), None
    return given[0], None


def load(language: str) -> Catalog:
    file = LOCALE / language / "LC_MESSAGES" / "django.po"
    if not file.exists():
        return Catalog(locale=language, project="Pochin", charset="utf-8")
    with file.open("rb") as source:
        return read_po(source, locale=language)


def save(language: str, catalog: Catalog) -> None:
    file = LOCALE / language / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    catalog.fuzzy = False
    catalog.header_comment = f"# Pochin in the language “{language}”, kept by tools/messages.py."
    catalog.version = catalog.msgid_bugs_address = ""
    catalog.last_translator = catalog.language_team = "Pochin"
    # The catalogue changes with its words, not with the day or with lines that moved.
    catalog.creation_date = catalog.revision_date = BEGINNING
    with file.open("wb") as out:
        write_po(
            out, catalog, width=100, sort_output=True, ignore_obsolete=True, include_lineno=False
        )


def update() -> None:
    fresh = marked()
    for language in LANGUAGES:
        catalog = load(language)
        catalog.update(fresh, no_fuzzy_matching=True)
        save(language, catalog)
        print(f"{language}: {len(catalog)} sentences, {len(list(_missing(catalog)))} without words")


def _missing(catalog: Catalog) -> Iterator[Message]:
    for message in catalog:
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        if message.id and (message.fuzzy or not all(texts)):
            yield message


def faults() -> list[str]:
    """Everything that is wrong with the Russian catalogue, one line each."""
    fresh, russian = marked(), load("ru")
    wanted = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in fresh if m.id}
    kept = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in russian if m.id}
    found = [f"missing: {text}" for text, _c in sorted(wanted - kept, key=str)]
    found += [f"no longer used: {text}" for text, _c in sorted(kept - wanted, key=str)]
    found += [f"without words or fuzzy: {message.id}" for message in _missing(russian)]
    found += [f"other places to fill: {message.id}" for message in russian if is_misfilled(message)]
    return found


def is_misfilled(message: Message) -> bool:
    """Whether a translation fills other places than its sentence, or has too few plural forms."""
    if not message.id or not message.string:
        return False
    if not isinstance(message.id, tuple | list):
        return _places(message.id) != _places(message.string)
    forms = message.string
    return len(forms) != 3 or any(_places(form) != _places(message.id[1]) for form in forms)


def _places(text: str) -> list[str]:
    return sorted(PLACE.findall(text))


def compile_all() -> None:
    for language in LANGUAGES:
        file = LOCALE / language / "LC_MESSAGES" / "django.po"
        compiled = file.with_suffix(".mo")
        if not file.exists() or (
            compiled.exists() and compiled.stat().st_mtime >= file.stat().st_mtime
        ):
            continue
        draft = compiled.with_suffix(".part")
        with draft.open("wb") as out:
            write_mo(out, load(language))
        draft.replace(compiled)


def main() -> int:
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command == "update":
        update()
    elif command == "compile":
        compile_all()
    elif command == "check":
        found = faults()
        print("\n".join(found) or "Every sentence has its words.")
        return bool(found)
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
