import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0001_first_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="matchresponse",
            name="keys",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80), db_default=[], default=list, editable=False, size=None
            ),
        ),
    ]
