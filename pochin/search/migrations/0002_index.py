"""The index beside the documents: FTS5 on SQLite, a tsvector on PostgreSQL."""

from django.db import migrations

# External content: the words are kept once, and triggers tell the index what changed.
SQLITE = [
    """
    CREATE VIRTUAL TABLE search_index USING fts5(
        kind_id, title, words, content='search_document', content_rowid='id',
        tokenize="unicode61 remove_diacritics 0"
    )
    """,
    """
    CREATE TRIGGER search_document_added AFTER INSERT ON search_document BEGIN
        INSERT INTO search_index (rowid, kind_id, title, words)
        VALUES (new.id, new.kind_id, new.title, new.words);
    END
    """,
    """
    CREATE TRIGGER search_document_removed AFTER DELETE ON search_document BEGIN
        INSERT INTO search_index (search_index, rowid, kind_id, title, words)
        VALUES ('delete', old.id, old.kind_id, old.title, old.words);
    END
    """,
    """
    CREATE TRIGGER search_document_changed AFTER UPDATE ON search_document BEGIN
        INSERT INTO search_index (search_index, rowid, kind_id, title, words)
        VALUES ('delete', old.id, old.kind_id, old.title, old.words);
        INSERT INTO search_index (rowid, kind_id, title, words)
        VALUES (new.id, new.kind_id, new.title, new.words);
    END
    """,
]
# Arrays instead of a text parser: the lemmas are words already and must stay as they are.
POSTGRESQL = [
    """
    ALTER TABLE search_document ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        array_to_tsvector(
            string_to_array(trim('#' || kind_id::text || rtrim(title) || rtrim(words)), ' ')
        )
    ) STORED
    """,
    "CREATE INDEX search_document_vector ON search_document USING gin (vector)",
]


def build(apps, editor):
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def tear_down(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE search_document DROP COLUMN vector")
        return
    for name in ("added", "removed", "changed"):
        editor.execute(f"DROP TRIGGER search_document_{name}")
    editor.execute("DROP TABLE search_index")


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(build, tear_down)]
