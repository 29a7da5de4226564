"""A category that was merged into another leaves its short name behind."""

import django.db.models.deletion
from django.db import migrations, models

from core.tenancy import SameUnion


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0031_prices_planned_and_kept'),
        ('unions', '0006_signal_codes'),
    ]

    operations = [
        migrations.CreateModel(
            name='CategoryAlias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=60, verbose_name='short name in addresses')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='stores.category')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('union', 'slug'), name='category_alias_in_union')],
            },
        ),
        SameUnion("categoryalias", "category"),
    ]
