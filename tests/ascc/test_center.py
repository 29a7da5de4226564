"""What the service center does: finds vouchers, lets providers in, decides disputes, claims from insurers, counts."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from ascc.forms.programs import ProgramForm
from ascc.models import Assessment, Claim, Insurer, Policy, ServiceProgram, ServiceProvider, Voucher
from ascc.queries.bordereau import last_months, lines_of, month_after
from ascc.queries.figures import figures_of
from ascc.queries.finding import find_vouchers
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work
from ascc.services.disputing import open_dispute
from ascc.services.insuring import approve_claim, open_claim
from ascc.services.moving import By
from ascc.services.policies import extend_policy, make_policy
from ascc.services.programs import Fits
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import agree_visit, confirm_work, report_work, start_work
from core.errors import Invalid
from payments.models import LedgerAccount
from tests.factories.accounts import UserFactory
from tests.factories.ascc import program, promise, provider, voucher
from tests.factories.orders import NOW
from tests.factories.stores import CategoryFactory, StoreFactory, StoreStaffFactory, TaxClassFactory
from tests.factories.unions import UnionFactory, UnionStaffFactory, owner_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def store():
    return StoreFactory(union=UnionFactory(slug="harbour", currency="GBP", time_zone="Europe/London"), slug="corner")


@pytest.fixture
def office(store):
    client = Client()
    client.force_login(UnionStaffFactory(union=store.union).user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def policy_of(union, **said):
    insurer, _made = Insurer.objects.get_or_create(union=union, name="Western Mutual")
    terms = {
        "number": "P-1", "premium": 120, "claim_limit": 3000, "total_limit": 90_000, "deductible": 500,
        "starts_on": date(2026, 1, 1), "ends_on": date(2027, 12, 31),
    }  # fmt: skip
    return make_policy(insurer=insurer, **{**terms, **said})


def reported(store, worker, **said):
    """A reported service for a fresh voucher of the store's customer."""
    held = voucher(store, owner=UserFactory(), **said)
    by = By("customer", held.owner_id)
    activate_voucher(voucher=held, by=by, now=NOW)
    sent = send_voucher(voucher=held, provider=worker, by=by, now=NOW + HOUR)
    accept_transmission(transmission=sent, by=By("provider"), now=NOW + 2 * HOUR)
    held.refresh_from_db()
    visit = agree_visit(voucher=held, provider=worker, by=By("provider"), now=NOW + 3 * HOUR)
    visit = start_work(visit=visit, by=By("provider"), now=NOW + 4 * HOUR)
    return report_work(visit=visit, by=By("provider"), now=NOW + 5 * HOUR, report="New lamp.")


def done(store, worker, **said):
    visit = reported(store, worker, **said)
    redemption = confirm_work(visit=visit, by=By("customer", visit.voucher.owner_id), now=NOW + 25 * HOUR)
    redemption.voucher.refresh_from_db()
    return redemption


def test_voucher_is_found_by_everything_that_is_printed_anywhere(store):
    policy = policy_of(store.union)
    redemption = done(store, provider(store.union), policy=policy)
    claim = open_claim(redemption=redemption, by=By("center"), now=NOW + 26 * HOUR)
    marks = dict.fromkeys(Assessment.ASPECTS, 5)
    said = assess_work(
        redemption=redemption, by=By("customer", redemption.voucher.owner_id), now=NOW + 27 * HOUR, aspects=marks
    )
    held, other = redemption.voucher, voucher(store, owner=UserFactory())
    Voucher.objects.filter(pk=held.pk).update(serial="SN 4711")
    every = Voucher.objects.filter(union=store.union)
    for words in (
        held.code, held.code.lower(), "SN 4711", held.owner.email.upper(), held.order_line.order.number,
        redemption.ref, redemption.visit.ref, claim.number, said.incentive.code,
    ):  # fmt: skip
        assert [found.pk for found in find_vouchers(every, words)] == [held.pk], words
    assert find_vouchers(every, "nothing").count() == 0
    assert find_vouchers(every, " ").count() == 2
    assert [found.pk for found in find_vouchers(every, other.code)] == [other.pk]


