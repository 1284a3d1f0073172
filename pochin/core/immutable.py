"""Immutable tables: the database itself refuses to change or delete what was written."""

from __future__ import annotations

from typing import Any

from django.db import migrations

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION pochin_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION pochin_append_only()
"""


def seal(*tables: str) -> migrations.RunPython:
    """A migration step after which rows can only be added to these tables."""

    def forwards(apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(POSTGRESQL_FUNCTION.replace("%", "%%"), params=())
        for table in tables:
            if editor.connection.vendor == "postgresql":
                editor.execute(POSTGRESQL.format(table=table))
                continue
            for verb in ("update", "delete"):
                editor.execute(SQLITE.format(table=table, verb=verb, VERB=verb.upper()))

    return migrations.RunPython(forwards, migrations.RunPython.noop)
