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

from ascc.models import Assessment, ServiceProvider, Voucher
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work, give_incentive
from ascc.services.confirming import confirm_signed
from ascc.services.disputing import open_dispute
from ascc.services.issuing import issue_vouchers
from ascc.services.moving import By, Side
from ascc.services.passing_on import offer_voucher
from ascc.services.picturing import add_picture, photo_kept
from ascc.services.pricing import set_price
from ascc.services.proving import show_evidence
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import agree_visit, report_work, start_work
from chat.models import BuyerPlan, Invitation, ListImport, PreferredBuyer, Room, Rule, SavedReply
from chat.queries.codes import plain_code
from chat.services.attachments import add_attachment
from chat.services.codes import Person, issue_codes, save_campaign
from chat.services.conversations import shopper_voice
from chat.services.rules import Wording, create_rule
from orders.models import Cart, PriceProposal, ProposalRule
from orders.services.bills import ask_for_payment
from orders.services.contact import Contact
from orders.services.proposals import offer_price
from payments.models import Payout
from payments.services.settlement import earn, make_payouts
from stores.models import Store
from stores.services.team import invitation_token, invite
from tests.architecture.wished import wished
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.ascc import program
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.chat import ConversationFactory, said
from tests.factories.orders import DETAILS, NOW, OrderFactory, PurchaseFactory, filled_cart, market
from tests.factories.payments import PaymentAccountFactory, PayoutAccountFactory, captured_payment, split_want
from tests.factories.reservations import ReservationFactory, repair_shop
from tests.factories.stores import CategoryFactory, OpeningHoursFactory, ReviewFactory, StoreStaffFactory
from tests.factories.unions import UnionPageFactory, UnionRegionFactory, UnionStaffFactory, owner_of
from unions.models import MembershipPaper

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
    invited = Invitation.objects.create(
        union=union,
        store=store,
        rule=rule,
        ref=f"met-{union.slug}",
        customer=shopper,
        why={"rule": marker},
        shown_at=timezone.now(),
    )
    return (
        _invited(place, there)
        | _served(place)
        | _looked_after(place, arrived)
        | {
            "bill": bill.number,
            "proposal": "SAME-0007",
            "proposal_token": named.token,
            "price_rule": price_rule.key,
            **wished(place),
            "reservation": held.number,
            "reservation_token": held.token,
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
            "arrived_token": arrived.purchase.token,
            "arrived_line": str(arrived.lines.get().pk),
            "key": str(AddressFactory(user=shopper, line1=f"{marker} Street").key),
            "name": paper.file.name,
            "slug": "about",
            "ref": "SAME-TALK",
            "seq": "2",
            "met": invited.ref,
            "file": attachment.ref,
            "code": "47",
            "shape": "csv",
            "signed": "nothing",
        }
    )


def _served(place: Place) -> dict[str, str]:
    """The store does after-sales service: a voucher of its shopper in work, with a photo, and one used and rewarded."""
    union, store, shopper, now = place.union, place.store, place.people["shopper"], timezone.now()
    worker = a_provider(union, store=store, about=f"{place.marker} repairs")
    worker.ref = "SAME-WORKER"
    worker.save()
    price = set_price(provider=worker, title=f"{place.marker} call-out", amount=4500, unit="visit")
    price.key = "SAME-PRICE"
    price.save()
    by = By(Side.CUSTOMER, shopper.pk)
    held = a_voucher(store, owner=shopper)
    held.about = f"{place.marker} lamp"
    held.code = "SAME-V0UCHER"
    held.save()
    activate_voucher(voucher=held, by=by, now=now)
    accept_transmission(
        transmission=send_voucher(voucher=held, provider=worker, by=by, now=now, wish=f"{place.marker} wish"),
        by=by,
        now=now,
    )
    held.refresh_from_db()
    visit = agree_visit(voucher=held, provider=worker, by=by, now=now)
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    picture = add_picture(visit=visit, file=SimpleUploadedFile("work.png", buffer.getvalue()), now=now)
    report = report_work(visit=start_work(visit=visit, by=by, now=now), by=by, now=now, report=f"{place.marker} report")
    signed = io.BytesIO()
    Image.new("RGB", (200, 80)).save(signed, "PNG")
    drawing = SimpleUploadedFile("sign.png", signed.getvalue())
    redemption = confirm_signed(visit=report, drawing=drawing, by=by, now=now)
    marks = dict.fromkeys(Assessment.ASPECTS, 5)
    said = assess_work(redemption=redemption, by=by, now=now, aspects=marks, words=f"{place.marker} fine")
    give_incentive(incentive=said.incentive, by=by, now=now)
    return {
        "held": held.code,
        "redemption": redemption.ref,
        "incentive": said.incentive.code,
        "photo": picture.ref,
        "worker": worker.ref,
        "provider_price": price.key,
        **_disputed(place, worker),
    }


