"""Imports ask what a file's columns are; one import of a store at a time; files of a whole union."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.tenancy import SameUnion

# Two that run at this moment would stand in the way of the constraint: their workers were stopped for the upgrade.
WAIT_AGAIN = "UPDATE stores_filerun SET state = 'waiting' WHERE direction = 'import' AND state = 'running'"


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0042_urgent_claims_by_shopper'),
        ('unions', '0021_audit_log_stays'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(WAIT_AGAIN, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='ColumnMemory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('columns', models.JSONField()),
                ('decimal', models.CharField(max_length=1)),
                ('time', models.CharField(blank=True, max_length=20)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'memory of columns',
                'verbose_name_plural': 'memories of columns',
            },
        ),
        migrations.AddField(
            model_name='filerun',
            name='layout',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='filerun',
            name='refusals',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name='filerun',
            name='tries',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='filerun',
            name='state',
            field=models.CharField(choices=[('waiting', 'waiting'), ('looking', 'looked into'), ('mapping', 'columns to be named'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=8, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='filerun',
            name='store',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='file_runs', to='stores.store'),
        ),
        migrations.AddIndex(
            model_name='filerun',
            index=models.Index(condition=models.Q(('store', None)), fields=['union', '-id'], name='file_run_by_union'),
        ),
        migrations.AddConstraint(
            model_name='filerun',
            constraint=models.UniqueConstraint(condition=models.Q(('direction', 'import'), ('state', 'running')), fields=('store',), name='file_run_one_import_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='filerun',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'running']), ('store', None)), fields=('union', 'shape'), name='file_run_one_of_a_union_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='filerun',
            constraint=models.CheckConstraint(condition=models.Q(('store__isnull', False), ('direction', 'export'), _connector='OR'), name='file_run_unions_only_export'),
        ),
        migrations.AddField(
            model_name='columnmemory',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store'),
        ),
        migrations.AddField(
            model_name='columnmemory',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union'),
        ),
        migrations.AddConstraint(
            model_name='columnmemory',
            constraint=models.UniqueConstraint(fields=('store', 'kind'), name='column_memory_once'),
        ),
        SameUnion("columnmemory", "store"),
    ]
