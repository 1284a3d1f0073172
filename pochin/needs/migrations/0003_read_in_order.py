"""Newer SQLite took this index for the catalogue and sorted all of it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("needs", "0002_catalogue")]

    operations = [
        migrations.RemoveIndex(model_name="need", name="needs_need_state_3f6c6d_idx"),
    ]
