"""What the texts of a plan are called in the other language; first as its need calls them."""

from django.db import migrations, models


def take_from_needs(apps, schema_editor):
    """Pilots with a plan begin with the words of their needs."""
    pilots = apps.get_model("pilots", "Pilot").objects.filter(plans__isnull=False)
    for pilot in pilots.filter(need__isnull=False).select_related("need").distinct():
        need = pilot.need
        both = [(need.metric_ru, need.metric_en), (need.metric_unit_ru, need.metric_unit_en)]
        if pairs := [{"ru": ru, "en": en} for ru, en in both if ru and en]:
            pilot.wording = pairs
            pilot.save(update_fields=["wording"])


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0006_count_by_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='pilot',
            name='wording',
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.RunPython(take_from_needs, migrations.RunPython.noop),
    ]
