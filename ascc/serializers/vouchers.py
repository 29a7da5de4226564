"""Vouchers, and what is said with each step."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ascc.models import Assessment, Voucher
from ascc.queries.vouchers import public_address
from core.api.money import MoneyField, MoneySerializer

Shown = serializers.Serializer[Any]
State = Voucher.State
STATES = (
    "issued, active, transmitted, accepted, in_service, performed, assessed, closed; expired, cancelled. With visits "
    "left it is active again after an assessment."
)
LONGEST_PICTURE = 900_000


class VoucherFilterSerializer(Shown):
    """What a list can be narrowed to."""

    state = serializers.ChoiceField(choices=State.choices, required=False)
    side = serializers.ChoiceField(
        choices=[("seller", "seller"), ("provider", "provider")],
        required=False,
        default="seller",
        help_text="For a store's key: what it sold, or what it holds as a provider.",
    )
    serial = serializers.CharField(required=False, max_length=80, help_text="The serial number of the goods.")
    order = serializers.CharField(required=False, max_length=24, help_text="The number of the order.")
    q = serializers.CharField(
        required=False,
        max_length=100,
        help_text="A code, serial number, owner's e-mail address, or the number of an order, service, claim or reward.",
    )


class VoucherStepSerializer(Shown):
    """One moment of its life."""

    what = serializers.CharField()
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    side = serializers.CharField(help_text="customer, provider, store, center or system.")
    note = serializers.CharField()
    at = serializers.DateTimeField()


class VoucherSerializer(Shown):
    """A voucher as lists show it."""

    code = serializers.CharField()
    state = serializers.CharField(help_text=STATES)
    program = serializers.CharField(source="program.ref")
    version = serializers.IntegerField(source="version.number")
    about = serializers.CharField(help_text="The goods it is for.")
    store = serializers.CharField(source="store.slug", help_text="Who sold them.")
    order = serializers.CharField(source="order_line.order.number")
    provider = serializers.CharField(source="provider.ref", default=None, help_text="Who holds it, or did last.")
    visits = serializers.IntegerField()
    used = serializers.IntegerField(help_text="Visits used.")
    serial = serializers.CharField()
    issued_at = serializers.DateTimeField()
    activate_until = serializers.DateTimeField(allow_null=True)
    activated_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()
    public_url = serializers.SerializerMethodField(help_text="How it stands, for everybody, without personal data.")

    def get_public_url(self, voucher: Voucher) -> str:
        return public_address(voucher)


class WholeVoucherSerializer(VoucherSerializer):
    """One voucher with its timeline. `token` is for its owner alone: whoever holds it up has the owner's consent, until
    the voucher leaves a provider again or belongs to somebody else; read it anew for each handing over.
    """

    token = serializers.CharField(allow_null=True, help_text="The signed voucher (EdDSA JWS); null for all others.")
    fee = MoneyField(source="version.fee", help_text="What the provider is paid for a visit, deductible included.")
    deductible = MoneyField(source="version.deductible", help_text="The part of it that the customer pays.")
    next_actions = serializers.ListField(
        child=serializers.CharField(), help_text="What whoever asks can do with it now."
    )
    steps = VoucherStepSerializer(source="timeline", many=True)


class ActivateSerializer(Shown):
    """What the program asks for."""

    serial = serializers.CharField(required=False, allow_blank=True, max_length=80, default="")
    photo = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_PICTURE,
        default="",
        help_text="A picture as base64, at most 650 kB of it.",
    )


class TransmitSerializer(Shown):
    """To whom, and what is to be done."""

    provider = serializers.CharField(max_length=24, help_text="The number of the provider.")
    wish = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class DeclineSerializer(Shown):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class WorkPartSerializer(Shown):
    """A part that was used; `price` in minor units, for all of them together."""

    name = serializers.CharField(max_length=120)
    quantity = serializers.IntegerField(min_value=1, max_value=10_000, default=1)
    price = serializers.IntegerField(min_value=0, max_value=10**12, default=0)


class CompleteSerializer(Shown):
    """The provider's report; the customer sends nothing."""

    report = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")
    parts = WorkPartSerializer(many=True, required=False, default=list)


class AssessSerializer(Shown):
    """Each aspect from 1 to 5."""

    words = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")

    def get_fields(self) -> dict[str, Any]:
        marks = {name: serializers.IntegerField(min_value=1, max_value=5) for name in Assessment.ASPECTS}
        return {**marks, **super().get_fields()}


class AssessedSerializer(WholeVoucherSerializer):
    """What became of it. `incentive` is what the customer may give to the provider, null when it earned none."""

    score = serializers.FloatField(help_text="The mean, from 1 to 5.")
    incentive = MoneySerializer(allow_null=True)


class VerifySerializer(Shown):
    """Whatever was scanned or typed: a signed token, the link of the QR code, a code."""

    text = serializers.CharField(max_length=4000)


class VerifiedSerializer(Shown):
    """What was held up, for a till to decide. Whoever does not hold it learns what its public page says."""

    code = serializers.CharField()
    state = serializers.CharField(help_text=STATES)
    program = serializers.CharField(help_text="Its number.")
    version = serializers.IntegerField()
    title = serializers.CharField()
    covers = serializers.ListField(child=serializers.CharField())
    visits_left = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    signed = serializers.BooleanField(help_text="Whether a signed token of this union came with it.")
    stale = serializers.BooleanField(help_text="Whether that token is of an earlier handing over and opens nothing.")
    held = serializers.BooleanField(help_text="Whether this provider holds it.")
    next_actions = serializers.ListField(child=serializers.CharField(), help_text="hold, redeem.")


class HoldSerializer(Shown):
    """The customer's own QR code is the consent."""

    token = serializers.CharField(max_length=4000, help_text="The signed token, or the whole link of the QR code.")


class RedeemSerializer(Shown):
    """One of the two shows that the customer is there."""

    token = serializers.CharField(
        required=False, allow_blank=True, max_length=4000, default="", help_text="As for `hold`."
    )
    code = serializers.CharField(
        required=False, allow_blank=True, max_length=20, default="", help_text="The six digits that the wallet shows."
    )


class UndoSerializer(Shown):
    redemption = serializers.CharField(
        required=False, allow_blank=True, max_length=24, default="", help_text="Its number; the last one unless told."
    )


class RedemptionSerializer(Shown):
    """A visit that was used up, and what the provider is paid for it."""

    number = serializers.CharField(source="ref")
    code = serializers.CharField(source="voucher.code")
    visit = serializers.IntegerField(source="number", help_text="Which of the voucher's visits.")
    amount = MoneyField()
    at = serializers.DateTimeField()
    undo_until = serializers.DateTimeField(help_text="Later it is the service center that decides.")
    undone_at = serializers.DateTimeField(allow_null=True)
