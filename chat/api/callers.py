"""Who is behind an API key, as the redirect knows them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from chat.queries.shoppers import Shopper
from core.clients import address_of
from core.errors import NotAllowed
from stores.models import ApiKey, Store


def store_behind(key: ApiKey) -> Store | None:
    """The key's store; None for the office's. Raises NotAllowed for a customer's."""
    if key.user_id is not None:
        raise NotAllowed(_("This is for a key of a store or of the union."))
    return key.store


def shopper_behind(key: ApiKey, request: Any) -> Shopper:
    """The customer, recognised by the key in place of a browser's cookie. Raises NotAllowed for other keys."""
    if key.user is None:
        raise NotAllowed(_("This is for a customer's key."))
    asked: Request = request
    return Shopper(
        union=key.union,
        visitor=f"key-{key.pk}",
        user=key.user,
        language=key.user.language,
        address=address_of(asked._request),
    )
