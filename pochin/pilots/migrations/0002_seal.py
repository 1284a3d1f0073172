from typing import Any

from django.db import migrations

# A plan may be written over until it is locked; what is locked, logged or said stays.
RULES = (
    ("pilots_plan", "OLD.locked_at IS NOT NULL", "a locked plan is immutable", ("UPDATE", "DELETE")),
    ("pilots_amendment", "OLD.state <> 'proposed'", "an amendment stays as it was decided",
     ("UPDATE", "DELETE")),
    ("pilots_logentry", "1 = 1", "the test log is append-only", ("UPDATE", "DELETE")),
    ("pilots_comment", "1 = 1", "comments on results are append-only", ("UPDATE", "DELETE")),
    ("pilots_lesson", "1 = 1", "lessons are append-only", ("UPDATE", "DELETE")),
    ("pilots_pilot", "OLD.is_archive AND NOT NEW.is_archive",
     "a pilot from the archive is marked for ever", ("UPDATE",)),
    ("pilots_pilot", "OLD.locked_at IS NOT NULL", "a pilot with a locked plan stays", ("DELETE",)),
)
SQLITE = """
CREATE TRIGGER {table}_seal_{n}_{verb} BEFORE {verb} ON {table} WHEN {when}
BEGIN SELECT RAISE(ABORT, '{words}'); END
"""
FUNCTION = """
CREATE OR REPLACE FUNCTION pochin_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%%', TG_ARGV[0]; END $$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_seal_{n}_{verb} BEFORE {verb} ON {table}
FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION pochin_refuse('{words}')
"""


def forwards(apps: Any, editor: Any) -> None:
    postgresql = editor.connection.vendor == "postgresql"
    if postgresql:
        editor.execute(FUNCTION, params=())
    for n, (table, when, words, verbs) in enumerate(RULES):
        for verb in verbs:
            sql = POSTGRESQL if postgresql else SQLITE
            editor.execute(sql.format(table=table, n=n, verb=verb, when=when, words=words))


class Migration(migrations.Migration):
    dependencies = [("pilots", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
