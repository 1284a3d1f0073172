"""What was “being signed” keeps its meaning under its new word; negotiation now comes before it."""

from django.db import migrations


def forwards(apps, editor):
    rename(apps, "negotiation", "signing")


def backwards(apps, editor):
    rename(apps, "signing", "negotiation")


def rename(apps, before, after):
    apps.get_model("agreements", "Agreement").objects.filter(state=before).update(state=after)
    kinds = apps.get_model("contenttypes", "ContentType").objects
    kind = kinds.filter(app_label="agreements", model="agreement").first()
    if kind is not None:
        turns = apps.get_model("core", "Turn").objects
        turns.filter(kind_id=kind.pk, state=before).update(state=after)


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0002_whole"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("core", "0001_initial"),
    ]
    operations = [migrations.RunPython(forwards, backwards)]
