"""Run in oscar's environment: tables, one class, twelve categories, two partners and the goods."""

import os
import sys
from decimal import Decimal
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from oscar.apps.address.models import Country  # noqa: E402
from oscar.apps.catalogue.models import Category, Product, ProductCategory, ProductClass  # noqa: E402
from oscar.apps.partner.models import Partner, StockRecord  # noqa: E402
from PIL import Image  # noqa: E402

call_command("migrate", verbosity=0)
# The picture of goods without one; looked for in vain it would cost oscar time.
Image.new("RGB", (400, 400), "lightgray").save(Path(settings.MEDIA_ROOT) / settings.OSCAR_MISSING_IMAGE_URL)
many = int(sys.argv[1])
Country.objects.create(
    iso_3166_1_a2="GB", printable_name="United Kingdom", name="UNITED KINGDOM", is_shipping_country=True
)
kind = ProductClass.objects.create(name="Goods", requires_shipping=True, track_stock=True)
categories = [Category.add_root(name=f"Category {n}") for n in range(12)]
partners = [Partner.objects.create(name=f"Store {n}") for n in range(20)]
products = Product.objects.bulk_create(
    [
        Product(structure="standalone", title=f"Good number {n}", slug=f"p{n}", upc=f"U{n}", product_class=kind)
        for n in range(1, many + 1)
    ]
)
for product, category in zip(products, categories * (many // 12 + 1), strict=False):
    product.description = "A good thing to have at home."
    ProductCategory.objects.create(product=product, category=category)
Product.objects.bulk_update(products, ["description"])
StockRecord.objects.bulk_create(
    [
        StockRecord(
            product=product,
            partner=partners[n % 20],
            partner_sku=f"SKU{n}",
            price=Decimal(1 + n % 50),
            price_currency="GBP",
            num_in_stock=1_000_000,
        )
        for n, product in enumerate(products)
    ]
)
call_command("rebuild_index", interactive=False, verbosity=0)
