"""Calls over the API, for a store's program that asks now and then instead of holding a socket (docs/connector.md)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.callers import store_behind
from chat.services.programs import program_user
from core.api.endpoint import UnionEndpoint
from core.api.step import Step, documented
from core.errors import NotAllowed
from matching.errors import UnknownSku
from matching.models import MatchRequest, MatchResponse
from matching.queries.calls import call_of, calls_of, variant_named
from matching.serializers.calls import CallSerializer, CallsSerializer, NewAnswerSerializer
from matching.services.answering import Answer, answer_call, decline_call, withdraw_answer
from matching.services.picturing import picture_of
from orders.queries.bookables import bookable_by_key
from stores.models import Store

TAGS = ["matching"]
By = MatchResponse.By


class _Called(UnionEndpoint):
    """A store's key."""

    @cached_property
    def store(self) -> Store:
        """Whose calls these are. Raises NotAllowed for every other key."""
        store = store_behind(self.key)
        if store is None:
            raise NotAllowed
        return Store.objects.select_related("union", "membership").get(union=self.union, pk=store.pk)

    def found(self) -> MatchRequest:
        return call_of(self.store, self.kwargs["ref"])

    def shown(self, call: MatchRequest) -> Any:
        return CallSerializer(call).data


class CallList(_Called):
    scopes = {"GET": "calls:read"}

    @extend_schema(
        operation_id="match_calls_list", tags=TAGS, summary="Wishes this store is called for", responses=CallsSerializer
    )
    def get(self, request: Request, union: str) -> Response:
        """Open for answers, newest first, each with the store's own answer, at most a hundred."""
        return Response(CallsSerializer({"results": calls_of(self.store, now=self.now)}).data)


class CallDetail(_Called):
    scopes = {"GET": "calls:read"}

    @extend_schema(operation_id="match_calls_retrieve", tags=TAGS, summary="One call", responses=CallSerializer)
    def get(self, request: Request, union: str, ref: str) -> Response:
        """In whatever state it is, with the store's own answer."""
        return Response(self.shown(self.found()))


class CallPicture(_Called):
    scopes = {"GET": "calls:read"}

    @extend_schema(
        operation_id="match_call_pictures_retrieve", tags=TAGS, summary="A picture of what is wished",
        responses={(200, "image/webp"): bytes},
    )  # fmt: skip
    def get(self, request: Request, union: str, ref: str, picture: str) -> HttpResponse:
        """For the stores that were called, and nobody else."""
        return HttpResponse(picture_of(request=self.found(), name=picture), content_type="image/webp")


class _CallStep(_Called, Step):
    scopes = {"POST": "calls:write"}


call_step = partial(documented, tags=TAGS, answers=CallSerializer)


@call_step("match_calls_answer", "Answer a call", NewAnswerSerializer)
class AnswerCall(_CallStep):
    """Binding for `valid_minutes`; sent again with other words it changes the answer, until it is used.

    `409 too_late` when the time is over or another answer was used, `answer_gone` when this one was,
    `answered_by_person` when somebody of the store has answered: a program leaves that as it is.
    """

    def act(self, call: MatchRequest) -> None:
        said = self.valid(NewAnswerSerializer)
        store = self.store
        answer_call(
            request=call,
            store=store,
            answer=_answer(said, store),
            by=By.PROGRAM,
            actor=program_user(key=self.key),
            now=self.now,
            key=self.request.headers.get("Idempotency-Key", "")[:80],
            picture=said["picture"],
        )


@call_step("match_calls_withdraw", "Take the answer back")
class WithdrawCall(_CallStep):
    """As long as nobody has used it; done twice it is done once."""

    def act(self, call: MatchRequest) -> None:
        actor = program_user(key=self.key)
        withdraw_answer(request=call, store=self.store, by=By.PROGRAM, actor=actor, now=self.now)


@call_step("match_calls_decline", "Have nothing for it")
class DeclineCall(_CallStep):
    """The shopper need not wait for this store."""

    def act(self, call: MatchRequest) -> None:
        actor = program_user(key=self.key)
        decline_call(request=call, store=self.store, by=By.PROGRAM, actor=actor, now=self.now)


def _answer(said: dict[str, Any], store: Store) -> Answer:
    variant = None
    if said["sku"] and (variant := variant_named(store, said["sku"])) is None:
        raise UnknownSku(field="sku")
    return Answer(
        title=said["title"],
        way=said["way"],
        price=said["price"],
        quantity=said["quantity"],
        delivery=said["delivery"],
        variant=variant,
        bookable=bookable_by_key(store.union, said["service"]) if said["service"] else None,
        available_at=said["available_at"],
        is_used_good=said["used"],
        words=said["words"],
        holds=timedelta(minutes=said["valid_minutes"]),
    )
