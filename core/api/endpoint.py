"""What every endpoint says about itself, and what is refused before any of them is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

LARGEST_BODY = 1_000_000


class TooLarge(exceptions.APIException):
    """More than any request of this API needs; refused before it is read."""

    status_code = 413
    default_code = "too_large"
    default_detail = "A request has at most a million bytes."


class Endpoint(APIView):
    """An address of the API.

    `scopes` names the scope that each method needs, None for methods that need no key at all. With `guests_too` a
    method with a scope may also be called without a key, by a shopper who holds a `Cart-Token`.
    `idempotent` names the methods that take an `Idempotency-Key`, and whether they insist on it.
    """

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    scopes: ClassVar[Mapping[str, str | None]] = {}
    idempotent: ClassVar[Mapping[str, bool]] = {}
    versioned: ClassVar[frozenset[str]] = frozenset()
    guests_too: ClassVar[bool] = False
    cart_token: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if "\x00" in request.path_info:
            raise exceptions.NotFound
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\x00" in query:
            raise exceptions.ValidationError("A NUL (%00) cannot be looked for.")
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit() and len(length) < 20) or int(length) > LARGEST_BODY:
            raise TooLarge
        super().initial(request, *args, **kwargs)

    @property
    def now(self) -> datetime:
        return timezone.now()

    @property
    def key(self) -> Any:
        """The caller's key (stores.models.ApiKey), or None."""
        return self.request.auth

    @property
    def actor(self) -> Any:
        """The person behind the key: the customer, or whoever issued it to a program. None for guests."""
        return None if self.key is None else self.key.user or self.key.created_by

    def valid(self, serializer: type[BaseSerializer[Any]], data: Any = None) -> dict[str, Any]:
        """The cleaned body (or other data). Raises ValidationError."""
        cleaned = serializer(data=self.request.data if data is None else data)
        cleaned.is_valid(raise_exception=True)
        return dict(cleaned.validated_data)


class UnionEndpoint(Endpoint):
    """An address below `unions/{union}/`. A union that is not open yet exists only for its own keys."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.union is None:
            raise exceptions.NotFound
        super().initial(request, *args, **kwargs)
        if request.auth is None and not self.union.is_published:
            raise exceptions.NotFound

    @property
    def union(self) -> Any:
        return getattr(self.request, "union", None)


class UnionList(UnionEndpoint, GenericAPIView[Any], ABC):
    """A list below a union in cursor pages; a subclass says what is in it by `rows()`."""

    # OpenAPI reads the serializer; there is no one model behind a list.
    queryset = None

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "union": self.union}

    @abstractmethod
    def rows(self) -> Any:
        """The query set of what the caller may see, in its order."""

    def page(self) -> Any:
        """The wished page of `rows()` as a response."""
        found = self.paginate_queryset(self.filter_queryset(self.rows()))
        return self.get_paginated_response(self.get_serializer(found, many=True).data)
