"""One store of the demo is there for `martunion-connector demo`: a key, a list of its goods, and calls to answer."""

from __future__ import annotations

import csv
import os
import tomllib
from datetime import datetime
from pathlib import Path

from django_scopes import scopes_disabled

from core.money import as_typed
from matching.models import Subscription
from stores.models import ApiKey, Store, Variant
from stores.services.keys import find_key, issue_key, revoke_key
from unions.models import SignalCode

UNION, STORE = "cornwall", "back-road-pottery"
NAME = "Stock list"
SCOPES = ["calls:read", "calls:write"]


@scopes_disabled()
def write_connector(*, folder: Path, site: str, now: datetime) -> Path:
    """The connector's configuration, with a list beside it; a key that still opens the line and the list stay."""
    store = Store.objects.select_related("union").get(union__slug=UNION, slug=STORE)
    home = folder / "connector"
    home.mkdir(parents=True, exist_ok=True)
    path, rows = home / "martunion-connector.toml", home / "list.csv"
    key = _known_key(path) or _issue(store, now=now)
    if not rows.exists():
        _write_list(rows, store)
    if not Subscription.objects.filter(union=store.union_id, store=store).exists():
        _subscribe(store)
    # A key is for its program alone.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(
            f'site = "{site}"\nkey = "{key}"\n\n[list]\nfile = "list.csv"\n\n'
            '[answers]\nvalid_minutes = 120\nwords = "From our stock list, by itself."\n\n'
            '[log]\nfile = "connector.log"\n'
        )
    return path


def _known_key(path: Path) -> str:
    try:
        plain = str(tomllib.loads(path.read_text(encoding="utf-8")).get("key", ""))
    except (OSError, tomllib.TOMLDecodeError):
        return ""
    key = find_key(plain=plain)
    return plain if key is not None and set(SCOPES) <= set(key.scopes) else ""


def _issue(store: Store, *, now: datetime) -> str:
    for lost in ApiKey.objects.filter(store=store, name=NAME, revoked_at=None):
        revoke_key(key=lost, actor=None, now=now)
    return issue_key(union=store.union, name=NAME, scopes=SCOPES, actor=None, store=store)[1]


def _write_list(path: Path, store: Store) -> None:
    """As a shop's own list would be, with what is on the shelf now."""
    goods = Variant.objects.filter(union=store.union_id, store=store, is_active=True, product__kind="goods")
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["sku", "title", "price", "stock", "words"])
        for variant in goods.select_related("product", "stock").order_by("id"):
            product = variant.product
            stock = variant.stock.available if variant.tracks_stock else ""
            title = " ".join([product.title, *map(str, variant.options.values())])
            price = as_typed(variant.price, store.union.currency)
            rows.writerow([variant.sku, title, price, stock, " ".join(product.tags)])


def _subscribe(store: Store) -> None:
    """To everything, so that whatever is wished can be tried."""
    tops = SignalCode.objects.filter(parent=None)
    Subscription.objects.bulk_create(
        [Subscription(union=store.union, store=store, code=code) for code in tops], ignore_conflicts=True
    )
