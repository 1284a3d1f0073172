"""Blind copies of archives are made anew: the files inside lose their authors now."""

from django.db import migrations


def forget(apps, editor):
    copies = apps.get_model("reviews", "BlindCopy").objects
    copies.filter(attachment__file__kind="zip").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0003_assignment_reviews_ass_state_de59a6_idx"),
        ("applications", "0003_what_stays"),
    ]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