def test_figures_count_what_became_of_what_was_issued(store):
    worker, policy = provider(store.union), policy_of(store.union)
    redemption = done(store, worker, policy=policy)
    marks = {"quality": 5, "punctuality": 4, "courtesy": 4, "price": 3}
    assess_work(
        redemption=redemption, by=By("customer", redemption.voucher.owner_id), now=NOW + 26 * HOUR, aspects=marks
    )
    voucher(store)
    lapsed = voucher(store)
    Voucher.objects.filter(pk=lapsed.pk).update(state="expired")
    elsewhere = StoreFactory(union=store.union)
    voucher(elsewhere)
    with CaptureQueriesContext(connection) as queries:
        figures = figures_of(store.union, store, since=NOW - timedelta(days=1))
    assert len(queries) == 3
    [row] = figures.programs
    assert (row.issued, row.activated, row.used, row.lapsed, row.cancelled, row.services) == (3, 1, 1, 1, 0, 1)
    # 40.00 to the provider, a reward of 2.00 for 4.0 stars, three premiums of 1.20.
    assert (row.paid, row.rewards, row.premiums, row.cost) == (4000, 200, 360, 4560)
    assert (row.score, row.days) == (4.0, 1.0)
    assert figures.months == [(date(2026, 3, 1), 3, 1)]
    assert figures.states == {"active": 1, "issued": 1, "expired": 1}
    assert figures_of(store.union, since=NOW - timedelta(days=1)).total("issued") == 4
    assert figures_of(store.union, since=NOW + timedelta(days=1)).programs == []


def test_bordereau_tells_premiums_and_claims_of_a_month(store):
    policy = policy_of(store.union)
    redemption = done(store, provider(store.union), policy=policy)
    claim = open_claim(redemption=redemption, by=By("center"), now=NOW + 26 * HOUR)
    approve_claim(claim=claim, by=By("center"), now=NOW + 27 * HOUR, amount=3000)
    with CaptureQueriesContext(connection) as queries:
        premium, claimed = list(lines_of(policy.insurer, date(2026, 3, 1)))
    assert len([query for query in queries if "SELECT" in query["sql"]]) == 2
    code = redemption.voucher.code
    assert premium[:6] == ["premium", "P-1", code, "Repair plan", redemption.voucher.about, ""]
    assert (str(premium[8]), premium[9:13], premium[13]) == ("1.20", ["", "", "", ""], "GBP")
    assert [*claimed[:3], claimed[5], claimed[7]] == ["claim", "P-1", code, claim.number, "approved"]
    assert [str(amount) for amount in claimed[9:13]] == ["40.00", "5.00", "30.00", "0.00"]
    assert list(lines_of(policy.insurer, date(2026, 4, 1))) == []
    assert (month_after(date(2026, 12, 1)), month_after(date(2026, 1, 1))) == (date(2027, 1, 1), date(2026, 2, 1))


def test_policy_is_made_once_and_extended_not_below_what_was_taken_over(store):
    policy = policy_of(store.union)
    assert (policy.currency, policy.premium) == ("GBP", 120)
    with pytest.raises(Invalid):
        policy_of(store.union)
    claim = open_claim(
        redemption=done(store, provider(store.union), policy=policy), by=By("center"), now=NOW + 26 * HOUR
    )
    approve_claim(claim=claim, by=By("center"), now=NOW + 27 * HOUR, amount=3000)
    with pytest.raises(Invalid):
        extend_policy(policy=policy, ends_on=date(2028, 1, 1), total_limit=2999)
    policy.refresh_from_db()
    assert policy.total_limit == 90_000
    assert extend_policy(policy=policy, ends_on=date(2028, 1, 1), total_limit=3000).ends_on == date(2028, 1, 1)


def test_office_approves_and_suspends_a_provider(store, office):
    worker = provider(store.union, store=store, state="applied")
    page = f"/admin/ascc/serviceprovider/{worker.pk}/move/"
    assert office.post(f"{page}approve/", {"confirmed": "1", "reason": "Seen."}).status_code == 302
    worker.refresh_from_db()
    assert worker.state == ServiceProvider.State.APPROVED
    assert list(worker.changes.values_list("from_state", "to_state", "reason")) == [("applied", "approved", "Seen.")]
    office.post(f"{page}decline/", {"confirmed": "1"})
    worker.refresh_from_db()
    assert worker.state == ServiceProvider.State.APPROVED
    office.post(f"{page}suspend/", {"confirmed": "1", "reason": "Complaints."})
    office.post(f"{page}release/", {"confirmed": "1", "reason": "Solved."})
    worker.refresh_from_db()
    assert (worker.state, worker.changes.count()) == ("approved", 3)


