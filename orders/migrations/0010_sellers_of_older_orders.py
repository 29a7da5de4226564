"""Orders of before get today's enterprise as their seller: the oldest state that is still known."""

from django.db import migrations

BATCH = 10_000
FILL = """
UPDATE orders_order AS o SET
    seller_name = COALESCE(NULLIF(e.legal_name, ''), e.name), seller_address = e.address,
    seller_registration = e.registration_number, seller_tax_number = e.tax_number
FROM unions_membership m JOIN unions_enterprise e ON e.id = m.enterprise_id
WHERE m.id = o.membership_id AND o.seller_name = '' AND o.id > %s AND o.id <= %s
"""


def fill(apps, schema_editor):
    """In batches, each a transaction of its own, so that orders of the day are never held up for long."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM orders_order")
        last = cursor.fetchone()[0]
        for after in range(0, last, BATCH):
            cursor.execute(FILL, [after, after + BATCH])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0009_sellers_on_orders")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
