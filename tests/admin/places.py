"""Two unions with one of everything, and the people who come to the administration's door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.test import Client

from accounts.models import User
from chat.models import Block, ConsoleSession, Conversation, Invitation, Manager, Rule
from orders.models import Customer, Return, ReturnLine
from orders.services.bills import ask_for_payment
from payments.models import CheckReport, Earning, LedgerAccount, LedgerTransaction, Payout, Refund
from payments.services.settlement import earn, make_payouts
from stores.services.keys import issue_key
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, PurchaseFactory
from tests.factories.payments import PayoutAccountFactory, captured_payment, split_want
from tests.factories.reservations import BookableFactory, ReservationFactory, repair_shop, serves
from tests.factories.stores import (
    CategoryFactory,
    ReviewFactory,
    StoreFactory,
    StoreStaffFactory,
    TaxClassFactory,
    VariantFactory,
)
from tests.factories.unions import (
    UnionFactory,
    UnionPageFactory,
    UnionRegionFactory,
    UnionStaffFactory,
    business_class,
    owner_of,
)
from unions.models import MembershipChange, MembershipPaper, Redirect, Union, UnionStaff

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
LATER = datetime(2026, 4, 20, 10, 0, tzinfo=UTC)


@dataclass
class Place:
    """A union and one thing for every page: `things` by the label of its model."""

    union: Union
    admin: User
    support: User
    owner: User
    things: dict[str, Any] = field(default_factory=dict)


def furnish(name: str) -> Place:
    """A union called `name` of which every text says so."""
    union = UnionFactory(name=name, slug=name.lower())
    staff = UnionStaffFactory(union=union, user__name=f"{name} Admin")
    support = UnionStaffFactory(union=union, user__name=f"{name} Support", role=UnionStaff.Role.SUPPORT)
    store = StoreFactory(union=union, name=f"{name} Store", membership__enterprise__name=f"{name} Enterprise")
    place = Place(union, staff.user, support.user, owner_of(store.membership))
    UnionRegionFactory(union=union, name=f"{name} Region")
    place.things |= {"unions.union": union, "unions.unionstaff": staff, "stores.store": store}
    place.things["unions.unionpage"] = UnionPageFactory(union=union, title=f"{name} Page")
    _fill(place, name, store)
    return place


def _talk(place: Place, name: str, store: Any) -> None:
    union, things = place.union, place.things
    manager = Manager.objects.create(union=union, store=store, user=place.owner, shown_name=f"{name} Manager")
    things["chat.manager"] = manager
    things["chat.consolesession"] = ConsoleSession.objects.create(
        union=union, manager=manager, channel=f"{name}.1", place=f"{name} Counter", began_at=NOW
    )
    things["chat.conversation"] = Conversation.objects.create(
        union=union, store=store, ref=f"{name}-TALK", visitor=name, shopper_name=f"{name} Shopper", created_at=NOW
    )
    things["chat.block"] = Block.objects.create(
        union=union, store=store, visitor=name, reason=f"{name} Reason", by=place.owner, at=NOW
    )
    rule = Rule.objects.create(
        union=union, store=store, ref=f"{name}-RULE", name=f"{name} Rule", conditions={}, created_at=NOW, changed_at=NOW
    )
    things["chat.rule"] = rule
    Invitation.objects.create(union=union, store=store, rule=rule, ref=f"{name}-MET", visitor=name, shown_at=NOW)


def _fill(place: Place, name: str, store: Any) -> None:
    union, member, things = place.union, store.membership, place.things
    variant = VariantFactory(store=store, sku=f"{name}-1", product__title=f"{name} Product")
    things["stores.product"], things["stores.taxclass"] = variant.product, variant.product.tax_class
    things["stores.category"] = CategoryFactory(union=union, name=f"{name} Category")
    things["stores.stocklevel"], things["stores.stockmovement"] = variant.stock, variant.movements.get()
    things["stores.review"] = ReviewFactory(product=variant.product, title=f"{name} Review", stars=4)
    _talk(place, name, store)
    things["stores.apikey"] = issue_key(union=union, name=f"{name} Key", scopes=["orders:read"], actor=place.admin)[0]
    StoreStaffFactory(store=store, permissions=["orders"])
    things["unions.membership"], things["unions.enterprise"] = member, member.enterprise
    MembershipChange.objects.create(union=union, membership=member, to_state="active", actor=place.admin, at=NOW)
    MembershipPaper.objects.create(
        union=union, membership=member, title=f"{name} Paper", file=f"{union.pk}/{name}.pdf", content_type="x", size=1
    )
    things["unions.redirect"] = Redirect.objects.create(
        union=union, kind="to_store", way="search", target=store.slug, words=f"{name} words", business_class="G", at=NOW
    )
    order = OrderFactory(store=store, state="delivered", purchase__recipient=f"{name} Shopper")
    things["orders.order"], things["orders.purchase"] = order, order.purchase
    things["orders.customer"] = Customer.objects.create(union=union, name=f"{name} Customer", email=f"{name}@b.example")
    order.purchase.customer = things["orders.customer"]
    order.purchase.save()
    back = Return.objects.create(
        union=union, store=store, order=order, number=f"{name}-R", currency="GBP", total=500, requested_at=NOW
    )
    ReturnLine.objects.create(union=union, returned=back, title="Thing", quantity=1, unit_price=500, total=500)
    things["orders.return"] = back
    service = repair_shop(store=store)
    held = ReservationFactory(bookable=service, name=f"{name} Shopper", title=f"{name} repair")
    things["orders.reservation"], things["orders.resource"] = held, held.resource
    held.resource.name = f"{name} Mechanic"
    held.resource.save()
    things["orders.bill"] = ask_for_payment(
        store=store,
        email=f"{name}@b.example",
        title=f"{name} Repair",
        amount=900,
        language="en",
        days=14,
        actor=place.admin,
        now=NOW,
    )
    _pay(place, name)


def furnish_more(place: Place, name: str) -> None:
    """One more of everything in the same union, all below a further store of a further enterprise."""
    further = Place(place.union, place.admin, place.support, place.owner)
    store = StoreFactory(union=place.union, name=f"{name} Store", membership__enterprise__name=f"{name} Enterprise")
    UnionStaffFactory(union=place.union)
    UnionPageFactory(union=place.union)
    TaxClassFactory(union=place.union, code=name)
    _fill(further, name, store)


def thicken(place: Place, at: int) -> None:
    """One more row in what is listed below things: lines, steps by someone else, variants, people, papers."""
    union, things = place.union, place.things
    order, member, someone = things["orders.order"], things["unions.membership"], UserFactory()
    order.lines.create(union=union, title="More", quantity=1, unit_price=0, total=0)
    order.changes.create(union=union, from_state="paid", to_state="accepted", actor=someone, at=NOW)
    order.shipments.create(union=union, carrier="Post")
    things["orders.return"].lines.create(union=union, title="More", quantity=1, unit_price=0, total=0)
    further = OrderFactory(store=StoreFactory(union=union), purchase=things["orders.purchase"])
    purchase = PurchaseFactory(union=union, customer=things["orders.customer"])
    assert further.purchase_id != purchase.pk
    VariantFactory(product=things["stores.product"], sku=f"More-{at}")
    StoreStaffFactory(store=things["stores.store"], permissions=["stock"])
    MembershipChange.objects.create(union=union, membership=member, to_state="active", actor=someone, at=NOW)
    MembershipPaper.objects.create(union=union, membership=member, file=f"{at}.pdf", content_type="x", size=1)
    member.enterprise.members.create(user=someone, role="staff")
    UnionRegionFactory(union=union)
    held = things["orders.reservation"]
    held.changes.create(
        union=union,
        from_state="proposed",
        to_state="confirmed",
        actor=someone,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        at=NOW,
    )
    serves(held.resource, BookableFactory(store=held.store))


def _pay(place: Place, name: str) -> None:
    union, things = place.union, place.things
    things["payments.payoutaccount"] = PayoutAccountFactory(
        membership=things["unions.membership"], holder=f"{name} Holder"
    )
    part = split_want(things["unions.membership"], 10_000)
    request = things["payments.paymentrequest"] = captured_payment(union, part)
    earn(union=union, reference=part.reference, now=NOW)
    make_payouts(union=union, now=LATER)
    things["payments.earning"] = Earning.objects.get(union=union, membership=things["unions.membership"])
    things["payments.payout"] = Payout.objects.get(union=union, membership=things["unions.membership"])
    things["payments.refund"] = Refund.objects.create(
        union=union, split=request.splits.get(), reference=f"{name}-back", amount=5, created_at=NOW
    )
    things["payments.ledgeraccount"] = LedgerAccount.objects.get(
        union=union, kind="enterprise_payable", membership=things["unions.membership"]
    )
    things["payments.ledgertransaction"] = LedgerTransaction.objects.get(
        union=union, kind="earned", reference=part.reference
    )
    things["payments.checkreport"] = CheckReport.objects.create(
        union=union,
        at=NOW,
        differences=[{"code": "stock", "text": f"{name} difference"}],
        counted={"orders": 3},
    )


def browser_of(user: User | None) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def pages() -> list[str]:
    """Labels of all models with a page."""
    return sorted(model._meta.label_lower for model in admin.site._registry)


def address(label: str, thing: Any = None, *more: str) -> str:
    """`address("stores.store")` is the list, with a thing its page, with "history" or the like one below it."""
    root = f"/admin/{label.replace('.', '/')}/"
    if thing is None:
        return root + "".join(f"{part}/" for part in more)
    return f"{root}{thing.pk}/" + "".join(f"{part}/" for part in more or ("change",))


CENTER_ONLY = {"accounts.user", "unions.businessclass"}
ADDABLE = {"stores.apikey", "stores.category", "stores.taxclass", "unions.unionpage", "unions.unionstaff"}
CHANGEABLE = ADDABLE - {"stores.apikey"} | {"unions.union"}


def thing_of(place: Place, label: str) -> Any:
    """The place's thing for a page; a person and a class for the center's own pages."""
    if label == "accounts.user":
        return place.owner
    return business_class("G") if label == "unions.businessclass" else place.things[label]
