"""Mails with vouchers, reminders, claiming by guests; programs on goods, in the cart and after the purchase."""

import io
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.template import Context, Template
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from ascc import tasks
from ascc.models import ProgramOffer, Voucher, VoucherGift, VoucherStep
from ascc.services.issuing import issue_vouchers
from ascc.services.moving import By
from ascc.services.offers import NotSoldAsExtra, adopt_program, stop_offering
from ascc.services.passing_on import accept_voucher, decline_voucher, offer_voucher
from ascc.services.programs import Fits, ProgramNotOpen, end_program, publish_version
from ascc.services.reminding import remind_owners
from core import memory
from core.errors import Invalid
from orders.models import Cart, CartLine
from orders.queries.cart_review import review_cart
from orders.queries.shopper import awaits_time, purchase_by_token
from stores.models import Product
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.ascc import program, promise, sold
from tests.factories.ascc import voucher as a_voucher
from tests.factories.orders import NOW
from tests.factories.stores import CategoryFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CUSTOMER = By("customer")


def issued(store, **given):
    order = sold(store, **given)
    issue_vouchers(order_ids=[order.pk], now=NOW)
    return order, list(Voucher.objects.filter(order_line__order=order).order_by("pk"))


def test_a_guest_is_mailed_all_vouchers_of_an_order_once():
    store = StoreFactory()
    program(store.union, activate_days=30)
    program(store.union, title="Check-up", covers=["check_up"])
    order, [first, second] = issued(store, purchase__email="Guest@Example.com", purchase__language="ko")
    tasks.mail_vouchers(order.pk, first.pk)
    tasks.mail_vouchers(order.pk, first.pk)
    [sent] = mail.outbox
    assert sent.to == ["guest@example.com"]
    assert sent.subject.endswith("서비스 이용권 2장")
    assert first.code in sent.body and second.code in sent.body
    assert f"/account/vouchers/{first.code}/" in sent.body
    [(name, content, kind)] = sent.attachments
    assert (name, kind) == (f"{first.code}.pdf", "application/pdf")
    assert [first.code in page.extract_text() for page in PdfReader(io.BytesIO(content)).pages] == [True, False]
    assert VoucherStep.objects.filter(what="mailed").count() == 2


def test_reminders_come_once_before_activation_ends_and_once_before_it_lapses():
    held = a_voucher(StoreFactory(), owner=UserFactory(email="ada@example.com"), activate_days=30)
    assert remind_owners(now=NOW + 22 * DAY) == 0
    assert remind_owners(now=NOW + 24 * DAY) == 1
    assert remind_owners(now=NOW + 25 * DAY) == 0
    Voucher.objects.filter(pk=held.pk).update(state="active")
    assert remind_owners(now=held.expires_at - 31 * DAY) == 0
    assert remind_owners(now=held.expires_at - 29 * DAY) == 1
    assert remind_owners(now=held.expires_at - 28 * DAY) == 0
    assert remind_owners(now=held.expires_at) == 0
    assert VoucherStep.objects.filter(voucher=held, what="reminded").count() == 2
    tasks.mail_reminder(held.pk)
    [sent] = mail.outbox
    assert sent.to == ["ada@example.com"] and sent.subject == f"Repair plan for {held.about} lapses soon"
    Voucher.objects.filter(pk=held.pk).update(state="closed")
    tasks.mail_reminder(held.pk)
    assert len(mail.outbox) == 1


def test_who_has_less_time_than_a_reminder_is_not_reminded():
    held = a_voucher(StoreFactory(), owner=UserFactory(), activate_days=5)
    assert remind_owners(now=NOW + DAY) == 0
    assert Voucher.objects.get(pk=held.pk).reminded_at is None


