"""Two unions filled alike: same store, product, article, order, purchase and payout names.

Whatever only one of them says carries its marker word.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from chat.models import Invitation, Rule
from chat.services.attachments import add_attachment
from chat.services.conversations import shopper_voice
from chat.services.rules import Wording, create_rule
from orders.models import Cart, PriceProposal, ProposalRule, Return
from orders.services.bills import ask_for_payment
from orders.services.contact import Contact
from orders.services.figures import count_all_touched, touch_union
from orders.services.proposals import offer_price
from orders.services.returns import ask_return
from orders.services.substituting import Offer, offer_substitute
from payments.models import Payout
from payments.services.settlement import earn, make_payouts
from stores.models import Store, UrgentSale
from stores.services.team import invitation_token, invite
from tests.architecture.asked import asked
from tests.architecture.carried import carried
from tests.architecture.furnished import furnished
from tests.architecture.invited import invited
from tests.architecture.served import looked_after, served
from tests.architecture.walked import walked
from tests.architecture.wished import wished
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.chat import ConversationFactory, said
from tests.factories.orders import DETAILS, NOW, OrderFactory, PurchaseFactory, filled_cart, market
from tests.factories.payments import PaymentAccountFactory, PayoutAccountFactory, captured_payment, split_want
from tests.factories.reservations import ReservationFactory, repair_shop
from tests.factories.stores import CategoryFactory, OpeningHoursFactory, ReviewFactory, StoreStaffFactory
from tests.factories.unions import UnionPageFactory, UnionRegionFactory, UnionStaffFactory, owner_of
from tests.factories.urgent import urgent_sale
from unions.models import MembershipPaper
from unions.services.personal_files import ask_for_file, make_personal_file

PERMISSIONS = ["orders", "catalogue", "stock", "settlement", "team", "console", "service"]


@dataclass
class Place:
    """A union with one of everything, all of it carrying the marker."""

    marker: str
    union: Any
    store: Any
    cart: Any = None
    people: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def filled(slug: str, prefix: str, marker: str) -> Place:
    """Everything that can be asked for by an address. Names that are unique in a union only are the same in each."""
    there = market(slug=slug, prefix=prefix, name=f"{marker} Union", tagline=f"{marker} street")
    union, store = there.union, there.first
    store.slug, store.name, store.tagline, store.description = "corner", f"{marker} Corner", f"{marker} bread", marker
    store.save()
    there.second.slug, there.second.name = "next-door", f"{marker} Next Door"
    there.second.save()
    product, variant = there.bread.product, there.bread
    product.slug, product.title, product.description = "loaf", f"{marker} loaf", f"{marker} flour"
    product.category = CategoryFactory(union=union, slug="bread", name=f"{marker} bread")
    product.save()
    variant.sku = "LOAF-1"
    variant.save()
    OpeningHoursFactory(store=store)
    ReviewFactory(product=product, words=f"{marker} crust")
    UnionPageFactory(union=union, slug="about", title=f"About {marker}")
    UnionRegionFactory(union=union, code="GB-CON")

    owner, shopper = owner_of(store.membership), UserFactory(name=f"{marker} Shopper", email=f"shopper@{slug}.example")
    people = {
        "owner": owner,
        "all": StoreStaffFactory(store=store, permissions=PERMISSIONS).user,
        "none": StoreStaffFactory(store=store).user,
        "neighbour": owner_of(there.second.membership),
        "office": UnionStaffFactory(union=union).user,
        "shopper": shopper,
    }
    for name, person in people.items():
        person.name = f"{marker} {name}"
        person.save(update_fields=["name"])
    store.membership.enterprise.legal_name = f"{marker} Ltd"
    store.membership.enterprise.save()
    place = Place(marker, union, store, people=people)
    place.names = _names(place, there)
    touch_union(union=union)
    count_all_touched(union=union)
    return place


def _names(place: Place, there: Any) -> dict[str, str]:
    """Values for every name in an address, as they are in this union."""
    union, store, marker, shopper = place.union, place.store, place.marker, place.people["shopper"]
    purchase = PurchaseFactory(
        union=union, number="SAME-0001", user=shopper, recipient=f"{marker} Trevithick", note=marker
    )
    order = OrderFactory(store=store, purchase=purchase, number="SAME-0002", state="paid")
    order.lines.update(title=f"{marker} loaf")
    PayoutAccountFactory(membership=store.membership, label=f"{marker} account")
    part = split_want(store.membership, 1400, reference="SAME-0002")
    captured_payment(union, part, account=PaymentAccountFactory(user=shopper, label=f"{marker} account"))
    earn(union=union, reference="SAME-0002", now=NOW)
    make_payouts(union=union, now=NOW + timedelta(days=40))
    Payout.objects.filter(union=union).update(number="SAME-0003")
    arrived = OrderFactory(
        store=store,
        number="SAME-0004",
        state="delivered",
        purchase=PurchaseFactory(union=union, number="SAME-0005", user=shopper, recipient=f"{marker} Ada"),
    )
    arrived.lines.update(title=f"{marker} loaf", variant=there.bread)
    back = _asked_back(place, there)
    place.cart = cart = filled_cart(there, user=shopper, wants=[(there.bread, 1)])
    Cart.objects.filter(pk=cart.pk).update(recipient=f"{marker} Trevithick", email=DETAILS.email)
    paper = MembershipPaper.objects.create(
        union=union,
        membership=store.membership,
        title=f"{marker}.pdf",
        content_type="application/pdf",
        size=4,
        file=ContentFile(b"%PDF", name=f"{marker}.pdf"),
    )
    talk = ConversationFactory(
        union=union, store=store, ref="SAME-TALK", customer=shopper, visitor="", shopper_name=f"{marker} Ada"
    )
    said(talk, f"{marker} question")
    said(talk, f"{marker} loaf", by="manager", kind="product", card={"product": there.bread.product_id})
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    attachment, _seq = add_attachment(
        conversation=talk,
        voice=shopper_voice(conversation=talk),
        file=SimpleUploadedFile(f"{marker}.png", buffer.getvalue()),
        now=timezone.now(),
    )
    invitation = invite(
        store=store,
        email=f"new@{union.slug}.example",
        permissions=["orders"],
        actor=place.people["owner"],
        now=timezone.now(),
    )
    service = repair_shop(store=store)
    service.product.title = f"{marker} repair"
    service.product.save()
    resource = service.served_by.get().resource
    resource.name = f"{marker} Mechanic"
    resource.save()
    held = ReservationFactory(
        bookable=service,
        number="SAME-0006",
        user=shopper,
        name=f"{marker} Ada",
        note=marker,
        state="confirmed",
        starts_at=timezone.now() + timedelta(days=9),
    )
    price_rule = ProposalRule.objects.create(
        union=union, store=store, product=union.products.get(store=store, slug="loaf"), key="SAME-RULE", floor=1
    )
    named = offer_price(
        store=Store.objects.select_related("union", "membership").get(pk=store.pk),
        price=100,
        side="customer",
        contact=Contact(shopper),
        actor=shopper,
        now=timezone.now(),
        product=price_rule.product,
        note=marker,
    )
    PriceProposal.objects.filter(pk=named.pk).update(number="SAME-0007", name=f"{marker} Ada")
    bill = ask_for_payment(
        store=store,
        email=shopper.email,
        title=f"{marker} repair",
        amount=900,
        language="en",
        days=14,
        actor=place.people["owner"],
        now=timezone.now(),
    )
    rule = create_rule(
        union=union,
        store=store,
        wording=Wording(name=f"{marker} rule", words=f"{marker} help"),
        actor=place.people["owner"],
        now=timezone.now(),
    )
    Rule.objects.filter(pk=rule.pk).update(ref="SAME-RULE")
    met = Invitation.objects.create(
        union=union,
        store=store,
        rule=rule,
        ref=f"met-{union.slug}",
        customer=shopper,
        why={"rule": marker},
        shown_at=timezone.now(),
    )
    tomorrow = timezone.now() + timedelta(days=1)
    sale = urgent_sale(
        there.bread, now=timezone.now(), quantity=1, starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=1)
    )
    UrgentSale.objects.filter(pk=sale.pk).update(ref="SAME-SALE")
    return (
        invited(place, there)
        | served(place)
        | looked_after(place, arrived)
        | {
            "bill": bill.number,
            **asked(place),
            "proposal": "SAME-0007",
            "proposal_token": named.token,
            "price_rule": price_rule.key,
            **wished(place),
            **furnished(place, there),
            **walked(place, order),
            "reservation": held.number,
            "reservation_token": held.token,
            **carried(place),
            "service": service.key,
            "service_product": service.product.slug,
            "resource": resource.key,
            "union": union.slug,
            "store": "corner",
            "product": "loaf",
            "sku": "LOAF-1",
            "number": "SAME-0002",
            "payout": "SAME-0003",
            "token": purchase.token,
            "invitation": invitation_token(invitation=invitation),
            "line": str(cart.lines.get().pk),
            "arrived": "SAME-0004",
            "offer": _offered(order, there.bread),
            "return": "SAME-0008",
            "return_order": "SAME-0006",
            "return_token": back.order.purchase.token,
            "arrived_token": arrived.purchase.token,
            "arrived_line": str(arrived.lines.get().pk),
            "key": str(AddressFactory(user=shopper, line1=f"{marker} Street").key),
            "name": paper.file.name,
            "slug": "about",
            "ref": "SAME-TALK",
            "urgent": "SAME-SALE",
            "seq": "2",
            "met": met.ref,
            "file": attachment.ref,
            "code": "47",
            "shape": "csv",
            "table": "days",
            "signed": "nothing",
            "kind": "stock",
            "copy": personal_copy(shopper),
        }
    )


def _offered(order: Any, variant: Any) -> str:
    """Something else instead of the order's goods."""
    now = timezone.now()
    offer = Offer(line_id=order.lines.get().pk, quantity=1, variant=variant)
    found = offer_substitute(order=order, offer=offer, until=now + timedelta(days=1), actor=None, now=now)
    return str(found.pk)


