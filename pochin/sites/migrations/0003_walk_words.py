"""Words in the order of their letters on PostgreSQL, whatever language it sorts by, so that a
search walks along them and stops; on SQLite the constraint of one word once is such an index."""

from django.db import migrations

BUILD = 'CREATE INDEX sites_word_walk ON sites_word (text COLLATE "C", site_id)'


def build(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(BUILD)


def tear_down(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX sites_word_walk")


class Migration(migrations.Migration):
    dependencies = [("sites", "0002_by_parent")]
    operations = [migrations.RunPython(build, tear_down)]
