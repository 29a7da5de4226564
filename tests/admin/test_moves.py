"""What an office does: each change goes through its service, with the person and the reason, or is refused in words."""

from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages

from core.models import OutboxEvent
from payments.models import Payout, PayoutAccount
from stores.models import ApiKey, Category, TaxClass
from stores.services.keys import find_key
from tests.admin.places import address, browser_of
from tests.factories.accounts import UserFactory
from tests.factories.stores import CategoryFactory
from tests.factories.unions import MembershipFactory, UnionStaffFactory
from unions.models import Membership, MembershipChange, UnionPage, UnionStaff


def said(response):
    """What the messages of a response say."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_approving_asks_then_moves_with_person_and_reason(here):
    applied = MembershipFactory(union=here.union, state=Membership.State.APPLIED, enterprise__name="Newcomer")
    client = browser_of(here.admin)
    where = address("unions.membership", applied, "move", "approve")

    asked = client.get(where)
    assert asked.status_code == 200
    assert "Let these enterprises in?" in asked.content.decode()
    applied.refresh_from_db()
    assert applied.state == "applied"

    done = client.post(where, {"confirmed": "1", "reason": "Papers are in order."})
    assert (done.status_code, done["Location"]) == (302, address("unions.membership", applied))
    applied.refresh_from_db()
    assert applied.state == "active"
    change = MembershipChange.objects.get(membership=applied)
    assert (change.from_state, change.to_state, change.actor, change.reason) == (
        "applied",
        "active",
        here.admin,
        "Papers are in order.",
    )
    assert OutboxEvent.objects.filter(aggregate=f"membership:{applied.pk}", payload__to_state="active").count() == 1
    entry = LogEntry.objects.get(object_id=str(applied.pk))
    assert (entry.user, entry.change_message) == (here.admin, "approve: Papers are in order.")


def test_approving_from_the_list_takes_those_that_fit_and_says_which_do_not(here):
    applied = MembershipFactory(union=here.union, state=Membership.State.APPLIED)
    active = here.things["unions.membership"]
    client = browser_of(here.admin)
    chosen = {"action": "approve", "_selected_action": [applied.pk, active.pk]}

    asked = client.post("/admin/unions/membership/", chosen)
    assert asked.status_code == 200
    assert Membership.objects.get(pk=applied.pk).state == "applied"

    done = client.post("/admin/unions/membership/", {**chosen, "confirmed": "1", "reason": ""})
    assert done.status_code == 302
    assert Membership.objects.get(pk=applied.pk).state == "active"
    assert MembershipChange.objects.filter(membership=active).count() == 1
    assert said(done) == [
        f"{active}: This has changed in the meantime and can no longer be done.",
        f"Approve: {applied.enterprise} (active)",
    ]


def test_suspending_and_releasing_keep_their_reasons(here):
    member = here.things["unions.membership"]
    client = browser_of(here.admin)
    client.post(address("unions.membership", member, "move", "suspend"), {"confirmed": "1", "reason": "No answer"})
    member.refresh_from_db()
    assert member.state == "suspended"
    client.post(address("unions.membership", member, "move", "release"), {"confirmed": "1", "reason": "Gone"})
    member.refresh_from_db()
    assert member.state == "left"
    steps = MembershipChange.objects.filter(membership=member).order_by("id")
    assert [(step.to_state, step.reason) for step in steps][1:] == [("suspended", "No answer"), ("left", "Gone")]


def test_papers_are_linked_to_the_view_that_asks_who_wants_them(here):
    page = browser_of(here.admin).get(address("unions.membership", here.things["unions.membership"])).content.decode()
    assert f'href="/account/papers/{here.union.pk}/Northland.pdf"' in page


def test_store_that_is_not_ready_stays_closed_and_says_why(here):
    store = here.things["stores.store"]
    client = browser_of(here.admin)
    client.post(address("stores.store", store, "move", "unpublish"), {"confirmed": "1"})
    store.refresh_from_db()
    assert store.is_published is False
    refused = client.post(address("stores.store", store, "move", "publish"), {"confirmed": "1"})
    assert said(refused)[-1] == f"{store}: Some steps are still missing before the store can open."
    store.refresh_from_db()
    assert store.is_published is False


def test_hiding_a_review_takes_it_out_of_the_sums(here):
    review = here.things["stores.review"]
    product = review.product
    product.rating_sum, product.rating_count = 4, 1
    product.save()
    store = review.store
    store.rating_sum, store.rating_count = 4, 1
    store.save()
    client = browser_of(here.admin)
    client.post(address("stores.review", review, "move", "hide"), {"reason": ""})
    review.refresh_from_db()
    assert review.is_visible
    client.post(address("stores.review", review, "move", "hide"), {"reason": "insult", "words": "Calls her names."})
    review.refresh_from_db()
    product.refresh_from_db()
    assert (review.is_visible, product.rating_sum, product.rating_count) == (False, 0, 0)
    assert (review.hidden_for, review.hidden_words) == ("insult", "Calls her names.")


def test_the_union_decides_what_was_brought_before_it(here):
    response = here.things["orders.customerresponse"]
    client = browser_of(here.admin)
    words = {"words": "Half of it is given back."}
    client.post(address("orders.customerresponse", response, "move", "resolve"), words)
    response.refresh_from_db()
    assert response.state == "resolved"
    assert response.entries.filter(voice="union", step="resolve", words=words["words"]).count() == 1


def test_sending_a_payout_pays_it_once(here):
    payout = here.things["payments.payout"]
    client = browser_of(here.admin)
    client.post(address("payments.payout", payout, "move", "send"), {"confirmed": "1"})
    payout.refresh_from_db()
    assert (payout.state, payout.attempt) == (Payout.State.PAID, 1)
    again = client.post(address("payments.payout", payout, "move", "send"), {"confirmed": "1"})
    assert said(again)[-1] == f"{payout}: This has changed in the meantime and can no longer be done."


def test_retrying_a_failed_payout_needs_a_verified_account(here):
    payout = here.things["payments.payout"]
    Payout.objects.filter(pk=payout.pk).update(state="failed", failure_code="closed")
    PayoutAccount.objects.update(state="revoked")
    client = browser_of(here.admin)
    refused = client.post(address("payments.payout", payout, "move", "retry"), {"confirmed": "1"})
    payout.refresh_from_db()
    assert (payout.state, payout.attempt) == ("failed", 1)
    assert said(refused) == [f"{payout}: This enterprise has no verified payout account."]
    PayoutAccount.objects.update(state="verified")
    client.post(address("payments.payout", payout, "move", "retry"), {"confirmed": "1"})
    payout.refresh_from_db()
    assert (payout.state, payout.attempt) == ("paid", 2)


def test_new_key_is_shown_once_and_works(here):
    client = browser_of(here.admin)
    data = {"union": here.union.pk, "name": "Stock robot", "scopes": ["stock:read", "orders:read"], "_save": "1"}
    shown = client.post("/admin/stores/apikey/add/", data)
    key = ApiKey.objects.get(name="Stock robot")
    assert shown.status_code == 200
    plain = shown.context["plain"]
    assert plain in shown.content.decode()
    assert find_key(plain=plain) == key
    assert (key.union, key.store, key.user, key.created_by) == (here.union, None, None, here.admin)
    assert key.scopes == ["orders:read", "stock:read"]
    assert plain not in client.get(address("stores.apikey", key)).content.decode()
    client.post(address("stores.apikey", key, "move", "revoke"), {"confirmed": "1"})
    assert find_key(plain=plain) is None


def test_key_for_another_union_is_refused(here, there):
    data = {"union": there.union.pk, "name": "Spy", "scopes": ["orders:read"], "_save": "1"}
    answer = browser_of(here.admin).post("/admin/stores/apikey/add/", data)
    assert answer.status_code == 200
    assert "union" in answer.context["adminform"].form.errors
    assert not ApiKey.objects.filter(name="Spy").exists()


def test_category_is_saved_with_ancestors_and_translations(here):
    parent = here.things["stores.category"]
    client = browser_of(here.admin)
    data = {"union": here.union.pk, "name": "Lamps", "slug": "lamps", "parent": parent.pk, "position": 2}
    answer = client.post("/admin/stores/category/add/", {**data, "name__ko": "전등", "_save": "1"})
    assert answer.status_code == 302
    lamps = Category.objects.get(slug="lamps")
    assert (lamps.ancestors, lamps.translations) == ([parent.pk], {"ko": {"name": "전등"}})
    loop = client.post(
        address("stores.category", parent),
        {"name": parent.name, "slug": parent.slug, "parent": lamps.pk, "position": 0, "_save": "1"},
    )
    assert loop.context["adminform"].form.errors["parent"] == ["A category cannot stand below itself."]
    parent.refresh_from_db()
    assert parent.parent is None


def test_category_below_another_unions_is_refused(here, there, center):
    alien = CategoryFactory(union=there.union)
    data = {"union": here.union.pk, "name": "Lamps", "slug": "lamps", "parent": alien.pk, "position": 0, "_save": "1"}
    for user in (here.admin, center):
        answer = browser_of(user).post("/admin/stores/category/add/", data)
        assert "parent" in answer.context["adminform"].form.errors
    assert not Category.objects.filter(slug="lamps").exists()


def test_page_and_tax_class_of_another_union_cannot_be_made(here, there):
    client = browser_of(here.admin)
    page = {"union": there.union.pk, "title": "T", "slug": "t", "body": "B", "position": 0, "_save": "1"}
    assert client.post("/admin/unions/unionpage/add/", page).status_code == 200
    tax = {"union": there.union.pk, "name": "T", "code": "t", "rate_bp": 100, "_save": "1"}
    assert client.post("/admin/stores/taxclass/add/", tax).status_code == 200
    assert (UnionPage.objects.filter(slug="t").count(), TaxClass.objects.filter(code="t").count()) == (0, 0)
    assert client.post("/admin/unions/unionpage/add/", {**page, "union": here.union.pk}).status_code == 302
    assert UnionPage.objects.get(slug="t").union == here.union


def test_union_admin_edits_face_and_rules_but_not_what_the_center_decides(here):
    region = here.union.regions.get()
    data = {
        "name": "Northland Market",
        "tagline": "",
        "description": "",
        "is_published": "on",
        "hue": 120,
        "languages": ["ko", "en"],
        "time_zone": "Europe/London",
        "commission_bp": 700,
        "commission_tax_bp": 0,
        "holding_days": 10,
        "payout_period": "daily",
        "browsing_kept_days": here.union.browsing_kept_days,
        "looks_kept_days": here.union.looks_kept_days,
        "people_kept_days": "",
        "slug": "stolen",
        "currency": "KRW",
        "name__ko": "북쪽",
        "regions-TOTAL_FORMS": 1,
        "regions-INITIAL_FORMS": 1,
        "regions-0-id": region.pk,
        "regions-0-union": here.union.pk,
        "regions-0-code": "GB-CON",
        "regions-0-name": "Cornwall",
        "_save": "1",
    }
    answer = browser_of(here.admin).post(address("unions.union", here.union), data)
    assert answer.status_code == 302
    union = here.union
    union.refresh_from_db()
    region.refresh_from_db()
    assert (union.name, union.hue, union.commission_bp, union.holding_days, union.payout_period) == (
        "Northland Market",
        120,
        700,
        10,
        "daily",
    )
    # The first language is the one of its own texts.
    assert (union.languages, union.translations) == (["en", "ko"], {"ko": {"name": "북쪽"}})
    assert (union.slug, union.currency, region.code) == ("northland", "GBP", "GB-CON")


def test_colleague_is_appointed_by_address_and_gets_in(here):
    colleague = UserFactory(email="new@example.com")
    client = browser_of(here.admin)
    data = {"union": here.union.pk, "email": "new@example.com", "role": "support", "_save": "1"}
    assert client.post("/admin/unions/unionstaff/add/", data).status_code == 302
    place = UnionStaff.objects.get(user=colleague)
    assert (place.union, place.role) == (here.union, "support")
    assert browser_of(colleague).get("/admin/").status_code == 200
    again = client.post("/admin/unions/unionstaff/add/", data)
    assert again.context["adminform"].form.errors["email"] == ["This person works in the office already."]
    nobody = client.post("/admin/unions/unionstaff/add/", {**data, "email": "nobody@example.com"})
    assert "email" in nobody.context["adminform"].form.errors
    assert UnionStaff.objects.filter(union=here.union).count() == 3

    assert client.post(address("unions.unionstaff", place, "delete"), {"post": "yes"}).status_code == 302
    colleague.refresh_from_db()
    assert (colleague.is_staff, browser_of(colleague).get("/admin/").status_code) == (False, 302)


def test_last_administrator_stays(here):
    place = here.things["unions.unionstaff"]
    client = browser_of(here.admin)
    refused = client.post(address("unions.unionstaff", place), {"role": "support", "_save": "1"})
    words = "A union keeps at least one administrator: appoint another one first."
    assert refused.context["adminform"].form.errors["role"] == [words]
    gone = client.post(address("unions.unionstaff", place, "delete"), {"post": "yes"})
    assert said(gone) == [words]
    place.refresh_from_db()
    assert place.role == "admin"
    UnionStaffFactory(union=here.union)
    assert client.post(address("unions.unionstaff", place), {"role": "support", "_save": "1"}).status_code == 302
    place.refresh_from_db()
    assert place.role == "support"
