"""A question reaches SQLite as the framework would have written it, the first time and the next."""

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has other marks"),
]


@pytest.mark.parametrize(
    ("query", "given", "answer"),
    [
        ("SELECT %s + %s", [2, 3], 5),
        ("SELECT %s || '%%'", ["50"], "50%"),
        ("SELECT '%%s' || %s", ["!"], "%s!"),
        ("SELECT %(sum)s * %(times)s", {"sum": 2, "times": 4}, 8),
        ("SELECT '%s'", None, "%s"),
        ("SELECT %s" + " " * 30_000, [1], 1),
    ],
)
def test_marks_become_those_of_sqlite(query, given, answer):
    for _time in range(2):
        with connection.cursor() as cursor:
            cursor.execute(query, given)
            assert cursor.fetchone() == (answer,)


def test_many_rows_are_written_by_one_question():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE boxes (name text, share text)")
        cursor.executemany("INSERT INTO boxes VALUES (%s, '5%%')", [("a",), ("b",)])
        cursor.execute("SELECT name, share FROM boxes WHERE share LIKE %s", ["5%"])
        assert cursor.fetchall() == [("a", "5%"), ("b", "5%")]
