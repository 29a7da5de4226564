"""Every page of the administration, as everybody who might come to its door."""

import pytest
from django.contrib.contenttypes.models import ContentType

from tests.admin.places import (
    ADDABLE,
    CENTER_ONLY,
    CHANGEABLE,
    DELETABLE,
    address,
    browser_of,
    pages,
    thing_of,
)

OWN = sorted(set(pages()) - CENTER_ONLY)


def statuses(client, label, thing):
    """What list, page, history, deletion and adding answer."""
    found = {"list": client.get(address(label))}
    found["page"] = client.get(address(label, thing))
    found["history"] = client.get(address(label, thing, "history"))
    found["delete"] = client.get(address(label, thing, "delete"))
    found["add"] = client.get(address(label, None, "add"))
    return {name: response.status_code for name, response in found.items()}, found


def test_every_page_is_walked(here):
    assert set(here.things) == set(OWN)


def test_own_admin_sees_own_things_on_every_page(here, there):
    client = browser_of(here.admin)
    for label in OWN:
        codes, found = statuses(client, label, here.things[label])
        assert codes == {
            "list": 200,
            "page": 200,
            "history": 200,
            "delete": 200 if label in DELETABLE else 403,
            "add": 200 if label in ADDABLE else 403,
        }, label
        for name in ("list", "page", "history"):
            assert "Southland" not in found[name].content.decode(), (label, name)


def test_other_unions_things_do_not_exist(here, there):
    """Lists are without them; page, history and deletion lead back to the overview, as for a number never given."""
    client = browser_of(there.admin)
    for label in OWN:
        codes, found = statuses(client, label, here.things[label])
        missing = 403 if label not in DELETABLE else 302
        assert (codes["list"], codes["page"], codes["history"]) == (200, 302, 302), label
        assert codes["delete"] in (302, missing), label
        assert found["page"]["Location"] == "/admin/", label
        for response in found.values():
            assert "Northland" not in response.content.decode(), label
        posted = client.post(address(label, here.things[label]), {"name": "x", "_save": "1"})
        assert posted.status_code in (302, 403), label
        here.things[label].refresh_from_db()


def test_support_looks_and_changes_nothing(here):
    client = browser_of(here.support)
    for label in OWN:
        codes, found = statuses(client, label, here.things[label])
        assert codes == {"list": 200, "page": 200, "history": 200, "delete": 403, "add": 403}, label
        assert 'name="_save"' not in found["page"].content.decode(), label
        assert 'name="action"' not in found["list"].content.decode(), label
        assert client.post(address(label, here.things[label]), {"name": "x"}).status_code == 403, label


def test_center_admin_sees_everything_side_by_side(here, there, center):
    client = browser_of(center)
    for label in pages():
        for place in (here, there):
            codes, _found = statuses(client, label, thing_of(place, label))
            assert (codes["list"], codes["page"], codes["history"]) == (200, 200, 200), label
        assert codes["add"] == (200 if label in ADDABLE | {"unions.union"} else 403), label


def test_pages_of_the_center_are_closed_to_offices(here):
    client = browser_of(here.admin)
    for label in CENTER_ONLY:
        codes, _found = statuses(client, label, thing_of(here, label))
        assert codes["list"] == 403, label
        assert codes["page"] in (302, 403), label
        assert codes["add"] == 403, label
        assert codes["delete"] in (302, 403), label


def test_owner_and_shopper_are_refused_and_anonymous_signs_in(here, shopper):
    for user in (here.owner, shopper):
        client = browser_of(user)
        assert client.get("/admin/login/").status_code == 403
        for label in pages():
            response = client.get(address(label))
            assert (response.status_code, response["Location"]) == (302, f"/admin/login/?next={address(label)}"), label
    guest = browser_of(None)
    for label in pages():
        assert guest.get(address(label, thing_of(here, label))).status_code == 302, label
    response = guest.get("/admin/login/?next=/admin/stores/store/")
    assert response["Location"] == "/account/login/?next=/admin/stores/store/"


def test_staff_without_a_place_in_an_office_are_refused(here, shopper):
    shopper.is_staff = True
    shopper.save()
    assert browser_of(shopper).get("/admin/login/").status_code == 403


@pytest.mark.parametrize("field", [("stores", "category", "parent"), ("unions", "enterprise", "business_class")])
def test_autocomplete_offers_nothing_of_other_unions(here, there, field):
    app, model, name = field
    words = {"app_label": app, "model_name": model, "field_name": name, "term": ""}
    own = browser_of(here.admin).get("/admin/autocomplete/", words)
    if name == "parent":
        assert [row["text"] for row in own.json()["results"]] == ["Northland Category"]
    else:
        assert own.status_code == 403


