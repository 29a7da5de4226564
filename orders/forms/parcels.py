"""Forms with which a store's staff send parcels, say where they are, and hand orders over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.money import format_money
from orders.forms.signing import SignatureField
from orders.models import CarrierService, HandOverRule, OrderLine, Purchase, Shipment
from orders.queries.parcels import price_of

TOLD_BY_HAND = (
    Shipment.State.IN_TRANSIT,
    Shipment.State.OUT_FOR_DELIVERY,
    Shipment.State.DELIVERED,
    Shipment.State.FAILED,
)


OTHER = "other"
"""Chosen instead of a service: the carrier is named by hand."""


class ShipForm(forms.Form):
    """With whom the parcel travels, and what is in it: one field per line with what is still to go."""

    service = forms.ChoiceField(label=gettext_lazy("Carrier"), required=False)
    carrier = forms.CharField(label=gettext_lazy("Carrier"), max_length=80, required=False)
    tracking_number = forms.CharField(label=gettext_lazy("Tracking number"), max_length=80, required=False)
    tracking_url = forms.URLField(
        label=gettext_lazy("Tracking page"), max_length=200, required=False, assume_scheme="https"
    )
    weight = forms.IntegerField(
        label=gettext_lazy("Weight in grams"), required=False, min_value=1, max_value=10_000_000
    )

    def __init__(
        self,
        data: Any = None,
        *,
        services: Sequence[CarrierService] = (),
        goods: Sequence[OrderLine] = (),
        purchase: Purchase | None = None,
        last: int | None = None,
    ) -> None:
        super().__init__(data)
        self.services = {str(service.pk): service for service in services}
        self.goods = [line for line in goods if line.to_go > 0]  # type: ignore[attr-defined]
        if self.services:
            field = self.fields["service"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [
                *((pk, _said(service, purchase)) for pk, service in self.services.items()),
                (OTHER, _("another carrier")),
            ]
            field.initial = str(last) if str(last) in self.services else next(iter(self.services))
            field.required = data is None
            self.fields["carrier"].label = _("Another carrier")
            self.fields["carrier"].help_text = _("Needed when it is not on the list.")
            self.fields["carrier"].may_be_needed = True  # type: ignore[attr-defined]
        else:
            del self.fields["service"]
            self.fields["carrier"].required = True
        says_pieces = data is None or any(_piece(line) in data for line in self.goods)
        total = sum(line.to_go for line in self.goods)  # type: ignore[attr-defined]
        for line in self.goods if total > 1 else ():
            to_go: int = line.to_go  # type: ignore[attr-defined]
            self.fields[_piece(line)] = forms.IntegerField(
                label=f"{line.title} · {line.options}" if line.options else line.title,
                help_text=_("Pieces in this parcel, of %(count)d still to go") % {"count": to_go},
                min_value=0,
                max_value=to_go,
                initial=to_go,
                required=says_pieces,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        by_name = cleaned.get("service", "") not in self.services
        if by_name and not cleaned.get("carrier") and "carrier" not in self.errors:
            self.add_error("carrier", self.fields["carrier"].error_messages["required"])
        return cleaned

    def parcel(self) -> dict[str, Any]:
        """What ship_order wants to know. Without any number of pieces everything goes."""
        said = self.cleaned_data
        # Whoever types another carrier's name means it, whatever was chosen before.
        service = None if said["carrier"] else self.services.get(said.get("service") or "")
        named = [line for line in self.goods if _piece(line) in self.data]
        return {
            "service": service,
            "carrier": "" if service else said["carrier"],
            "tracking_number": said["tracking_number"],
            "tracking_url": said["tracking_url"],
            "weight": said["weight"],
            "pieces": {line.pk: said.get(_piece(line)) or 0 for line in named} if named else None,
        }


def _piece(line: OrderLine) -> str:
    return f"pieces-{line.pk}"


def _said(service: CarrierService, purchase: Purchase | None) -> str:
    price = price_of(service, purchase, grams=None) if purchase is not None else None
    days = ngettext("%(days)s day", "%(days)s days", service.days_to) % {"days": _days(service)}
    words = [f"{service.carrier.name} · {service.name}", days]
    if price is not None and purchase is not None:
        words.append(format_money(price, purchase.currency))
    return ", ".join(words)


def _days(service: CarrierService) -> str:
    return str(service.days_to) if service.days_from == service.days_to else f"{service.days_from}–{service.days_to}"


class EventForm(forms.Form):
    """What is known of a parcel, by hand."""

    state = forms.ChoiceField(
        label=gettext_lazy("What happened"), choices=[(state, state.label) for state in TOLD_BY_HAND]
    )
    place = forms.CharField(label=gettext_lazy("Place"), max_length=120, required=False)
    words = forms.CharField(
        label=gettext_lazy("In your words"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The shopper reads it on the tracking page."),
    )
    at = forms.DateTimeField(
        label=gettext_lazy("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=gettext_lazy("Empty: now."),
    )

    def clean_at(self) -> Any:
        return self.cleaned_data["at"] or timezone.now()


class ProofForm(forms.Form):
    """What is asked for at the counter."""

    proof = forms.ChoiceField(
        label=gettext_lazy("Before handing over, ask for"),
        choices=HandOverRule.Proof.choices,
        widget=forms.RadioSelect,
    )


class CodeForm(forms.Form):
    """The code that the shopper says."""

    code = forms.CharField(
        label=gettext_lazy("The shopper’s code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("Six digits, on the shopper’s tracking page and in the mail."),
    )


class SignatureForm(forms.Form):
    """Who signs; the drawing comes with the form as a picture."""

    name = forms.CharField(label=gettext_lazy("Who signs"), max_length=120, required=False)
    signature = SignatureField(error_messages={"required": gettext_lazy("Let the shopper sign in the field.")})