def test_no_bordereau_is_offered_of_before_the_first_policy(store):
    insurer = Insurer.objects.create(union=store.union, name="New Mutual")
    now = datetime(2026, 5, 20, tzinfo=UTC)
    assert last_months(insurer, now=now) == [date(2026, 5, 1)]
    Policy.objects.create(
        union=store.union, insurer=insurer, number="N-1", premium=1, claim_limit=1, total_limit=1, currency="GBP",
        starts_on=date(2026, 3, 15), ends_on=date(2027, 3, 15),
    )  # fmt: skip
    assert last_months(insurer, now=now) == [date(2026, 5, 1), date(2026, 4, 1), date(2026, 3, 1)]


def test_categories_of_a_program_stand_below_their_parents_and_a_new_one_asks_first(store):
    tools = CategoryFactory(union=store.union, name="Tools")
    drills = CategoryFactory(union=store.union, name="Drills", parent=tools, ancestors=[tools.pk])
    baking = CategoryFactory(union=store.union, name="Baking")
    form = ProgramForm(union=store.union, store=store)
    assert [pk for pk, _label in form.fields["categories"].choices] == [baking.pk, tools.pk, drills.pk]
    goods = next(each for each in form.sections() if "categories" in [field.name for field in each["fields"]])
    assert goods["open"]
    chosen = ProgramForm({"categories": [drills.pk]}, union=store.union, store=store)
    chosen.is_valid()
    assert list(chosen.cleaned_data["categories"]) == [drills]
    browser = Client()
    browser.force_login(owner_of(store.membership))
    page = browser.get(f"/manage/{store.union.slug}/{store.slug}/programs/new/").content.decode()
    assert "data-confirm=" in page and "It is in force at once" in page


def test_office_decides_a_dispute_and_the_money_moves(store, office):
    worker = provider(store.union)
    visit = reported(store, worker)
    dispute = open_dispute(visit=visit, by=By("customer"), now=NOW + 6 * HOUR, reason="It still leaks.")
    page = f"/admin/ascc/dispute/{dispute.pk}/move/decide/"
    assert "£40.00" in office.get(page).content.decode()
    refused = office.post(page, {"decision": "Half.", "granted": "40.01", "visit_counts": "on"})
    dispute.refresh_from_db()
    assert (refused.status_code, dispute.decided_at) == (200, None)
    assert 'name="granted"' in refused.content.decode()
    # The voucher's year is counted from the day of this test's orders.
    Voucher.objects.filter(pk=visit.voucher_id).update(expires_at=NOW + timedelta(days=3650))
    assert office.post(page, {"decision": "Half.", "granted": "20", "visit_counts": "on"}).status_code == 302
    dispute.refresh_from_db()
    assert (dispute.granted, dispute.decision, dispute.visit.redemptions.get().amount) == (2000, "Half.", 2000)
    paid = LedgerAccount.objects.get(union=store.union, kind="enterprise_payable", membership=worker.store.membership)
    assert paid.balance == -2000
    step = dispute.visit.voucher.steps.get(what="decided")
    assert (step.side, step.address, step.note) == ("center", "127.0.0.1", "Half.")


