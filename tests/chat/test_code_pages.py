"""Pages, papers and files of codes; joining a plan and buying in a room over the pages."""

import csv
import io
import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from chat.models import AccessCode, Campaign, CodeUse, Conversation, ListImport, PreferredBuyer
from chat.printing import labels, letters, poster, sheets_of
from chat.queries.codes import plain_code
from chat.services.codes import Person, issue_codes, issue_print_codes
from chat.services.list_imports import begin_import, run_list_import
from chat.services.lists import fill_by_rule
from chat.services.mails_of_members import send_code_mail, send_dues_mail
from core.errors import Invalid
from orders.models import CartLine
from tests.chat.test_codes import campaign_of, one
from tests.chat.test_members import joined, plan_of
from tests.chat.test_rooms import room_of
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, PurchaseFactory
from tests.factories.payments import PaymentAccountFactory
from tests.factories.stores import ProductFactory, StoreFactory, StoreStaffFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _papers_of_a_test(settings, tmp_path):
    papers = {**settings.STORAGES["papers"], "OPTIONS": {"location": tmp_path, "base_url": "/account/papers/"}}
    settings.STORAGES = {**settings.STORAGES, "papers": papers}


def test_signed_out_visitor_enters_a_code_and_gets_a_cookie(client):
    store = StoreFactory(union=UnionFactory(slug="harbour"))
    product = ProductFactory(store=store, union=store.union)
    code, plain = one(campaign_of(store, product=product))
    address = reverse("talk:code_link", args=["harbour", plain])
    page = client.get(address)
    assert (page.status_code, "visitor" in client.cookies, code.campaign.days.get().scans) == (200, False, 1)
    entered = client.post(address)
    assert entered["Location"] == f"/u/harbour/{store.slug}/{product.slug}/?open=1"
    assert "visitor" in client.cookies
    assert (CodeUse.objects.count(), Conversation.objects.get().origin) == (1, "code")


def test_wrong_code_is_said_beside_the_field_and_begins_nothing(client):
    union = UnionFactory(slug="harbour")
    refused = client.post(reverse("talk:code", args=["harbour"]), {"code": "nonsense"})
    assert refused.status_code == 422
    assert "does not open anything here" in refused.content.decode()
    assert client.get(reverse("talk:code_link", args=["harbour", "KH-00000000-0"])).status_code == 404
    assert (Conversation.objects.filter(union=union).count(), CodeUse.objects.count()) == (0, 0)


def test_every_page_of_a_union_offers_to_enter_a_code(client):
    store = StoreFactory(union=UnionFactory(slug="harbour"))
    for address in ("/u/harbour/", f"/u/harbour/{store.slug}/"):
        assert 'href="/u/harbour/code/"' in client.get(address).content.decode()


def pages_of(content):
    return len(re.findall(rb"/Type /Page\b(?!s)", content))


def test_letters_have_a_page_for_each_in_their_own_language():
    store = StoreFactory(union=UnionFactory(languages=["en", "zh-hant", "ko"]), street="Quay 1", city="Falmouth")
    campaign = campaign_of(store)
    people = [
        Person("Ada Lin", "", "Harbour Road 3\nTR11 3AB Falmouth", "en", "1"),
        Person("林美惠", "", "臨海路 5 號\n804 高雄市", "zh-hant", "2"),
        Person("김하늘", "", "해운대로 7\n48094 부산", "ko", "3"),
    ]
    codes = issue_codes(campaign=campaign, persons=people, now=timezone.now())
    content = letters(campaign, sheets_of(store.union, codes))
    assert (content[:5], pages_of(content)) == (b"%PDF-", 3)
    for font in (b"MSung-Light", b"HYSMyeongJo-Medium", b"Helvetica"):
        assert font in content


def test_poster_and_labels_are_papers_of_their_own():
    campaign = campaign_of(StoreFactory(), kind=Campaign.Kind.PRINT)
    codes = issue_print_codes(campaign=campaign, label="fair", quantity=22, now=timezone.now())
    sheets = sheets_of(campaign.union, codes)
    assert pages_of(poster(campaign, sheets[0], language="en")) == 1
    assert pages_of(labels(campaign, sheets, language="en")) == 2


def test_code_mail_carries_the_code_and_its_link():
    store = StoreFactory()
    code, plain = one(campaign_of(store))
    send_code_mail(code=code)
    assert plain in mail.outbox[0].body
    assert f"/code/{plain}/" in mail.outbox[0].body
    AccessCode.objects.update(revoked_at=timezone.now())
    code.refresh_from_db()
    send_code_mail(code=code)
    assert len(mail.outbox) == 1


