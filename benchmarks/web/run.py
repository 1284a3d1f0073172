"""One scale: fill what is not filled yet, serve it, measure every page, keep the figures."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import django

from benchmarks.web import load
from benchmarks.web.__main__ import serving


def main() -> None:
    """Measure at one scale and write the figures as JSON."""
    scale, seconds, rounds, workers, kept, only = sys.argv[1:]
    django.setup()
    counts = prepare(int(scale))
    figures = measure(float(seconds), int(rounds), int(workers), only)
    Path(kept).write_text(json.dumps({"counts": counts, **figures}))


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


def measure(seconds: float, rounds: int, workers: int, only: str) -> dict[str, Any]:
    """Every page: load in several rounds, so that a busy minute does not hit one page alone."""
    from benchmarks.web import pages

    readers = pages.readers()
    always = {pages.EMPTY, pages.THROUGH, pages.FRAME}
    wanted = [p for p in pages.pages() if only in p.name or p.name in always]
    inside = {page.name: _inside(page, readers[page.reader]) for page in wanted}
    loads: dict[str, list[load.Load]] = {page.name: [] for page in wanted}
    with serving(workers) as (url, pids):
        light = load.memory(pids)
        for n in range(rounds):
            _say(f"Round {n + 1} of {rounds} …")
            for page in wanted:
                cookies = f"sessionid={readers[page.reader]}"
                address = f"{url}{page.address}"
                loads[page.name].append(load.press(address, cookies, pids=pids, seconds=seconds))
        heavy = load.memory(pids)
    rows = []
    for page in wanted:
        middle = load.Load.median(loads[page.name])
        figures = {name: getattr(middle, name) for name in load.Load.__slots__}
        rows.append({"name": page.name, "reader": page.reader, **inside[page.name], **figures})
    return {"rows": rows, "memory": [light, heavy], "first_load": first_load(readers["staff"])}


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
