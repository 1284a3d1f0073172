"""`python -m benchmarks.web.plans`: what the database itself takes for the questions of each page,
and which large tables it reads whole for them.

PostgreSQL alone: it says of a question how it was answered. Fill the database first, with
`python -m benchmarks.web --database-url …`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import django

# A table with fewer rows is read whole faster than by any index.
LARGE = 1000
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "


@dataclass(slots=True)
class Told:
    """One question as the database answered it."""

    sql: str
    ms: float = 0.0
    planning: float = 0.0
    whole: list[str] = field(default_factory=list)


def main() -> None:
    """Print a line for each page and, below those that take long, their slowest questions."""
    args = _arguments()
    os.environ["POCHIN_DATABASE_URL"] = args.database_url
    os.environ.setdefault("POCHIN_URL", "http://127.0.0.1")
    os.environ["DJANGO_SETTINGS_MODULE"] = "pochin.settings"
    django.setup()
    from benchmarks.web import pages

    sessions = pages.readers()
    print("| page | questions | answering, ms | planning, ms | read whole |")
    print("|---|--:|--:|--:|---|")
    for page in pages.pages():
        if args.only not in page.name or page.address.startswith("/bench/"):
            continue
        told = [_explained(*asked) for asked in _asked(page, sessions[page.reader])]
        whole = ", ".join(sorted({name for one in told for name in one.whole})) or "–"
        print(
            f"| {page.name} | {len(told)} | {sum(one.ms for one in told):.2f} "
            f"| {sum(one.planning for one in told):.2f} | {whole} |"
        )
        for one in told:
            if one.ms > args.slow:
                print(f"\n{one.ms:.2f} ms: {one.sql}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web.plans", description=__doc__)
    parser.add_argument("--database-url", required=True, help="a filled PostgreSQL")
    parser.add_argument("--only", default="list", help="pages whose name has this (%(default)s)")
    parser.add_argument("--slow", type=float, default=1e9, help="show questions above so many ms")
    return parser.parse_args()


def _asked(page: Any, session: str) -> list[tuple[str, Any]]:
    """The questions of a page, with what is put into them."""
    from django.db import connection
    from django.test import Client

    found: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, given: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "WITH")):
            found.append((sql, given))
        return execute(sql, given, many, context)

    client = Client(HTTP_HOST="127.0.0.1")
    client.cookies["sessionid"] = session
    client.get(page.address)  # what is read once for the whole process
    with connection.execute_wrapper(note):
        answer = client.get(page.address)
    if answer.status_code != 200:
        raise RuntimeError(f"{page.address} answered {answer.status_code}")
    return found


def _explained(sql: str, given: Any) -> Told:
    """Answered twice, so that the second time finds everything in memory."""
    from django.db import connection

    with connection.cursor() as cursor:
        for _time in range(2):
            cursor.execute(EXPLAIN + sql, given)
            said = cursor.fetchone()[0][0]
    whole = [node["Relation Name"] for node in _nodes(said["Plan"]) if _is_whole(node)]
    return Told(sql, said["Execution Time"], said["Planning Time"], whole)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _is_whole(node: dict[str, Any]) -> bool:
    """Whether a large table was gone through row by row."""
    gone = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
    return node["Node Type"].endswith("Seq Scan") and gone * node["Actual Loops"] >= LARGE


if __name__ == "__main__":
    main()
