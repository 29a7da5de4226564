import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = """
CREATE TABLE unions_browsingevent (
    at timestamptz NOT NULL,
    entry varchar(40) NOT NULL,
    union_id bigint NOT NULL REFERENCES unions_union (id) DEFERRABLE INITIALLY DEFERRED,
    visitor varchar(64) NOT NULL,
    user_id bigint REFERENCES accounts_user (id) DEFERRABLE INITIALLY DEFERRED,
    kind varchar(8) NOT NULL,
    page varchar(300) NOT NULL,
    product varchar(160) NOT NULL,
    words varchar(200) NOT NULL,
    results integer CHECK (results >= 0),
    value bigint CHECK (value >= 0),
    seconds integer CHECK (seconds >= 0),
    PRIMARY KEY (at, entry)
) PARTITION BY RANGE (at);
CREATE INDEX browsing_by_union ON unions_browsingevent (union_id, at);
CREATE INDEX browsing_of_visitor ON unions_browsingevent (visitor, at);
CREATE INDEX browsing_of_person ON unions_browsingevent (user_id, at) WHERE user_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("unions", "0004_papers_and_changes_in_their_union"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, "DROP TABLE unions_browsingevent")],
            state_operations=[
                migrations.CreateModel(
                    name='BrowsingEvent',
                    fields=[
                        ('pk', models.CompositePrimaryKey('at', 'entry', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('at', models.DateTimeField(verbose_name='at')),
                        ('entry', models.CharField(max_length=40)),
                        ('visitor', models.CharField(max_length=64, verbose_name='visitor')),
                        ('kind', models.CharField(choices=[('page', 'page'), ('product', 'product'), ('search', 'search'), ('cart', 'cart'), ('redirect', 'redirect'), ('dwell', 'time on a page')], max_length=8, verbose_name='kind')),
                        ('page', models.CharField(blank=True, max_length=300, verbose_name='page')),
                        ('product', models.CharField(blank=True, max_length=160, verbose_name='product')),
                        ('words', models.CharField(blank=True, max_length=200, verbose_name='searched words')),
                        ('results', models.PositiveIntegerField(null=True, verbose_name='found')),
                        ('value', models.PositiveBigIntegerField(null=True, verbose_name='value')),
                        ('seconds', models.PositiveIntegerField(null=True, verbose_name='seconds')),
                        ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
                        ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'browsing event',
                        'verbose_name_plural': 'browsing record',
                        'indexes': [models.Index(fields=['union', 'at'], name='browsing_by_union'), models.Index(fields=['visitor', 'at'], name='browsing_of_visitor'), models.Index(condition=models.Q(('user__isnull', False)), fields=['user', 'at'], name='browsing_of_person')],
                    },
                ),
            ],
        ),
    ]
