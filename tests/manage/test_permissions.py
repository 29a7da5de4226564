"""Who may open and send what: every management page, every kind of person."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from PIL import Image

from ascc.models import ProgramOffer, ProgramVersion, ServiceProgram, Voucher
from martunion.urls.manage import urlpatterns
from matching.models import CallSettings, MatchRequest, MatchResponse, Subscription
from matching.services.answering import Answer, answer_call
from orders.models import Bookable, Reservation, Resource
from stores.models import ApiKey, DeliveryOption, OpeningHours, StaffInvitation, StockMovement, StoreStaff
from tests.factories.ascc import program as sold_program
from tests.factories.ascc import voucher as sold_voucher
from tests.factories.matching import code as lamp_code
from tests.factories.matching import thrown
from tests.factories.reservations import ReservationFactory, repair_shop
from tests.manage.people import ALL_PERMISSIONS, Shop, other_office, shopper

pytestmark = pytest.mark.django_db

PAGES = {
    "": None,
    "orders/": "orders",
    "orders/{order}/": "orders",
    "orders/{order}/slip/": "orders",
    "payment-requests/": "orders",
    "catalogue/": "catalogue",
    "catalogue-new/": "catalogue",
    "catalogue/loaf/": "catalogue",
    "catalogue/loaf/variant/": "catalogue",
    "stock/": "stock",
    "stock/LOAF-1/": "stock",
    "stock-movements/": "stock",
    "settings/": "catalogue",
    "hours/": "catalogue",
    "delivery/": "catalogue",
    "delivery/option/": "catalogue",
    "team/": "team",
    "keys/": "team",
    "reservations/": "orders",
    "reservations/calendar/": "orders",
    "reservations/new/": "orders",
    "reservations/{reservation}/": "orders",
    "booking/": "catalogue",
    "booking/services/new/": "catalogue",
    "booking/services/{service}/": "catalogue",
    "booking/resources/new/": "catalogue",
    "booking/resources/{resource}/": "catalogue",
    "programs/": "catalogue",
    "programs/new/": "catalogue",
    "programs/figures/": "orders",
    "programs/vouchers/": "orders",
    "programs/vouchers.csv": "orders",
    "programs/vouchers/{voucher}/": "orders",
    "programs/{program}/": "catalogue",
    "programs/{program}/version/": "catalogue",
    "calls/": "console",
    "calls/open/": "console",
    "calls/figures/": "console",
    "calls/figures.csv": "console",
    "calls/{call}/": "console",
    "calls/{call}/pictures/{picture}/": "console",
    "signals/": "catalogue",
}
SENT = {
    "orders/{order}/accept/": "orders",
    "orders/{order}/cancel/": "orders",
    "payment-requests/": "orders",
    "payment-requests/{order}/withdraw/": "orders",
    "payment-requests/{order}/give-back/": "orders",
    "catalogue-new/": "catalogue",
    "catalogue/loaf/": "catalogue",
    "catalogue/loaf/publish/": "catalogue",
    "catalogue/loaf/unpublish/": "catalogue",
    "catalogue/loaf/archive/": "catalogue",
    "catalogue/loaf/restore/": "catalogue",
    "catalogue/loaf/variant/": "catalogue",
    "catalogue/loaf/variants/archive/": "catalogue",
    "catalogue/loaf/variants/restore/": "catalogue",
    "catalogue/loaf/options/": "catalogue",
    "catalogue/loaf/price/": "catalogue",
    "catalogue/loaf/pictures/": "catalogue",
    "catalogue/loaf/pictures/delete/": "catalogue",
    "stock/LOAF-1/": "stock",
    "stock/LOAF-1/low/": "stock",
    "settings/": "catalogue",
    "settings/front-gone/": "catalogue",
    "publish/": "catalogue",
    "unpublish/": "catalogue",
    "hours/": "catalogue",
    "hours/holidays/": "catalogue",
    "hours/special-day-gone/": "catalogue",
    "delivery/option/": "catalogue",
    "delivery/offer/": "catalogue",
    "team/": "team",
    "team/permissions/": "team",
    "team/remove/": "team",
    "team/owner/": "team",
    "team/owner-remove/": "team",
    "team/withdraw/": "team",
    "keys/": "team",
    "keys/revoke/": "team",
    "reservations/new/": "orders",
    "reservations/{reservation}/accept/": "orders",
    "reservations/{reservation}/counter/": "orders",
    "reservations/{reservation}/cancel/": "orders",
    "booking/services/new/": "catalogue",
    "booking/services/{service}/": "catalogue",
    "booking/resources/new/": "catalogue",
    "booking/resources/{resource}/": "catalogue",
    "booking/resources/{resource}/day-gone/": "catalogue",
    "programs/new/": "catalogue",
    "programs/{program}/version/": "catalogue",
    "programs/{program}/end/": "catalogue",
    "programs/{program}/adopt/": "catalogue",
    "programs/{program}/stop/": "catalogue",
    "calls/{call}/": "console",
    "calls/{call}/decline/": "console",
    "calls/{call}/withdraw/": "console",
    "signals/": "catalogue",
    "signals/add/": "catalogue",
    "signals/remove/": "catalogue",
}


def address(shop: Shop, path: str) -> str:
    """The page's address; what reservations need is made when a page asks for it."""
    names = {"order": shop.order.number}
    if path.startswith(("reservations/{", "booking/services/{", "booking/resources/{")):
        held = Reservation.objects.filter(store=shop.store).first() or ReservationFactory(
            bookable=repair_shop(store=shop.store), starts_at=timezone.now() + timedelta(days=3)
        )
        names |= {"reservation": held.number, "service": held.bookable.key, "resource": held.resource.key}
    if path.startswith(("programs/{", "programs/vouchers/{")):
        program = ServiceProgram.objects.filter(store=shop.store).first() or sold_program(
            shop.store.union, store=shop.store
        )
        held = Voucher.objects.filter(store=shop.store).first() or sold_voucher(shop.store)
        names |= {"program": program.ref, "voucher": held.code}
    if path.startswith("calls/{"):
        call = open_call(shop)
        names |= {"call": call.ref, "picture": call.pictures[0]}
    return shop.url(path.format(**names))


