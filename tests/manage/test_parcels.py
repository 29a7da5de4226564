"""Parcels, the counter, and several orders at once, on the management pages."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import HandOver, Order, Shipment
from orders.queries.manage import work_list
from orders.services.handing import ask_for_proof, code_of
from orders.services.tracking import record_event
from stores.models import FileRun, StockLevel
from stores.services.files.running import run_file
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory
from tests.factories.parcels import carrier_service, line_ids, packed_order, sent
from tests.factories.stores import StoreFactory, VariantFactory
from tests.orders.test_hand_over import drawing, wrong_for

pytestmark = pytest.mark.django_db


def state_of(order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def texts_of(content: bytes) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_part_of_an_order_is_sent_with_a_carrier_of_the_union(shop):
    order, client = packed_order(store=shop.store), shop.staff("orders")
    service = carrier_service(shop.store.union)
    page = client.get(shop.url(f"orders/{order.number}/"))
    first, second = line_ids(order)
    assert [name for name in page.context["ship"].fields if name.startswith("pieces")] == [
        f"pieces-{first}",
        f"pieces-{second}",
    ]
    assert "Peninsula Post · Standard, 1–3 days, £4.20" in page.content.decode()
    assert "sent in part" not in page.content.decode()
    assert "Needed when it is not on the list." in page.content.decode()
    sent_form = {"service": service.pk, f"pieces-{first}": 2, f"pieces-{second}": 0, "weight": 900}
    client.post(shop.url(f"orders/{order.number}/ship/"), sent_form)
    parcel = Shipment.objects.get()
    assert (state_of(order), parcel.carried_by, parcel.lines.get().quantity) == ("packed", service.carrier, 2)
    page = client.get(shop.url(f"orders/{order.number}/"))
    assert page.context["ship"]["service"].initial == str(service.pk)
    assert parcel.number in page.content.decode()
    assert ">sent in part</span>" in page.content.decode()
    slip = client.get(shop.url(f"orders/{order.number}/slip/?parcel={parcel.number}"))
    assert [row["quantity"] for row in slip.context["rows"]] == [2]
    rest = client.get(shop.url(f"orders/{order.number}/slip/"))
    assert [row["quantity"] for row in rest.context["rows"]] == [1, 2]
    client.post(shop.url(f"orders/{order.number}/ship/"), {"service": service.pk})
    assert state_of(order) == "shipped"


def test_too_many_pieces_or_none_are_said_on_the_form(shop):
    order, client = packed_order(store=shop.store), shop.staff("orders")
    first, second = line_ids(order)
    for many in ({f"pieces-{first}": 4}, {f"pieces-{first}": 0, f"pieces-{second}": 0}):
        answer = client.post(shop.url(f"orders/{order.number}/ship/"), {"carrier": "Post", **many})
        assert (answer.status_code, bool(answer.context["ship"].errors)) == (200, True)
    assert (state_of(order), Shipment.objects.count()) == ("packed", 0)


def test_a_parcel_is_followed_brought_again_and_taken_back(shop):
    order, client = packed_order(store=shop.store), shop.staff("orders")
    parcel = sent(order)
    address = shop.url(f"parcels/{parcel.number}/")
    assert [row.number for row in client.get(shop.url("parcels/")).context["page"].object_list] == [parcel.number]
    event = {"state": "failed", "place": "Truro", "words": "Nobody there", "once": "a"}
    for _ in range(2):
        client.post(f"{address}event/", event)
    assert parcel.events.filter(state="failed").count() == 1
    page = client.get(address)
    assert (page.context["tries"], page.context["moments"][-1]["state"]) == (1, "now")
    assert "Nobody there" in page.content.decode()
    assert client.get(shop.url("parcels/")).context["failed"] == 1
    client.post(f"{address}again/", {"once": "b", "words": "Tomorrow"})
    parcel.refresh_from_db()
    assert parcel.state == "in_transit"
    answer = client.post(f"{address}again/", {"once": "c"}, follow=True)
    assert "moved on" in said(answer)
    client.post(f"{address}back/", {"once": "d"})
    parcel.refresh_from_db()
    assert (parcel.state, state_of(order)) == ("returned", "shipped")
    page = client.get(shop.url(f"orders/{order.number}/"))
    assert page.context["step"] == "ship"
    client.post(shop.url(f"orders/{order.number}/ship/"), {"carrier": "Post"})
    assert Shipment.objects.filter(order=order, state="in_transit").count() == 1


def test_an_event_ahead_of_time_is_refused_beside_its_field(shop):
    parcel = sent(packed_order(store=shop.store))
    later = (timezone.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")
    answer = shop.staff("orders").post(shop.url(f"parcels/{parcel.number}/event/"), {"state": "failed", "at": later})
    assert answer.context["form"].errors["at"] == ["This time lies ahead."]
    assert parcel.events.count() == 1


def test_a_parcel_of_another_store_does_not_exist_here(shop):
    parcel = sent(packed_order(store=StoreFactory(union=shop.store.union)))
    client = shop.owner()
    assert client.get(shop.url(f"parcels/{parcel.number}/")).status_code == 404
    assert client.post(shop.url(f"parcels/{parcel.number}/back/")).status_code == 404
    assert parcel.events.count() == 1


def test_a_carriers_file_goes_where_all_files_come_in(shop):
    client = shop.staff("orders")
    parcel = sent(packed_order(store=shop.store), now=timezone.now() - timedelta(hours=2), tracking_number="JV1")
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    page = client.get(shop.url("parcels/upload/"))
    assert (page.context["columns"], page.context["form"]["is_dry"].value()) == (
        ["number", "state", "at", "place", "words", "id"],
        False,
    )
    assert f'action="{shop.url("files/in/tracking/")}"' in page.content.decode()
    file = SimpleUploadedFile("a.csv", f"number,state,at\nJV1,delivered,{at}\nNO,failed,{at}\n".encode())
    answer = client.post(shop.url("files/in/tracking/"), {"file": file, "once": page.context["once"]})
    run = FileRun.objects.get(store=shop.store)
    assert (answer.status_code, answer.headers["Location"]) == (302, shop.url(f"files/{run.ref}/"))
    run_file(run_id=run.pk, now=timezone.now())
    report = client.get(shop.url(f"files/{run.ref}/"), {"report": "1"})
    assert "there is no parcel “NO”" in b"".join(report.streaming_content).decode("utf-8-sig")
    run.refresh_from_db()
    parcel.refresh_from_db()
    assert (run.outcomes, parcel.state) == ({"created": 1, "refused": 1}, "delivered")


def test_the_counter_asks_for_what_the_store_wants(shop):
    client = shop.owner()
    client.post(shop.url("parcels/counter/"), {"proof": "code"})
    order = packed_order(store=shop.store, delivery_kind="pickup")
    address = shop.url(f"orders/{order.number}/")
    page = client.get(address)
    assert (page.context["proof"], 'class="button go large">Handed over' in page.content.decode()) == ("code", True)
    assert code_of(order=order) not in page.content.decode()
    refused = client.post(f"{address}hand_over/", follow=True)
    assert "Ask the shopper for the code" in said(refused)
    answer = client.post(f"{address}counter/code/", {"code": wrong_for(order)})
    assert answer.context["code"].errors["code"] == ["This is not the code of this order."]
    assert state_of(order) == "packed"
    client.post(f"{address}counter/code/", {"code": code_of(order=order)})
    assert (state_of(order), HandOver.objects.get().how) == ("delivered", "code")


def test_a_signature_is_kept_for_the_stores_people(shop):
    ask_for_proof(store=shop.store, proof="signature", actor=UserFactory(), now=timezone.now())
    order, client = packed_order(store=shop.store, delivery_kind="pickup"), shop.staff("orders")
    address = shop.url(f"orders/{order.number}/")
    empty = client.post(f"{address}counter/sign/", {"name": "Ada", "signature": drawing(stroke=False)})
    assert "Let the shopper sign in the field." in empty.content.decode()
    client.post(f"{address}counter/sign/", {"name": "Ada", "signature": drawing()})
    assert state_of(order) == "delivered"
    assert client.get(f"{address}signature.png").content.startswith(b"\x89PNG")
    assert "signature.png" in client.get(address).content.decode()


def test_several_orders_are_accepted_and_packed_at_once(shop):
    client = shop.staff("orders")
    ready = [OrderFactory(store=shop.store, state="accepted") for _ in range(2)]
    done = OrderFactory(store=shop.store, state="shipped")
    foreign = OrderFactory(store=StoreFactory(union=shop.store.union), state="accepted")
    numbers = [order.number for order in (*ready, done, foreign)]
    answer = client.post(shop.url("orders/bulk/"), {"do": "pack", "order": numbers}, follow=True)
    assert "2 orders packed." in said(answer)
    assert done.number in said(answer)
    assert foreign.number not in said(answer)
    assert [state_of(order) for order in (*ready, done, foreign)] == ["packed", "packed", "shipped", "accepted"]
    free = packed_order(store=shop.store, state="paid", goods_total=0, delivery_total=0, total=0)
    answer = client.post(
        shop.url("orders/bulk/"), {"do": "accept", "order": [free.number, shop.order.number]}, follow=True
    )
    assert ("1 order accepted." in said(answer), shop.order.number in said(answer)) == (True, True)
    assert (state_of(free), state_of(shop.order)) == ("accepted", "paid")
    assert "Choose at least one" in said(client.post(shop.url("orders/bulk/"), {"do": "pack"}, follow=True))


def test_a_pick_list_sums_what_is_still_to_go(shop):
    client = shop.staff("orders")
    first = packed_order(store=shop.store, state="accepted")
    second = packed_order(store=shop.store)
    sent(second, 1)
    answer = client.post(shop.url("orders/bulk/"), {"do": "pick", "order": [first.number, second.number]})
    page = client.get(answer.headers["Location"])
    assert [(pick.sku, pick.quantity, pick.orders) for pick in page.context["picks"]] == [
        ("THING-0", 5, [(first.number, 3), (second.number, 2)]),
        ("THING-1", 4, [(first.number, 2), (second.number, 2)]),
    ]
    paper = client.get(answer.headers["Location"].replace("pick-list/", "pick-list.pdf"))
    assert paper.headers["Content-Type"] == "application/pdf"
    assert ("THING-0" in texts_of(paper.content), first.number in texts_of(paper.content)) == (True, True)
    without = client.get(shop.url("orders/pick-list/"))
    assert [pick.quantity for pick in without.context["picks"]] == [3, 2]


def test_a_pick_list_goes_from_shelf_to_shelf(shop):
    order = packed_order(store=shop.store, state="accepted", pieces=(1, 1, 1))
    for line, shelf in zip(order.lines.order_by("id"), ("B2", "", "A1"), strict=True):
        line.variant = VariantFactory(store=shop.store)
        line.save(update_fields=["variant"])
        StockLevel.objects.filter(variant=line.variant).update(shelf=shelf)
    page = shop.staff("orders").get(shop.url("orders/pick-list/"))
    assert [(pick.shelf, pick.sku) for pick in page.context["picks"]] == [
        ("A1", "THING-2"),
        ("B2", "THING-0"),
        ("", "THING-1"),
    ]


def test_slips_of_many_orders_have_a_page_each(shop):
    client = shop.staff("orders")
    assert client.get(shop.url("orders/slips/")).status_code == 302
    orders = [packed_order(store=shop.store, purchase__recipient=f"Ada {at}") for at in range(3)]
    page = client.get(shop.url("orders/slips/"))
    assert [slip["order"] for slip in page.context["slips"]] == orders
    text = texts_of(client.get(shop.url("orders/slips.pdf")).content)
    assert all(order.number in text for order in orders)
    assert "£" not in text


def test_ten_thousand_open_orders_are_as_many_queries_as_three(shop):
    client = shop.staff("orders")

    def queries() -> int:
        client.get(shop.url("orders/"))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(shop.url("orders/?page=2")).status_code == 200
        return len([row for row in captured if not row["sql"].startswith(("SAVEPOINT", "RELEASE"))])

    for _ in range(30):
        OrderFactory(store=shop.store, state="paid")
    few = queries()
    store, purchase = shop.store, shop.order.purchase
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH bought AS (
                INSERT INTO orders_purchase (union_id, number, token, email, recipient, phone, line1, line2, city,
                    region, postal_code, country, note, language, currency, total, origin, external_id, placed_at)
                SELECT union_id, 'MANY-' || n, 'many-' || n, email, recipient, phone, line1, line2, city, region,
                    postal_code, country, note, language, currency, total, origin, external_id, placed_at
                FROM orders_purchase, generate_series(1, 10000) n WHERE id = %s RETURNING id, number
            )
            INSERT INTO orders_order (union_id, purchase_id, store_id, membership_id, number, state, currency,
                goods_total, delivery_total, tax_total, total, commission_bp, commission_tax_bp, delivery_kind,
                delivery_name,                delivery_tax_bp, deadline, cancel_reason, placed_at, changed_at)
            SELECT o.union_id, bought.id, o.store_id, o.membership_id, bought.number, 'paid', o.currency, o.goods_total,
                o.delivery_total, o.tax_total, o.total, 0, 0, o.delivery_kind, o.delivery_name, 0, o.deadline, '',
                o.placed_at, o.changed_at
            FROM bought, orders_order o WHERE o.id = %s
            """,
            [purchase.pk, shop.order.pk],
        )
    assert work_list(store, now=timezone.now()).count() > 10_000
    assert queries() == few


