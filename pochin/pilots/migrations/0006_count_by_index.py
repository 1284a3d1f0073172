from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pilots", "0005_paid_item")]

    operations = [
        migrations.RemoveIndex(model_name="pilot", name="pilots_pilo_program_821734_idx"),
        migrations.AddIndex(
            model_name="pilot",
            index=models.Index(
                fields=["programme", "state", "decision_date", "outcome"], name="pilot_counted"
            ),
        ),
    ]
