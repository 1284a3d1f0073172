"""Tokens get their last day: those that are in use, a year from now."""

from datetime import timedelta

from django.db import migrations, models
from django.utils import timezone


def give_days(apps, editor):
    apps.get_model("participants", "Token").objects.filter(ends_at__isnull=True).update(
        ends_at=timezone.now() + timedelta(days=365)
    )


class Migration(migrations.Migration):
    dependencies = [("participants", "0004_shared_cache")]
    operations = [
        migrations.AddField(
            "token", "ends_at", models.DateTimeField(null=True, verbose_name="ends")
        ),
        migrations.AddField(
            "token", "warned_at", models.DateTimeField(editable=False, null=True)
        ),
        migrations.RunPython(give_days, migrations.RunPython.noop),
    ]
