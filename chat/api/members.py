"""Plans and memberships of preferred buyers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from chat.models import PreferredBuyer
from chat.queries.members import members_at, membership_of_person, memberships_of_person, open_plan, open_plans
from chat.serializers.members import JoinSerializer, MembershipSerializer, PlanSerializer
from chat.services.dues import collect_dues
from chat.services.members import cancel_membership, join_plan
from core.api.endpoint import UnionEndpoint, UnionList
from core.api.idempotency import once
from core.api.step import Step, documented
from core.errors import NotAllowed, NotFound
from payments.queries.accounts import default_account, payment_account_named

TAGS = ["memberships"]


class PlanList(UnionEndpoint):
    scopes = {"GET": None}

    @extend_schema(operation_id="plans_list", tags=TAGS, summary="Plans that can be joined",
                   responses=PlanSerializer(many=True))  # fmt: skip
    def get(self, request: Request, union: str) -> Response:
        """The union's own and those of its stores. There are few, so they come at once."""
        return Response(PlanSerializer(open_plans(self.union)[:500], many=True).data)


@extend_schema_view(get=extend_schema(operation_id="memberships_list", tags=TAGS, summary="Memberships"))
class MembershipList(UnionList):
    """A customer's own; for a store's key its members, for the office's those of the union's plans."""

    scopes = {"GET": "memberships:read", "POST": "memberships:write"}
    idempotent = {"POST": True}
    serializer_class = MembershipSerializer

    def rows(self) -> Any:
        if self.key.user is not None:
            own = PreferredBuyer.objects.filter(union=self.union, customer=self.key.user)
            return own.select_related("plan__store").order_by("-id")
        return members_at(self.union, self.key.store).select_related("plan__store").order_by("-id")

    def get(self, request: Request, union: str) -> Response:
        return self.page()

    @extend_schema(
        operation_id="memberships_create",
        tags=TAGS,
        summary="Join a plan",
        request=JoinSerializer,
        responses={201: MembershipSerializer},
        examples=[OpenApiExample("From the account used first", value={"plan": "KH-7Q2M4X9T-C"}, request_only=True)],
    )
    def post(self, request: Request, union: str) -> Response:
        """For a customer's key. The first dues are collected at once; `state` says what became of it."""
        return once(request, self.join)

    def join(self) -> tuple[int, Any]:
        if self.key.user is None:
            raise NotAllowed(_("This is for a customer's key."))
        wish = self.valid(JoinSerializer)
        user = self.key.user
        account = payment_account_named(user, wish["account"]) if wish["account"] else default_account(user)
        if account is None:
            raise NotFound(_("Add a payment account and verify it first."))
        plan = open_plan(self.union, wish["plan"])
        buyer = join_plan(plan=plan, customer=user, account=account, language=user.language, now=self.now)
        collect_dues(dues_id=buyer.dues.get().pk, now=self.now)
        return 201, shown(membership_of_person(user, buyer.ref))


@documented("memberships_cancel", "Cancel to the end of what is paid", tags=TAGS, answers=MembershipSerializer)
class MembershipCancel(Step):
    """For the member's own key. Nothing more is charged."""

    scopes = {"POST": "memberships:write"}
    idempotent = {"POST": True}

    def found(self) -> PreferredBuyer:
        if self.key.user is None:
            raise NotAllowed(_("This is for a customer's key."))
        buyer = memberships_of_person(self.key.user).filter(union=self.union, ref=self.kwargs["number"]).first()
        if buyer is None:
            raise NotFound
        return buyer

    def act(self, buyer: PreferredBuyer) -> None:
        cancel_membership(buyer=buyer, now=self.now)

    def shown(self, buyer: PreferredBuyer) -> Any:
        return shown(buyer)


def shown(buyer: PreferredBuyer) -> dict[str, Any]:
    """A membership as the API answers it."""
    return dict(MembershipSerializer(buyer).data)
