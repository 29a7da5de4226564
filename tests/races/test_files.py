"""Files of one store sent at the same time: real threads, and afterwards every row counted once."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from stores.models import FileRun, StockLevel, Variant
from stores.queries.stock import stock_differences
from stores.services.files.running import begin_import, begin_union_export, run_file
from tests.factories.accounts import UserFactory
from tests.factories.stores import StoreFactory, VariantFactory
from tests.orders.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def sent(store, kind, text):
    file = SimpleUploadedFile("rows.csv", text.encode())
    return begin_import(store=store, kind=kind, file=file, is_dry=False, actor=None, now=timezone.now())


def job(run):
    return lambda: run_file(run_id=run.pk, now=timezone.now())


def states(*runs):
    return [FileRun.objects.get(pk=run.pk).state for run in runs]


@pytest.mark.parametrize("_round", range(3))
def test_two_files_at_once_come_in_one_after_the_other(_round):
    store = StoreFactory()
    ups = [VariantFactory(store=store, sku=f"S-{number}", stock=1) for number in range(20)]
    counts = [f"S-{number},{{}}\n" for number in range(20)]
    first = sent(store, "stock", "sku,quantity\n" + "".join(line.format(7) for line in counts))
    second = sent(store, "stock", "sku,quantity\n" + "".join(line.format(9) for line in reversed(counts)))
    assert at_once(job(first), job(second), job(first)) == ["done"] * 3
    assert set(states(first, second)) <= {"done", "waiting"}
    # Whoever ended asked for the other one.
    for run in (first, second):
        job(run)()
    assert states(first, second) == ["done", "done"]
    assert len({StockLevel.objects.get(pk=one.pk).on_hand for one in ups}) == 1
    assert stock_differences(store.union) == []


def test_the_same_new_goods_twice_at_once_are_made_once():
    store = StoreFactory()
    text = "sku,title,price\n" + "".join(f"N-{number},Thing {number},{number + 1}\n" for number in range(50))
    runs = [sent(store, "products", text) for _copy in range(3)]
    assert at_once(*map(job, runs)) == ["done"] * 3
    for run in runs:
        job(run)()
    assert states(*runs) == ["done"] * 3
    assert Variant.objects.filter(store=store).count() == 50
    outcomes = [FileRun.objects.get(pk=run.pk).outcomes for run in runs]
    assert sorted(outcomes, key=str) == [{"created": 50}, {"unchanged": 50}, {"unchanged": 50}]


def test_files_of_two_stores_do_not_wait_for_each_other():
    stores = [StoreFactory(), StoreFactory()]
    runs = [sent(store, "products", "sku,title,price\nA,Apple,1\n") for store in stores]
    assert at_once(*map(job, runs)) == ["done"] * 2
    assert states(*runs) == ["done", "done"]


def test_the_office_asking_twice_at_once_gets_one_file():
    store, actor, now = StoreFactory(), UserFactory(), datetime.now(UTC)
    found = []

    def ask():
        found.append(begin_union_export(union=store.union, shape="zip", actor=actor, now=now).pk)

    assert at_once(ask, ask, ask) == ["done"] * 3
    assert (len(set(found)), FileRun.objects.count()) == (1, 1)
