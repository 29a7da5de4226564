"""What was given back is now what credit notes say, and exchanges are told apart: every day is counted anew."""

import django.db.models.deletion
from django.db import migrations, models

TOUCH_ALL = """
INSERT INTO orders_touchedday (union_id, store_id, day)
SELECT DISTINCT o.union_id, o.store_id, (o.placed_at AT TIME ZONE u.time_zone)::date
FROM orders_order o JOIN unions_union u ON u.id = o.union_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0090_urgent_lines"),
    ]

    operations = [
        migrations.AddField(
            model_name="storeday",
            name="exchanges",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="exchanges"),
        ),
        migrations.AlterField(
            model_name="storeday",
            name="taken_back",
            field=models.BigIntegerField(verbose_name="given back"),
        ),
        migrations.AddIndex(
            model_name="productday",
            index=models.Index(fields=["product", "day"], include=("pieces",), name="product_day_of_product"),
        ),
        migrations.AlterField(
            model_name="productday",
            name="product",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="stores.product",
            ),
        ),
        migrations.RunSQL(TOUCH_ALL, migrations.RunSQL.noop),
    ]
