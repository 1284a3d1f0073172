"""The table of what all processes remember for a while: attempts to sign in, codes used."""

from django.core.management import call_command
from django.db import migrations


def make(apps, editor):
    call_command("createcachetable", "shared_cache", database=editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("participants", "0003_token_may_send")]
    operations = [
        migrations.RunPython(make, migrations.RunPython.noop),
    ]
