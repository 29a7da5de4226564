from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0011_blocks_hold_an_address_for_a_while"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(condition=Q(rating__isnull=False), fields=["manager"], name="conversation_rated"),
        ),
    ]
