"""The orders' part of `/manage/…`; `martunion.urls.manage` puts it together with the stores' part."""

from django.urls import path, re_path

from orders.views.manage import bills, orders, settlement

STORE = "<slug:union>/<slug:store>"
STEPS = "|".join([*orders.PLAIN_STEPS, "ship", "cancel"])

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
]