def open_call(shop: Shop) -> MatchRequest:
    """A wish with a picture that was called to the store, with its answer."""
    found = MatchRequest.objects.filter(stores__contains=[shop.store.pk]).first()
    if found is None:
        lamp = lamp_code()
        Subscription.objects.create(union=shop.store.union, store=shop.store, code=lamp)
        now = timezone.now()
        picture = io.BytesIO()
        Image.new("RGB", (60, 60)).save(picture, "PNG")
        found = thrown(shop.store.union, now=now, pictures=[SimpleUploadedFile("lamp.png", picture.getvalue())])
        said = Answer(title="Lamp", price=100)
        answer_call(request=found, store=shop.store, answer=said, by="person", actor=None, now=now)
    return found


def state_of(shop: Shop) -> list:
    """Everything that a form of these pages could change."""
    shop.store.refresh_from_db()
    shop.product.refresh_from_db()
    shop.variant.refresh_from_db()
    shop.order.refresh_from_db()
    models = (
        StoreStaff,
        StaffInvitation,
        ApiKey,
        StockMovement,
        OpeningHours,
        DeliveryOption,
        Reservation,
        Bookable,
        Resource,
        ServiceProgram,
        ProgramVersion,
        ProgramOffer,
        CallSettings,
        MatchRequest,
        MatchResponse,
        Subscription,
    )
    rows = [shop.store, shop.product, shop.variant, shop.order]
    return [
        [{name: value for name, value in vars(row).items() if not name.startswith("_")} for row in rows],
        [list(model.objects.order_by("pk").values()) for model in models],
    ]


@pytest.mark.parametrize(("path", "permission"), PAGES.items(), ids=PAGES)
def test_page_opens_for_those_who_may(shop, path, permission):
    url = address(shop, path)
    others = [name for name in ALL_PERMISSIONS if name != permission]
    assert shop.owner().get(url).status_code == 200
    assert shop.office().get(url).status_code == 200
    assert shop.staff(permission or "console").get(url).status_code == 200
    assert shop.staff(*others).get(url).status_code == (403 if permission else 200)
    assert shop.colleague_next_door().get(url).status_code == 404
    assert other_office().get(url).status_code == 404
    assert shopper().get(url).status_code == 404
    anonymous = Client().get(url)
    assert (anonymous.status_code, anonymous.headers["Location"]) == (302, f"/account/login/?next={url}")


@pytest.mark.parametrize(("path", "permission"), SENT.items(), ids=SENT)
def test_form_is_refused_to_those_who_may_not_and_changes_nothing(shop, path, permission):
    url = address(shop, path)
    others = [name for name in ALL_PERMISSIONS if name != permission]
    people = [
        (shop.staff(*others), 403),
        (shop.office(), 403),
        (shop.colleague_next_door(), 404),
        (other_office(), 404),
        (shopper(), 404),
        (Client(), 302),
    ]
    before = state_of(shop)
    assert [person.post(url, {}).status_code for person, _status in people] == [status for _person, status in people]
    assert state_of(shop) == before


def test_every_store_page_of_the_namespace_is_in_these_tables(shop):
    """Settlement has tables of its own in tests/payments, talks and prices in tests/chat and tests/orders."""
    known = {address(shop, path) for path in (*PAGES, *SENT)}
    resolver = get_resolver()
    names = {resolver.resolve(url).url_name for url in known}
    elsewhere = ("chat.", "orders.views.manage.settlement", "orders.views.manage.proposals")
    ours = [pattern for pattern in urlpatterns if not pattern.callback.__module__.startswith(elsewhere)]
    per_store = {pattern.name for pattern in ours if "store" in pattern.pattern.regex.groupindex}
    assert per_store == names


def test_sections_show_what_a_person_may(shop):
    page = shop.staff("stock").get(shop.url())
    assert [section["title"] for section in page.context["sections"]] == ["Today", "Stock"]
    body = page.content.decode()
    assert "Running low" in body
    assert "New orders" not in body
    assert shop.url("orders/") not in body


def test_a_store_of_another_union_with_the_same_slug_stays_apart(shop):
    from tests.factories.stores import StoreFactory

    twin = StoreFactory(slug=shop.store.slug)
    assert shop.owner().get(f"/manage/{twin.union.slug}/{twin.slug}/").status_code == 404
