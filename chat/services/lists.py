"""Who stands on a list of pre-qualified shoppers: brought by a file, or put there by a rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import AccessCode, Campaign, PreferredBuyer
from chat.queries.members import member_now
from chat.services.codes import Person, issue_codes
from core.importing.maps import Field, Map, Record
from core.statements import tuples_of
from unions.models import Union

MOST_OF_RULE = 5_000
LONGEST_LOOK_BACK = 3650


class ShopperImporter:
    """One person a row, known again by `reference`, else by e-mail address: a second run adds nobody twice.

    What has changed about somebody (name, address, language) is changed; their code stays.
    """

    fields = {
        "reference": Field("code", default="", longest=80),
        "name": Field("text", default="", longest=120),
        "email": Field("text", default="", longest=254),
        "line1": Field("text", default="", longest=200),
        "line2": Field("text", default="", longest=200),
        "postal_code": Field("text", default="", longest=20),
        "city": Field("text", default="", longest=120),
        "country": Field("code", default="", longest=2),
        "language": Field("code", default="", longest=12),
    }
    group_by: tuple[str, ...] = ()

    def __init__(self, campaign: Campaign, *, max_uses: int | None, expires_at: datetime | None) -> None:
        self.campaign = campaign
        self.max_uses = max_uses
        self.expires_at = expires_at

    def take(self, groups: list[list[Record]], *, union: Union, chart: Map, now: datetime) -> None:
        """See core.importing.running.Importer."""
        records = [record for group in groups for record in group]
        known = _Known(self.campaign, records)
        fresh: list[Person] = []
        for record in records:
            person, refusal = _person(record.values)
            if refusal:
                record.refuse(refusal)
            elif known.has_new(person):
                record.outcome = "repeated"
            elif (code := known.of(person)) is not None:
                record.outcome = _changed(code, person)
            elif known.belongs_to_another(person):
                record.refuse(_("email: %(email)s stands on the list under another number") % {"email": person.email})
            else:
                known.note(person)
                fresh.append(person)
                record.outcome = "created"
        issue_codes(campaign=self.campaign, persons=fresh, max_uses=self.max_uses, expires_at=self.expires_at, now=now)


class _Known:
    """Who of a batch stands on the list already, in one query."""

    def __init__(self, campaign: Campaign, records: list[Record]) -> None:
        references = {record.values["reference"] for record in records} - {""}
        emails = {record.values["email"].strip().lower() for record in records} - {""}
        codes = AccessCode.objects.filter(union=campaign.union_id, campaign=campaign)
        found = codes.filter(reference__in=references).union(codes.filter(email__in=emails))
        self.by_reference: dict[str, AccessCode] = {}
        self.by_email: dict[str, AccessCode] = {}
        for code in found:
            if code.reference:
                self.by_reference[code.reference] = code
            if code.email:
                self.by_email[code.email] = code
        self.new: set[tuple[str, str]] = set()

    def of(self, person: Person) -> AccessCode | None:
        if person.reference:
            return self.by_reference.get(person.reference)
        return self.by_email.get(person.email)

    def belongs_to_another(self, person: Person) -> bool:
        return bool(person.email) and (person.email in self.by_email or ("email", person.email) in self.new)

    def has_new(self, person: Person) -> bool:
        key = ("reference", person.reference) if person.reference else ("email", person.email)
        return key in self.new

    def note(self, person: Person) -> None:
        self.new |= {("reference", person.reference), ("email", person.email)} - {("reference", ""), ("email", "")}


def _person(values: dict[str, Any]) -> tuple[Person, str]:
    email = values["email"].strip().lower()
    lines = [values["line1"], values["line2"], f"{values['postal_code']} {values['city']}".strip(), values["country"]]
    person = Person(
        name=values["name"],
        email=email,
        address="\n".join(line for line in lines if line),
        language=values["language"].lower(),
        reference=values["reference"],
    )
    if not person.reference and not email:
        return person, _("reference: a person needs a number or an e-mail address")
    if not email and not (person.name and values["line1"]):
        return person, _("email: without it a person needs a name and a postal address for a letter")
    if person.language and person.language not in dict(settings.LANGUAGES):
        return person, _("language: “%(language)s” is not spoken here") % {"language": person.language}
    if email:
        try:
            validate_email(email)
        except ValidationError:
            return person, _("email: “%(email)s” is no e-mail address") % {"email": email}
    return person, ""


def _changed(code: AccessCode, person: Person) -> str:
    given = {"name": person.name, "address": person.address, "language": person.language}
    fresh = {name: value for name, value in given.items() if value and getattr(code, name) != value}
    if not fresh:
        return "unchanged"
    AccessCode.objects.filter(union=code.union_id, pk=code.pk).update(**fresh)
    return "changed"


# Paid orders at the store (or anywhere in the union) of the last days, by the person who paid.
_BUYERS = """
SELECT purchase.user_id
FROM orders_order AS orders JOIN orders_purchase AS purchase ON purchase.id = orders.purchase_id
WHERE orders.union_id = %(union)s AND purchase.user_id IS NOT NULL AND orders.state NOT IN ('placed', 'cancelled')
    AND orders.placed_at >= %(since)s AND (%(store)s::bigint IS NULL OR orders.store_id = %(store)s)
GROUP BY purchase.user_id
HAVING sum(orders.total - orders.given_back) >= %(spent)s AND (%(product)s::bigint IS NULL OR bool_or(EXISTS (
    SELECT 1 FROM orders_orderline AS line JOIN stores_variant AS variant ON variant.id = line.variant_id
    WHERE line.order_id = orders.id AND variant.product_id = %(product)s)))
ORDER BY purchase.user_id LIMIT %(most)s
"""


@transaction.atomic
def fill_by_rule(*, campaign: Campaign, now: datetime) -> int:
    """Put everybody on the list whom its rule meets now and who is not there yet. Says how many were added.

    Nobody is taken off: what somebody was promised stays promised until it is over.
    """
    rule = campaign.rule
    if not rule or campaign.ended_at is not None:
        return 0
    people: set[int] | None = None
    if rule.get("product") or rule.get("spent"):
        days = min(int(rule.get("days") or 365), LONGEST_LOOK_BACK)
        values = {
            "union": campaign.union_id,
            "store": campaign.store_id,
            "product": rule.get("product"),
            "spent": int(rule.get("spent") or 0),
            "since": now - timedelta(days=days),
            "most": MOST_OF_RULE,
        }
        people = {user_id for (user_id,) in tuples_of(_BUYERS, values)}
    if rule.get("member"):
        members = PreferredBuyer.objects.filter(member_now(now), union=campaign.union_id)
        if campaign.store_id is not None:
            members = members.filter(plan__store__in=[campaign.store_id]) | members.filter(plan__store=None)
        paying = set(members.values_list("customer_id", flat=True)[:MOST_OF_RULE])
        people = paying if people is None else people & paying
    if not people:
        return 0
    there = AccessCode.objects.filter(union=campaign.union_id, campaign=campaign, customer__in=people)
    missing = people - set(there.values_list("customer_id", flat=True))
    users = User.objects.filter(pk__in=missing, is_active=True).order_by("pk")
    persons = [
        Person(name=user.name, email=user.email, language=user.language, reference="", customer=user) for user in users
    ]
    return len(issue_codes(campaign=campaign, persons=persons, max_uses=None, now=now))
