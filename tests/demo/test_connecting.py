"""What `make run` leaves for `make connector`."""

import stat

import pytest
from django.utils import timezone

from martunion.demo.connecting import SCOPES, STORE, UNION, write_connector
from martunion_connector.config import read_config
from matching.models import Subscription
from stores.models import ApiKey
from stores.services.keys import find_key
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import UnionFactory
from unions.models import SignalCode


@pytest.mark.django_db
def test_a_store_of_the_demo_is_there_for_the_connector(tmp_path):
    store = StoreFactory(union=UnionFactory(slug=UNION, currency="GBP"), slug=STORE)
    jug = ProductFactory(store=store, title="Jug", tags=["stoneware"])
    VariantFactory(store=store, product=jug, sku="JUG-1", price=2850, stock=4, options={"size": "large"})
    path = write_connector(folder=tmp_path, site="http://localhost:8000", now=timezone.now())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    config = read_config(path)
    assert config.address == "ws://localhost:8000/ws/connector/"
    assert set(find_key(plain=config.key).scopes) == set(SCOPES)
    source = config.source()
    read = source.load()
    assert read.wrong == ()
    assert [(item.sku, item.title, str(item.price), item.stock) for item in read.items] == [
        ("JUG-1", "Jug large", "28.50", 4)
    ]
    assert "stoneware" in read.items[0].known_as
    tops = SignalCode.objects.filter(parent=None).count()
    assert Subscription.objects.filter(store=store).count() == tops > 0
    # Another start: the key and the list that somebody has changed stay, the address may be another.
    (path.parent / "list.csv").write_text("title,price\nBowl,9\n")
    again = read_config(write_connector(folder=tmp_path, site="http://localhost:8010", now=timezone.now()))
    assert (again.key, again.site) == (config.key, "http://localhost:8010")
    assert (path.parent / "list.csv").read_text() == "title,price\nBowl,9\n"
    # Revoked, it is made anew.
    ApiKey.objects.update(revoked_at=timezone.now())
    assert (
        read_config(write_connector(folder=tmp_path, site="http://localhost:8010", now=timezone.now())).key
        != config.key
    )
    assert ApiKey.objects.filter(revoked_at=None).count() == 1
