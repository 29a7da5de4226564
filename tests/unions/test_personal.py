"""Everything that is kept of a person: as a file, and erased while the books stay."""

import csv
import io
import json
import time
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts.models import Address, User
from chat.models import Conversation, Message
from core import personal
from core.live import redis_connection
from core.outbox import deliver_waiting
from core.personal import keepers
from orders.models import Cart, Customer, Order, Purchase, PurchasePath, Reservation
from orders.services.forgetting import forget_people_long_gone
from payments.models import LedgerEntry, PaymentAccount, PaymentRequest
from stores.models import Review, StockHold
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.chat import ConversationFactory, said
from tests.factories.orders import NOW, OrderFactory, PurchaseFactory, filled_cart, ready_cart
from tests.factories.orders import market as new_market
from tests.factories.payments import PaymentAccountFactory
from tests.factories.reservations import ReservationFactory, repair_shop
from tests.factories.stores import ReviewFactory, StoreStaffFactory
from tests.factories.unions import UnionFactory, UnionStaffFactory
from unions.models import BrowsingEvent, PersonalFile
from unions.services.browsing import claim_browsing, copy_events, note_request
from unions.services.erasing import NotYet, erase_person, is_erased, what_holds_back
from unions.services.personal_files import ask_for_file, make_personal_file, remove_old_files, take_up_files
from unions.visits import PAGE, Event

pytestmark = pytest.mark.django_db

SECRET = "Trevithick"


def settle():
    while deliver_waiting(now=datetime.now(UTC) + timedelta(hours=2)):
        pass


def person(**more):
    return UserFactory(name=f"Ada {SECRET}", email="ada@example.com", phone="01872 555 010", **more)


def lived(there, user):
    """One of much: bought, delivered, talked, reviewed, browsed, moved."""
    AddressFactory(user=user, recipient=f"Ada {SECRET}")
    customer = Customer.objects.create(union=there.union, user=user, email=user.email, name=SECRET, line1="3 Lemon St")
    bought = PurchaseFactory(
        union=there.union, user=user, customer=customer, email=user.email, recipient=SECRET, note=f"for {SECRET}"
    )
    order = OrderFactory(store=there.first, purchase=bought, state="completed")
    guest = PurchaseFactory(union=there.union, user=None, email=user.email, recipient=SECRET)
    OrderFactory(store=there.first, purchase=guest, state="completed")
    PurchasePath.objects.create(
        union=there.union, purchase=bought, visitor="v1", began_at=NOW, bought_at=NOW, source="direct", steps=[]
    )
    PaymentAccountFactory(user=user, holder=SECRET, label="Current account …1001")
    ReviewFactory(product=there.bread.product, author=user, author_name=SECRET, words=f"{SECRET} likes it")
    ReservationFactory(bookable=repair_shop(store=there.first), user=user, name=SECRET)
    Reservation.objects.update(state="done")
    talk = ConversationFactory(store=there.first, customer=user, shopper_name=SECRET)
    said(talk, f"I am {SECRET}")
    note_request(union=there.union, visitor="v1", user=user, event=Event(PAGE, time.time(), page="/bakery/"))
    note_request(union=there.union, visitor="v2", user=None, event=Event(PAGE, time.time(), page="/others/"))
    copy_events()
    return order


