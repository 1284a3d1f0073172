"""The list of applications, latest first and what was not handed in last: PostgreSQL reads that
order from an index only where the index says so; SQLite reads it from the one it has."""

from django.db import migrations

INDEXES = {
    "applications_listed": "(submitted_at DESC NULLS LAST, id DESC)",
    "applications_listed_by_state": "(state, submitted_at DESC NULLS LAST, id DESC)",
}


def build(apps, editor):
    if editor.connection.vendor == "postgresql":
        for name, order in INDEXES.items():
            editor.execute(f"CREATE INDEX {name} ON applications_application {order}")


def tear_down(apps, editor):
    if editor.connection.vendor == "postgresql":
        for name in INDEXES:
            editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("applications", "0001_initial")]
    operations = [migrations.RunPython(build, tear_down)]
