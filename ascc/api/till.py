"""A provider's own till: what was scanned, taking it on, using it up, and taking that back for a minute."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ascc.api.frame import TAGS, ProviderStep, VoucherEndpoint, voucher_step
from ascc.errors import NoSuchVoucher
from ascc.models import Redemption, ServiceProvider, Voucher
from ascc.presenting.vouchers import state_now
from ascc.queries.keyed import held_for, last_redemption
from ascc.queries.vouchers import issuer_of
from ascc.serializers.vouchers import (
    HoldSerializer,
    RedeemSerializer,
    RedemptionSerializer,
    UndoSerializer,
    VerifiedSerializer,
    VerifySerializer,
)
from ascc.services.confirming import count_try
from ascc.services.holding import hold_shown
from ascc.services.redeeming import UNDO_WITHIN, undo_redemption
from ascc.services.till import Shown, read_shown, redeem_at_till
from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import NotFound
from core.localized import localized
from core.references import normalise_reference

State = Voucher.State


class _Till(VoucherEndpoint):
    """For keys of stores that do after-sales service."""

    scopes = {"POST": "vouchers:write"}

    def read(self, text: str) -> Shown:
        """What was held up. Raises NoSuchVoucher, BadToken, TooMany."""
        with self.counted():
            return read_shown(text=text, union=self.union, issuer=issuer_of(self.union), now=self.now)

    def read_for(self, code: str, text: str) -> Shown:
        """The same, if it is the voucher that the address names. Raises NoSuchVoucher."""
        shown = self.read(text)
        if shown.voucher.code != (normalise_reference(code) or code):
            raise NoSuchVoucher
        return shown


class Verify(_Till):
    idempotent = {}

    @extend_schema(
        operation_id="vouchers_verify",
        tags=TAGS,
        summary="What was held up",
        request=VerifySerializer,
        responses=VerifiedSerializer,
    )
    def post(self, request: Request, union: str) -> Response:
        """Nothing is changed. A token that is not ours, of another union or too old is `422 bad_token` with `reason`:
        malformed, unknown_key, tampered, foreign, expired.

        `stale` says that the token is genuine but of an earlier handing over. Whoever was shown it then can hold it up
        again, so it opens nothing any more; the customer's wallet shows the one that does.

        To check the signature without asking, take the keys of `/.well-known/jwks.json`.
        """
        provider = self.provider
        shown = self.read(self.valid(VerifySerializer)["text"])
        return Response(VerifiedSerializer(self.told(shown, provider)).data)

    def told(self, shown: Shown, provider: ServiceProvider) -> dict[str, Any]:
        voucher = shown.voucher
        state = state_now(voucher, now=self.now)
        is_held = voucher.provider_id == provider.pk and state in (State.ACCEPTED, State.IN_SERVICE)
        can_hold = shown.is_proved and (
            state == State.ACTIVE or (state == State.TRANSMITTED and voucher.provider_id == provider.pk)
        )
        return {
            "code": voucher.code,
            "state": state,
            "program": voucher.program.ref,
            "version": voucher.version.number,
            "title": localized(voucher.version, "title"),
            "covers": voucher.version.covers,
            "visits_left": voucher.visits_left,
            "expires_at": voucher.expires_at,
            "signed": shown.is_signed,
            "stale": shown.is_stale,
            "held": is_held,
            "next_actions": ["redeem"] if is_held else ["hold"] if can_hold else [],
        }


@voucher_step("vouchers_hold", "Take on what the customer holds up", HoldSerializer)
class Hold(_Till, Step):
    """Handed over and taken on in one go: the customer's signed token is the consent. What is held already stays so.

    A token is for one handing over: after the voucher has left a provider or changed its owner it is `422 bad_token`
    with `reason` `stale`, and the customer shows the QR code that the wallet has then. The customer is told by mail.
    """

    idempotent = {"POST": True}

    def found(self) -> Voucher:
        _provider = self.provider
        return self.read_for(self.kwargs["code"], self.valid(HoldSerializer)["token"]).voucher

    def act(self, voucher: Voucher) -> None:
        shown = self.read_for(self.kwargs["code"], self.valid(HoldSerializer)["token"])
        hold_shown(shown=shown, provider=self.provider, by=self.by, now=self.now)

    def shown(self, voucher: Voucher) -> Any:
        return self.whole(self.visible())


@documented("vouchers_redeem", "Use up a visit", RedeemSerializer, tags=TAGS, answers=RedemptionSerializer)
class Redeem(_Till):
    """By the provider who holds it, with the customer there: their signed token, or the six digits that their wallet
    shows (five tries). A token of an earlier handing over is `422 bad_token` with `reason` `stale`. A visit that was
    begun has to be reported first and is confirmed by this. Of a thousand at once one succeeds. `undo/` takes it back
    within a minute.
    """

    idempotent = {"POST": True}

    def post(self, request: Request, union: str, code: str) -> Response:
        return once(request, self.redeem)

    def redeem(self) -> tuple[int, Any]:
        provider, wish, code = self.provider, self.valid(RedeemSerializer), self.kwargs["code"]
        with self.counted():
            held = held_for(self.union, provider, code)
        shown = self.read_for(code, wish["token"]) if wish["token"] else Shown(held)
        with self.counted():
            if wish["code"] and not shown.is_proved and held.state in Voucher.HELD:
                count_try(voucher=held, now=self.now)
            made = redeem_at_till(shown=shown, provider=provider, by=self.by, now=self.now, plain_code=wish["code"])
        return 200, shown_redemption(made)


@documented("vouchers_undo", "Take a redemption back", UndoSerializer, tags=TAGS, answers=RedemptionSerializer)
class Undo(ProviderStep):
    """Within a minute: the voucher is with the provider again and the money in its fund. Twice is once.

    What a customer has confirmed as a visit is not undone, later the service center decides: `409 too_late_to_undo`.
    """

    def act(self, voucher: Voucher) -> None:
        undo_redemption(redemption=self.redemption(voucher), by=self.by, now=self.now)

    def shown(self, voucher: Voucher) -> Any:
        return shown_redemption(self.redemption(voucher))

    def redemption(self, voucher: Voucher) -> Redemption:
        """The one that is named, or the last of this provider. Raises NotFound."""
        ref = self.valid(UndoSerializer)["redemption"]
        found = last_redemption(voucher, provider=self.provider)
        if ref and found.ref != ref:
            raise NotFound
        return found


def shown_redemption(redemption: Redemption) -> dict[str, Any]:
    """A redemption as the API answers it."""
    shown: Any = redemption
    shown.undo_until = redemption.at + UNDO_WITHIN
    return dict(RedemptionSerializer(shown).data)
