import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.tenancy import SameUnion


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0002_answers_sent_again'),
        ('orders', '0011_offers_by_network_address'),
        ('stores', '0011_services_without_appointment'),
        ('unions', '0006_signal_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CallDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('called', models.PositiveIntegerField(default=0, verbose_name='called')),
                ('answered', models.PositiveIntegerField(default=0, verbose_name='answered')),
                ('declined', models.PositiveIntegerField(default=0, verbose_name='nothing for it')),
                ('won', models.PositiveIntegerField(default=0, verbose_name='won')),
                ('answer_ms', models.PositiveBigIntegerField(default=0)),
                ('value', models.PositiveBigIntegerField(default=0, verbose_name='value')),
            ],
            options={
                'ordering': ['day'],
            },
        ),
        migrations.CreateModel(
            name='DemandDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('asked', models.PositiveIntegerField(default=0, verbose_name='asked')),
                ('uncalled', models.PositiveIntegerField(default=0, verbose_name='no shop known')),
                ('unanswered', models.PositiveIntegerField(default=0, verbose_name='no answer')),
            ],
            options={
                'ordering': ['day'],
            },
        ),
        migrations.AddIndex(
            model_name='matchrequest',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['asked_at'], name='match_request_of_day'),
        ),
        migrations.AddIndex(
            model_name='matchresponse',
            index=models.Index(condition=models.Q(('state', 'used')), fields=['changed_at'], name='match_response_used_on'),
        ),
        migrations.AddIndex(
            model_name='matchresponse',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['answered_at'], name='match_response_of_day'),
        ),
        migrations.AddField(
            model_name='callday',
            name='store',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='call_days', to='stores.store'),
        ),
        migrations.AddField(
            model_name='callday',
            name='union',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='demandday',
            name='code',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.signalcode'),
        ),
        migrations.AddField(
            model_name='demandday',
            name='union',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union'),
        ),
        migrations.AddIndex(
            model_name='callday',
            index=models.Index(fields=['union', 'day'], name='call_day_of_union'),
        ),
        migrations.AddConstraint(
            model_name='callday',
            constraint=models.UniqueConstraint(fields=('union', 'store', 'day'), name='call_day_once'),
        ),
        migrations.AddConstraint(
            model_name='demandday',
            constraint=models.UniqueConstraint(fields=('union', 'day', 'code'), name='demand_day_once', nulls_distinct=False),
        ),
        SameUnion('callday', 'store'),
    ]