def taken_in(campaign, text, *, is_dry=False):
    file = SimpleUploadedFile("list.csv", text.encode())
    run = begin_import(campaign=campaign, file=file, max_uses=1, is_dry=is_dry, actor=None, now=timezone.now())
    run_list_import(import_id=run.pk, now=timezone.now())
    run.refresh_from_db()
    return run


LIST = """reference,name,email,line1,city,language
1,Ada,ada@example.com,,,en
2,Ben,,Quay 1,Falmouth,en
3,Cy,not an address,,,en
,,,,,en
1,Ada again,ada@example.com,,,en
"""


def test_list_is_taken_in_and_refused_rows_come_back():
    campaign = campaign_of(StoreFactory())
    run = taken_in(campaign, LIST)
    assert (run.state, run.rows, run.outcomes) == ("done", 5, {"created": 2, "refused": 2, "repeated": 1})
    from unions.models.storage import paper_storage

    with paper_storage().open(run.report) as report:
        rows = list(csv.DictReader(io.StringIO(report.read().decode("utf-8-sig"))))
    assert [(row["reference"], row["refused_line"]) for row in rows] == [("3", "4"), ("", "5")]
    assert sorted(AccessCode.objects.values_list("name", flat=True)) == ["Ada", "Ben"]


def test_list_again_changes_nothing_and_a_dry_run_neither():
    campaign = campaign_of(StoreFactory())
    assert taken_in(campaign, LIST, is_dry=True).outcomes["created"] == 2
    assert AccessCode.objects.count() == 0
    taken_in(campaign, LIST)
    again = taken_in(campaign, LIST.replace("1,Ada,", "1,Ada Lin,"))
    assert again.outcomes == {"changed": 2, "refused": 2, "unchanged": 1}
    assert AccessCode.objects.count() == 2


def test_file_that_is_no_list_is_refused():
    campaign = campaign_of(StoreFactory())
    for name, content in (("list.exe", b"x"), ("list.csv", b""), ("list.csv", b"x" * 5_000_001)):
        with pytest.raises(Invalid):
            begin_import(
                campaign=campaign, file=SimpleUploadedFile(name, content), max_uses=1, is_dry=False, actor=None,
                now=timezone.now(),
            )  # fmt: skip
    run = taken_in(campaign, "colour\nred\n")
    assert (run.state, bool(run.problem), ListImport.objects.count()) == ("failed", True, 1)


def test_rule_puts_buyers_and_members_on_the_list_once():
    union = UnionFactory()
    store = StoreFactory(union=union)
    buyer, other = UserFactory(), UserFactory()
    now = timezone.now()
    for user, total in ((buyer, 5000), (other, 100)):
        purchase = PurchaseFactory(union=union, user=user)
        OrderFactory(
            store=store,
            purchase=purchase,
            state="paid",
            total=total,
            goods_total=total,
            delivery_total=0,
            placed_at=now,
        )
    campaign = campaign_of(store, rule={"spent": 1000, "days": 30})
    assert (fill_by_rule(campaign=campaign, now=now), fill_by_rule(campaign=campaign, now=now)) == (1, 0)
    assert AccessCode.objects.get().customer_id == buyer.pk
    member = joined(plan_of(union, store)).customer
    members = campaign_of(store, short="members-only", rule={"member": True})
    assert fill_by_rule(campaign=members, now=now) == 1
    assert AccessCode.objects.get(campaign=members).customer_id == member.pk


def test_person_joins_over_the_pages_and_cancels(client):
    union = UnionFactory(slug="harbour")
    plan = plan_of(union)
    address = reverse("talk:join", args=["harbour", plan.ref])
    assert client.post(address)["Location"].startswith("/account/login/")
    account = PaymentAccountFactory()
    client.force_login(account.user)
    assert client.post(address, {"account": account.pk}).status_code == 422
    assert PreferredBuyer.objects.count() == 0
    joined_now = client.post(address, {"account": account.pk, "agreed": "on"})
    buyer = PreferredBuyer.objects.get()
    assert (joined_now["Location"], buyer.state) == (reverse("talk:membership", args=[buyer.ref]), "active")
    assert client.get(reverse("talk:memberships")).status_code == 200
    assert client.get(joined_now["Location"]).status_code == 200
    client.post(joined_now["Location"], {"cancel": "1"})
    buyer.refresh_from_db()
    assert (buyer.state, buyer.cancelled_at is not None) == ("active", True)


@pytest.mark.parametrize("state", ["paid", "failed", "dropped", "confirm"])
def test_mails_of_dues(state):
    buyer = joined(plan_of(UnionFactory()), "bank:asks-confirmation" if state == "confirm" else "bank:approves")
    send_dues_mail(dues=buyer.dues.get(), state=state)
    body = mail.outbox[0].body
    assert ("https://" in body or "http://" in body, "9" in body) == (True, True)


