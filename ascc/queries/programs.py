"""Programs as a store manages them: its own, those of the center that it may sell, and what comes with its goods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from ascc.models import ProgramOffer, ProgramVersion, ServiceProgram
from core.errors import NotFound
from stores.models import Store, TaxClass

Sale = ProgramVersion.Sale
USUAL_TAX = "standard"


@dataclass(frozen=True, slots=True)
class Kept:
    """A program with its newest version, the one in force (None when it was ended), and the store's offer of it."""

    program: ServiceProgram
    newest: ProgramVersion
    current: ProgramVersion | None
    offer: ProgramOffer | None

    @property
    def is_sold(self) -> bool:
        """The store has it in its catalogue now."""
        return self.offer is not None and self.offer.is_open


def programs_of(store: Store, *, now: datetime) -> tuple[list[Kept], list[Kept]]:
    """The store's own, and those of the center that are in force; by name. Three queries."""
    programs = (
        ServiceProgram.objects.filter(union=store.union_id)
        .filter(Q(store=store) | Q(store=None))
        .prefetch_related(
            Prefetch("versions", ProgramVersion.objects.order_by("-number")),
            Prefetch("offers", ProgramOffer.objects.filter(store=store).select_related("variant__product")),
        )
        .order_by("name", "id")
    )
    found = [kept for kept in (_kept(program, now) for program in programs) if kept is not None]
    own = [kept for kept in found if kept.program.store_id is not None]
    return own, [kept for kept in found if kept.program.store_id is None and kept.current is not None]


def _kept(program: ServiceProgram, now: datetime) -> Kept | None:
    versions = list(program.versions.all())
    if not versions:
        return None
    current = next(
        (one for one in versions if one.valid_from <= now and (one.valid_until is None or one.valid_until > now)), None
    )
    return Kept(program, versions[0], current, next(iter(program.offers.all()), None))


def own_program(store: Store, ref: str) -> ServiceProgram:
    """One of the store's own, with its versions. Raises NotFound."""
    found = (
        ServiceProgram.objects.filter(union=store.union_id, store=store, ref=ref)
        .select_related("union", "store")
        .prefetch_related(
            Prefetch("versions", ProgramVersion.objects.prefetch_related("scopes", "rewards").order_by("-number"))
        )
        .first()
    )
    if found is None:
        raise NotFound
    return found


def program_to_sell(store: Store, ref: str) -> ServiceProgram:
    """One of the store's own or of the center's. Raises NotFound."""
    found = (
        ServiceProgram.objects.filter(union=store.union_id, ref=ref)
        .filter(Q(store=store) | Q(store=None))
        .select_related("union", "store")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def offer_by(store: Store, ref: str) -> ProgramOffer:
    """The store's offer of a program. Raises NotFound."""
    found = (
        ProgramOffer.objects.filter(union=store.union_id, store=store, program__ref=ref)
        .select_related("variant__product__store__union", "program")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def usual_tax(store: Store) -> TaxClass | None:
    """The union's usual rate, or its first."""
    taxes = list(TaxClass.objects.filter(union=store.union_id).order_by("pk"))
    return next((tax for tax in taxes if tax.code == USUAL_TAX), taxes[0] if taxes else None)
