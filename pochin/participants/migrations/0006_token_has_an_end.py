"""Every token has a last day."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("participants", "0005_token_ends")]
    operations = [
        migrations.AlterField("token", "ends_at", models.DateTimeField(verbose_name="ends")),
        migrations.AddConstraint(
            "token",
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("issued_at")), name="token_ends_after_its_issue"
            ),
        ),
    ]
