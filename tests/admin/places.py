"""Two unions with one of everything, and the people who come to the administration's door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.test import Client

from accounts.models import User
from ascc.models import Assessment, Insurer, Policy, Voucher
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work
from ascc.services.disputing import add_evidence, open_dispute
from ascc.services.insuring import open_claim
from ascc.services.issuing import issue_vouchers
from ascc.services.moving import By
from ascc.services.policies import make_policy
from ascc.services.programs import Fits, publish_version
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import agree_visit, confirm_work, report_work, start_work
from chat.models import Block, ConsoleSession, Conversation, Invitation, Manager, Rule
from orders.models import Customer, Return, ReturnLine
from orders.services.bills import ask_for_payment
from payments.models import CheckReport, Earning, LedgerAccount, LedgerTransaction, Payout, Refund
from payments.services.settlement import earn, make_payouts
from stores.services.keys import issue_key
from tests.factories.accounts import UserFactory
from tests.factories.ascc import BEFORE, promise, sold
from tests.factories.ascc import program as a_program
from tests.factories.ascc import provider as a_provider
from tests.factories.orders import NOW as SOLD
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
    _care(place, name, store)
    _pay(place, name)


def _care(place: Place, name: str, store: Any) -> None:
    """A program with an insurer, a provider, a service that was assessed and claimed, another one in dispute.

    The center pays and another store works: the store's own earnings are those of `_pay`.
    """
    union, things, customer = place.union, place.things, UserFactory(name=f"{name} Customer")
    insurer = things["ascc.insurer"] = Insurer.objects.create(union=union, name=f"{name} Insurer")
    policy = things["ascc.policy"] = _insure(insurer, number=f"{name}-POLICY")
    worker = things["ascc.serviceprovider"] = a_provider(union, about=f"{name} repairs")
    promised = things["ascc.serviceprogram"] = a_program(
        union, title=f"{name} Program", policy=policy, funding="center"
    )
    own = Fits(product=things["stores.product"])
    following = promise(title=f"{name} Program", policy=policy, funding="center", fits=[own])
    publish_version(program=promised, promise=following, now=BEFORE)
    visits = [_visit(store, worker, customer, things["stores.product"]) for _again in range(2)]
    by, now = By("customer", customer.pk), SOLD + timedelta(days=2)
    redemption = things["ascc.redemption"] = confirm_work(visit=visits[0], by=by, now=now)
    redemption.voucher.refresh_from_db()
    things["ascc.voucher"] = redemption.voucher
    marks = dict.fromkeys(Assessment.ASPECTS, 5)
    words = assess_work(redemption=redemption, by=by, now=now, aspects=marks, words=f"{name} fine")
    things["ascc.assessment"], things["ascc.incentivevoucher"] = words, words.incentive
    redemption.refresh_from_db()
    things["ascc.claim"] = open_claim(redemption=redemption, by=By("center"), now=now)
    dispute = things["ascc.dispute"] = open_dispute(visit=visits[1], by=by, now=now, reason=f"{name} noise")
    add_evidence(dispute=dispute, by=by, now=now, words=f"{name} evidence")


def _visit(store: Any, worker: Any, customer: User, product: Any) -> Any:
    """A reported service for a voucher of something that the store has sold."""
    order = sold(store, owner=customer, lines=False)
    order.lines.create(
        union=store.union, variant=product.variants.first(), title=product.title, quantity=1, unit_price=9, total=9
    )
    issue_vouchers(order_ids=[order.pk], now=SOLD)
    voucher = Voucher.objects.select_related("version", "program__store").get(
        union=store.union, order_line__order=order
    )
    by, now = By("provider"), SOLD + timedelta(days=1)
    activate_voucher(voucher=voucher, by=by, now=now)
    accept_transmission(transmission=send_voucher(voucher=voucher, provider=worker, by=by, now=now), by=by, now=now)
    voucher.refresh_from_db()
    visit = start_work(visit=agree_visit(voucher=voucher, provider=worker, by=by, now=now), by=by, now=now)
    return report_work(visit=visit, by=by, now=now, report="Mended.")


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
    _insure(things["ascc.insurer"], number=f"MORE-{at}")


def _insure(insurer: Insurer, *, number: str) -> Policy:
    return make_policy(
        insurer=insurer,
        number=number,
        premium=50,
        claim_limit=9000,
        total_limit=90_000,
        deductible=500,
        starts_on=SOLD.date(),
        ends_on=SOLD.date() + timedelta(days=700),
    )


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
CARE_ADDABLE = {"ascc.insurer", "ascc.policy", "ascc.serviceprogram"}
ADDABLE = CARE_ADDABLE | {
    "stores.apikey",
    "stores.category",
    "stores.taxclass",
    "unions.unionpage",
    "unions.unionstaff",
}
DELETABLE = ADDABLE - {"stores.apikey", "ascc.policy", "ascc.serviceprogram"}
CHANGEABLE = DELETABLE | {"unions.union"}


def thing_of(place: Place, label: str) -> Any:
    """The place's thing for a page; a person and a class for the center's own pages."""
    if label == "accounts.user":
        return place.owner
    return business_class("G") if label == "unions.businessclass" else place.things[label]
