"""Products: what stands in the window."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, constraint_of
from stores.models import Category, Product, Store, TaxClass, Variant
from stores.models.catalogue import slug_shape
from stores.services.catalogue.changed import note_changed
from stores.services.slugs import free_slug
from unions.models.union import RESERVED_SLUGS

MOST_TAGS = 20
SLUG_LENGTH = 80


class NothingToSell(DomainError):
    """The product has no active variant."""

    code = "nothing_to_sell"
    detail = _("Give it at least one variant with a price before showing it to shoppers.")


class SlugTaken(Invalid):
    """Another product of the store has this address."""

    code = "slug_taken"
    detail = _("This store has a product with this short name already.")


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """What staff write about a product. An empty `slug` is made from the title (when new) or kept."""

    title: str
    tax_class: TaxClass
    kind: str = Product.Kind.GOODS
    description: str = ""
    category: Category | None = None
    tags: list[str] = field(default_factory=list)
    translations: dict[str, Any] = field(default_factory=dict)
    slug: str = ""
    by_appointment: bool | None = None
    """Whether a time is agreed for a service; None leaves it as it is, which is yes for a new one."""


@transaction.atomic
def create_product(
    *, store: Store, details: ProductDetails, actor: User | None, now: datetime, is_published: bool = False
) -> Product:
    """A new product without variants; add those next. Raises Invalid, SlugTaken."""
    product = Product(union_id=store.union_id, store=store, is_published=is_published)
    slug = details.slug or free_slug(
        name=details.title,
        taken=set(Product.objects.filter(union_id=store.union_id, store=store).values_list("slug", flat=True)),
        fallback="item",
        length=SLUG_LENGTH,
    )
    _write(product, details, slug=slug, now=now)
    note_changed(product_ids=[product.pk], actor=actor)
    return product


@transaction.atomic
def update_product(*, product: Product, details: ProductDetails, actor: User | None, now: datetime) -> Product:
    """Replace what is written about the product. Raises Invalid, SlugTaken."""
    _write(product, details, slug=details.slug or product.slug, now=now)
    note_changed(product_ids=[product.pk], actor=actor)
    return product


def publish_product(*, product: Product, actor: User | None, now: datetime) -> None:
    """Show the product to shoppers. Raises NothingToSell while it has no variant that is sold."""
    if not Variant.objects.filter(union_id=product.union_id, product=product, is_active=True).exists():
        raise NothingToSell
    _show(product, shown=True, archived_at=None, actor=actor, now=now)


def unpublish_product(*, product: Product, actor: User | None, now: datetime) -> None:
    """Take the product out of the window; it stays in the list."""
    _show(product, shown=False, archived_at=product.archived_at, actor=actor, now=now)


def archive_product(*, product: Product, actor: User | None, now: datetime) -> None:
    """Put the product away: not shown, not in the list, its history kept."""
    _show(product, shown=False, archived_at=now, actor=actor, now=now)


def restore_product(*, product: Product, actor: User | None, now: datetime) -> None:
    """Bring an archived product back into the list, not yet shown."""
    _show(product, shown=False, archived_at=None, actor=actor, now=now)


@transaction.atomic
def _show(product: Product, *, shown: bool, archived_at: datetime | None, actor: User | None, now: datetime) -> None:
    product.is_published, product.archived_at, product.updated_at = shown, archived_at, now
    product.save(update_fields=["is_published", "archived_at", "updated_at"])
    note_changed(product_ids=[product.pk], actor=actor)


def _write(product: Product, details: ProductDetails, *, slug: str, now: datetime) -> None:
    title = details.title.strip()
    if not title:
        raise Invalid(_("Give it a title."), field="title")
    if details.tax_class.union_id != product.union_id:
        raise Invalid(_("This tax class belongs to another union."), field="tax_class")
    if details.category is not None and details.category.union_id != product.union_id:
        raise Invalid(_("This category belongs to another union."), field="category")
    if slug in RESERVED_SLUGS:
        raise Invalid(_("This word is reserved; choose another short name."), field="slug")
    try:
        slug_shape(slug)
    except ValidationError as error:
        raise Invalid(str(error.messages[0]), field="slug") from error
    product.title, product.description, product.kind = title, details.description.strip(), details.kind
    product.slug, product.tax_class, product.category = slug, details.tax_class, details.category
    product.tags, product.translations = clean_tags(tags=details.tags), details.translations
    if details.by_appointment is not None:
        product.by_appointment = details.by_appointment
    product.updated_at = now
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError as error:
        if constraint_of(error) == "product_slug_in_store":
            raise SlugTaken(field="slug") from error
        raise


def clean_tags(*, tags: list[str]) -> list[str]:
    """Tags without doubles and blanks, in the order written. Raises Invalid for too many or too long ones."""
    cleaned = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(cleaned) > MOST_TAGS:
        raise Invalid(_("At most %(most)d tags.") % {"most": MOST_TAGS}, field="tags")
    if any(len(tag) > 40 for tag in cleaned):
        raise Invalid(_("A tag has at most 40 characters."), field="tags")
    return cleaned
