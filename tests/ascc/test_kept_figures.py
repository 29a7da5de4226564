"""Figures of many vouchers are counted by a worker; a page shows those of last time meanwhile."""

import json
import os
from base64 import b64decode
from datetime import timedelta

import pytest
import redis

from ascc import tasks
from ascc.queries import kept_figures
from ascc.queries.kept_figures import figures_lately
from tests.factories.accounts import CenterAdminFactory
from tests.factories.ascc import voucher
from tests.factories.orders import NOW
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db
YEAR = 365


def asked():
    """What waits for a worker."""
    with redis.from_url(os.environ["REDIS_URL"]) as connection:
        bodies = [json.loads(each)["body"] for each in connection.lrange("celery", 0, -1)]
    return [json.loads(b64decode(body))[0] for body in bodies]


def test_few_vouchers_are_counted_by_the_request(django_assert_num_queries):
    shop = StoreFactory()
    voucher(shop)
    with django_assert_num_queries(4):
        lately = figures_lately(shop.union, shop, days=YEAR, now=NOW)
    assert (lately.at, lately.figures.total("issued")) == (NOW, 1)
    assert asked() == []


def test_many_vouchers_are_counted_by_a_worker(monkeypatch, django_assert_num_queries):
    shop = StoreFactory()
    voucher(shop)
    voucher(StoreFactory(union=shop.union))
    monkeypatch.setattr(kept_figures, "QUICK", 1)
    assert figures_lately(shop.union, shop, days=YEAR, now=NOW).figures.total("issued") == 1
    assert figures_lately(shop.union, days=YEAR, now=NOW).figures is None
    assert figures_lately(shop.union, days=YEAR, now=NOW).figures is None
    assert asked() == [[shop.union.pk, None, YEAR]]

    kept_figures.count_anew(shop.union, days=YEAR, now=NOW)
    later = NOW + timedelta(minutes=2)
    with django_assert_num_queries(1):
        lately = figures_lately(shop.union, days=YEAR, now=later)
    assert (lately.at, lately.figures.total("issued")) == (NOW, 2)
    assert len(asked()) == 1

    # Old ones go on, and are asked for anew.
    tomorrow = NOW + timedelta(days=1)
    assert figures_lately(shop.union, days=YEAR, now=tomorrow).figures.total("issued") == 2
    assert asked() == [[shop.union.pk, None, YEAR]] * 2
    assert figures_lately(shop.union, days=30, now=later).figures is None


def test_pages_say_that_figures_are_being_counted_and_of_when_they_are(monkeypatch, client):
    shop = StoreFactory()
    voucher(shop)
    monkeypatch.setattr(kept_figures, "QUICK", 0)
    client.force_login(CenterAdminFactory(), backend="django.contrib.auth.backends.ModelBackend")
    office = f"/admin/ascc/voucher/figures/?union={shop.union_id}"
    seller = f"/manage/{shop.union.slug}/{shop.slug}/programs/figures/"
    assert "they are being counted" in client.get(office).content.decode()
    assert "These figures are being counted" in client.get(seller).content.decode()
    tasks.count_figures(shop.union_id, None, YEAR)
    tasks.count_figures(shop.union_id, shop.pk, YEAR)
    for page in (office, seller):
        text = client.get(page).content.decode()
        assert ("being counted" in text, "As of " in text) == (False, True), page