def test_offers_and_answers_are_mailed_to_both():
    ada, ben = UserFactory(email="ada@example.com", name="Ada"), UserFactory(email="ben@example.com")
    held = a_voucher(StoreFactory(), owner=ada)
    gift = offer_voucher(voucher=held, by=CUSTOMER, now=NOW, email="ben@example.com", words="Enjoy")
    tasks.mail_gift(gift.pk, ada.pk)
    decline_voucher(token=gift.token, now=NOW)
    tasks.mail_gift(gift.pk, ada.pk)
    again = offer_voucher(voucher=held, by=CUSTOMER, now=NOW, email="ben@example.com")
    accept_voucher(token=again.token, user=ben, address=None, now=NOW)
    tasks.mail_gift(again.pk, ada.pk)
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["ben@example.com"], "Ada passes a service voucher on to you"),
        (["ada@example.com"], f"Your voucher for {held.about} stays with you"),
        (["ada@example.com"], f"Your voucher for {held.about} has been taken"),
    ]
    assert gift.token in mail.outbox[0].body and "Enjoy" in mail.outbox[0].body
    VoucherGift.objects.filter(pk=again.pk).update(state="withdrawn")
    tasks.mail_gift(again.pk, ada.pk)
    assert len(mail.outbox) == 3


def test_signing_in_brings_the_vouchers_that_a_guest_bought():
    store = StoreFactory()
    program(store.union)
    _order, [held] = issued(store, purchase__email="Ada@Example.com")
    _other, [stays] = issued(store, purchase__email="someone@example.com")
    assert (held.owner, held.email) == (None, "ada@example.com")
    ada = UserFactory(email="ada@example.com", verified=False)
    Client().force_login(ada)
    held.refresh_from_db()
    assert held.owner is None
    EmailAddress.objects.filter(user=ada).update(verified=True)
    assert Client().post("/account/login/", {"login": ada.email, "password": PASSWORD}).status_code == 302
    held.refresh_from_db()
    stays.refresh_from_db()
    assert (held.owner, held.email, stays.owner) == (ada, "", None)


def test_what_was_bought_without_signing_in_reaches_an_account_that_has_the_address():
    store, ada = StoreFactory(), UserFactory(email="ada@example.com", language="ko")
    program(store.union)
    order, [held] = issued(store, purchase__email="Ada@example.com", purchase__language="en")
    tasks.mail_vouchers(order.pk, held.pk)
    held.refresh_from_db()
    assert (held.owner, held.email) == (ada, "")
    [sent] = mail.outbox
    assert sent.to == ["ada@example.com"] and sent.subject.endswith("서비스 이용권 1장")


def test_an_address_that_is_not_proved_gets_the_mail_but_not_the_voucher():
    store = StoreFactory()
    program(store.union)
    UserFactory(email="ada@example.com", verified=False)
    order, [held] = issued(store, purchase__email="ada@example.com")
    tasks.mail_vouchers(order.pk, held.pk)
    held.refresh_from_db()
    assert (held.owner, held.email, len(mail.outbox)) == (None, "ada@example.com", 1)


def test_a_store_adopts_an_extra_and_it_stands_in_its_catalogue():
    variant = VariantFactory()
    store, taxes = variant.store, variant.product.tax_class
    plan = program(store.union, sale="extra", price=900, title="Care plan", translations={"ko": {"title": "관리"}})
    offer = adopt_program(program=plan, store=store, tax_class=taxes, actor=None, now=NOW)
    product = offer.variant.product
    assert (product.title, product.kind, product.is_published) == ("Care plan", "service", True)
    assert (offer.variant.price, offer.variant.tracks_stock, product.store) == (900, False, store)
    # It is bought now and used some day: no time is agreed for it, neither on its page nor in the cart.
    assert product.by_appointment is False
    client, union = Client(), store.union
    assert "agrees a time" not in client.get(f"/u/{union.slug}/{store.slug}/{product.slug}/").content.decode()
    client.post(f"/u/{union.slug}/cart/add/", {"variant": offer.variant.pk, "quantity": 1})
    [part] = review_cart(cart=Cart.objects.get(), now=NOW).parts
    assert [line.kind for line in part.lines] == ["service"] and not part.has_service
    order = sold(store)
    order.lines.update(variant=offer.variant, kind="service")
    assert not awaits_time(purchase_by_token(union=union, token=order.purchase.token).orders.all()[0])
    assert product.translations["ko"]["title"] == "관리"
    stop_offering(offer=offer, actor=None, now=NOW)
    assert not Product.objects.get(pk=product.pk).is_published
    publish_version(program=plan, promise=promise(sale="extra", price=1100, title="Care plan"), now=NOW)
    again = adopt_program(program=plan, store=store, tax_class=taxes, actor=None, now=NOW + DAY)
    assert (again.pk, again.is_open, again.variant.pk, again.variant.price) == (offer.pk, True, offer.variant.pk, 1100)
    end_program(program=plan, now=NOW + 2 * DAY)
    assert not ProgramOffer.objects.get().is_open
    assert not Product.objects.get(pk=product.pk).is_published
    with pytest.raises(ProgramNotOpen):
        adopt_program(program=plan, store=store, tax_class=taxes, actor=None, now=NOW + 3 * DAY)


