"""Claims are found by their shopper; what is written in the rush loses the indexes that others serve for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0041_urgent_sales'),
        ('unions', '0021_audit_log_stays'),
    ]

    operations = [
        migrations.AlterField(
            model_name='urgentbooking',
            name='union',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AlterField(
            model_name='urgentclaim',
            name='sale',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='stores.urgentsale'),
        ),
        migrations.AlterField(
            model_name='urgentclaim',
            name='union',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AlterField(
            model_name='urgentplace',
            name='sale',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='places', to='stores.urgentsale'),
        ),
        migrations.AlterField(
            model_name='urgentplace',
            name='union',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddIndex(
            model_name='urgentclaim',
            index=models.Index(condition=models.Q(('held__gt', 0)), fields=['shopper'], name='urgent_claim_of_shopper'),
        ),
    ]
