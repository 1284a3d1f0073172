"""Keep the effect of the primary metric beside the document of each result."""

from django.db import migrations, models

from pochin.evaluations.alike import kept_of


def keep(apps, schema_editor):
    evaluations = apps.get_model("evaluations", "Evaluation").objects
    for one in evaluations.only("result").iterator(chunk_size=50):
        evaluations.filter(pk=one.pk).update(**kept_of(one.result).columns)


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0001_initial")]

    operations = [
        migrations.AddField(
            "evaluation", "measure", models.TextField(blank=True, default="", editable=False)
        ),
        migrations.AddField("evaluation", "likened", models.JSONField(editable=False, null=True)),
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
