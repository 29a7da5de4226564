"""Goods and services as a store's staff edit them: products, variants, prices, categories."""

from stores.services.catalogue.categories import CategoryLoop, save_category
from stores.services.catalogue.prices import StalePrice, set_price
from stores.services.catalogue.products import (
    NothingToSell,
    ProductDetails,
    archive_product,
    create_product,
    publish_product,
    restore_product,
    unpublish_product,
    update_product,
)
from stores.services.catalogue.variants import (
    SkuTaken,
    TooManyVariants,
    VariantDetails,
    archive_variant,
    check_gtin,
    generate_variants,
    restore_variant,
    save_variant,
    set_low_mark,
)

__all__ = [
    "CategoryLoop",
    "NothingToSell",
    "ProductDetails",
    "SkuTaken",
    "StalePrice",
    "TooManyVariants",
    "VariantDetails",
    "archive_product",
    "archive_variant",
    "check_gtin",
    "create_product",
    "generate_variants",
    "publish_product",
    "restore_product",
    "restore_variant",
    "save_category",
    "save_variant",
    "set_low_mark",
    "set_price",
    "unpublish_product",
    "update_product",
]
