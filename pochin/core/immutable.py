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


ROW_SQLITE = """
CREATE TRIGGER {table}_sealed_{verb} BEFORE {verb} ON {table} WHEN {when}
BEGIN SELECT RAISE(ABORT, '{words}'); END
"""
ROW_FUNCTION = """
CREATE OR REPLACE FUNCTION pochin_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%%', TG_ARGV[0]; END $$
"""
ROW_POSTGRESQL = """
CREATE TRIGGER {table}_sealed_{verb} BEFORE {verb} ON {table}
FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION pochin_refuse('{words}')
"""


def seal_rows(table: str, *, when: str, words: str) -> migrations.RunPython:
    """A migration step after which rows of which `when` holds neither change nor go."""

    def forwards(apps: Any, editor: Any) -> None:
        postgresql = editor.connection.vendor == "postgresql"
        if postgresql:
            editor.execute(ROW_FUNCTION, params=())
        for verb in ("UPDATE", "DELETE"):
            sql = ROW_POSTGRESQL if postgresql else ROW_SQLITE
            editor.execute(sql.format(table=table, verb=verb, when=when, words=words))

    return migrations.RunPython(forwards, migrations.RunPython.noop)