def test_office_claims_appeals_and_is_paid(store, office):
    policy = policy_of(store.union)
    redemption = done(store, provider(store.union), policy=policy)
    start = f"/admin/ascc/redemption/{redemption.pk}/move/claim/"
    assert office.post(start, {"title": "", "paper": ""}).status_code == 302
    claim = Claim.objects.get(union=store.union)
    page = f"/admin/ascc/claim/{claim.pk}/move/"
    assert office.post(f"{page}approve/", {"amount": "35.01"}).status_code == 200
    assert office.post(f"{page}reject/", {"words": "Too late."}).status_code == 302
    assert office.post(f"{page}appeal/", {"words": "It was in time."}).status_code == 302
    assert office.post(f"{page}reject/", {"words": ""}).status_code == 200
    assert office.post(f"{page}approve/", {"amount": "30", "note": "Agreed."}).status_code == 302
    assert office.post(f"{page}pay/", {"confirmed": "1", "reason": "Bank statement 7."}).status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.approved, claim.asked) == ("paid", 3000, 4000)
    assert [(step.from_state, step.to_state) for step in claim.steps.order_by("id")] == [
        ("", "opened"), ("opened", "rejected"), ("rejected", "opened"), ("opened", "approved"), ("approved", "paid"),
    ]  # fmt: skip
    assert LedgerAccount.objects.get(union=store.union, kind="insurer_receivable").balance == 0
    assert LedgerAccount.objects.get(union=store.union, kind="bank").balance == 3000
    told = office.get(f"/admin/ascc/insurer/{policy.insurer_id}/bordereau/2026-03.csv")
    rows = list(csv.reader(io.StringIO(told.getvalue().decode("utf-8-sig"))))
    page = office.get(f"/admin/ascc/insurer/{policy.insurer_id}/change/").content.decode()
    assert all(shown in page for shown in ("P-1", "£1.20", "£40.00", "£30.00")), page
    assert (told["Content-Type"], len(rows), rows[1][0]) == ("text/csv; charset=utf-8", 2, "premium")
    assert office.get(f"/admin/ascc/insurer/{policy.insurer_id}/bordereau/2026-13.csv").status_code == 404
    office.post(f"/admin/ascc/insurer/{policy.insurer_id}/move/premium/", {"amount": "1.20", "reference": "T-1"})
    assert LedgerAccount.objects.get(union=store.union, kind="insurer_payable").balance == 0


TYPED = {
    "title": "Longer care", "terms": "Three visits.", "covers": ["repair"], "event": "delivered", "months": "36",
    "visits": "3", "activate_days": "0", "sale": "extra", "price": "45", "fee": "30", "deductible": "10",
    "funding": "center", "stars_0": "4.5", "worth_0": "2.50",
}  # fmt: skip


def test_office_makes_a_program_and_its_next_version(store, office):
    assert office.post("/admin/ascc/serviceprogram/add/", TYPED | {"covers": []}).status_code == 200
    assert ServiceProgram.objects.count() == 0
    assert office.post("/admin/ascc/serviceprogram/add/", TYPED).status_code == 302
    made = ServiceProgram.objects.get(union=store.union, store=None)
    first = made.versions.get()
    assert (first.price, first.fee, first.deductible, first.funding) == (4500, 3000, 1000, "center")
    assert list(first.rewards.values_list("at_least", "value")) == [(450, 250)]
    address = f"/admin/ascc/serviceprogram/{made.pk}/version/"
    assert 'value="45"' in office.get(address).content.decode()
    assert office.post(address, TYPED | {"fee": "31", "price_from": "100"}).status_code == 302
    second = made.versions.get(valid_until=None)
    assert (second.number, second.fee, second.scopes.get().price_from) == (2, 3100, 10_000)
    office.post(f"/admin/ascc/serviceprogram/{made.pk}/move/end/", {"confirmed": "1"})
    assert made.versions.filter(valid_until=None).count() == 0


