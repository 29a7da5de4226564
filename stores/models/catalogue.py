"""Goods and services of a store: products, their variants, pictures, categories and tax classes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.store import Store
from unions.models import Membership, Union
from unions.models.union import slug_shape


class TaxClass(models.Model):
    """A rate of the union's country. Prices in the catalogue include it."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="tax_classes")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    rate_bp = models.PositiveIntegerField(_("rate in basis points"), validators=[MaxValueValidator(10_000)])

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["code"]
        verbose_name = _("tax class")
        verbose_name_plural = _("tax classes")
        constraints = [models.UniqueConstraint(fields=["union", "code"], name="tax_class_code_in_union")]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A node of a union's own tree of goods."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="categories")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    slug = models.CharField(_("short name in addresses"), max_length=60, validators=[slug_shape])
    name = models.CharField(_("name"), max_length=120)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    ancestors = ArrayField(models.BigIntegerField(), default=list, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [models.UniqueConstraint(fields=["union", "slug"], name="category_slug_in_union")]

    def __str__(self) -> str:
        return self.name


class CategoryAlias(models.Model):
    """The short name of a category that was merged into another: old addresses lead there."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    slug = models.CharField(_("short name in addresses"), max_length=60)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="aliases")

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["union", "slug"], name="category_alias_in_union")]

    def __str__(self) -> str:
        return self.slug


class ProductQuerySet(models.QuerySet["Product"]):
    """Filters on products."""

    def visible(self) -> ProductQuerySet:
        """Products that shoppers see: published, in a published store of an active member."""
        return self.filter(
            is_published=True,
            store__is_published=True,
            store__membership__state=Membership.State.ACTIVE,
        )


class Product(models.Model):
    """A good or a service as it stands in the window; what is bought is one of its variants.

    A service is done at a time that is agreed with whoever buys it, unless `by_appointment` says no: a program of
    after-sales service is bought now and used some day. `price_from`, `price_to` and `in_stock` follow the variants
    (kept by the services that change them); `search` is filled by `stores.services.search`.
    """

    class Kind(models.TextChoices):
        GOODS = "goods", _("goods")
        SERVICE = "service", _("service")

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="products")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="products")
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="products")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.GOODS)
    slug = models.CharField(_("short name in addresses"), max_length=80, validators=[slug_shape])
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True)
    option_names = ArrayField(
        models.CharField(max_length=40), verbose_name=_("what its variants differ in"), default=list, blank=True
    )
    by_appointment = models.BooleanField(_("done at an agreed time"), default=True, db_default=True, editable=False)
    is_published = models.BooleanField(_("shown"), default=True)
    archived_at = models.DateTimeField(_("put away"), null=True, blank=True, editable=False)
    price_from = models.PositiveBigIntegerField(default=0, editable=False)
    price_to = models.PositiveBigIntegerField(default=0, editable=False)
    in_stock = models.BooleanField(default=False, editable=False)
    cover = models.CharField(max_length=200, blank=True, editable=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(union="union", _manager_class=models.Manager.from_queryset(ProductQuerySet))

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "store", "slug"],
                name="product_slug_in_store",
                violation_error_message=_("This store has a product with this short name already."),
            ),
            models.CheckConstraint(
                condition=Q(archived_at=None) | Q(is_published=False), name="product_archived_is_not_shown"
            ),
        ]
        indexes = [
            models.Index(fields=["union", "-created_at", "-id"], condition=Q(is_published=True), name="product_newest"),
            models.Index(fields=["union", "price_from", "id"], condition=Q(is_published=True), name="product_cheapest"),
            models.Index(
                fields=["union", "-rating_count", "-id"],
                condition=Q(is_published=True, rating_count__gt=0),
                name="product_liked",
            ),
            models.Index(fields=["store", "-created_at"], name="product_by_store"),
            models.Index(fields=["category", "-created_at"], name="product_by_category"),
            GinIndex(fields=["search"], name="product_search"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def rating(self) -> float | None:
        """Mean of its reviews from 1 to 5, or None before the first."""
        return self.rating_sum / self.rating_count if self.rating_count else None


class Variant(models.Model):
    """What is bought: one size, colour, weight of a product, with its own price and stock."""

    union = models.ForeignKey(Union, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="variants")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    sku = models.CharField(_("stock keeping unit"), max_length=64)
    gtin = models.CharField(_("GTIN"), max_length=14, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True, help_text=_('{"size": "M"}'))
    price = models.PositiveBigIntegerField(_("price in minor units, tax included"))
    was_price = models.PositiveBigIntegerField(_("price before"), null=True, blank=True)
    tracks_stock = models.BooleanField(_("counted"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("sold"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [
            models.UniqueConstraint(
                fields=["union", "store", "sku"],
                name="variant_sku_in_store",
                violation_error_message=_("This store has a variant with this stock keeping unit already."),
            ),
            models.CheckConstraint(
                condition=Q(was_price=None) | Q(was_price__gt=F("price")), name="variant_was_dearer"
            ),
        ]
        indexes = [models.Index(fields=["union", "gtin"], condition=~Q(gtin=""), name="variant_by_gtin")]

    def __str__(self) -> str:
        return self.sku

    @property
    def options_text(self) -> str:
        """Its options in one line: `M, blue`."""
        return ", ".join(str(value) for value in self.options.values())


class Picture(models.Model):
    """A picture of a product. `sizes` lists stored files: `[{"path", "width", "height", "type"}]`, smallest first.

    A drawn picture (SVG) comes only from the project's own demo and has one size; uploads are re-encoded rasters.
    """

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    alt = models.CharField(_("what it shows"), max_length=200, blank=True)
    original = models.CharField(max_length=200, blank=True, editable=False)
    sizes = models.JSONField(default=list, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.alt


class SearchTerm(models.Model):
    """A word of a union's catalogue with its letter triples: where typing errors find the word that was meant."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=60)
    triples = ArrayField(models.CharField(max_length=3))

    objects = ScopedManager(union="union")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["union", "word"], name="search_term_once")]
        indexes = [GinIndex(fields=["triples"], name="search_term_triples")]

    def __str__(self) -> str:
        return self.word
