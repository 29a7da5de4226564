"""Files of a store on their way in or out."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.tenancy import SameUnion


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0032_category_aliases'),
        ('unions', '0006_signal_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FileRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(max_length=24)),
                ('direction', models.CharField(choices=[('export', 'export'), ('import', 'import')], max_length=6)),
                ('kind', models.CharField(max_length=20, verbose_name='what')),
                ('shape', models.CharField(max_length=4, verbose_name='as')),
                ('name', models.CharField(max_length=120, verbose_name='file')),
                ('path', models.CharField(blank=True, max_length=200)),
                ('report', models.CharField(blank=True, max_length=200)),
                ('is_dry', models.BooleanField(default=False, verbose_name='only try')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=8, verbose_name='state')),
                ('percent', models.PositiveSmallIntegerField(default=0)),
                ('rows', models.PositiveIntegerField(default=0, verbose_name='rows')),
                ('outcomes', models.JSONField(default=dict)),
                ('reasons', models.JSONField(default=dict)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField(verbose_name='begun')),
                ('moved_at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='file_runs', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
            ],
            options={
                'verbose_name': 'file run',
                'verbose_name_plural': 'file runs',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['store', '-id'], name='file_run_by_store')],
                'constraints': [models.UniqueConstraint(fields=('union', 'ref'), name='file_run_ref')],
            },
        ),
        SameUnion("filerun", "store"),
    ]
