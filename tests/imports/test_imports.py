import csv
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from orders.models import Customer, Order, OrderLine, Purchase, Return, ReturnLine
from stores.models import OpeningHours, Product, StockLevel, StockMovement, Store, Variant
from stores.queries.stock import stock_differences
from stores.services.imports.hours import HoursUnclear, parse_hours
from tests.factories.stores import StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory
from unions.models import BusinessClass, Union

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(tmp_path, capsys):
    """Import rows of text and return what the command said, as {outcome: count}."""

    def run(kind, text, *, union="here", chart="", report=None, dry_run=False, name="rows.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        options = {}
        if chart:
            (tmp_path / "map.toml").write_text(chart)
            options["map"] = tmp_path / "map.toml"
        call_command("import_csv", kind, str(tmp_path / name), union=union, report=report, dry_run=dry_run, **options)
        lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(" ") and "×" not in line]
        return {words: int(count.replace(",", "")) for count, words in (line.split(maxsplit=1) for line in lines)}

    return run


@pytest.fixture
def here():
    return UnionFactory(slug="here", currency="GBP", prefix="HE")


@pytest.fixture
def shop(here):
    return StoreFactory(union=here, slug="shop")


PRODUCTS = """store,product,sku,title,price,size,stock,gtin
shop,tee,T-S,T-shirt,12.50,S,3,
shop,tee,T-M,T-shirt,12.50,M,0,
shop,mug,MUG,Mug,7,,10,4006381333931
"""


def test_products_come_with_variants_stock_and_search(bring, shop):
    assert bring("products", PRODUCTS) == {"created": 3}
    tee = Product.objects.get(title="T-shirt")
    assert (tee.price_from, tee.in_stock, tee.option_names) == (1250, True, ["size"])
    assert list(tee.variants.order_by("sku").values_list("sku", "options", "stock__on_hand")) == [
        ("T-M", {"size": "M"}, 0),
        ("T-S", {"size": "S"}, 3),
    ]
    assert tee.search is not None
    assert stock_differences(shop.union) == []


def test_second_run_changes_nothing_and_a_new_price_changes_one(bring, shop):
    bring("products", PRODUCTS)
    before = list(Product.objects.order_by("pk").values())
    assert bring("products", PRODUCTS) == {"unchanged": 3}
    assert list(Product.objects.order_by("pk").values()) == before
    assert StockMovement.objects.count() == 2
    assert bring("products", PRODUCTS.replace("Mug,7", "Mug,8")) == {"changed": 1, "unchanged": 2}
    assert list(Variant.objects.filter(sku="MUG").values_list("price", "version")) == [(800, 2)]
    assert Product.objects.get(title="Mug").price_from == 800


def test_dry_run_says_the_same_and_keeps_nothing(bring, shop):
    assert bring("products", PRODUCTS, dry_run=True) == {"created": 3}
    assert not Product.objects.exists()
    assert bring("products", PRODUCTS) == {"created": 3}


def test_refused_rows_come_back_in_their_columns_and_can_be_fed_again(bring, shop, tmp_path):
    report = tmp_path / "refused.csv"
    bad = PRODUCTS.replace("4006381333931", "4006381333930").replace("T-shirt,12.50,M", "T-shirt,cheap,M")
    assert bring("products", bad, report=report) == {"created": 1, "refused": 2}
    with report.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [(row["sku"], row["refused_file"], row["refused_line"]) for row in rows] == [
        ("T-M", "rows.csv", "3"),
        ("MUG", "rows.csv", "4"),
    ]
    assert rows[0]["refused_reason"] == "price: must be an amount of money, not “cheap”"
    assert rows[1]["refused_reason"] == "gtin: the check digit of 4006381333930 is wrong"
    mended = report.read_text("utf-8-sig").replace("cheap", "12.50").replace("4006381333930", "4006381333931")
    assert bring("products", mended) == {"created": 2}
    assert Variant.objects.count() == 3
    assert Product.objects.count() == 2


def test_product_of_an_unknown_store_is_refused(bring, here):
    assert bring("products", PRODUCTS) == {"refused": 3}
    assert not Product.objects.exists()


