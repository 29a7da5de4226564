"""Sums of kept days by week, filled from the days there are."""

import django.db.models.deletion
from django.db import migrations, models

from core.tenancy import SameUnion

FILL = """
INSERT INTO orders_productweek (union_id, store_id, week, product_id, pieces, back, net)
SELECT union_id, store_id, day - (extract(isodow FROM day)::int - 1), product_id, sum(pieces), sum(back), sum(net)
FROM orders_productday GROUP BY 1, 2, 3, 4
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0093_proofs_and_answers_at_their_time"),
        ("stores", "0061_offices_take_files_in"),
        ("unions", "0021_audit_log_stays"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProductWeek",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField(verbose_name="week")),
                ("pieces", models.PositiveBigIntegerField(verbose_name="pieces")),
                ("back", models.PositiveBigIntegerField(verbose_name="pieces called off or returned")),
                ("net", models.BigIntegerField(verbose_name="sales")),
                (
                    "product",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stores.product"
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stores.store"
                    ),
                ),
                (
                    "union",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="unions.union"
                    ),
                ),
            ],
            options={
                "ordering": ["week"],
                "indexes": [
                    models.Index(
                        fields=["union", "week"],
                        include=("product", "pieces", "back", "net"),
                        name="product_week_of_union",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "week", "product"),
                        include=("pieces", "back", "net"),
                        name="product_week_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("week__week_day", 2)), name="product_week_begins_on_monday"
                    ),
                ],
            },
        ),
        SameUnion("productweek", "store"),
        SameUnion("productweek", "product"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
