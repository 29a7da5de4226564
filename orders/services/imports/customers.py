"""`import_csv customers`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.importing.maps import Field, Map, Record
from orders.models import Customer
from unions.models import Union

DETAILS = ("name", "phone", "line1", "line2", "city", "region", "postal_code", "country")


class CustomerImporter:
    """One customer a row, known again by `external_id`, else by e-mail address. Nobody gets a sign-in by this."""

    fields = {
        "external_id": Field("code", default="", longest=80),
        "email": Field("text", default="", longest=254),
        "name": Field("text", default="", longest=120),
        "phone": Field("text", default="", longest=32),
        "line1": Field("text", default="", longest=200),
        "line2": Field("text", default="", longest=200),
        "city": Field("text", default="", longest=120),
        "region": Field("text", default="", longest=120),
        "postal_code": Field("text", default="", longest=20),
        "country": Field("code", default="", longest=2),
    }
    group_by = ("external_id", "email")

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        numbers = {group[0].values["external_id"] for group in groups} - {""}
        emails = {group[0].values["email"].lower() for group in groups} - {""}
        by_number = {one.external_id: one for one in Customer.objects.filter(union=union, external_id__in=numbers)}
        by_email = {one.email: one for one in Customer.objects.filter(union=union, email__in=emails)}
        fresh: list[Customer] = []
        for group in groups:
            for earlier in group[:-1]:
                earlier.outcome = "repeated"
            record = group[-1]
            number, email = record.values["external_id"], record.values["email"].lower()
            refusal = _refusal(number, email)
            if refusal:
                record.refuse(refusal)
                continue
            customer = by_number.get(number) if number else by_email.get(email)
            if customer is None and email in by_email:
                record.refuse(_("email: %(email)s belongs to another customer") % {"email": email})
                continue
            if customer is None:
                customer = Customer(union=union, external_id=number, email=email)
                fresh.append(customer)
                record.outcome = "created"
            else:
                record.outcome = "unchanged"
            if number:
                by_number[number] = customer
            if email:
                by_email[email] = customer
            details = {name: record.values[name] for name in DETAILS if record.values[name]}
            if any(getattr(customer, name) != value for name, value in details.items()):
                for name, value in details.items():
                    setattr(customer, name, value)
                if customer.pk:
                    customer.save(update_fields=list(details))
                    record.outcome = "changed"
        Customer.objects.bulk_create(fresh)


def customers_by_number(*, union: Union, numbers: Iterable[str]) -> dict[str, int]:
    """The ids of the customers with these numbers; unknown ones are made with nothing but the number."""
    wanted = set(numbers) - {""}
    Customer.objects.bulk_create(
        [Customer(union=union, external_id=number) for number in sorted(wanted)],
        ignore_conflicts=True,
    )
    return dict(Customer.objects.filter(union=union, external_id__in=wanted).values_list("external_id", "id"))


def _refusal(number: str, email: str) -> str:
    if not number and not email:
        return _("external_id: a customer needs a number or an e-mail address")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            return _("email: “%(email)s” is no e-mail address") % {"email": email}
    return ""
