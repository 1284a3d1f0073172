"""The proof of an export project becomes the certificate of the pilot its decision was about."""

import django.db.models.deletion
from django.db import migrations, models


def certify(apps, schema_editor):
    """Projects keep their proof where the pilot has a valid certificate."""
    projects = apps.get_model("exports", "Project")
    certificates = apps.get_model("decisions", "Certificate")
    for project in projects.objects.filter(reference__isnull=False).select_related("reference"):
        found = certificates.objects.filter(pilot=project.reference.pilot_id, state="valid")
        project.certificate = found.first()
        project.save(update_fields=["certificate"])


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0003_certificate"),
        ("exports", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="project",
            name="certificate",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="export_projects",
                to="decisions.certificate",
                verbose_name="pilot certificate",
            ),
        ),
        migrations.RunPython(certify, migrations.RunPython.noop),
        migrations.RemoveField(model_name="project", name="reference"),
    ]
