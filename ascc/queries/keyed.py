"""What an API key sees of programs, vouchers and providers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from ascc.errors import NoSuchVoucher
from ascc.models import (
    Assessment,
    ProgramScope,
    ProgramVersion,
    ProviderSkill,
    Redemption,
    ServiceProvider,
    ServiceVisit,
    Transmission,
    Voucher,
    VoucherStep,
)
from ascc.queries.desk import provider_of
from core.errors import NotAllowed, NotFound
from core.references import normalise_reference
from stores.models import ApiKey, Store
from unions.models import SignalCode, Union

AT_WORK = (ServiceProvider.State.APPROVED, ServiceProvider.State.SUSPENDED)
SAID = 10
"""Assessments that a provider's record shows."""


def programs_now(union: Union, *, now: datetime, store: str = "", sale: str = "") -> QuerySet[ProgramVersion]:
    """What is in force, newest first: all of a union, or what a store promises or offers by its short name."""
    found = ProgramVersion.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now), union=union, valid_from__lte=now
    )
    if sale:
        found = found.filter(sale=sale)
    if store:
        offers = Q(program__offers__store__slug=store, program__offers__is_open=True)
        found = found.filter(Q(program__store__slug=store) | offers).distinct()
    return with_scopes(found).order_by("-id")


def with_scopes(versions: QuerySet[ProgramVersion]) -> QuerySet[ProgramVersion]:
    """With the goods they are for. Two queries whatever their number."""
    scopes = ProgramScope.objects.select_related("product", "category", "store").order_by("id")
    return versions.select_related("program__store").prefetch_related(Prefetch("scopes", scopes))


def program_with_scopes(union: Union, ref: str, *, number: int | None, now: datetime) -> ProgramVersion:
    """The version with this number, else the newest that has come into force. Raises NotFound."""
    versions = with_scopes(ProgramVersion.objects.filter(union=union, program__ref=ref, valid_from__lte=now))
    found = (versions.filter(number=number) if number is not None else versions.order_by("-number")).first()
    if found is None:
        raise NotFound
    return found


def providers_at(union: Union, *, words: str = "", skill: str = "", store: str = "") -> QuerySet[ServiceProvider]:
    """Those that take vouchers, newest first. `words` are looked for in name and text, `skill` is a signal code: who
    knows it, something below it or the whole field above it.
    """
    found = ServiceProvider.objects.filter(union=union, state=ServiceProvider.State.APPROVED)
    found = found.filter(store__in=Store.objects.visible())
    if store:
        found = found.filter(store__slug=store)
    for word in words.split():
        found = found.filter(Q(store__name__icontains=word) | Q(about__icontains=word))
    if skill:
        code = SignalCode.objects.filter(code=skill).first()
        above = [] if code is None else [code.code, *code.ancestors]
        knows = ProviderSkill.objects.filter(provider=OuterRef("pk"))
        knows = knows.filter(Q(code__in=above) | Q(code__in=_below(skill)))
        found = found.filter(Exists(knows))
    return found.select_related("store", "union").prefetch_related("skills", "prices").order_by("-id")


def provider_at(union: Union, ref: str) -> ServiceProvider:
    """The provider with this number. Raises NotFound."""
    found = providers_at(union).filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def said_of(provider: ServiceProvider) -> list[Assessment]:
    """The newest assessments, without who wrote them."""
    return list(Assessment.objects.filter(union=provider.union_id, provider=provider).order_by("-id")[:SAID])


def provider_behind(key: ApiKey) -> ServiceProvider:
    """The provider whose store's key this is. Raises NotAllowed for every other key."""
    provider = provider_of(key.store) if key.store is not None else None
    if provider is None or provider.state not in AT_WORK:
        raise NotAllowed
    return provider


def vouchers_for(union: Union, key: ApiKey, *, side: str = "seller") -> QuerySet[Voucher]:
    """What a key sees, newest first: a customer their own, a store what it sold or (`provider`) holds, a union all."""
    found = Voucher.objects.filter(union=union)
    if key.user_id is not None:
        found = found.filter(owner=key.user_id)
    elif key.store_id is not None:
        found = found.filter(provider__store=key.store_id) if side == "provider" else found.filter(store=key.store_id)
    return _whole(found).order_by("-id")


def voucher_for(union: Union, key: ApiKey, code: str) -> Voucher:
    """The voucher with this code for a key that may see it; a provider also what was once sent to it.

    Raises NoSuchVoucher.
    """
    found = Voucher.objects.filter(union=union, code=normalise_reference(code) or code)
    if key.user_id is not None:
        found = found.filter(owner=key.user_id)
    elif key.store_id is not None:
        sent = Transmission.objects.filter(voucher=OuterRef("pk"), provider__store=key.store_id)
        found = found.filter(Q(store=key.store_id) | Q(provider__store=key.store_id) | Exists(sent))
    voucher = _whole(found).first()
    if voucher is None:
        raise NoSuchVoucher
    return voucher


def held_for(union: Union, provider: ServiceProvider, code: str) -> Voucher:
    """The voucher with this code that was handed to this provider last. Raises NoSuchVoucher."""
    found = Voucher.objects.filter(union=union, provider=provider, code=normalise_reference(code) or code)
    voucher = _whole(found).first()
    if voucher is None:
        raise NoSuchVoucher
    return voucher


def steps_for(voucher: Voucher, key: ApiKey) -> Sequence[VoucherStep]:
    """Its timeline; a provider that did not sell it sees what happened while it was theirs."""
    steps = VoucherStep.objects.filter(union=voucher.union_id, voucher=voucher).order_by("id")
    if key.store_id is None or voucher.store_id == key.store_id:
        return list(steps)
    sendings = Transmission.objects.filter(union=voucher.union_id, voucher=voucher)
    every = list(sendings.select_related("provider").order_by("id"))
    own = [sent for sent in every if sent.provider.store_id == key.store_id]
    if not own:
        return []
    after = next((sent for sent in every if sent.pk > own[-1].pk), None)
    steps = steps.filter(at__gte=own[-1].sent_at)
    return list(steps if after is None else steps.filter(at__lt=after.sent_at))


def waiting_transmission(voucher: Voucher) -> Transmission:
    """The one that waits for an answer. Raises NotFound."""
    found = (
        Transmission.objects.filter(union=voucher.union_id, voucher=voucher, state=Transmission.State.OFFERED)
        .select_related("provider")
        .first()
    )
    if found is None:
        raise NotFound
    found.voucher = voucher
    return found


def open_visit_of(voucher: Voucher) -> ServiceVisit:
    """The visit in hand. Raises NotFound."""
    found = (
        ServiceVisit.objects.filter(union=voucher.union_id, voucher=voucher, state__in=ServiceVisit.OPEN)
        .select_related("voucher__version", "provider__store")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def last_redemption(voucher: Voucher, *, provider: ServiceProvider | None = None) -> Redemption:
    """The newest redemption, of this provider if one is named. Raises NotFound."""
    found = Redemption.objects.filter(union=voucher.union_id, voucher=voucher)
    if provider is not None:
        found = found.filter(provider=provider)
    last = found.select_related("voucher__program__store", "provider__store").order_by("-id").first()
    if last is None:
        raise NotFound
    return last


def _below(code: str) -> QuerySet[SignalCode, str]:
    return SignalCode.objects.filter(ancestors__contains=[code]).values_list("code", flat=True)


def _whole(vouchers: QuerySet[Voucher]) -> QuerySet[Voucher]:
    return vouchers.select_related("union", "program", "version", "store", "provider__store", "order_line__order")
