from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participants", "0007_catalogue_by_name")]

    operations = [
        migrations.AlterField(
            model_name="registration",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "waiting for the centre"),
                    ("confirmed", "confirmed"),
                    ("refused", "refused"),
                    ("withdrawn", "withdrawn"),
                ],
                default="asked",
                editable=False,
                max_length=10,
            ),
        ),
    ]
