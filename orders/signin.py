"""At sign-in the guest's carts become the person's; at sign-out the browser forgets them.

allauth tells of both by signals only, so this edge listens to them; the rule itself is `merge_carts`.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import User
from orders.cookies import RememberedCarts
from orders.queries.carts import pieces_of_open_carts
from orders.services.cart import merge_carts
from unions.queries import unions_named


@receiver(user_logged_in, dispatch_uid="orders.merge_carts")
def take_carts_along(request: HttpRequest, user: User, **_: Any) -> None:
    carts: RememberedCarts | None = getattr(request, "carts", None)
    if carts is None:
        return
    with scopes_disabled():
        for union in unions_named(carts.slugs()):
            if token := carts.token(union.slug):
                merge_carts(union=union, user=user, token=token, now=timezone.now())
            carts.forget(union.slug)
        for cart, pieces in pieces_of_open_carts(user):
            carts.remember(cart, cart.union, pieces)


@receiver(user_logged_out, dispatch_uid="orders.forget_carts")
def leave_carts_behind(request: HttpRequest, **_: Any) -> None:
    carts: RememberedCarts | None = getattr(request, "carts", None)
    for slug in carts.slugs() if carts else []:
        carts.forget(slug)  # type: ignore[union-attr]
