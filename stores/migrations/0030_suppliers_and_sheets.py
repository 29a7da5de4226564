"""Suppliers, what is ordered there, sheets that are scanned and booked, days of sales and notices of low stock."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.tenancy import SameUnion

# Sales of the last weeks, so that days of cover are right from the first day.
FILL = """
INSERT INTO stores_soldday (union_id, variant_id, day, pieces)
SELECT m.union_id, m.variant_id, (m.at AT TIME ZONE u.time_zone)::date, -sum(m.quantity)
FROM stores_stockmovement m JOIN unions_union u ON u.id = m.union_id
WHERE m.kind = 'sold' AND m.at >= now() - interval '60 days'
GROUP BY 1, 2, 3 HAVING sum(m.quantity) < 0
"""


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0011_services_without_appointment'),
        ('unions', '0006_signal_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LowStock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('available', models.IntegerField(verbose_name='available')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('over_at', models.DateTimeField(blank=True, null=True, verbose_name='over')),
            ],
            options={
                'verbose_name': 'low stock',
                'verbose_name_plural': 'low stock',
            },
        ),
        migrations.CreateModel(
            name='PurchaseOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=24, verbose_name='number')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('sent', 'ordered'), ('partly_received', 'partly received'), ('received', 'received'), ('cancelled', 'called off')], default='draft', max_length=16, verbose_name='state')),
                ('note', models.CharField(blank=True, max_length=400, verbose_name='note')),
                ('expected_on', models.DateField(blank=True, null=True, verbose_name='expected on')),
                ('created_at', models.DateTimeField(verbose_name='begun')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='ordered at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
            ],
            options={
                'verbose_name': 'purchase order',
                'verbose_name_plural': 'purchase orders',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='PurchaseOrderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(blank=True, max_length=64, verbose_name='number there')),
                ('quantity', models.PositiveIntegerField(verbose_name='ordered pieces')),
                ('received', models.PositiveIntegerField(default=0, verbose_name='received pieces')),
                ('unit_price', models.PositiveBigIntegerField(verbose_name='price of a piece there')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SheetLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField(verbose_name='pieces')),
                ('unit_cost', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='cost of a piece')),
                ('expected', models.IntegerField(blank=True, null=True, verbose_name='expected')),
                ('movement_id', models.BigIntegerField(blank=True, null=True)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-changed_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SoldDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('pieces', models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='StockSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=24, verbose_name='number')),
                ('kind', models.CharField(choices=[('lay_in', 'lay in'), ('take_out', 'take out'), ('transfer', 'carry to another store'), ('count', 'count')], max_length=8, verbose_name='kind')),
                ('state', models.CharField(choices=[('open', 'open'), ('booked', 'booked'), ('discarded', 'thrown away')], default='open', max_length=9, verbose_name='state')),
                ('cause', models.CharField(blank=True, choices=[('damage', 'damaged'), ('own_use', 'own use'), ('theft', 'stolen or lost'), ('sample', 'sample or gift'), ('expired', 'past its date'), ('back', 'back to the supplier')], max_length=8, verbose_name='why')),
                ('delivery_note', models.CharField(blank=True, max_length=60, verbose_name='delivery note')),
                ('shelf', models.CharField(blank=True, max_length=40, verbose_name='shelf')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('created_at', models.DateTimeField(verbose_name='begun')),
                ('booked_at', models.DateTimeField(blank=True, null=True, verbose_name='booked at')),
            ],
            options={
                'verbose_name': 'stock sheet',
                'verbose_name_plural': 'stock sheets',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Supplier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(editable=False, max_length=24)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('contact', models.CharField(blank=True, max_length=120, verbose_name='whom to ask for')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address')),
                ('phone', models.CharField(blank=True, max_length=32, verbose_name='phone')),
                ('address', models.TextField(blank=True, verbose_name='address')),
                ('customer_number', models.CharField(blank=True, max_length=40, verbose_name='our number there')),
                ('terms', models.TextField(blank=True, help_text='Payment, freight, minimum order and the like.', verbose_name='terms')),
                ('lead_days', models.PositiveSmallIntegerField(default=7, verbose_name='days until goods arrive')),
                ('is_active', models.BooleanField(default=True, verbose_name='we order there')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'supplier',
                'verbose_name_plural': 'suppliers',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SupplierGood',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(blank=True, max_length=64, verbose_name='number there')),
                ('price', models.PositiveBigIntegerField(verbose_name='price of a piece there')),
                ('pack_size', models.PositiveIntegerField(default=1, verbose_name='pieces in a pack')),
                ('minimum', models.PositiveIntegerField(default=1, verbose_name='least order in pieces')),
                ('is_preferred', models.BooleanField(default=False, verbose_name='order it here first')),
            ],
            options={
                'verbose_name': 'good of a supplier',
                'verbose_name_plural': 'goods of suppliers',
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='stocklevel',
            name='reorder_quantity',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='0: as many as are sold until the next delivery.', verbose_name='order so many'),
        ),
        migrations.AddField(
            model_name='stocklevel',
            name='shelf',
            field=models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='shelf'),
        ),
        migrations.AddField(
            model_name='stocklevel',
            name='unit_cost',
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name='cost of a piece'),
        ),
        migrations.AddIndex(
            model_name='stockmovement',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='stock_movement_by_time'),
        ),
        migrations.AddField(
            model_name='lowstock',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store'),
        ),
        migrations.AddField(
            model_name='lowstock',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='lowstock',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.variant'),
        ),
        migrations.AddField(
            model_name='purchaseorder',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='purchaseorder',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchase_orders', to='stores.store'),
        ),
        migrations.AddField(
            model_name='purchaseorder',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='purchaseorderline',
            name='purchase_order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='stores.purchaseorder'),
        ),
        migrations.AddField(
            model_name='purchaseorderline',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='purchaseorderline',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.variant'),
        ),
        migrations.AddField(
            model_name='sheetline',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='sheetline',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.variant'),
        ),
        migrations.AddField(
            model_name='soldday',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='soldday',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sold_days', to='stores.variant'),
        ),
        migrations.AddField(
            model_name='stocksheet',
            name='booked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stocksheet',
            name='category',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.category'),
        ),
        migrations.AddField(
            model_name='stocksheet',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stocksheet',
            name='other_store',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store'),
        ),
        migrations.AddField(
            model_name='stocksheet',
            name='purchase_order',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='stores.purchaseorder'),
        ),
        migrations.AddField(
            model_name='stocksheet',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stock_sheets', to='stores.store'),
        ),
        migrations.AddField(
            model_name='stocksheet',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='sheetline',
            name='sheet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='stores.stocksheet'),
        ),
        migrations.AddField(
            model_name='supplier',
            name='store',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='suppliers', to='stores.store'),
        ),
        migrations.AddField(
            model_name='supplier',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='stocksheet',
            name='supplier',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.supplier'),
        ),
        migrations.AddField(
            model_name='purchaseorder',
            name='supplier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchase_orders', to='stores.supplier'),
        ),
        migrations.AddField(
            model_name='suppliergood',
            name='supplier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='goods', to='stores.supplier'),
        ),
        migrations.AddField(
            model_name='suppliergood',
            name='union',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union'),
        ),
        migrations.AddField(
            model_name='suppliergood',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='supplied', to='stores.variant'),
        ),
        migrations.AddConstraint(
            model_name='lowstock',
            constraint=models.UniqueConstraint(condition=models.Q(('over_at', None)), fields=('variant',), name='low_stock_open_once'),
        ),
        migrations.AddIndex(
            model_name='purchaseorderline',
            index=models.Index(condition=models.Q(('received__lt', models.F('quantity'))), fields=['variant'], name='purchase_order_line_open'),
        ),
        migrations.AddConstraint(
            model_name='purchaseorderline',
            constraint=models.UniqueConstraint(fields=('purchase_order', 'variant'), name='purchase_order_variant_once'),
        ),
        migrations.AddConstraint(
            model_name='purchaseorderline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='purchase_order_line_of_something'),
        ),
        migrations.AddConstraint(
            model_name='purchaseorderline',
            constraint=models.CheckConstraint(condition=models.Q(('received__lte', models.F('quantity'))), name='purchase_order_line_never_over', violation_error_code='more_than_ordered'),
        ),
        migrations.AddConstraint(
            model_name='soldday',
            constraint=models.UniqueConstraint(fields=('variant', 'day'), name='sold_day_once'),
        ),
        migrations.AddConstraint(
            model_name='sheetline',
            constraint=models.UniqueConstraint(fields=('sheet', 'variant'), name='sheet_line_variant_once'),
        ),
        migrations.AddConstraint(
            model_name='supplier',
            constraint=models.UniqueConstraint(fields=('union', 'ref'), name='supplier_ref'),
        ),
        migrations.AddConstraint(
            model_name='supplier',
            constraint=models.UniqueConstraint(fields=('union', 'store', 'name'), name='supplier_name_once', nulls_distinct=False, violation_error_message='There is a supplier of this name already.'),
        ),
        migrations.AddIndex(
            model_name='stocksheet',
            index=models.Index(fields=['store', '-id'], name='stock_sheet_by_store'),
        ),
        migrations.AddConstraint(
            model_name='stocksheet',
            constraint=models.UniqueConstraint(fields=('union', 'number'), name='stock_sheet_number'),
        ),
        migrations.AddConstraint(
            model_name='stocksheet',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'lay_in'), ('state', 'booked'), models.Q(('delivery_note', ''), _negated=True)), fields=('union', 'store', 'supplier', 'delivery_note'), name='stock_sheet_note_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='stocksheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'transfer'), ('other_store__isnull', False)), models.Q(models.Q(('kind', 'transfer'), _negated=True), ('other_store', None)), _connector='OR'), name='stock_sheet_transfer_goes_somewhere'),
        ),
        migrations.AddConstraint(
            model_name='stocksheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'take_out'), _negated=True), models.Q(('cause', ''), _negated=True), _connector='OR'), name='stock_sheet_taken_out_for_a_cause'),
        ),
        migrations.AddConstraint(
            model_name='stocksheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('booked_at__isnull', False), ('state', 'booked')), models.Q(models.Q(('state', 'booked'), _negated=True), ('booked_at', None)), _connector='OR'), name='stock_sheet_booked_at'),
        ),
        migrations.AddIndex(
            model_name='purchaseorder',
            index=models.Index(fields=['store', '-id'], name='purchase_order_by_store'),
        ),
        migrations.AddConstraint(
            model_name='purchaseorder',
            constraint=models.UniqueConstraint(fields=('union', 'number'), name='purchase_order_number'),
        ),
        migrations.AddConstraint(
            model_name='purchaseorder',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), ('sent_at__isnull', False), _connector='OR'), name='purchase_order_sent_at'),
        ),
        migrations.AddConstraint(
            model_name='suppliergood',
            constraint=models.UniqueConstraint(fields=('supplier', 'variant'), name='supplier_good_once'),
        ),
        migrations.AddConstraint(
            model_name='suppliergood',
            constraint=models.UniqueConstraint(condition=models.Q(('is_preferred', True)), fields=('variant',), name='supplier_good_one_preferred'),
        ),
        migrations.AddConstraint(
            model_name='suppliergood',
            constraint=models.CheckConstraint(condition=models.Q(('minimum__gt', 0), ('pack_size__gt', 0)), name='supplier_good_of_something'),
        ),
        SameUnion("supplier", "store"),
        SameUnion("suppliergood", "supplier"),
        SameUnion("suppliergood", "variant"),
        SameUnion("purchaseorder", "store"),
        SameUnion("purchaseorder", "supplier"),
        SameUnion("purchaseorderline", "purchase_order"),
        SameUnion("purchaseorderline", "variant"),
        SameUnion("stocksheet", "store"),
        SameUnion("stocksheet", "supplier"),
        SameUnion("stocksheet", "purchase_order"),
        SameUnion("stocksheet", "other_store"),
        SameUnion("stocksheet", "category"),
        SameUnion("sheetline", "sheet"),
        SameUnion("sheetline", "variant"),
        SameUnion("soldday", "variant"),
        SameUnion("lowstock", "store"),
        SameUnion("lowstock", "variant"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
