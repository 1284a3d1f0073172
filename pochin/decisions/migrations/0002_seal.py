from django.db import migrations

from pochin.core.immutable import seal, seal_rows


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_initial")]
    operations = [
        seal_rows(
            "decisions_decision",
            when="OLD.state = 'signed'",
            words="a signed decision is immutable",
        ),
        seal("decisions_vote"),
    ]
