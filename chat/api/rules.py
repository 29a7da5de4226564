"""Whom to help: rules, and whom one would have met."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.models import Rule
from chat.queries.rule_figures import preview_of
from chat.queries.rules import as_live, rule_for_key, rules_for_key
from chat.serializers.rules import PreviewSerializer, RuleInputSerializer, RuleSerializer, wording_of
from chat.services.rules import change_rule, create_rule, remove_rule
from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.errors import NotAllowed, NotFound
from stores.models import Store

TAGS = ["rules"]


class _Ruling(UnionEndpoint):
    """For keys of a store or of the union; a customer's key has no rules."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.key is not None and self.key.user_id is not None:
            raise NotAllowed

    def found(self) -> Rule:
        return rule_for_key(self.union, self.key, self.kwargs["ref"])


class RuleList(UnionList, _Ruling):
    scopes = {"GET": "rules:read", "POST": "rules:write"}
    idempotent = {"POST": False}
    serializer_class = RuleSerializer

    def rows(self) -> Any:
        return rules_for_key(self.union, self.key)

    @extend_schema(operation_id="rules_list", tags=TAGS, summary="Rules")
    def get(self, request: Request, union: str) -> Response:
        """A store's own, or all of a union's, newest first."""
        return self.page()

    @extend_schema(
        operation_id="rules_create",
        tags=TAGS,
        summary="Make a rule",
        request=RuleInputSerializer,
        responses={201: RuleSerializer},
        examples=[
            OpenApiExample(
                "A full cart, and nobody who knows us yet",
                value={
                    "name": "Full cart",
                    "words": "May we help with your order?",
                    "conditions": {
                        "all": [{"if": "cart_value", "value": 300000}, {"not": {"if": "member", "value": True}}]
                    },
                    "cooldown_minutes": 120,
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """It speaks from the next event of a shopper on. Conditions that do not fit are `invalid`; `at` says where."""
        return once(request, self.make, required=False)

    def make(self) -> tuple[int, Any]:
        wish = self.valid(RuleInputSerializer)
        rule = create_rule(
            union=self.union,
            store=self.store_of(wish["store"]),
            wording=wording_of(wish),
            actor=self.actor,
            now=self.now,
        )
        return 201, RuleSerializer(rule).data

    def store_of(self, slug: str) -> Store | None:
        """Whose rule it becomes. Raises NotFound for another store than the key's."""
        if self.key.store_id is not None:
            if slug not in ("", self.key.store.slug):
                raise NotFound
            own: Store = self.key.store
            return own
        if not slug:
            return None
        store = Store.objects.filter(union=self.union, slug=slug).first()
        if store is None:
            raise NotFound
        return store


class RuleDetail(_Ruling):
    scopes = {"GET": "rules:read", "PUT": "rules:write", "PATCH": "rules:write", "DELETE": "rules:write"}

    @extend_schema(operation_id="rules_retrieve", tags=TAGS, summary="One rule", responses=RuleSerializer)
    def get(self, request: Request, union: str, ref: str) -> Response:
        """All that it says."""
        return Response(RuleSerializer(self.found()).data)

    @extend_schema(
        operation_id="rules_replace",
        tags=TAGS,
        summary="Change a rule",
        request=RuleInputSerializer,
        responses=RuleSerializer,
    )
    def put(self, request: Request, union: str, ref: str) -> Response:
        """What is left out is as a new rule has it. Whose it is stays."""
        rule = change_rule(
            rule=self.found(), wording=wording_of(self.valid(RuleInputSerializer)), actor=self.actor, now=self.now
        )
        return Response(RuleSerializer(rule).data)

    @extend_schema(
        operation_id="rules_update",
        tags=TAGS,
        summary="Change parts of a rule",
        request=RuleInputSerializer(partial=True),
        responses=RuleSerializer,
    )
    def patch(self, request: Request, union: str, ref: str) -> Response:
        """What is left out stays as it was."""
        rule = self.found()
        data = request.data if isinstance(request.data, dict) else {}
        wish = self.valid(RuleInputSerializer, {**RuleSerializer(rule).data, **data})
        changed = change_rule(rule=rule, wording=wording_of(wish), actor=self.actor, now=self.now)
        return Response(RuleSerializer(changed).data)

    @extend_schema(operation_id="rules_delete", tags=TAGS, summary="Remove a rule", responses={204: None})
    def delete(self, request: Request, union: str, ref: str) -> Response:
        """With its figures; conversations it led to stay."""
        remove_rule(rule=self.found())
        return Response(status=204)


class RulePreview(_Ruling):
    scopes = {"GET": "rules:read"}

    @extend_schema(
        operation_id="rules_preview", tags=TAGS, summary="Whom it would have met", responses=PreviewSerializer
    )
    def get(self, request: Request, union: str, ref: str) -> Response:
        """Replays the last seven days of the browsing record."""
        return Response(PreviewSerializer(preview_of(self.union, as_live(self.found()), now=self.now)).data)
