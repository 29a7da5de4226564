"""API keys of stores, unions and customers. A key is shown once; only its hash is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from accounts.models import User
from core.errors import Invalid
from core.references import new_secret
from core.rows import read_row
from stores.models import ApiKey, Store
from unions.models import Union

PREFIX = "mu_"
HINT_LENGTH = 8
NOTED_EVERY = timedelta(minutes=1)

SCOPES: dict[str, str | Promise] = {
    "orders:read": _("see orders"),
    "orders:write": _("handle orders"),
    "catalogue:read": _("see goods that are not shown yet"),
    "catalogue:write": _("edit goods and prices"),
    "stock:read": _("see stock and its movements"),
    "stock:write": _("change stock"),
    "settlement:read": _("see settlement"),
    "payments:write": _("ask customers for payments"),
    "cart:write": _("fill carts"),
    "purchases:write": _("place purchases"),
    "reservations:read": _("see reservations"),
    "reservations:write": _("make and answer reservations"),
    "webhooks:write": _("manage webhooks"),
}


def issue_key(
    *,
    union: Union,
    name: str,
    scopes: Collection[str],
    actor: User | None,
    store: Store | None = None,
    user: User | None = None,
) -> tuple[ApiKey, str]:
    """A new key of a store, of a customer (`user`) or, with neither, of the union; and its text, never seen again.

    Raises Invalid for unknown or no scopes.
    """
    if not name.strip():
        raise Invalid(_("Give the key a name, such as the program that uses it."), field="name")
    chosen = [scope for scope in SCOPES if scope in scopes]
    if not chosen or len(chosen) != len(set(scopes)):
        raise Invalid(_("Choose what the key may do."), field="scopes")
    if store is not None and store.union_id != union.pk:
        raise Invalid(_("This store belongs to another union."), field="store")
    plain = PREFIX + new_secret()
    key = ApiKey.objects.create(
        union=union,
        store=store,
        user=user,
        name=name.strip(),
        hint=plain[:HINT_LENGTH],
        key_hash=hash_of(plain=plain),
        scopes=chosen,
        created_by=actor,
    )
    return key, plain


def hash_of(*, plain: str) -> str:
    """What is kept of a key. Its 256 random bits need no slow hash."""
    return hashlib.sha256(plain.encode()).hexdigest()


def find_key(*, plain: str) -> ApiKey | None:
    """The live key with this text and its customer or store, whichever union's scope is open.

    Every request of a program passes here: the look-ups are prepared statements over a primary or unique key.
    """
    if not plain.startswith(PREFIX):
        return None
    key = read_row(ApiKey, "key_hash = %(hash)s AND revoked_at IS NULL", {"hash": hash_of(plain=plain)})
    if key is not None and key.user_id is not None:
        key.user = read_row(User, "id = %(id)s", {"id": key.user_id})
    if key is not None and key.store_id is not None:
        with scopes_disabled():
            key.store = Store.objects.select_related("membership").get(pk=key.store_id)
    return key


def note_use(*, key: ApiKey, now: datetime) -> None:
    """Remember when the key was last used, at most once a minute."""
    if key.last_used_at is not None and key.last_used_at >= now - NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def revoke_key(*, key: ApiKey, actor: User | None, now: datetime) -> None:
    """End the key at once; ending it again changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
    key.refresh_from_db(fields=["revoked_at"])