def test_filter_on_stores_offers_only_own(here, there):
    """The store filter of products asks the same autocomplete."""
    words = {"app_label": "stores", "model_name": "product", "field_name": "store", "term": "land"}
    found = browser_of(there.admin).get("/admin/autocomplete/", words).json()["results"]
    assert [row["text"] for row in found] == ["Southland Store"]


def test_pages_between_say_nothing_of_others(here, there):
    """Overviews of apps, the shortcut to a thing's own site, the search for pages, the scripts' words."""
    client = browser_of(there.admin)
    for app in ("unions", "stores", "orders", "payments", "ascc"):
        page = client.get(f"/admin/{app}/")
        assert (page.status_code, "Northland" in page.content.decode()) == (200, False)
    assert client.get("/admin/accounts/").status_code == 404
    store = here.things["stores.store"]
    kind = ContentType.objects.get_for_model(store)
    assert client.get(f"/admin/r/{kind.pk}/{store.pk}/").status_code == 404
    assert "Northland" not in client.get("/admin/search/?s=store&extended=1").content.decode()
    assert client.get("/admin/jsi18n/").status_code == 200


def test_searching_and_filtering_by_others_finds_nothing(here, there):
    client = browser_of(there.admin)
    assert "Northland Store" not in client.get("/admin/stores/store/?q=Northland").content.decode()
    store = here.things["stores.store"]
    page = client.get(f"/admin/stores/product/?store__id__exact={store.pk}").content.decode()
    assert "Northland" not in page
    assert "Northland" not in client.get(f"/admin/orders/order/?union={here.union.pk}").content.decode()


def test_actions_on_others_rows_do_nothing(here, there):
    store = here.things["stores.store"]
    data = {"action": "unpublish", "_selected_action": [store.pk], "confirmed": "1"}
    browser_of(there.admin).post("/admin/stores/store/", data)
    store.refresh_from_db()
    assert store.is_published is True


def test_moves_of_others_things_do_not_exist(here, there):
    for label, move in (
        ("unions.membership", "suspend"),
        ("stores.store", "unpublish"),
        ("stores.product", "unpublish"),
        ("stores.review", "hide"),
        ("stores.apikey", "revoke"),
        ("payments.payout", "send"),
        ("ascc.serviceprogram", "end"),
        ("ascc.serviceprovider", "suspend"),
        ("ascc.voucher", "cancel"),
        ("ascc.dispute", "decide"),
        ("ascc.redemption", "claim"),
        ("ascc.claim", "approve"),
        ("ascc.policy", "extend"),
        ("ascc.insurer", "premium"),
    ):
        thing = here.things[label]
        for user in (there.admin, here.support):
            client = browser_of(user)
            assert client.get(address(label, thing, "move", move)).status_code == 404, label
            assert client.post(address(label, thing, "move", move), {"confirmed": "1"}).status_code == 404, label
        assert browser_of(here.admin).get(address(label, thing, "move", move)).status_code == 200, label


def test_admin_of_two_unions_supports_one_and_runs_the_other(here, there):
    from tests.factories.unions import UnionStaffFactory

    UnionStaffFactory(union=there.union, user=here.admin, role="support")
    client = browser_of(here.admin)
    page = client.get("/admin/stores/store/").content.decode()
    assert "Northland Store" in page
    assert "Southland Store" in page
    store = there.things["stores.store"]
    assert client.get(address("stores.store", store, "move", "unpublish")).status_code == 404
    data = {"action": "unpublish", "_selected_action": [store.pk], "confirmed": "1"}
    client.post("/admin/stores/store/", data)
    store.refresh_from_db()
    assert store.is_published is True
    assert client.get(address("stores.category", there.things["stores.category"], "delete")).status_code == 403


def test_changeable_pages_have_a_save_button(here):
    client = browser_of(here.admin)
    for label in OWN:
        has_button = 'name="_save"' in client.get(address(label, here.things[label])).content.decode()
        assert has_button is (label in CHANGEABLE), label


def test_the_books_say_in_words_what_happened(here):
    client = browser_of(here.admin)
    transaction, account = here.things["payments.ledgertransaction"], here.things["payments.ledgeraccount"]
    client.cookies["django_language"] = "ko"
    listed = client.get(address("payments.ledgertransaction")).content.decode()
    assert (transaction.kind, "수익 확정" in listed, ">earned<" in listed) == ("earned", True, False)
    own = client.get(address("payments.ledgertransaction", transaction)).content.decode()
    assert ("수익 확정" in own, ">earned<" in own) == (True, False)
    narrowed = client.get(address("payments.ledgertransaction"), {"kind": "payout_sent"}).content.decode()
    assert transaction.reference not in narrowed
    assert "enterprise_payable" not in client.get(address("payments.ledgeraccount", account)).content.decode()