def test_the_shopper_sees_parcels_and_what_was_told_of_them(shop, client):
    order = packed_order(store=shop.store)
    first = sent(order, 3)
    at = timezone.now()
    said_of = {"at": at, "now": at, "source": "api", "external_id": "1"}
    record_event(shipment=first, state="failed", place="Truro", words="Nobody there", **said_of)
    sent(order)
    url = f"/u/{shop.store.union.slug}/track/{order.purchase.token}/"
    page = client.get(url).content.decode()
    assert ("Parcel 1 of 2" in page, "Could not be delivered" in page, "Truro · Nobody there" in page) == (True,) * 3
    seen = client.get(url).context["poll_url"].split("seen=")[1]
    quiet = client.get(f"{url}?seen={seen}", headers={"HX-Request": "true"})
    assert quiet.status_code == 204
    record_event(shipment=first, state="in_transit", **said_of | {"external_id": "2"})
    assert client.get(f"{url}?seen={seen}", headers={"HX-Request": "true"}).status_code == 200


def test_the_shopper_sees_the_code_while_it_is_asked_for(shop, client):
    order = packed_order(store=shop.store, delivery_kind="pickup")
    url = f"/u/{shop.store.union.slug}/track/{order.purchase.token}/"
    assert code_of(order=order) not in client.get(url).content.decode()
    ask_for_proof(store=shop.store, proof="code", actor=UserFactory(), now=timezone.now())
    assert code_of(order=order) in client.get(url).content.decode()
    Order.objects.filter(pk=order.pk).update(state="delivered")
    assert code_of(order=order) not in client.get(url).content.decode()
