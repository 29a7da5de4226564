"""How a store comes into being: with its enterprise's membership, and later ones at its owner's wish."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, Invalid, WrongState, constraint_of
from core.outbox import publish
from stores.events import STORE_OPENED, STORE_SHOWN
from stores.models import DeliveryOption, OpeningHours, Product, Store
from stores.services.slugs import free_slug
from unions.models import Membership
from unions.models.union import RESERVED_SLUGS, slug_shape

SLUG_LENGTH = 60


class SlugTaken(Invalid):
    """Another store of the union has this address."""

    code = "slug_taken"
    detail = _("A store of this union has this short name already.")


class NotReady(DomainError):
    """`missing` lists the steps that are still to be done."""

    code = "store_not_ready"
    detail = _("Some steps are still missing before the store can open.")


@transaction.atomic
def open_store(*, membership: Membership, name: str, slug: str = "", actor: User | None, now: datetime) -> Store:
    """A new store of an active member, not yet shown to shoppers.

    An empty slug is made from the name. Raises WrongState when the membership is not active, Invalid, SlugTaken.
    """
    membership = Membership.objects.select_related("union", "enterprise").get(pk=membership.pk)
    if membership.state != Membership.State.ACTIVE:
        raise WrongState(_("Only an active member of the union can open a store."), state=membership.state)
    name = name.strip()
    if not name:
        raise Invalid(_("Give the store a name."), field="name")
    if slug:
        check_slug(slug=slug)
    else:
        taken = set(Store.objects.filter(union_id=membership.union_id).values_list("slug", flat=True))
        slug = free_slug(name=name, taken=taken, fallback="store", length=SLUG_LENGTH)
    enterprise = membership.enterprise
    store = Store(
        union_id=membership.union_id,
        membership=membership,
        name=name,
        slug=slug,
        business_class_id=enterprise.business_class_id,
        email=enterprise.email,
        phone=enterprise.phone,
    )
    try:
        with transaction.atomic():
            store.save()
    except IntegrityError as error:
        if constraint_of(error) == "store_slug_in_union":
            raise SlugTaken(field="slug") from error
        raise
    publish(STORE_OPENED, aggregate=f"store:{store.pk}", store_id=store.pk)
    return store


def check_slug(*, slug: str) -> None:
    """Raises Invalid for a slug that addresses cannot carry."""
    if slug in RESERVED_SLUGS:
        raise Invalid(_("This word is reserved; choose another short name."), field="slug")
    try:
        slug_shape(slug)
    except ValidationError as error:
        raise Invalid(str(error.messages[0]), field="slug") from error


def missing_steps(*, store: Store) -> list[str]:
    """What a store lacks before shoppers can buy: of `texts`, `hours`, `delivery`, `goods`, in this order."""
    has = {
        "texts": bool(store.tagline.strip() and store.description.strip()),
        "hours": OpeningHours.objects.filter(union_id=store.union_id, store=store).exists(),
        "delivery": DeliveryOption.objects.filter(union_id=store.union_id, store=store, is_active=True).exists(),
        "goods": Product.objects.filter(
            union_id=store.union_id, store=store, is_published=True, variants__is_active=True
        ).exists(),
    }
    return [step for step, done in has.items() if not done]


@transaction.atomic
def publish_store(*, store: Store, actor: User | None, now: datetime) -> None:
    """Open the store to shoppers. Raises NotReady with the missing steps."""
    if missing := missing_steps(store=store):
        raise NotReady(missing=missing)
    _show(store, shown=True)


@transaction.atomic
def unpublish_store(*, store: Store, actor: User | None, now: datetime) -> None:
    """Take the store off the union's pages; open orders can still be finished."""
    _show(store, shown=False)


def _show(store: Store, *, shown: bool) -> None:
    store.is_published = shown
    store.save(update_fields=["is_published"])
    publish(STORE_SHOWN, aggregate=f"store:{store.pk}", store_id=store.pk, shown=shown)
