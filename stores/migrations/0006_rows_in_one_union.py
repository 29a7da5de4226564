"""What belongs to a store, a product or a variant stays in its union, also against a mistake of the code."""

from django.db import migrations

from core.tenancy import SameUnion


class Migration(migrations.Migration):
    dependencies = [("stores", "0004_review_and_liked_indexes"), ("unions", "0004_papers_and_changes_in_their_union")]

    operations = [
        SameUnion("store", "membership"),
        SameUnion("openinghours", "store"),
        SameUnion("specialday", "store"),
        SameUnion("deliveryoption", "store"),
        SameUnion("storestaff", "store"),
        SameUnion("staffinvitation", "store"),
        SameUnion("apikey", "store"),
        SameUnion("category", "parent"),
        SameUnion("product", "store"),
        SameUnion("product", "category"),
        SameUnion("product", "tax_class"),
        SameUnion("variant", "store"),
        SameUnion("variant", "product"),
        SameUnion("picture", "product"),
        SameUnion("review", "store"),
        SameUnion("review", "product"),
        SameUnion("stocklevel", "variant"),
        SameUnion("stockmovement", "variant"),
        SameUnion("stockhold", "variant"),
    ]
