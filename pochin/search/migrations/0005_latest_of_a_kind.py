"""PostgreSQL walks through the latest documents of one kind, and past no others: words that many
have are found after a few hundred rows, however many documents of other kinds lie in between.

The index by the kind alone goes: PostgreSQL takes it for cheaper, and then sorts all of a kind.
SQLite begins with the words and needs no such way."""

import django.db.models.deletion
from django.db import migrations, models

PLAIN = """
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE indrelid = 'search_document'::regclass AND indnatts = 1 AND indkey[0] = (
        SELECT attnum FROM pg_attribute
        WHERE attrelid = 'search_document'::regclass AND attname = 'kind_id'
    )
"""


def build(apps, editor):
    if editor.connection.vendor != "postgresql":
        return
    editor.execute("CREATE INDEX search_document_of_kind ON search_document (kind_id, id)")
    with editor.connection.cursor() as cursor:
        cursor.execute(PLAIN)
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("search", "0004_words_in_place_at_once")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(build)],
            state_operations=[
                migrations.AlterField(
                    "document",
                    "kind",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                )
            ],
        )
    ]