def test_stock_is_counted_by_a_movement_once(bring, shop):
    variant = VariantFactory(product__store=shop, sku="A", stock=10)
    counted = "store,sku,quantity,reason\nshop,A,7,counted on Monday\nshop,B,1,\n"
    assert bring("stock", counted) == {"changed": 1, "refused": 1}
    assert bring("stock", counted) == {"unchanged": 1, "refused": 1}
    assert StockLevel.objects.get(variant=variant).on_hand == 7
    last = StockMovement.objects.filter(variant=variant).latest("pk")
    assert (last.kind, last.quantity, last.reason) == ("adjusted", -3, "counted on Monday")
    assert stock_differences(shop.union) == []


def test_stock_below_what_is_reserved_is_refused(bring, shop):
    from stores.services.stock import HoldWant, set_holds

    variant = VariantFactory(product__store=shop, sku="A", stock=10)
    set_holds(union=shop.union, wants=[HoldWant("cart-line:1", variant.pk, 4)], now=datetime.now(UTC))
    assert bring("stock", "store,sku,quantity\nshop,A,3\n") == {"refused": 1}
    assert StockLevel.objects.get(variant=variant).on_hand == 10


STORES = """external_id,name,latitude,longitude,hours,enterprise
1,Harbour,22.6,120.3,Mon: 10-9:30; Tue: 9am-6pm; Sun: closed,Harbour Ltd
2,Market,91,120.3,,Harbour Ltd
3,Corner,22.6,120.3,whenever,Harbour Ltd
"""


def test_stores_come_with_membership_hours_and_a_way_to_deliver(bring, here):
    assert bring("stores", STORES) == {"created": 1, "refused": 2}
    store = Store.objects.visible().get()
    assert (store.slug, store.membership.enterprise.name, store.membership.state) == (
        "harbour",
        "Harbour Ltd",
        "active",
    )
    assert [f"{h.weekday} {h.opens:%H:%M}-{h.closes:%H:%M}" for h in OpeningHours.objects.filter(store=store)] == [
        "0 10:00-21:30",
        "1 09:00-18:00",
    ]
    assert [option.kind for option in store.delivery_options.all()] == ["pickup"]
    assert bring("stores", STORES) == {"unchanged": 1, "refused": 2}
    assert bring("stores", STORES.replace("Harbour,22.6", "Harbour,22.7")) == {"changed": 1, "refused": 2}


@pytest.mark.parametrize("text", ["Mon 10-9", "Someday: 9-5", "Mon: 9-25", "Mon: late"])
def test_unclear_opening_hours_are_refused(text):
    with pytest.raises(HoursUnclear):
        parse_hours(text=text)


def test_customers_are_known_again_by_number_or_address(bring, here):
    rows = "external_id,email,name\n7,Ann@Example.org,Ann\n,bob@example.org,Bob\n,,Nobody\n9,no-address,Cy\n"
    assert bring("customers", rows) == {"created": 2, "refused": 2}
    assert bring("customers", rows) == {"unchanged": 2, "refused": 2}
    assert bring("customers", "email,name\nbob@example.org,Robert\n") == {"changed": 1}
    assert list(Customer.objects.order_by("email").values_list("external_id", "email", "name")) == [
        ("7", "ann@example.org", "Ann"),
        ("", "bob@example.org", "Robert"),
    ]


def test_classes_come_from_a_table_with_parents_first(bring):
    rows = "code,level,parent,title\n47,division,G,Retail trade\n9991,class,999,Lost\n"
    assert bring("classes", rows, union="") == {"changed": 1, "refused": 1}
    assert BusinessClass.objects.get(code="47").ancestors == ["G", "47"]


CHART = """
[store]
slug = "shop"
[columns]
number = "Invoice"
sku = "Code"
title = "What"
quantity = "Pieces"
unit_price = "Price"
placed_at = "When"
customer = "Who"
[options]
repeated_rows = "refuse"
[[rules]]
when = { Code = "^POST$" }
set = { line_kind = "fee" }
[[rules]]
when = { Invoice = "^C" }
set = { as = "return" }
[[rules]]
when = { Invoice = "^[0-9]", Pieces = "^-" }
set = { as = "write_off" }
"""
SALES = """Invoice,Code,What,Pieces,When,Price,Who
1,A,Apple,2,2026-01-02 10:00,1.50,17
2,A,Apple,1,2026-01-02 11:00,1.50,
1,POST,Postage,1,2026-01-02 10:00,4.00,17
1,A,Apple,2,2026-01-02 10:00,1.50,17
C3,A,Apple,-1,2026-01-05 10:00,1.50,17
4,A,damages,-5,2026-01-06 10:00,0,
5,A,Apple,0,2026-01-06 10:00,1,
6,Z,damages,-5,2026-01-06 10:00,0,
"""


