"""`Authorization: Bearer <key>` with scopes. A key opens its own union only, in it its own store or customer."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from stores.models import ApiKey
from stores.services.keys import find_key, note_use
from unions.models import Membership


class KeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the ApiKey and `request.user` to the customer it belongs to, if any."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        parts = get_authorization_header(request).decode("latin-1").split()
        if not parts:
            return None
        if len(parts) != 2 or parts[0].lower() != "bearer":
            raise exceptions.AuthenticationFailed("Send the key as: Authorization: Bearer <key>.", code="key_malformed")
        key = find_key(plain=parts[1])
        if key is None or not is_alive(key):
            raise exceptions.AuthenticationFailed("This key is not known or was revoked.", code="key_unknown")
        note_use(key=key, now=timezone.now())
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def is_alive(key: ApiKey) -> bool:
    """A suspended enterprise finishes its open orders; one that has left does nothing here any more."""
    if key.store is not None and key.store.membership.state == Membership.State.LEFT:
        return False
    return key.user is None or key.user.is_active


class HasScope(BasePermission):
    """A view names the scope each method needs: `scopes = {"GET": None, "POST": "orders:write"}`; None is public.

    A key of another union is told that there is nothing here, exactly like a union that does not exist.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        key: Any = request.auth
        union = getattr(request, "union", None)
        if key is not None and union is not None and key.union_id != union.pk:
            raise exceptions.NotFound
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in view.scopes:
            raise exceptions.MethodNotAllowed(method)
        needed = view.scopes[method]
        if needed is None:
            return True
        if key is None:
            if view.guests_too:
                return True
            raise exceptions.NotAuthenticated("Send a key with this request.", code="key_missing")
        if needed not in key.scopes:
            raise exceptions.PermissionDenied(f"This key lacks the scope {needed}.", code="scope_missing")
        return True


class KeyScheme(OpenApiAuthenticationExtension):
    """Shows the key in the OpenAPI document."""

    target_class = "stores.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key of a union, a store or a customer."}
