"""Two unions with one of everything, and the people who come to the administration's door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.test import Client

from accounts.models import User
from chat.models import Block, ConsoleSession, Conversation, Invitation, Manager, Rule
from matching.models import Subscription, Weights
from matching.services.answering import Answer, answer_call
from orders.models import CarrierService, Customer, ResponseTerms, Return, ReturnLine, ReturnRule
from orders.services.bills import ask_for_payment
from orders.services.procedures import StepWish, create_procedure, publish_whole
from stores.models import Supplier
from stores.services.keys import issue_key
from tests.admin.care import care, insure
from tests.admin.money import NOW, pay
from tests.factories.accounts import UserFactory
from tests.factories.matching import caller, shopper, thrown
from tests.factories.orders import NOW as SOLD
from tests.factories.orders import OrderFactory, PurchaseFactory
from tests.factories.parcels import carrier_service, packed_order, sent
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
from tests.orders.responding import asked
from unions.models import (
    AuditEntry,
    Look,
    MembershipChange,
    MembershipPaper,
    Redirect,
    Union,
    UnionBanner,
    UnionHoliday,
    UnionStaff,
)
from unions.services.audit import note_deed


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
    _hang(place, name)
    _fill(place, name, store)
    return place


def _hang(place: Place, name: str) -> None:
    """What hangs over the street, the days on which it rests, and what the office wrote down."""
    union, things = place.union, place.things
    things["unions.unionbanner"] = UnionBanner.objects.create(union=union, title=f"{name} Banner", starts_at=NOW)
    things["unions.unionholiday"] = UnionHoliday.objects.create(
        union=union,
        date=date(2026, 5, 1) + timedelta(days=UnionHoliday.objects.filter(union=union).count()),
        name=f"{name} Holiday",
    )
    note_deed(
        unions=[union.pk],
        actor=place.admin,
        verb=AuditEntry.Verb.CHANGED,
        thing=things["unions.unionbanner"],
        changes={"Title": ["", f"{name} Banner"]},
        now=NOW,
    )
    things["unions.auditentry"] = AuditEntry.objects.filter(union=union).latest("pk")
    things["unions.look"] = Look.objects.create(
        union=union,
        entry=f"{name}-{things['unions.auditentry'].pk}",
        at=NOW,
        staff=place.admin,
        kind=Look.Kind.ORDER,
        place=f"{name} Office",
        reference=f"{name}-1",
    )


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
    things["stores.supplier"] = Supplier.objects.create(union=union, ref=f"SU-{store.pk}", name=f"{name} S{store.pk}")
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
    things["orders.returnrule"] = ReturnRule.objects.create(union=union, store=store, days=30, words=f"{name} words")
    things["orders.customer"] = Customer.objects.create(union=union, name=f"{name} Customer", email=f"{name}@b.example")
    order.purchase.customer = things["orders.customer"]
    order.purchase.save()
    back = Return.objects.create(
        union=union, store=store, order=order, number=f"{name}-R", currency="GBP", total=500, requested_at=NOW
    )
    ReturnLine.objects.create(union=union, returned=back, title="Thing", quantity=1, unit_price=500, total=500)
    things["orders.return"] = back
    things["orders.carrierservice"] = carried = carrier_service(union, slug=name.lower(), name=f"{name} Post")
    CarrierService.objects.filter(pk=carried.pk).update(name=f"{name} Standard")
    things["orders.carrier"] = carried.carrier
    sent(packed_order(store=store), service=carried)
    service = repair_shop(store=store)
    held = ReservationFactory(bookable=service, name=f"{name} Shopper", title=f"{name} repair")
    things["orders.reservation"], things["orders.resource"] = held, held.resource
    held.resource.name = f"{name} Mechanic"
    held.resource.save()
    things["orders.customerresponse"] = asked(store, words=f"{name} question")
    things["orders.responseterms"] = ResponseTerms.objects.get_or_create(union=union, store=None)[0]
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
    way = create_procedure(union=union, store=None, name=f"{name} procedure", now=NOW)
    publish_whole(procedure=way, wishes=[StepWish(f"{name} step")], actor=place.admin, now=NOW)
    things["orders.procedure"] = way
    care(place, name, store)
    _match(place, name)
    pay(place, name)


def furnish_more(place: Place, name: str) -> None:
    """One more of everything in the same union, all below a further store of a further enterprise."""
    further = Place(place.union, place.admin, place.support, place.owner)
    store = StoreFactory(union=place.union, name=f"{name} Store", membership__enterprise__name=f"{name} Enterprise")
    UnionStaffFactory(union=place.union)
    UnionPageFactory(union=place.union)
    _hang(further, name)
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
    answer_call(
        request=things["matching.matchrequest"],
        store=caller(union),
        answer=Answer(price=5),
        by="program",
        actor=None,
        now=SOLD,
    )
    insure(things["ascc.insurer"], number=f"MORE-{at}")


def _match(place: Place, name: str) -> None:
    """A wish that a shop of its own answered; its shopper is nobody's business here."""
    union, things = place.union, place.things
    store = caller(union, name=f"{name} Lamps")
    request = things["matching.matchrequest"] = thrown(union, words=f"{name} lamp", by=shopper(union, visitor=name))
    answer = Answer(title=f"{name} answer", price=900)
    things["matching.matchresponse"] = answer_call(
        request=request, store=store, answer=answer, by="person", actor=place.admin, now=SOLD
    )
    things["matching.subscription"] = Subscription.objects.get(union=union, store=store)
    things["matching.weights"] = Weights.objects.get_or_create(union=union)[0]


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
CARE_ADDABLE = {"ascc.insurer", "ascc.policy", "ascc.serviceprogram"}
ADDABLE = CARE_ADDABLE | {
    "matching.weights",
    "orders.procedure",
    "orders.responseterms",
    "orders.carrier",
    "orders.returnrule",
    "stores.apikey",
    "stores.category",
    "stores.supplier",
    "stores.taxclass",
    "unions.unionbanner",
    "unions.unionholiday",
    "unions.unionpage",
    "unions.unionstaff",
}
DELETABLE = ADDABLE - {"orders.carrier", "stores.apikey", "ascc.policy", "ascc.serviceprogram", "orders.procedure"}
CHANGEABLE = DELETABLE | {"orders.carrier", "orders.carrierservice", "unions.membership", "unions.union"}


def thing_of(place: Place, label: str) -> Any:
    """The place's thing for a page; a person and a class for the center's own pages."""
    if label == "accounts.user":
        return place.owner
    return business_class("G") if label == "unions.businessclass" else place.things[label]
