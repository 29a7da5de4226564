"""The orders' part of `/manage/…`; `martunion.urls.manage` puts it together with the stores' part."""

from django.urls import path, re_path

from orders.views.manage import bills, booking, orders, proposals, reservations, settlement

STORE = "<slug:union>/<slug:store>"
STEPS = "|".join([*orders.PLAIN_STEPS, "ship", "cancel"])
RESERVATION_STEPS = "|".join(reservations.STEPS)

urlpatterns = [
    path(f"{STORE}/", orders.dashboard, name="dashboard"),
    path(f"{STORE}/settlement/", settlement.overview, name="settlement"),
    path(f"{STORE}/settlement/account/", settlement.account_statement, name="account_statement"),
    path(f"{STORE}/settlement/account/add/", settlement.account_add, name="payout_account_add"),
    path(f"{STORE}/settlement/account/verify/", settlement.account_verify, name="payout_account_verify"),
    path(f"{STORE}/settlement/account/remove/", settlement.account_revoke, name="payout_account_remove"),
    re_path(
        r"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/settlement/account\.(?P<shape>csv|pdf)$",
        settlement.account_statement,
        name="account_statement_file",
    ),
    path(f"{STORE}/settlement/<str:number>/", settlement.statement, name="payout_statement"),
    path(f"{STORE}/settlement/<str:number>/again/", settlement.payout_retry, name="payout_retry"),
    re_path(
        r"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/settlement/(?P<number>[-\w]+)\.(?P<shape>csv|pdf)$",
        settlement.statement,
        name="payout_statement_file",
    ),
    path(f"{STORE}/payment-requests/", bills.bills, name="bills"),
    path(f"{STORE}/payment-requests/<str:number>/withdraw/", bills.bill_withdraw, name="bill_withdraw"),
    path(f"{STORE}/payment-requests/<str:number>/give-back/", bills.bill_give_back, name="bill_give_back"),
    path(f"{STORE}/orders/", orders.orders, name="orders"),
    path(f"{STORE}/orders/<str:number>/", orders.order, name="order"),
    path(f"{STORE}/orders/<str:number>/slip/", orders.packing_slip, name="packing_slip"),
    re_path(
        rf"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/orders/(?P<number>[-\w]+)/(?P<step>{STEPS})/$",
        orders.order_step,
        name="order_step",
    ),
    path(f"{STORE}/proposals/", proposals.proposals, name="proposals"),
    path(f"{STORE}/proposals/rules/", proposals.rules, name="proposal_rules"),
    path(f"{STORE}/proposals/rules/<str:key>/", proposals.rule, name="proposal_rule"),
    path(f"{STORE}/proposals/rules/<str:key>/remove/", proposals.rule_remove, name="proposal_rule_remove"),
    path(f"{STORE}/proposals/<str:number>/", proposals.proposal, name="proposal"),
    re_path(
        rf"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/proposals/(?P<number>[-\w]+)/(?P<step>{'|'.join(proposals.STEPS)})/$",
        proposals.step,
        name="proposal_step",
    ),
    path(f"{STORE}/reservations/", reservations.reservations, name="reservations"),
    path(f"{STORE}/reservations/calendar/", reservations.calendar, name="calendar"),
    path(f"{STORE}/reservations/new/", reservations.new, name="reservation_new"),
    path(f"{STORE}/reservations/<str:number>/", reservations.reservation, name="reservation"),
    re_path(
        rf"^(?P<union>[-\w]+)/(?P<store>[-\w]+)/reservations/(?P<number>[-\w]+)/(?P<step>{RESERVATION_STEPS})/$",
        reservations.step,
        name="reservation_step",
    ),
    path(f"{STORE}/booking/", booking.overview, name="booking"),
    path(f"{STORE}/booking/services/new/", booking.bookable_new, name="booking_service_new"),
    path(f"{STORE}/booking/services/<str:key>/", booking.bookable, name="booking_service"),
    path(f"{STORE}/booking/resources/new/", booking.resource_new, name="booking_resource_new"),
    path(f"{STORE}/booking/resources/<str:key>/", booking.resource, name="booking_resource"),
    path(f"{STORE}/booking/resources/<str:key>/day-gone/", booking.resource_day_gone, name="booking_resource_day_gone"),
]
