"""The words of each kind stand in a list of their own: what a beginning stands for is read there,
and a kind that has not a word is not asked for it.

A beginning has three letters at least, so numbers are left out, and whatever begins with digits:
each thing has its own, and nobody asks for them by their beginning."""

from django.db import migrations

SQLITE_SAID = """json_each(
        '["' || replace(ltrim(rtrim({row}title) || rtrim({row}words)), ' ', '","') || '"]'
    )"""
SQLITE_LEARN = f"""
    INSERT INTO search_word (kind_id, word)
    SELECT DISTINCT new.kind_id, said.value FROM {SQLITE_SAID.format(row="new.")} said
    WHERE said.value GLOB '[^0-9][^0-9][^0-9]*' AND NOT EXISTS (
        SELECT 1 FROM search_word WHERE kind_id = new.kind_id AND word = said.value
    )
"""
SQLITE = [
    """
    CREATE TABLE search_word (
        kind_id integer NOT NULL, word text NOT NULL, PRIMARY KEY (kind_id, word)
    ) WITHOUT ROWID
    """,
    f"""
    CREATE TRIGGER search_document_learned AFTER INSERT ON search_document BEGIN
        {SQLITE_LEARN};
    END
    """,
    f"""
    CREATE TRIGGER search_document_learned_anew AFTER UPDATE ON search_document BEGIN
        {SQLITE_LEARN};
    END
    """,
    f"""
    INSERT INTO search_word (kind_id, word)
    SELECT DISTINCT d.kind_id, said.value
    FROM search_document d, {SQLITE_SAID.format(row="d.")} said
    WHERE said.value GLOB '[^0-9][^0-9][^0-9]*'
    """,
]
POSTGRESQL_SAID = """unnest(
        string_to_array(ltrim(rtrim({row}title) || rtrim({row}words)), ' ')
    )"""
# No two of a word are wanted, but none is refused: two who learn the same word at once would wait
# for each other, and two who learn two of them in another order for ever.
POSTGRESQL = [
    'CREATE TABLE search_word (kind_id integer NOT NULL, word text COLLATE "C" NOT NULL)',
    "CREATE INDEX search_word_of_kind ON search_word (kind_id, word)",
    f"""
    CREATE FUNCTION search_learn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO search_word (kind_id, word)
        SELECT DISTINCT new.kind_id, said.word
        FROM {POSTGRESQL_SAID.format(row="new.")} said (word)
        WHERE said.word ~ '^[^0-9]{{3}}' AND NOT EXISTS (
            SELECT 1 FROM search_word known
            WHERE known.kind_id = new.kind_id AND known.word = said.word COLLATE "C"
        );
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER search_document_learned AFTER INSERT OR UPDATE ON search_document
    FOR EACH ROW EXECUTE FUNCTION search_learn()
    """,
    f"""
    INSERT INTO search_word (kind_id, word)
    SELECT DISTINCT d.kind_id, said.word
    FROM search_document d, {POSTGRESQL_SAID.format(row="d.")} said (word)
    WHERE said.word ~ '^[^0-9]{{3}}'
    """,
]


def build(apps, editor):
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def tear_down(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP TRIGGER search_document_learned ON search_document")
        editor.execute("DROP FUNCTION search_learn")
    else:
        editor.execute("DROP TRIGGER search_document_learned")
        editor.execute("DROP TRIGGER search_document_learned_anew")
    editor.execute("DROP TABLE search_word")


class Migration(migrations.Migration):
    dependencies = [("search", "0005_latest_of_a_kind")]
    operations = [migrations.RunPython(build, tear_down)]