def test_room_page_works_without_scripts(client):
    room = room_of(StoreFactory(union=UnionFactory(slug="harbour")))
    address = reverse("talk:room", args=["harbour", room.store.slug, room.product.slug])
    assert (client.get(address).status_code, "visitor" in client.cookies) == (200, False)
    client.post(address, {"hold": "1"})
    room.refresh_from_db()
    assert room.holder is not None
    assert "Held for you" in client.get(address).content.decode()
    bought = client.post(address, {"buy": "1"})
    assert (bought["Location"], CartLine.objects.count()) == ("/u/harbour/checkout/", 1)
    talk = client.post(address, {"talk": "1"})
    conversation = Conversation.objects.get()
    assert (conversation.origin, talk["Location"]) == ("room", f"{address}?talk={conversation.ref}")
    assert f'href="/u/harbour/conversations/{conversation.ref}/"' in client.get(talk["Location"]).content.decode()


def test_store_manages_campaigns_and_prints(client):
    store = StoreFactory(union=UnionFactory(slug="harbour"))
    client.force_login(StoreStaffFactory(store=store, permissions=["console", "team"]).user)
    kwargs = {"union": "harbour", "store": store.slug}
    made = client.post(
        reverse("manage:codes", kwargs=kwargs),
        {"name": "Spring", "short": "spring", "kind": "list", "rule_days": "365"},
    )
    assert made.status_code == 302
    here = made["Location"]
    client.post(here, {"do": "person", "name": "Ada", "address": "Quay 1", "language": "en", "max_uses": "1"})
    code = AccessCode.objects.get()
    assert client.get(here).status_code == 200
    paper = client.get(reverse("manage:code_paper", kwargs={**kwargs, "short": "spring", "what": "letters"}))
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    code.refresh_from_db()
    assert code.printed_at is not None
    client.post(here, {"do": "revoke", "code": code.pk})
    code.refresh_from_db()
    assert code.revoked_at is not None
    client.post(reverse("manage:plans", kwargs=kwargs), {"name": "P", "terms": "T", "amount": "9", "period": "month"})
    assert store.buyer_plans.get().amount == 900


def test_only_a_list_has_a_rule_whatever_was_typed(client):
    store = StoreFactory(union=UnionFactory(slug="harbour"))
    client.force_login(StoreStaffFactory(store=store, permissions=["console", "team"]).user)
    address = reverse("manage:codes", kwargs={"union": "harbour", "store": store.slug})
    shown = client.get(address).content.decode()
    [of_lists] = re.findall(r'<fieldset class="form of-list">.*?</fieldset>', shown, re.DOTALL)
    fields = re.findall(r'<(?:input|select)[^>]* name="(\w+)"', of_lists)
    assert sorted(fields) == ["rule_days", "rule_member", "rule_product", "rule_spent"]
    typed = {"name": "Spring", "rule_spent": "20.00", "rule_days": "365"}
    assert client.post(address, {**typed, "short": "posters", "kind": "print", "rule_days": "none"}).status_code == 302
    assert client.post(address, {**typed, "short": "buyers", "kind": "list"}).status_code == 302
    refused = client.post(address, {**typed, "short": "wrong", "kind": "list", "rule_days": "none"})
    assert (refused.status_code, Campaign.objects.count()) == (200, 2)
    rules = dict(Campaign.objects.values_list("short", "rule"))
    assert rules == {"posters": {}, "buyers": {"spent": 2000, "days": 365}}
    # A list that becomes printed matter has nobody put on it any more.
    changed = reverse("manage:campaign", kwargs={"union": "harbour", "store": store.slug, "short": "buyers"})
    client.post(changed, {**typed, "do": "change", "short": "buyers", "kind": "print"})
    assert Campaign.objects.get(short="buyers").rule == {}


def test_lists_cost_the_same_with_one_and_three(client):
    store = StoreFactory(union=UnionFactory(slug="harbour"))
    client.force_login(StoreStaffFactory(store=store, permissions=["console"]).user)
    address = reverse("manage:codes", kwargs={"union": "harbour", "store": store.slug})
    counts = []
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for short in ("one", "two", "three"):
        campaign_of(store, short=short)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_plain_code_survives_a_new_key(settings):
    store = StoreFactory()
    code, plain = one(campaign_of(store))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-some-length-0123456789"
    assert plain_code(code, store.union) == plain
    from chat.queries.codes import find_code

    assert find_code(store.union, plain, now=timezone.now()).pk == code.pk
