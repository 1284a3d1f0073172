"""Of the secret address of a calendar only the hash is kept; addresses in use go on working."""

import hashlib

from django.db import migrations, models


def hash_keys(apps, _editor):
    Feed = apps.get_model("notices", "Feed")
    for feed in Feed.objects.iterator():
        feed.digest = hashlib.sha256(feed.digest.encode()).hexdigest()
        feed.save(update_fields=["digest"])


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_letter_says_why")]

    operations = [
        migrations.RenameField("feed", "key", "digest"),
        # There is no way back from a hash: going back closes the addresses.
        migrations.RunPython(hash_keys, migrations.RunPython.noop),
    ]
