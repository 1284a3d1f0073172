"""One scale: fill what is not filled yet, look at every page from inside, serve until told."""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any

import django

from benchmarks.web.load import EMPTY, FRAME, THROUGH
from benchmarks.web.serving import serving


def main() -> None:
    """Say in one line what is served and what is known of it; serve until the input ends."""
    scale, workers, only = sys.argv[1:]
    django.setup()
    counts = prepare(int(scale))
    from benchmarks.web import pages

    sessions = pages.readers()
    always = {EMPTY, THROUGH, FRAME}
    wanted = [p for p in pages.pages() if only in p.name or p.name in always]
    inside = {page.name: _inside(page, sessions[page.reader]) for page in wanted}
    told = {"counts": counts, "sessions": sessions, "pages": inside,
            "first_load": first_load(sessions["staff"])}  # fmt: skip
    with serving(int(workers)) as (url, pids):
        print(json.dumps({**told, "url": url, "pids": pids}), flush=True)
        sys.stdin.read()


def prepare(scale: int) -> dict[str, int]:
    """Make the tables and fill them, unless an earlier run did."""
    from django.conf import settings
    from django.core.management import call_command

    from benchmarks.web.fill import Fill
    from pochin.cli.serve import prepare_static
    from pochin.participants.models import Programme

    call_command("migrate", verbosity=0)
    prepare_static()
    fill, note = Fill(scale, say=_say), settings.HOME / "counts.json"
    if Programme.objects.filter(code="bench").exists():
        return json.loads(note.read_text())
    began = time.perf_counter()
    _say(f"Filling {scale} applications and the rest in proportion …")
    counts = fill()
    _say(f"Filled in {time.perf_counter() - began:.0f} s.")
    note.write_text(json.dumps(counts))
    return counts


def _inside(page: Any, session: str) -> dict[str, Any]:
    """How many queries a page asks and how large it is, in this process."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings

    with override_settings(ROOT_URLCONF="benchmarks.web.addresses"):
        client = _client(session)
        client.get(page.address)  # what is read once for the whole process
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(page.address)
    if answer.status_code != 200:
        raise RuntimeError(f"{page.address} answered {answer.status_code}")
    slow = sorted(asked.captured_queries, key=lambda q: -float(q["time"]))[:3]
    return {
        "name": page.name,
        "address": page.address,
        "reader": page.reader,
        "queries": len(asked),
        "bytes": len(answer.content),
        "shown": _rows_of(answer.content.decode()),
        "slowest": [[float(query["time"]) * 1000, query["sql"]] for query in slow],
    }


def _rows_of(text: str) -> int:
    """How many rows the tables of a page show."""
    bodies = re.findall("<tbody>(.*?)</tbody>", text, re.DOTALL)
    return sum(body.count("<tr") for body in bodies)


def _client(session: str) -> Any:
    from django.test import Client

    client = Client(HTTP_HOST="127.0.0.1")
    if session:
        client.cookies["sessionid"] = session
    return client


def first_load(session: str) -> int:
    """Bytes of the first page a member of staff opens with all it needs, as they are sent."""
    import gzip

    from django.conf import settings

    text = _client(session).get("/applications/").content
    total = len(text)
    for found in set(re.findall(rb'(?:src|href)="/static/([^"]+\.(?:css|js))"', text)):
        file = settings.STATIC_ROOT / found.decode()
        packed = file.with_name(file.name + ".gz")
        total += packed.stat().st_size if packed.exists() else len(gzip.compress(file.read_bytes()))
    return total


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