def test_export_has_what_the_list_shows(store, office):
    held, _other = voucher(store, owner=UserFactory()), voucher(store)
    told = office.get(f"/admin/ascc/voucher/export.csv?q={held.code}")
    rows = list(csv.reader(io.StringIO(told.getvalue().decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["code", held.code]
    assert rows[1][7:14] == ["issued", "2", "0", "", "", "GBP", "90.00"]
    book = load_workbook(io.BytesIO(office.get("/admin/ascc/voucher/export.xlsx").getvalue()))
    assert book.active.max_row == 3
    assert office.get("/admin/ascc/voucher/export.pdf").status_code == 404


def test_store_makes_follows_and_ends_its_own_program(store):
    client = Client()
    client.force_login(owner_of(store.membership))
    root = "/manage/harbour/corner/programs/"
    typed = {name: value for name, value in TYPED.items() if name != "funding"} | {"sale": "included", "once": "a"}
    assert client.post(f"{root}new/", typed | {"deductible": "31"}).status_code == 200
    assert ServiceProgram.objects.count() == 0
    for _twice in range(2):
        assert client.post(f"{root}new/", typed).status_code == 302
    made = ServiceProgram.objects.get(union=store.union, store=store)
    assert (made.versions.get().funding, made.versions.get().price) == ("store", 0)
    assert client.post(f"{root}{made.ref}/version/", typed | {"visits": "4", "once": "b"}).status_code == 302
    assert list(made.versions.order_by("number").values_list("number", "visits")) == [(1, 3), (2, 4)]
    assert client.post(f"{root}{made.ref}/end/").status_code == 302
    assert made.versions.filter(valid_until=None).count() == 0
    assert "ended" in client.get(root).content.decode()


def test_store_sells_an_extra_of_the_center_and_stops(store):
    TaxClassFactory(union=store.union, code="standard")
    extra = program(store.union, title="Longer care", sale="extra", price=4500, funding="center")
    client = Client()
    client.force_login(owner_of(store.membership))
    root = "/manage/harbour/corner/programs/"
    assert "Longer care" in client.get(root).content.decode()
    assert client.post(f"{root}{extra.ref}/adopt/").status_code == 302
    offer = extra.offers.get()
    assert (offer.store, offer.is_open, offer.variant.price) == (store, True, 4500)
    client.post(f"{root}{extra.ref}/stop/")
    offer.refresh_from_db()
    assert (offer.is_open, offer.variant.product.is_published) == (False, False)
    assert client.post(f"{root}{extra.ref}/end/").status_code == 404


def test_store_sees_vouchers_of_what_it_sold_with_their_timeline(store):
    program(store.union, title="Repair plan")
    held, elsewhere = voucher(store, owner=UserFactory()), voucher(StoreFactory(union=store.union))
    client = Client()
    client.force_login(owner_of(store.membership))
    root = "/manage/harbour/corner/programs/vouchers"
    page = client.get(f"{root}/").content.decode()
    assert (held.code in page, elsewhere.code in page) == (True, False)
    assert held.code in client.get(f"{root}/?q={held.order_line.order.number}").content.decode()
    assert held.code not in client.get(f"{root}/?view=closed").content.decode()
    assert ">Issued<" in client.get(f"{root}/{held.code}/").content.decode()
    assert client.get(f"{root}/{elsewhere.code}/").status_code == 404
    rows = client.get(f"{root}.csv").getvalue().decode("utf-8-sig").splitlines()
    assert (len(rows), rows[1].split(",")[0]) == (2, held.code)
    helper = Client()
    helper.force_login(StoreStaffFactory(store=store, permissions=["stock"]).user)
    assert helper.get(f"{root}/").status_code == 403


PAGES = {"": 6, "vouchers/": 5, "figures/": 7}


@pytest.mark.parametrize(("page", "count"), PAGES.items(), ids=lambda value: str(value) or "programs")
def test_stores_pages_run_a_fixed_number_of_queries(store, page, count):
    client = Client()
    client.force_login(owner_of(store.membership))
    address = f"/manage/harbour/corner/programs/{page}"

    def queries():
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def more(number):
        done(store, provider(store.union))
        nothing = [Fits(price_from=10**9)]
        program(store.union, store=store, title=f"Plan {number}", fits=nothing)
        program(store.union, title=f"Extra {number}", sale="extra", price=900, fits=nothing)

    more(1)
    one = queries()
    more(2)
    more(3)
    assert (one, queries()) == (count, count)


def test_promise_of_the_form_keeps_what_the_version_said(store):
    """A version shown in the form and sent as it is says the same again."""
    policy = policy_of(store.union)
    made = program(store.union, policy=policy, regions=["GB-CON"], funding="center")
    form = ProgramForm(union=store.union, version=made.versions.get())
    said = {field.name: field.value() for field in form if field.value() is not None and field.value() is not False}
    again = ProgramForm(said, union=store.union)
    assert again.is_valid(), again.errors
    assert again.promise() == promise(policy=policy, regions=["GB-CON"], funding="center", fits=[])
    assert Policy.objects.count() == 1
