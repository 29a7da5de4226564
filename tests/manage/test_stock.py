import pytest

from stores.models import StockLevel, StockMovement
from stores.services.stock import HoldWant, set_holds
from tests.factories.stores import VariantFactory

pytestmark = pytest.mark.django_db


def book(shop, client=None, **changes):
    form = {"action": "receive", "quantity": "5", "reason": "Delivery", "once": "a", **changes}
    return (client or shop.staff("stock")).post(shop.url("stock/LOAF-1/"), form)


def level(shop):
    return StockLevel.objects.values_list("on_hand", "held", "available").get(variant=shop.variant)


@pytest.mark.parametrize(
    ("action", "quantity", "after", "kind", "change"),
    [("receive", "5", 15, "received", 5), ("take_out", "4", 6, "taken_out", -4), ("adjust", "7", 7, "adjusted", -3)],
)
def test_booking_moves_stock_with_its_reason_and_actor(shop, action, quantity, after, kind, change):
    assert book(shop, action=action, quantity=quantity, reason="Tuesday").status_code == 302
    assert level(shop) == (after, 0, after)
    movement = StockMovement.objects.latest("pk")
    assert (movement.kind, movement.quantity, movement.reason) == (kind, change, "Tuesday")
    assert movement.actor is not None


def test_booking_sent_twice_is_booked_once(shop):
    client = shop.staff("stock")
    assert [book(shop, client).status_code for _ in range(2)] == [302, 302]
    assert level(shop) == (15, 0, 15)
    book(shop, client, once="b")
    assert level(shop) == (20, 0, 20)


def test_taking_out_what_carts_hold_is_refused_and_kept(shop):
    from django.utils import timezone

    set_holds(union=shop.store.union, wants=[HoldWant("cart-line:1", shop.variant.pk, 8)], now=timezone.now())
    answer = book(shop, action="take_out", quantity="3")
    assert answer.status_code == 200
    assert answer.context["form"].errors["quantity"] == [
        "Only 2 can be taken: the others are reserved in carts or not there."
    ]
    assert 'value="Delivery"' in answer.content.decode()
    assert level(shop) == (10, 8, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": "0"},
        {"quantity": "-1"},
        {"action": "take_out", "reason": ""},
        {"action": "adjust", "reason": ""},
        {"action": "vanish"},
    ],
)
def test_booking_nonsense_is_refused(shop, changes):
    assert book(shop, **changes).status_code == 200
    assert level(shop) == (10, 0, 10)


def test_adding_to_the_stock_needs_no_reason(shop):
    assert book(shop, reason="").status_code == 302
    assert level(shop) == (15, 0, 15)


def test_stock_list_shows_the_figures_of_the_shop(shop):
    VariantFactory(store=shop.store, sku="EMPTY", product__title="Empty", stock=1, tracks_stock=True)
    StockLevel.objects.filter(variant__sku="EMPTY").update(low_at=2)
    client = shop.staff("stock")

    def rows(query=""):
        found = client.get(shop.url(f"stock/{query}")).context["page"].object_list
        return [(row.variant.sku, row.on_hand, row.held, row.available) for row in found]

    assert rows() == [("EMPTY", 1, 0, 1), ("LOAF-1", 10, 0, 10)]
    assert rows("?state=low") == [("EMPTY", 1, 0, 1)]
    assert rows("?state=out") == []
    assert rows("?q=seeded") == [("LOAF-1", 10, 0, 10)]


def test_low_mark_is_kept(shop):
    client = shop.staff("stock")
    client.post(shop.url("stock/LOAF-1/low/"), {"low_at": "4"})
    assert StockLevel.objects.get(variant=shop.variant).low_at == 4
    client.post(shop.url("stock/LOAF-1/low/"), {"low_at": "-4"})
    assert StockLevel.objects.get(variant=shop.variant).low_at == 4


def test_movements_are_paged_and_filtered(shop):
    client = shop.staff("stock")
    StockMovement.objects.bulk_create(
        StockMovement(
            union=shop.store.union,
            variant=shop.variant,
            kind="sold",
            quantity=0,
            at="2026-03-02T09:00Z",
            reason=str(at),
        )
        for at in range(60)
    )
    first = client.get(shop.url("stock-movements/")).context
    assert [row.reason for row in first["movements"]][:2] == ["59", "58"]
    assert len(first["movements"]) == 50
    rest = client.get(shop.url(f"stock-movements/?before={first['older']}")).context
    assert (len(rest["movements"]), rest["older"]) == (11, None)
    assert len(client.get(shop.url("stock-movements/?kind=received")).context["movements"]) == 1


def test_an_unknown_or_uncounted_variant_has_no_stock_page(shop):
    VariantFactory(store=shop.store, sku="CLASS", tracks_stock=False)
    foreign = VariantFactory(sku="FOREIGN")
    client = shop.owner()
    for sku in ("CLASS", foreign.sku, "NONE"):
        assert client.get(shop.url(f"stock/{sku}/")).status_code == 404
