from django.db import migrations

from pochin.core.immutable import seal


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [seal("core_entry", "core_signature")]
