from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0004_published_result'),
    ]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='owner_email',
            field=models.EmailField(editable=False, max_length=254, null=True),
        ),
    ]
