"""Parcels of before get a number, and what was in them: an order had left as a whole when its first parcel left."""

from django.db import migrations

from core.references import new_reference

BATCH = 5_000
WITHOUT = "SELECT id FROM orders_shipment WHERE number = '' ORDER BY id LIMIT %s"
NUMBER = """
UPDATE orders_shipment AS parcel SET number = fresh.number, state_at = COALESCE(parcel.delivered_at, parcel.sent_at)
FROM unnest(%s::bigint[], %s::text[]) AS fresh(id, number) WHERE parcel.id = fresh.id
"""
LINES = """
INSERT INTO orders_shipmentline (union_id, shipment_id, order_line_id, quantity)
SELECT parcel.union_id, parcel.id, line.id, line.quantity - line.cancelled
FROM orders_shipment AS parcel
JOIN orders_orderline AS line ON line.order_id = parcel.order_id AND line.kind = 'goods'
    AND line.quantity > line.cancelled
WHERE parcel.id > %s AND parcel.id <= %s AND parcel.state <> 'returned'
    AND NOT EXISTS (SELECT FROM orders_shipment AS other WHERE other.order_id = parcel.order_id AND other.id < parcel.id)
    AND NOT EXISTS (SELECT FROM orders_shipmentline AS known WHERE known.shipment_id = parcel.id)
"""


def fill(apps, schema_editor):
    """In batches, each a transaction of its own; killed in between it goes on where it was."""
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(WITHOUT, [BATCH])
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                break
            cursor.execute(NUMBER, [ids, [new_reference("P", 9) for _ in ids]])
        cursor.execute("SELECT COALESCE(max(id), 0) FROM orders_shipment")
        last = cursor.fetchone()[0]
        for after in range(0, last, BATCH):
            cursor.execute(LINES, [after, after + BATCH])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0030_carriers_and_parcels")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
