"""Who sold, as it was at the sale. New columns with a default in the database: the old code goes on writing orders."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_agreed_prices_and_composed_orders")]

    operations = [
        migrations.AddField(
            model_name="order",
            name=name,
            field=models.CharField(blank=True, db_default="", default="", max_length=longest, verbose_name=label),
        )
        for name, longest, label in (
            ("seller_name", 160, "sold by"),
            ("seller_address", 250, "its address"),
            ("seller_registration", 40, "its registration number"),
            ("seller_tax_number", 40, "its tax number"),
        )
    ]
