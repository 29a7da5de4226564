"""Prices planned ahead, one at a time for a variant, and a history of prices that is never edited."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

from core.tenancy import SameUnion

GUARD = """
CREATE FUNCTION stores_pricechange_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.actor_id IS NULL AND to_jsonb(NEW) - 'actor_id' = to_jsonb(OLD) - 'actor_id' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the price history is append-only'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'price_change_append_only';
END $$;
CREATE TRIGGER price_change_append_only BEFORE UPDATE OR DELETE ON stores_pricechange
    FOR EACH ROW EXECUTE FUNCTION stores_pricechange_stays();
"""
NO_GUARD = """
DROP TRIGGER price_change_append_only ON stores_pricechange;
DROP FUNCTION stores_pricechange_stays();
"""
# The history begins with what things cost now, as if since they were added.
FILL = """
INSERT INTO stores_pricechange (union_id, variant_id, price, was_price, at)
SELECT v.union_id, v.id, v.price, v.was_price, p.created_at
FROM stores_variant v JOIN stores_product p ON p.id = v.product_id ORDER BY v.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0030_suppliers_and_sheets'),
        ('unions', '0006_signal_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlannedPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.PositiveBigIntegerField(verbose_name='price in minor units, tax included')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('shows_before', models.BooleanField(default=True, verbose_name='show the price before')),
                ('state', models.CharField(choices=[('planned', 'planned'), ('running', 'running'), ('over', 'over'), ('cancelled', 'called off')], default='planned', max_length=9, verbose_name='state')),
                ('price_before', models.PositiveBigIntegerField(blank=True, editable=False, null=True)),
                ('was_before', models.PositiveBigIntegerField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='planned_prices', to='stores.variant')),
            ],
            options={
                'verbose_name': 'planned price',
                'verbose_name_plural': 'planned prices',
                'ordering': ['starts_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('state', 'planned')), fields=['starts_at'], name='planned_price_to_begin'), models.Index(condition=models.Q(('state', 'running')), fields=['ends_at'], name='planned_price_to_end')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='planned_price_forward'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state__in', ['planned', 'running'])), expressions=[(models.Func(models.F('variant'), models.F('variant'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('starts_at'), django.db.models.functions.comparison.Coalesce(models.F('ends_at'), models.F('starts_at')), models.Value('[]'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='planned_price_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='PriceChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.PositiveBigIntegerField(verbose_name='price in minor units, tax included')),
                ('was_price', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='price before')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='price_changes', to='stores.variant')),
            ],
            options={
                'verbose_name': 'price change',
                'verbose_name_plural': 'price changes',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['variant', '-id'], name='price_change_by_variant')],
            },
        ),
        SameUnion("plannedprice", "variant"),
        SameUnion("pricechange", "variant"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
