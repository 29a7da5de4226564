"""Programs that answer at a console with an API key: each key is a voice of its own, shown as automatic."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from chat.models import Manager
from stores.models import ApiKey, Store

NOBODYS_MAIL = "programs.invalid"
"""Addresses below it reach nobody (RFC 2606), and there is no password: nobody signs in as a program."""


@transaction.atomic
def program_user(*, key: ApiKey) -> User:
    """Who speaks for this key. It may do nothing but what its key may."""
    user, made = User.objects.get_or_create(email=f"program-{key.pk}@{NOBODYS_MAIL}", defaults={"name": key.name})
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


@transaction.atomic
def register_program(*, key: ApiKey, store: Store | None, user: User) -> Manager:
    """The program's place at a console, made when it first logs in."""
    manager, _made = Manager.objects.get_or_create(
        union_id=key.union_id,
        store=store,
        user=user,
        defaults={"shown_name": key.name[:80], "is_program": True, "key": key, "capacity": 50},
    )
    return manager
