"""Lines of a cart and of an order know the urgent sale that they come from."""

import django.db.models.deletion
from django.db import migrations, models

from core.tenancy import SameUnion


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0080_figures_of_days'),
        ('stores', '0041_urgent_sales'),
        ('unions', '0006_signal_codes'),
    ]

    operations = [
        migrations.AddField(
            model_name='cartline',
            name='urgent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.urgentsale'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='urgent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='order_lines', to='stores.urgentsale'),
        ),
        migrations.AddConstraint(
            model_name='cartline',
            constraint=models.CheckConstraint(condition=models.Q(('urgent__isnull', True), ('proposal__isnull', True), _connector='OR'), name='cart_line_one_special_price'),
        ),
        SameUnion("cartline", "urgent"),
        SameUnion("orderline", "urgent"),
    ]
