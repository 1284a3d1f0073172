"""What the queue does for the whole house at night."""

import pytest
from django.db import connection

from pochin.jobs import tasks
from pochin.jobs.models import Job
from pochin.jobs.tests import sample


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts its rows itself")
def test_sqlite_learns_at_night_how_many_rows_there_are(db):
    table = Job._meta.db_table
    for _n in range(3):
        sample.write.enqueue("paper", "line")

    tasks.count_rows_for_the_planner.func()

    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = %s", [table])
        stats = [int(row[0].split()[0]) for row in cursor.fetchall()]
    assert max(stats) == Job.objects.count() == 3
