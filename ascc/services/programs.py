"""Programs and their versions: what is promised from when on, and for which goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from ascc.models import Coverage, Policy, ProgramScope, ProgramVersion, RewardStep, ServiceProgram
from core.errors import DomainError, Invalid, constraint_of
from core.references import new_reference
from stores.models import Category, Product, Store
from stores.services.catalogue.products import unpublish_product
from unions.models import Union


class ProgramNotOpen(DomainError):
    """It was ended."""

    code = "program_ended"
    detail = _("This program was ended.")


@dataclass(frozen=True, slots=True)
class Fits:
    """One kind of goods; everything said has to fit. Prices in minor units, of one piece."""

    product: Product | None = None
    category: Category | None = None
    store: Store | None = None
    price_from: int | None = None
    price_to: int | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What a version says. Money in minor units per visit; `rewards` is (hundredths of satisfaction, worth)."""

    title: str
    terms: str
    covers: Sequence[str]
    fee: int
    summary: str = ""
    translations: dict[str, Any] = field(default_factory=dict)
    event: str = ProgramVersion.Event.DELIVERED
    months: int = 12
    activate_days: int = 0
    visits: int = 1
    value: int = 0
    deductible: int = 0
    sale: str = ProgramVersion.Sale.INCLUDED
    price: int = 0
    funding: str = ProgramVersion.Funding.STORE
    policy: Policy | None = None
    needs_serial: bool = False
    needs_photo: bool = False
    regions: Sequence[str] = ()
    fits: Sequence[Fits] = ()
    rewards: Sequence[tuple[int, int]] = ()


@transaction.atomic
def create_program(*, union: Union, store: Store | None, promise: Promise, now: datetime) -> ServiceProgram:
    """A program of the store (or, without one, of the center) whose first version is in force from now on.

    Raises Invalid.
    """
    program = ServiceProgram.objects.create(
        union=union, store=store, ref=new_reference(union.prefix), name=promise.title, created_at=now
    )
    publish_version(program=program, promise=promise, now=now)
    return program


@transaction.atomic
def publish_version(*, program: ServiceProgram, promise: Promise, now: datetime) -> ProgramVersion:
    """A new version in the place of the one in force. Vouchers keep the version they were issued under.

    Raises Invalid.
    """
    _check(program, promise)
    ServiceProgram.objects.select_for_update().get(pk=program.pk)
    newest = program.versions.order_by("-number").first()
    if newest is not None and newest.valid_from >= now:
        # Two versions of one moment: the later word counts from a blink later.
        now = newest.valid_from + timedelta(milliseconds=1)
    program.versions.filter(valid_until=None).update(valid_until=now)
    plain = {
        each.name: getattr(promise, each.name)
        for each in fields(promise)
        if each.name not in ("fits", "rewards", "covers", "regions")
    }
    try:
        with transaction.atomic():
            version = ProgramVersion.objects.create(
                union_id=program.union_id,
                program=program,
                number=(newest.number if newest else 0) + 1,
                covers=list(promise.covers),
                regions=list(promise.regions),
                valid_from=now,
                **plain,
            )
    except IntegrityError as error:
        raise Invalid(constraint=constraint_of(error)) from error
    ProgramScope.objects.bulk_create(
        ProgramScope(
            union_id=program.union_id, version=version, **{each.name: getattr(fit, each.name) for each in fields(fit)}
        )
        for fit in promise.fits
    )
    RewardStep.objects.bulk_create(
        RewardStep(union_id=program.union_id, version=version, at_least=at_least, value=value)
        for at_least, value in promise.rewards
    )
    ServiceProgram.objects.filter(pk=program.pk).update(name=promise.title)
    if promise.sale != ProgramVersion.Sale.EXTRA:
        _close_offers(program, now=now)
    return version


@transaction.atomic
def end_program(*, program: ServiceProgram, now: datetime) -> None:
    """Nothing is promised any more from now on; what was issued stays good. Raises ProgramNotOpen."""
    ended = program.versions.filter(valid_until=None, valid_from__lte=now).update(valid_until=now)
    if not ended:
        raise ProgramNotOpen
    _close_offers(program, now=now)


def _check(program: ServiceProgram, promise: Promise) -> None:
    if not promise.covers or any(cover not in Coverage.values for cover in promise.covers):
        raise Invalid(_("Say what the program covers."), field="covers")
    if promise.deductible > promise.fee:
        raise Invalid(_("The deductible cannot be more than the provider's fee."), field="deductible")
    if promise.sale == ProgramVersion.Sale.EXTRA and promise.price <= 0:
        raise Invalid(_("Say what the program costs as an extra."), field="price")
    if program.store_id is not None and promise.funding != ProgramVersion.Funding.STORE:
        raise Invalid(_("A store pays for its own programs itself."), field="funding")
    if len({at_least for at_least, _value in promise.rewards}) != len(promise.rewards):
        raise Invalid(_("Each satisfaction has one worth."), field="rewards")
    foreign = [
        fit
        for fit in promise.fits
        for thing in (fit.product, fit.category, fit.store)
        if thing is not None and thing.union_id != program.union_id
    ]
    if foreign:
        raise Invalid(_("This belongs to another union."), field="fits")
    if promise.policy is not None and promise.policy.union_id != program.union_id:
        raise Invalid(_("This belongs to another union."), field="policy")


def _close_offers(program: ServiceProgram, *, now: datetime) -> None:
    """No store sells it any more: who paid for it now would get nothing."""
    for offer in program.offers.filter(is_open=True).select_related("variant__product").order_by("pk"):
        unpublish_product(product=offer.variant.product, actor=None, now=now)
    program.offers.update(is_open=False)