def personal_copy(shopper: Any) -> str:
    """The key of the file with everything that is kept of the shopper."""
    asked = ask_for_file(user=shopper, now=timezone.now())
    make_personal_file(file_id=asked.pk, now=timezone.now())
    return asked.key


def _asked_back(place: Place, there: Any) -> Return:
    """A piece of another order that has arrived, with a photograph, asked back by its shopper."""
    shopper = place.people["shopper"]
    order = OrderFactory(
        store=place.store,
        number="SAME-0006",
        state="delivered",
        delivered_at=timezone.now(),
        purchase=PurchaseFactory(union=place.union, number="SAME-0007", user=shopper, recipient=f"{place.marker} Bo"),
    )
    order.lines.update(title=f"{place.marker} loaf", variant=there.bread, quantity=2, total=2000)
    buffer = io.BytesIO()
    Image.new("RGB", (60, 60)).save(buffer, "PNG")
    back = ask_return(
        order=order,
        pieces={order.lines.get().pk: 1},
        reason=f"{place.marker} crack",
        actor=shopper,
        now=timezone.now(),
        photo=SimpleUploadedFile("crack.png", buffer.getvalue()),
    )
    Return.objects.filter(pk=back.pk).update(number="SAME-0008")
    return Return.objects.select_related("order__purchase").get(pk=back.pk)
