"""Every list and every page of the administration, and its overview, run a fixed number of queries."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.places import address, browser_of, furnish_more, thicken

# List and page; the host, the person and the person's places in offices are three of each.
COUNTS = {
    "ascc.assessment": (4, 4),
    "ascc.claim": (7, 7),
    "ascc.dispute": (5, 7),
    "ascc.incentivevoucher": (4, 4),
    "ascc.insurer": (5, 8),
    "ascc.policy": (5, 5),
    "ascc.redemption": (4, 5),
    "ascc.serviceprogram": (5, 6),
    "ascc.serviceprovider": (6, 8),
    "ascc.voucher": (4, 7),
    "chat.block": (5, 7),
    "chat.consolesession": (7, 6),
    "chat.conversation": (8, 7),
    "chat.manager": (5, 7),
    "chat.rule": (5, 7),
    "matching.matchrequest": (4, 5),
    "matching.matchresponse": (4, 4),
    "matching.subscription": (5, 4),
    "matching.weights": (5, 5),
    "orders.bill": (7, 7),
    "orders.carrier": (5, 7),
    "orders.carrierservice": (6, 6),
    "orders.customer": (8, 6),
    "orders.customerresponse": (7, 6),
    "orders.order": (7, 9),
    "orders.procedure": (5, 7),
    "orders.purchase": (7, 7),
    "orders.reservation": (7, 5),
    "orders.resource": (5, 5),
    "orders.return": (7, 6),
    "orders.responseterms": (5, 5),
    "orders.returnrule": (5, 6),
    "payments.checkreport": (7, 5),
    "payments.earning": (7, 9),
    "payments.ledgeraccount": (6, 7),
    "payments.ledgertransaction": (7, 6),
    "payments.paymentrequest": (8, 8),
    "payments.payout": (7, 8),
    "payments.payoutaccount": (5, 7),
    "payments.refund": (7, 9),
    "stores.apikey": (5, 6),
    "stores.category": (5, 5),
    "stores.product": (7, 9),
    "stores.review": (8, 9),
    "stores.stocklevel": (5, 8),
    "stores.stockmovement": (5, 7),
    "stores.store": (5, 8),
    "stores.supplier": (5, 5),
    "stores.taxclass": (5, 5),
    "unions.auditentry": (7, 4),
    "unions.enterprise": (6, 8),
    "unions.look": (6, 6),
    "unions.membership": (7, 7),
    "unions.redirect": (7, 5),
    "unions.union": (5, 5),
    "unions.unionbanner": (5, 5),
    "unions.unionholiday": (7, 5),
    "unions.unionpage": (5, 5),
    "unions.unionstaff": (5, 6),
}
OVERVIEW = 16


def count(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200, path
    return len(queries)


def counts(client, place):
    return {
        label: (count(client, address(label)), count(client, address(label, thing)))
        for label, thing in place.things.items()
    }


def test_lists_and_pages_run_a_fixed_number_of_queries(here):
    client = browser_of(here.admin)
    counts(client, here)  # kinds of content are remembered by the process from the first look on
    assert sorted(counts(client, here).items() ^ COUNTS.items()) == []
    for at, name in enumerate(("Further", "Furthest")):
        furnish_more(here, name)
        thicken(here, at)
    assert sorted(counts(client, here).items() ^ COUNTS.items()) == []


def test_overview_runs_a_fixed_number_of_queries(here, there, center):
    one = count(browser_of(here.admin), "/admin/")
    furnish_more(here, "Further")
    furnish_more(here, "Furthest")
    assert (one, count(browser_of(here.admin), "/admin/")) == (OVERVIEW, OVERVIEW)
    # The center's unions come with one query instead of the places in offices.
    assert count(browser_of(center), "/admin/") == OVERVIEW
