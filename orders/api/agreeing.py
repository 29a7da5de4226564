"""What prices and times have in common over the API: two sides, and guests with a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework.serializers import BaseSerializer

from core.api.endpoint import UnionEndpoint
from orders.models import Side


class Agreeing(UnionEndpoint):
    """A store's or the union's key acts for the store; a customer's key and a guest for the shopper.

    An endpoint names the header with a guest's token, the query that finds the thing (by union, key, number and token;
    raises NotFound, also for others') and which serializer shows it.
    """

    guests_too = True
    token_header: ClassVar[str]
    found_by: ClassVar[Callable[..., Any]]
    shown_by: ClassVar[type[BaseSerializer[Any]]]

    @property
    def side(self) -> str:
        by_store = self.key is not None and self.key.user_id is None
        return Side.STORE if by_store else Side.CUSTOMER

    def find(self, number: str, token: str) -> Any:
        """The thing, for this caller. Raises NotFound."""
        return type(self).found_by(self.union, self.key, number, token=token)

    def found(self) -> Any:
        return self.find(self.kwargs["number"], self.request.headers.get(self.token_header, "")[:64])

    def shown(self, thing: Any) -> Any:
        return self.shown_by(thing, context={"side": self.side}).data

    def wished(self, found: Any, wish: dict[str, Any]) -> Any:
        """Those of a list that the filters leave."""
        names = {"state": "state", "store": "store__slug", "conversation": "conversation"}
        return found.filter(**{column: wish[name] for name, column in names.items() if name in wish})
