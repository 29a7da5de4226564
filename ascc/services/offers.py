"""A store sells a program as an extra: it stands in its catalogue as a service with a price, and in the cart."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ascc.models import ProgramOffer, ProgramVersion, ServiceProgram
from ascc.services.programs import ProgramNotOpen
from core.errors import DomainError, Invalid
from stores.models import Product, Store, TaxClass, Variant
from stores.services.catalogue.products import ProductDetails, create_product, publish_product, unpublish_product
from stores.services.catalogue.variants import VariantDetails, save_variant


class NotSoldAsExtra(DomainError):
    """It comes with the goods; nothing is asked for it."""

    code = "program_not_sold"
    detail = _("This program comes with the goods and is not sold on its own.")


@transaction.atomic
def adopt_program(
    *, program: ServiceProgram, store: Store, tax_class: TaxClass, actor: User | None, now: datetime
) -> ProgramOffer:
    """The store offers it from now on, at the price of the version in force. Again for one it had stopped offering.

    Raises Invalid, NotSoldAsExtra, ProgramNotOpen.
    """
    if program.union_id != store.union_id or program.store_id not in (None, store.pk):
        raise Invalid(_("This program belongs to somebody else."), field="program")
    version = in_force(program=program, now=now)
    if version.sale != ProgramVersion.Sale.EXTRA:
        raise NotSoldAsExtra
    # Of two at once the second waits here and finds the first one's offer.
    Store.objects.select_for_update(of=("self",), no_key=True).get(pk=store.pk)
    offer = (
        ProgramOffer.objects.select_related("variant__product")
        .filter(union=store.union_id, program=program, store=store)
        .first()
    )
    variant = offer.variant if offer is not None else _put_in_catalogue(version, store, tax_class, actor, now)
    if variant.price != version.price:
        details = VariantDetails(price=version.price, sku=variant.sku, tracks_stock=False)
        variant = save_variant(product=variant.product, details=details, actor=actor, now=now, variant=variant)
    publish_product(product=variant.product, actor=actor, now=now)
    if offer is None:
        return ProgramOffer.objects.create(union_id=store.union_id, program=program, store=store, variant=variant)
    ProgramOffer.objects.filter(union=store.union_id, pk=offer.pk).update(is_open=True)
    offer.refresh_from_db()
    return offer


def in_force(*, program: ServiceProgram, now: datetime) -> ProgramVersion:
    """What the program promises now. Raises ProgramNotOpen."""
    versions = ProgramVersion.objects.filter(union=program.union_id, program=program, valid_from__lte=now)
    version = versions.exclude(valid_until__lte=now).order_by("-number").first()
    if version is None:
        raise ProgramNotOpen
    return version


def _put_in_catalogue(
    version: ProgramVersion, store: Store, tax_class: TaxClass, actor: User | None, now: datetime
) -> Variant:
    words = {
        language: {"title": said.get("title", ""), "description": said.get("terms", "")}
        for language, said in version.translations.items()
    }
    details = ProductDetails(
        title=version.title,
        description=version.terms,
        kind=Product.Kind.SERVICE,
        by_appointment=False,
        tax_class=tax_class,
        translations=words,
    )
    product = create_product(store=store, details=details, actor=actor, now=now)
    return save_variant(
        product=product, details=VariantDetails(price=version.price, tracks_stock=False), actor=actor, now=now
    )


@transaction.atomic
def stop_offering(*, offer: ProgramOffer, actor: User | None, now: datetime) -> None:
    """The store sells it no longer; what was sold stays good."""
    ProgramOffer.objects.filter(union=offer.union_id, pk=offer.pk).update(is_open=False)
    unpublish_product(product=offer.variant.product, actor=actor, now=now)