def test_what_is_included_or_belongs_to_others_is_not_adopted():
    variant = VariantFactory()
    store, taxes = variant.store, variant.product.tax_class
    with pytest.raises(NotSoldAsExtra):
        adopt_program(program=program(store.union), store=store, tax_class=taxes, actor=None, now=NOW)
    other = StoreFactory(union=store.union)
    for foreign in (
        program(other.union, store=other, sale="extra", price=9),
        program(UnionFactory(), sale="extra", price=9),
    ):
        with pytest.raises(Invalid):
            adopt_program(program=foreign, store=store, tax_class=taxes, actor=None, now=NOW)
    assert not ProgramOffer.objects.exists()


def test_a_good_shows_what_comes_with_it_and_extras_go_into_the_cart_with_it():
    tools = CategoryFactory()
    drills = CategoryFactory(union=tools.union, parent=tools, ancestors=[tools.pk], slug="drills")
    store = StoreFactory(union=tools.union)
    drill = VariantFactory(product__store=store, product__category=drills, price=5000, stock=9)
    bread = VariantFactory(product__store=store, product__category=None, price=300, stock=9)
    union, taxes = store.union, drill.product.tax_class
    program(union, title="Repair plan", fits=[Fits(category=tools, price_from=1000)])
    program(union, title="Another store's", store=StoreFactory(union=union))
    plan = program(union, sale="extra", price=900, title="Care plan", fits=[Fits(category=tools)])
    offer = adopt_program(program=plan, store=store, tax_class=taxes, actor=None, now=NOW)
    memory.forget()

    def page_of(variant):
        return Client().get(f"/u/{union.slug}/{store.slug}/{variant.product.slug}/").content.decode()

    page = page_of(drill)
    assert "Repair plan included" in page and "Care plan" in page and f'value="{offer.variant.pk}"' in page
    assert "Another store" not in page
    assert "Repair plan" not in page_of(bread) and f'value="{offer.variant.pk}"' not in page_of(bread)
    terms = Client().get(f"/u/{union.slug}/programs/{plan.ref}/").content.decode()
    assert "We repair what breaks." in terms and "Care plan" in terms
    assert Client().get(f"/u/{union.slug}/programs/nothing/").status_code == 404
    assert Client().get(f"/u/{union.slug}/programs/{plan.ref}/?version=9").status_code == 404

    client = Client()
    address = f"/u/{union.slug}/cart/"
    client.post(f"{address}add/", {"variant": drill.pk, "quantity": 2})
    cart = client.get(address).content.decode()
    assert "Add Care plan" in cart and f'name="variant" value="{offer.variant.pk}"' in cart
    assert 'name="quantity" value="2"' in cart
    client.post(f"{address}add/", {"variant": drill.pk, "quantity": 1, "also": [offer.variant.pk, "nonsense"]})
    lines = dict(CartLine.objects.order_by("pk").values_list("variant", "quantity"))
    assert lines == {drill.pk: 3, offer.variant.pk: 1}
    assert "Add Care plan" not in client.get(address).content.decode()


