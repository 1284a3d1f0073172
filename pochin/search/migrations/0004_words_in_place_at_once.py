"""New words go into their place of PostgreSQL's index at once: a list of words that wait would be
read by every search, and makes the planner read all documents instead."""

from django.db import migrations


def build(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER INDEX search_document_vector SET (fastupdate = off)")
        editor.execute("SELECT gin_clean_pending_list('search_document_vector')")


class Migration(migrations.Migration):
    dependencies = [("search", "0003_index_by_kind")]
    operations = [migrations.RunPython(build, migrations.RunPython.noop)]
