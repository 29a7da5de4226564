"""The side bar: what an office does, in the order in which it does it.

An item is a name, a symbol, the model whose readers see it and, where that is not the model's list, its address.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

SECTIONS: tuple[tuple[Any, tuple[tuple[Any, ...], ...]], ...] = (
    (
        _("Members"),
        (
            (_("Memberships"), "handshake", "unions.membership"),
            (_("Enterprises"), "domain", "unions.enterprise"),
            (_("Stores"), "storefront", "stores.store"),
        ),
    ),
    (
        _("Goods"),
        (
            (_("Products"), "inventory_2", "stores.product"),
            (_("Categories"), "account_tree", "stores.category"),
            (_("Stock"), "warehouse", "stores.stocklevel"),
            (_("Stock movements"), "swap_vert", "stores.stockmovement"),
            (_("Reviews"), "reviews", "stores.review"),
        ),
    ),
    (
        _("Sales"),
        (
            (_("Figures"), "monitoring", "orders.order", "orders_figures"),
            (_("Orders"), "receipt_long", "orders.order"),
            (_("Purchases"), "shopping_bag", "orders.purchase"),
            (_("Carriers"), "local_shipping", "orders.carrier"),
            (_("Services of carriers"), "route", "orders.carrierservice"),
            (_("Returns"), "assignment_return", "orders.return"),
            (_("Customer responses"), "contact_support", "orders.customerresponse"),
            (_("Service times"), "timer", "orders.responseterms"),
            (_("Rules for returns"), "rule", "orders.returnrule"),
            (_("Reservations"), "event", "orders.reservation"),
            (_("Resources"), "event_seat", "orders.resource"),
            (_("Payments asked by stores"), "request_quote", "orders.bill"),
            (_("Sales procedures"), "checklist", "orders.procedure"),
            (_("Customers"), "groups", "orders.customer"),
            (_("Visitors"), "visibility", "orders.purchase", "orders_visitors"),
            (_("Redirects"), "alt_route", "unions.redirect"),
        ),
    ),
    (
        _("Money"),
        (
            (_("Payments"), "credit_card", "payments.paymentrequest"),
            (_("Refunds"), "currency_exchange", "payments.refund"),
            (_("Earnings"), "savings", "payments.earning"),
            (_("Payouts"), "payments", "payments.payout"),
            (_("Payout accounts"), "account_balance", "payments.payoutaccount"),
            (_("Ledger accounts"), "account_balance_wallet", "payments.ledgeraccount"),
            (_("Ledger"), "menu_book", "payments.ledgertransaction"),
            (_("Daily checks"), "fact_check", "payments.checkreport"),
        ),
    ),
    (
        _("Conversations"),
        (
            (_("Conversations"), "forum", "chat.conversation"),
            (_("Store managers"), "support_agent", "chat.manager"),
            (_("Console sessions"), "devices", "chat.consolesession"),
            (_("Blocked visitors"), "block", "chat.block"),
        ),
    ),
    (
        _("Live matching"),
        (
            (_("Figures"), "monitoring", "matching.matchrequest", "matching_figures"),
            (_("Wishes"), "campaign", "matching.matchrequest"),
            (_("Answers"), "quickreply", "matching.matchresponse"),
            (_("Subscriptions"), "notifications_active", "matching.subscription"),
            (_("Weights of the ranking"), "balance", "matching.weights"),
        ),
    ),
    (
        _("After-sales service"),
        (
            (_("Figures"), "monitoring", "ascc.voucher", "ascc_figures"),
            (_("Programs"), "verified_user", "ascc.serviceprogram"),
            (_("Vouchers"), "confirmation_number", "ascc.voucher"),
            (_("Service providers"), "handyman", "ascc.serviceprovider"),
            (_("Services done"), "task_alt", "ascc.redemption"),
            (_("Disputes"), "gavel", "ascc.dispute"),
            (_("Assessments"), "star", "ascc.assessment"),
            (_("Incentive vouchers"), "redeem", "ascc.incentivevoucher"),
            (_("Insurers"), "health_and_safety", "ascc.insurer"),
            (_("Policies"), "policy", "ascc.policy"),
            (_("Claims"), "request_page", "ascc.claim"),
        ),
    ),
    (
        _("Union"),
        (
            (_("Unions"), "location_city", "unions.union"),
            (_("Pages"), "article", "unions.unionpage"),
            (_("Banners"), "campaign", "unions.unionbanner"),
            (_("Holidays"), "event_busy", "unions.unionholiday"),
            (_("Office"), "badge", "unions.unionstaff"),
            (_("Looks at personal data"), "policy", "unions.look"),
            (_("Tax classes"), "percent", "stores.taxclass"),
            (_("Suppliers"), "local_shipping", "stores.supplier"),
            (_("Files of the union"), "download", "stores.store", "stores_files"),
            (_("API keys"), "key", "stores.apikey"),
            (_("Audit log"), "history", "unions.auditentry"),
        ),
    ),
    (
        _("Service center"),
        (
            (_("People"), "person", "accounts.user"),
            (_("Business classes"), "category", "unions.businessclass"),
        ),
    ),
)


FIGURES = (
    "admin:orders_figures",
    "admin:orders_visitors",
    "admin:matching_figures",
    "admin:ascc_figures",
    "admin:stores_files",
)


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the side bar with what this person may see."""
    pages = {page.opts.label_lower: page for page in admin.site._registry.values()}
    groups: list[dict[str, Any]] = [
        {"title": "", "items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}]}
    ]
    for title, items in SECTIONS:
        shown = [
            _item(request, name, icon, reverse(f"admin:{''.join(own) or _list_of(label)}"))
            for name, icon, label, *own in items
            if pages[label].has_view_permission(request)
        ]
        if shown:
            groups.append({"title": title, "items": shown})
    return groups


def _item(request: HttpRequest, name: Any, icon: str, link: str) -> dict[str, Any]:
    item = {"title": name, "icon": icon, "link": link}
    for figures in map(reverse, FIGURES):
        if link != figures and figures.startswith(link) and request.path.startswith(figures):
            # Its address begins as that of the list above which it stands; one of both is where the reader is.
            item["active"] = False
    return item


def _list_of(label: str) -> str:
    return f"{label.replace('.', '_')}_changelist"


def site_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu under the site's name: ways out of the office."""
    return [
        {"title": _("Service center"), "link": reverse("center:home"), "icon": "home"},
        {"title": _("My account"), "link": reverse("accounts:home"), "icon": "person"},
    ]
