from django.db import migrations, models


class Migration(migrations.Migration):
    # Both may be empty and have no default: so the table is not written anew on SQLite, which
    # would take its guards away.
    dependencies = [("core", "0004_tallies")]
    operations = [
        migrations.AddField(
            model_name="entry",
            name="imprint",
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="entry",
            name="beside",
            field=models.CharField(max_length=220, null=True),
        ),
    ]