def names_in_the_database(name: str = SECRET) -> list[str]:
    """Tables in which the name can still be read."""
    from django.apps import apps
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            cursor.execute(f"SELECT count(*) FROM {table} AS t WHERE to_jsonb(t)::text LIKE %s", [f"%{name}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def made(user):
    asked = ask_for_file(user=user, now=datetime.now(UTC))
    assert make_personal_file(file_id=asked.pk, now=datetime.now(UTC)) is True
    asked.refresh_from_db()
    return asked


def archive_of(asked):
    with asked.file.open() as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def test_the_file_holds_every_part_as_csv_and_json():
    there, user = new_market(), person()
    order = lived(there, user)
    asked = made(user)
    assert (asked.state, asked.done, asked.parts) == ("ready", len(keepers), len(keepers))
    archive = archive_of(asked)
    assert archive.testzip() is None
    parts = {name.partition("/")[0] for name in archive.namelist()}
    assert parts == {"account", "conversations", "orders", "payments", "posts", "service", "stores", "visits", "wishes"}
    orders = json.loads(archive.read("orders/orders.json"))
    assert order.number in {row["number"] for row in orders}
    assert len(orders) == 2
    [seen] = json.loads(archive.read("visits/browsing.json"))
    assert (seen["page"], seen["kind"]) == ("/bakery/", "page")
    [told] = list(csv.DictReader(io.StringIO(archive.read("account/person.csv").decode("utf-8-sig"))))
    assert (told["name"], told["email"]) == (f"Ada {SECRET}", "ada@example.com")
    assert f"I am {SECRET}" in archive.read("conversations/messages.json").decode()
    assert json.loads(archive.read("wishes/wishes.json")) == []
    assert "/others/" not in archive.read("visits/browsing.json").decode()


def test_a_formula_in_the_file_is_no_formula():
    user = UserFactory(name="=1+1")
    archive = archive_of(made(user))
    assert "'=1+1" in archive.read("account/person.csv").decode("utf-8-sig")


def test_one_file_at_a_time_and_none_is_made_twice():
    user = UserFactory()
    now = datetime.now(UTC)
    asked = ask_for_file(user=user, now=now)
    assert ask_for_file(user=user, now=now) == asked
    assert make_personal_file(file_id=asked.pk, now=now) is True
    assert make_personal_file(file_id=asked.pk, now=now) is False
    assert ask_for_file(user=user, now=now) != asked


def test_a_file_whose_maker_was_killed_is_begun_again(monkeypatch):
    user = UserFactory()
    now = datetime.now(UTC)
    asked = ask_for_file(user=user, now=now)

    def killed(_user):
        raise KeyboardInterrupt

    monkeypatch.setitem(personal.keepers, "orders", killed)
    with pytest.raises(KeyboardInterrupt):
        make_personal_file(file_id=asked.pk, now=now)
    monkeypatch.undo()
    asked.refresh_from_db()
    assert asked.state == "making"
    assert take_up_files(now=now) == []
    later = now + timedelta(minutes=30)
    assert take_up_files(now=later) == [asked.pk]
    assert make_personal_file(file_id=asked.pk, now=later) is True


def test_files_go_after_a_week():
    user = UserFactory()
    asked = made(user)
    name = asked.file.name
    assert asked.file.storage.exists(name)
    assert remove_old_files(now=asked.expires_at - timedelta(minutes=1)) == 0
    assert remove_old_files(now=asked.expires_at) == 1
    assert not asked.file.storage.exists(name)
    assert PersonalFile.objects.get().state == "gone"


def test_an_erased_person_is_nowhere_and_the_books_are_as_they_were():
    there, user = new_market(), person()
    order = lived(there, user)
    cart = filled_cart(there, user=user)
    held = StockHold.objects.count()
    sums = list(Order.objects.order_by("pk").values_list("number", "total", "state"))
    ledger = list(LedgerEntry.objects.order_by("pk").values_list("pk", "amount"))
    assert held == 2
    assert erase_person(user=user, now=datetime.now(UTC)) is True
    settle()
    user.refresh_from_db()
    assert is_erased(user=user)
    assert (user.name, user.phone, user.is_active, user.has_usable_password()) == ("", "", False, False)
    assert names_in_the_database() == []
    assert list(Order.objects.order_by("pk").values_list("number", "total", "state")) == sums
    assert list(LedgerEntry.objects.order_by("pk").values_list("pk", "amount")) == ledger
    assert (Address.objects.count(), PurchasePath.objects.count()) == (0, 0)
    assert EmailAddress.objects.filter(user=user).count() == 0
    assert not Cart.objects.filter(pk=cart.pk).exists()
    assert StockHold.objects.count() == 0
    assert list(BrowsingEvent.objects.values_list("page", flat=True)) == ["/others/"]
    bought = Purchase.objects.get(pk=order.purchase_id)
    assert (bought.email, bought.recipient, bought.line1, bought.note) == ("", "", "", "")
    assert bought.token.startswith("gone-")
    assert {review.stars for review in Review.objects.all()} and Review.objects.get().words == ""
    assert [message.text for message in Message.objects.filter(sender__role="shopper")] == [""]
    account = PaymentAccount.objects.get(state="revoked")
    assert (account.user, account.holder, account.label) == (None, "", "")
    assert Conversation.objects.get().shopper_name == ""
    assert Reservation.objects.get().name == ""


def test_erasing_twice_and_a_handler_that_dies_half_way_change_nothing_more(monkeypatch):
    there, user = new_market(), person()
    lived(there, user)
    assert erase_person(user=user, now=datetime.now(UTC)) is True
    assert erase_person(user=user, now=datetime.now(UTC)) is False
    from core import outbox

    name = "chat.handlers.forget_person"
    kept = outbox._handlers["unions.person_erased"][name]

    def dies(**_):
        raise OSError("killed")

    monkeypatch.setitem(outbox._handlers["unions.person_erased"], name, dies)
    deliver_waiting(now=datetime.now(UTC))
    assert "chat_message" in names_in_the_database()
    assert "orders_purchase" not in names_in_the_database()
    monkeypatch.setitem(outbox._handlers["unions.person_erased"], name, kept)
    settle()
    assert names_in_the_database() == []


def test_what_is_under_way_holds_back_and_nothing_changes():
    there, user = new_market(), person()
    bought = PurchaseFactory(union=there.union, user=user)
    order = OrderFactory(store=there.first, purchase=bought, state="paid")
    filled_cart(there, user=user)
    with pytest.raises(NotYet) as refusal:
        erase_person(user=user, now=datetime.now(UTC))
    assert refusal.value.reasons == [f"Order {order.number} is still on its way to you."]
    user.refresh_from_db()
    assert (user.email, user.is_active) == ("ada@example.com", True)
    assert (Cart.objects.filter(state="open").count(), StockHold.objects.count()) == (1, 2)


def test_staff_hand_over_their_posts_first():
    user = person(is_superuser=True)
    union = UnionStaffFactory(user=user).union
    post = StoreStaffFactory(user=user)
    assert sorted(what_holds_back(user=user)) == sorted(
        [
            f"You work in the office of {union.name}. Hand that over first.",
            "You run the service center. Hand that over first.",
            f"You work for {post.store.name}. Let them take you off the team first.",
        ]
    )


def test_a_shared_browser_keeps_what_the_other_person_did():
    union, ada, ben = UnionFactory(), person(), UserFactory()
    for user, page in ((ada, "/a/"), (ben, "/b/")):
        note_request(union=union, visitor="v1", user=user, event=Event(PAGE, time.time(), page=page))
    copy_events()
    claim_browsing(user=ben, visitor="v1")
    erase_person(user=ada, now=datetime.now(UTC))
    settle()
    assert list(BrowsingEvent.objects.values_list("page", flat=True)) == ["/b/"]


def test_a_file_that_is_being_made_is_not_kept_of_somebody_erased(monkeypatch):
    user = person()
    asked = ask_for_file(user=user, now=datetime.now(UTC))

    def meanwhile(_user):
        erase_person(user=user, now=datetime.now(UTC))
        settle()
        return iter(())

    monkeypatch.setitem(personal.keepers, "zz-last", meanwhile)
    assert make_personal_file(file_id=asked.pk, now=datetime.now(UTC)) is False
    assert PersonalFile.objects.count() == 0


def test_guests_of_long_ago_are_forgotten_where_their_union_wants_it():
    there = new_market(people_kept_days=365)
    kept_for_good = new_market()
    for here in (there, kept_for_good):
        old = Customer.objects.create(union=here.union, email="old@example.com", name=SECRET)
        new = Customer.objects.create(union=here.union, email="new@example.com", name="New")
        for customer, at in ((old, NOW), (new, datetime(2027, 6, 1, tzinfo=UTC))):
            bought = PurchaseFactory(union=here.union, customer=customer, recipient=customer.name, placed_at=at)
            OrderFactory(store=here.first, purchase=bought, state="completed")
    Customer.objects.update(created_at=NOW)
    now = datetime(2027, 7, 1, tzinfo=UTC)
    assert forget_people_long_gone(now=now) == 1
    assert forget_people_long_gone(now=now) == 0
    assert sorted(Customer.objects.filter(union=there.union).values_list("name", flat=True)) == ["", "New"]
    assert Customer.objects.filter(union=kept_for_good.union, name=SECRET).count() == 1
    assert Purchase.objects.filter(recipient=SECRET).count() == 1
    assert Order.objects.count() == 4


def test_every_table_that_names_a_person_is_in_the_file_or_says_why_not():
    """A model with a key to a person is read by some app's `personal.py`, or stands here with the reason."""
    import inspect

    from django.apps import apps
    from django.contrib.auth import get_user_model

    from tests.unions.personal_exceptions import EXCEPTIONS

    told = "\n".join(inspect.getsource(inspect.getmodule(keeper)) for keeper in keepers.values())
    missing = []
    for model in apps.get_models():
        if model._meta.app_label not in {
            "accounts",
            "unions",
            "payments",
            "stores",
            "orders",
            "chat",
            "matching",
            "ascc",
        }:
            continue
        keys = [f.name for f in model._meta.concrete_fields if f.related_model is get_user_model()]
        for name in keys:
            label = f"{model._meta.label}.{name}"
            if f"{model.__name__}.objects" not in told and label not in EXCEPTIONS and f"*.{name}" not in EXCEPTIONS:
                missing.append(label)
    assert not missing, "\n".join(missing)


def test_nothing_is_bought_by_somebody_erased():
    there, user = new_market(), person()
    cart = ready_cart(there, user=user)
    assert erase_person(user=user, now=datetime.now(UTC)) is True
    assert not Cart.objects.filter(pk=cart.pk).exists()
    assert (Purchase.objects.count(), PaymentRequest.objects.count()) == (0, 0)
    assert redis_connection().xlen("browsing") == 0
    assert User.objects.filter(email="ada@example.com").count() == 0