def _disputed(place: Place, worker: ServiceProvider) -> dict[str, str]:
    """Another voucher of the shopper, about which they do not agree: with a picture as evidence."""
    by, now = By(Side.CUSTOMER, place.people["shopper"].pk), timezone.now()
    held = a_voucher(place.store, owner=place.people["shopper"])
    activate_voucher(voucher=held, by=by, now=now)
    sent = send_voucher(voucher=held, provider=worker, by=by, now=now, wish=f"{place.marker} wish")
    accept_transmission(transmission=sent, by=by, now=now)
    held.refresh_from_db()
    visit = start_work(visit=agree_visit(voucher=held, provider=worker, by=by, now=now), by=by, now=now)
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    photo = add_picture(visit=visit, file=SimpleUploadedFile("work.png", buffer.getvalue()), now=now)
    report_work(visit=visit, by=by, now=now, report=f"{place.marker} report")
    dispute = open_dispute(visit=visit, by=by, now=now, reason=f"{place.marker} reason")
    file = SimpleUploadedFile("wrong.png", buffer.getvalue())
    shown = show_evidence(dispute=dispute, by=by, now=now, words=f"{place.marker} words", file=file)
    return {"disputed": held.code, "evidence": shown.ref, "work": photo.ref}


def _looked_after(place: Place, arrived: Any) -> dict[str, str]:
    """A program and its voucher for what has arrived, activated with a photo and offered to somebody."""
    promised = program(place.union, title=f"{place.marker} plan", terms=f"{place.marker} terms", needs_photo=True)
    issue_vouchers(order_ids=[arrived.pk], now=NOW)
    held, now = Voucher.objects.get(union=place.union, order_line__order=arrived, program=promised), timezone.now()
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    with photo_kept(voucher=held, file=SimpleUploadedFile("plate.png", buffer.getvalue())) as path:
        Voucher.objects.filter(union=place.union, pk=held.pk).update(
            issued_at=now, expires_at=now + timedelta(days=99), photo=path
        )
    by = By("customer", place.people["shopper"].pk)
    gift = offer_voucher(voucher=held, by=by, now=now, email=f"friend@{place.union.slug}.example", words=place.marker)
    own = program(place.union, store=place.store, title=f"{place.marker} own plan", terms=f"{place.marker} own terms")
    return {"voucher": held.code, "gift": gift.token, "program": promised.ref, "own_program": own.ref}


def _invited(place: Place, there: Any) -> dict[str, str]:
    """A campaign with a code, a membership and a room."""
    union, store, marker, now = place.union, place.store, place.marker, timezone.now()
    campaign = save_campaign(
        union=union, store=store, campaign=None, actor=None, now=now, short="spring", name=f"{marker} spring",
        kind="list", words=f"{marker} words",
    )  # fmt: skip
    person = Person(name=f"{marker} Ada", email=f"ada@{union.slug}.example", address=f"{marker} Street", language="en")
    [code] = issue_codes(campaign=campaign, persons=[person], max_uses=None, now=now)
    reply = SavedReply.objects.create(union=union, store=store, shortcut="open", text=f"{marker} hours")
    run = ListImport.objects.create(
        union=union,
        campaign=campaign,
        ref="SAME-RUN",
        name=f"{marker}.csv",
        path="",
        at=now,
        moved_at=now,
        state="done",
    )
    plan = BuyerPlan.objects.create(
        union=union, store=store, ref="SAME-PLAN", name=f"{marker} friends", terms=marker, amount=900,
        currency=union.currency, created_at=now,
    )  # fmt: skip
    buyer = PreferredBuyer.objects.create(
        union=union, plan=plan, customer=place.people["shopper"], ref=f"{marker}-MEMBER", amount=900,
        currency=union.currency, period="month", terms=marker, joined_at=now, state="active",
        paid_until=now + timedelta(days=9),
    )  # fmt: skip
    room = Room.objects.create(
        union=union, store=store, product=there.bread.product, variant=there.bread, ref="SAME-ROOM",
        title=f"{marker} room", opened_at=now,
    )  # fmt: skip
    return {
        "access": plain_code(code, union),
        "nonce": code.nonce,
        "reply": str(reply.pk),
        "short": campaign.short,
        "run": run.ref,
        "plan": plan.ref,
        "membership": buyer.ref,
        "room": room.ref,
    }