def test_orders_are_history_that_moves_neither_money_nor_stock(bring, shop):
    variant = VariantFactory(product__store=shop, sku="A", stock=3)
    said = bring("orders", SALES, chart=CHART)
    assert said == {"sale": 2, "sale of fee": 1, "return": 1, "write off": 1, "refused": 3}
    assert list(
        Purchase.objects.order_by("external_id").values_list("external_id", "total", "customer__external_id", "origin")
    ) == [("1", 700, "17", "import"), ("2", 150, None, "import")]
    order = Order.objects.get(purchase__external_id="1")
    assert (order.state, order.total, order.store, order.commission_bp) == ("completed", 700, shop, 0)
    assert order.placed_at == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert list(OrderLine.objects.filter(order=order).values_list("kind", "variant", "quantity", "total")) == [
        ("goods", variant.pk, 2, 300),
        ("fee", None, 1, 400),
    ]
    back = Return.objects.get()
    assert (back.external_id, back.state, back.total, back.customer_reference) == ("C3", "refunded", 150, "17")
    assert list(ReturnLine.objects.values_list("variant", "quantity", "unit_price")) == [(variant.pk, 1, 150)]
    assert StockLevel.objects.get(variant=variant).on_hand == 3
    assert list(StockMovement.objects.filter(kind="taken_out").values_list("quantity", "reason")) == [(-5, "damages")]
    assert stock_differences(shop.union) == []


def test_orders_a_second_time_change_nothing(bring, shop):
    VariantFactory(product__store=shop, sku="A", stock=3)
    bring("orders", SALES, chart=CHART)
    counts = [model.objects.count() for model in (Purchase, Order, OrderLine, Return, StockMovement, Customer)]
    assert bring("orders", SALES, chart=CHART) == {"unchanged": 5, "refused": 3}
    assert [model.objects.count() for model in (Purchase, Order, OrderLine, Return, StockMovement, Customer)] == counts


def test_write_offs_move_stock_when_asked_and_never_below_nothing(bring, shop):
    variant = VariantFactory(product__store=shop, sku="A", stock=7)
    asked = CHART.replace("[options]", "[options]\nmove_stock = true")
    assert bring("orders", SALES, chart=asked)["write off"] == 1
    assert StockLevel.objects.get(variant=variant).on_hand == 2
    again = SALES.replace("\n4,A,damages", "\n40,A,damages")
    assert bring("orders", again, chart=asked)["refused"] == 4
    assert StockLevel.objects.get(variant=variant).on_hand == 2
    assert stock_differences(shop.union) == []


def test_map_opens_unions_and_stores_by_a_column(bring):
    chart = """
[union]
column = "Land"
create = { currency = "GBP", name = "{name} gifts" }
countries = { eire = "IE" }
[store]
create = true
slug = "gifts"
name = "Gifts"
[columns]
number = "n"
quantity = "q"
unit_price = "p"
placed_at = "t"
sku = "s"
"""
    rows = "n,q,p,t,s,Land\n1,1,2,2026-01-01,A,EIRE\n2,1,2,2026-01-01,A,France\n3,1,2,2026-01-01,A,\n"
    assert bring("orders", rows, union="", chart=chart) == {"sale": 2, "refused": 1}
    assert list(Union.objects.order_by("slug").values_list("slug", "name", "country", "prefix")) == [
        ("eire", "EIRE gifts", "IE", "IE"),
        ("france", "France gifts", "FR", "FR"),
    ]
    assert {order.union.slug for order in Order.objects.all()} == {"eire", "france"}


def test_unknown_union_missing_file_and_wrong_map_are_said_in_a_sentence(bring, here, tmp_path):
    assert bring("products", PRODUCTS, union="nowhere") == {"refused": 3}
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import_csv", "products", str(tmp_path / "missing.csv"), union="here")
    with pytest.raises(CommandError, match="fields that products do not have: prize"):
        bring("products", PRODUCTS, chart='[columns]\nprize = "x"\n')
