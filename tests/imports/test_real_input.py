"""The real inputs of ../shared/data, whole: their traps are the point."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from martunion.embedded import BASE_DIR, DATABASE
from orders.models import Order, OrderLine, Purchase, Return, ReturnLine
from stores.models import OpeningHours, Product, StockMovement, Store, Variant
from tests.factories.unions import UnionFactory
from unions.models import Union

DATA = BASE_DIR.parent / "shared" / "data"
MAPS = BASE_DIR / "docs" / "import"
SALES = DATA / "uci_online_retail" / "by-day"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir() and not os.environ.get("CI"), reason="the real inputs are not here (../shared/data)"
)


def command(*arguments: str | Path) -> subprocess.Popen[str]:
    """import_csv as a process of its own on the test's database."""
    url = os.environ["DATABASE_URL"].replace(f"/{DATABASE}?", f"/{connection.settings_dict['NAME']}?")
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_csv", *map(str, arguments)],
        cwd=BASE_DIR,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def most_memory(pid: int) -> int:
    """Kilobytes that the process has ever held; 0 once it is over. The rusage counts its parent before exec as well."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def outcomes(said: str) -> dict[str, int]:
    return {
        words: int(count.replace(",", "")) for count, words in re.findall(r"^ +([\d,]+) ([a-z][a-z ]+)$", said, re.M)
    }


@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
def test_every_line_of_a_years_sales_is_accounted_for():
    process = command("orders", SALES, "--map", MAPS / "uci_orders.toml")
    most = 0
    while process.poll() is None:
        most = max(most, most_memory(process.pid))
        # The high-water mark is gone with the process, and nothing tells when it rises.
        time.sleep(0.2)
    said, _ = process.communicate()
    assert process.returncode == 0
    assert 50_000 < most < 500_000, "kilobytes"
    assert said.startswith("541,909 rows read")
    counted = outcomes(said)
    assert sum(counted.values()) == 541_909
    # Without the goods nothing is known that stock could be written off from.
    assert counted == {
        "sale": 522_570,
        "sale of fee": 2_316,
        "sale of voucher": 31,
        "return": 8_668,
        "return of fee": 506,
        "return of discount": 77,
        "refused": 7_741,
    }
    assert OrderLine.objects.count() == 522_570 + 2_316 + 31
    assert ReturnLine.objects.count() == 8_668 + 506 + 77
    assert Union.objects.count() == 38
    assert Order.objects.exclude(state="completed").count() == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM orders_order o"
            " WHERE total <> (SELECT sum(total) FROM orders_orderline l WHERE l.order_id = o.id)"
        )
        assert cursor.fetchone()[0] == 0


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_killed_import_is_repeated_without_loss_or_double(tmp_path):
    for file in sorted(SALES.iterdir())[:6]:
        (tmp_path / file.name).symlink_to(file)
    arguments = ("orders", tmp_path, "--map", MAPS / "uci_orders.toml")
    process = command(*arguments)
    while process.poll() is None and not Purchase.objects.exists():
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = Purchase.objects.count()
    assert kept > 0
    process = command(*arguments)
    said, _ = process.communicate()
    first = outcomes(said)
    numbers = Purchase.objects.values("union", "external_id").distinct().count()
    assert numbers == Purchase.objects.count() >= kept
    lines, returned = OrderLine.objects.count(), ReturnLine.objects.count()
    again = outcomes(command(*arguments).communicate()[0])
    assert again == {"unchanged": lines + returned, "refused": first["refused"]}
    assert (OrderLine.objects.count(), ReturnLine.objects.count()) == (lines, returned)


@pytest.mark.django_db
def test_goods_stock_and_sales_of_some_days_belong_together(tmp_path):
    for file in sorted(SALES.iterdir())[:3]:
        (tmp_path / file.name).symlink_to(file)
    for kind in ("products", "stock", "orders"):
        call_command("import_csv", kind, str(tmp_path), map=MAPS / f"uci_{kind}.toml")
    store = Store.objects.visible().get(union__slug="united-kingdom")
    heart = Variant.objects.get(store=store, sku="85123A")
    assert (heart.product.title, heart.stock.available) == ("WHITE HANGING HEART T-LIGHT HOLDER", 50)
    assert OrderLine.objects.filter(variant=heart).exists()
    assert not Variant.objects.filter(sku="85123a").exists()
    assert not Product.objects.filter(title__in=["POSTAGE", "BANK CHARGES", "Discount"]).exists()
    assert Return.objects.filter(external_id__startswith="C").count() == Return.objects.count() > 0
    assert StockMovement.objects.filter(kind="taken_out").exists()


@pytest.mark.django_db
def test_real_stores_come_with_hours_and_places():
    union = UnionFactory(slug="states", currency="USD")
    for _ in range(2):
        call_command(
            "import_csv",
            "stores",
            str(DATA / "bestbuy_open/stores.json"),
            union="states",
            map=MAPS / "bestbuy_stores.toml",
        )
    assert Store.objects.visible().filter(union=union).count() == 1_565
    mall = Store.objects.get(union=union, external_id="1000")
    assert (mall.name, mall.city, mall.latitude, mall.longitude) == (
        "Mall of America",
        "Bloomington",
        44.85466,
        -93.24565,
    )
    assert [f"{h.opens:%H:%M}-{h.closes:%H:%M}" for h in OpeningHours.objects.filter(store=mall)] == [
        *["10:00-21:30"] * 6,
        "11:00-19:00",
    ]


@pytest.mark.django_db
def test_city_store_comes_with_its_variants(capsys):
    UnionFactory(slug="city", currency="USD")
    arguments = ("import_csv", "products", str(DATA / "nyc_citystore/citystore_products.csv"))
    call_command(*arguments, union="city", map=MAPS / "citystore_products.toml")
    assert outcomes(capsys.readouterr().out) == {"created": 1_151, "repeated": 805}
    assert (Product.objects.count(), Variant.objects.count()) == (825, 1_151)
    call_command(*arguments, union="city", map=MAPS / "citystore_products.toml")
    assert outcomes(capsys.readouterr().out) == {"unchanged": 1_151, "repeated": 805}
