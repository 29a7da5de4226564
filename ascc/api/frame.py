"""What every step of a voucher shares: who asks, on which side, counted when they guess."""

from __future__ import annotations

from abc import ABC
from functools import partial
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from ascc.errors import NoSuchVoucher
from ascc.models import ServiceProvider, Voucher, VoucherStep
from ascc.presenting.actions import open_actions
from ascc.queries.keyed import open_visit_of, provider_behind, steps_for, voucher_for
from ascc.queries.vouchers import issuer_of
from ascc.serializers.vouchers import WholeVoucherSerializer
from ascc.services.guessing import guesses_counted
from ascc.services.moving import By
from ascc.services.tokens import token_of
from core.api.endpoint import UnionEndpoint
from core.api.step import Step, documented
from core.clients import address_of
from core.errors import NotAllowed, NotFound

TAGS = ["vouchers"]
Side = VoucherStep.Side


class VoucherEndpoint(UnionEndpoint):
    """An address of one voucher. Whoever tries codes one after the other is stopped: see `services/guessing.py`."""

    @property
    def side(self) -> str:
        """On which side the key stands."""
        if self.key.user_id is not None:
            return Side.CUSTOMER
        return Side.CENTER if self.key.store_id is None else Side.PROVIDER

    @property
    def by(self) -> By:
        """Whom the timeline names."""
        return By(self.side, self.actor.pk if self.actor is not None else None, self.address)

    @property
    def address(self) -> str | None:
        asked: Request = self.request
        return address_of(asked._request)

    @property
    def provider(self) -> ServiceProvider:
        """The provider whose key asks. Raises NotAllowed for every other key."""
        return provider_behind(self.key)

    def visible(self) -> Voucher:
        """The voucher that the address names, if the key may see it. Raises NoSuchVoucher, TooMany."""
        with self.counted():
            return voucher_for(self.union, self.key, self.kwargs["code"])

    def counted(self) -> Any:
        """Within it wrong codes and tokens count as guesses of this key and this network address."""
        return guesses_counted(visitor=f"key-{self.key.pk}", address=self.address)

    def whole(self, voucher: Voucher) -> dict[str, Any]:
        """The voucher with its timeline, as this key sees it."""
        side = self.side
        if side == Side.PROVIDER and (voucher.provider is None or voucher.provider.store_id != self.key.store_id):
            side = Side.STORE
        try:
            visit = open_visit_of(voucher)
        except NotFound:
            visit = None
        shown: Any = voucher
        shown.timeline = steps_for(voucher, self.key)
        shown.next_actions = open_actions(voucher, side=side, visit=visit, now=self.now)
        shown.token = None
        # The token is the owner's consent: whoever may only read does not give it.
        may_consent = side == Side.CUSTOMER and "vouchers:write" in self.key.scopes
        if may_consent and voucher.state not in Voucher.OVER:
            shown.token = token_of(voucher=voucher, issuer=issuer_of(self.union), now=self.now)
        return dict(WholeVoucherSerializer(shown).data)


class OneSidedStep(VoucherEndpoint, Step, ABC):
    """A step of one side; keys of another side see the voucher and are told that it is not for them."""

    scopes = {"POST": "vouchers:write"}
    idempotent = {"POST": True}
    for_side: ClassVar[str]

    def found(self) -> Voucher:
        voucher = self.visible()
        if self.side != self.for_side:
            raise NotAllowed(
                _("This is done by the customer.")
                if self.for_side == Side.CUSTOMER
                else _("This is done by the provider.")
            )
        return voucher

    def handed(self, voucher: Voucher) -> ServiceProvider:
        """The provider, if the voucher was handed to it last. Raises NoSuchVoucher."""
        provider = self.provider
        if voucher.provider_id != provider.pk:
            raise NoSuchVoucher
        return provider

    def shown(self, voucher: Voucher) -> Any:
        return self.whole(voucher)


class CustomerStep(OneSidedStep):
    """By the owner's key."""

    for_side = Side.CUSTOMER


class ProviderStep(OneSidedStep):
    """By the key of the provider who holds it."""

    for_side = Side.PROVIDER


voucher_step = partial(documented, tags=TAGS, answers=WholeVoucherSerializer)
