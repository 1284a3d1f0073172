"""Each word is indexed together with its kind, so that who looks among pilots walks through
pilots alone, however many applications have the same word."""

from django.db import migrations

SAID = "replace(rtrim({row}title) || rtrim({row}words), ' ', ' ' || {row}kind_id || 'x')"
NEW, OLD = SAID.format(row="new."), SAID.format(row="old.")
# Places of words are not kept: nobody asks for words that stand side by side.
SQLITE = [
    f"CREATE VIEW search_said AS SELECT id, {SAID.format(row='')} AS words FROM search_document",
    """
    CREATE VIRTUAL TABLE search_index USING fts5(
        words, content='search_said', content_rowid='id', detail=none,
        tokenize="unicode61 remove_diacritics 0"
    )
    """,
    f"""
    CREATE TRIGGER search_document_added AFTER INSERT ON search_document BEGIN
        INSERT INTO search_index (rowid, words) VALUES (new.id, {NEW});
    END
    """,
    f"""
    CREATE TRIGGER search_document_removed AFTER DELETE ON search_document BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, {OLD});
    END
    """,
    f"""
    CREATE TRIGGER search_document_changed AFTER UPDATE ON search_document BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, {OLD});
        INSERT INTO search_index (rowid, words) VALUES (new.id, {NEW});
    END
    """,
    "INSERT INTO search_index (search_index) VALUES ('rebuild')",
]
SAID_AS_TEXT = SAID.format(row="").replace("kind_id", "kind_id::text")
POSTGRESQL = [
    "ALTER TABLE search_document DROP COLUMN vector",
    f"""
    ALTER TABLE search_document ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        array_to_tsvector(string_to_array(trim({SAID_AS_TEXT}), ' '))
    ) STORED
    """,
    "CREATE INDEX search_document_vector ON search_document USING gin (vector)",
]


def build(apps, editor):
    if editor.connection.vendor == "sqlite":
        for name in ("added", "removed", "changed"):
            editor.execute(f"DROP TRIGGER search_document_{name}")
        editor.execute("DROP TABLE search_index")
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0002_index")]
    operations = [migrations.RunPython(build)]
