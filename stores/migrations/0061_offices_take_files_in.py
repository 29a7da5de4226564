"""A union's office has files taken in, too: one at a time, beside the exports of the whole union."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0060_file_runs_ask_for_columns'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='filerun',
            name='file_run_one_of_a_union_at_a_time',
        ),
        migrations.RemoveConstraint(
            model_name='filerun',
            name='file_run_unions_only_export',
        ),
        migrations.AddConstraint(
            model_name='filerun',
            constraint=models.UniqueConstraint(condition=models.Q(('direction', 'import'), ('state', 'running'), ('store', None)), fields=('union',), name='file_run_one_import_of_an_office'),
        ),
        migrations.AddConstraint(
            model_name='filerun',
            constraint=models.UniqueConstraint(condition=models.Q(('direction', 'export'), ('state__in', ['waiting', 'running']), ('store', None)), fields=('union', 'shape'), name='file_run_one_of_a_union_at_a_time'),
        ),
    ]
