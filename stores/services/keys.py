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
from core.errors import Invalid, NotAllowed
from core.live import check_access
from core.references import new_secret
from core.rows import read_row
from stores.models import ApiKey, Store, StoreStaff
from stores.queries.access import permissions_of
from unions.models import Union
from unions.queries import require_union_admin

PREFIX = "mu_"
HINT_LENGTH = 8
NOTED_EVERY = timedelta(minutes=1)

NEEDED: dict[str, str] = {
    "orders:read": StoreStaff.Permission.ORDERS,
    "orders:write": StoreStaff.Permission.ORDERS,
    "catalogue:read": StoreStaff.Permission.CATALOGUE,
    "catalogue:write": StoreStaff.Permission.CATALOGUE,
    "stock:read": StoreStaff.Permission.STOCK,
    "stock:write": StoreStaff.Permission.STOCK,
    "settlement:read": StoreStaff.Permission.SETTLEMENT,
    "shipments:write": StoreStaff.Permission.ORDERS,
    "payments:write": StoreStaff.Permission.ORDERS,
    "cart:write": StoreStaff.Permission.ORDERS,
    "purchases:write": StoreStaff.Permission.ORDERS,
    "reservations:read": StoreStaff.Permission.ORDERS,
    "reservations:write": StoreStaff.Permission.ORDERS,
    "rules:read": StoreStaff.Permission.CONSOLE,
    "rules:write": StoreStaff.Permission.TEAM,
    "codes:read": StoreStaff.Permission.CONSOLE,
    "codes:write": StoreStaff.Permission.CONSOLE,
    "memberships:read": StoreStaff.Permission.CONSOLE,
    "memberships:write": StoreStaff.Permission.CONSOLE,
    "conversations:read": StoreStaff.Permission.CONSOLE,
    "conversations:write": StoreStaff.Permission.CONSOLE,
    "proposals:read": StoreStaff.Permission.ORDERS,
    "proposals:write": StoreStaff.Permission.ORDERS,
    "responses:read": StoreStaff.Permission.ORDERS,
    "responses:write": StoreStaff.Permission.ORDERS,
    "procedures:read": StoreStaff.Permission.ORDERS,
    "procedures:write": StoreStaff.Permission.CATALOGUE,
    "vouchers:read": StoreStaff.Permission.SERVICE,
    "vouchers:write": StoreStaff.Permission.SERVICE,
    "wishes:read": StoreStaff.Permission.ORDERS,
    "wishes:write": StoreStaff.Permission.ORDERS,
    "calls:read": StoreStaff.Permission.CONSOLE,
    "calls:write": StoreStaff.Permission.CONSOLE,
    "webhooks:write": StoreStaff.Permission.TEAM,
}
"""What a person must hold in a store to give a scope to a key of it: a key never opens more than its maker may."""

SCOPES: dict[str, str | Promise] = {
    "orders:read": _("see orders"),
    "orders:write": _("handle orders"),
    "catalogue:read": _("see goods that are not shown yet"),
    "catalogue:write": _("edit goods and prices"),
    "stock:read": _("see stock and its movements"),
    "stock:write": _("change stock"),
    "settlement:read": _("see settlement"),
    "shipments:write": _("tell where parcels are"),
    "payments:write": _("ask customers for payments"),
    "cart:write": _("fill carts"),
    "purchases:write": _("place purchases"),
    "reservations:read": _("see reservations"),
    "reservations:write": _("make and answer reservations"),
    "rules:read": _("see rules of whom to help"),
    "rules:write": _("change rules of whom to help"),
    "codes:read": _("see sign-in codes"),
    "codes:write": _("issue and enter sign-in codes"),
    "memberships:read": _("see memberships"),
    "memberships:write": _("join and cancel memberships"),
    "conversations:read": _("see conversations"),
    "conversations:write": _("talk to shoppers"),
    "proposals:read": _("see price proposals"),
    "proposals:write": _("name and answer prices"),
    "responses:read": _("see what customers ask and complain about"),
    "responses:write": _("ask, answer and settle"),
    "procedures:read": _("see sales procedures"),
    "procedures:write": _("change sales procedures"),
    "vouchers:read": _("see vouchers"),
    "vouchers:write": _("use vouchers and work for them"),
    "wishes:read": _("see wishes and their answers"),
    "wishes:write": _("throw wishes and use answers"),
    "calls:read": _("see calls for what shoppers wish"),
    "calls:write": _("answer calls"),
    "webhooks:write": _("manage webhooks"),
}


LATER = {"webhooks:write"}
"""Scopes whose part of the API is still to be built: nobody is offered them yet."""


def offered_scopes() -> list[tuple[str, str | Promise]]:
    """Scopes with their words, for those who choose among them."""
    return [(scope, words) for scope, words in SCOPES.items() if scope not in LATER]


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

    Raises Invalid for unknown or no scopes; NotAllowed for an actor who could not do by hand what the key may.
    `actor` None is whoever has the command line.
    """
    if not name.strip():
        raise Invalid(_("Give the key a name, such as the program that uses it."), field="name")
    chosen = [scope for scope in SCOPES if scope in scopes]
    if not chosen or len(chosen) != len(set(scopes)):
        raise Invalid(_("Choose what the key may do."), field="scopes")
    if store is not None and store.union_id != union.pk:
        raise Invalid(_("This store belongs to another union."), field="store")
    if actor is not None:
        _require_own(actor, union=union, store=store, user=user, scopes=chosen)
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


def scopes_within(*, permissions: Collection[str]) -> list[str]:
    """The scopes that someone with these permissions in a store may give to a key of it."""
    return [scope for scope in SCOPES if NEEDED[scope] in permissions]


def _require_own(actor: User, *, union: Union, store: Store | None, user: User | None, scopes: Collection[str]) -> None:
    if store is not None:
        if set(scopes) - set(scopes_within(permissions=permissions_of(actor, store))):
            raise NotAllowed(_("A key may do only what you may do yourself."))
    elif user is not None:
        if user.pk != actor.pk:
            raise NotAllowed
    else:
        require_union_admin(actor, union)


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
    """End the key at once, and the sockets it opened; ending it again changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
    key.refresh_from_db(fields=["revoked_at"])
    check_access(key_topic(key_id=key.pk))


def key_topic(*, key_id: int) -> str:
    """The sockets that a key has opened."""
    return f"key.{key_id}"
