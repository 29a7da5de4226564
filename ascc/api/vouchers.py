"""Vouchers and their steps: as the customer, and as the provider who holds them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ascc.api.frame import TAGS, CustomerStep, OneSidedStep, ProviderStep, VoucherEndpoint, voucher_step
from ascc.models import Assessment, IncentiveVoucher, Voucher, VoucherStep
from ascc.queries.finding import find_vouchers
from ascc.queries.keyed import last_redemption, open_visit_of, provider_at, vouchers_for, waiting_transmission
from ascc.serializers.vouchers import (
    ActivateSerializer,
    AssessedSerializer,
    AssessSerializer,
    CompleteSerializer,
    DeclineSerializer,
    TransmitSerializer,
    VoucherFilterSerializer,
    VoucherSerializer,
    WholeVoucherSerializer,
)
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work
from ascc.services.completing import complete_work
from ascc.services.picturing import photo_kept
from ascc.services.transmitting import accept_transmission, decline_transmission, have_back, send_voucher
from ascc.services.working import Part, confirm_work
from core.api.endpoint import UnionList
from core.api.money import money
from core.api.step import documented
from core.errors import Invalid, NotAllowed

Side = VoucherStep.Side


class VoucherList(UnionList):
    scopes = {"GET": "vouchers:read"}
    serializer_class = VoucherSerializer

    def rows(self) -> Any:
        wish = self.valid(VoucherFilterSerializer, self.request.query_params)
        found = vouchers_for(self.union, self.key, side=wish["side"])
        if "state" in wish:
            found = found.filter(state=wish["state"])
        if wish.get("serial"):
            found = found.filter(serial=wish["serial"])
        if wish.get("order"):
            found = found.filter(order_line__order__number=wish["order"])
        if wish.get("q"):
            found = find_vouchers(found, wish["q"])
        return found

    @extend_schema(operation_id="vouchers_list", tags=TAGS, summary="Vouchers", parameters=[VoucherFilterSerializer])
    def get(self, request: Request, union: str) -> Response:
        """Newest first: a customer's own, what a store sold or holds as a provider, all of a union's."""
        return self.page()


class VoucherDetail(VoucherEndpoint):
    scopes = {"GET": "vouchers:read"}

    @extend_schema(operation_id="vouchers_retrieve", tags=TAGS, summary="One voucher", responses=WholeVoucherSerializer)
    def get(self, request: Request, union: str, code: str) -> Response:
        """How it stands, every step so far, and for its owner the signed token.

        A provider sees what happened while it was theirs. After twenty codes that are not there within a quarter of an
        hour a key gets `429 too_many`.
        """
        return Response(self.whole(self.visible()))


@voucher_step("vouchers_activate", "Activate a voucher", ActivateSerializer)
class Activate(CustomerStep):
    """With the serial number and photo that its program asks for."""

    def act(self, voucher: Voucher) -> None:
        wish = self.valid(ActivateSerializer)
        with photo_kept(voucher=voucher, file=_picture(wish["photo"])) as path:
            activate_voucher(voucher=voucher, by=self.by, now=self.now, serial=wish["serial"], photo=path)


@voucher_step(
    "vouchers_transmit",
    "Hand a voucher to a provider",
    TransmitSerializer,
    examples=[OpenApiExample("A repair", value={"provider": "CW-7Q2M4X9T-C", "wish": "It hums."}, request_only=True)],
)
class Transmit(CustomerStep):
    """Who has two days to take it on; until then `take-back/` undoes it. One provider at a time holds a voucher."""

    def act(self, voucher: Voucher) -> None:
        wish = self.valid(TransmitSerializer)
        provider = provider_at(self.union, wish["provider"])
        send_voucher(voucher=voucher, provider=provider, by=self.by, now=self.now, wish=wish["wish"])


@voucher_step("vouchers_take_back", "Take a voucher back")
class TakeBack(CustomerStep):
    """Before the provider has answered or, later, as long as no time is agreed and no work has begun."""

    def act(self, voucher: Voucher) -> None:
        have_back(voucher=voucher, by=self.by, now=self.now)


@voucher_step("vouchers_accept", "Take a voucher on")
class Accept(ProviderStep):
    """By the provider it was handed to. The times to agree are the store's `slots/` and `reservations/`."""

    def act(self, voucher: Voucher) -> None:
        self.handed(voucher)
        accept_transmission(transmission=waiting_transmission(voucher), by=self.by, now=self.now)


@voucher_step("vouchers_decline", "Decline a voucher", DeclineSerializer)
class Decline(ProviderStep):
    """The customer can choose another provider."""

    def act(self, voucher: Voucher) -> None:
        self.handed(voucher)
        reason = self.valid(DeclineSerializer)["reason"]
        decline_transmission(transmission=waiting_transmission(voucher), by=self.by, now=self.now, reason=reason)


@voucher_step("vouchers_complete", "Report or confirm the work", CompleteSerializer)
class Complete(OneSidedStep):
    """The provider's key reports what was done; steps of the visit that were left out are taken by it.

    The customer's key confirms the report: the visit is used up and the provider paid. Who is silent for a week has
    confirmed it.
    """

    def found(self) -> Voucher:
        voucher = self.visible()
        if self.side == Side.CENTER:
            raise NotAllowed
        return voucher

    def act(self, voucher: Voucher) -> None:
        if self.side == Side.CUSTOMER:
            confirm_work(visit=open_visit_of(voucher), by=self.by, now=self.now)
            return
        provider = self.handed(voucher)
        wish = self.valid(CompleteSerializer)
        parts = [Part(**part) for part in wish["parts"]]
        complete_work(voucher=voucher, provider=provider, by=self.by, now=self.now, report=wish["report"], parts=parts)


@documented("vouchers_assess", "Assess the work", AssessSerializer, tags=TAGS, answers=AssessedSerializer)
class Assess(CustomerStep):
    """Each aspect from 1 to 5; the program says what that is worth to the provider as an incentive voucher."""

    def act(self, voucher: Voucher) -> None:
        wish = self.valid(AssessSerializer)
        aspects = {name: wish[name] for name in Assessment.ASPECTS}
        assess_work(redemption=last_redemption(voucher), by=self.by, now=self.now, aspects=aspects, words=wish["words"])

    def shown(self, voucher: Voucher) -> Any:
        made = Assessment.objects.filter(union=self.union, voucher=voucher).order_by("-id")[0]
        reward = IncentiveVoucher.objects.filter(union=self.union, assessment=made).first()
        return {
            **self.whole(voucher),
            "score": made.score / 100,
            "incentive": money(reward.value, reward.currency) if reward is not None else None,
        }


def _picture(text: str) -> SimpleUploadedFile | None:
    """The picture that was sent as base64. Raises Invalid."""
    if not text:
        return None
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(_("Send the photo as base64."), field="photo") from error
    return SimpleUploadedFile("photo", content)
