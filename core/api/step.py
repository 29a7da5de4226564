"""Something done with one thing: it is found, acted on, and answered as it is afterwards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Endpoint, UnionEndpoint
from core.api.idempotency import once

E = TypeVar("E", bound=Endpoint)


class Step(UnionEndpoint, ABC):
    """`POST …/{thing}/{step}/`. An endpoint names how the thing is found, what is done with it and how it is shown.

    What `found` raises for a thing of others comes before everything else; `act` raises what the step refuses.
    """

    idempotent = {"POST": False}

    def post(self, request: Request, union: str, **names: str) -> Response:
        return once(request, self.answer, required=self.idempotent["POST"])

    def answer(self) -> tuple[int, Any]:
        self.act(self.found())
        return 200, self.shown(self.found())

    @abstractmethod
    def found(self) -> Any:
        """The thing that the address names, read anew each time. Raises NotFound, also for others'."""

    @abstractmethod
    def act(self, thing: Any, /) -> None:
        """The one call of the domain."""

    @abstractmethod
    def shown(self, thing: Any, /) -> Any:
        """The thing as the API answers it."""


def documented(
    operation: str,
    summary: str,
    request: Any = None,
    *,
    tags: Sequence[str],
    answers: Any,
    parameters: Sequence[OpenApiParameter] = (),
    examples: Sequence[Any] = (),
) -> Callable[[type[E]], type[E]]:
    """How a step stands in the OpenAPI document; its description is the docstring of the class.

    A file with many steps of one kind of thing says what they share once, by `functools.partial`.
    """
    return extend_schema_view(
        post=extend_schema(
            operation_id=operation,
            tags=tags,
            summary=summary,
            request=request,
            responses=answers,
            parameters=list(parameters),
            examples=list(examples),
        )
    )