def reviewed(user):
    return review_cart(cart=Cart.objects.select_related("union").get(user=user), now=timezone.now())


def test_an_extra_without_its_good_is_refused_in_the_cart_and_cannot_be_paid():
    drill = VariantFactory(stock=9)
    store, union, ada, client = drill.store, drill.store.union, UserFactory(), Client()
    other = VariantFactory(product__store=store, stock=9)
    plan = program(union, sale="extra", price=900, title="Care plan", fits=[Fits(product=drill.product)])
    extra = adopt_program(program=plan, store=store, tax_class=drill.product.tax_class, actor=None, now=NOW).variant
    memory.forget()
    client.force_login(ada)
    address = f"/u/{union.slug}/cart/"
    client.post(f"{address}add/", {"variant": extra.pk, "quantity": 1})
    client.post(f"{address}add/", {"variant": other.pk, "quantity": 1})
    words = "Care plan goes with goods of this store, and none that it is for is in the cart. Add one, or take it out."
    page = client.get(address).content.decode()
    assert words in page and "To the details" not in page
    review = reviewed(ada)
    assert [str(change) for change in review.changes] == [words] and "lines" in review.missing
    assert {line.title: line.is_fine for line in review.lines} == {"Care plan": False, other.product.title: True}
    client.post(f"{address}add/", {"variant": drill.pk, "quantity": 1})
    assert "lines" not in reviewed(ada).missing and "To the details" in client.get(address).content.decode()


def test_the_checkout_and_the_paid_page_say_what_comes_with_it():
    drill = VariantFactory(stock=9)
    store, union, ada, client = drill.store, drill.store.union, UserFactory(), Client()
    program(union, title="Repair plan")
    program(union, title="For lamps", fits=[Fits(product=VariantFactory(product__store=store).product)])
    memory.forget()
    client.force_login(ada)
    client.post(f"/u/{union.slug}/cart/add/", {"variant": drill.pk, "quantity": 1})
    template = Template("{% load care %}{% cart_promises union review %}")
    page = template.render(Context({"union": union, "review": reviewed(ada)}))
    assert "Service that comes with it" in page and "Repair plan" in page and "For lamps" not in page
    order = sold(store, owner=ada, state="paid")
    order.lines.update(variant=drill)
    tracked = f"/u/{union.slug}/track/{order.purchase.token}/"
    page = client.get(tracked).content.decode()
    assert "Service that comes with it" in page and "Repair plan" in page and "For lamps" not in page
    order.__class__.objects.filter(pk=order.pk).update(state="delivered")
    assert issue_vouchers(order_ids=[order.pk], now=timezone.now()) == 1
    assert "Service that comes with it" not in client.get(tracked).content.decode()


def test_after_the_purchase_an_extra_can_still_be_bought():
    drill = VariantFactory(stock=9)
    store, union = drill.store, drill.store.union
    plan = program(union, sale="extra", price=900, title="Care plan")
    adopt_program(program=plan, store=store, tax_class=drill.product.tax_class, actor=None, now=NOW)
    ada, client = UserFactory(), Client()
    client.force_login(ada)
    order = sold(store, owner=ada)
    order.lines.update(variant=drill)
    memory.forget()
    address = f"/u/{union.slug}/track/{order.purchase.token}/"
    assert "Add Care plan" in client.get(address).content.decode()
    assert "Add Care plan" not in Client().get(address).content.decode()
    client.post(f"/u/{union.slug}/cart/add/", {"variant": plan.offers.get().variant_id, "quantity": 1})
    assert [line.refusal for line in reviewed(ada).lines] == [""]
    client.post(f"/u/{union.slug}/cart/add/", {"variant": plan.offers.get().variant_id, "quantity": 1})
    assert [line.refusal for line in reviewed(ada).lines] == [
        "Care plan is for one piece of goods each, and goes with 1 here. Please lower the quantity."
    ]
    order.__class__.objects.filter(pk=order.pk).update(state="cancelled")
    assert "Add Care plan" not in client.get(address).content.decode()
    assert timezone.now() > NOW
