"""Codes: issuing, taking back and entering them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.callers import shopper_behind, store_behind
from chat.models import AccessCode
from chat.queries.codes import campaign_at, codes_of_place
from chat.serializers.codes import AccessCodeSerializer, EnterCodeSerializer, EnteredSerializer, NewCodeSerializer
from chat.services.codes import Person, enter_code, issue_codes, issue_print_codes, revoke_code
from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import Invalid, NotFound

TAGS = ["codes"]


@extend_schema_view(get=extend_schema(operation_id="codes_list", tags=TAGS, summary="Sign-in codes"))
class CodeList(UnionList):
    """Those of the key's store, or of the union's own campaigns, newest first."""

    scopes = {"GET": "codes:read", "POST": "codes:write"}
    idempotent = {"POST": True}
    serializer_class = AccessCodeSerializer

    def rows(self) -> Any:
        return codes_of_place(self.union, store_behind(self.key))

    def get(self, request: Request, union: str) -> Response:
        return self.page()

    @extend_schema(
        operation_id="codes_create",
        tags=TAGS,
        summary="Issue a code",
        request=NewCodeSerializer,
        responses={201: AccessCodeSerializer},
        examples=[
            OpenApiExample(
                "For one person, once",
                value={"campaign": "spring", "name": "Ada Lin", "email": "ada@example.com", "max_uses": 1},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, union: str) -> Response:
        """With a name, e-mail address or reference it is that person's; who has one in this campaign gets no other."""
        return once(request, self.issue)

    def issue(self) -> tuple[int, Any]:
        wish = self.valid(NewCodeSerializer)
        campaign = campaign_at(self.union, store_behind(self.key), wish["campaign"])
        person = Person(wish["name"], wish["email"], wish["address"], wish["language"], wish["reference"])
        limits = {"max_uses": wish["max_uses"], "expires_at": wish["expires_at"], "now": self.now}
        if person == Person():
            made = issue_print_codes(campaign=campaign, label=wish["label"], quantity=1, **limits)
        else:
            made = issue_codes(campaign=campaign, persons=[person], **limits)
        if not made:
            raise Invalid("This person has a code of the campaign already.", field="email")
        made[0].campaign = campaign
        return 201, dict(AccessCodeSerializer(made[0]).data)


@documented("codes_revoke", "Take a code back", tags=TAGS, answers=AccessCodeSerializer)
class CodeRevoke(Step):
    """It opens nothing any more; what was begun with it goes on."""

    scopes = {"POST": "codes:write"}
    idempotent = {"POST": True}

    def found(self) -> AccessCode:
        code = codes_of_place(self.union, store_behind(self.key)).filter(nonce=self.kwargs["code"]).first()
        if code is None:
            raise NotFound
        return code

    def act(self, code: AccessCode) -> None:
        revoke_code(campaign=code.campaign, code_id=code.pk, now=self.now)

    def shown(self, code: AccessCode) -> Any:
        return dict(AccessCodeSerializer(code).data)


class CodeEnter(UnionEndpoint):
    scopes = {"POST": "codes:write"}
    idempotent = {"POST": True}

    @extend_schema(operation_id="codes_enter", tags=TAGS, summary="Enter a code", request=EnterCodeSerializer,
                   responses=EnteredSerializer)  # fmt: skip
    def post(self, request: Request, union: str) -> Response:
        """For a customer's key: leads to the item and begins a conversation with the right representative.

        Wrong codes are counted: after ten within a quarter of an hour `429 too_many`.
        """
        return once(request, self.enter)

    def enter(self) -> tuple[int, Any]:
        shopper = shopper_behind(self.key, self.request)
        code, conversation = enter_code(shopper=shopper, text=self.valid(EnterCodeSerializer)["code"], now=self.now)
        product = code.campaign.product
        return 200, {
            "conversation": conversation.ref,
            "campaign": code.campaign.short,
            "store": conversation.store.slug if conversation.store else "",
            "product": product.slug if product else "",
        }
