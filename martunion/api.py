"""The root of the REST API: every address below /api/v1/."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.defaults import server_error
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework import exceptions
from rest_framework.request import Request

from ascc.api import programs, till, vouchers
from chat.api import codes as talk_codes
from chat.api import conversations, members, places, rooms, rules
from core.api.endpoint import Endpoint
from core.api.problems import BROKEN, plain_problem
from matching.api import calls, codes, wishes
from orders.api import (
    bills,
    cart,
    orders,
    procedures,
    proposals,
    reservations,
    responses,
    returns,
    shipments,
    urgent,
    visits,
)
from payments import api as payments
from stores.api import goods, stock, stores, supply
from unions import api as unions


@extend_schema(exclude=True)
class Nothing(Endpoint):
    """Every other address below the API is answered with a problem document, not with a page."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


def failed(request: HttpRequest) -> HttpResponse:
    """handler500: a failure outside of all views is a problem document below the API, else the usual page."""
    if request.path.startswith("/api/v1/"):
        return plain_problem(request, status=500, code="internal_error", detail=BROKEN)
    return server_error(request)


of_union: list[URLPattern | URLResolver] = [
    path("", unions.UnionDetail.as_view()),
    path("classes/", stores.ClassList.as_view()),
    path("stores/", stores.StoreList.as_view()),
    path("stores/<slug:store>/", stores.StoreDetail.as_view()),
    path("products/", goods.ProductList.as_view()),
    path("products/<slug:store>/<slug:product>/", goods.ProductDetail.as_view()),
    path("prices/<path:sku>/", goods.PriceDetail.as_view()),
    path("stock/", stock.StockList.as_view()),
    path("stock/<path:sku>/movements/", stock.MovementList.as_view()),
    path("stock/<path:sku>/", stock.StockDetail.as_view()),
    path("suppliers/", supply.SupplierList.as_view()),
    path("suppliers/<slug:ref>/", supply.SupplierDetail.as_view()),
    path("suppliers/<slug:ref>/goods/", supply.SupplierGoods.as_view()),
    path("purchase-orders/", supply.PurchaseOrderList.as_view()),
    path("purchase-orders/<slug:number>/", supply.PurchaseOrderDetail.as_view()),
    path("purchase-orders/<slug:number>/send/", supply.Send.as_view()),
    path("purchase-orders/<slug:number>/receive/", supply.Receive.as_view()),
    path("purchase-orders/<slug:number>/call-off/", supply.CallOff.as_view()),
    path("urgent-sales/", urgent.UrgentSaleList.as_view()),
    path("urgent-sales/<slug:ref>/", urgent.UrgentSaleDetail.as_view()),
    path("urgent-sales/<slug:ref>/end/", urgent.End.as_view()),
    path("urgent-sales/<slug:ref>/take/", urgent.Take.as_view()),
    path("urgent-sales/<slug:ref>/place/", urgent.Place.as_view()),
    path("cart/", cart.CartDetail.as_view()),
    path("cart/lines/", cart.CartLines.as_view()),
    path("cart/lines/<slug:store>/<path:sku>/", cart.CartLine.as_view()),
    path("checkout/", cart.Checkout.as_view()),
    path("purchases/", cart.Purchases.as_view()),
    path("purchases/<slug:number>/", cart.PurchaseDetail.as_view()),
    path("orders/", orders.OrderList.as_view()),
    path("orders/<slug:number>/", orders.OrderDetail.as_view()),
    path("orders/<slug:number>/accept/", orders.Accept.as_view()),
    path("orders/<slug:number>/pack/", orders.Pack.as_view()),
    path("orders/<slug:number>/ship/", orders.Ship.as_view()),
    path("orders/<slug:number>/deliver/", orders.Deliver.as_view()),
    path("orders/<slug:number>/cancel/", orders.Cancel.as_view()),
    path("orders/<slug:number>/run/", procedures.OrderRunDetail.as_view()),
    path("orders/<slug:number>/run/<int:place>/done/", procedures.StepDone.as_view()),
    path("orders/<slug:number>/run/<int:place>/skip/", procedures.StepSkip.as_view()),
    path("procedures/", procedures.ProcedureList.as_view()),
    path("procedures/<slug:procedure>/", procedures.ProcedureDetail.as_view()),
    path("orders/<slug:number>/path/", visits.OrderPath.as_view()),
    path("visitors/", visits.Visitors.as_view()),
    path("shipments/<str:number>/", shipments.ShipmentDetail.as_view()),
    path("shipments/<str:number>/events/", shipments.ShipmentEvents.as_view()),
    path("orders/<slug:number>/return/", returns.AskReturn.as_view()),
    path("returns/", returns.ReturnList.as_view()),
    path("returns/<slug:number>/", returns.ReturnDetail.as_view()),
    path("returns/<slug:number>/approve/", returns.Approve.as_view()),
    path("returns/<slug:number>/decline/", returns.Decline.as_view()),
    path("returns/<slug:number>/receive/", returns.Receive.as_view()),
    path("returns/<slug:number>/refund/", returns.Refund.as_view()),
    path("returns/<slug:number>/exchange/", returns.Exchange.as_view()),
    path("returns/<slug:number>/cancel/", returns.Cancel.as_view()),
    path("rules/", rules.RuleList.as_view()),
    path("rules/<str:ref>/", rules.RuleDetail.as_view()),
    path("rules/<str:ref>/preview/", rules.RulePreview.as_view()),
    path("resources/", reservations.ResourceList.as_view()),
    path("slots/", reservations.SlotList.as_view()),
    path("proposals/", proposals.ProposalList.as_view()),
    path("proposals/<slug:number>/", proposals.ProposalDetail.as_view()),
    path("proposals/<slug:number>/accept/", proposals.Accept.as_view()),
    path("proposals/<slug:number>/counter/", proposals.Counter.as_view()),
    path("proposals/<slug:number>/decline/", proposals.Decline.as_view()),
    path("proposals/<slug:number>/order/", proposals.IntoCart.as_view()),
    path("responses/", responses.ResponseList.as_view()),
    path("responses/<slug:number>/", responses.ResponseDetail.as_view()),
    path("responses/<slug:number>/answer/", responses.Answer.as_view()),
    path("responses/<slug:number>/write/", responses.Write.as_view()),
    path("responses/<slug:number>/resolve/", responses.Resolve.as_view()),
    path("responses/<slug:number>/escalate/", responses.Escalate.as_view()),
    path("responses/<slug:number>/hand-back/", responses.HandBack.as_view()),
    path("responses/<slug:number>/rate/", responses.Rate.as_view()),
    path("reservations/", reservations.ReservationList.as_view()),
    path("reservations/<slug:number>/", reservations.ReservationDetail.as_view()),
    path("reservations/<slug:number>/accept/", reservations.Accept.as_view()),
    path("reservations/<slug:number>/decline/", reservations.Decline.as_view()),
    path("reservations/<slug:number>/counter/", reservations.Counter.as_view()),
    path("reservations/<slug:number>/cancel/", reservations.Cancel.as_view()),
    path("reservations/<slug:number>/done/", reservations.Done.as_view()),
    path("reservations/<slug:number>/no-show/", reservations.NoShow.as_view()),
    path("conversations/", conversations.ConversationList.as_view()),
    path("conversations/<slug:ref>/", conversations.ConversationDetail.as_view()),
    path("conversations/<slug:ref>/messages/", conversations.MessageList.as_view()),
    path("conversations/<slug:ref>/accept/", conversations.Accept.as_view()),
    path("conversations/<slug:ref>/assign/", conversations.Assign.as_view()),
    path("conversations/<slug:ref>/end/", conversations.End.as_view()),
    path("conversations/<slug:ref>/rate/", conversations.Rate.as_view()),
    path("presence/", places.PresenceList.as_view()),
    path("saved-replies/", places.SavedReplyList.as_view()),
    path("saved-replies/<int:reply>/", places.SavedReplyDetail.as_view()),
    path("talk-settings/", places.TalkSettingsDetail.as_view()),
    path("payment-accounts/", payments.PaymentAccountList.as_view()),
    path("payment-accounts/<slug:account>/", payments.PaymentAccountDetail.as_view()),
    path("payment-accounts/<slug:account>/verify/", payments.PaymentAccountVerify.as_view()),
    path("payment-requests/", bills.PaymentRequestList.as_view()),
    path("payment-requests/<slug:number>/", bills.PaymentRequestDetail.as_view()),
    path("payment-requests/<slug:number>/confirm/", bills.Confirm.as_view()),
    path("payment-requests/<slug:number>/withdraw/", bills.Withdraw.as_view()),
    path("payment-requests/<slug:number>/refund/", bills.Refund.as_view()),
    path("codes/", talk_codes.CodeList.as_view()),
    path("codes/enter/", talk_codes.CodeEnter.as_view()),
    path("codes/<slug:code>/revoke/", talk_codes.CodeRevoke.as_view()),
    path("plans/", members.PlanList.as_view()),
    path("memberships/", members.MembershipList.as_view()),
    path("memberships/<slug:number>/cancel/", members.MembershipCancel.as_view()),
    path("rooms/", rooms.RoomList.as_view()),
    path("rooms/<slug:room>/", rooms.RoomDetail.as_view()),
    path("rooms/<slug:room>/hold/", rooms.RoomHold.as_view()),
    path("rooms/<slug:room>/release/", rooms.RoomRelease.as_view()),
    path("rooms/<slug:room>/words/", rooms.RoomWords.as_view()),
    path("programs/", programs.ProgramList.as_view()),
    path("programs/<slug:program>/", programs.ProgramDetail.as_view()),
    path("providers/", programs.ProviderList.as_view()),
    path("providers/<slug:provider>/", programs.ProviderDetail.as_view()),
    path("vouchers/", vouchers.VoucherList.as_view()),
    path("vouchers/verify/", till.Verify.as_view()),
    path("vouchers/<slug:code>/", vouchers.VoucherDetail.as_view()),
    path("vouchers/<slug:code>/activate/", vouchers.Activate.as_view()),
    path("vouchers/<slug:code>/transmit/", vouchers.Transmit.as_view()),
    path("vouchers/<slug:code>/take-back/", vouchers.TakeBack.as_view()),
    path("vouchers/<slug:code>/accept/", vouchers.Accept.as_view()),
    path("vouchers/<slug:code>/decline/", vouchers.Decline.as_view()),
    path("vouchers/<slug:code>/complete/", vouchers.Complete.as_view()),
    path("vouchers/<slug:code>/assess/", vouchers.Assess.as_view()),
    path("vouchers/<slug:code>/hold/", till.Hold.as_view()),
    path("vouchers/<slug:code>/redeem/", till.Redeem.as_view()),
    path("vouchers/<slug:code>/undo/", till.Undo.as_view()),
    path("match-requests/", wishes.WishList.as_view()),
    path("match-requests/<slug:ref>/", wishes.WishDetail.as_view()),
    path("match-requests/<slug:ref>/pictures/<slug:picture>/", wishes.WishPicture.as_view()),
    path("match-requests/<slug:ref>/responses/", wishes.ResponseList.as_view()),
    path("match-requests/<slug:ref>/responses/<slug:answer>/use/", wishes.Use.as_view()),
    path("match-calls/", calls.CallList.as_view()),
    path("match-calls/<slug:ref>/", calls.CallDetail.as_view()),
    path("match-calls/<slug:ref>/pictures/<slug:picture>/", calls.CallPicture.as_view()),
    path("match-calls/<slug:ref>/answer/", calls.AnswerCall.as_view()),
    path("match-calls/<slug:ref>/withdraw/", calls.WithdrawCall.as_view()),
    path("match-calls/<slug:ref>/decline/", calls.DeclineCall.as_view()),
    path("settlements/", payments.SettlementList.as_view()),
    path("payouts/", payments.PayoutList.as_view()),
    path("ledger/", payments.LedgerList.as_view()),
]

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("unions/", unions.UnionList.as_view()),
    path("unions/nearest/", unions.NearestUnions.as_view()),
    path("unions/<slug:union>/", include(of_union)),
    path("signal-codes/", codes.SignalCodeList.as_view()),
    re_path(r"", Nothing.as_view()),
]
