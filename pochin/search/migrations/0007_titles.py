"""Words of a title stand in the index a second time, behind a sign of their own: what has all the
words in its title is found by itself, however many later things have them in their texts."""

from django.db import migrations

EITHER = "replace(rtrim({row}title) || rtrim({row}words), ' ', ' ' || {row}kind_id || 'x')"
TITLE = "replace(rtrim({row}title), ' ', ' ' || {row}kind_id || 't')"
BOTH = f"{EITHER} || {TITLE}"


def sqlite(said):
    new, old = said.format(row="new."), said.format(row="old.")
    added = f"INSERT INTO search_index (rowid, words) VALUES (new.id, {new});"
    gone = f"""INSERT INTO search_index (search_index, rowid, words)
        VALUES ('delete', old.id, {old});"""
    return [
        *[f"DROP TRIGGER search_document_{name}" for name in ("added", "removed", "changed")],
        "DROP TABLE search_index",
        "DROP VIEW search_said",
        f"CREATE VIEW search_said AS SELECT id, {said.format(row='')} AS words"
        " FROM search_document",
        """
        CREATE VIRTUAL TABLE search_index USING fts5(
            words, content='search_said', content_rowid='id', detail=none,
            tokenize="unicode61 remove_diacritics 0"
        )
        """,
        f"CREATE TRIGGER search_document_added AFTER INSERT ON search_document BEGIN {added} END",
        f"CREATE TRIGGER search_document_removed AFTER DELETE ON search_document BEGIN {gone} END",
        f"""CREATE TRIGGER search_document_changed AFTER UPDATE ON search_document BEGIN
            {gone} {added} END""",
        "INSERT INTO search_index (search_index) VALUES ('rebuild')",
    ]


def postgresql(said):
    words = said.format(row="").replace("kind_id", "kind_id::text")
    return [
        "ALTER TABLE search_document DROP COLUMN vector",
        f"""
        ALTER TABLE search_document ADD COLUMN vector tsvector GENERATED ALWAYS AS (
            array_to_tsvector(string_to_array(trim({words}), ' '))
        ) STORED
        """,
        "CREATE INDEX search_document_vector ON search_document USING gin (vector)"
        " WITH (fastupdate = off)",
    ]


def run(said):
    def way(_apps, editor):
        for statement in (postgresql if editor.connection.vendor == "postgresql" else sqlite)(said):
            editor.execute(statement)

    return way


class Migration(migrations.Migration):
    dependencies = [("search", "0006_vocabulary")]
    operations = [migrations.RunPython(run(BOTH), run(EITHER))]
