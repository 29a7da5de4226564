"""Urgent sales: a level of their own, claims, a queue, and what was bought until it is booked."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from core.tenancy import SameUnion


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0040_reviews_with_pictures_answers_reports'),
        ('unions', '0006_signal_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='UrgentSale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(editable=False, max_length=16)),
                ('price', models.PositiveBigIntegerField(verbose_name='price')),
                ('list_price', models.PositiveBigIntegerField(verbose_name='usual price')),
                ('per_shopper', models.PositiveIntegerField(blank=True, null=True, verbose_name='pieces per shopper')),
                ('starts_at', models.DateTimeField(verbose_name='starts')),
                ('ends_at', models.DateTimeField(verbose_name='ends')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='called off at')),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='urgent_sales', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='urgent_sales', to='stores.variant')),
            ],
            options={
                'verbose_name': 'urgent sale',
                'verbose_name_plural': 'urgent sales',
                'ordering': ['-starts_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='UrgentClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shopper', models.CharField(max_length=64)),
                ('held', models.IntegerField(default=0)),
                ('bought', models.IntegerField(default=0)),
                ('most', models.PositiveIntegerField(null=True)),
                ('expires_at', models.DateTimeField()),
                ('last_until', models.DateTimeField()),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
                ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='stores.urgentsale')),
            ],
        ),
        migrations.CreateModel(
            name='UrgentBooking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shopper', models.CharField(max_length=64)),
                ('quantity', models.IntegerField()),
                ('reference', models.CharField(max_length=80)),
                ('at', models.DateTimeField()),
                ('is_booked', models.BooleanField(default=False)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
                ('sale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='stores.urgentsale')),
            ],
        ),
        migrations.CreateModel(
            name='UrgentPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shopper', models.CharField(max_length=64)),
                ('quantity', models.PositiveIntegerField()),
                ('since', models.DateTimeField()),
                ('sale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='stores.urgentsale')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='UrgentLevel',
            fields=[
                ('sale', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='level', serialize=False, to='stores.urgentsale')),
                ('allotted', models.PositiveIntegerField(verbose_name='pieces')),
                ('held', models.IntegerField(default=0, verbose_name='claimed')),
                ('sold', models.IntegerField(default=0, verbose_name='sold')),
                ('returned', models.IntegerField(default=0, verbose_name='gone back')),
                ('served', models.PositiveIntegerField(default=0)),
                ('left', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('allotted'), '-', models.F('held')), '-', models.F('sold')), '-', models.F('returned')), output_field=models.IntegerField())),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
            ],
        ),
        migrations.AddIndex(
            model_name='urgentsale',
            index=models.Index(condition=models.Q(('cancelled_at', None)), fields=['variant', 'ends_at'], name='urgent_sale_of_variant'),
        ),
        migrations.AddIndex(
            model_name='urgentsale',
            index=models.Index(condition=models.Q(('cancelled_at', None)), fields=['union', 'ends_at'], name='urgent_sale_of_union'),
        ),
        migrations.AddConstraint(
            model_name='urgentsale',
            constraint=models.UniqueConstraint(fields=('union', 'ref'), name='urgent_sale_ref'),
        ),
        migrations.AddConstraint(
            model_name='urgentsale',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='urgent_sale_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='urgentsale',
            constraint=models.CheckConstraint(condition=models.Q(('price__lt', models.F('list_price'))), name='urgent_sale_is_cheaper'),
        ),
        migrations.AddConstraint(
            model_name='urgentsale',
            constraint=models.CheckConstraint(condition=models.Q(('per_shopper__isnull', True), ('per_shopper__gt', 0), _connector='OR'), name='urgent_sale_something_each'),
        ),
        migrations.AddConstraint(
            model_name='urgentsale',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('cancelled_at', None)), expressions=[(models.Func(models.F('variant'), models.F('variant'), models.Value('[]'), function='int8range'), '&&'), (models.Func('starts_at', 'ends_at', function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='urgent_sale_one_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='urgentclaim',
            index=models.Index(condition=models.Q(('held__gt', 0)), fields=['sale', 'expires_at'], name='urgent_claim_held'),
        ),
        migrations.AddConstraint(
            model_name='urgentclaim',
            constraint=models.UniqueConstraint(fields=('sale', 'shopper'), name='urgent_claim_one_per_shopper'),
        ),
        migrations.AddConstraint(
            model_name='urgentclaim',
            constraint=models.CheckConstraint(condition=models.Q(('bought__gte', 0), ('held__gte', 0)), name='urgent_claim_of_something'),
        ),
        migrations.AddConstraint(
            model_name='urgentclaim',
            constraint=models.CheckConstraint(condition=models.Q(('most__isnull', True), ('most__gte', django.db.models.expressions.CombinedExpression(models.F('held'), '+', models.F('bought'))), _connector='OR'), name='urgent_claim_within_limit'),
        ),
        migrations.AddConstraint(
            model_name='urgentclaim',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__lte', models.F('last_until'))), name='urgent_claim_not_for_ever'),
        ),
        migrations.AddIndex(
            model_name='urgentbooking',
            index=models.Index(condition=models.Q(('is_booked', False)), fields=['sale', 'id'], name='urgent_booking_to_do'),
        ),
        migrations.AddIndex(
            model_name='urgentbooking',
            index=models.Index(fields=['union', 'reference'], name='urgent_booking_of_purchase'),
        ),
        migrations.AddConstraint(
            model_name='urgentbooking',
            constraint=models.CheckConstraint(condition=models.Q(('quantity', 0), _negated=True), name='urgent_booking_of_something'),
        ),
        migrations.AddIndex(
            model_name='urgentplace',
            index=models.Index(fields=['sale', 'id'], name='urgent_place_in_order'),
        ),
        migrations.AddConstraint(
            model_name='urgentplace',
            constraint=models.UniqueConstraint(fields=('sale', 'shopper'), name='urgent_place_one_per_shopper'),
        ),
        migrations.AddConstraint(
            model_name='urgentplace',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='urgent_place_for_something'),
        ),
        migrations.AddIndex(
            model_name='urgentlevel',
            index=models.Index(condition=models.Q(('allotted__gt', django.db.models.expressions.CombinedExpression(models.F('sold'), '+', models.F('returned')))), fields=['sale'], name='urgent_level_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='urgentlevel',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0), ('returned__gte', 0), ('sold__gte', 0), ('allotted__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('held'), '+', models.F('sold')), '+', models.F('returned')))), name='urgent_level_never_too_many', violation_error_code='sold_out'),
        ),
        SameUnion("urgentsale", "store"),
        SameUnion("urgentsale", "variant"),
        SameUnion("urgentlevel", "sale"),
        SameUnion("urgentclaim", "sale"),
        SameUnion("urgentbooking", "sale"),
        SameUnion("urgentplace", "sale"),
    ]
