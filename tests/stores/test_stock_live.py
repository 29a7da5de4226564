"""Who watches a product hears of its new figure once the change is committed, and not before."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from core.live import announce, the_hub
from stores.models import StockMovement
from stores.services.stock import HoldWant, OutOfStock, set_holds
from tests.factories.stores import VariantFactory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def told(monkeypatch):
    sent = []
    monkeypatch.setattr("stores.services.stock.announce", sent.append)
    return sent


@pytest.mark.django_db
def test_stock_change_is_told_after_commit(told, django_capture_on_commit_callbacks):
    variant = VariantFactory(stock=5)
    told.clear()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        set_holds(union=variant.union, wants=[HoldWant("a", variant.pk, 2)], now=NOW)
        assert told == []
    newest = StockMovement.objects.latest("id").pk
    frame = {"type": "stock", "variants": [{"id": variant.pk, "available": 3, "seq": newest}]}
    assert told == [{f"stock.{variant.product_id}": frame}]


@pytest.mark.django_db
def test_refused_change_is_not_told(told, django_capture_on_commit_callbacks):
    variant = VariantFactory(stock=5)
    told.clear()
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(OutOfStock):
        set_holds(union=variant.union, wants=[HoldWant("a", variant.pk, 6)], now=NOW)
    assert told == []


async def test_announce_reaches_those_who_listen_in_every_process():
    heard = []

    class Listener:
        topics = set()

        def push(self, text):
            heard.append(json.loads(text))

    here = the_hub()
    await asyncio.wait_for(here.listening.wait(), 10)
    here.join("stock.1", Listener())
    await sync_to_async(announce)({"stock.2": {"type": "x"}, "stock.1": {"type": "stock", "variants": []}})
    for _ in range(100):
        if heard:
            break
        await asyncio.sleep(0.05)
    await here.stop()
    assert heard == [{"type": "stock", "variants": []}]
