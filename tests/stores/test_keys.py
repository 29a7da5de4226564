from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Invalid
from stores.models import ApiKey
from stores.services.keys import find_key, hash_of, issue_key, note_use, revoke_key
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionFactory, owner_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def issue(**changes):
    union = changes.pop("union", None) or UnionFactory()
    return issue_key(
        **{"union": union, "name": "Till", "scopes": ["stock:write", "orders:read"], "actor": None, **changes}
    )


def test_issue_key_shows_the_key_once_and_keeps_a_hash():
    store = StoreFactory()
    user = owner_of(store.membership)
    key, plain = issue(union=store.union, store=store, actor=user)
    assert plain.startswith("mu_")
    assert (key.hint, key.key_hash) == (plain[:8], hash_of(plain=plain))
    assert (key.scopes, key.store, key.created_by) == (["orders:read", "stock:write"], store, user)
    assert plain not in str(ApiKey.objects.values().get())


def test_find_key_finds_live_keys_only():
    key, plain = issue()
    assert find_key(plain=plain) == key
    assert find_key(plain=plain + "x") is None
    assert find_key(plain="") is None
    revoke_key(key=key, actor=None, now=NOW)
    assert find_key(plain=plain) is None
    revoke_key(key=key, actor=None, now=NOW + timedelta(days=1))
    assert key.revoked_at == NOW


def test_note_use_writes_at_most_once_a_minute():
    key, _plain = issue()
    for seconds, kept in ((0, 0), (30, 0), (61, 61)):
        note_use(key=key, now=NOW + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == NOW + timedelta(seconds=kept)


@pytest.mark.parametrize("changes", [{"scopes": []}, {"scopes": ["everything"]}, {"name": " "}])
def test_issue_key_refuses(changes):
    with pytest.raises(Invalid):
        issue(**changes)
    with pytest.raises(Invalid):
        issue(store=StoreFactory())
    assert not ApiKey.objects.exists()
