"""Stores of several unions may answer one wish: of all of them one answer is used."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0004_pictures_with_a_wish'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='matchresponse',
            name='match_response_used_once',
        ),
        migrations.AddConstraint(
            model_name='matchresponse',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'used')), fields=('request',), name='match_response_used_once'),
        ),
    ]
