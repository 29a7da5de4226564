from datetime import timedelta

from django.db import migrations, models
from django.db.models import F, Q


def end_held_addresses(apps, schema_editor):
    """An address is held for a while only; those without an end were held as long as their block."""
    held = apps.get_model("chat", "Block").objects.filter(address__isnull=False, address_until=None)
    held.filter(until__isnull=False).update(address_until=F("until"))
    held.filter(until=None).update(address_until=F("at") + timedelta(days=1))


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0010_rest_after_a_hold"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation", name="network", field=models.GenericIPAddressField(blank=True, null=True)
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=Q(network__isnull=False), fields=["created_at"], name="conversation_network_kept"
            ),
        ),
        migrations.AlterField(
            model_name="block",
            name="address",
            field=models.GenericIPAddressField(blank=True, null=True, verbose_name="network address"),
        ),
        migrations.AddField(
            model_name="block",
            name="address_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="network address until"),
        ),
        migrations.RunPython(end_held_addresses, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=Q(address=None, address_until=None) | Q(address__isnull=False, address_until__isnull=False),
                name="block_address_ends",
            ),
        ),
    ]
